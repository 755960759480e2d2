"""Split a paragraph into subtitles: where each one ends, and where its second line begins."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from pipeline.transcript.breaks import CLAUSE, NAME, break_costs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.values.transcript import TimedWord

SHORTEST_MS = 1000
LONGEST_MS = 7000

# All costs are multiples of 1/4, so that sums are exact in any order.
_CUE_COST = 6.0  # of every cue: fewer, fuller ones are better
_CUE_BREAK_COST = 2.0  # times the break's own cost
_LINE_BREAK_COST = 0.5  # the same within a cue; from NAME on, a break costs there as much as between cues
_TOO_SHORT_COST = 40.0
_LONG_PAUSE_MS = 1500  # a pause no cue should span
_PAUSE_COST = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CueLines:
    """The lines of one cue, and when its first word begins and its last ends."""

    lines: tuple[str, ...]
    start_ms: int
    end_ms: int


def blocks(words: Sequence[TimedWord], *, line_characters: int, label: str = "") -> Iterator[CueLines]:
    """Yield blocks of at most two lines, every word once and in order; a line is too long only if one word or the
    label is.

    `label` ("Name:") stands before the first word, in its block. That block has no second colon unless the first
    word or the label contains one: AntennaPod splits a labelled subtitle at every colon and shows two parts.
    """
    text = _Text(words, line_characters=line_characters, label=label.split())
    starts = _block_starts(text)
    for start, end in pairwise((*starts, len(text.words))):
        yield CueLines(lines=text.lines(start, end), start_ms=text.start_ms[start], end_ms=text.end_ms[end - 1])


class _Text:
    """The label and words of a paragraph with what a split needs: lengths, times in ms, and the cost of each break."""

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
        limit, ends = line_characters + 1, self.offsets
        # What fits on one line: words i up to (excluding) one_line[i], or words second_line[i] up to (excluding) i.
        self.one_line = [bisect_right(ends, offset + limit) - 1 for offset in ends]
        self.second_line = [bisect_left(ends, offset - limit) for offset in ends]
        pauses = (start - end >= _LONG_PAUSE_MS for end, start in zip(self.end_ms, self.start_ms[1:], strict=False))
        self.long_pauses = [0, *accumulate(pauses)]  # [i]: how many lie before word i

    def length(self, start: int, end: int) -> int:
        """The number of characters of the words `start .. end` with single spaces between them."""
        return self.offsets[end] - self.offsets[start] - 1

    def line_break(self, start: int, end: int) -> int | None:
        """Where the second line begins: `end` if one line is enough, None if two are not."""
        if end <= self.one_line[start]:
            return end
        offsets, costs = self.offsets, self.costs
        middle = (offsets[start] + offsets[end]) / 2
        best, least = None, float("inf")
        for at in range(self.second_line[end], self.one_line[start] + 1):
            cost = costs[at] + abs(offsets[at] - middle) / 4
            if cost < least:
                best, least = at, cost
        return best

    def line_cost(self, start: int, end: int) -> float:
        """The cost of the break between a block's two lines; 0 if no break makes them fit."""
        at = self.line_break(start, end)
        if at is None:
            return 0.0
        cost = self.costs[at]
        return (_CUE_BREAK_COST if cost >= NAME else _LINE_BREAK_COST) * cost

    def lines(self, start: int, end: int) -> tuple[str, ...]:
        """The words as lines; if they do not fit on two, the longer line is as short as possible."""
        at = self.line_break(start, end)
        if at is None:
            parts = range(start + 1, end)
            at = min(parts, key=lambda at: max(self.length(start, at), self.length(at, end)), default=end)
        return tuple(" ".join(self.words[a:b]) for a, b in ((start, at), (at, end)) if a < b)

    def _before_a_second_colon(self, label: Sequence[str]) -> int:
        """The latest end of the first block; no limit without a label or if a second colon cannot be avoided."""
        if not label or sum(word.count(":") for word in self.words[: self.first_end]) > 1:
            return len(self.words)
        later = range(self.first_end, len(self.words))
        return next((at for at in later if ":" in self.words[at]), len(self.words))


def _block_starts(text: _Text) -> list[int]:
    """The starts of the blocks with the least cost for the whole paragraph (dynamic programming, right to left)."""
    count = len(text.words)
    start_ms, long_pauses, one_line = text.start_ms, text.long_pauses, text.one_line
    choice = [count] * (count + 1)
    # [i]: the least cost of ending a block before word i, including all blocks after it.
    ahead = [0.0] * count + [_CUE_COST]
    for start in range(count - 1, -1, -1):
        shortest = start + 1 if start else text.first_end
        early_ms = start_ms[start] + SHORTEST_MS
        least = float("inf")
        # Backwards, because full blocks are usually the best ones: most of the others are then skipped early.
        for end in range(_longest(text, start, shortest), shortest - 1, -1):
            cost = ahead[end]
            if cost > least:
                continue
            cost += _PAUSE_COST * (long_pauses[end - 1] - long_pauses[start])
            if end < count and start_ms[end] < early_ms:
                cost += _TOO_SHORT_COST
            if end > one_line[start] and cost <= least:
                cost += text.line_cost(start, end)
            if cost <= least:
                least, choice[start] = cost, end
        ahead[start] = _CUE_COST + _CUE_BREAK_COST * text.costs[start] + least
    starts = [0]
    while choice[starts[-1]] < count:
        starts.append(choice[starts[-1]])
    return starts


def _longest(text: _Text, start: int, shortest: int) -> int:
    """The latest end of a block that begins at `start`: two lines, LONGEST_MS; `shortest` is always allowed."""
    limit = len(text.words) if start else text.last_first_end
    end = max(shortest, min(limit, text.one_line[text.one_line[start]]))
    latest_ms = text.start_ms[start] + LONGEST_MS
    if max(text.end_ms[shortest:end], default=0) <= latest_ms:
        return end
    return next(at for at in range(shortest, end) if text.end_ms[at] > latest_ms)
