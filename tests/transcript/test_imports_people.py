"""Names as Teams, Zoom and others write them are the people of the episode, or stay names; none becomes a number."""

from __future__ import annotations

import pytest
from transcript_samples import SPEAKERS

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import label_line, parse
from pipeline.transcript.imports.people import People, ReadLabel


def labelled(name: str) -> ReadLabel:
    return People(speakers=SPEAKERS).label(name)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Bernd Gast (Amt für Beispiele)", "Bernd Gast"),
        ("Gast, Bernd", "Bernd Gast"),
        ("Gast, Bernd (extern)", "Bernd Gast"),
        ("Gast, Dr. Bernd", "Bernd Gast"),
        ("Bernd Gast | Amt für Beispiele", "Bernd Gast"),
        ("Bernd Gast|Amt", "Bernd Gast"),
        ("Bernd Gast - Amt für Beispiele", "Bernd Gast"),
        ("Dr. Bernd Gast, M.Sc.", "Bernd Gast"),
        ("Prof. Dr. Bernd Gast", "Bernd Gast"),
        ("BERND GAST", "Bernd Gast"),
        ("Gast Bernd", "Bernd Gast"),
        ("Bernd Gast (er/ihm)", "Bernd Gast"),
        ("Test-Wiese, Dr. Clara von der (Hochschule)", "Dr. Clara von der Test-Wiese"),
        ("Clara von der Test-Wiese, MBA", "Dr. Clara von der Test-Wiese"),
        ("Ada M. (Gast)", "Ada M."),
    ],
)
def test_a_known_person_is_recognised_in_every_form(written, name):
    found = labelled(written)
    assert (found.name, found.matched) == (name, True)


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("Fremd, Erika", "Erika Fremd:"),
        ("Erika Fremd (Presse)", "Erika Fremd [Presse]:"),
        ("Erika Fremd (Gast)", "Erika Fremd:"),
        ("Erika Fremd | Presse", "Erika Fremd [Presse]:"),
        ("Dr. Erika Fremd, M.Sc.", "Dr. Erika Fremd:"),
        ("Fremd, Erika, Dipl.-Ing.", "Erika Fremd:"),
        ("Erika Fremd, Presse und Funk", "Erika Fremd [Presse und Funk]:"),
        ("Erika", "Erika:"),
    ],
)
def test_an_unknown_person_keeps_a_name_that_stops_the_release(written, label):
    found = labelled(written)
    assert label_line(found.name, found.organisation) == label
    assert [one.line for one in parse(f"{label}\nJa.\n", speakers=SPEAKERS).blocking] == [1]


def test_a_name_that_changed_is_told():
    people = People(speakers=SPEAKERS)
    people.label("Gast, Bernd")
    people.label("Erika Fremd (Presse)")
    assert people.notices() == ("„Gast, Bernd“ heißt jetzt „Bernd Gast“.",)


def test_a_name_that_fits_two_people_is_not_guessed():
    assert labelled("Gast").matched is False
    twins = (*SPEAKERS, SPEAKERS[1])
    assert People(speakers=twins).label("Gast, Bernd").name == "Bernd Gast"


@pytest.mark.parametrize("written", ["klara_mobil", "iPhone von Klara", "Eins, Zwei, Drei"])
def test_a_name_that_can_be_no_label_is_asked_for_instead_of_numbered(written):
    people = People(speakers=SPEAKERS)
    assert people.label(written).matched is False
    people.label("Mobil +49")
    with pytest.raises(TranscriptError, match="nichts eingelesen") as caught:
        people.refuse_unsettled()
    assert "„Mobil +49“" in caught.value.problem
    assert f"SPEAKER='{written}=" in caught.value.advice


def test_voices_are_numbered_in_order_and_our_own_placeholders_stay():
    people = People()
    made = [people.label(name).name for name in ("SPEAKER_01", "Stimme 4", "Sprecherin 2", "SPEAKER_01", "Unknown")]
    assert made == ["Stimme 1", "Stimme 4", "Stimme 2", "Stimme 1", "Stimme 3"]
