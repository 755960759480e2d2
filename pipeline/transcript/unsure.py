"""Find the heard words that are probably wrong. Whisper's own probabilities are not enough: most short words with a low
one are right, because the first word of a segment seldom has a high one.

The bounds and the share of wrong words in each class were measured on 4,600 words of real speech heard by `base`; on as
many others 63 % of the words found were wrong, and 40 % of all wrong words were found (benchmarks/german.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.values.speech import Recognition, Word

_CLASSES = (  # letters from, probability below, share of such words that were wrong
    (7, 0.6, 0.78),
    (4, 0.3, 0.76),
    (7, 0.7, 0.65),
    (4, 0.6, 0.61),
)


def chance(word: Word) -> float:
    """The probability that the word is wrong, as measured; 0.0 if there is no reason for doubt."""
    letters = len(re.sub(r"[\W\d_]", "", word.text))
    return next((share for least, below, share in _CLASSES if letters >= least and word.probability < below), 0.0)


def unsure(recognition: Recognition) -> tuple[Word, ...]:
    """The words that are probably wrong, in order. Segments without times for each word are skipped."""
    return tuple(
        word
        for segment in recognition.segments
        if segment.times == "word"
        for word in segment.words
        if chance(word) > 0
    )


def most_doubtful(words: Iterable[Word], count: int) -> tuple[Word, ...]:
    """The `count` words that are most likely wrong, in their order."""
    taken = sorted(words, key=lambda word: (-chance(word), word.probability))[:count]
    return tuple(sorted(taken, key=lambda word: word.start_s))
