"""Speech without words is found, and words are not gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.activity import WINDOW_S, Stretch
from pipeline.speech.coverage import uncovered
from pipeline.values.speech import Word

LENGTH_S = 60.0
WHOLE = Stretch(start_s=0.0, end_s=LENGTH_S)


def speaking(*stretches: tuple[float, float]) -> np.ndarray:
    probabilities = np.full(round(LENGTH_S / WINDOW_S), 0.02, dtype=np.float32)
    for start_s, end_s in stretches:
        probabilities[round(start_s / WINDOW_S) : round(end_s / WINDOW_S)] = 0.9
    return probabilities


def word(start_s: float, end_s: float) -> Word:
    return Word(text="Wort", start_s=start_s, end_s=end_s, probability=0.9)


@pytest.mark.parametrize(
    ("words", "gaps"),
    [
        ([], [(10, 20)]),
        ([(10, 20)], [(11.15, 18.85)]),  # no word lasts for ten seconds
        ([(10, 11.9), (11.9, 13.8), (13.8, 15.7), (15.7, 17.6), (17.6, 19.3), (19.3, 20)], []),
        ([(10, 12)], [(12.15, 20)]),
        ([(14, 15.5)], [(10, 13.85), (15.65, 20)]),
        ([(30, 31)], [(10, 20)]),
    ],
)
def test_speech_without_a_word_is_a_gap(words: list[tuple[float, float]], gaps: list[tuple[float, float]]) -> None:
    found = uncovered([word(*times) for times in words], speaking((10, 20)), WHOLE)
    assert [(gap.start_s, gap.end_s) for gap in found] == [pytest.approx(gap, abs=WINDOW_S) for gap in gaps]


def test_a_short_pause_is_part_of_a_gap_and_a_long_one_divides_two() -> None:
    probabilities = speaking((10, 12), (12.2, 14), (14.6, 16))
    found = uncovered([], probabilities, WHOLE)
    assert [(gap.start_s, gap.end_s) for gap in found] == [
        pytest.approx((10, 14), abs=WINDOW_S),
        pytest.approx((14.6, 16), abs=WINDOW_S),
    ]


def test_a_word_divides_two_gaps_however_near_they_are() -> None:
    assert len(uncovered([word(12.1, 12.1)], speaking((10, 12), (12.2, 14)), WHOLE)) == 2


def test_only_speech_within_the_stretch_counts() -> None:
    (gap,) = uncovered([], speaking((10, 20)), Stretch(start_s=12, end_s=15))
    assert (gap.start_s, gap.end_s) == pytest.approx((12, 15), abs=WINDOW_S)


def test_the_voice_activity_is_not_changed() -> None:
    probabilities = speaking((10, 20))
    before = probabilities.copy()
    uncovered([word(12, 13)], probabilities, WHOLE)
    assert np.array_equal(probabilities, before)


times = st.lists(st.floats(0, LENGTH_S), max_size=12).map(sorted)


@given(spoken=times, said=times)
def test_gaps_are_in_order_and_each_begins_and_ends_with_speech_far_from_words(
    spoken: list[float], said: list[float]
) -> None:
    probabilities = speaking(*zip(spoken[::2], spoken[1::2], strict=False))
    words = [word(*pair) for pair in zip(said[::2], said[1::2], strict=False) if pair[1] - pair[0] < 2]
    gaps = uncovered(words, probabilities, WHOLE)
    assert all(before.end_s < after.start_s for before, after in pairwise(gaps))
    for gap in gaps:
        first, last = round(gap.start_s / WINDOW_S), round(gap.end_s / WINDOW_S) - 1
        assert min(probabilities[first], probabilities[last]) > 0.5
        assert not any(gap.overlap_s(Stretch(start_s=one.start_s, end_s=one.end_s)) > WINDOW_S for one in words)
