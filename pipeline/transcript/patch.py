"""Change lines of a transcript file and keep every byte of the others: encoding, line ends, marks that nobody sees."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.handwritten import encoding_of
from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE_END = re.compile(r"\r\n|\r|\n")
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class EncodingError(TranscriptError):
    """The encoding of the file has no place for a character that was typed; UTF-8 has one for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEdit:
    """Replaces the lines `first` up to and without `last` of the file that was read by `lines`, at least one by at
    least one. Lines count from 0 and have no line end; a text that ends with a line end has an empty last line."""

    first: int
    last: int
    lines: tuple[str, ...]


def lines_of(text: str) -> list[str]:
    """The lines of a text as edits count them."""
    return _LINE_END.split(text)


def patch(raw: bytes, edits: Sequence[TranscriptEdit], *, as_utf8: bool = False) -> bytes:
    """The file `raw` with `edits` made, which are in order and do not overlap.

    Lines outside the edits keep their bytes; new lines are written in the encoding of the file and end as their
    neighbours do. `as_utf8` writes the whole file in UTF-8 instead. Raises EncodingError if the encoding cannot say
    what was typed, TranscriptError if `raw` is no text, ValueError for edits that do not fit the file.
    """
    decode(raw)
    mark, codec = _encoding(raw)
    text = raw[len(mark) :].decode(codec)
    lines, ends = lines_of(text), _LINE_END.findall(text)
    _check(edits, len(lines))
    for edit in reversed(edits):
        _replace(lines, ends, edit)
    new = "".join(f"{line}{end}" for line, end in zip(lines, (*ends, ""), strict=True))
    return _encoded(new, b"" if as_utf8 else mark, "utf-8" if as_utf8 else codec)


def _encoding(raw: bytes) -> tuple[bytes, str]:
    """The byte-order mark (or nothing) and the encoding of what follows it."""
    mark = next((mark for mark in _BOMS if raw.startswith(mark)), b"")
    return mark, _BOMS.get(mark) or encoding_of(raw)


def _check(edits: Sequence[TranscriptEdit], count: int) -> None:
    done = 0
    for edit in edits:
        if not done <= edit.first < edit.last <= count:
            raise ValueError(f"lines {edit.first}..{edit.last} of {count}, after {done}")
        if not edit.lines or any(re.search(r"[\r\n\0]", line) for line in edit.lines):
            raise ValueError("no lines, or a line end inside a line")
        done = edit.last


def _replace(lines: list[str], ends: list[str], edit: TranscriptEdit) -> None:
    inside = ends[edit.first : edit.last]
    is_last = edit.last == len(lines)
    needed = len(edit.lines) - is_last
    before = ends[edit.first - 1 : edit.first] if edit.first else []
    usual = (inside or before or ends or ["\n"])[0]
    lines[edit.first : edit.last] = edit.lines
    ends[edit.first : edit.last] = [usual] * (needed - len(inside)) + inside[max(len(inside) - needed, 0) :]
    for place in range(max(edit.first, 1), edit.first + needed):
        if not lines[place] and ends[place - 1 : place + 1] == ["\r", "\n"]:
            ends[place] = "\r\n"  # the two would be read as one line end, and the empty line would be gone


def _encoded(text: str, mark: bytes, codec: str) -> bytes:
    try:
        raw = mark + text.encode(codec)
    except UnicodeEncodeError as error:
        raise _unwritable(text[error.start], codec) from error
    if decode(raw) != text:  # the bytes would be read in another encoding
        raise _unwritable(next((letter for letter in text if ord(letter) > 127), ""), codec)
    return raw


def _unwritable(letter: str, codec: str) -> EncodingError:
    if codec == "utf-8":
        return EncodingError(
            f"Das Zeichen U+{ord(letter or ' '):04X} lässt sich nicht speichern.",
            advice="Das Zeichen löschen; es kam vermutlich beim Einfügen mit.",
        )
    return EncodingError(
        f"Diese Datei ist älter (Windows-1252) und kennt das Zeichen „{letter}“ nicht.",
        advice="Den Text in UTF-8 speichern; jedes heutige Programm liest das.",
    )
