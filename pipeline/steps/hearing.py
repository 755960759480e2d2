"""The steps that recognise speech in an episode: who speaks when, and which words."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import fields
from datetime import datetime, time
from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.files import dated_copy, read_text, stage_text
from pipeline.build.own_files import read_words
from pipeline.build.settings import only
from pipeline.build.step import State, Step
from pipeline.editor.voice_files import profile_paths
from pipeline.errors import DamagedFileError
from pipeline.steps.episode import NO_MODEL, finds_speakers, read_timeline
from pipeline.steps.text import read_manuscript, recognition_or_none
from pipeline.values.json_files import recognition_from_json, recognition_to_json, to_json
from pipeline.values.progress import Notice
from pipeline.values.show import SpeechSettings, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pipeline.build.step import StepContext, Verdict
    from pipeline.paths import EpisodePaths
    from pipeline.steps.episode import EpisodeContext
    from pipeline.values.progress import Listener
    from pipeline.values.show import Episode, Speaker

_LISTED_NAMES = 5
_HEARS_WITH = tuple(entry.name for entry in fields(SpeechSettings) if entry.name != "pyannote")
"""The settings of the recognition; `pyannote`, which tells voices apart, is not one of them."""


def speakers_steps(context: EpisodeContext) -> tuple[Step, ...]:
    """The step that finds who is heard when, if the episode needs it.

    Remembered voices and a pyannote pipeline are settings only if they are used, so that other shows keep their
    fingerprints.
    """
    paths, episode = context.paths, context.episode
    if not finds_speakers(episode):
        return ()
    folder = _pyannote_folder(context.root, episode)
    pyannote = _pyannote_files(folder)
    by_voice = episode.recording and len(episode.speakers) > 1 and not pyannote
    profiles = profile_paths(context.root, episode.speakers) if by_voice else {}
    step = Step(
        name="speakers",
        inputs=(paths.timeline, *pyannote, *profiles.values()),
        outputs=(paths.speakers,),
        run=find_speakers,
        paths=paths,
        settings={
            "count": len(episode.speakers),
            **({"pyannote": 1} if pyannote else {}),
            **({"profiles": {str(number): path.name for number, path in profiles.items()}} if profiles else {}),
        },
        uncounted={"pyannote_folder": folder},
        revision=3,
        accepted_revisions=(2,),
        frozen=context.is_settled,
        again=context.again == "speakers",
    )
    return (step,)


def find_speakers(
    context: StepContext[EpisodePaths],
    *,
    count: int,
    pyannote_folder: Path | None,
    pyannote: int = 0,
    profiles: Mapping[str, str] | None = None,
) -> None:
    """Find who is heard when. `profiles` maps the index of a speaker to the file name of the remembered voice; these
    files and those of the pyannote pipeline are inputs."""
    from pipeline.editor.voices import read_profiles
    from pipeline.speech.speakers import find_speakers as find

    paths = context.paths
    if not count:
        text = "In episode.toml steht niemand unter [[speakers]]; bis dort Namen stehen, gilt alles als eine Stimme."
        context.listen(Notice(text=text))
    speakers = find(
        read_timeline(paths),
        paths.home,
        max(count, 1),
        pyannote=pyannote_folder if pyannote else None,
        profiles=read_profiles(paths.root, profiles or {}),
        listener=context.listen,
    )
    stage_text(context[paths.speakers], to_json(speakers))


def words_step(context: EpisodeContext, model_identity: str, model_file: Path | None) -> Step:
    """The step that writes words.json: heard by Whisper, or, without a model, by comparing the recording with the
    existing transcript. words.json stays even if the plan no longer has the step."""
    paths, episode = context.paths, context.episode
    common = {
        "name": "transcribe",
        "inputs": (paths.timeline, *((model_file,) if model_file else ())),
        "order_only": (paths.normalised,),
        "outputs": (paths.words,),
        "paths": paths,
        "stamp": partial(_stamp, paths.words),
        "frozen": context.is_settled,
        "again": context.again == "transcribe",
        "keep": True,
    }
    if model_identity == NO_MODEL:
        return Step(
            **common,  # type: ignore[arg-type]  # by field
            run=estimate,
            settings={"model": NO_MODEL},
            uncounted={
                "speakers": episode.speakers,
                "not_labels": episode.not_labels,
                "today": context.today,
            },
            revision=1,
        )
    return Step(
        **common,  # type: ignore[arg-type]  # by field
        run=transcribe,
        settings={"model": model_identity, "speech": only(episode.speech, *_HEARS_WITH)},
        uncounted={
            "vocabulary": vocabulary_of(context.show, episode),
            "again": context.again == "transcribe",
            "today": context.today,
        },
        revision=3,
        accepted_revisions=(2,),
        remarks=partial(remarks_on_words, context),
    )


def transcribe(
    context: StepContext[EpisodePaths],
    *,
    model: str,
    speech: SpeechSettings,
    vocabulary: Sequence[str],
    again: bool,
    today: date,
) -> None:
    """Transcribe the episode. If people asked for it `again`, windows that earlier runs finished do not count, except
    those of the same request if it was interrupted. `model` is the identity of the model that `speech.model` names; it
    is only for the fingerprint."""
    del model
    from pipeline.speech.recognise import transcribe as recognise

    paths = context.paths
    recognition_or_none(paths)  # a damaged file may be brought back, which takes less than hearing again
    recognition = recognise(
        paths.normalised,
        settings=speech,
        vocabulary=vocabulary,
        root=paths.root,
        chunks=_windows(paths, vocabulary, again=again),
        fingerprint=context.fingerprint,
        today=today,
        listener=context.listen,
    )
    stage_text(context[paths.words], recognition_to_json(recognition))
    if again:
        shutil.rmtree(paths.chunks, ignore_errors=True)


def _windows(paths: EpisodePaths, names: Sequence[str], *, again: bool) -> Path:
    """The folder of finished windows. Those that were heard with other names do not count, nor do earlier ones if
    people asked to hear again."""
    heard_with = hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
    return paths.chunks / (f"again-{heard_with}" if again else heard_with)


def estimate(
    context: StepContext[EpisodePaths],
    *,
    model: str,
    speakers: Sequence[Speaker],
    not_labels: Sequence[str],
    today: date,
) -> None:
    """Find where in the recording the existing transcript is spoken. Runs in place of `transcribe` without a model."""
    from pipeline.transcript.forced import estimate as align

    paths = context.paths
    _keep_heard(paths, today, context.listen)
    recognition = align(
        read_manuscript(paths, speakers=speakers, not_labels=not_labels, model=model),
        paths.normalised,
        fingerprint=context.fingerprint,
        today=today,
        listener=context.listen,
    )
    stage_text(context[paths.words], recognition_to_json(recognition))


def _keep_heard(paths: EpisodePaths, today: date, listen: Listener) -> None:
    """Keep a dated copy of Whisper's words.json, which took hours, before estimated times replace it."""
    try:
        heard = read_words(paths.words)
    except FileNotFoundError:
        return
    if any(segment.times != "paragraph" for segment in heard.segments):
        copy = dated_copy(paths.words, paths.kept_aside, moment=datetime.combine(today, time()))
        listen(Notice(text=f"Die bisherige Spracherkennung ist gesichert: {copy.relative_to(paths.root)}"))


