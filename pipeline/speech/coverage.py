"""Finds speech that no word covers, by comparing voice activity with word times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.speech.activity import WINDOW_S, Stretch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.values.speech import Word

_SPEECH = 0.5  # probability from which a window of the voice activity is speech
_AROUND_S = 0.15  # a word is heard a little before and after its times
_LONGEST_S = 1.0  # of a long word counted at each end: a word across lost text does not cover all of it
_JOINED_S = 0.3  # pauses up to this length do not divide a gap


def uncovered(words: Sequence[Word], probabilities: NDArray[np.float32], within: Stretch) -> tuple[Stretch, ...]:
    """The stretches of speech in `within` that no word covers, in order, without silence around them.

    `probabilities`: the voice activity of the whole recording, one value every WINDOW_S.
    """
    import numpy as np

    speech = probabilities >= _SPEECH
    speech[: round(within.start_s / WINDOW_S)] = False
    speech[round(within.end_s / WINDOW_S) :] = False
    for word in words:
        length_s = word.end_s - word.start_s
        spans = [(word.start_s, word.end_s)]
        if length_s > 2 * _LONGEST_S:
            spans = [(word.start_s, word.start_s + _LONGEST_S), (word.end_s - _LONGEST_S, word.end_s)]
        for start_s, end_s in spans:
            first = max(0, round((start_s - _AROUND_S) / WINDOW_S))
            speech[first : round((end_s + _AROUND_S) / WINDOW_S)] = False
    edges = np.flatnonzero(np.diff(speech.astype(np.int8), prepend=0, append=0))
    gaps: list[Stretch] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        gap = Stretch(start_s=first * WINDOW_S, end_s=last * WINDOW_S)
        if gaps and gap.start_s - gaps[-1].end_s <= _JOINED_S and not _between(words, gaps[-1], gap):
            gap = Stretch(start_s=gaps.pop().start_s, end_s=gap.end_s)
        gaps.append(gap)
    return tuple(gaps)


def _between(words: Sequence[Word], before: Stretch, after: Stretch) -> bool:
    return any(word.start_s < after.start_s and word.end_s > before.end_s for word in words)
