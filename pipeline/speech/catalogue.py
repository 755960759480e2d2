"""Lists OpenAI's models that understand German: what each costs, and whether it is on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.speech.download import is_proven
from pipeline.speech.engines import plan_engine
from pipeline.speech.memory import needed_mb
from pipeline.speech.models import ENGLISH, find_model, official_urls

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.speech.engines import EnginePlan
    from pipeline.speech.whisper_model import WhisperModel

# About how many minutes an hour of audio takes: faster-whisper, 8 bits, beam 5, two cores. base: 13 s of CPU a minute
# of audio, word times included, on real conversations; the others by the cost of a window relative to base
# (benchmarks/speech.py --sizes, random weights: 0.55, 1, 2.8, 8.0, 9.2 and 13.9 times as much).
MINUTES_PER_HOUR = {"tiny": 4, "base": 7, "small": 20, "medium": 50, "turbo": 60, "large": 90}

Presence = Literal["missing", "proven", "damaged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An official model. `names`: all its names in openai-whisper. `running_mb` and `first_run_mb`: the memory that
    this machine would need for it, and to convert it in its first run. `minutes_per_hour`: about how long an hour of
    audio takes on two cores."""

    model: WhisperModel
    names: tuple[str, ...]
    running_mb: float
    first_run_mb: float
    minutes_per_hour: int
    presence: Presence


def offers(root: Path) -> list[Offer]:
    """All official models that know German, small before large. Reads those on this machine: 0.2 s for `base`, 4 s for
    the largest."""
    plan = plan_engine("faster-whisper", cuda=False)
    names: dict[str, list[str]] = {}
    for name, url in official_urls().items():
        if not name.endswith(ENGLISH):
            names.setdefault(url, []).append(name)
    return [_offer(tuple(sorted(known, key=len)), plan, root) for known in names.values()]


def _offer(names: tuple[str, ...], plan: EnginePlan, root: Path) -> Offer:
    model = find_model(names[0], root)
    return Offer(
        model=model,
        names=names,
        running_mb=needed_mb(model.family, plan, converted=True),
        first_run_mb=needed_mb(model.family, plan, converted=False),
        minutes_per_hour=MINUTES_PER_HOUR[model.family],
        presence=_presence(model),
    )


def _presence(model: WhisperModel) -> Presence:
    if not model.path.is_file():
        return "missing"
    return "proven" if is_proven(model) else "damaged"
