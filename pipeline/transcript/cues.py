"""A transcript to subtitles: one speaker a cue, two short lines, on the screen for one to seven seconds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from pipeline.model import Cue
from pipeline.transcript.breaks import break_costs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.model import TimedWord, Transcript, Turn

LINE_CHARACTERS = 42
SHORTEST_MS = 1000
LONGEST_MS = 7000
_APART_MS = 100  # cues of words without a time of their own still follow each other

_CUE_COST = 6.0  # every cue costs: fewer, fuller ones
_LINE_COST = 0.5  # of the break's cost, when it only starts a new line
_TOO_SHORT_COST = 40.0
_LONG_PAUSE_MS = 1500  # a pause no cue should span
_PAUSE_COST = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """How many cues break a rule, because a rule above it in rank would have been broken otherwise."""

    long_lines: int
    too_short: int
    outside_the_audio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CueSheet:
    """The cues in order, and what could not be kept."""

    cues: tuple[Cue, ...]
    misses: Misses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    speaker: str
    lines: tuple[str, ...]
    start_ms: int
    end_ms: int


def make_cues(transcript: Transcript, *, duration_s: float) -> CueSheet:
    """Every word exactly once and in order, in cues of one speaker and at most two lines; times in whole milliseconds.

    Rank of the rules: words kept, one speaker, no overlap (every cue longer than 0), inside 0..duration_s, at most
    7 s, lines of at most 42 characters, at least 1 s. A word longer than a line stays whole; a cue leaves the audio
    only when that is shorter than one millisecond a cue.
    """
    drafts = [draft for turn in transcript.turns for draft in _turn_drafts(turn)]
    times = _times([(draft.start_ms, draft.end_ms) for draft in drafts], int(duration_s * 1000))
    cues = tuple(
        Cue(start_s=start / 1000, end_s=end / 1000, speaker=draft.speaker, lines=draft.lines)
        for draft, (start, end) in zip(drafts, times, strict=True)
    )
    misses = Misses(
        long_lines=sum(any(len(line) > LINE_CHARACTERS for line in draft.lines) for draft in drafts),
        too_short=sum(end - start < SHORTEST_MS for start, end in times),
        outside_the_audio=sum(end > int(duration_s * 1000) for _, end in times),
    )
    return CueSheet(cues=cues, misses=misses)


def _turn_drafts(turn: Turn) -> Iterator[_Draft]:
    for paragraph in turn.paragraphs:
        words = [word for sentence in paragraph.sentences for word in sentence.words]
        text = _Text(words)
        starts = _cue_starts(text)
        for start, end in pairwise((*starts, len(words))):
            yield _Draft(
                speaker=turn.speaker,
                lines=text.lines(start, end),
                start_ms=round(words[start].start_s * 1000),
                end_ms=round(words[end - 1].end_s * 1000),
            )


class _Text:
    """The words of a paragraph with what breaking needs: lengths, times in milliseconds, and the cost of a break."""

    def __init__(self, words: Sequence[TimedWord]) -> None:
        self.words = [word.text for word in words]
        self.start_ms = [round(word.start_s * 1000) for word in words]
        self.end_ms = [round(word.end_s * 1000) for word in words]
        self.costs = break_costs(self.words)
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
        if self.length(start, end) <= LINE_CHARACTERS:
            return end
        first = max(bisect_left(self.offsets, self.offsets[end] - 1 - LINE_CHARACTERS), start + 1)
        last = bisect_right(self.offsets, self.offsets[start] + 1 + LINE_CHARACTERS) - 1
        middle = (self.offsets[start] + self.offsets[end]) / 2
        return min(
            range(first, min(last, end - 1) + 1),
            key=lambda at: (self.costs[at] + abs(self.offsets[at] - middle) / 4, at),
            default=None,
        )

    def lines(self, start: int, end: int) -> tuple[str, ...]:
        """The words as lines; a single word too long for a line stays one line."""
        at = self.line_break(start, end) or end
        return tuple(" ".join(self.words[a:b]) for a, b in ((start, at), (at, end)) if a < b)


def _cue_starts(text: _Text) -> list[int]:
    """Where cues begin, at the least cost over the whole paragraph (dynamic programming, right to left)."""
    count = len(text)
    best: list[float] = [0.0] * (count + 1)
    choice = [count] * (count + 1)
    for start in range(count - 1, -1, -1):
        best[start] = float("inf")
        for end in range(start + 1, count + 1):
            line_break = text.line_break(start, end)
            if end > start + 1 and not _fits(text, start, end, line_break):
                break
            cost = _cue_cost(text, start, end, line_break) + best[end]
            if cost < best[start]:
                best[start], choice[start] = cost, end
    starts = [0]
    while choice[starts[-1]] < count:
        starts.append(choice[starts[-1]])
    return starts


def _fits(text: _Text, start: int, end: int, line_break: int | None) -> bool:
    """May these words, more than one, share a cue?"""
    return line_break is not None and text.end_ms[end - 1] - text.start_ms[start] <= LONGEST_MS


def _cue_cost(text: _Text, start: int, end: int, line_break: int | None) -> float:
    cost = _CUE_COST + _PAUSE_COST * (text.long_pauses[end - 1] - text.long_pauses[start])
    if end < len(text):
        cost += 2 * text.costs[end]
        if text.start_ms[end] - text.start_ms[start] < SHORTEST_MS:
            cost += _TOO_SHORT_COST
    if line_break is not None and line_break < end:
        cost += _LINE_COST * text.costs[line_break]
    return cost


def _times(wanted: Sequence[tuple[int, int]], duration_ms: int) -> list[tuple[int, int]]:
    """Start and end of every cue in ms: starts strictly rising, ends after starts, nothing overlaps."""
    if not wanted:
        return []
    starts = _starts([start for start, _ in wanted], duration_ms)
    limit = max(duration_ms, starts[-1] + 1)
    times: list[tuple[int, int]] = []
    for start, following, (_, end) in zip(starts, [*starts[1:], limit], wanted, strict=True):
        last = min(following, start + LONGEST_MS)
        end_ms = max(min(max(end, start + SHORTEST_MS), last), start + 1)
        earliest = times[-1][1] if times else 0
        times.append((min(start, max(earliest, end_ms - SHORTEST_MS)), end_ms))
    return times


def _starts(wanted: Sequence[int], duration_ms: int) -> list[int]:
    """The wanted starts, pushed apart where several fall together, first forwards, then back inside the audio."""
    apart = max(min(_APART_MS, duration_ms // len(wanted)), 1)
    starts: list[int] = []
    for start in wanted:
        starts.append(max(start, starts[-1] + apart) if starts else max(start, 0))
    latest = max(duration_ms, len(wanted) * apart)
    for index in range(len(starts) - 1, -1, -1):
        latest -= apart
        starts[index] = min(starts[index], latest)
        latest = starts[index]
    return starts
