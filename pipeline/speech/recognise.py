"""Turns the levelled recording into what Whisper heard: segments of timed words with their provenance (words.json).

Whisper invents text where nobody speaks, falls into loops, and takes its own errors for context. The guards against
that, in order: only speech is handed over, in chunks cut at pauses; the language is given; no chunk sees the text of
another; Whisper's own checks for repetition, confidence and silence stay on; loops that remain are collapsed.
Finished chunks are kept on disk, so that a run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipeline.files import read_text, write_text
from pipeline.formats import from_json, to_json
from pipeline.model import Listener, Notice, Progress, Provenance, Recognition, SpeechSettings, Word
from pipeline.speech import activity
from pipeline.speech.activity import SAMPLE_RATE_HZ, Stretch, speech_probabilities, speech_stretches
from pipeline.speech.models import WhisperModel, checkpoint_sha256, find_model, load_model
from pipeline.speech.vocabulary import vocabulary_prompt
from pipeline.speech.wording import Heard, to_segments, whole_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

DEMO_NOTICE = (
    "Demo-Modell: Es versteht nur die künstlichen Stimmen des Beispiels. Für echte Aufnahmen in episodes/show.toml "
    'unter [speech] ein Whisper-Modell einstellen, etwa model = "small".'
)

_SEED = 0  # Whisper samples when it is unsure; the same audio shall give the same words


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
    from pipeline.pcm import read_mono_16k  # noqa: PLC0415  numpy

    model = find_model(settings.model, root)
    if model.demo:
        listener(Notice(text=DEMO_NOTICE))
    samples = read_mono_16k(audio)
    probabilities = speech_probabilities([samples])
    speech = speech_stretches(probabilities, duration_s=len(samples) / SAMPLE_RATE_HZ)
    if not speech:
        listener(Notice(text="In der Aufnahme wurde niemand gehört, der spricht; der Text bleibt leer."))
    if model.aligns_words:
        parts = activity.chunks(speech)
    else:  # its times are of no use: it hears one breath of speech after the other, and the voice activity knows when
        parts = activity.breaths(probabilities, duration_s=len(samples) / SAMPLE_RATE_HZ)
    files = [chunks / fingerprint[:16] / f"{index:04}.json" for index in range(len(parts))]
    whisper: _Whisper | None = None
    heard: list[Heard] = []
    for number, (part, file) in enumerate(zip(parts, files, strict=True), start=1):
        finished = _finished(file, part)
        if finished is None:
            whisper = whisper or _prepare(model, settings, vocabulary, listener)
            finished = HeardChunk(start_s=part.start_s, end_s=part.end_s, segments=_hear(whisper, samples, part))
            write_text(file, to_json(finished))
        heard.extend(finished.segments)
        listener(Progress(done_s=_total_s(parts[:number]), total_s=_total_s(parts)))
    return Recognition(
        fingerprint=fingerprint, provenance=_provenance(model, today), segments=to_segments(heard, speech)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whisper:
    """A loaded network and the options that every chunk is decoded with."""

    network: Any
    options: dict[str, object]


def _prepare(model: WhisperModel, settings: SpeechSettings, vocabulary: Sequence[str], listener: Listener) -> _Whisper:
    import torch  # noqa: PLC0415

    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = load_model(model, device=device, listener=listener)
    prompt = vocabulary_prompt(
        vocabulary if model.takes_vocabulary else (),
        tokens=_token_counter(network, settings.language),
        limit=network.dims.n_text_ctx // 2 - 1,  # Whisper cuts longer prompts at their start
    )
    if prompt.left_out:
        listener(
            Notice(text=f"Das Glossar ist für Whisper zu lang; nicht mitgegeben wurden: {', '.join(prompt.left_out)}.")
        )
    options: dict[str, object] = {
        "language": settings.language,  # left open, a quiet start flips it
        "beam_size": settings.beam_size,
        "fp16": device == "cuda",
        "condition_on_previous_text": False,
        "initial_prompt": prompt.text or None,
        "carry_initial_prompt": bool(prompt.text),  # alone, a prompt reaches only the first window
        "word_timestamps": model.aligns_words,
        "without_timestamps": not model.aligns_words,
        "verbose": None,
    }
    return _Whisper(network=network, options=options)


def _token_counter(network: Any, language: str) -> Callable[[str], int]:
    from whisper.tokenizer import get_tokenizer  # type: ignore[import-untyped]  # noqa: PLC0415

    tokenizer = get_tokenizer(
        network.is_multilingual, num_languages=network.num_languages, language=language, task="transcribe"
    )
    return lambda text: len(tokenizer.encode(" " + text))  # the space is whisper.transcribe's


def _hear(whisper: _Whisper, samples: NDArray[np.float32], part: Stretch) -> tuple[Heard, ...]:
    """The segments of one chunk, on the episode's clock."""
    import torch  # noqa: PLC0415

    first, last = round(part.start_s * SAMPLE_RATE_HZ), round(part.end_s * SAMPLE_RATE_HZ)
    with torch.random.fork_rng():
        torch.manual_seed(_SEED)
        answer = whisper.network.transcribe(samples[first:last], **whisper.options)
    return tuple(_heard(segment, part) for segment in answer["segments"])


def _heard(segment: dict[str, Any], part: Stretch) -> Heard:
    """One segment of Whisper's answer as our value."""

    def clock(time_s: float) -> float:
        return min(part.start_s + float(time_s), part.end_s)

    pieces = [
        Word(
            text=_text(piece["word"]),
            start_s=clock(piece["start"]),
            end_s=clock(piece["end"]),
            probability=float(piece["probability"]),
        )
        for piece in segment.get("words", [])
    ]
    return Heard(
        start_s=clock(segment["start"]),
        end_s=clock(segment["end"]),
        text=_text(segment["text"]).strip(),
        probability=min(1.0, math.exp(segment["avg_logprob"])),
        words=whole_words(pieces),
    )


def _text(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _finished(file: Path, part: Stretch) -> HeardChunk | None:
    """The chunk that an earlier run finished, if it covers the same stretch. What cannot be read is decoded again:
    the folder is the machine's own, and an older version of the program may have written it."""
    if not file.is_file():
        return None
    try:
        chunk = from_json(HeardChunk, read_text(file))
    except ValueError:
        return None
    return chunk if (chunk.start_s, chunk.end_s) == (part.start_s, part.end_s) else None


def _total_s(parts: Sequence[Stretch]) -> float:
    return sum(part.duration_s for part in parts)


def _provenance(model: WhisperModel, today: date) -> Provenance:
    return Provenance(
        model=model.name,
        model_sha256=checkpoint_sha256(model),
        engine="openai-whisper",
        versions=tuple((package, version(package)) for package in ("openai-whisper", "silero-vad", "torch")),
        date=today.isoformat(),
        demo=model.demo,
    )
