from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.speech.activity import Stretch
from pipeline.speech.wording import (
    WhisperSegment,
    alignment_is_usable,
    spread,
    to_segments,
    whisper_segment,
    whole_words,
    with_words,
    without_loops,
)
from pipeline.values.speech import Segment, Word


def heard(text: str, start_s: float = 0.0, end_s: float = 5.0) -> WhisperSegment:
    return WhisperSegment(start_s=start_s, end_s=end_s, text=text, probability=0.8)


def word(text: str, start_s: float, end_s: float, probability: float = 0.9) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=probability)


def stretch(start_s: float, end_s: float) -> Stretch:
    return Stretch(start_s=start_s, end_s=end_s)


def text_of(segment: Segment) -> str:
    return " ".join(word.text for word in segment.words)


EVERYWHERE = (stretch(0, 1000),)


def test_words_are_spread_by_letters() -> None:
    (segment,) = to_segments([heard("Ja, ausgezeichnet!", 10, 20)], EVERYWHERE)
    first, second = segment.words
    assert segment.times == "segment"
    assert (first.start_s, second.end_s) == (10, 20)
    assert first.end_s == second.start_s == pytest.approx(10 + 10 * 3 / 17)  # letters and a gap each: 2 + 1, 13 + 1
    assert {first.probability, second.probability} == {0.8}


def test_a_pause_inside_a_segment_belongs_to_no_word() -> None:
    times = spread(["eins", "zwei"], stretch(0, 10), [stretch(0, 2), stretch(8, 10)])
    assert times == [(0, pytest.approx(2)), (pytest.approx(8), pytest.approx(10))]


def test_a_segment_outside_all_speech_is_left_out() -> None:
    segments = to_segments([heard("Guten Tag.", 0, 2), heard("Vielen Dank.", 30, 32)], [stretch(0, 3)])
    assert [text_of(segment) for segment in segments] == ["Guten Tag."]


def test_segments_never_overlap() -> None:
    segments = to_segments([heard("Eins zwei.", 0, 3), heard("Drei vier.", 2.5, 5)], EVERYWHERE)
    assert [(segment.start_s, segment.end_s) for segment in segments] == [(0, 3), (3, 5)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is not a failure
@given(
    texts=st.lists(st.lists(st.text("abcä.,", min_size=1, max_size=9), min_size=1, max_size=8), max_size=8),
    edges=st.lists(st.floats(0, 100), min_size=16, max_size=16),
    pauses=st.lists(st.floats(0, 100), min_size=2, max_size=8),
)
def test_times_never_decrease_whatever_was_heard(
    texts: list[list[str]], edges: list[float], pauses: list[float]
) -> None:
    said = [heard(" ".join(words), *sorted(edges[2 * i : 2 * i + 2])) for i, words in enumerate(texts)]
    said.sort(key=lambda one: one.start_s)
    bounds = sorted(pauses)
    speech = [stretch(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=False)]
    words = [one for segment in to_segments(said, speech) for one in segment.words]
    times = [time for one in words for time in (one.start_s, one.end_s)]
    assert all(earlier <= later + 1e-5 for earlier, later in pairwise(times))
    assert all(0 <= time <= 100 for time in times)


def test_the_alignment_of_the_model_is_kept_if_it_is_usable() -> None:
    aligned = (word("Guten", 1.0, 1.4), word("Tag.", 1.4, 2.0))
    (segment,) = to_segments([replace(heard("Guten Tag.", 1, 2), words=aligned)], EVERYWHERE)
    assert segment.times == "word"
    assert segment.words == aligned


@pytest.mark.parametrize(
    "words",
    [
        (),
        (word("Guten", 1.0, 1.0), word("Tag.", 1.0, 2.0)),  # a word without length
        (word("Guten", 1.0, 4.5), word("Tag.", 4.5, 5.0)),  # a word that lasts for seconds
        (word("Guten", 1.5, 2.0), word("Tag.", 1.0, 1.5)),  # backwards
        (word("Guten", 7.0, 7.5), word("Tag.", 7.5, 8.0)),  # elsewhere
    ],
)
def test_an_impossible_alignment_is_replaced_by_spread_letters(words: tuple[Word, ...]) -> None:
    assert not alignment_is_usable(words, stretch(1, 5))
    (segment,) = to_segments([replace(heard("Guten Tag.", 1, 5), words=words)], EVERYWHERE)
    assert segment.times == "segment"
    assert text_of(segment) == "Guten Tag."


def test_a_piece_without_a_space_belongs_to_the_word_before() -> None:
    pieces = [word(" 3", 0, 0.2, 0.9), word(",5", 0.2, 0.5, 0.4), word(" E", 0.6, 0.7), word("-Mails", 0.7, 1.0)]
    assert whole_words([*pieces, word(" ", 1, 1)]) == (word("3,5", 0, 0.5, 0.4), word("E-Mails", 0.6, 1.0, 0.9))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["Ja. Ja. Ja."], ["Ja. Ja. Ja."]),
        (["Vielen Dank. " * 20], ["Vielen Dank."]),
        (["Und dann " + "weiter und " * 9 + "Schluss."], ["Und dann weiter und Schluss."]),
        (["Vielen Dank."] * 4, ["Vielen Dank."] * 4),
        (["Vielen Dank!", *["Vielen Dank."] * 8, "Weiter."], ["Vielen Dank!", "Weiter."]),
        (["A a.", "B b."] * 7, ["A a.", "B b."]),
        (["", "  ", "Gut."], ["Gut."]),
        ([], []),
    ],
)
def test_a_loop_is_kept_once_and_people_may_repeat_themselves(said: list[str], kept: list[str]) -> None:
    assert [segment.text for segment in without_loops([heard(text) for text in said])] == kept


def test_part_of_a_segment_has_the_text_and_times_of_its_words() -> None:
    whole = replace(heard("Guten Tag. Ja."), words=(word("Guten", 1, 1.4), word("Tag.", 1.4, 2), word("Ja.", 3, 3.5)))
    part = with_words(whole, whole.words[1:])
    assert (part.text, part.start_s, part.end_s, part.words) == ("Tag. Ja.", 1.4, 3.5, whole.words[1:])
    assert part.probability == whole.probability


@pytest.mark.parametrize(
    ("written", "kept"),
    [("sie否 gehalten", "sie gehalten"), ("Łódź, Škoda und 20 €", "Łódź, Škoda und 20 €"), ("Мы sind", "Мы sind")],
)
def test_letters_of_another_script_do_not_stick_to_a_word(written: str, kept: str) -> None:
    segment = {
        "start": 0.0,
        "end": 1.0,
        "text": written,
        "avg_logprob": 0.0,
        "compression_ratio": 1,
        "no_speech_prob": 0,
    }
    assert whisper_segment(segment, clip_s=1.0).text == kept
