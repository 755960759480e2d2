"""Puts the show's own names where Whisper wrote something that sounds like them and the model itself agrees.

A list of names as a prompt makes Whisper write names that nobody spoke. So it hears without them; then every place that
is near a name, by sound or spelling, is weighed with the model's own probabilities: as it was heard, and with the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise, takewhile
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.espeak import phonemes
from pipeline.model import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NEAR = 0.4  # of the longer one's sounds or letters that may differ
_LONGEST = 3  # words heard in place of one name
_MOST = 12  # places of a window that are weighed, the nearest first
_PRIOR = 6.0  # natural logarithm by which a name may be less probable than what was heard
_DISTANT = 10.0  # of that is lost for each whole distance
_SENTENCE_MARKS = ".?!,;:"
_SPEAKING = Lock()  # espeak-ng knows one text at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Words `first` to `first + count` of a text, which may be `name`. `distance`: the share of sounds or letters by
    which they differ, whichever is less."""

    first: int
    count: int
    name: str
    distance: float

    def lies_in(self, first: int, end: int) -> bool:
        return first <= self.first and self.first + self.count <= end

    def touches(self, other: Place) -> bool:
        return self.first < other.first + other.count and other.first < self.first + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What was heard at `start_s`, and the name that stands there instead."""

    start_s: float
    end_s: float
    heard: str
    written: str


class Names:
    """The names and terms of a show, as they are written."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._names = tuple(dict.fromkeys(name for entry in vocabulary if _letters(name := entry.strip())))
        self._letters = [_letters(name) for name in self._names]
        self._sounds = [_sounds(name) for name in self._names]

    def __bool__(self) -> bool:
        return bool(self._names)

    def near(self, words: Sequence[str]) -> list[Place]:
        """The places that may be a name and are not written as one, the nearest first."""
        from rapidfuzz.distance import Levenshtein  # noqa: PLC0415
        from rapidfuzz.process import cdist  # noqa: PLC0415

        known = set(self._letters)
        spans = [span for span in _spans(words) if _letters(span[2]) and _letters(span[2]) not in known]
        if not spans or not self._names:
            return []
        by_sound = cdist([_sounds(text) for *_, text in spans], self._sounds, scorer=Levenshtein.normalized_distance)
        by_letter = cdist([_letters(text) for *_, text in spans], self._letters, scorer=Levenshtein.normalized_distance)
        return sorted(
            (
                Place(first=first, count=count, name=name, distance=distance)
                for (first, count, _), sounds, letters in zip(spans, by_sound, by_letter, strict=True)
                for name, distance in zip(self._names, map(float, map(min, sounds, letters)), strict=True)
                if distance <= _NEAR
            ),
            key=lambda place: (place.distance, place.first, place.count, place.name),
        )[:_MOST]


NO_NAMES = Names(())


def _spans(words: Sequence[str]) -> list[tuple[int, int, str]]:
    """All runs of up to _LONGEST words that no punctuation parts: the first word, how many, and their text."""
    found = []
    for first in range(len(words)):
        for count in range(1, min(_LONGEST, len(words) - first) + 1):
            run = words[first : first + count]
            if any(word[-1:] in _SENTENCE_MARKS for word in run[:-1]):
                break
            found.append((first, count, " ".join(_parts(word)[1] for word in run)))
    return found


def with_name(texts: Sequence[str], place: Place) -> list[str]:
    """The words with the name at its place, in one piece, between the marks that stand there."""
    before, after = _parts(texts[place.first])[0], _parts(texts[place.first + place.count - 1])[2]
    return [*texts[: place.first], f"{before}{place.name}{after}", *texts[place.first + place.count :]]


def chosen(places: Sequence[Place], gains: Sequence[float]) -> list[Place]:
    """Those of the places that are believed, none of which touches another. `gains`: how much more probable the whole
    text is with the name than without, as natural logarithms."""
    merits = {place: gain + _PRIOR - _DISTANT * place.distance for place, gain in zip(places, gains, strict=True)}
    believed: list[Place] = []
    for place in sorted(merits, key=lambda place: -merits[place]):
        if merits[place] > 0 and not any(place.touches(other) for other in believed):
            believed.append(place)
    return believed


def named(words: Sequence[Word], places: Iterable[Place]) -> tuple[tuple[Word, ...], tuple[Named, ...]]:
    """The words with the names at their places, and what changed. A name of several words shares the time of what was
    heard by letters, and is as sure as the least sure word that was heard."""
    found = list(words)
    made: list[Named] = []
    for place in sorted(places, key=lambda place: -place.first):
        run = found[place.first : place.first + place.count]
        written = with_name([word.text for word in found], place)[place.first]
        start_s, end_s = run[0].start_s, run[-1].end_s
        parts = written.split()
        edges = [0, *accumulate(len(part) + 1 for part in parts)]
        clock = [start_s + (end_s - start_s) * edge / edges[-1] for edge in edges]
        sure = min(word.probability for word in run)
        found[place.first : place.first + place.count] = [
            Word(text=part, start_s=start, end_s=end, probability=sure)
            for part, (start, end) in zip(parts, pairwise(clock), strict=True)
        ]
        heard = " ".join(word.text for word in run)
        made.append(Named(start_s=start_s, end_s=end_s, heard=heard, written=written))
    return tuple(found), tuple(reversed(made))


def _parts(text: str) -> tuple[str, str, str]:
    """A word between the marks that stand before and behind it."""
    before = "".join(takewhile(lambda sign: not sign.isalnum(), text))
    after = "".join(takewhile(lambda sign: not sign.isalnum(), reversed(text[len(before) :])))[::-1]
    return before, text[len(before) : len(text) - len(after)], after


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


@cache
def _sounds(text: str) -> str:
    with _SPEAKING:
        return phonemes(text)
