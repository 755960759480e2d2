"""A look-ahead limiter: keeps the true peaks of blocks of samples at or below a ceiling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import minimum_filter1d  # type: ignore[import-untyped]  # scipy ships no types

from pipeline.audio.loudness import amplitude, decibel
from pipeline.audio.truepeak import AFTER, BEFORE, peaks
from pipeline.values.audio import Curve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block

LOOK_AHEAD_S = 0.005  # long enough for a ramp without a click, too short to be heard as pumping
RELEASE_S = 0.080  # time constant of the recovery

_INTERPOLATE_FROM = 0.63  # 4 dB below the ceiling: in speech and music no value between samples rises by more
_WORKING = 1e-3  # 0.01 dB down counts as limiting
_FORGOTTEN = 1e-5  # a decaying reduction below this becomes 0


class Limiter:
    """Turns the level down ahead of a peak and lets it recover slowly.

    The gain wanted at each sample is ceiling over true peak (at most 1). It is held for the look-ahead before the peak,
    released exponentially and averaged over the look-ahead, so no gain exceeds what any peak within reach allows, and
    the gain never jumps. One limiter serves one stream, from `limited` to its end.
    """

    def __init__(self, *, sample_rate_hz: int, channels: int, ceiling_dbtp: float) -> None:
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
            yield from self._finished(block)
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
            finished = (finished * gains[:, np.newaxis]).astype(np.float32)
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
        above = self._ceiling * _INTERPOLATE_FROM
        highest = np.max([peaks(np.ascontiguousarray(channel), above=above) for channel in samples.T], axis=0)
        return np.asarray(self._ceiling / np.maximum(highest.astype(np.float64), self._ceiling))

    def _held(self, wanted: Floats) -> Floats:
        """The lowest gain wanted from each sample to the end of its look-ahead."""
        centre = self._ahead // 2
        lowest = minimum_filter1d(wanted, self._ahead + 1, mode="nearest")
        return np.asarray(lowest[centre : len(wanted) - centre])

    def _release(self, gains: Floats) -> Floats:
        """The gains, rising exponentially where they may and falling at once where they must.

        The highest of all decaying reductions so far is a running maximum once the decay is factored out.
        """
        elapsed = np.arange(1, len(gains) + 1) * self._decay
        with np.errstate(divide="ignore"):  # the logarithm of no reduction is -inf, as intended
            start = np.log(self._reduction)
            grown = np.log(1 - gains) + elapsed
        reductions = np.exp(np.maximum(np.maximum.accumulate(grown), start) - elapsed)
        reductions[reductions < _FORGOTTEN] = 0.0
        self._reduction = float(reductions[-1])
        return np.asarray(1 - reductions)

    def _averaged(self, gains: Floats) -> Floats:
        joined = np.concatenate((self._released, gains))
        self._released = joined[len(gains) :]
        sums = np.concatenate(([0.0], np.cumsum(joined)))
        return np.asarray((sums[self._ahead + 1 :] - sums[: -self._ahead - 1]) / (self._ahead + 1))
