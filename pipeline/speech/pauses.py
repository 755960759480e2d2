"""Moves the edges of words out of pauses: Whisper's alignment lets a word begin where the one before it ended.

Without this, words of real speech with hardly any pauses began up to 0.3 s early, in one sentence out of ten
(benchmarks/german.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.german.sentences import ends_sentence
from pipeline.speech.activity import WINDOW_S, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.wording import WhisperSegment
    from pipeline.values.speech import Word

_PAUSE = 0.3  # probability of speech below which nobody speaks
_LEAD_S = 0.03  # how late the voice activity is at the start of a word
_LEAST_S = 0.06  # of speech: less is not a word


def without_pauses(heard: Iterable[WhisperSegment], probabilities: NDArray[np.float32]) -> list[WhisperSegment]:
    """The same segments, in which no word spans a pause.

    `probabilities`: the voice activity of the whole recording, one value every WINDOW_S. If a word has speech on both
    sides of a pause, the first word of a sentence takes the last side, any other word the longest.
    """
    moved = []
    for segment in heard:
        words = tuple(_moved(segment.words, probabilities))
        start_s, end_s = (words[0].start_s, words[-1].end_s) if words else (segment.start_s, segment.end_s)
        moved.append(replace(segment, start_s=start_s, end_s=end_s, words=words))
    return moved


def _moved(words: Sequence[Word], probabilities: NDArray[np.float32]) -> Iterator[Word]:
    begins = True
    for word in words:
        sides = _sides(word, probabilities)
        if sides:
            side = sides[-1] if begins else max(sides, key=lambda side: side.duration_s)
            yield replace(word, start_s=side.start_s, end_s=side.end_s)
        else:
            yield word
        begins = ends_sentence(word.text)


def _sides(word: Word, probabilities: NDArray[np.float32]) -> list[Stretch]:
    """The stretches of speech inside a word, between pauses."""
    first, last = -int(-word.start_s // WINDOW_S), int(word.end_s / WINDOW_S)
    silent = [index for index in range(first, min(last, len(probabilities))) if probabilities[index] < _PAUSE]
    starts = [word.start_s, *(max(word.start_s, (index + 1) * WINDOW_S - _LEAD_S) for index in silent)]
    ends = [*(index * WINDOW_S for index in silent), word.end_s]
    sides = [Stretch(start_s=start, end_s=end) for start, end in zip(starts, ends, strict=True)]
    return [side for side in sides if side.duration_s >= _LEAST_S]
