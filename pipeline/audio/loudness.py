"""A streaming loudness meter after ITU-R BS.1770-4, EBU R128, Tech 3341 and Tech 3342."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]  # scipy ships no types
from scipy.signal._sosfilt import _sosfilt  # type: ignore[import-untyped]

from pipeline.audio.truepeak import TruePeakMeter
from pipeline.media import pcm
from pipeline.values.audio import Curve, Loudness

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.media.blocks import Block

Floats = NDArray[np.float64]

NOTHING_LUFS = float("-inf")  # nothing above the absolute gate
STEP_S = 0.1  # gating blocks of 400 ms overlap by 75 %
GATING_STEPS = 4  # 400 ms
SHORT_TERM_STEPS = 30  # 3 s

_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_RANGE_GATE_LU = -20.0
_RANGE_PERCENTILES = (10, 95)


class Filter:
    """Second-order sections that remember their state from block to block.

    They start as if the first sample had always been there, so a constant offset makes no thump at the start.
    """

    def __init__(self, sections: Floats) -> None:
        self._sections = np.ascontiguousarray(sections, np.float64)
        self._state: NDArray[np.inexact] | None = None  # (signals, sections, 2)

    def run(self, block: NDArray[np.floating]) -> Floats:
        """Return the next block (samples, channels), filtered."""
        if block.shape[1] == 2 and len(self._sections) == 1:
            # Both channels as the real and the imaginary part of one signal: each sample waits for the one before it,
            # and the processor computes the second channel meanwhile. More sections fill that time themselves.
            pairs = np.array(block, np.float64, order="C").view(np.complex128)
            return self._filtered(pairs.reshape(1, -1)).view(np.float64).reshape(-1, 2)
        return self._filtered(np.array(block.T, np.float64, order="C")).T

    def _filtered(self, signals: NDArray[Any]) -> NDArray[Any]:
        """The signals, (signals, samples), filtered in place: the core of `signal.sosfilt` (scipy 1.17 and 1.18). What
        that does around it, copies and checks, takes a quarter of the time."""
        if self._state is None:
            self._sections = self._sections.astype(signals.dtype)
            self._state = signal.sosfilt_zi(self._sections.real) * signals[:, :1, np.newaxis]
        _sosfilt(self._sections, signals, self._state)
        return signals


class GatedLoudness:
    """Integrated loudness and loudness range from K-weighted samples, kept as one number per 100 ms."""

    def __init__(self, *, sample_rate_hz: int, dual_mono: bool = False) -> None:
        self._step = round(sample_rate_hz * STEP_S)
        self._factor = 2.0 if dual_mono else 1.0  # one channel that two speakers will play
        self._rest = np.zeros(0)
        self._steps = array("d")  # one piece: many small ones between the blocks would scatter the memory

    def add(self, weighted: Floats) -> None:
        """Add the next K-weighted block (samples, channels); left and right have equal weight."""
        channels = np.ascontiguousarray(weighted.T)  # einsum takes four times as long over short rows
        power = np.einsum("cn,cn->n", channels, channels)
        if len(self._rest):
            power = np.concatenate((self._rest, power))
        whole = len(power) - len(power) % self._step
        self._steps.frombytes((power[:whole].reshape(-1, self._step).mean(axis=1) * self._factor).tobytes())
        self._rest = power[whole:]

    def integrated_lufs(self) -> float:
        """Loudness of everything so far, both gates applied; -inf if nothing passes, as in less than 400 ms."""
        return gated_lufs(sliding_mean(self.powers(), GATING_STEPS))

    def range_lu(self) -> float:
        """Loudness range; 0 if there are less than 3 s to hear."""
        powers = sliding_mean(self.powers(), SHORT_TERM_STEPS)
        heard = powers[powers > power_at(_ABSOLUTE_GATE_LUFS)]
        if not len(heard):
            return 0.0
        low, high = np.percentile(heard[heard > power_at(_lufs(heard.mean()) + _RANGE_GATE_LU)], _RANGE_PERCENTILES)
        return _lufs(high) - _lufs(low)

    def curve(self, *, most_values: int = 720) -> Curve:
        """Short-term loudness (3 s) over time, at most `most_values` values a whole number of seconds apart; silence is
        -70."""
        powers = sliding_mean(np.pad(self.powers(), SHORT_TERM_STEPS // 2, mode="edge"), SHORT_TERM_STEPS)
        seconds = max(1, math.ceil((len(powers) - 1) * STEP_S / most_values))
        count = round(seconds / STEP_S)
        parts = [powers[at : at + count].mean() for at in range(0, len(powers) - 1, count)]
        lowest = power_at(_ABSOLUTE_GATE_LUFS)
        return Curve(step_s=float(seconds), values=tuple(round(_lufs(max(part, lowest)), 1) for part in parts))

    def powers(self) -> Floats:
        """The mean square of every whole 100 ms so far, summed over the channels."""
        return np.array(self._steps, np.float64)


class LoudnessMeter:
    """Measures everything EBU R128 requires. `dual_mono`: the single channel will be played on two speakers (+3 LU)."""

    def __init__(self, *, sample_rate_hz: int, channels: int, dual_mono: bool = False) -> None:
        self._weighting = Filter(k_weighting(sample_rate_hz))
        self._loudness = GatedLoudness(sample_rate_hz=sample_rate_hz, dual_mono=dual_mono)
        self._peaks = tuple(TruePeakMeter() for _ in range(channels))

    def add(self, block: Block) -> Floats:
        """Add the next block (samples, channels) and return it K-weighted."""
        weighted = self._weighting.run(block)
        self._loudness.add(weighted)
        for meter, samples in zip(self._peaks, block.T, strict=True):
            meter.add(samples)
        return weighted

    def powers(self) -> Floats:
        """As `GatedLoudness.powers`."""
        return self._loudness.powers()

    def curve(self) -> Curve:
        """As `GatedLoudness.curve`."""
        return self._loudness.curve()

    def result(self) -> Loudness:
        """The loudness of everything so far; both levels are -inf for silence."""
        highest = max(meter.peak() for meter in self._peaks)
        return Loudness(
            integrated_lufs=self._loudness.integrated_lufs(),
            range_lu=self._loudness.range_lu(),
            true_peak_dbtp=decibel(highest),
        )


def measure(path: Path) -> Loudness:
    """The loudness of a file at its own sampling rate, in one or two channels (more are mixed down).

    Raises what decoding raises.
    """
    recording = pcm.probe(path)
    channels: Literal[1, 2] = 1 if recording.channels == 1 else 2
    meter = LoudnessMeter(sample_rate_hz=recording.sample_rate_hz, channels=channels)
    for block in pcm.read_blocks(path, sample_rate_hz=recording.sample_rate_hz, channels=channels):
        meter.add(block)
    return meter.result()


def integrated_lufs(blocks: Iterable[Block], *, sample_rate_hz: int, dual_mono: bool = False) -> float:
    """The integrated loudness of all blocks; -inf if nothing passes the gates. `dual_mono`: the single channel will be
    played on two speakers (+3 LU)."""
    weighting = Filter(k_weighting(sample_rate_hz))
    loudness = GatedLoudness(sample_rate_hz=sample_rate_hz, dual_mono=dual_mono)
    for block in blocks:
        loudness.add(weighting.run(block))
    return loudness.integrated_lufs()


def gated_lufs(blocks: Floats) -> float:
    """Loudness of 400 ms blocks, both gates applied; -inf if nothing passes."""
    heard = blocks[blocks > power_at(_ABSOLUTE_GATE_LUFS)]
    if not len(heard):
        return NOTHING_LUFS
    return _lufs(heard[heard > power_at(_lufs(heard.mean()) + _RELATIVE_GATE_LU)].mean())


def sliding_mean(steps: Floats, count: int) -> Floats:
    """The means of every `count` neighbouring values; empty if there are fewer."""
    if len(steps) < count:
        return np.zeros(0)
    return np.convolve(steps, np.full(count, 1 / count), mode="valid")


def k_weighting(sample_rate_hz: int) -> Floats:
    """The two filters of BS.1770-4 for any rate: a shelf for the head, a high-pass for the ear.

    The standard gives them for 48 kHz only; frequencies, gain and quality are those that reproduce its coefficients
    (the values of libebur128).
    """
    tangent = math.tan(math.pi * 1681.974450955533 / sample_rate_hz)
    quality, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    a0 = 1 + tangent / quality + tangent**2
    shelf = [
        (high + band * tangent / quality + tangent**2) / a0,
        2 * (tangent**2 - high) / a0,
        (high - band * tangent / quality + tangent**2) / a0,
        1.0,
        2 * (tangent**2 - 1) / a0,
        (1 - tangent / quality + tangent**2) / a0,
    ]
    tangent, quality = math.tan(math.pi * 38.13547087602444 / sample_rate_hz), 0.5003270373238773
    a0 = 1 + tangent / quality + tangent**2
    ear = [1.0, -2.0, 1.0, 1.0, 2 * (tangent**2 - 1) / a0, (1 - tangent / quality + tangent**2) / a0]
    return np.array([shelf, ear])


def decibel(ratio: float) -> float:
    """An amplitude as decibels; -inf for 0."""
    return 20 * math.log10(ratio) if ratio > 0 else float("-inf")


def amplitude(decibels: float) -> float:
    """Decibels as an amplitude."""
    return float(10 ** (decibels / 20))


def power_at(lufs: float) -> float:
    """The mean square, K-weighted and summed over the channels, that has this loudness (BS.1770-4)."""
    return float(10 ** ((lufs + 0.691) / 10))


def lufs_of(powers: Floats) -> Floats:
    """The loudness of each power, without gates; powers must be above 0."""
    return np.asarray(-0.691 + 10 * np.log10(powers))


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)
