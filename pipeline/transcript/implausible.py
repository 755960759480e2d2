"""Find words in the timed transcript that nobody can have said: at an impossible rate, or a list of the names that
Whisper was told to look for.

Whisper invents such text in short pauses. Only words that stand in the text as they were heard count: the times of all
others are estimates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from pipeline.transcript.align import normalised

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.values.transcript import Sentence, TimedWord, Transcript

# Of 9,600 words of 15 real German conversations heard by `base`, no stretch of 20 letters or more was faster than 35
# letters a second; the names that Whisper invented there when it was prompted with them had 41 to 160.
LETTERS_PER_S = 40.0
_LEAST_LETTERS = 20
_SHORTEST_S = 0.1
_NAME_LETTERS_PER_S = 35.0  # a stretch of nothing but names
_NAME_LETTERS = 12
_LISTED_NAMES = 3  # so many names in a row, without "und", are no sentence
_ARTICLES = frozenset({"der", "die", "das", "im"})  # Whisper begins such lists with one


@dataclass(frozen=True, slots=True, kw_only=True)
class Implausible:
    """A passage that nobody can have said, and why."""

    kind: Literal["rate", "names"]
    start_s: float
    end_s: float
    text: str


def implausible(transcript: Transcript, vocabulary: Sequence[str]) -> tuple[Implausible, ...]:
    """The passages in order of time, each once. `vocabulary`: the names and terms of the show, in the order in which
    Whisper is told of them."""
    sentences = [
        sentence for turn in transcript.turns for paragraph in turn.paragraphs for sentence in paragraph.sentences
    ]
    names = [entry for entry in (tuple(filter(None, map(normalised, name.split()))) for name in vocabulary) if entry]
    found = [_passage("names", sentence.words) for sentence in sentences if _is_list(sentence, names)]
    words = [word for sentence in sentences for word in sentence.words]
    for certain, run in groupby(words, key=lambda word: word.certain):
        if certain:
            found += [entry for entry in _too_fast(tuple(run)) if not any(_overlap(entry, other) for other in found)]
    return _joined(sorted(found, key=lambda entry: entry.start_s))


def _joined(passages: Sequence[Implausible]) -> tuple[Implausible, ...]:
    """Passages that follow one another at once are one."""
    joined: list[Implausible] = []
    for passage in passages:
        last = joined[-1] if joined else None
        if last is not None and last.kind == passage.kind and passage.start_s - last.end_s < _SHORTEST_S:
            joined[-1] = replace(last, end_s=passage.end_s, text=f"{last.text} {passage.text}")
        else:
            joined.append(passage)
    return tuple(joined)


def _is_list(sentence: Sentence, names: Sequence[tuple[str, ...]]) -> bool:
    """Whether the sentence consists of names only: of several, of all that there are, or of one too fast."""
    words = [letters for word in sentence.words if (letters := normalised(word.text))]
    if not words or not all(word.certain for word in sentence.words):
        return False
    listed = _names_in(words[1:] if words[0] in _ARTICLES else words, names)
    if not listed:
        return False
    if len(listed) >= _LISTED_NAMES or (len(listed) > 1 and listed == list(names)):
        return True
    size = sum(map(len, words))
    duration_s = max(sentence.end_s - sentence.start_s, _SHORTEST_S)
    return size >= _NAME_LETTERS and size > _NAME_LETTERS_PER_S * duration_s


def _names_in(words: Sequence[str], names: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The names that the words consist of, the longest first at each place; empty if there is any other word. A name of
    two words may stand for itself by one of them: "Acht Muster, Acht"."""
    found: list[tuple[str, ...]] = []
    place = 0
    while place < len(words):
        here = [name for name in names if tuple(words[place : place + len(name)]) == name]
        parts = [(part,) for name in names for part in name if part == words[place]]
        if not here and not (found and parts):
            return []
        found.append(max(here, key=len) if here else parts[0])
        place += len(found[-1])
    return found


def _too_fast(words: Sequence[TimedWord]) -> Iterator[Implausible]:
    """The stretches of at least `_LEAST_LETTERS` above the rate; overlapping ones are one."""
    letters = [len(normalised(word.text)) for word in words]
    first = 0
    total = 0
    begun: tuple[int, int] | None = None
    for end in range(1, len(words) + 1):
        total += letters[end - 1]
        while total - letters[first] >= _LEAST_LETTERS:
            total -= letters[first]
            first += 1
        duration_s = max(words[end - 1].end_s - words[first].start_s, _SHORTEST_S)
        if total < _LEAST_LETTERS or total <= LETTERS_PER_S * duration_s:
            continue
        if begun is not None and first <= begun[1]:
            begun = (begun[0], end)
            continue
        if begun is not None:
            yield _passage("rate", words[slice(*begun)])
        begun = (first, end)
    if begun is not None:
        yield _passage("rate", words[slice(*begun)])


def _passage(kind: Literal["rate", "names"], words: Sequence[TimedWord]) -> Implausible:
    return Implausible(
        kind=kind, start_s=words[0].start_s, end_s=words[-1].end_s, text=" ".join(word.text for word in words)
    )


def _overlap(one: Implausible, other: Implausible) -> bool:
    return one.start_s < other.end_s and other.start_s < one.end_s
