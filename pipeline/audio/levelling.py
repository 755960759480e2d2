"""Blocks of samples → the same blocks without rumble and with one gain; and how much that gain must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal  # type: ignore[import-untyped]  # scipy ships no types

from pipeline.audio.loudness import NOTHING_LUFS, Filter, GatedLoudness, LoudnessMeter, amplitude

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.audio.loudness import Floats
    from pipeline.audio_model import Loudness
    from pipeline.blocks import Block

HIGH_PASS_HZ = 80.0  # below the lowest voices: offset, rumble, knocks on the table
_HIGH_PASS_ORDER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A stream as it is (`before`), and its integrated loudness behind the high-pass: a gain adds to that."""

    before: Loudness
    filtered_lufs: float

    def gain_to(self, target_lufs: float) -> float:
        """Decibels to the target. Raises ValueError when there is nothing to hear."""
        if self.filtered_lufs == NOTHING_LUFS:
            raise ValueError("nothing above the absolute gate")
        return target_lufs - self.filtered_lufs


def survey(blocks: Iterable[Block], *, sample_rate_hz: int, channels: int, dual_mono: bool) -> Survey:
    """Measure a stream once. `dual_mono`: its one channel will be played on two speakers."""
    meter = LoudnessMeter(sample_rate_hz=sample_rate_hz, channels=channels, dual_mono=dual_mono)
    without_rumble = Filter(high_pass(sample_rate_hz))
    filtered = GatedLoudness(sample_rate_hz=sample_rate_hz, dual_mono=dual_mono)
    for block in blocks:
        filtered.add(without_rumble.run(meter.add(block)))  # filters commute, so the weighting is computed once
    return Survey(before=meter.result(), filtered_lufs=filtered.integrated_lufs())


def levelled(blocks: Iterable[Block], *, sample_rate_hz: int, gain_db: float) -> Iterator[Block]:
    """High-pass and gain; nothing is limited or clipped."""
    without_rumble = Filter(high_pass(sample_rate_hz) * _first_section(amplitude(gain_db)))
    for block in blocks:
        yield without_rumble.run(block).astype(np.float32)


def high_pass(sample_rate_hz: int) -> Floats:
    """Butterworth, 12 dB per octave."""
    sections = signal.butter(_HIGH_PASS_ORDER, HIGH_PASS_HZ, "highpass", fs=sample_rate_hz, output="sos")
    return np.asarray(sections)


def _first_section(factor: float) -> Floats:
    """What the one section is multiplied with, so that the filter also applies the gain."""
    return np.array([[factor, factor, factor, 1.0, 1.0, 1.0]])
