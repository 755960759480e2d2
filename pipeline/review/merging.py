"""Two people's changes of one text → one text, paragraph by paragraph; where both changed the same one, both versions.

Texts are lines as `transcript.patch` counts them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from pipeline.transcript.patch import TranscriptEdit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_PAIRS = 25_000_000  # of lines to compare; beyond, everything between equal ends counts as changed
_GOES_ON = re.compile(r"[^\s.!?…:;\"'“”„‚‘’»«›‹)\]]\s*$")  # a line that ends in the middle of a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Both changed lines `first` up to and without `last` of the other text, or put something else in front of
    `first`. `theirs` are these lines, `mine` those to choose instead; either may be empty."""

    first: int
    last: int
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merged text, with the other version in every conflict; `adopted` is the number of changes that are only
    theirs."""

    lines: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    adopted: int


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `first` to `last` of the base are lines `own_first` to `own_last` of the other version."""

    first: int
    last: int
    own_first: int
    own_last: int


def merged(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Merged:
    """Merge what changed from `base` to `mine` and from `base` to `theirs`.

    Changes count for whole paragraphs, whose lines may be wrapped. Changes of different paragraphs are all made; equal
    changes are made once; any others are conflicts. No line of either version is lost: it is in the merged text, in a
    conflict, or was removed by a side that the other one did not contradict.
    """
    lines: list[str] = []
    conflicts: list[Conflict] = []
    adopted = 0
    own, other = _changes(base, mine), _changes(base, theirs)
    done = done_theirs = 0
    for first, last, of_mine, of_theirs in _groups(own, other):
        lines += base[done:first]
        done_theirs += first - done
        my_part = _with(base, mine, of_mine, first, last)
        their_part = _with(base, theirs, of_theirs, first, last)
        if of_mine and not of_theirs:
            lines += my_part
        elif not of_mine or my_part == their_part:
            lines += their_part
            adopted += not of_mine
        else:
            lines += their_part
            conflicts.append(
                Conflict(
                    first=done_theirs,
                    last=done_theirs + len(their_part),
                    mine=tuple(my_part),
                    theirs=tuple(their_part),
                )
            )
        done, done_theirs = last, done_theirs + len(their_part)
    lines += base[done:]
    return Merged(lines=tuple(lines), conflicts=tuple(conflicts), adopted=adopted)


def edits_between(before: Sequence[str], after: Sequence[str]) -> tuple[TranscriptEdit, ...]:
    """The edits that turn one text into the other, in order. Both have at least one line."""
    edits: list[TranscriptEdit] = []
    for change in _opcodes(before, after):
        first, last = change.first, change.last
        lines = list(after[change.own_first : change.own_last])
        if first == last or not lines:  # an edit replaces a line by a line: take a neighbour along
            if last < len(before):
                lines.append(before[last])
                last += 1
            else:
                first -= 1
                lines.insert(0, before[first])
        if edits and edits[-1].last > first:  # the neighbour is the last line of the edit before
            previous = edits.pop()
            kept = previous.lines[: len(previous.lines) - (previous.last - first)]
            edits.append(TranscriptEdit(first=previous.first, last=last, lines=(*kept, *lines)))
        else:
            edits.append(TranscriptEdit(first=first, last=last, lines=tuple(lines)))
    return tuple(edits)


def _changes(base: Sequence[str], other: Sequence[str]) -> list[_Change]:
    """The changes, each widened to whole paragraphs of the base, so that none touches half of one."""
    widened: list[_Change] = []
    for change in _opcodes(base, other):
        first, last = change.first, change.last
        while first and first < len(base) and last > first and _belong_together(base[first - 1], base[first]):
            first -= 1
        while last and last < len(base) and last > first and _belong_together(base[last - 1], base[last]):
            last += 1
        wide = _Change(first, last, change.own_first - (change.first - first), change.own_last + (last - change.last))
        while widened and wide.first < widened[-1].last:
            wide = _joined(widened.pop(), wide)
        widened.append(wide)
    return widened


def _joined(one: _Change, other: _Change) -> _Change:
    """Two changes that overlap, as one; between and beside them nothing else changed."""
    first, last = min(one.first, other.first), max(one.last, other.last)
    return _Change(first, last, one.own_first - (one.first - first), other.own_last + (last - other.last))


def _belong_together(line: str, following: str) -> bool:
    """Whether two lines are one wrapped paragraph."""
    return bool(following.strip()) and _GOES_ON.search(line) is not None


def _groups(
    mine: Sequence[_Change], theirs: Sequence[_Change]
) -> Iterator[tuple[int, int, list[_Change], list[_Change]]]:
    """Changes that meet, as (first, last) of the base with those of each side. Changes that only touch do not meet,
    unless both put something between the same two lines."""
    waiting = sorted(
        [(change, True) for change in mine] + [(change, False) for change in theirs],
        key=lambda entry: (entry[0].first, entry[0].last),
    )
    place = 0
    while place < len(waiting):
        change, is_mine = waiting[place]
        first, last = change.first, change.last
        sides: tuple[list[_Change], list[_Change]] = ([], [])
        sides[not is_mine].append(change)
        place += 1
        while place < len(waiting) and _meets(waiting[place][0], first, last):
            change, is_mine = waiting[place]
            last = max(last, change.last)
            sides[not is_mine].append(change)
            place += 1
        yield first, last, *sides


def _meets(change: _Change, first: int, last: int) -> bool:
    return change.first < last or (change.first == first == last == change.last)


def _with(base: Sequence[str], other: Sequence[str], changes: Sequence[_Change], first: int, last: int) -> list[str]:
    """Lines `first` to `last` of the base with the changes of one side."""
    lines: list[str] = []
    done = first
    for change in changes:
        lines += [*base[done : change.first], *other[change.own_first : change.own_last]]
        done = change.last
    return [*lines, *base[done:last]]


def _opcodes(before: Sequence[str], after: Sequence[str]) -> list[_Change]:
    """The stretches that differ, in order, at least one equal line between them."""
    head = next(
        (place for place, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )
    most = min(len(before), len(after)) - head
    tail = next((count for count in range(most) if before[-1 - count] != after[-1 - count]), most)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not old and not new:
        return []
    if len(old) * len(new) > _MOST_PAIRS:
        return [_Change(head, head + len(old), head, head + len(new))]
    matcher = SequenceMatcher(_is_blank, old, new, autojunk=False)  # blank lines are everywhere and align nothing
    return [
        _Change(head + a0, head + a1, head + b0, head + b1)
        for tag, a0, a1, b0, b1 in matcher.get_opcodes()
        if tag != "equal"
    ]


def _is_blank(line: str) -> bool:
    return not line.strip()
