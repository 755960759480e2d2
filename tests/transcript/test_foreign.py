"""Passages in another language: read from the editors' text, told on pages, and nothing but words everywhere else."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcript_samples import SPEAKERS

from pipeline.review.positions import positions
from pipeline.transcript.compare import compare
from pipeline.transcript.editorial import Manuscript, parse, render
from pipeline.transcript.imports.door import read_foreign
from pipeline.transcript.outputs import render_all
from pipeline.transcript.retime import retime
from pipeline.transcript.said import said_in_manuscript, said_in_transcript
from pipeline.values.json_files import from_json, transcript_to_json
from pipeline.values.languages import KNOWN, language_of, problem_with
from pipeline.values.transcript import Transcript

MARKED = """\
Ada Moderatorin:
Das heißt „[en: Public Money,
Public Code. Yes]“, sagt man. Und [en: Open Source]-Kampagne.

Bernd Gast [Amt für Beispiele]: [nds: Moin Moin]! Das ist [fr: les amis ].
"""
PLAIN = """\
Ada Moderatorin:
Das heißt „Public Money,
Public Code. Yes“, sagt man. Und Open Source-Kampagne.

Bernd Gast [Amt für Beispiele]: Moin Moin! Das ist les amis.
"""
PARTS = [
    [("", "Das heißt „"), ("en", "Public Money, Public Code.")],
    [("en", "Yes"), ("", "“, sagt man.")],
    [("", "Und "), ("en", "Open Source"), ("", "-Kampagne.")],
    [("nds", "Moin Moin"), ("", "!")],
    [("", "Das ist "), ("fr", "les amis"), ("", ".")],
]


def read(text: str) -> Manuscript:
    return parse(text, speakers=SPEAKERS)


def words(manuscript: Manuscript) -> list[str]:
    return [token.text for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]


def timed(text: str) -> Transcript:
    return retime(read(text), None, duration_s=60.0).transcript


def parts(transcript: Transcript) -> list[list[tuple[str, str]]]:
    return [
        list(sentence.parts) for turn in transcript.turns for part in turn.paragraphs for sentence in part.sentences
    ]


def test_marks_are_no_words_and_say_which_letters_are_in_which_language() -> None:
    assert words(read(MARKED)) == words(read(PLAIN))
    assert parts(timed(MARKED)) == PARTS
    assert not [finding for finding in read(MARKED).findings if finding.blocking]


def test_a_marked_text_says_the_same_as_the_text_without_marks() -> None:
    """So whoever marks a passage need not proofread again, and the draft does not differ there."""
    assert said_in_manuscript(read(MARKED)) == said_in_manuscript(read(PLAIN)) == said_in_transcript(timed(MARKED))
    compared = compare(read(MARKED), read(PLAIN))
    assert compared.places == () and compared.marks == 0


def test_files_of_the_transcript_have_the_words_alone_and_only_html_the_languages() -> None:
    marked, plain = (render_all(timed(text), duration_s=60.0) for text in (MARKED, PLAIN))
    html = marked.pop(".html")
    assert marked == {suffix: text for suffix, text in plain.items() if suffix != ".html"}
    tree = lxml.html.fragment_fromstring(html, create_parent=True)
    found = [(span.get("lang"), span.text_content()) for span in tree.iter("span")]
    assert found == [(language, text) for sentence in PARTS for language, text in sentence if language]
    assert tree.text_content() == lxml.html.fragment_fromstring(plain[".html"], create_parent=True).text_content()


def test_times_with_languages_are_read_again_and_those_without_have_the_bytes_of_before() -> None:
    assert from_json(Transcript, transcript_to_json(timed(MARKED))) == timed(MARKED)
    assert "foreign" in transcript_to_json(timed(MARKED))
    assert "foreign" not in transcript_to_json(timed(PLAIN))


def test_the_house_format_keeps_every_mark_as_it_was_written() -> None:
    again = render(read(MARKED).plain())
    assert "„[en: Public Money, Public Code. Yes]“, sagt man. Und [en: Open Source]-Kampagne." in again
    assert render(read(again).plain()) == again
    assert parts(timed(again)) == PARTS


def test_an_imported_text_keeps_its_marks() -> None:
    imported = read_foreign(MARKED.encode(), ".txt", speakers=SPEAKERS, not_labels=(), settled={})
    assert parts(timed(imported.text)) == PARTS


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[xx: nein] danach", "„xx“ ist kein bekanntes Sprachkürzel"),
        ("[en-UK: nein] danach", "Meinten Sie „en-GB“?"),
        ("[en: offen", "nicht geschlossen"),
        ("[en: offen\n\nbis hier]", "nicht geschlossen"),
        ("[en: ] danach", "fehlt, was in dieser Sprache gesagt wird"),
        ("[en:\nfoo] danach", "in dieselbe Zeile"),
        ("[en: eins [fr: deux] drei]", "steht eine zweite"),
        ("[en: eins\nBernd Gast:\nzwei]", "reicht über diese Sprecherzeile"),
    ],
)
def test_a_mark_that_cannot_be_read_stays_text_and_stops_the_release(text: str, complaint: str) -> None:
    manuscript = read(f"Ada Moderatorin:\n{text}\n")
    (finding,) = [finding for finding in manuscript.findings if finding.blocking]
    assert complaint in finding.text and finding.line >= 2


@pytest.mark.parametrize(
    "text", ["[Musik]", "[IT: die Abteilung]", "[Anm: leise]", "[lacht: laut]", "[en]", "[12:30]", "Bernd [en: x"]
)
def test_other_brackets_stay_words(text: str) -> None:
    assert words(read(f"Ada Moderatorin:\nJa {text} so.\n")) == ["Ja", *text.split(), "so."]


def test_a_mark_is_never_an_organisation() -> None:
    """`Name [Organisation]:` is a label; a sentence that ends in a passage and a colon is none."""
    manuscript = read("Ada Moderatorin:\nDas heißt [en: public money]:\nGeld für alle.\n\nBernd Gast [en: Hi] ja.\n")
    assert [turn.speaker for turn in manuscript.turns] == ["Ada Moderatorin"]
    assert not any("unbekannt" in finding.text for finding in manuscript.findings)


def test_whoever_types_over_a_word_in_the_review_does_not_lose_the_mark() -> None:
    where = positions(read(MARKED))
    shown = [MARKED[first:last] for first, last in where.words]
    assert shown[2:6] == ["Public", "Money,", "Public", "Code."]
    assert shown[6:7] == ["Yes"] and "Open" in shown and "amis" in shown
    assert not [word for word in shown if "[" in word or "]" in word]


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("en-gb", "en-GB"), ("sr-latn", "sr-Latn"), ("zh-Hant-TW", "zh-Hant-TW"), ("nds", "nds")],
)
def test_language_tags_have_their_usual_spelling(tag: str, language: str) -> None:
    assert language_of(tag) == language and problem_with(tag) == ""


def test_every_known_language_is_a_primary_subtag() -> None:
    assert all(language.isalpha() and language.islower() and len(language) in {2, 3} for language in KNOWN)
    assert {"en", "fr", "pl", "uk", "ar", "nds", "da", "sv"} <= KNOWN
    assert {"xx", "eng", "ger", "dt", "gb"}.isdisjoint(KNOWN)


PIECES = (
    *(
        "[en: ",
        "[fr:",
        "[xx: ",
        "[en:",
        "]",
        "[",
        " ]",
        "].",
        "„",
        "“",
        "a",
        "Wort ",
        " ",
        "\u00a0",
        "\u200b",
        "Ende. ",
    ),
    *("\n", "\r\n", "\n\n", "\nAda Moderatorin:\n", "\nBernd Gast: Ja ", "[lacht] "),
)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_whatever_is_written_no_letter_is_lost_and_the_house_format_reads_the_same(text: str) -> None:
    manuscript = read(text)
    where = positions(manuscript)
    assert len(where.words) == len(words(manuscript))
    assert all(0 <= first < last <= len(text) for first, last in where.words)
    assert all(part for sentence in parts(timed(text)) for _, part in sentence)
    if not manuscript.blocking:
        again = read(render(manuscript.plain()))
        assert words(again) == words(manuscript)
        assert parts(timed(render(manuscript.plain()))) == parts(timed(text))
