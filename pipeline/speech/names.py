"""Inserts the show's own names where Whisper wrote something that sounds like them and the model itself agrees.

Given a list of names as a prompt, Whisper writes names that nobody spoke, so it transcribes without them. Then every
place that is near a name, by sound or spelling, is weighed by the model's own probabilities: as heard, and with the
name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, pairwise, takewhile
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.values.speech import Word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_NEAR = 0.38  # share of the longer one's letters and sounds that may differ
_VERY_NEAR = 0.15
_SURE = 0.9  # if every word of a place is at least this probable, it is hardly a misheard name
_LONG = 5  # letters that a part of a name needs to stand for it
_LONGEST = 3  # words heard in place of one name
_MOST = 12  # places of a window that are weighed, the nearest first
# Natural logarithms, chosen on 48 misheard names and 201 places near one of 280 names that nobody said: 43 of the
# former are believed and none of the latter, with one to spare.
_TRUST = 3.5  # how much less probable a text may be with a name than as heard
_IN_SILENCE = 0.3  # share of the name's cost in silence that is forgiven
_LETTER, _MOST_LETTERS = 1.4, 24.0  # credit for each letter that is alike, and at most
_APART = 16.0  # penalty for a distance of 1
_SURENESS, _HALF_SURE = 12.0, 0.6  # penalty per probability of what was heard above the second
_OPEN = 8.0
_BEFORE, _AFTER = 8, 4  # words around a place that are weighed with it
_ENDINGS = frozenset(("", "e", "n", "s", "en", "er", "es", "em"))
# Vowels regardless of length and stress, consonants regardless of voicing.
_ALIKE = str.maketrans("ɪyʏɛəɜœøɐɑɔʊbdɡzvçʒɾ", "iiieeeeeaaouptksfxʃr")
_ADJECTIVE = re.compile(r".?i?sche?[rnsm]?")  # what follows a name without its last letter
_HISSES = ("s", "z", "x")
_ENDS = ".?!:;"  # punctuation that separates words; a comma may be heard inside an unfamiliar name
_SPEAKING = Lock()  # espeak-ng handles one text at a time


@dataclass(frozen=True, kw_only=True)  # no slots: `letters` is cached
class WordSpan:
    """Words `first` to `first + count` of a text, and the text that they form."""

    first: int
    count: int
    text: str

    @cached_property
    def letters(self) -> str:
        return _letters(self.text)

    @property
    def end(self) -> int:
        return self.first + self.count

    def lies_in(self, first: int, end: int) -> bool:
        return first <= self.first and self.end <= end

    def touches(self, other: WordSpan) -> bool:
        return self.first < other.end and other.first < self.end


@dataclass(frozen=True, kw_only=True)
class NameCandidate(WordSpan):
    """A span that may stand for `text`, a name. `distance`: the share of letters and of sounds by which they differ.
    `probability`: that of the least probable word heard there."""

    distance: float
    probability: float

    @property
    def alike(self) -> float:
        """How many letters of the name match."""
        return (1 - self.distance) * len(self.letters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What was heard at `start_s`, and the name that is written there instead."""

    start_s: float
    end_s: float
    heard: str
    written: str


