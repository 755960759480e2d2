"""Places where a new draft differs from what the editors wrote, in words or in names."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import GUEST, HOST, SPEAKERS, conversation

from pipeline.transcript.compare import Comparison, DiffPart, compare
from pipeline.transcript.editorial import parse

WRITTEN = """\
Ada Moderatorin:
Guten Tag und willkommen. Wir haben zwanzig Bibliotheken besucht und viel gelernt.

Bernd Gast [Amt für Beispiele]:
Danke für die Einladung. Das Netz ist schnell.

Ada Moderatorin:
Wie geht es weiter?
"""


def differ(written: str, drafted: str) -> Comparison:
    return compare(parse(written, speakers=SPEAKERS), parse(drafted, speakers=SPEAKERS), speakers=SPEAKERS)


def shown(comparison: Comparison) -> list[str]:
    marks = {"both": "{}", "written": "[-{}-]", "drafted": "{{+{}+}}"}
    return [
        f"{place.line}: " + " ".join(marks[piece.kind].format(piece.text) for piece in place.pieces)
        for place in comparison.places
    ]


def test_the_same_text_is_equal_however_it_was_saved():
    assert differ(WRITTEN, WRITTEN).equal
    assert differ(WRITTEN.replace("\n", "\r\n"), "\ufeff" + WRITTEN).equal
    assert differ(WRITTEN.replace(". ", ".\n\n"), WRITTEN).equal


def test_a_changed_word_is_shown_in_its_context_with_the_line_of_the_edited_file():
    comparison = differ(WRITTEN, WRITTEN.replace("zwanzig", "zwölf"))
    assert shown(comparison) == ["2: … und willkommen. Wir haben [-zwanzig-] {+zwölf+} Bibliotheken besucht und viel …"]
    assert comparison.count == 1


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("schnell", "sehr schnell", "5: … Einladung. Das Netz ist {+sehr+} schnell. Wie geht es …"),
        (
            "und viel gelernt",
            "gelernt",
            "2: … haben zwanzig Bibliotheken besucht [-und viel-] gelernt. Danke für die …",
        ),
        ("Guten Tag", "Tag", "2: [-Guten-] Tag und willkommen. Wir …"),
        ("weiter?", "weiter? Bald.", "8: … Wie geht es weiter? {+Bald.+}"),
    ],
)
def test_added_and_removed_words_are_distinguished(old: str, new: str, expected: str):
    assert shown(differ(WRITTEN, WRITTEN.replace(old, new))) == [expected]


def test_changes_close_to_each_other_are_one_place():
    drafted = WRITTEN.replace("zwanzig", "zwölf").replace("besucht", "gesucht").replace("schnell", "langsam")
    comparison = differ(WRITTEN, drafted)
    assert comparison.count == 2
    assert comparison.places[0].pieces[1:6] == (
        DiffPart(kind="written", text="zwanzig"),
        DiffPart(kind="drafted", text="zwölf"),
        DiffPart(kind="both", text="Bibliotheken"),
        DiffPart(kind="written", text="besucht"),
        DiffPart(kind="drafted", text="gesucht"),
    )


def test_punctuation_case_and_joined_words_are_only_counted():
    drafted = WRITTEN.replace("Tag und", "Tag, und").replace("Danke für", "danke für").replace("schnell.", "schnell!")
    assert (differ(WRITTEN, drafted).count, differ(WRITTEN, drafted).marks) == (0, 3)
    joined = differ(WRITTEN.replace("Netz", "Glasfaser-Netz"), WRITTEN.replace("Netz", "Glasfaser Netz"))
    assert (joined.count, joined.marks) == (0, 1)
    dashed = differ(WRITTEN.replace("Tag und", "Tag – und"), WRITTEN)
    assert (dashed.count, dashed.marks, dashed.equal) == (0, 1, False)


def test_a_long_passage_is_shown_by_its_ends():
    passage = " ".join(f"wort{number}" for number in range(100))
    comparison = differ(WRITTEN, WRITTEN.replace("Wie geht", f"{passage}. Wie geht"))
    piece = next(piece for piece in comparison.places[0].pieces if piece.kind == "drafted")
    assert piece.text.startswith("wort0 wort1 ")
    assert "… (84 Wörter) …" in piece.text


def test_a_sentence_under_another_name_is_reported_once():
    drafted = WRITTEN.replace("Danke für die Einladung. ", "").replace(
        "viel gelernt.", "viel gelernt. Danke für die Einladung."
    )
    comparison = differ(WRITTEN, drafted)
    assert comparison.places == ()
    (other,) = comparison.speakers
    assert (other.line, other.written, other.drafted, other.words) == (5, GUEST.name, HOST.name, 4)
    assert other.excerpt == "Danke für die Einladung."


def test_swapped_names_are_reported_once_each_and_not_at_every_turn():
    swapped = (
        WRITTEN.replace("Ada Moderatorin", "X").replace("Bernd Gast", "Ada Moderatorin").replace("X", "Bernd Gast")
    )
    comparison = differ(WRITTEN, swapped)
    assert {(name.written, name.drafted) for name in comparison.names} == {
        (HOST.name, GUEST.name),
        (GUEST.name, HOST.name),
    }
    assert (comparison.places, comparison.speakers, comparison.marks) == ((), (), 0)


def test_a_voice_named_by_hand_is_reported_once():
    drafted = WRITTEN.replace("Bernd Gast [Amt für Beispiele]", "Stimme 2")
    comparison = differ(WRITTEN, drafted)
    assert [(name.written, name.drafted, name.words) for name in comparison.names] == [(GUEST.name, "Stimme 2", 8)]
    assert comparison.count == 1


def test_an_alias_and_an_organisation_make_no_difference():
    assert differ(WRITTEN.replace("Ada Moderatorin", "Ada M."), WRITTEN.replace(" [Amt für Beispiele]", "")).equal


@pytest.mark.parametrize(("written", "drafted"), [("", WRITTEN), (WRITTEN, "")])
def test_an_emptied_text_is_one_place_that_differs(written: str, drafted: str):
    comparison = differ(written, drafted)
    assert len(comparison.places) == 1
    assert comparison.places[0].line in {1, 2}
    assert differ("", "").equal


@given(st.lists(st.sampled_from(["ja", "nein", "–", "gut.", "Gut", "so,", "so"]), max_size=30), st.integers(0, 30))
def test_a_text_is_equal_to_itself_and_differs_when_a_word_is_added(words: list[str], at: int):
    text = "Ada Moderatorin:\n" + " ".join(words)
    more = "Ada Moderatorin:\n" + " ".join([*words[:at], "Neuland", *words[at:]])
    assert differ(text, text).equal
    added = [piece.text for place in differ(text, more).places for piece in place.pieces if piece.kind == "drafted"]
    assert "Neuland" in " ".join(added)


def test_each_change_of_a_long_text_is_found_and_nothing_else():
    words = [word.text for word in conversation(10_000, seed=4)]
    dice = random.Random(4)
    changed = list(words)
    for index in sorted(dice.sample(range(10, len(words), 10), 100)):
        changed[index] = "Anderswo"
    comparison = differ("Ada Moderatorin:\n" + " ".join(words), "Ada Moderatorin:\n" + " ".join(changed))
    drafted = [piece.text for place in comparison.places for piece in place.pieces if piece.kind == "drafted"]
    assert drafted == ["Anderswo"] * 100
    assert comparison.count <= 100


def test_a_moved_passage_is_told_once_with_the_line_where_the_draft_has_it() -> None:
    moved = "Das Netz ist schnell und reicht bis in jedes Dorf."
    written = WRITTEN.replace("Das Netz ist schnell.", "").replace("Wir haben", f"{moved} Wir haben")
    drafted = WRITTEN.replace("Das Netz ist schnell.", moved)
    comparison = differ(written, drafted)
    (place,) = comparison.moved
    assert (place.line, place.after_line, place.words, place.excerpt) == (2, 5, 10, moved)
    assert shown(comparison) == []
    assert comparison.count == 1 + len(comparison.speakers)
    elsewhere = differ(written.replace("zwanzig", "zwölf"), drafted)
    assert (len(elsewhere.moved), len(elsewhere.places)) == (1, 1)
