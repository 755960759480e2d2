"""Align written words with heard words, never running backwards or jumping between repeated passages."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ISLAND_LETTERS = 12  # a run of at least this many letters is always kept
_ISLAND_SKEW = 4  # words by which the two sides of a gap may differ before a short run beside it is doubted


@lru_cache(maxsize=32_768)
def normalised(word: str) -> str:
    """The audible part of a word: letters and digits, case-folded. Gender star, colon and underscore are dropped; a
    word without any letter, such as "–", becomes ""."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(character for character in folded if character.isalnum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words `written .. written + length` are the heard words `heard .. heard + length`; `length` is at least 1."""

    written: int
    heard: int
    length: int

    @property
    def written_end(self) -> int:
        return self.written + self.length

    @property
    def heard_end(self) -> int:
        return self.heard + self.length


def matching_runs(
    written: Sequence[str],
    heard: Sequence[str],
    *,
    written_break: Callable[[int], float],
    heard_break: Callable[[int], float],
) -> tuple[Run, ...]:
    """The runs of equal words, in order and without overlap in either text.

    Both sequences hold normalised words, none of them "". `written_break` and `heard_break` rate a cut before a
    position (larger is better): if a deletion or an insertion fits several places equally well because its words
    repeat, it goes to the best cut, so that a repeated passage is matched whole. Short runs far from everything else
    match by chance and are left out.
    """
    blocks = Indel.opcodes(written, heard)
    runs = [
        Run(written=block.src_start, heard=block.dest_start, length=block.src_end - block.src_start)
        for block in blocks
        if block.tag == "equal"
    ]
    runs = _grown(_without_islands(runs, written, len(heard)), written, heard)
    return tuple(run for run in _slid(runs, written, heard, written_break, heard_break) if run.length)


def _without_islands(runs: Sequence[Run], written: Sequence[str], heard_count: int) -> list[Run]:
    """Drop short runs in the middle of gaps whose sides differ much: "und" matched by chance in a rewritten passage."""
    kept: list[Run] = []
    for index, run in enumerate(runs):
        before = kept[-1] if kept else Run(written=0, heard=0, length=0)
        after = runs[index + 1] if index + 1 < len(runs) else Run(written=len(written), heard=heard_count, length=0)
        letters = sum(len(word) for word in written[run.written : run.written_end])
        if letters >= _ISLAND_LETTERS or not (_is_skewed(before, run) and _is_skewed(run, after)):
            kept.append(run)
    return kept


def _is_skewed(left: Run, right: Run) -> bool:
    written_gap, heard_gap = right.written - left.written_end, right.heard - left.heard_end
    return abs(written_gap - heard_gap) > _ISLAND_SKEW


def _grown(runs: Sequence[Run], written: Sequence[str], heard: Sequence[str]) -> list[Run]:
    """Extend runs backwards over equal words, including those of dropped islands and of loose runs before them.

    Indel matches as early as it can. If a sentence was cut, this scatters the first words of the next one over it;
    extending the run puts them back where they were said.
    """
    grown: list[Run] = []
    for run in runs:
        most = _equal_before(run, written, heard)
        while grown and run.written - most <= grown[-1].written and _is_loose(grown):
            grown.pop()
        before = grown[-1] if grown else Run(written=0, heard=0, length=0)
        more = min(most, run.written - before.written_end, run.heard - before.heard_end)
        grown.append(Run(written=run.written - more, heard=run.heard - more, length=run.length + more))
    return grown


def _is_loose(runs: Sequence[Run]) -> bool:
    """Return whether the distance between the last two runs differs between the texts."""
    before = runs[-2] if len(runs) > 1 else Run(written=0, heard=0, length=0)
    return runs[-1].written - before.written_end != runs[-1].heard - before.heard_end


def _equal_before(run: Run, written: Sequence[str], heard: Sequence[str]) -> int:
    """The number of words before the run that are equal in both texts."""
    most = min(run.written, run.heard)
    return next((n for n in range(most) if written[run.written - n - 1] != heard[run.heard - n - 1]), most)


def _slid(
    runs: list[Run],
    written: Sequence[str],
    heard: Sequence[str],
    written_break: Callable[[int], float],
    heard_break: Callable[[int], float],
) -> list[Run]:
    """Move each pure deletion or insertion between two runs to the best cut among its equivalent places."""
    runs = list(runs)
    for index in range(len(runs) - 1):
        left, right = runs[index], runs[index + 1]
        if right.written == left.written_end:
            words, start, end, quality = heard, left.heard_end, right.heard, heard_break
        elif right.heard == left.heard_end:
            words, start, end, quality = written, left.written_end, right.written, written_break
        else:
            continue
        shift = _best_shift(words, (start, end), left.length, quality)
        runs[index] = Run(written=left.written, heard=left.heard, length=left.length - shift)
        runs[index + 1] = Run(written=right.written - shift, heard=right.heard - shift, length=right.length + shift)
    return runs


def _best_shift(words: Sequence[str], gap: tuple[int, int], most: int, quality: Callable[[int], float]) -> int:
    """The number of words, at most `most`, by which to move the gap (start, end) left to the best cuts.

    Indel matches as early as it can, so a gap never has an equivalent place further right.
    """
    start, end = gap
    shifts = [0]
    while shifts[-1] < most and words[start - shifts[-1] - 1] == words[end - shifts[-1] - 1]:
        shifts.append(shifts[-1] + 1)
    return max(shifts, key=lambda shift: quality(start - shift) + quality(end - shift))
