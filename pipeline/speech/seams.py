"""Repairs what Whisper writes where one of its segments ends and the next one begins: full stops that nobody spoke,
sentences that begin in lower case, compounds that fell apart."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.german.sentences import ends_sentence, is_abbreviated, is_opener, is_small_name
from pipeline.speech.wording import with_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.speech.wording import WhisperSegment
    from pipeline.values.speech import Word

_PAUSE_S = 0.25  # between two sentences, at least
_AFTER_HYPHEN = frozenset("und oder bis sowie bzw beziehungsweise als wie noch statt plus aber auch".split())  # noqa: SIM905
_NOT_SMALL = frozenset(("Sie", "Ihr", "Ihre", "Morgen", "Liebe", "Danke"))  # polite forms, or nouns as well
_APART_S = 0.5  # between the parts of a compound; more is a break


def without_false_stop(segments: Sequence[WhisperSegment]) -> tuple[WhisperSegment, ...]:
    """The segments of a window that had to be cut in the middle of speech, without the full stop after its last
    word."""
    if not segments or not segments[-1].words:
        return tuple(segments)
    *words, last = segments[-1].words
    return (*segments[:-1], with_words(segments[-1], [*words, replace(last, text=_unstopped(last.text))]))


def without_false_start(segments: Sequence[WhisperSegment]) -> tuple[WhisperSegment, ...]:
    """The segments of a window after such a cut, without the capital of its first word. Only words that cannot be a
    noun lose it."""
    if not segments or not segments[0].words:
        return tuple(segments)
    first, *words = segments[0].words
    if not is_opener(first.text) or first.text in _NOT_SMALL:
        return tuple(segments)
    small = first.text[:1].lower() + first.text[1:]
    return (with_words(segments[0], [replace(first, text=small), *words]), *segments[1:])


def repaired(segments: Sequence[WhisperSegment], names: Iterable[str] = ()) -> list[WhisperSegment]:
    """The segments of a recording, with sentences that begin with a capital and compounds in one piece.

    A full stop before a lower-case word is kept only if there is a pause, and the word then gets a capital; nothing
    changes before a name that is written in lower case, which is one of `names` or looks like one. If two segments
    share a compound, the first keeps it.
    """
    small = {_bare(name.split()[0]) for name in names if name[:1].islower()}
    words = [word for segment in segments for word in segment.words]
    counts = [len(segment.words) for segment in segments]
    for index in range(1, len(words)):
        before, after = words[index - 1], words[index]
        if not after.text[:1].islower() or not ends_sentence(before.text):
            continue
        if _bare(after.text) in small or is_small_name(after.text):
            continue
        if after.start_s - before.end_s >= _PAUSE_S:
            words[index] = replace(after, text=after.text[:1].upper() + after.text[1:])
        else:
            words[index - 1] = replace(before, text=_unstopped(before.text))
    result, first = [], 0
    for segment, count in zip(segments, counts, strict=True):
        result.append(with_words(segment, words[first : first + count]) if count else segment)
        first += count
    return _in_one_piece(result)


def _in_one_piece(segments: Sequence[WhisperSegment]) -> list[WhisperSegment]:
    found: list[WhisperSegment] = []
    for segment in segments:
        words: list[Word] = []
        for word in segment.words:
            if words and _fell_apart(words[-1], word):
                words.append(_one(words.pop(), word))
            elif not words and found and found[-1].words and _fell_apart(found[-1].words[-1], word):
                *others, last = found[-1].words
                found[-1] = with_words(found[-1], [*others, _one(last, word)])
            else:
                words.append(word)
        if words or not segment.words:
            found.append(with_words(segment, words) if words else segment)
    return found


def _fell_apart(first: Word, second: Word) -> bool:
    return (
        bool(re.search(r"\w-$", first.text))
        and second.text[:1].isalpha()
        and _bare(second.text) not in _AFTER_HYPHEN
        and second.start_s - first.end_s < _APART_S
    )


def _one(first: Word, second: Word) -> Word:
    probability = min(first.probability, second.probability)
    return replace(first, text=first.text + second.text, end_s=second.end_s, probability=probability)


def _unstopped(text: str) -> str:
    return text[:-1] if re.search(r"[^.]\.$", text) and not is_abbreviated(text) else text


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
