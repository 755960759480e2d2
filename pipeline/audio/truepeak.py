"""Finds the peaks between samples, by 4× oversampling (ITU-R BS.1770-4, Annex 2)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]  # scipy ships no types

Samples = NDArray[np.float32]

BEFORE, AFTER = 11, 12  # neighbours that the values between a sample and the next depend on
BOUND = 2.31  # times the loudest neighbour: no value between samples is higher (sum of the filter's absolute taps)

_PHASES = 4
_TAPS = BEFORE + 1 + AFTER  # per phase; the Annex has 12: twice as many measure 17 kHz to 0.1 dB, where 12 lose 1 dB
_KAISER_BETA = 6.0
_ROW = 16  # samples interpolated by one row of a matrix product
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
        self._recent = joined[len(samples) :]
        self._highest = max(self._highest, float(np.abs(samples).max(initial=0.0)))
        found = _between(joined, above=self._highest / BOUND)  # no value can be higher where nothing exceeds that
        self._highest = max(self._highest, float(found.max(initial=0.0)))

    def peak(self) -> float:
        """The highest absolute value so far, full scale 1.0; silence is assumed to follow."""
        self.add(np.zeros(AFTER, np.float32))
        return self._highest


def peaks(samples: Samples, *, above: float) -> Samples:
    """For every sample that has all its neighbours: the highest of itself and the three values up to the next sample.

    `samples` is one channel; the result is shorter by BEFORE + AFTER and begins with the peak of `samples[BEFORE]`.
    Nothing is interpolated where no neighbour exceeds `above`.
    """
    own = np.abs(samples[BEFORE : len(samples) - AFTER])
    return np.asarray(np.maximum(own, _between(samples, above=above)))


def _between(samples: Samples, *, above: float) -> Samples:
    """The highest absolute value after each sample that has all its neighbours, 0 where nothing exceeds `above`."""
    count = len(samples) - BEFORE - AFTER
    if count <= 0:
        return np.zeros(0, np.float32)
    missing = -count % _ROW + _HALO_ROWS * _ROW - BEFORE - AFTER
    filled = np.concatenate((samples, np.zeros(missing, np.float32)))
    loudest = _loudest_of_rows(filled)
    reach = [loudest[at : len(loudest) - _HALO_ROWS + at] for at in range(1 + _HALO_ROWS)]
    hot = np.flatnonzero(np.max(reach, axis=0) > above)
    found = np.zeros(((count + _ROW - 1) // _ROW, _ROW), np.float32)
    found[hot] = _interpolated(sliding_window_view(filled, _ROW + BEFORE + AFTER)[::_ROW][hot])
    return found.reshape(-1)[:count]


def _loudest_of_rows(samples: Samples) -> Samples:
    """The highest absolute value of every 16 samples; halving is far faster than numpy's max over short rows."""
    loudest = np.abs(samples)
    for _ in range(_ROW.bit_length() - 1):
        loudest = np.maximum(loudest[0::2], loudest[1::2])
    return loudest


def _interpolated(rows: Samples) -> Samples:
    """The highest interpolated absolute value after each sample of each row; rows include the neighbours."""
    filled = np.concatenate((rows, np.zeros((-len(rows) % _ROWS, rows.shape[1]), np.float32)))
    values = np.abs(filled.reshape(-1, _ROWS, rows.shape[1]) @ _interpolator())
    first, second, third = values[..., :_ROW], values[..., _ROW : 2 * _ROW], values[..., 2 * _ROW :]
    highest: Samples = np.maximum(np.maximum(first, second), third)
    return highest.reshape(-1, _ROW)[: len(rows)]


@cache
def _interpolator() -> Samples:
    """The matrix from a row with its neighbours to all first, then all second, then all third values after its
    samples."""
    taps = _PHASES * signal.firwin(_PHASES * _TAPS + 1, 1 / _PHASES, window=("kaiser", _KAISER_BETA), scale=False)
    matrix = np.zeros((_ROW + BEFORE + AFTER, _PHASES - 1, _ROW), np.float32)
    for phase in range(1, _PHASES):
        for at in range(_ROW):
            matrix[at : at + _TAPS, phase - 1, at] = taps[phase::_PHASES][::-1]
    return matrix.reshape(len(matrix), -1)
