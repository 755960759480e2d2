"""Measures the lanes of a timeline, then removes their rumble, gives each its gain and sums them.

A lane is one recording on the episode's clock, as blocks of samples; all lanes yield blocks of the same sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal  # type: ignore[import-untyped]  # scipy ships no types

from pipeline.audio.gains import shaped
from pipeline.audio.loudness import NOTHING_LUFS, Filter, GatedLoudness, LoudnessMeter, k_weighting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.audio.gains import Envelope
    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block
    from pipeline.values.audio import Curve, Loudness

HIGH_PASS_HZ = 80.0  # below the lowest voices: offset, rumble, knocks on the table
_HIGH_PASS_ORDER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The lanes' unfiltered sum (`before`, `curve`), its integrated loudness after the high-pass, to which a gain adds,
    and the power of every lane after the high-pass per 100 ms."""

    before: Loudness
    curve: Curve
    filtered_lufs: float
    powers: tuple[Floats, ...]

    def gain_to(self, target_lufs: float) -> float:
        """The gain in decibels that reaches the target. Raises ValueError if there is nothing to hear."""
        if self.filtered_lufs == NOTHING_LUFS:
            raise ValueError("nothing above the absolute gate")
        return target_lufs - self.filtered_lufs


def survey(
    lanes: Iterable[tuple[Block, ...]], *, count: int, sample_rate_hz: int, channels: int, dual_mono: bool
) -> Survey:
    """Measure `count` lanes and their sum in one pass. `dual_mono`: the single channel will be played on two
    speakers."""
    meter = LoudnessMeter(sample_rate_hz=sample_rate_hz, channels=channels, dual_mono=dual_mono)
    without_rumble = Filter(high_pass(sample_rate_hz))
    filtered = GatedLoudness(sample_rate_hz=sample_rate_hz, dual_mono=dual_mono)
    weightings = [Filter(np.vstack((high_pass(sample_rate_hz), k_weighting(sample_rate_hz)))) for _ in range(count)]
    alone = [GatedLoudness(sample_rate_hz=sample_rate_hz, dual_mono=dual_mono) for _ in range(count)]
    for blocks in lanes:
        # Filters commute, so the weighting of the sum is computed once; a single lane is the sum.
        filtered.add(without_rumble.run(meter.add(summed(blocks))))
        if count > 1:
            for block, weighting, loudness in zip(blocks, weightings, alone, strict=True):
                loudness.add(weighting.run(block))
    return Survey(
        before=meter.result(),
        curve=meter.curve(),
        filtered_lufs=filtered.integrated_lufs(),
        powers=tuple(loudness.powers() for loudness in alone) if count > 1 else (filtered.powers(),),
    )


def levelled(
    lanes: Iterable[tuple[Block, ...]], envelopes: Sequence[Envelope], *, sample_rate_hz: int
) -> Iterator[Block]:
    """The sum of the lanes, each through the high-pass and its envelope; nothing is limited or clipped."""
    filters = [Filter(high_pass(sample_rate_hz)) for _ in envelopes]
    first = 0
    for blocks in lanes:
        yield summed(
            tuple(
                shaped(without_rumble.run(block), envelope, first=first, sample_rate_hz=sample_rate_hz)
                for block, without_rumble, envelope in zip(blocks, filters, envelopes, strict=True)
            )
        )
        first += len(blocks[0])


def summed(blocks: Sequence[Block]) -> Block:
    total = blocks[0]
    for block in blocks[1:]:
        total = total + block
    return total


def high_pass(sample_rate_hz: int) -> Floats:
    """Butterworth, 12 dB per octave."""
    sections = signal.butter(_HIGH_PASS_ORDER, HIGH_PASS_HZ, "highpass", fs=sample_rate_hz, output="sos")
    return np.asarray(sections)
