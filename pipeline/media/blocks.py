"""Turns blocks of samples into others: channels, sizes, places on a timeline. Arithmetic only.

A block is a float32 array of shape (samples, channels), full scale ±1.0.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Block = NDArray[np.float32]

_LARGE_BYTES = 8 << 20  # more than all copies of a block together; glibc takes at most 32 MiB
_NOTHING: Block = np.zeros((0, 1), np.float32)
_DIAGONAL = 0.5**0.5  # -3 dB: centre and surrounds in both ears (ITU-R BS.775)
_EARS = {  # ffmpeg's channel name → its part in (left, right); the low-frequency channel is left out, as in BS.775
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


def keep_freed_memory() -> None:
    """Let the C library reuse the memory of one block for the next. glibc returns large pieces to the kernel, which
    clears them page by page when they come back: a tenth of the audio chain's time. It stops after a piece this large
    was freed (mallopt(3), M_MMAP_THRESHOLD), even if nothing was written to it; other C libraries ignore this."""
    np.empty(_LARGE_BYTES, np.uint8)


def two_at_most(samples: Block, names: tuple[str, ...]) -> Block:
    """One or two channels as they are; more are mixed down to (left, right) by ITU-R BS.775, or to the mean of all as
    one channel if the place of any is unknown."""
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
    missing = size  # in the block that is being put together
    for part in parts:
        start = 0
        if waiting:
            start = min(missing, len(part))
            waiting.append(part[:start])
            missing -= start
            if missing:
                continue
            yield np.concatenate(waiting)
            waiting, missing = [], size
        whole = len(part) - (len(part) - start) % size
        yield from (part[at : at + size] for at in range(start, whole, size))  # nothing to join, nothing to copy
        if whole < len(part):
            waiting, missing = [part[whole:]], size - (len(part) - whole)
    if waiting:
        yield np.concatenate(waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """`count` samples of a source, from its sample `first` on, placed at sample `at`. If `first` is negative, silence
    precedes the start of the source."""

    first: int
    count: int
    at: int


def spliced(
    blocks: Iterable[Block], regions: Sequence[Region], *, total: int, channels: int, size: int
) -> Iterator[Block]:
    """The stretches of one source at their places: `total` samples in blocks of `size`, with silence in between.

    Stretches are in time order, in the source and in the result. The source is read once, as far as needed.
    """

    def parts() -> Iterator[Block]:
        tape, placed = Tape(blocks), 0
        for region in regions:
            absent = min(max(0, -region.first), region.count)
            yield from silence(region.at + absent - placed, channels=channels, size=size)
            tape.skip(region.first + absent - tape.position)
            placed = region.at + absent
            for part in tape.through(region.count - absent):
                placed += len(part)
                yield part
        yield from silence(total - placed, channels=channels, size=size)

    return regrouped(parts(), size)


def silence(count: int, *, channels: int, size: int) -> Iterator[Block]:
    """`count` samples of silence, in blocks of at most `size`."""
    return (np.zeros((min(size, count - at), channels), np.float32) for at in range(0, count, size))


class Tape:
    """A stream of blocks that is read in any number of samples; at its end a read returns fewer.

    `position` counts the samples read so far.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.position = 0
        self._blocks = iter(blocks)
        self._waiting = _NOTHING

    def through(self, count: int) -> Iterator[Block]:
        """The next `count` samples, in blocks of whatever size they arrive."""
        end = self.position + count
        while self.position < end:
            block = self._waiting if len(self._waiting) else next(self._blocks, None)
            if block is None:
                return
            taken, self._waiting = block[: end - self.position], block[end - self.position :]
            self.position += len(taken)
            yield taken

    def read(self, count: int) -> Block:
        """The next `count` samples as one block; of shape (0, 1) if there are none."""
        parts = tuple(self.through(count))
        return np.concatenate(parts) if parts else _NOTHING

    def skip(self, count: int) -> None:
        for _ in self.through(count):
            pass

    def rest(self) -> Iterator[Block]:
        yield from self.through(sys.maxsize)
