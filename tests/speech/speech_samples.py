"""Synthetic and real recordings for the speech room."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.media.pcm import read_mono_16k

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Say = Callable[..., Samples]

RATE_HZ = 16_000
REAL = Path(__file__).parents[2] / "../shared/data"

# Sentences that every demo checkpoint of the project has learnt.
SENTENCES = (
    "Das ist eine gute Frage.",
    "Der digitale Wandel gelingt nur gemeinsam.",
    "Alle Informationen finden Sie auf unserer Seite.",
    "Bis zum nächsten Mal, auf Wiederhören.",
)


@dataclass(frozen=True)
class Conversation:
    """Samples at 16 kHz and the truth about them: (start_s, end_s, speaker) of every turn."""

    samples: Samples
    turns: tuple[tuple[float, float, int], ...]


def trimmed(samples: Samples) -> Samples:
    """The samples without silence around them, peak 0.6."""
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    kept = samples[loud[0] : loud[-1] + 1]
    return (0.6 * kept / np.abs(kept).max()).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.float32)


def speechless(sound: str, seconds: float = 20) -> Samples:
    """Silence, noise, a chord or applause."""
    chance = np.random.default_rng(2)
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    if sound == "silence":
        samples = 0 * times
    elif sound == "noise":
        samples = 0.02 * chance.standard_normal(len(times))
    elif sound == "chord":
        samples = sum(0.1 * np.sin(2 * np.pi * hertz * times) for hertz in (220, 277.2, 329.6))
    else:  # forty pairs of hands
        samples = np.zeros(len(times))
        clap = chance.standard_normal(400) * np.exp(-np.arange(400) / 60)
        for start in chance.integers(0, len(times) - 400, size=round(160 * seconds)):
            samples[start : start + 400] += 0.05 * clap
    return samples.astype(np.float32)


def conversation(turns: list[tuple[int, Samples]], pause_s: float) -> Conversation:
    """The turns (speaker, samples) one after the other, a pause before each."""
    parts: list[Samples] = []
    truth = []
    position = 0
    for speaker, samples in turns:
        position += round(pause_s * RATE_HZ)
        parts += [silence(pause_s), samples]
        truth.append((position / RATE_HZ, (position + len(samples)) / RATE_HZ, speaker))
        position += len(samples)
    return Conversation(samples=np.concatenate([*parts, silence(0.5)]), turns=tuple(truth))


def write_wav(path: Path, samples: Samples) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def real_voice(name: str) -> Samples:
    """A recording of a human voice, at 16 kHz; the test is skipped if the recordings are missing."""
    path = REAL / name
    if not path.is_file():
        pytest.skip("no recordings of people here")
    return trimmed(read_mono_16k(path))
