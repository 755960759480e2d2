"""pydub: fades at the ends, and our levelling as a pydub effect."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sounds import voice

from pipeline.audio.gains import Envelope
from pipeline.audio.levelling import levelled, survey
from pipeline.audio.segments import FADE_IN_MS, FADE_OUT_MS, faded, from_segment, to_segment

RATE = 44_100


def samples(seconds: float, channels: int = 1) -> np.ndarray:
    return np.hstack([voice(seconds, rate=RATE, seed=seed) for seed in range(channels)]).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_segment_returns_its_samples(channels: int) -> None:
    block = samples(1, channels)
    segment = to_segment(block, sample_rate_hz=RATE)
    assert (segment.channels, segment.frame_rate, len(segment)) == (channels, RATE, 1000)
    assert np.abs(from_segment(segment) - block).max() <= 2**-31


@pytest.mark.parametrize("channels", [1, 2])
def test_the_pydub_effect_and_the_streamed_code_give_the_same(channels: int) -> None:
    block = 0.2 * samples(5, channels)
    segment = to_segment(block, sample_rate_hz=RATE).normalise_loudness(-23.0)
    pieces = [block[start : start + 30_000] for start in range(0, len(block), 30_000)]
    lanes = [(piece,) for piece in pieces]
    found = survey(lanes, count=1, sample_rate_hz=RATE, channels=channels, dual_mono=False)
    gain = Envelope.constant(found.gain_to(-23.0))
    streamed = np.concatenate(list(levelled(lanes, [gain], sample_rate_hz=RATE)))
    assert np.abs(from_segment(segment) - streamed).max() < 1e-6
    after = survey([(from_segment(segment),)], count=1, sample_rate_hz=RATE, channels=channels, dual_mono=False)
    assert after.before.integrated_lufs == pytest.approx(-23, abs=0.05)


def test_the_effect_keeps_the_sample_width_of_its_segment() -> None:
    segment = to_segment(samples(2), sample_rate_hz=RATE).set_sample_width(2)
    assert segment.normalise_loudness(-20.0).sample_width == 2


def test_silence_cannot_be_levelled() -> None:
    with pytest.raises(ValueError, match="absolute gate"):
        to_segment(np.zeros((RATE, 1), np.float32), sample_rate_hz=RATE).normalise_loudness()


@pytest.mark.parametrize("seconds", [0.05, 0.7, 1.0, 3.3])
def test_the_ends_are_faded_and_the_middle_is_untouched(seconds: float) -> None:
    block = np.full((round(seconds * RATE), 2), 0.5, np.float32)
    pieces = [block[start : start + RATE] for start in range(0, len(block), RATE)]
    heard = np.concatenate(list(faded(pieces, sample_rate_hz=RATE)))
    assert heard.shape == block.shape
    assert np.abs(heard[0]).max() < 0.01
    assert np.abs(heard[-1]).max() < 0.01
    start, end = RATE * FADE_IN_MS // 1000 + RATE // 1000, len(block) - RATE * FADE_OUT_MS // 1000 - RATE // 1000
    assert np.array_equal(heard[start:end], block[start:end])


def test_an_empty_stream_stays_empty() -> None:
    assert list(faded([], sample_rate_hz=RATE)) == []


def test_importing_pydub_warns_about_nothing_and_finds_the_ffmpeg_of_the_wheel() -> None:
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "from pipeline.audio import segments\n"
        "print(segments.AudioSegment.converter)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    assert "imageio_ffmpeg" in done.stdout