def remarks_on_words(context: EpisodeContext, verdict: Verdict) -> tuple[str, ...]:
    """What people should know about a words.json that stays: that an older version heard it, or which names were added
    since. A released episode has no remarks: it is not heard again."""
    paths = context.paths
    if paths.release.exists():
        return ()
    again = f"make transcribe EPISODE={paths.folder} AGAIN=1"
    if verdict.state is State.OLDER:
        return (f"Diese Folge wurde mit einer älteren Fassung gehört; das bleibt so. Neu hören: {again}",)
    try:
        heard = recognition_or_none(paths)
    except DamagedFileError:
        return ()
    if heard is None or heard.vocabulary is None:
        return ()
    missing = [name for name in vocabulary_of(context.show, context.episode) if name not in heard.vocabulary]
    if not missing:
        return ()
    more = f" und {len(missing) - _LISTED_NAMES} weitere" if len(missing) > _LISTED_NAMES else ""
    names = f"{', '.join(missing[:_LISTED_NAMES])}{more}"
    return (f"Gehört ohne: {names}. Wer neu hören lassen will: {again}",)


def _stamp(words: Path) -> str | None:
    """The fingerprint that words.json contains; None if the file is missing or not ours."""
    try:
        return recognition_from_json(read_text(words)).fingerprint
    except (FileNotFoundError, ValueError):
        return None


def _pyannote_folder(root: Path, episode: Episode) -> Path | None:
    """The folder of the pyannote pipeline if it is to tell the episode's voices apart; tracks and single speakers do
    not need it."""
    wanted = episode.speech.pyannote and episode.recording and len(episode.speakers) > 1
    return root / episode.speech.pyannote if wanted else None


def _pyannote_files(folder: Path | None) -> tuple[Path, ...]:
    """The files of the folder that the result depends on."""
    if folder is None:
        return ()
    from pipeline.speech.pyannote_turns import pipeline_files

    return pipeline_files(folder)
