"""A look-ahead limiter: keeps the true peaks of blocks of samples at or below a ceiling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import minimum_filter1d  # type: ignore[import-untyped]  # scipy ships no types

from pipeline.audio.loudness import amplitude, decibel
from pipeline.audio.truepeak import AFTER, BEFORE, ROW, loud_rows
from pipeline.values.audio import Curve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block

LOOK_AHEAD_S = 0.005  # long enough for a ramp without a click, too short to be heard as pumping
RELEASE_S = 0.080  # time constant of the recovery

_INTERPOLATE_FROM = 0.63  # 4 dB below the ceiling: in speech and music no value between samples rises by more
_WORKING = 1e-3  # 0.01 dB down counts as limiting
_MOST_S = 4.0  # at once: over 50 s the growth of a decaying reduction would exceed a double
_FORGOTTEN = 1e-5  # a decaying reduction below this becomes 0


class Limiter:
    """Turns the level down ahead of a peak and lets it recover slowly.

    The gain wanted at each sample is ceiling over true peak (at most 1). It is held for the look-ahead before the peak,
    released exponentially and averaged over the look-ahead, so no gain exceeds what any peak within reach allows, and
    the gain never jumps. One limiter serves one stream: `limited`, or `add` for each block and `end`.
    """

    def __init__(self, *, sample_rate_hz: int, channels: int, ceiling_dbtp: float) -> None:
        self.channels = channels
        self._rate = sample_rate_hz
        self._ceiling = amplitude(ceiling_dbtp)
        self._ahead = 2 * round(LOOK_AHEAD_S * sample_rate_hz / 2)
        self._decay = 1 / (RELEASE_S * sample_rate_hz)
        # Samples not yet yielded, with the neighbours before them. The stream begins one look-ahead early, in
        # silence, so that the level can be down before a peak in the first sample.
        self._samples = np.zeros((BEFORE + self._ahead, channels), np.float32)
        self._early = self._ahead
        self._wanted = np.zeros(0)  # for the first of those samples
        self._released = np.ones(self._ahead)  # the gains before those, for the average
        self._reduction = 0.0  # 1 - gain, at the last released sample
        self._grown = np.zeros(0)
        self._limited = 0
        self._position = 0  # samples yielded
        self._lowest: dict[int, float] = {}  # lowest gain by second

    @property
    def limited_s(self) -> float:
        """Seconds during which the level has been turned down so far."""
        return self._limited / self._rate

    def curve(self, *, step_s: float) -> Curve:
        """The largest reduction in every step so far, in decibels, 0 or less."""
        seconds = math.ceil(self._position / self._rate)
        gains = np.array([self._lowest.get(second, 1.0) for second in range(seconds)])
        count = max(1, round(step_s))
        parts = [gains[at : at + count].min() for at in range(0, seconds, count)]
        return Curve(step_s=float(count), values=tuple(round(decibel(part), 1) + 0.0 for part in parts))

    def limited(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The same number of samples at the same times, limited, in blocks of other sizes."""
        for block in blocks:
            yield from self.add(block)
        yield from self.end()

    def add(self, block: Block) -> Iterator[Block]:
        """What can be yielded of the stream once its next block is known."""
        most = round(_MOST_S * self._rate)
        for start in range(0, len(block), most):
            yield from self._finished(block[start : start + most])

    def end(self) -> Iterator[Block]:
        """What is left at the end of the stream."""
        yield from self._finished(np.zeros((self._ahead + AFTER, self._samples.shape[1]), np.float32))

    def _finished(self, block: Block) -> Iterator[Block]:
        samples = np.concatenate((self._samples, block))
        wanted = np.concatenate((self._wanted, self._gains_wanted(samples[len(self._wanted) :])))
        count = max(0, len(wanted) - self._ahead)
        self._samples, self._wanted = samples[count:], wanted[count:]
        if not count:
            return
        early, self._early = min(self._early, count), max(0, self._early - count)
        finished = samples[BEFORE + early : BEFORE + count]
        if wanted.min() < 1 or self._released.min() < 1 or self._reduction:
            gains = self._averaged(self._release(self._held(wanted)))[early:]
            self._limited += int(np.count_nonzero(gains < 1 - _WORKING))
            self._note(gains)
            finished = _turned_down(finished, gains)
        if len(finished):
            self._position += len(finished)
            yield finished

    def _note(self, gains: Floats) -> None:
        edge = -self._position % self._rate
        for start in range(edge - self._rate if edge else 0, len(gains), self._rate):
            part = gains[max(0, start) : start + self._rate]
            second = (self._position + max(0, start)) // self._rate
            if len(part):
                self._lowest[second] = min(self._lowest.get(second, 1.0), float(part.min()))

    def _gains_wanted(self, samples: Block) -> Floats:
        if len(samples) <= BEFORE + AFTER:
            return np.zeros(0)
        wanted = np.ones(len(samples) - BEFORE - AFTER)
        rows, highest = loud_rows(samples, above=self._ceiling * _INTERPOLATE_FROM)
        row, column = np.nonzero(highest >= np.float32(self._ceiling))  # few; no other single exceeds the double
        over = rows[row] * ROW + column
        known = over < len(wanted)
        peaks = highest[row, column][known].astype(np.float64)
        wanted[over[known]] = self._ceiling / np.maximum(peaks, self._ceiling)
        return wanted

    def _held(self, wanted: Floats) -> Floats:
        """The lowest gain wanted from each sample to the end of its look-ahead."""
        centre = self._ahead // 2
        lowest = minimum_filter1d(wanted, self._ahead + 1, mode="nearest")
        return np.asarray(lowest[centre : len(wanted) - centre])

    def _release(self, gains: Floats) -> Floats:
        """The gains, rising exponentially where they may and falling at once where they must.

        The highest of all decaying reductions so far is a running maximum once the decay is factored out.
        """
        grown = (1 - gains) * self._growth(len(gains))
        np.maximum.accumulate(grown, out=grown)
        reductions = np.maximum(grown, self._reduction, out=grown)
        reductions /= self._growth(len(gains))
        reductions[reductions < _FORGOTTEN] = 0.0
        self._reduction = float(reductions[-1])
        return np.subtract(1, reductions, out=reductions)

    def _averaged(self, gains: Floats) -> Floats:
        sums = np.concatenate(([0.0], self._released, gains))
        self._released = sums[len(gains) + 1 :].copy()
        np.cumsum(sums, out=sums)
        means = sums[self._ahead + 1 :] - sums[: -self._ahead - 1]
        means /= self._ahead + 1
        return means

    def _growth(self, count: int) -> Floats:
        """How much a decaying reduction would have grown backwards, at each of the next samples."""
        if count > len(self._grown):
            self._grown = np.exp(np.arange(1, count + 1) * self._decay)
        return self._grown[:count]


def _turned_down(block: Block, gains: Floats) -> Block:
    """The block with a gain for each sample; channel by channel numpy takes half the time."""
    quieter = np.empty_like(block)
    for at in range(block.shape[1]):
        np.multiply(block[:, at], gains, out=quieter[:, at], casting="same_kind")
    return quieter
