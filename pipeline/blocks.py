"""Blocks of samples → other blocks: channels, sizes, places on a timeline; arithmetic only.

A block is a float32 array of shape (samples, channels), full scale ±1.0.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Block = NDArray[np.float32]

_DIAGONAL = 0.5**0.5  # -3 dB: centre and surrounds in both ears (ITU-R BS.775)
_EARS = {  # channel name of ffmpeg → its part in (left, right); the low-frequency channel is left out, as BS.775 does
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (_DIAGONAL, _DIAGONAL),
    "LFE": (0.0, 0.0),
    "BL": (_DIAGONAL, 0.0),
    "BR": (0.0, _DIAGONAL),
    "SL": (_DIAGONAL, 0.0),
    "SR": (0.0, _DIAGONAL),
    "FLC": (1.0, 0.0),
    "FRC": (0.0, 1.0),
    "BC": (0.5, 0.5),
}


def two_at_most(samples: Block, names: tuple[str, ...]) -> Block:
    """Mixed down to (left, right) by ITU-R BS.775; channels without a known place count the same in both ears."""
    if len(names) <= 2:
        return samples
    if all(name in _EARS for name in names):
        return np.asarray(samples @ np.array([_EARS[name] for name in names], np.float32))
    return np.asarray(samples.mean(axis=1, keepdims=True, dtype=np.float32))


def with_channels(samples: Block, channels: int) -> Block:
    if samples.shape[1] == channels:
        return samples
    if channels == 1:
        return np.asarray(samples.mean(axis=1, keepdims=True, dtype=np.float32))
    return samples.repeat(2, axis=1)


def regrouped(parts: Iterable[Block], size: int) -> Iterator[Block]:
    """The same samples in blocks of `size`; the last may be shorter."""
    waiting: list[Block] = []
    count = 0
    for part in parts:
        waiting.append(part)
        count += len(part)
        if count >= size:
            joined = np.concatenate(waiting)
            whole = count - count % size
            yield from (joined[start : start + size] for start in range(0, whole, size))
            waiting, count = [joined[whole:].copy()], count - whole
    if count:
        yield np.concatenate(waiting)


def lane(blocks: Iterator[Block], *, first: int, total: int, channels: int, size: int) -> Iterator[Block]:
    """One source on the timeline: `total` samples in blocks of `size`, silence where the source is not."""

    def silence(count: int) -> Iterator[Block]:
        return (np.zeros((min(size, count - at), channels), np.float32) for at in range(0, count, size))

    def without_start(dropped: int) -> Iterator[Block]:
        for block in blocks:
            if len(block) > dropped:
                yield block[dropped:]
            dropped = max(0, dropped - len(block))

    missing = total
    for block in regrouped(chain(silence(max(0, first)), without_start(max(0, -first))), size):
        if missing:
            kept = block[:missing]
            missing -= len(kept)
            if len(kept) < size and missing:
                padding = min(size - len(kept), missing)
                kept = np.concatenate((kept, np.zeros((padding, channels), np.float32)))
                missing -= padding
            yield kept
    yield from silence(missing)
