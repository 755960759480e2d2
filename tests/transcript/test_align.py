"""The alignment of written and heard words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.transcript.align import matching_runs, normalised


def runs(written: str, heard: str, cuts: str = "|") -> list[tuple[int, int, int]]:
    """The runs as (written, heard, length); a word with a bar at its end is a good place to cut after."""
    left, right = written.split(), heard.split()

    def quality(words: list[str]):
        return lambda position: float(position in (0, len(words)) or words[position - 1].endswith(cuts))

    found = matching_runs(
        [word.rstrip(cuts) for word in left],
        [word.rstrip(cuts) for word in right],
        written_break=quality(left),
        heard_break=quality(right),
    )
    return [(run.written, run.heard, run.length) for run in found]


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("Hörer*innen,", "hörerinnen"),
        ("Zuhörer:innen", "zuhörerinnen"),
        ("Kolleg_innen", "kolleginnen"),
        ("„Straße“", "strasse"),
        ("4.0.", "40"),
        ("E-Mail", "email"),
        ("Mu\u0308ll", "müll"),
        ("–", ""),
        ("…", ""),
    ],
)
def test_only_letters_and_digits_of_a_word_count(word, letters):
    assert normalised(word) == letters


def test_equal_texts_are_one_run():
    assert runs("a b c", "a b c") == [(0, 0, 3)]


def test_texts_with_nothing_in_common_have_no_run():
    assert runs("a b", "c d") == []
    assert runs("", "c d") == []
    assert runs("a", "") == []


def test_a_deletion_among_equal_words_is_placed_at_the_end_of_a_sentence():
    assert runs("x| a b c| y", "x| a b c| a b c| y") in ([(0, 0, 1), (1, 4, 4)], [(0, 0, 4), (4, 7, 1)])


def test_an_insertion_among_equal_words_is_placed_at_the_end_of_a_sentence():
    assert runs("x| a b c| a b c| y", "x| a b c| y") in ([(0, 0, 1), (4, 1, 4)], [(0, 0, 4), (7, 4, 1)])


def test_a_short_word_alone_in_an_unbalanced_gap_is_not_an_anchor():
    heard = "anfang1 anfang2 " + " ".join(f"h{index}" for index in range(9)) + " und h9 h10 ende1 ende2"
    written = "anfang1 anfang2 und " + " ".join(f"w{index}" for index in range(15)) + " ende1 ende2"
    assert runs(written, heard) == [(0, 0, 2), (18, 14, 2)]


def test_a_run_extends_over_the_words_of_a_dropped_island():
    lost = " ".join(f"h{index}" for index in range(9))
    deleted = f"anfangswort eins h ja {lost} ja endwort zweitesendwort"
    assert runs("anfangswort eins ja endwort zweitesendwort", deleted) == [(0, 0, 2), (2, 13, 3)]
    replaced = f"anfangswort eins ja h {lost} ja h endwort zweitesendwort"
    assert runs("anfangswort eins ja endwort zweitesendwort", replaced) == [(0, 0, 3), (3, 15, 2)]


_WORDS = st.lists(st.sampled_from(["a", "b", "c", "dd", "langeswort"]), max_size=30)


@given(_WORDS, _WORDS, st.randoms())
def test_runs_are_equal_words_in_order_without_overlap(written, heard, dice):
    found = matching_runs(written, heard, written_break=lambda _: dice.random(), heard_break=lambda _: dice.random())
    now = (0, 0)
    for run in found:
        assert run.length >= 1
        assert run.written >= now[0]
        assert run.heard >= now[1]
        now = (run.written_end, run.heard_end)
        assert written[run.written : run.written_end] == heard[run.heard : run.heard_end]
    assert now[0] <= len(written)
    assert now[1] <= len(heard)
