"""Finds faults in a recording's samples while it is decoded anyway: frame by frame, without keeping any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.media.blocks import Block

_NEAR_FULL_SCALE = 0.985  # -0.13 dB: converters and editors stop a little below 1
_APART_S = 0.1  # closer clipping counts as the same place
_EMPTY_DB = -40.0  # one channel relative to the other: below this it is only crosstalk and hiss
_SILENT = 1e-6  # mean square: -60 dBFS
_INVERTED = -0.9  # correlation of the channels


class Inspection:
    """Examines all frames of one recording, in order."""

    def __init__(self) -> None:
        self.repaired = 0
        self.clipped_s: list[float] = []
        self._last_clipped_s = -math.inf
        self._samples = 0
        self._powers = np.zeros(3)  # left, right, product; sums

    def add(self, samples: Block, *, start_s: float, sample_rate_hz: int, repaired: int) -> None:
        """Examine the next frame, (samples, channels), which begins at `start_s`; `repaired` of its samples were not
        numbers."""
        self.repaired += repaired
        if np.abs(samples).max(initial=0.0) >= _NEAR_FULL_SCALE:
            self._look_for_clipping(samples, start_s, sample_rate_hz)
        if samples.shape[1] == 2:
            left, right = samples.T
            self._powers += float(left @ left), float(right @ right), float(left @ right)
            self._samples += len(samples)

    def empty_channel(self) -> int | None:
        """0 (left) or 1 (right) if that channel of two is empty and the other is not, else None."""
        left, right, _ = self._powers
        if max(left, right) < _SILENT * self._samples or not self._samples:
            return None
        quiet = int(right < left)
        share = min(left, right) / max(left, right)
        return quiet if share < 10 ** (_EMPTY_DB / 10) else None

    def is_inverted(self) -> bool:
        """Whether the two channels cancel each other when they are played on one loudspeaker."""
        left, right, product = self._powers
        return bool(left and right and product / math.sqrt(left * right) < _INVERTED)

    def _look_for_clipping(self, samples: Block, start_s: float, sample_rate_hz: int) -> None:
        top = np.abs(samples)
        flat = (top[1:] == top[:-1]) & (top[1:] >= _NEAR_FULL_SCALE)
        three_alike = flat[1:] & flat[:-1]  # a voice has no such peak
        for at in np.flatnonzero(three_alike.any(axis=1)).tolist():
            moment_s = start_s + at / sample_rate_hz
            if moment_s > self._last_clipped_s + _APART_S:
                self.clipped_s.append(moment_s)
            self._last_clipped_s = moment_s
