"""Rewrite German prose, line by line, so that Markdown reads it as its author meant it.

Markdown takes "31. Mai" at the start of a line for a list (and shows "1. Mai"), `#digitalesMV` for a heading, a list
directly below a sentence for part of the sentence, and a list that is nested by two spaces for one without levels. It
also recurses for every level of a list, and reads the rest of a block again for each heading or rule in it, so both are
bounded here.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.notes.tables import with_boxes, without_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTH = (
    r"(?:Januar|Jänner|Februar|Feber|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
    r"|(?:Jan|Jän|Feb|Mär|Apr|Jun|Jul|Aug|Sept?|Okt|Nov|Dez)\."
)
_DATE = re.compile(rf"[ \t]*\d+\.[ \t]+(?:{_MONTH})")
_NUMBERED = re.compile(r"^([ \t]*)(\d+)\.(?=[ \t]+\S)")
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+\S")
# Possessive, because a line of spaces would otherwise be divided among the parts in every way.
_MARKER = r"(?:(?:[-*+]|\d++\.)[ \t]++|>[ \t]?+)"
_FIRST_MARKER = re.compile(rf"[ \t]*+{_MARKER}")
_FURTHER_MARKERS = re.compile(rf"{_MARKER}*+(?:[ \t]*+\d++\.(?=[ \t]))?")
_NUMBER = re.compile(r"(\d+)\.(?=[ \t]|\Z)")
_HASHTAG = re.compile(rf"^([ \t]*+{_MARKER}*+[ \t]*+)(?=#++[^#\s])")
_RULE = re.compile(r" {0,3}+(?:(?:-++ {0,2}+){3,}+|(?:_++ {0,2}+){3,}+|(?:\*++ {0,2}+){3,}+) *+\Z")
_NESTED_FROM = 2  # columns to the right of the item above
_LEVEL_WIDTH = 4  # Python's Markdown indents nested lists by four
_DEEPEST = 10  # levels of indentation, and markers in one line; nobody reads deeper lists
_MANY_MARKERS = re.compile(rf"([ \t]*+{_MARKER}{{{_DEEPEST}}}+)(?={_MARKER})")
_INDENT = re.compile(r"[ \t]++")
_LONGEST_BLOCK = 500  # lines


def guarded(markdown_text: str) -> str:
    """`markdown_text` with backslashes and blank lines where Markdown would misread it; the words stay.

    A numbered line begins a list item only if the numbers count from 1 to at least 2 and none is a date. Lists may be
    nested by two spaces. Tables become lines, check boxes signs.
    """
    written = markdown_text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [_shallow(with_boxes(line)) for line in _with_levels(without_tables(written))]
    items = _numbered_items(lines)
    escaped = [line if index in items else _NUMBERED.sub(r"\1\2\\.", line, count=1) for index, line in enumerate(lines)]
    plain = [_HASHTAG.sub(r"\1\\", _without_inner_numbers(line), count=1) for line in escaped]
    return "\n".join(_in_short_blocks(_with_room_before_lists(plain, items)))


def _shallow(line: str) -> str:
    """`line` in at most ten levels: less indented, and with a backslash before an eleventh marker."""
    indent = _INDENT.match(line)
    if indent and len(indent[0].expandtabs(_LEVEL_WIDTH)) > _DEEPEST * _LEVEL_WIDTH:
        line = " " * _DEEPEST * _LEVEL_WIDTH + line[indent.end() :]
    many = _MANY_MARKERS.match(line)
    if many is None or _RULE.match(line):
        return line
    rest = line[many.end() :]
    number = _NUMBER.match(rest)
    return many[1] + (f"{number[1]}\\{rest[number.end(1) :]}" if number else f"\\{rest}")


def _with_levels(lines: Sequence[str]) -> list[str]:
    """Indent nested items, and paragraphs inside items, by four for each level: people nest by two or more."""
    result: list[str] = []
    open_at: list[int] = []  # the indents of the items that a line may belong to
    after_blank, in_paragraph = True, False
    for line in lines:
        text = line.lstrip(" \t")
        indent = len(line[: len(line) - len(text)].expandtabs(_LEVEL_WIDTH))
        if not text:
            after_blank, in_paragraph = True, False
            result.append(line)
            continue
        was_paragraph = in_paragraph
        begins = bool(_BULLET.match(text) or (_NUMBERED.match(text) and not _DATE.match(text)))
        if begins or (after_blank and open_at):
            open_at = [there for there in open_at if there + _NESTED_FROM <= indent]
        in_paragraph = not begins and (in_paragraph or (after_blank and bool(indent)))
        if begins and was_paragraph:
            result.append("")
        moved = bool(open_at and indent and (begins or after_blank))
        result.append(" " * _LEVEL_WIDTH * len(open_at) + text if moved else line)
        if begins:
            open_at.append(indent)
        after_blank = False
    return result


def _numbered_items(lines: Sequence[str]) -> set[int]:
    """The indices of the lines that begin an item of a numbered list."""
    items: set[int] = set()
    runs: dict[int, list[int]] = {}  # by depth: the lines of the list that is still open there
    after_blank = False
    for index, line in enumerate(lines):
        match = _NUMBERED.match(line)
        if match is not None and not _DATE.match(line):
            depth = len(match[1].expandtabs(_LEVEL_WIDTH)) // _LEVEL_WIDTH
            runs = {open_depth: run for open_depth, run in runs.items() if open_depth <= depth}
            if match[2] == "1":
                runs[depth] = [index]
            elif match[2] == str(len(runs.get(depth, ())) + 1) and depth in runs:
                runs[depth].append(index)
                items.update(runs[depth])
        elif after_blank and line[:1] not in ("", " ", "\t"):
            runs = {}
        after_blank = not line.strip()
    return items


def _without_inner_numbers(line: str) -> str:
    """Escape numbers inside items: `- 31. Mai` is an item that begins with a date, not a nested list."""
    first = _FIRST_MARKER.match(line)
    if first is None:
        return line
    further = _FURTHER_MARKERS.match(line, first.end())
    assert further is not None
    return line[: first.end()] + _NUMBER.sub(r"\1\\.", further[0]) + line[further.end() :]


def _with_room_before_lists(lines: Sequence[str], items: set[int]) -> list[str]:
    """Put a blank line before lists: Markdown begins none directly below a sentence, nor below one of another kind."""
    roomy = list(lines[:1])
    numbered = 0 in items  # whether the open list is one of numbers
    for index, (before, line) in enumerate(pairwise(lines), start=1):
        begins = bool(index in items or _BULLET.match(line)) and not line.startswith((" ", "\t"))
        prose = before.strip() and not before.startswith((" ", "\t", ">"))
        in_list = index - 1 in items or bool(_BULLET.match(before))
        if begins and before.strip() and ((prose and not in_list) or (in_list and numbered != (index in items))):
            roomy.append("")
        if begins:
            numbered = index in items
        roomy.append(line)
    return roomy


def _in_short_blocks(lines: Sequence[str]) -> list[str]:
    """Put a blank line after every 500 lines without one. Paragraphs end there; lists and quotations go on."""
    short: list[str] = []
    count = 0
    for line in lines:
        count = count + 1 if line.strip() else 0
        if count > _LONGEST_BLOCK:
            short.append("")
            count = 1
        short.append(line)
    return short
