"""Words that span a pause."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.speech.activity import WINDOW_S
from pipeline.speech.pauses import without_pauses
from pipeline.speech.wording import WhisperSegment
from pipeline.values.speech import Word


def spoken(*pauses: tuple[float, float]) -> np.ndarray:
    """The voice activity of ten seconds of speech with pauses."""
    probabilities = np.full(round(10 / WINDOW_S), 0.95, dtype=np.float32)
    for start_s, end_s in pauses:
        probabilities[round(start_s / WINDOW_S) : round(end_s / WINDOW_S)] = 0.05
    return probabilities


def segment(*words: tuple[str, float, float]) -> WhisperSegment:
    made = tuple(Word(text=text, start_s=start_s, end_s=end_s, probability=0.9) for text, start_s, end_s in words)
    text = " ".join(word.text for word in made)
    return WhisperSegment(start_s=made[0].start_s, end_s=made[-1].end_s, text=text, probability=0.9, words=made)


def test_a_sentence_begins_after_the_pause_before_it() -> None:
    heard = segment(("Ende.", 0.5, 1.0), ("Wir", 1.0, 1.6), ("gehen", 1.6, 2.0))
    (moved,) = without_pauses([heard], spoken((1.05, 1.4)))
    assert moved.words[1].start_s == pytest.approx(1.4, abs=0.05)
    assert moved.words[1].end_s == 1.6
    assert [word.text for word in moved.words] == ["Ende.", "Wir", "gehen"]


def test_the_first_word_of_a_segment_and_the_segment_begin_after_the_pause() -> None:
    heard = segment(("Wir", 1.0, 1.6), ("gehen", 1.6, 2.0))
    (moved,) = without_pauses([heard], spoken((0.5, 1.4)))
    assert moved.start_s == moved.words[0].start_s == pytest.approx(1.4, abs=0.05)


def test_a_word_within_a_sentence_takes_its_longer_side() -> None:
    heard = segment(("Wir", 0.5, 1.0), ("gehen", 1.0, 2.0), ("heim.", 2.0, 2.4))
    (moved,) = without_pauses([heard], spoken((1.6, 1.8)))
    assert (moved.words[1].start_s, moved.words[1].end_s) == (1.0, pytest.approx(1.6, abs=0.05))


def test_a_word_without_speech_and_one_without_a_pause_stay() -> None:
    heard = segment(("Wir", 1.0, 1.2), ("gehen", 3.0, 3.4))
    assert without_pauses([heard], spoken((0.5, 2.0))) == [heard]


def test_segments_without_words_stay() -> None:
    heard = replace(segment(("Wir", 1.0, 1.2)), words=())
    assert without_pauses([heard], spoken()) == [heard]
