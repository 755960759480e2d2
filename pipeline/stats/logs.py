"""Log files, also compressed ones → their requests, all in the order of time, line by line."""

from __future__ import annotations

import gzip
import heapq
import zlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.files import storage_errors
from pipeline.stats.lines import parse_line

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from pipeline.stats.lines import Request

_GZIP = b"\x1f\x8b"
_LONGEST_LINE = 65_536  # bytes; servers refuse requests that long


@dataclass(slots=True)
class Reading:
    """What was read so far: lines, and those of them that are torn or no lines of a log; files that break off."""

    lines: int = 0
    torn: int = 0
    broken: tuple[Path, ...] = ()


def requests_of(files: Sequence[Path], reading: Reading) -> Iterator[Request]:
    """The requests of all files, merged by time; a file is opened when its time comes, so many are never open at once.

    Within a file lines may be out of order by as much as a download takes. Raises MissingFileError and StorageError.
    """
    waiting = sorted(
        ((first.moment_s, at) for at, file in enumerate(files) if (first := _first(file)) is not None), reverse=True
    )
    known = {at for _, at in waiting}
    for at, file in enumerate(files):
        if at not in known:
            for _ in _requests(file, reading):  # nothing but torn lines: they are counted
                pass
    running: list[tuple[float, int, Request, Generator[Request]]] = []
    while waiting or running:
        while waiting and (not running or waiting[-1][0] <= running[0][0]):
            _, at = waiting.pop()
            _push(running, at, _requests(files[at], reading))
        if running:
            _, at, request, rest = heapq.heappop(running)
            yield request
            _push(running, at, rest)


def _push(running: list[tuple[float, int, Request, Generator[Request]]], at: int, requests: Generator[Request]) -> None:
    following = next(requests, None)
    if following is not None:
        heapq.heappush(running, (following.moment_s, at, following, requests))


def _first(file: Path) -> Request | None:
    with closing(_requests(file, Reading())) as requests:
        return next(requests, None)


def _requests(file: Path, reading: Reading) -> Generator[Request]:
    """The requests of one file. One that breaks off (gzip) is noted, and its lines up to there count."""
    with storage_errors(file), file.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        source: BinaryIO = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]  # reads lines
        lines = _lines(source)
        while True:
            try:
                line = next(lines, None)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                reading.broken = (*reading.broken, file)
                return
            if line is None:
                return
            if not line.strip():
                continue
            reading.lines += 1
            request = parse_line(line)
            if request is None:
                reading.torn += 1
            else:
                yield request


def _lines(source: BinaryIO) -> Iterator[str]:
    """Lines without their end. One that is too long comes as "?", so that memory stays bounded."""
    while line := source.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := source.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield "?"
            continue
        yield line.decode("latin-1").rstrip("\r\n")
