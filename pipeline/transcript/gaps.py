"""Estimate times for written words that were not heard as written, between two words that were."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.transcript.editorial import Token

SECONDS_PER_LETTER = 0.065  # unhurried German speech, pauses left out: 14-16 letters a second
_PLAIN_CHANGE = 3  # words; a one-for-one change of at most this many is a correction, not a guess
_NO_LETTER = 1e-6  # letters are counted in floats


# The next two are tuples: there are tens of thousands of them, and making dataclasses takes three times as long.
class WordTiming(NamedTuple):
    """When a word is spoken; `certain` is False if that is a guess."""

    start_s: float
    end_s: float
    certain: bool


class HeardWord(NamedTuple):
    """A heard word. Times lie inside the audio and never decrease from word to word; `letters` is never ""."""

    text: str
    letters: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Written words between two anchors, what was heard there instead (either may be empty), and the gap's borders.

    `sizes` are the numbers of letters of the written words (at least 1), `last` marks those that end a sentence. A
    border at the start or the end of the audio is not an anchor.
    """

    tokens: Sequence[Token]
    sizes: Sequence[int]
    last: Sequence[bool]
    heard: Sequence[HeardWord]
    start_s: float
    end_s: float
    at_start: bool
    at_end: bool


def fill(gap: Gap) -> list[WordTiming]:
    """A span for every written word of the gap, in order, inside its borders.

    If as many words were heard, they are matched one for one. Otherwise words up to the last sentence end in the gap
    are timed from the left anchor and the rest from the right one, by letters.
    """
    if gap.tokens and len(gap.tokens) == len(gap.heard):
        certain = len(gap.tokens) <= _PLAIN_CHANGE
        return [WordTiming(word.start_s, word.end_s, certain) for word in gap.heard]
    if not gap.tokens:
        return []
    glued = max((index + 1 for index, last in enumerate(gap.last) if last), default=0)
    if gap.at_end:
        glued = len(gap.sizes)
    elif gap.at_start:
        glued = 0
    clock = _LetterClock(gap)
    ends = list(accumulate(gap.sizes))
    rest = [ends[-1] - end for end in ends]
    left = [clock.from_left(end - size, end) for end, size in zip(ends, gap.sizes, strict=True)]
    right = [clock.from_right(after + size, after) for after, size in zip(rest, gap.sizes, strict=True)]
    return left[:glued] + right[glued:]


class _LetterClock:
    """Times inside a gap, counted in letters from its left or its right border.

    If something was heard, its letters are the clock, so that pauses stay pauses; otherwise the pace is even. Letters
    that do not fit are compressed; if neither border is an anchor, they are also stretched.
    """

    def __init__(self, gap: Gap) -> None:
        knots = _knots(gap.heard) if gap.heard else _even_knots(gap)
        self._letters = [letter for letter, _ in knots]
        self._times = [time_s for _, time_s in knots]
        self._total = self._letters[-1]
        scale = self._total / sum(gap.sizes)
        self._scale = scale if gap.at_start and gap.at_end else min(1.0, scale)

    def from_left(self, start: int, end: int) -> WordTiming:
        """The span of the letters `start .. end`, counted from the left border."""
        return self._span(start * self._scale, end * self._scale)

    def from_right(self, start: int, end: int) -> WordTiming:
        """The span of the letters from `start` down to `end`, counted backwards from the right border."""
        return self._span(self._total - start * self._scale, self._total - end * self._scale)

    def _span(self, start: float, end: float) -> WordTiming:
        """The span of the letters `start .. end`; a pause at its first or last letter lies outside it."""
        begins = self._time(bisect_right(self._letters, start + _NO_LETTER) - 1, start)
        ends = self._time(bisect_left(self._letters, end - _NO_LETTER) - 1, end)
        return WordTiming(begins, max(begins, ends), False)

    def _time(self, knot: int, letter: float) -> float:
        knot = max(knot, 0)
        if knot + 1 == len(self._letters) or self._letters[knot + 1] <= self._letters[knot]:
            return self._times[knot]
        share = (letter - self._letters[knot]) / (self._letters[knot + 1] - self._letters[knot])
        return self._times[knot] + min(max(share, 0.0), 1.0) * (self._times[knot + 1] - self._times[knot])


def _knots(heard: Sequence[HeardWord]) -> list[tuple[float, float]]:
    """(letters so far, time) at the start and the end of every heard word; a pause is two knots at the same letter."""
    knots: list[tuple[float, float]] = []
    count = 0
    for word in heard:
        knots.append((float(count), word.start_s))
        count += len(word.letters)
        knots.append((float(count), word.end_s))
    return knots


def _even_knots(gap: Gap) -> list[tuple[float, float]]:
    end_s = max(gap.end_s, gap.start_s)
    return [(0.0, gap.start_s), ((end_s - gap.start_s) / SECONDS_PER_LETTER, end_s)]
