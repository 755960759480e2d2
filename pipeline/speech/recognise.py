"""Turns the levelled recording into what Whisper heard: segments of timed words with their provenance (words.json).

Whisper invents text where nobody speaks, falls into loops, and takes its own errors for context. The guards against
that, in order: only speech is handed over, in chunks cut at pauses; the language is given; no chunk sees the text of
another; a doubtful chunk is heard again in shorter parts, at other settings and without vocabulary; what Whisper is
known to invent is left out where hardly anybody speaks; loops that remain are collapsed. Finished chunks are kept on
disk, so that a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipeline.files import read_text, write_text
from pipeline.formats import from_json, to_json
from pipeline.model import Listener, Notice, Progress, Provenance, Recognition, SpeechSettings
from pipeline.speech import activity
from pipeline.speech.activity import SAMPLE_RATE_HZ, Stretch, speech_probabilities, speech_stretches
from pipeline.speech.engines import Engine, EnginePlan, plan_engine
from pipeline.speech.guards import doubts, without_inventions
from pipeline.speech.memory import check_memory
from pipeline.speech.models import WhisperModel, checkpoint_sha256, find_model, load_model, public_name
from pipeline.speech.vocabulary import vocabulary_prompt
from pipeline.speech.wording import Heard, shifted, to_segments
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

DEMO_NOTICE = (
    "Demo-Modell: Es versteht nur die künstlichen Stimmen des Beispiels. Für echte Aufnahmen in episodes/show.toml "
    'unter [speech] ein Whisper-Modell einstellen, etwa model = "small".'
)

_LANGUAGE_SAMPLES = 3  # chunks whose language is looked at
_SURELY = 0.7  # probability from which another language is believed
_PROMPT_TOKENS = 223  # half of Whisper's text window less one; it cuts longer prompts at their start
_SECOND_TRY_S = 12.0  # the longest part of a chunk that is heard again
_ENGINE_PACKAGES = {
    "openai-whisper": ("openai-whisper", "torch"),
    "faster-whisper": ("faster-whisper", "ctranslate2", "torch"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardChunk:
    """A finished chunk as it lies on disk."""

    start_s: float
    end_s: float
    segments: tuple[Heard, ...]


def transcribe(
    audio: Path,
    *,
    settings: SpeechSettings,
    vocabulary: Sequence[str],
    root: Path,
    chunks: Path,
    fingerprint: str,
    today: date,
    listener: Listener,
) -> Recognition:
    """What is said in `audio`.

    `vocabulary`: names and terms of the show, the most important first. `root`: the show's folder, for models that are
    files. `chunks`: the folder for finished chunks, one folder in it for every `fingerprint`. Progress is told in
    seconds of speech. Raises ModelError, and what reading the audio raises.
    """
    import torch  # noqa: PLC0415

    from pipeline.pcm import read_mono_16k  # noqa: PLC0415  numpy

    model = find_model(settings.model, root)
    if model.demo:
        listener(Notice(text=DEMO_NOTICE))
    plan = plan_engine(settings.engine, cuda=torch.cuda.is_available())
    samples = read_mono_16k(audio)
    probabilities = speech_probabilities([samples])
    speech = speech_stretches(probabilities, duration_s=len(samples) / SAMPLE_RATE_HZ)
    breaths = activity.breaths(probabilities, duration_s=len(samples) / SAMPLE_RATE_HZ)
    if not speech:
        listener(Notice(text="In der Aufnahme wurde niemand gehört, der spricht; der Text bleibt leer."))
    # A model whose times are of no use hears one breath after the other, and the voice activity knows when.
    parts = activity.chunks(speech) if model.aligns_words else breaths
    work = _Work(samples=samples, parts=parts, breaths=breaths, folder=chunks / fingerprint[:16])
    heard = dict(work.finished())
    if len(heard) < len(parts):
        engine = _load(model, plan, settings, vocabulary, audio_mb=samples.nbytes / 2**20, listener=listener)
        if not model.demo:
            _check_language(engine, work, settings.language, listener)
        _hear(engine, work, heard, listener)
    segments, findings = without_inventions([part for index in sorted(heard) for part in heard[index]], probabilities)
    for finding in findings:
        verb = "Erfunden und weggelassen" if finding.kind == "invented" else "Bitte prüfen, oft erfunden"
        listener(Notice(text=f"{verb}: {clock(finding.start_s)} „{finding.text}“"))
    return Recognition(
        fingerprint=fingerprint,
        provenance=_provenance(model, plan, today),
        segments=to_segments(segments, speech),
        findings=findings,
    )


# --- chunks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The recording, the parts it is heard in, and where finished ones are kept."""

    samples: NDArray[np.float32]
    parts: Sequence[Stretch]
    breaths: Sequence[Stretch]
    folder: Path

    def cut(self, part: Stretch) -> NDArray[np.float32]:
        return self.samples[round(part.start_s * SAMPLE_RATE_HZ) : round(part.end_s * SAMPLE_RATE_HZ)]

    def file(self, index: int) -> Path:
        return self.folder / f"{index:04}.json"

    def finished(self) -> Iterator[tuple[int, tuple[Heard, ...]]]:
        """What an earlier run finished. What cannot be read, or covers another stretch, is heard again: the folder is
        the machine's own, and an older version of the program may have written it."""
        for index, part in enumerate(self.parts):
            try:
                chunk = from_json(HeardChunk, read_text(self.file(index)))
            except (OSError, ValueError):
                continue
            if (chunk.start_s, chunk.end_s) == (part.start_s, part.end_s):
                yield index, chunk.segments

    def keep(self, index: int, segments: tuple[Heard, ...]) -> None:
        part = self.parts[index]
        write_text(self.file(index), to_json(HeardChunk(start_s=part.start_s, end_s=part.end_s, segments=segments)))

    def shorter(self, index: int) -> list[Stretch]:
        """The part in pieces that end at the pauses of its speaker, the whole part where there is none."""
        part = self.parts[index]
        pieces: list[Stretch] = []
        for breath in self.breaths:
            if not breath.overlap_s(part):
                continue
            start_s, end_s = max(breath.start_s, part.start_s), min(breath.end_s, part.end_s)
            if pieces and end_s - pieces[-1].start_s <= _SECOND_TRY_S:
                start_s = pieces.pop().start_s
            pieces.append(Stretch(start_s=start_s, end_s=end_s))
        return pieces or [part]


