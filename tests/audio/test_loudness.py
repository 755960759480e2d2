"""The meter against the cases of EBU Tech 3341, Tech 3342 and against ffmpeg's meter."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal
from sounds import ebur128, sine, voice, write_wav

from pipeline.audio.levelling import high_pass
from pipeline.audio.loudness import Filter, LoudnessMeter, integrated_lufs, k_weighting, measure
from pipeline.audio.truepeak import AFTER, BEFORE, BOUND, ROW, TruePeakMeter, loud_rows
from pipeline.values.audio import Loudness

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

RATE = 48_000


def metered(samples: np.ndarray, *, rate: int = RATE, block: int = 48_000, dual_mono: bool = False) -> Loudness:
    samples = samples if samples.ndim == 2 else samples[:, None]
    meter = LoudnessMeter(sample_rate_hz=rate, channels=samples.shape[1], dual_mono=dual_mono)
    for start in range(0, len(samples), block):
        meter.add(samples[start : start + block].astype(np.float32))
    return meter.result()


def peaks(samples: np.ndarray, *, above: float) -> np.ndarray:
    """The true peak after each sample that has all its neighbours; 0 in rows where nothing exceeds `above`."""
    samples = samples if samples.ndim == 2 else samples[:, None]
    count = len(samples) - BEFORE - AFTER
    rows, highest = loud_rows(samples.astype(np.float32), above=above)
    found = np.zeros((-(-count // ROW), ROW), np.float32)
    found[rows] = highest
    return found.reshape(-1)[:count]


def steps(*parts: tuple[float, float], rate: int = RATE) -> np.ndarray:
    """A stereo 1 kHz sine in stretches of (dBFS, seconds)."""
    levels = np.concatenate([np.full(round(seconds * rate), 10 ** (dbfs / 20)) for dbfs, seconds in parts])
    wave = levels * np.sin(2 * np.pi * 1000 * np.arange(len(levels)) / rate)
    return np.stack((wave, wave), 1)


TECH_3341 = [  # cases 1 to 5: stretches of (dBFS, seconds), LUFS
    ([(-23, 20)], -23),
    ([(-33, 20)], -33),
    ([(-36, 10), (-23, 60), (-36, 10)], -23),
    ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
]


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize(("parts", "lufs"), TECH_3341)
def test_integrated_loudness_meets_tech_3341(parts: list[tuple[float, float]], lufs: float, rate: int) -> None:
    assert metered(steps(*parts, rate=rate), rate=rate).integrated_lufs == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize(
    ("parts", "lu"),
    [
        ([(-20, 20), (-30, 20)], 10),
        ([(-20, 20), (-15, 20)], 5),
        ([(-40, 20), (-20, 20)], 20),
        ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
    ],
)
def test_loudness_range_meets_tech_3342(parts: list[tuple[float, float]], lu: float) -> None:
    assert metered(steps(*parts)).range_lu == pytest.approx(lu, abs=1)


@pytest.mark.parametrize(("division", "degrees"), [(4, 0), (4, 45), (6, 60), (8, 67.5)])
def test_true_peak_of_a_sine_is_found_between_the_samples(division: int, degrees: float) -> None:
    """Tech 3341 cases 15 to 18: peaks that no sample touches, read within +0.2 and -0.4 dB."""
    wave = sine(1, RATE / division, -6, phase=np.radians(degrees))
    fade = np.minimum(1, np.minimum(np.arange(RATE), np.arange(RATE)[::-1]) / 2400)
    assert -0.4 <= metered(wave * fade).true_peak_dbtp + 6 <= 0.2


def test_a_peak_between_the_last_sample_and_silence_is_found() -> None:
    samples = np.zeros(1000)
    samples[-2:] = 0.9
    whole = np.concatenate((samples, np.zeros(100)))
    assert metered(samples).true_peak_dbtp == pytest.approx(metered(whole).true_peak_dbtp, abs=1e-4)


def test_the_k_weighting_matches_the_standard_at_48_khz() -> None:
    shelf, ear = k_weighting(48_000)
    table = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    assert shelf == pytest.approx(table, abs=1e-9)
    assert ear == pytest.approx([1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621], abs=1e-9)


@given(
    make=st.sampled_from((k_weighting, high_pass)),
    channels=st.sampled_from((1, 2)),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=5),
    seed=st.integers(0, 99),
)
def test_a_filter_gives_the_bits_of_scipys_own_call(
    make: Callable[[int], NDArray[np.float64]], channels: int, sizes: list[int], seed: int
) -> None:
    sections = np.asarray(make(44_100))
    samples = np.random.default_rng(seed).normal(0, 0.2, (sum(sizes), channels)).astype(np.float32)
    samples[: seed % 3] = 0.0
    state = signal.sosfilt_zi(sections)[:, np.newaxis, :] * samples[:1].T.astype(np.float64)
    whole, _ = signal.sosfilt(sections, samples.T.astype(np.float64), axis=1, zi=state)
    own = Filter(sections)
    kept = samples.copy()
    found = [own.run(block) for block in np.split(samples, np.cumsum(sizes)[:-1])]
    assert np.array_equal(np.concatenate(found), whole.T)
    assert np.array_equal(samples, kept)


def test_the_size_of_blocks_does_not_matter() -> None:
    samples = np.hstack((voice(5, seed=1), voice(5, seed=2)))
    one, many = metered(samples, block=len(samples)), metered(samples, block=1777)
    assert many.integrated_lufs == pytest.approx(one.integrated_lufs, abs=1e-6)
    assert many.range_lu == pytest.approx(one.range_lu, abs=1e-6)
    assert many.true_peak_dbtp == pytest.approx(one.true_peak_dbtp, abs=1e-4)


def test_mono_for_two_speakers_counts_as_both() -> None:
    samples = voice(4)
    both = metered(np.hstack((samples, samples))).integrated_lufs
    assert metered(samples, dual_mono=True).integrated_lufs == pytest.approx(both, abs=1e-6)
    assert metered(samples).integrated_lufs == pytest.approx(both - 3.01, abs=0.01)


def test_one_channel_for_two_speakers_has_the_very_loudness_of_two() -> None:
    samples = voice(3, rate=RATE).astype(np.float32)
    once = integrated_lufs(np.array_split(samples, 7), sample_rate_hz=RATE, dual_mono=True)
    assert once == integrated_lufs(np.array_split(samples.repeat(2, axis=1), 7), sample_rate_hz=RATE)


def test_silence_and_less_than_a_gating_block_have_no_loudness() -> None:
    assert metered(np.zeros(RATE)) == Loudness(
        integrated_lufs=float("-inf"), range_lu=0.0, true_peak_dbtp=float("-inf")
    )
    assert metered(sine(0.3, 1000, -6)).integrated_lufs == float("-inf")


def test_a_constant_offset_makes_no_thump_at_the_start() -> None:
    assert metered(sine(2, 997, -40) + 0.5).integrated_lufs == pytest.approx(-43.0, abs=0.1)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_our_meter_and_ffmpegs_agree_on_a_file(tmp_path: Path, rate: int, channels: int) -> None:
    samples = np.hstack([voice(12, rate=rate, seed=seed, level=0.2) for seed in range(channels)])
    path = write_wav(tmp_path / "a.wav", samples, rate=rate)
    ours, (integrated, loudness_range, peak) = measure(path), ebur128(path)
    assert ours.integrated_lufs == pytest.approx(integrated, abs=0.1)
    assert ours.range_lu == pytest.approx(loudness_range, abs=0.5)
    assert ours.true_peak_dbtp == pytest.approx(peak, abs=0.3)


def test_peaks_never_exceed_the_bound_that_lets_us_skip() -> None:
    for seed in range(20):
        samples = np.sign(np.random.default_rng(seed).standard_normal(500)).astype(np.float32)
        found = peaks(samples, above=0.0)
        assert len(found) == len(samples) - BEFORE - AFTER
        assert 1 < found.max() <= BOUND


def test_what_is_skipped_is_never_above_the_limit() -> None:
    samples = voice(1)[:, 0].astype(np.float32)
    everything, hot = peaks(samples, above=-1.0), peaks(samples, above=0.1)
    above = everything > 0.1 * BOUND
    assert above.any()
    assert np.allclose(hot[above], everything[above], rtol=1e-6, atol=0)  # the last bit depends on the processor


def oversampled_peak(samples: np.ndarray) -> float:
    """The highest absolute value of the whole signal between silence, without leaving anything out."""
    quiet = np.zeros(BEFORE + AFTER)
    return float(peaks(np.concatenate((quiet, samples, quiet)), above=-1.0).max())


def adversarial(rng: np.random.Generator, kind: str) -> np.ndarray:
    """Signals whose true peak is where samples say least: quiet samples around loud ones, signs that add up, one late
    burst after a louder sample, edges of blocks and of rows."""
    samples = 0.01 * rng.standard_normal(3000)
    if kind == "signs":  # as close to the bound as a signal of signs comes
        samples[rng.integers(0, 2970) :][:24] = np.sign(rng.standard_normal(24))
    elif kind == "alternating":
        at = int(rng.integers(0, 2900))
        samples[at : at + 60] = 0.7 * np.resize([1, 1, -1, -1], 60)
    elif kind == "two peaks":  # the louder sample comes first, the higher true peak later
        samples[100] = 0.8
        samples[2000:2024] = 0.6 * np.where(np.arange(24) % 2 < 1, 1, -1) * np.sign(np.arange(24) - 11.5)
    elif kind == "noise":
        samples *= rng.uniform(1, 100)
    return samples.astype(np.float32)


@pytest.mark.parametrize("kind", ["signs", "alternating", "two peaks", "noise"])
@pytest.mark.parametrize("block", [5, 16, 1000, 3000])
def test_the_meter_finds_the_same_peak_as_oversampling_everything(kind: str, block: int) -> None:
    for seed in range(15):
        samples = adversarial(np.random.default_rng(seed), kind)
        meter = TruePeakMeter()
        for start in range(0, len(samples), block):
            meter.add(samples[start : start + block])
        assert meter.peak() == pytest.approx(oversampled_peak(samples), rel=1e-6)


def test_the_rows_of_two_channels_hold_the_higher_of_their_peaks() -> None:
    for count in (1, 15, 16, 17, 777):  # the last row is whole or not
        both = np.random.default_rng(count).standard_normal((count + BEFORE + AFTER, 2)).astype(np.float32)
        each = [peaks(np.ascontiguousarray(channel), above=-1.0) for channel in both.T]
        assert np.array_equal(peaks(both, above=-1.0), np.maximum(*each))
    assert len(loud_rows(both[: BEFORE + AFTER], above=-1.0)[0]) == 0


def test_more_gain_gives_more_loudness() -> None:
    levels = [metered(voice(3, level=level)).integrated_lufs for level in (0.01, 0.02, 0.1, 0.5)]
    assert all(quiet < loud for quiet, loud in pairwise(levels))
