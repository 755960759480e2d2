"""What Whisper writes between two segments is repaired, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import segment, word

from pipeline.speech.seams import repaired, without_false_start, without_false_stop
from pipeline.speech.wording import WhisperSegment


def said(*parts: str, pause_s: float = 0.0) -> list[WhisperSegment]:
    """Segments, a second for each word and `pause_s` between two segments."""
    found, now_s = [], 0.0
    for part in parts:
        words = [word(text, now_s + number, now_s + number + 1) for number, text in enumerate(part.split())]
        found.append(segment(*words))
        now_s = words[-1].end_s + pause_s
    return found


def texts(segments: object) -> list[str]:
    return [one.text for one in segments]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("parts", "pause_s", "text"),
    [
        (["Wir fahren.", "nach Hause."], 0.1, ["Wir fahren", "nach Hause."]),
        (["Wir fahren.", "nach Hause."], 0.5, ["Wir fahren.", "Nach Hause."]),
        (["Wir fahren.", "Nach Hause."], 0.1, ["Wir fahren.", "Nach Hause."]),
        (["Das sind bspw.", "neue Wege."], 0.5, ["Das sind bspw.", "neue Wege."]),
        (["Am 3.", "mai war es."], 0.5, ["Am 3.", "mai war es."]),  # an ordinal
        (["Kommst du?", "ja, gern."], 0.1, ["Kommst du?", "ja, gern."]),  # only a full stop is false
        (["Das Donau-", "Schiff kommt."], 0.1, ["Das Donau-Schiff", "kommt."]),
        (["Das Donau-", "und das Rheinschiff."], 0.1, ["Das Donau-", "und das Rheinschiff."]),
    ],
)
def test_the_text_between_segments_is_repaired(parts: list[str], pause_s: float, text: list[str]) -> None:
    assert texts(repaired(said(*parts, pause_s=pause_s))) == text


def test_a_joined_compound_has_the_time_of_both_parts_and_an_empty_segment_is_dropped() -> None:
    (found,) = repaired([segment(word("Donau-", 0, 1, 0.9)), segment(word("Schiff", 1, 2, 0.4))])
    assert found.words == (word("Donau-Schiff", 0, 2, 0.4),)


@pytest.mark.parametrize(
    ("last", "unstopped"),
    [("gestern.", "gestern"), ("gestern?", "gestern?"), ("gestern...", "gestern..."), ("usw.", "usw."), ("3.", "3.")],
)
def test_a_cut_sentence_has_no_full_stop(last: str, unstopped: str) -> None:
    assert texts(without_false_stop(said(f"Das war {last}"))) == [f"Das war {unstopped}"]


@pytest.mark.parametrize(("first", "small"), [("Und", "und"), ("Haus", "Haus"), ("Über", "über")])
def test_after_a_cut_only_words_that_cannot_be_nouns_lose_their_capital(first: str, small: str) -> None:
    assert texts(without_false_start(said(f"{first} weiter."))) == [f"{small} weiter."]


def test_without_words_nothing_is_repaired() -> None:
    without_words = WhisperSegment(start_s=0, end_s=1, text="Und so.", probability=0.8)
    for repair in (without_false_stop, without_false_start, repaired):
        assert list(repair([])) == []
        assert list(repair([without_words])) == [without_words]


WORDS = st.lists(st.text("abÄ.-?3", min_size=1, max_size=6), min_size=1, max_size=5).map(" ".join)


@given(parts=st.lists(WORDS, min_size=1, max_size=5), pause_s=st.floats(0, 1))
def test_repairs_keep_every_letter(parts: list[str], pause_s: float) -> None:
    before = said(*parts, pause_s=pause_s)
    after = repaired(before)

    def letters(segments: list[WhisperSegment]) -> str:
        return "".join(sign for one in segments for sign in one.text.casefold() if sign.isalnum())

    assert letters(after) == letters(before)


@pytest.mark.parametrize("pause_s", [0.1, 0.6])
@pytest.mark.parametrize(("start", "names"), [("mv-works baut.", ["mv-works"]), ("iPhones klingeln.", [])])
def test_a_name_in_lower_case_keeps_its_letter_and_the_stop_before_it(
    start: str, names: list[str], pause_s: float
) -> None:
    assert texts(repaired(said("Das gehört dazu.", start, pause_s=pause_s), names)) == ["Das gehört dazu.", start]


def test_a_sentence_of_one_lower_case_word_gets_a_capital_and_loses_its_false_stop() -> None:
    heard = [
        *said("Ende."),
        *(
            replace(
                one, words=tuple(replace(word, start_s=word.start_s + 2, end_s=word.end_s + 2) for word in one.words)
            )
            for one in said("jawohl. und weiter")
        ),
    ]
    assert texts(repaired(heard)) == ["Ende.", "Jawohl und weiter"]


def test_parts_far_apart_are_not_a_compound() -> None:
    assert texts(repaired(said("Das Ver-", "Willkommen zurück.", pause_s=60.0))) == ["Das Ver-", "Willkommen zurück."]


def test_after_a_cut_the_polite_form_keeps_its_capital() -> None:
    assert texts(without_false_start(said("Sie haben recht."))) == ["Sie haben recht."]
    assert texts(without_false_start(said("Und dann kam sie."))) == ["und dann kam sie."]