def _hear(engine: Engine, work: _Work, heard: dict[int, tuple[Heard, ...]], listener: Listener) -> None:
    """Hear what is not in `heard` yet, and put it there; doubtful parts a second time when all others are done."""
    missing = [index for index in range(len(work.parts)) if index not in heard]
    total_s = sum(part.duration_s for part in work.parts)
    done_s = sum(work.parts[index].duration_s for index in heard)
    doubtful: dict[int, tuple[Heard, ...]] = {}

    def keep(index: int, segments: tuple[Heard, ...]) -> None:
        nonlocal done_s
        heard[index] = segments
        work.keep(index, segments)
        done_s += work.parts[index].duration_s
        listener(Progress(done_s=done_s, total_s=total_s))

    for number, found in engine.hear([work.cut(work.parts[index]) for index in missing]):
        index = missing[number]
        part = work.parts[index]
        segments = tuple(shifted(segment, part.start_s) for segment in found)
        if doubts(segments, part.duration_s):
            doubtful[index] = segments
        else:
            keep(index, segments)
    for index in sorted(doubtful):
        keep(index, _sounder(doubtful[index], _again(engine, work, index), work.parts[index]))


def _again(engine: Engine, work: _Work, index: int) -> tuple[Heard, ...]:
    pieces = work.shorter(index)
    found = dict(engine.hear([work.cut(piece) for piece in pieces], again=True))
    return tuple(shifted(heard, piece.start_s) for at, piece in enumerate(pieces) for heard in found[at])


def _sounder(first: tuple[Heard, ...], second: tuple[Heard, ...], part: Stretch) -> tuple[Heard, ...]:
    """Whichever gives fewer reasons for doubt; the first in a tie, and when the second is empty."""
    better = second and doubts(second, part.duration_s) < doubts(first, part.duration_s)
    return second if better else first


# --- engine -----------------------------------------------------------------------------------------------------------


def _load(
    model: WhisperModel,
    plan: EnginePlan,
    settings: SpeechSettings,
    vocabulary: Sequence[str],
    *,
    audio_mb: float,
    listener: Listener,
) -> Engine:
    words = vocabulary if model.takes_vocabulary else ()
    options: dict[str, Any] = {
        "language": settings.language,
        "beam_size": settings.beam_size,
        "aligns_words": model.aligns_words,
    }
    if plan.name == "faster-whisper":
        from pipeline.speech import ct2_engine  # noqa: PLC0415

        check_memory(model, plan, converted=ct2_engine.is_converted(model), audio_mb=audio_mb)
        folder = ct2_engine.converted(model, listener)
        prompt = _prompt(words, ct2_engine.token_counter(folder), listener)
        return ct2_engine.Ct2Engine(folder, plan, prompt=prompt, **options)
    from pipeline.speech.torch_engine import TorchEngine, token_counter  # noqa: PLC0415

    check_memory(model, plan, converted=False, audio_mb=audio_mb)
    network = load_model(model, device=plan.device, listener=listener)
    prompt = _prompt(words, token_counter(network, settings.language), listener)
    return TorchEngine(network, plan, prompt=prompt, **options)


def _prompt(vocabulary: Sequence[str], tokens: Callable[[str], int], listener: Listener) -> str:
    prompt = vocabulary_prompt(vocabulary, tokens=tokens, limit=_PROMPT_TOKENS)
    if prompt.left_out:
        listener(
            Notice(text=f"Das Glossar ist für Whisper zu lang; nicht mitgegeben wurden: {', '.join(prompt.left_out)}.")
        )
    return prompt.text


def _check_language(engine: Engine, work: _Work, language: str, listener: Listener) -> None:
    """Tell people when the recording does not seem to be in the language that Whisper is told."""
    longest = sorted(work.parts, key=lambda part: part.duration_s, reverse=True)[:_LANGUAGE_SAMPLES]
    heard = Counter(code for part in longest for code, sure in [engine.language(work.cut(part))] if sure >= _SURELY)
    if heard[language] or not heard:
        return
    code, _ = heard.most_common(1)[0]
    listener(
        Notice(
            text=f"Die Aufnahme klingt nicht nach Deutsch (erkannt: {code}). Whisper schreibt trotzdem deutschen Text; "
            "bitte prüfen, ob es die richtige Aufnahme ist."
        )
    )


def _provenance(model: WhisperModel, plan: EnginePlan, today: date) -> Provenance:
    packages = (*_ENGINE_PACKAGES[plan.name], "silero-vad")
    return Provenance(
        model=public_name(model),
        model_sha256=checkpoint_sha256(model),
        engine=plan.name,
        versions=tuple((package, version(package)) for package in packages),
        date=today.isoformat(),
        demo=model.demo,
        workers=plan.workers,
        threads=plan.threads,
    )
