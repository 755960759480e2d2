"""The words that an episode's text probably needs → what the page proposes while somebody types.

They come from what was heard, the names of people, the glossary, and the show's other transcripts. The words of the
text itself are counted by the page, which knows what is typed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W_]+)*")
_MOST_WORDS = 30_000
_NAME_WORTH = 5  # a name counts as much as a word that was used so often


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCount:
    word: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Words as they are written, the most frequent first."""

    words: tuple[WordCount, ...]


def vocabulary(names: Iterable[str], texts: Iterable[str], heard: Iterable[str]) -> Vocabulary:
    """Count the words of the other transcripts; words that were only heard count once, names more."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text))
    for text in heard:
        for word in _WORD.findall(text):
            counts.setdefault(word, 1)
    for name in names:
        for word in _WORD.findall(name):
            counts[word] += _NAME_WORTH
    found = sorted(
        ((word, count) for word, count in counts.items() if len(word) > 1), key=lambda one: (-one[1], one[0])
    )
    return Vocabulary(words=tuple(WordCount(word=word, count=count) for word, count in found[:_MOST_WORDS]))
