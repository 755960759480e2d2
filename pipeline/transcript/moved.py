"""Find passages that stand at another place in the text than in what it is compared with."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SEED_WORDS = 3  # equal words in a row that may begin a passage
_LEAST_LETTERS = 12
_BRIDGE_WORDS = 3  # changed words inside a passage
_LONG_WORDS = 8  # a shorter passage counts only if it is most of the place it came from or went to
_MOST = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPassage:
    """Words `written` (start, end) of a text are words `other` of the other text, apart from few changed words."""

    written: tuple[int, int]
    other: tuple[int, int]

    @property
    def words(self) -> int:
        return self.written[1] - self.written[0]


def moved_passages(written: Sequence[str], other: Sequence[str]) -> tuple[MovedPassage, ...]:
    """The passages that both texts have at different places, in the order of `written`.

    Both sequences are the normalised words of a whole text, with "" for each word that has its counterpart in order.
    The time grows with the number of words, however many differ.
    """
    passages = _joined(_equal_runs(written, other))
    return tuple(entry for entry in passages if _is_told(entry, written, other))


def _equal_runs(written: Sequence[str], other: Sequence[str]) -> Iterator[MovedPassage]:
    places: defaultdict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for position in range(len(other) - _SEED_WORDS + 1):
        seed = tuple(other[position : position + _SEED_WORDS])
        if "" not in seed:
            places[seed].append(position)
    used: set[int] = set()
    start = 0
    while start <= len(written) - _SEED_WORDS:
        seed = tuple(written[start : start + _SEED_WORDS])
        unused = places.get(seed, deque())
        while unused and unused[0] in used:
            unused.popleft()
        if not unused:
            start += 1
            continue
        place = unused[0]
        length = _equal_words(written, start, other, place, used)
        used.update(range(place, place + length))
        yield MovedPassage(written=(start, start + length), other=(place, place + length))
        start += length


def _equal_words(written: Sequence[str], start: int, other: Sequence[str], place: int, used: set[int]) -> int:
    for step in range(min(len(written) - start, len(other) - place)):
        word = written[start + step]
        if not word or word != other[place + step] or place + step in used:
            return step
    return min(len(written) - start, len(other) - place)


def _joined(runs: Iterator[MovedPassage]) -> list[MovedPassage]:
    """Runs with few changed words between them become one passage."""
    passages: list[MovedPassage] = []
    for run in runs:
        last = passages[-1] if passages else None
        if last is not None and all(
            0 <= after[0] - before[1] <= _BRIDGE_WORDS
            for before, after in ((last.written, run.written), (last.other, run.other))
        ):
            passages[-1] = MovedPassage(written=(last.written[0], run.written[1]), other=(last.other[0], run.other[1]))
        else:
            passages.append(run)
    return passages


def _is_told(passage: MovedPassage, written: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the passage is more than a common phrase in two texts that differ."""
    if sum(map(len, written[slice(*passage.written)])) < _LEAST_LETTERS:
        return False
    if passage.words >= _LONG_WORDS:
        return True
    return passage.words >= _MOST * min(_around(written, passage.written), _around(other, passage.other))


def _around(words: Sequence[str], part: tuple[int, int]) -> int:
    """The number of words without a counterpart in a row around `part`, counted no further than matters."""
    start, end = part
    while start > max(0, part[0] - _LONG_WORDS) and words[start - 1]:
        start -= 1
    while end < min(len(words), part[1] + _LONG_WORDS) and words[end]:
        end += 1
    return end - start
