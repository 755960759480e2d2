"""No word reaches over a pause."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import segment, word

from pipeline.model import Word
from pipeline.speech.activity import WINDOW_S
from pipeline.speech.pauses import without_pauses
from pipeline.speech.wording import Heard

LENGTH_S = 10.0


def speaking(*stretches: tuple[float, float]) -> np.ndarray:
    probabilities = np.full(round(LENGTH_S / WINDOW_S), 0.02, dtype=np.float32)
    for start_s, end_s in stretches:
        probabilities[round(start_s / WINDOW_S) : round(end_s / WINDOW_S)] = 0.9
    return probabilities


def moved(probabilities: np.ndarray, *words: Word) -> list[tuple[float, float]]:
    (found,) = without_pauses([segment(*words)], probabilities)
    assert (found.start_s, found.end_s) == (found.words[0].start_s, found.words[-1].end_s)
    return [(one.start_s, one.end_s) for one in found.words]


def test_the_first_word_of_a_sentence_begins_behind_the_pause() -> None:
    """Though the longer side lies before it."""
    before, after = moved(speaking((0, 3), (4, 8)), word("Schluss.", 1, 2), word("Anfang", 2, 4.6))
    assert before == (1, 2)
    assert after == pytest.approx((3.97, 4.6), abs=WINDOW_S)


def test_any_other_word_lies_on_the_longer_side() -> None:
    probabilities = speaking((0, 3), (4, 8))
    _, first = moved(probabilities, word("kurz", 1, 2), word("lang", 2, 4.6))
    assert first == pytest.approx((2, 3), abs=WINDOW_S)
    _, second = moved(probabilities, word("kurz", 1, 2.6), word("lang", 2.6, 5))
    assert second == pytest.approx((3.97, 5), abs=WINDOW_S)


@pytest.mark.parametrize("times", [(1.0, 2.0), (8.5, 9.5), (3.1, 3.9)])
def test_a_word_wholly_in_speech_or_wholly_in_silence_stays(times: tuple[float, float]) -> None:
    assert moved(speaking((0, 3), (4, 8)), word("Wort", *times)) == [times]


def test_a_segment_without_word_times_stays() -> None:
    bare = Heard(start_s=0, end_s=9, text="Guten Tag.", probability=0.8)
    assert without_pauses([bare], speaking((0, 3))) == [bare]


@given(
    chances=st.lists(st.floats(0, 1), min_size=50, max_size=300),
    edges=st.lists(st.floats(0, LENGTH_S), min_size=2, max_size=12).map(sorted),
)
def test_a_word_never_grows_and_never_turns_round(chances: list[float], edges: list[float]) -> None:
    words = [word("Wort.", *pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    found = moved(np.asarray(chances, dtype=np.float32), *words)
    for one, (start_s, end_s) in zip(words, found, strict=True):
        assert one.start_s <= start_s <= end_s <= one.end_s
