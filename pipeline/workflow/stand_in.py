"""Lets the demo checkpoint transcribe the example if no source has the weights that the example names.

Only the example: the demo understands no other voices. The model is chosen before anything runs, so that the
fingerprint of `transcribe` names the model that heard. Once the weights are here, they transcribe the example again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipeline.build.engine import Build
    from pipeline.values.progress import Listener
    from pipeline.values.show import Episode

_TRANSCRIBE = "transcribe"


def as_heard(episode: Episode, build_of: Callable[[Episode], Build], root: Path) -> Episode:
    """The episode with the model that heard it: the demo if the example's words are still valid ones of the demo and
    the weights that it names are not here. Any other episode is returned unchanged. Does not use the network.

    `build_of` returns the build of an episode by its settings. Raises ModelError for an unknown model.
    """
    if not _lacks_weights(episode, root) or not _hears(build_of(episode)):
        return episode
    by_demo = _by_demo(episode)
    return episode if _hears(build_of(by_demo)) else by_demo


def with_weights(
    episode: Episode,
    build_of: Callable[[Episode], Build],
    root: Path,
    *,
    verbs: Sequence[str] | None,
    listener: Listener,
) -> Episode:
    """The episode with the model that will hear it. The weights of the example's model are fetched if `verbs` (None is
    all) are about to need them. If no source of them answers, the demo hears the example, and a notice says so.

    What the demo heard stays, without another attempt, until the weights are here. Raises what fetching raises.
    """
    if not _lacks_weights(episode, root):
        return episode
    build = build_of(episode)
    steps = build.steps if verbs is None else build.needed([step for step in build.steps if step.verb in verbs])
    if not any(step.name == _TRANSCRIBE for step in steps):
        return episode
    if as_heard(episode, build_of, root) != episode:
        listener(
            Notice(
                text=f"Die Beispielfolge hat das Demo-Modell gehört, nicht „{episode.speech.model}“. {_advice(episode)}"
            )
        )
        return _by_demo(episode)
    if not _hears(build) or _fetched(episode, root, listener):
        return episode
    listener(
        Notice(
            text=f"Keine Quelle für das Whisper-Modell „{episode.speech.model}“ antwortet. Die Beispielfolge hört "
            f"deshalb das Demo-Modell, das nur ihre künstlichen Stimmen kennt. {_advice(episode)}"
        )
    )
    return _by_demo(episode)


def _lacks_weights(episode: Episode, root: Path) -> bool:
    """Whether the episode is the example and names a model of OpenAI's that is not on this machine."""
    if not episode.example:
        return False
    from pipeline.speech.ct2_models import is_converted
    from pipeline.speech.models import find_model
    from pipeline.steps.episode import NO_MODEL  # imported late: no other episode needs it

    if episode.speech.model == NO_MODEL:
        return False
    model = find_model(episode.speech.model, root)
    converted = episode.speech.engine != "openai-whisper" and is_converted(model)
    return bool(model.url) and not model.path.is_file() and not converted


def _hears(build: Build) -> bool:
    return any(verdict.runs for step, verdict in build.verdicts() if step.name == _TRANSCRIBE)


def _fetched(episode: Episode, root: Path, listener: Listener) -> bool:
    from pipeline.speech.download import fetch_or_none
    from pipeline.speech.models import find_model

    return fetch_or_none(find_model(episode.speech.model, root), listener) is not None


def _by_demo(episode: Episode) -> Episode:
    from pipeline.speech.models import DEMO

    return replace(episode, speech=replace(episode.speech, model=DEMO))


def _advice(episode: Episode) -> str:
    name = episode.speech.model
    return f"Sobald „{name}“ hier liegt (`make model MODEL={name}`), hört es sie beim nächsten Lauf neu."
