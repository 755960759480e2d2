"""Keeps streams of samples in temporary files, so that what was decoded and cleaned once need not be again."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, suppress
from typing import IO, TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipeline.media.blocks import Block

_SAMPLE_BYTES = 4
_ROOM = 3  # times the files: as much again as they need, and the FLAC


class Spool:
    """Keeps `count` streams of `samples` samples each, 10 MB per minute and channel, in `folder` until it is closed.

    It keeps nothing if the disk has no room for three times as much, or does not take it: then `again` returns None.
    Use it in a `with` statement.
    """

    def __init__(self, folder: Path, *, count: int, samples: int, channels: int) -> None:
        self._folder = folder
        self._count = count
        self._channels = channels
        self._wanted_bytes = _SAMPLE_BYTES * count * samples * channels
        self._size = 0  # samples of a block; the last may be shorter
        self._files: list[IO[bytes]] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            if shutil.disk_usage(self._folder).free >= _ROOM * self._wanted_bytes:
                for _ in range(self._count):
                    self._files.append(self._open.enter_context(tempfile.TemporaryFile(dir=self._folder)))
        except OSError:
            self._forget()
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()

    def through(self, lanes: Iterable[tuple[Block, ...]]) -> Iterator[tuple[Block, ...]]:
        """The same blocks, kept; all but the last have one size."""
        for blocks in lanes:
            self._size = self._size or len(blocks[0])
            try:
                for file, block in zip(self._files, blocks, strict=bool(self._files)):
                    file.write(np.ascontiguousarray(block).data)
            except OSError:  # a full disk is no reason to stop: only this needs so much of it
                self._forget()
            yield blocks

    def again(self) -> Iterator[tuple[Block, ...]] | None:
        """The blocks that went through, from the first; None if they were not kept."""
        try:
            for file in self._files:
                file.seek(0)
        except OSError:
            self._forget()
        return zip(*map(self._read, self._files), strict=True) if self._files else None

    def _read(self, file: IO[bytes]) -> Iterator[Block]:
        size_bytes = _SAMPLE_BYTES * self._size * self._channels
        while samples := file.read(size_bytes):
            yield np.frombuffer(samples, np.float32).reshape(-1, self._channels)

    def _forget(self) -> None:
        self._files = []
        with suppress(OSError):  # what was not yet written need not be
            self._open.close()
