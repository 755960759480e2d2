"""Read the passages of a manuscript that editors marked as another language (`[en: public money]`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.values.languages import MARK, language_of, passage_at, why_unread
from pipeline.values.transcript import Foreign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PIECE = re.compile(r"\S+")
_QUOTED = 30  # characters of a mark that cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedWord:
    """A word of a line with marks: without and with them (`Public`, `[en: Public`), and which of its characters are in
    another language."""

    text: str
    written: str
    foreign: tuple[Foreign, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """The marked passages of a manuscript. `words` has every word of each line with a passage, by the line's number
    (from 1); `open_after` are the lines at whose end a passage goes on; `unread` are (line, German text about a mark
    that cannot be read)."""

    words: Mapping[int, tuple[MarkedWord, ...]] = field(default_factory=dict)
    open_after: frozenset[int] = frozenset()
    unread: tuple[tuple[int, str], ...] = ()

    def text(self, number: int, body: str) -> str:
        """The line without marks; `body` is the line as written."""
        return " ".join(word.text for word in self.words[number]) if number in self.words else body

    def last_words(self, number: int, speech: str) -> Sequence[MarkedWord]:
        """The words of `speech`, with which the line without marks ends; () if the line has no passage."""
        words, count = self.words.get(number, ()), len(speech.split())
        if not words or not count:
            return ()
        first, *others = words[-count:]
        return (_last_part(first, len(speech.split(maxsplit=1)[0])), *others)


def read_passages(lines: Sequence[str]) -> Passages:
    """The passages in `lines`, which are stripped; "" is a blank line, over which no passage goes."""
    if not any("[" in line and MARK.search(line) for line in lines):
        return Passages()
    words: dict[int, tuple[MarkedWord, ...]] = {}
    open_after: set[int] = set()
    unread: list[tuple[int, str]] = []
    numbered = enumerate(lines, start=1)
    for is_text, group in groupby(numbered, key=lambda entry: bool(entry[1])):
        block = list(group)
        if is_text:
            _read_block(block[0][0], "\n".join(line for _, line in block), words, open_after, unread)
    return Passages(words=words, open_after=frozenset(open_after), unread=tuple(unread))


def _read_block(
    first: int,
    text: str,
    words: dict[int, tuple[MarkedWord, ...]],
    open_after: set[int],
    unread: list[tuple[int, str]],
) -> None:
    """Read lines without a blank one between, the first of which has the number `first`."""
    hidden: set[int] = set()  # the characters of the marks
    stretches: list[tuple[int, int, str]] = []
    touched: set[int] = set()
    for mark in MARK.finditer(text):
        start = mark.start()
        number = first + text.count("\n", 0, start)
        found = passage_at(text, start)
        if found is None or "\n" in found["said"][len(found["said"].rstrip()) :]:
            quoted = " ".join(text[start : start + _QUOTED].split())
            unread.append((number, f"„{quoted} …“: {why_unread(text, start)}"))
            continue
        end = found.start("said") + len(found["said"].rstrip())
        hidden |= {*range(start, found.start("said")), *range(end, found.end())}
        stretches.append((found.start("said"), end, language_of(found["tag"])))
        last = number + text.count("\n", start, found.end())
        touched |= set(range(number, last + 1))
        open_after |= set(range(number, last))
    start = 0
    for number, line in enumerate(text.split("\n"), start=first):
        if number in touched:
            words[number] = tuple(_words(line, start, hidden, stretches))
        start += len(line) + 1


def _words(line: str, start: int, hidden: set[int], stretches: Sequence[tuple[int, int, str]]) -> Iterator[MarkedWord]:
    """The words of a line that begins at `start`. Spaces inside a mark separate none."""
    pieces: list[list[str]] = []
    places: list[list[int]] = []
    end = 0
    for piece in _PIECE.finditer(line):
        if not pieces or not hidden.issuperset(range(start + end, start + piece.start())):
            pieces.append([])
            places.append([])
        pieces[-1].append(piece[0])
        places[-1] += range(start + piece.start(), start + piece.end())
        end = piece.end()
    for written, inside in zip(pieces, places, strict=True):
        shown = [place for place in inside if place not in hidden]
        text = "".join(line[place - start] for place in shown)
        yield MarkedWord(text=text, written=" ".join(written), foreign=tuple(_foreign(shown, stretches)))


def _foreign(shown: Sequence[int], stretches: Sequence[tuple[int, int, str]]) -> Iterator[Foreign]:
    for start, end, language in stretches:
        if inside := [i for i, place in enumerate(shown) if start <= place < end]:
            yield Foreign(language=language, start=inside[0], end=inside[-1] + 1)


def _last_part(word: MarkedWord, length: int) -> MarkedWord:
    """The word without what is glued to it in front (a label), `length` characters long."""
    cut = len(word.text) - length
    foreign = (Foreign(language=f.language, start=max(f.start - cut, 0), end=f.end - cut) for f in word.foreign)
    return MarkedWord(text=word.text[cut:], written=word.written[cut:], foreign=tuple(foreign)) if cut > 0 else word
