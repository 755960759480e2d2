"""Where the words of a manuscript are in its text, as editors in browsers count: UTF-16 units, a line end is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from pipeline.transcript.editorial import without_invisible

if TYPE_CHECKING:
    from pipeline.transcript.editorial import Manuscript

Span = tuple[int, int]
"""Start and end offset."""

_PIECE = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """`words[i]` is the i-th token of all paragraphs, `lines[i]` the line i + 1 without its line end."""

    words: tuple[Span, ...]
    lines: tuple[Span, ...]

    def line(self, number: int) -> Span:
        """The line with that number; the start of the text for 0 and for lines that are no longer there."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else (0, 0)


def positions(manuscript: Manuscript) -> Positions:
    """The places of all words and lines of the text that `manuscript` was parsed from."""
    bodies = [line.raw.rstrip("\r\n") for line in manuscript.lines]
    starts = [0, *accumulate(_units(body) + 1 for body in bodies)]
    lines = tuple((start, start + _units(body)) for start, body in zip(starts, bodies, strict=False))
    by_line: dict[int, int] = {}
    for turn in manuscript.turns:
        for paragraph in turn.paragraphs:
            for token in paragraph:
                by_line[token.line] = by_line.get(token.line, 0) + 1
    words: list[Span] = []
    for number, count in by_line.items():
        pieces = _pieces(bodies[number - 1])
        assert len(pieces) >= count, f"line {number} has {len(pieces)} words, not {count}"
        start = starts[number - 1]
        words += [(start + first, start + last) for first, last in pieces[-count:]]  # before them is the label
    return Positions(words=tuple(words), lines=lines)


def _pieces(body: str) -> list[Span]:
    """The words of a line; what has only invisible characters is none."""
    found = [match.span() for match in _PIECE.finditer(body) if body.isascii() or without_invisible(match[0])]
    if len(body) == _units(body):
        return found
    return [(_units(body[:first]), _units(body[:last])) for first, last in found]


def _units(text: str) -> int:
    """The length of the text in UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
