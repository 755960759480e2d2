"""Strong sibilants are lowered, vowels and pauses stay, and the level of the recording does not matter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import signal
from sounds import voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.deesser import deessed, speech_level_dbfs
from pipeline.audio.loudness import measure
from pipeline.audio.normalise import normalise
from pipeline.media import pcm
from pipeline.values.audio import AudioSettings
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 44_100
VOICES = Path(__file__).parents[2] / "../shared/data"
MONOLOGUE = Path(__file__).parents[2] / "../shared/speech/conversations/m2-monolog-ohne-pausen/raw.flac"


def lowered(samples: np.ndarray, size: int = 30_011, rate: int = RATE) -> np.ndarray:
    blocks = [samples[at : at + size] for at in range(0, len(samples), size)]
    level_dbfs = speech_level_dbfs(blocks, sample_rate_hz=rate)
    return np.concatenate(list(deessed(blocks, level_dbfs=level_dbfs, sample_rate_hz=rate)))


def sharper(samples: np.ndarray, gain_db: float) -> np.ndarray:
    """More from 5 kHz on: a high shelf (RBJ's Audio EQ Cookbook, S = 1)."""
    amount, angle = 10 ** (gain_db / 40), 2 * np.pi * 5000 / RATE
    cosine, slope = np.cos(angle), np.sin(angle) * np.sqrt(2 * amount)
    up, down = amount + 1, amount - 1
    above = amount * np.array([up + down * cosine + slope, -2 * (down + up * cosine), up + down * cosine - slope])
    below = np.array([up - down * cosine + slope, 2 * (down - up * cosine), up - down * cosine - slope])
    return np.asarray(signal.lfilter(above, below, samples, axis=0), np.float32)


def powers(samples: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """Mean square of a band in every 10 ms, over 30 ms."""
    part = signal.sosfiltfilt(signal.butter(4, (low_hz, high_hz), "bandpass", fs=RATE, output="sos"), samples[:, 0])
    steps = np.square(part[: len(part) // 441 * 441]).reshape(-1, 441).mean(axis=1)
    return np.convolve(steps, np.ones(3) / 3, "same") + 1e-13


def changes_db(plain: np.ndarray, gain_db: float) -> tuple[float, float]:
    """How far 5-9 kHz falls in the sibilants of the sharpened voice, and how far 99 % of its vowels move at most."""
    sharp, voiced = powers(plain, 5000, 9000), powers(plain, 200, 4000)
    loud = np.percentile(sharp + voiced, 95)
    sibilants = (sharp > voiced) & (sharp > loud / 300)
    vowels = (voiced > loud / 30) & (sharp < voiced / 30)
    assert sibilants.sum() > 10
    assert vowels.sum() > 100
    before = sharper(plain, gain_db)
    after = lowered(before)
    hiss, rest = powers(before, 5000, 9000)[sibilants], powers(after, 5000, 9000)[sibilants]
    moved = 10 * np.log10(powers(after, 100, 20_000)[vowels] / powers(before, 100, 20_000)[vowels])
    return float(10 * np.log10(rest.sum() / hiss.sum())), float(np.percentile(np.abs(moved), 99))


def thorsten() -> np.ndarray:
    files = sorted((VOICES / "thorsten").glob("*.wav"))
    blocks = [block for file in files for block in pcm.read_blocks(file, sample_rate_hz=RATE, channels=1)]
    return np.concatenate(blocks)


def monologue() -> np.ndarray:
    blocks = pcm.read_blocks(MONOLOGUE, sample_rate_hz=RATE, channels=1)
    taken: list[np.ndarray] = []
    while sum(map(len, taken)) < 20 * RATE:
        taken.append(next(blocks))
    return np.concatenate(taken)


@pytest.mark.skipif(not VOICES.is_dir() or not MONOLOGUE.is_file(), reason="the real voices are not here")
@pytest.mark.parametrize("read", [thorsten, monologue])
def test_real_sibilants_fall_by_as_much_as_they_are_too_strong(read: Callable[[], np.ndarray]) -> None:
    plain = read()
    fall_db, vowels_db = changes_db(plain, 9)
    assert -6 < fall_db < -3
    assert vowels_db < 0.3
    natural_db, vowels_db = changes_db(plain, 0)
    assert natural_db > fall_db + 2  # a voice as it is changes far less
    assert natural_db > -2.5
    assert vowels_db < 0.3


def hissing(rate: int = RATE, gain: float = 1.0) -> np.ndarray:
    """A made voice with a second's fifth of sharp hiss every second: far too strong against the voice."""
    sound = 0.3 * voice(6, rate=rate)
    hiss = signal.sosfilt(
        signal.butter(4, 5500, "highpass", fs=rate, output="sos"),
        np.random.default_rng(3).standard_normal(len(sound)),
    )
    inside = (np.arange(len(sound)) / rate) % 1 < 0.2
    sound[inside] = 0
    return (gain * (sound + 0.1 * (hiss * inside)[:, np.newaxis])).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_neither_blocks_nor_level_nor_channels_change_what_is_lowered(rate: int) -> None:
    sound = hissing(rate)
    once = lowered(sound, size=len(sound), rate=rate)
    assert once.shape == sound.shape
    assert np.square(once).sum() < 0.8 * np.square(sound).sum()
    for size in (7919, 88_200):
        assert np.abs(lowered(sound, size=size, rate=rate) - once).max() < 1e-6
    quiet = lowered(0.01 * sound, rate=rate)
    assert np.abs(100 * quiet - once).max() < 1e-3
    both = lowered(np.repeat(sound, 2, axis=1), rate=rate)
    assert np.abs(both - once).max() < 1e-6


def test_hiss_in_a_long_pause_and_what_is_too_short_stay() -> None:
    noise = (1e-3 * np.random.default_rng(4).standard_normal((4 * RATE, 1))).astype(np.float32)
    sound = np.concatenate((noise, voice(4, rate=RATE).astype(np.float32), noise))
    after = lowered(sound)
    assert np.array_equal(after[: 3 * RATE], sound[: 3 * RATE])
    assert np.array_equal(after[-3 * RATE :], sound[-3 * RATE :])
    for count in (1, 100, 300):
        assert lowered(sound[:count]).shape == (count, 1)
    assert not lowered(np.zeros((RATE, 1), np.float32)).any()


def test_the_switch_reaches_the_flac_and_the_target_is_hit(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", hissing(48_000))
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    sharp = {}
    for deesser in (False, True):
        flac = tmp_path / f"{deesser}.flac"
        report = normalise(timeline, tmp_path, AudioSettings(deesser=deesser), flac, listener=no_listener)
        assert measure(flac).integrated_lufs + report.headroom_db == pytest.approx(-16 - 3.01, abs=0.2)
        sound = np.concatenate(list(pcm.read_blocks(flac, sample_rate_hz=RATE, channels=1)))
        sharp[deesser] = powers(sound, 5000, 9000).sum() / powers(sound, 200, 4000).sum()
    assert 10 * np.log10(sharp[True] / sharp[False]) < -4
