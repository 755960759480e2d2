"""A paragraph to subtitles: where one ends, and where its second line begins."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from pipeline.transcript.breaks import CLAUSE, NAME, break_costs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.model import TimedWord

SHORTEST_MS = 1000
LONGEST_MS = 7000

_CUE_COST = 6.0  # every cue costs: fewer, fuller ones
_CUE_BREAK_COST = 2.0  # times the break's own cost
_LINE_BREAK_COST = 0.5  # the same within a cue; names and what is bound are torn no sooner there than between cues
_TOO_SHORT_COST = 40.0
_LONG_PAUSE_MS = 1500  # a pause no cue should span
_PAUSE_COST = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The lines of one cue, and when its first word begins and its last ends."""

    lines: tuple[str, ...]
    start_ms: int
    end_ms: int


def blocks(words: Sequence[TimedWord], *, line_characters: int, label: str = "") -> Iterator[Block]:
    """Every word once and in order, two lines a block; a line is too long only where one word is, or the label.

    `label` ("Name:") stands before the first word, in its block. That block has no second colon, as far as the first
    word and the label allow: AntennaPod splits a labelled subtitle at every colon and shows two parts.
    """
    text = _Text(words, line_characters=line_characters, label=label.split())
    starts = _block_starts(text)
    for start, end in pairwise((*starts, len(text))):
        yield Block(lines=text.lines(start, end), start_ms=text.start_ms[start], end_ms=text.end_ms[end - 1])


class _Text:
    """Label and words of a paragraph with what breaking needs: lengths, times in ms, and the cost of a break."""

    def __init__(self, words: Sequence[TimedWord], *, line_characters: int, label: Sequence[str]) -> None:
        spoken = [word.text for word in words]
        self.line_characters = line_characters
        self.words = [*label, *spoken]
        self.first_end = len(label) + 1  # the first block holds the label and at least one word
        self.last_first_end = self._before_a_second_colon(label)
        self.start_ms = [round(words[0].start_s * 1000)] * len(label) + [round(word.start_s * 1000) for word in words]
        self.end_ms = [self.start_ms[0]] * len(label) + [round(word.end_s * 1000) for word in words]
        self.costs = [NAME] * len(label) + list(break_costs(spoken))
        self.costs[len(label)] = CLAUSE
        self.offsets = [0, *accumulate(len(word) + 1 for word in self.words)]
        pauses = (start - end >= _LONG_PAUSE_MS for end, start in zip(self.end_ms, self.start_ms[1:], strict=False))
        self.long_pauses = [0, *accumulate(pauses)]  # [i]: how many lie before word i

    def __len__(self) -> int:
        return len(self.words)

    def length(self, start: int, end: int) -> int:
        """Characters of the words `start .. end` with single spaces between."""
        return self.offsets[end] - self.offsets[start] - 1

    def line_break(self, start: int, end: int) -> int | None:
        """Where the second line begins: `end` if one line is enough, None if two are not."""
        limit, offsets, costs = self.line_characters, self.offsets, self.costs
        if offsets[end] - offsets[start] - 1 <= limit:
            return end
        first = bisect_left(offsets, offsets[end] - 1 - limit, start + 1, end)
        last = bisect_right(offsets, offsets[start] + 1 + limit, start, end) - 1
        middle = (offsets[start] + offsets[end]) / 2
        best, least = None, float("inf")
        for at in range(first, last + 1):  # plain, as half of the time for all pages of an episode is spent here
            cost = costs[at] + abs(offsets[at] - middle) / 4
            if cost < least:
                best, least = at, cost
        return best

    def lines(self, start: int, end: int) -> tuple[str, ...]:
        """The words as lines; where two short ones are not enough, the longer is as short as can be."""
        at = self.line_break(start, end)
        if at is None:
            parts = range(start + 1, end)
            at = min(parts, key=lambda at: max(self.length(start, at), self.length(at, end)), default=end)
        return tuple(" ".join(self.words[a:b]) for a, b in ((start, at), (at, end)) if a < b)

    def _before_a_second_colon(self, label: Sequence[str]) -> int:
        """Where the first block must end at the latest; anywhere if its only colon cannot be the label's."""
        if not label or sum(word.count(":") for word in self.words[: self.first_end]) > 1:
            return len(self.words)
        later = range(self.first_end, len(self.words))
        return next((at for at in later if ":" in self.words[at]), len(self.words))


def _block_starts(text: _Text) -> list[int]:
    """Where blocks begin, at the least cost over the whole paragraph (dynamic programming, right to left)."""
    count = len(text)
    best: list[float] = [0.0] * (count + 1)
    choice = [count] * (count + 1)
    for start in range(count - 1, -1, -1):
        best[start] = float("inf")
        shortest = start + 1 if start else text.first_end
        for end in range(shortest, (count if start else text.last_first_end) + 1):
            if end > shortest and text.end_ms[end - 1] - text.start_ms[start] > LONGEST_MS:
                break
            line_break = text.line_break(start, end)
            if end > shortest and line_break is None:
                break
            cost = _cost(text, start, end, line_break) + best[end]
            if cost < best[start]:
                best[start], choice[start] = cost, end
    starts = [0]
    while choice[starts[-1]] < count:
        starts.append(choice[starts[-1]])
    return starts


def _cost(text: _Text, start: int, end: int, line_break: int | None) -> float:
    cost = _CUE_COST + _PAUSE_COST * (text.long_pauses[end - 1] - text.long_pauses[start])
    if end < len(text):
        cost += _CUE_BREAK_COST * text.costs[end]
        if text.start_ms[end] - text.start_ms[start] < SHORTEST_MS:
            cost += _TOO_SHORT_COST
    if line_break is not None and line_break < end:
        torn = text.costs[line_break] >= NAME
        cost += (_CUE_BREAK_COST if torn else _LINE_BREAK_COST) * text.costs[line_break]
    return cost
