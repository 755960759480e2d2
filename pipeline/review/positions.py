"""Where the words of a manuscript are in its text, as editors in browsers count: UTF-16 units, a line end is one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from pipeline.transcript.editorial import without_invisible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.transcript.editorial import Manuscript, Token

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
    by_line: dict[int, list[Token]] = {}
    for turn in manuscript.turns:
        for paragraph in turn.paragraphs:
            for token in paragraph:
                by_line.setdefault(token.line, []).append(token)
    words: list[Span] = []
    for number, tokens in by_line.items():
        body, start = bodies[number - 1], starts[number - 1]
        pieces = _pieces(body, [piece for token in tokens for piece in (token.marked or token.text).split()])
        if any(token.marked for token in tokens):
            pieces = _without_marks(body, pieces, tokens)
        if not body.isascii():
            pieces = [(_units(body[:first]), _units(body[:last])) for first, last in pieces]
        words += [(start + first, start + last) for first, last in pieces]
    return Positions(words=tuple(words), lines=lines)


def _pieces(body: str, texts: Sequence[str]) -> list[Span]:
    """Where in the line its last words are; before them may be a label, with or without a space between."""
    found = [match.span() for match in _PIECE.finditer(body) if body.isascii() or _clean(match[0])]
    assert len(found) >= len(texts), f"{len(found)} words in the line, not {len(texts)}"
    found = found[-len(texts) :]
    first, last = found[0]
    while first < last and _clean(body[first:last]) != texts[0]:
        first += 1
    return [(first, last), *found[1:]] if first < last else found


def _without_marks(body: str, pieces: Sequence[Span], tokens: Sequence[Token]) -> list[Span]:
    """The place of each token in pieces of the line. A mark is left out, and what is between it and other signs:
    whoever types over the word must not lose it."""
    spans: list[Span] = []
    at = 0
    for token in tokens:
        count = len((token.marked or token.text).split())
        span = (pieces[at][0], pieces[at + count - 1][1])
        foreign = [token.text[part.start : part.end] for part in token.foreign]
        for text in (token.text, *foreign) if token.marked else ():
            if (inner := body.find(text, *span)) >= 0:
                span = (inner, inner + len(text))
                break
        spans.append(span)
        at += count
    return spans


def _clean(word: str) -> str:
    return without_invisible(unicodedata.normalize("NFC", word))


def _units(text: str) -> int:
    """The length of the text in UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
