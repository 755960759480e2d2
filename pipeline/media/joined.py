"""Reads an MP3 that was joined from several: tags in its middle are skipped, as players skip them."""

from __future__ import annotations

import io
import mmap
from bisect import bisect_right
from typing import TYPE_CHECKING

from pipeline.build import system

if TYPE_CHECKING:
    from pathlib import Path

_ID3V1_BYTES = 128
_ID3V2_HEAD_BYTES = 10
_WINDOW_BYTES = 4 << 20  # searched at once; a multiple of every page's size


def tags_inside(path: Path) -> tuple[tuple[int, int], ...]:
    """Where tags lie behind the first frame of an MP3, as (first byte, byte after the last); the one at the start of
    the file is ffmpeg's own business. What looks like a tag counts only if a frame or another tag follows it."""
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = []
        at = max(1, _id3v2_end(content, 0))
        while (at := _found(content, at)) >= 0:
            end = _id3v2_end(content, at)
            if end and (end >= len(content) or _goes_on(content, end)):
                first = at - _ID3V1_BYTES
                found.append((first if first > 0 and content[first : first + 3] == b"TAG" else at, end))
            at = max(end, at + 3)
    return tuple(found)


class WithoutTags(io.RawIOBase):
    """The file's bytes without those in `tags` (in order, apart from each other)."""

    def __init__(self, path: Path, tags: tuple[tuple[int, int], ...]) -> None:
        self._file = path.open("rb")
        self._at = 0
        edges = [0, *(edge for tag in tags for edge in tag), path.stat().st_size]
        self._kept = tuple(zip(edges[::2], edges[1::2], strict=True))
        self._starts = [0]  # where each kept stretch begins in what is read
        for first, end in self._kept:
            self._starts.append(self._starts[-1] + end - first)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._starts[-1] if size < 0 else min(self._at + size, self._starts[-1])
        parts = []
        while self._at < end:
            index = bisect_right(self._starts, self._at) - 1
            inside = self._at - self._starts[index]
            count = min(end, self._starts[index + 1]) - self._at
            self._file.seek(self._kept[index][0] + inside)
            part = self._file.read(count)
            if not part:
                break
            parts.append(part)
            self._at += len(part)
        return b"".join(parts)

    def close(self) -> None:
        self._file.close()
        super().close()


def _found(content: mmap.mmap, at: int) -> int:
    """The next "ID3" from `at` on, -1 if there is none. What was searched leaves the memory."""
    while at < len(content):
        window = at - at % _WINDOW_BYTES
        end = min(window + _WINDOW_BYTES, len(content))
        if (found := content.find(b"ID3", at, end + len(b"ID3") - 1)) >= 0:
            return found
        system.release_pages(content, window, end - window)
        at = end
    return -1


def _id3v2_end(content: mmap.mmap, at: int) -> int:
    """The byte after the ID3v2 tag at `at` (id3.org, ID3v2.4 structure 3.1); 0 if there is none."""
    head = content[at : at + _ID3V2_HEAD_BYTES]
    if len(head) < _ID3V2_HEAD_BYTES or head[:3] != b"ID3" or head[3] not in {2, 3, 4} or head[5] & 0x0F:
        return 0
    if any(byte & 0x80 for byte in head[6:]):
        return 0
    size = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    return at + _ID3V2_HEAD_BYTES + size + (_ID3V2_HEAD_BYTES if head[5] & 0x10 else 0)


def _goes_on(content: mmap.mmap, at: int) -> bool:
    """Whether a frame of MPEG audio or another tag begins at `at`, perhaps after padding."""
    while content[at : at + 1] == b"\0":
        at += 1
    head = content[at : at + 3]
    return head == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)
