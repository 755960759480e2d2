"""What a check reports beyond the parser: odd characters, odd encodings, and speakers that do not fit together."""

from __future__ import annotations

import unicodedata

import pytest
from transcript_samples import SEED, SPEAKERS

from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.labels import LabelFinding
from pipeline.transcript.proofread import WHOLE_FILE, proofread
from pipeline.values.show import Speaker

CLEAN = "Ada Moderatorin:\nGuten Tag.\n\nBernd Gast [Amt]:\nGerne.\n"
TWO = SPEAKERS[:2]


def findings(text: str | bytes) -> tuple[LabelFinding, ...]:
    raw = text if isinstance(text, bytes) else text.encode()
    return proofread(parse(decode(raw), speakers=TWO), raw, TWO)


def test_a_clean_file_has_no_findings():
    assert findings(CLEAN) == ()


@pytest.mark.parametrize(
    ("odd", "name"),
    [
        ("Gu\u00adten", "Weiche Trennstriche"),
        ("Gu\x07ten", "Steuerzeichen"),
        ("Gu\u2028ten", "Steuerzeichen"),
        ("Gu\x0cten", "Steuerzeichen"),
        ("Gu\tten", "Tabulatoren"),
        ("Gu\u200bten", "Unsichtbare Zeichen"),
        ("Gu\u202eten", "Unsichtbare Zeichen"),
        ("Gu\ufefften", "Unsichtbare Zeichen"),
        ("\u00a0Guten", "Geschützte Leerzeichen am Rand"),
        ("Guten\u00a0 Tag", "Mehrere Leerzeichen, davon geschützte"),
        ("Gu\u0308ten", "Zerlegte Umlaute"),
    ],
)
def test_each_kind_of_odd_character_is_one_finding_with_its_lines(odd, name):
    text = CLEAN + "".join(f"\n{odd} {number}.\n" for number in range(30))
    (note,) = findings(text)
    assert note.text.startswith(f"{name}")
    assert (note.line, note.blocking) == (7, False)
    assert "30×, auch in Zeile 9, 11 und 27 weiteren" in note.text


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xef\xbb\xbf" + CLEAN.encode(), "BOM"),
        (CLEAN.encode("utf-16"), "UTF-16"),
        (CLEAN.replace("Gerne", "Gern, Größe").encode("cp1252"), "Windows-1252"),
        (CLEAN.replace("\n", "\r\n").encode(), "Zeilen enden"),
        (CLEAN.replace("\n", "\r").encode(), "Zeilen enden"),
    ],
)
def test_how_a_file_was_saved_is_a_harmless_finding_about_the_whole_file(raw, said):
    (note,) = findings(raw)
    assert said in note.text
    assert (note.line, note.blocking) == (WHOLE_FILE, False)


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "\x07\u00ad\n", "Ada Moderatorin:\n\nBernd Gast:\n"])
def test_a_file_without_words_stops_the_release(text):
    assert [finding.line for finding in findings(text) if finding.blocking] == [WHOLE_FILE]


def test_a_speaker_labelled_twice_in_a_row_is_reported_under_any_name():
    (note,) = findings("Ada M.:\nJa.\n\nAda Moderatorin:\nNoch etwas.\n\nBernd Gast:\nGut.\n")
    assert (note.line, note.blocking) == (4, False)
    assert "seit Zeile 1" in note.text


def test_an_organisation_may_be_missing_later_and_is_reported_only_if_it_differs():
    turns = ["Bernd Gast [Amt]:\nEins.", "Ada Moderatorin:\nZwei.", "Bernd Gast:\nDrei.", "Ada Moderatorin:\nVier."]
    assert findings("\n\n".join(turns) + "\n") == ()
    (note,) = findings("\n\n".join([*turns, "Bernd Gast [Ministerium]:\nFünf."]) + "\n")
    assert note.line == 13
    assert "[Ministerium], in Zeile 1 [Amt]" in note.text


def test_a_speaker_who_never_speaks_is_reported_unless_voices_have_no_names_yet():
    (note,) = findings("Ada Moderatorin:\nJa.\n")
    assert (note.line, note.blocking) == (WHOLE_FILE, False)
    assert "„Bernd Gast“" in note.text
    assert all(
        "spricht hier aber nie" not in finding.text for finding in findings("Ada M.:\nJa.\n\nStimme 2:\nNein.\n")
    )
    assert all("spricht hier aber nie" not in finding.text for finding in findings("Nur Text.\n"))


def test_characters_that_could_break_an_output_are_ordinary_words():
    assert findings(CLEAN + '\nA --> B </script> ]]> <b> & "x" {{ }} <!-- -->\n') == ()


def test_the_findings_of_the_parser_are_included_in_line_order():
    found = findings("\ufeffVorweg.\n\nAda Moderatorin;\nGu\u00adten Tag.\n\nErika Fremd:\nJa.\n\nBernd Gast:\n")
    assert [finding.line for finding in found] == sorted(finding.line for finding in found)
    assert [finding.line for finding in found if finding.blocking] == [6]
    assert len(found) == 6


@pytest.mark.skipif(not SEED, reason="the editorial transcript lies outside the repository")
def test_the_real_editorial_transcript_keeps_its_words_when_an_old_mac_saved_it():
    raw = SEED[0].read_bytes()
    people = [
        Speaker(name=name, slug=name) for name in ("Mareike Donath", "Axel Fick", "Silvia Rydlewicz", "Lars Bauer")
    ]
    manuscript = parse(decode(raw), speakers=people)
    assert not [finding for finding in proofread(manuscript, raw, people) if finding.blocking]
    old = unicodedata.normalize("NFD", decode(raw)).replace("\n", "\r")
    assert parse(old, speakers=people).plain() == manuscript.plain()


def test_a_word_before_a_colon_that_begins_several_paragraphs_is_told_and_stops_nothing() -> None:
    text = "Ada Moderatorin:\nGut.\n\nChristina: Ja.\n\nFrage: Wie?\n\nChristina: Nein.\n"
    manuscript = parse(text, speakers=SPEAKERS)
    assert [finding.line for finding in manuscript.findings if "ist das jemand" in finding.text] == [4, 8]
    assert not manuscript.blocking
    assert not parse(text, speakers=SPEAKERS, not_labels=("Christina",)).findings
