"""Estimates the times of written words without Whisper, by comparing the recording with a synthetic reading.

espeak-ng reads the text; dynamic time warping finds each moment of that reading in the recording (as aeneas does). The
times are good enough to find a paragraph, but not to click on a word, so none counts as certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import resample_poly  # type: ignore[import-untyped]  # ships no types

from pipeline.german import espeak
from pipeline.german.sentences import sentence_ends
from pipeline.media import pcm
from pipeline.transcript.align import normalised
from pipeline.transcript.dtw import warp
from pipeline.transcript.mfcc import HOP_S, RATE_HZ, mfcc, normalised_features
from pipeline.values.progress import Progress, no_listener
from pipeline.values.speech import Provenance, Recognition, Segment, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.transcript.editorial import Manuscript, Token
    from pipeline.values.progress import Listener

_BAND_S = 60.0
_PAUSE_FRAMES = 2  # of the reading after a sentence: there the recording may hold anything, for any time
_REMARK = re.compile(r"[\[(][^\])]*[\])]")  # [lacht]: not said
_SILENT_DB = 30.0  # below the loud parts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The synthetic reading: features, where it pauses, and the frames (begin, end) of every token."""

    features: NDArray[np.float32]
    pauses: NDArray[np.bool_]
    places: list[tuple[float, float]]


def estimate(
    manuscript: Manuscript, audio: Path, *, fingerprint: str, today: date, listener: Listener = no_listener
) -> Recognition:
    """The manuscript's words as if they had been heard: a segment for each sentence, its times marked "paragraph".

    `audio` is the finished sound. Without a word to read or a sound to hear there are no segments. Takes about 0.4 GB
    for 45 minutes.
    """
    sentences = _sentences(manuscript)
    return Recognition(
        fingerprint=fingerprint,
        provenance=Provenance(
            model="none",
            model_sha256="",
            engine="espeak-ng",
            versions=(("espeakng-loader", version("espeakng-loader")),),
            date=today.isoformat(),
            demo=False,
        ),
        segments=tuple(
            Segment(start_s=words[0].start_s, end_s=words[-1].end_s, times="paragraph", words=words)
            for words in _placed(sentences, pcm.read_mono_16k(audio), listener)
        ),
    )


def _placed(
    sentences: Sequence[Sequence[Token]], samples: NDArray[np.float32], listener: Listener
) -> Iterator[tuple[Word, ...]]:
    """The words of each sentence with the times at which the reading says them. Their probability is 0: no model heard
    them."""
    recording = normalised_features(mfcc(samples))
    if not sentences or not len(recording):
        return
    reading = _read(sentences)
    silent = _silent(samples)
    loud = np.flatnonzero(~silent)
    total_s = len(recording) * HOP_S
    path = warp(
        recording,
        reading.features,
        pauses=reading.pauses,
        silent=silent,
        begin=int(loud[0]) if len(loud) else 0,
        end=int(loud[-1]) if len(loud) else len(recording) - 1,
        band=round(_BAND_S / HOP_S),
        listen=lambda done: listener(Progress(done_s=done * HOP_S, total_s=total_s)),
    )
    moments = iter((np.searchsorted(path, np.array(reading.places)) * HOP_S).tolist())
    for sentence in sentences:
        times = [next(moments) for _ in sentence]
        yield tuple(
            Word(text=token.text, start_s=round(start_s, 2), end_s=round(max(start_s, end_s), 2), probability=0.0)
            for token, (start_s, end_s) in zip(sentence, times, strict=True)
        )


def _sentences(manuscript: Manuscript) -> list[list[Token]]:
    """All sentences, in order; every token of the manuscript is in one."""
    found: list[list[Token]] = []
    for turn in manuscript.turns:
        for paragraph in turn.paragraphs:
            ends = sentence_ends([token.text for token in paragraph])
            found += [list(paragraph[start:end]) for start, end in zip((0, *ends), ends, strict=False)]
    return found


def _read(sentences: Sequence[Sequence[Token]]) -> _Reading:
    """The sentences one after the other, a pause before, between and after them."""
    parts: list[NDArray[np.float32]] = []
    pauses: list[NDArray[np.bool_]] = [np.ones(_PAUSE_FRAMES, np.bool_)]
    places: list[tuple[float, float]] = []
    now = _PAUSE_FRAMES
    for sentence in sentences:
        spoken = [token.text for token in sentence if not _REMARK.fullmatch(token.text)]
        features = mfcc(_spoken(" ".join(spoken))) if any(map(normalised, spoken)) else mfcc(np.zeros(0, np.float32))
        parts.append(features)
        pauses += [np.zeros(len(features), np.bool_), np.ones(_PAUSE_FRAMES, np.bool_)]
        sizes = [max(len(normalised(token.text)), 1) for token in sentence]
        ends = [now + len(features) * end / sum(sizes) for end in accumulate(sizes)]
        places += zip((float(now), *ends), ends, strict=False)
        now += len(features) + _PAUSE_FRAMES
    where = np.concatenate(pauses)
    features = np.zeros((len(where), parts[0].shape[1]), np.float32)
    features[~where] = normalised_features(np.concatenate(parts))
    return _Reading(features=features, pauses=where, places=places)


def _spoken(text: str) -> NDArray[np.float32]:
    """A sentence in espeak's plain German voice at 16 kHz, without the silence around it."""
    speech = espeak.speak(text, espeak.Voice(variant=""))
    rate_hz = int(np.gcd(RATE_HZ, speech.sample_rate_hz))
    samples = resample_poly(speech.samples, RATE_HZ // rate_hz, speech.sample_rate_hz // rate_hz)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return np.asarray(samples[loud[0] : loud[-1] + 1] if len(loud) else samples, dtype=np.float32)


def _silent(samples: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Frames that are much quieter than speech is."""
    hop = round(HOP_S * RATE_HZ)
    count = len(samples) // hop
    power = (samples[: count * hop].reshape(count, hop) ** 2).mean(axis=1)
    return np.asarray(power < np.quantile(power, 0.9) * 10 ** (-_SILENT_DB / 10))
