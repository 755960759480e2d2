"""Gains that change over time, and their application to blocks of samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """Breakpoints of a gain in time order: seconds and decibels, linear in decibels between them, constant outside."""

    times_s: Floats
    gains_db: Floats

    @classmethod
    def constant(cls, gain_db: float) -> Envelope:
        return cls(np.zeros(1), np.array([gain_db]))

    def at(self, times_s: Floats) -> Floats:
        """The gain in decibels at each time."""
        return np.interp(times_s, self.times_s, self.gains_db)

    def highest_db(self) -> float:
        return float(self.gains_db.max())

    def __add__(self, other: Envelope) -> Envelope:
        """Both gains, one after the other."""
        times_s = np.union1d(self.times_s, other.times_s)
        return Envelope(times_s, self.at(times_s) + other.at(times_s))


def shaped(block: NDArray[np.floating], envelope: Envelope, *, first: int, sample_rate_hz: int) -> Block:
    """The block (samples, channels) with the envelope's gain applied; `first` is its first sample's position on the
    clock."""
    start_s, end_s = first / sample_rate_hz, (first + len(block)) / sample_rate_hz
    edges_db = envelope.at(np.array([start_s, end_s]))
    inside = (envelope.times_s > start_s) & (envelope.times_s < end_s)
    if edges_db[0] == edges_db[1] and np.all(envelope.gains_db[inside] == edges_db[0]):
        return np.asarray(block * 10 ** (edges_db[0] / 20), np.float32)
    times_s = np.arange(first, first + len(block)) / sample_rate_hz
    factors = 10 ** (envelope.at(times_s) / 20)
    return np.asarray(block * factors[:, np.newaxis], np.float32)
