"""Which written word is which heard word: an alignment that never runs backwards and does not jump between copies."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ISLAND_LETTERS = 12  # a run of at least so many letters stands by itself
_ISLAND_SKEW = 4  # words by which a gap may be unbalanced before a short run beside it is doubted


@lru_cache(maxsize=32_768)
def normalised(word: str) -> str:
    """What of a word is heard: letters and digits, no case. Gender star, colon and underscore fall away, and so does
    everything in a word such as "–", which gives ""."""
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

    Both sequences hold normalised words, none of them "". The breaks say how well a text may be cut before a position
    (larger is better): where a deletion or an insertion could lie in several places with the same result, because its
    words repeat, it is laid at the best cut, so that a repeated passage is matched whole. Short runs far from
    everything else are chance and are left out.
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
    """Let runs grow backwards over equal words: those that an island had claimed, and whole runs before them.

    Indel matches as early as it can. Where a sentence was cut, that scatters the first words of the next over the cut
    one; in one piece they stand where they were said.
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
    """Does the last run stand at a distance from the one before that differs between the texts?"""
    before = runs[-2] if len(runs) > 1 else Run(written=0, heard=0, length=0)
    return runs[-1].written - before.written_end != runs[-1].heard - before.heard_end


def _equal_before(run: Run, written: Sequence[str], heard: Sequence[str]) -> int:
    """How many words before the run are equal in both texts."""
    most = min(run.written, run.heard)
    return next((n for n in range(most) if written[run.written - n - 1] != heard[run.heard - n - 1]), most)


def _slid(
    runs: list[Run],
    written: Sequence[str],
    heard: Sequence[str],
    written_break: Callable[[int], float],
    heard_break: Callable[[int], float],
) -> list[Run]:
    """Move each pure deletion or insertion between two runs to the best of its equally good places."""
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
    """By how many words, at most `most`, to move the gap (start, end) left, so that it lies at the best cuts.

    Indel matches as early as it can, so that a gap never has a place further right.
    """
    start, end = gap
    shifts = [0]
    while shifts[-1] < most and words[start - shifts[-1] - 1] == words[end - shifts[-1] - 1]:
        shifts.append(shifts[-1] + 1)
    return max(shifts, key=lambda shift: quality(start - shift) + quality(end - shift))
