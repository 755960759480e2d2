"""Finds the peaks between samples, by 4× oversampling (ITU-R BS.1770-4, Annex 2)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]  # scipy ships no types

Samples = NDArray[np.float32]

BEFORE, AFTER = 11, 12  # neighbours that the values between a sample and the next depend on
BOUND = 2.31  # times the loudest neighbour: no value between samples is higher (sum of the filter's absolute taps)

_PHASES = 4
_TAPS = BEFORE + 1 + AFTER  # per phase; the Annex has 12: twice as many measure 17 kHz to 0.1 dB, where 12 lose 1 dB
_KAISER_BETA = 6.0
ROW = 16  # samples interpolated by one row of a matrix product
_HALO_ROWS = 2  # rows that the neighbours reach into
_ROWS = 128  # rows of one product: few enough that OpenBLAS stays on one core and gives the same bits on a busy machine


class TruePeakMeter:
    """Measures the highest true peak of one channel, block by block."""

    def __init__(self) -> None:
        self._highest = 0.0
        self._recent = np.zeros(BEFORE + AFTER, np.float32)

    def add(self, samples: Samples) -> None:
        """Add the next samples of the channel (one dimension)."""
        joined = np.concatenate((self._recent, samples))
        self._recent = joined[len(samples) :].copy()
        padded = _padded(joined)
        loudest = _loudest_of_rows(np.abs(padded), ROW)
        self._highest = max(self._highest, float(loudest.max()))  # those before count already
        hot = _hot(loudest, self._highest / BOUND)  # no value can be higher where nothing exceeds that
        found = _between(_windows(padded, hot), hot, len(samples))
        self._highest = max(self._highest, float(found.max(initial=0.0)))

    def peak(self) -> float:
        """The highest absolute value so far, full scale 1.0; silence is assumed to follow."""
        self.add(np.zeros(AFTER, np.float32))
        return self._highest


def loud_rows(samples: NDArray[np.float32], *, above: float) -> tuple[NDArray[np.intp], Samples]:
    """The true peaks after the samples that have all their neighbours, in whole rows of ROW: the numbers of the rows in
    which some neighbour exceeds `above`, in any channel, and the highest values of those rows, (rows, ROW).

    `samples` has the shape (samples, channels), one or two; the first row begins at `samples[BEFORE]`. Each value is
    the highest of a sample itself and of the three up to the next one, in all channels. In rows that are left out no
    sample exceeds `above`, and no value between samples BOUND times as much. The last row may reach beyond the samples
    with all their neighbours; between those it has no peaks.
    """
    count = len(samples) - BEFORE - AFTER
    if count <= 0:
        return np.zeros(0, np.intp), np.zeros((0, ROW), np.float32)
    padded = _padded(samples)
    hot = _hot(_loudest_of_rows(np.abs(padded).reshape(-1), ROW * samples.shape[1]), above)
    highest = np.zeros((len(hot), ROW), np.float32)
    for channel in padded.T:
        windows = _windows(np.ascontiguousarray(channel), hot)
        np.maximum(highest, np.abs(windows[:, BEFORE : BEFORE + ROW]), out=highest)
        np.maximum(highest, _between(windows, hot, count), out=highest)
    return hot, highest


def _padded(samples: Samples) -> Samples:
    """The samples with zeros after them, in whole rows with all their neighbours."""
    missing = -(len(samples) - BEFORE - AFTER) % ROW + _HALO_ROWS * ROW - BEFORE - AFTER
    return np.concatenate((samples, np.zeros((missing, *samples.shape[1:]), np.float32)))


def _windows(padded: Samples, hot: NDArray[np.intp]) -> Samples:
    """These rows of a channel with their neighbours; faster than numpy's sliding_window_view."""
    rows = padded.reshape(-1, ROW)
    return np.concatenate((rows[hot], rows[hot + 1], rows[hot + 2, : BEFORE + AFTER - ROW]), axis=1)


def _between(windows: Samples, hot: NDArray[np.intp], count: int) -> Samples:
    """The highest absolute value after each sample of these rows of a channel; 0 after the first `count` samples, whose
    neighbours are not known yet."""
    found = _interpolated(windows)
    if len(hot) and (known := count - int(hot[-1]) * ROW) < ROW:
        found[-1, known:] = 0.0
    return found


def _hot(loudest: Samples, above: float) -> NDArray[np.intp]:
    """The rows in which a value exceeds `above`, or in the two after them, which hold the neighbours."""
    return np.flatnonzero(np.maximum(np.maximum(loudest[:-2], loudest[1:-1]), loudest[2:]) > above)


def _loudest_of_rows(magnitudes: Samples, size: int) -> Samples:
    """The highest of every `size` values, a power of two; halving is far faster than numpy's max over short rows."""
    loudest = magnitudes
    while size > 1:
        loudest, size = np.maximum(loudest[0::2], loudest[1::2]), size // 2
    return loudest


def _interpolated(rows: Samples) -> Samples:
    """The highest interpolated absolute value after each sample of each row; rows include the neighbours."""
    filled = np.concatenate((rows, np.zeros((-len(rows) % _ROWS, rows.shape[1]), np.float32)))
    values = np.abs(filled.reshape(-1, _ROWS, rows.shape[1]) @ _interpolator())
    first, second, third = values[..., :ROW], values[..., ROW : 2 * ROW], values[..., 2 * ROW :]
    highest: Samples = np.maximum(np.maximum(first, second), third)
    return highest.reshape(-1, ROW)[: len(rows)]


@cache
def _interpolator() -> Samples:
    """The matrix from a row with its neighbours to all first, then all second, then all third values after its
    samples."""
    taps = _PHASES * signal.firwin(_PHASES * _TAPS + 1, 1 / _PHASES, window=("kaiser", _KAISER_BETA), scale=False)
    matrix = np.zeros((ROW + BEFORE + AFTER, _PHASES - 1, ROW), np.float32)
    for phase in range(1, _PHASES):
        for at in range(ROW):
            matrix[at : at + _TAPS, phase - 1, at] = taps[phase::_PHASES][::-1]
    return matrix.reshape(len(matrix), -1)