class Names:
    """The names and terms of a show as written, and the longer parts of names of several words: people are called by
    their surnames."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        whole = [name for entry in vocabulary if _letters(name := entry.strip())]
        parts = [part for name in whole if " " in name for part in name.split()]
        parts = [part for part in parts if part[:1].isupper() and len(_letters(part)) >= _LONG and part[-1:].isalpha()]
        self._names = tuple(dict.fromkeys([*whole, *parts]))
        self._letters = [_letters(name) for name in self._names]
        self._dotted = {part.casefold() for name in self._names for part in name.split() if part.endswith(".")}
        self._sounds = [_sounds(name) for name in self._names]

    def __bool__(self) -> bool:
        return bool(self._names)

    def near(self, heard: Sequence[Word]) -> list[NameCandidate]:
        """The places that may be a name and are not written as one, nearest first. A place that the model was sure of
        must be very near."""
        from rapidfuzz.distance import Levenshtein
        from rapidfuzz.process import cdist

        spans = [span for span in _spans([word.text for word in heard], self._dotted) if span.letters]
        right = [span for span in spans if any(_says(span, name) for name in self._letters)]
        spans = [span for span in spans if not any(span.touches(other) for other in right)]
        if not spans or not self._names:
            return []
        by_letter = cdist(
            [_letters(span.text) for span in spans], self._letters, scorer=Levenshtein.normalized_distance
        )
        by_sound = cdist([_sounds(span.text) for span in spans], self._sounds, scorer=Levenshtein.normalized_distance)
        places = [
            NameCandidate(
                first=span.first,
                count=span.count,
                text=self._names[column],
                distance=distance,
                probability=min(word.probability for word in heard[span.first : span.end]),
            )
            for span, distances in zip(spans, ((by_letter + by_sound) / 2).tolist(), strict=True)
            for column, distance in enumerate(distances)
            if distance <= _NEAR
        ]
        places = [place for place in places if place.probability < _SURE or place.distance <= _VERY_NEAR]
        return sorted(places, key=lambda place: (place.distance, place.first, place.count, place.text))[:_MOST]


NO_NAMES = Names(())


def _says(span: WordSpan, name: str) -> bool:
    """Whether the span already says the name: unchanged, inflected, in a compound or as the adjective; or differs from
    it only in an ending."""
    heard = span.letters
    if heard.startswith(name):
        return heard[len(name) :] in _ENDINGS or span.count == 1
    if name.startswith(heard):
        return name[len(heard) :] in _ENDINGS
    return heard.startswith(name[:-1]) and _ADJECTIVE.fullmatch(heard, len(name) - 1) is not None


def _spans(words: Sequence[str], dotted: Collection[str]) -> list[WordSpan]:
    """All runs of up to _LONGEST words without punctuation between them. `dotted`: words of names that end with a full
    stop."""
    found = []
    for first in range(len(words)):
        for count in range(1, min(_LONGEST, len(words) - first) + 1):
            run = words[first : first + count]
            if any(word[-1:] in _ENDS and word.casefold() not in dotted for word in run[:-1]):
                break
            found.append(WordSpan(first=first, count=count, text=" ".join(_parts(word)[1] for word in run)))
    return found


def versions(words: Sequence[str], place: NameCandidate) -> tuple[str, str]:
    """The text around a place, as heard and with the name."""
    before, after = words[max(0, place.first - _BEFORE) : place.first], words[place.end : place.end + _AFTER]
    heard = words[place.first : place.end]
    return " ".join([*before, *heard, *after]), " ".join([*before, _written(heard, place.text), *after])


def _written(heard: Sequence[str], name: str) -> str:
    """The name between the punctuation around what was heard, and in the genitive if that is closer."""
    from rapidfuzz.distance import Levenshtein

    before, after = _parts(heard[0])[0], _parts(heard[-1])[2]
    letters, plain = _letters("".join(heard)), _letters(name)
    genitive = (
        letters[-1:] in _HISSES
        and plain[-1:] not in _HISSES
        and Levenshtein.distance(letters, f"{plain}s") <= Levenshtein.distance(letters, plain)
    )
    if name.endswith("."):
        after = after.removeprefix(".")
    return f"{before}{name}{'s' if genitive else ''}{after}"


def merit(place: NameCandidate, gain: float, *, in_silence: float = 0.0) -> float:
    """How much speaks for the name at its place; it is believed only above 0. `gain`: how much more probable the text
    is with the name than as heard, as a natural logarithm; mostly below 0, since the model wrote what it liked best.
    `in_silence`: the same in silence, since an unfamiliar name is improbable before anybody speaks."""
    sure = max(0.0, place.probability - _HALF_SURE)
    looks = min(_LETTER * place.alike, _MOST_LETTERS) - _APART * place.distance - _SURENESS * sure
    return gain - _IN_SILENCE * in_silence + looks + _TRUST


def is_open(place: NameCandidate, gain: float) -> bool:
    """Whether the result depends on the gain in silence."""
    return abs(merit(place, gain)) < _OPEN


def chosen(places: Sequence[NameCandidate], merits: Sequence[float]) -> list[NameCandidate]:
    """The places that are believed, best first, none of which touches another."""
    believed: list[NameCandidate] = []
    for worth, place in sorted(zip(merits, places, strict=True), key=lambda pair: -pair[0]):
        if worth > 0 and not any(place.touches(other) for other in believed):
            believed.append(place)
    return believed


def named(words: Sequence[Word], places: Iterable[NameCandidate]) -> tuple[tuple[Word, ...], tuple[Named, ...]]:
    """The words with the names at their places, and what changed. The words of a name divide the time of what was heard
    by letters, and are as probable as the least probable word that was heard."""
    found = list(words)
    made: list[Named] = []
    for place in sorted(places, key=lambda place: -place.first):
        run = found[place.first : place.end]
        written = _written([word.text for word in run], place.text)
        start_s, end_s = run[0].start_s, run[-1].end_s
        parts = written.split()
        edges = [0, *accumulate(len(part) + 1 for part in parts)]
        clock = [start_s + (end_s - start_s) * edge / edges[-1] for edge in edges]
        sure = min(word.probability for word in run)
        found[place.first : place.end] = [
            Word(text=part, start_s=start, end_s=end, probability=sure)
            for part, (start, end) in zip(parts, pairwise(clock), strict=True)
        ]
        heard = " ".join(word.text for word in run)
        made.append(Named(start_s=start_s, end_s=end_s, heard=heard, written=written))
    return tuple(found), tuple(reversed(made))


def _parts(text: str) -> tuple[str, str, str]:
    """The punctuation before a word, the word itself, and the punctuation after it."""
    before = "".join(takewhile(lambda sign: not sign.isalnum(), text))
    after = "".join(takewhile(lambda sign: not sign.isalnum(), reversed(text[len(before) :])))[::-1]
    return before, text[len(before) : len(text) - len(after)], after


def _letters(text: str) -> str:
    """The letters of a text in lower case, without accents; umlauts and their two-letter spellings are equal."""
    plain = re.sub(r"[\W_]+", "", text.casefold())
    for two, one in (("ae", "ä"), ("oe", "ö"), ("ue", "ü")):
        plain = plain.replace(two, one)
    return "".join(sign if sign in "äöü" else unicodedata.normalize("NFD", sign)[0] for sign in plain)


@cache
def _sounds(text: str) -> str:
    """How the text sounds, with sounds that are often confused made equal."""
    from pipeline.german.espeak import phonemes  # numpy

    with _SPEAKING:
        sounds = phonemes(text)
    return re.sub(r"(.)\1", r"\1", sounds.translate(_ALIKE))
