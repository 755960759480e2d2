"""Turn the tables and check boxes that people write into lines and signs that every app can show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_CELL_END = re.compile(r"(?<!\\)\|")
_BOX = re.compile(r"^([ \t]*(?:[-*+]|\d+\.)[ \t]+)\[([ xX])\](?=[ \t]+\S)")
_BOXES = {" ": "☐", "x": "☑"}
_STRUCK = re.compile(r"(?<!~)~~(?=[^\s~])[^~\n]*[^\s~]~~(?!~)|(?<=\w)~\w{1,8}~")


def without_tables(lines: Sequence[str]) -> list[str]:
    """The lines with a line of text in place of every row of a table: its cells, each after the head of its column."""
    result: list[str] = []
    at = 0
    for start, end in table_lines(lines):
        result += lines[at:start]
        heads = _cells(lines[start])
        rows = [_row(heads, _cells(line)) for line in lines[start + 2 : end]] or [_row([], heads)]
        result += ["", *"  \n".join(row for row in rows if row).split("\n"), ""]
        at = end
    return [*result, *lines[at:]]


def with_boxes(line: str) -> str:
    """`- [x] done` with a sign in place of the brackets."""
    return _BOX.sub(lambda match: match[1] + _BOXES[match[2].lower()], line, count=1)


def table_lines(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each table begins (the index of its head) and ends (the index after its last row)."""
    at = 0
    while at + 1 < len(lines):
        head, rule = lines[at], lines[at + 1]
        if "|" in head and "|" in rule and _RULE.match(rule) and len(_cells(head)) == len(_cells(rule)):
            end = at + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            yield at, end
            at = end
        else:
            at += 1


def struck(line: str) -> str:
    """The first text between `~~` (struck out) or `~` (set low) in a line, with its marks; "" if there is none."""
    found = _STRUCK.search(line)
    return found[0] if found else ""


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith(r"\|"):
        inner = inner[:-1]
    return [cell.strip().replace(r"\|", "|") for cell in _CELL_END.split(inner)]


def _row(heads: Sequence[str], cells: Sequence[str]) -> str:
    named = [*heads, *[""] * len(cells)]
    parts = [f"{named[place]}: {cell}" if named[place] else cell for place, cell in enumerate(cells) if cell]
    return " · ".join(parts)
