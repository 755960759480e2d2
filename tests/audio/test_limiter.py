"""The limiter: nothing above the ceiling, nothing else changed."""

from __future__ import annotations

import numpy as np
import pytest
from sounds import sine, voice

from pipeline.audio.limiter import LOOK_AHEAD_S, Limiter
from pipeline.audio.loudness import LoudnessMeter

RATE = 44_100


def limited(samples: np.ndarray, *, ceiling_dbtp: float = -2.0, block: int = 44_100) -> tuple[np.ndarray, float]:
    samples = (samples if samples.ndim == 2 else samples[:, None]).astype(np.float32)
    limiter = Limiter(sample_rate_hz=RATE, channels=samples.shape[1], ceiling_dbtp=ceiling_dbtp)
    blocks = (samples[start : start + block] for start in range(0, len(samples), block))
    return np.concatenate(list(limiter.limited(blocks))), limiter.limited_s


def true_peak_dbtp(samples: np.ndarray) -> float:
    meter = LoudnessMeter(sample_rate_hz=RATE, channels=samples.shape[1])
    meter.add(samples)
    return meter.result().true_peak_dbtp


def bursts() -> np.ndarray:
    quiet = 0.1 * voice(3, rate=RATE)[:, 0]
    for at, height in ((0, 0.9), (30_000, 2.5), (60_000, -3.0), (100_000, 1.0), (len(quiet) - 40, 2.0)):
        quiet[at : at + 40] += height * np.hanning(40)[: len(quiet) - at]
    return quiet


@pytest.mark.parametrize("ceiling_dbtp", [-1.0, -2.3, -9.0])
@pytest.mark.parametrize(
    "samples",
    [
        bursts(),
        4 * voice(3, rate=RATE)[:, 0],
        sine(2, RATE / 4, 3, rate=RATE, phase=np.pi / 4),
        0.5 * np.random.default_rng(5).standard_normal(2 * RATE),
    ],
    ids=["bursts", "voice", "sine", "noise"],
)
def test_no_true_peak_is_above_the_ceiling(samples: np.ndarray, ceiling_dbtp: float) -> None:
    heard, limited_s = limited(samples, ceiling_dbtp=ceiling_dbtp)
    assert len(heard) == len(samples)
    assert true_peak_dbtp(heard) <= ceiling_dbtp + 0.1
    assert 0 < limited_s <= len(samples) / RATE


def test_samples_below_the_ceiling_pass_unchanged() -> None:
    samples = 0.2 * np.hstack((voice(2, rate=RATE, seed=1), voice(2, rate=RATE, seed=2)))
    heard, limited_s = limited(samples)
    assert np.array_equal(heard, samples.astype(np.float32))
    assert limited_s == 0


def test_only_the_surroundings_of_a_peak_are_turned_down() -> None:
    samples = bursts()
    heard, _ = limited(samples)
    early = 30_000 - round(LOOK_AHEAD_S * RATE) - 30
    assert np.allclose(heard[20_000:early, 0], samples[20_000:early], rtol=1e-3, atol=1e-6)
    assert np.allclose(heard[90_000:99_000, 0], samples[90_000:99_000], rtol=1e-3, atol=1e-6)


def test_the_gain_moves_without_jumps() -> None:
    """A steady tone under a loud click: what the limiter does to the tone is the gain itself."""
    tone = np.full(RATE, 0.25)
    tone[20_000] = 4.0
    heard, _ = limited(tone)
    gain = np.delete(heard[:, 0] / tone, 20_000)
    assert gain.min() < 0.25
    assert np.abs(np.diff(gain)).max() < 0.01


def test_both_channels_are_turned_down_together() -> None:
    left = 4 * voice(2, rate=RATE)
    right = 0.01 * sine(2, 440, 0, rate=RATE)[:, None]
    heard, _ = limited(np.hstack((left, right)))
    gain = heard[:, 0][np.abs(left[:, 0]) > 0.1] / left[np.abs(left[:, 0]) > 0.1, 0]
    same = heard[:, 1][np.abs(left[:, 0]) > 0.1]
    assert np.allclose(same, right[np.abs(left[:, 0]) > 0.1, 0] * gain, atol=1e-5)


@pytest.mark.parametrize("block", [7, 100, 1000, 30_000])
def test_the_size_of_blocks_does_not_matter_to_the_limiter(block: int) -> None:
    samples = bursts()[:45_000]
    whole, _ = limited(samples, block=len(samples))
    assert np.allclose(limited(samples, block=block)[0], whole, atol=1e-6)


def test_a_block_of_minutes_is_limited_like_short_ones() -> None:
    """What a decaying reduction would have been earlier grows beyond every float within a minute."""
    samples = np.resize(bursts(), 90 * RATE)
    whole, limited_s = limited(samples, block=len(samples))
    parts, parts_s = limited(samples, block=RATE // 2)
    assert np.isfinite(whole).all()
    assert np.allclose(whole, parts, atol=1e-6)
    assert limited_s == pytest.approx(parts_s, abs=1e-3)
