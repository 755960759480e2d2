"""Word files become the house format: labels, breaks, boxes, notes, tables, tracked changes; no word is lost."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import SPEAKERS
from word_samples import bold, docx, paragraph, run, written

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import parse
from pipeline.transcript.imports.docx import read_docx
from pipeline.transcript.imports.door import read_foreign


def imported(raw: bytes) -> str:
    return read_foreign(raw, ".docx", speakers=SPEAKERS).text


def test_paragraphs_that_are_labels_become_turns_in_the_house_format():
    raw = written("Ada Moderatorin:", "Guten Tag.", "", "  ", "Bernd Gast [Amt für Beispiele]:", "Gerne.", "Und: ja.")
    assert imported(raw) == ("Ada Moderatorin:\nGuten Tag.\n\nBernd Gast [Amt für Beispiele]:\nGerne.\n\nUnd: ja.\n")


def test_a_bold_name_in_front_of_the_text_is_a_label():
    body = paragraph(bold("Ada Moderatorin"), bold(": "), run("Guten Tag.")) + paragraph(
        bold("Bernd Gast"), run(": Ja.")
    )
    assert imported(docx(body)) == "Ada Moderatorin:\nGuten Tag.\n\nBernd Gast:\nJa.\n"


def test_a_bold_unknown_name_stays_a_label_line_and_is_reported():
    body = paragraph(bold("Erika Fremd:"), run(" Guten Tag.")) + paragraph(bold("Wichtig"), run(" ist das."))
    text = imported(docx(body))
    assert text == "Erika Fremd:\nGuten Tag.\n\nWichtig ist das.\n"
    assert [finding.line for finding in parse(text, speakers=SPEAKERS).blocking] == [1]


def test_a_soft_line_break_ends_a_line_and_joins_no_words():
    raw = written("Ada Moderatorin:\nEin Satz,\nder weitergeht.\nNoch\teiner.")
    assert imported(raw) == "Ada Moderatorin:\nEin Satz, der weitergeht.\n\nNoch einer.\n"


@pytest.mark.parametrize(
    "wrapped",
    [
        '<w:fldSimple w:instr="AUTHOR">{}</w:fldSimple>',
        '<w:bdo w:val="ltr">{}</w:bdo>',
        "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>",
        "<w:ins>{}</w:ins>",
        "<w:moveTo>{}</w:moveTo>",
        '<w:hyperlink w:anchor="a">{}</w:hyperlink>',
    ],
)
def test_text_inside_words_own_wrappers_is_read(wrapped):
    assert "Eins zwei drei." in imported(docx(paragraph(run("Eins "), wrapped.format(run("zwei ")), run("drei."))))


def test_a_carriage_return_element_separates_words():
    assert imported(docx(paragraph("<w:r><w:t>Eins</w:t><w:cr/><w:t>zwei.</w:t></w:r>"))) == "Eins zwei.\n"


def test_deleted_text_is_gone_and_inserted_text_is_there():
    deleted = "<w:del><w:r><w:delText>alt</w:delText></w:r></w:del><w:moveFrom>" + run("weg") + "</w:moveFrom>"
    assert imported(docx(paragraph(run("Ganz "), deleted, "<w:ins>" + run("neu") + "</w:ins>"))) == "Ganz neu\n"


BOX = "<w:txbxContent>" + paragraph(run("Im Kasten.")) + "</w:txbxContent>"
CHOICE = f"<mc:Choice Requires='wps'><wps:txbx>{BOX}</wps:txbx></mc:Choice>"


@pytest.mark.parametrize(
    "box",
    [
        f"<w:pict><v:shape><v:textbox>{BOX}</v:textbox></v:shape></w:pict>",
        f"<mc:AlternateContent>{CHOICE}<mc:Fallback><w:pict>{BOX}</w:pict></mc:Fallback></mc:AlternateContent>",
        f"<mc:AlternateContent>{CHOICE}</mc:AlternateContent>",
        f"<mc:AlternateContent>{CHOICE}<mc:Fallback/></mc:AlternateContent>",
    ],
)
def test_a_text_box_is_read_exactly_once(box):
    assert imported(docx(paragraph(run("Davor."), f"<w:r>{box}</w:r>"))).split() == ["Davor.", "Im", "Kasten."]


def test_a_table_with_a_name_and_a_text_in_each_row_is_a_conversation():
    cell = "<w:tc>{}</w:tc>"
    rows = [("Ada Moderatorin", "Guten Tag."), ("Bernd Gast", "Gerne.")]
    table = "".join("<w:tr>" + "".join(cell.format(paragraph(run(text))) for text in row) + "</w:tr>" for row in rows)
    assert imported(docx(f"<w:tbl>{table}</w:tbl>")) == "Ada Moderatorin:\nGuten Tag.\n\nBernd Gast:\nGerne.\n"


def test_a_footnote_follows_its_paragraph_in_brackets_and_is_reported():
    note = '<w:footnote w:id="2">' + paragraph(run("Siehe dort.")) + "</w:footnote>"
    reference = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    body = paragraph(run("Das steht fest."), reference.format(2), reference.format(9)) + paragraph(run("Weiter."))
    text, notices = read_docx(docx(body, footnotes=note))
    assert text.split("\n\n") == ["Das steht fest.", "[Siehe dort.]", "Weiter.\n"]
    assert "1 Fußnote steht in eckigen Klammern" in notices[0]


def test_comments_are_left_out_and_reported():
    comment = '<w:comment w:id="1">' + paragraph(run("Stimmt das?")) + "</w:comment>"
    text, notices = read_docx(docx(paragraph(run("Text.")), comments=comment))
    assert text == "Text.\n"
    assert "Kommentare" in notices[0]


def test_text_that_cannot_be_read_is_an_error_that_shows_it():
    strange = "<w:ruby><w:rubyBase>" + run("Grundtext") + "</w:rubyBase></w:ruby>"
    with pytest.raises(TranscriptError, match="Grundtext") as caught:
        read_docx(docx(paragraph(run("Da."), f"<w:r>{strange}</w:r>")))
    assert ".txt" in caught.value.advice


_WORDS = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8).filter(
    lambda word: word.split() == [word]
)
_RUNS = st.lists(st.tuples(st.lists(_WORDS, min_size=1, max_size=4).map(" ".join), st.booleans()), max_size=4)


@settings(deadline=None, max_examples=60)
@given(st.lists(_RUNS, max_size=5))
def test_every_word_of_a_word_file_is_read_once_and_in_order(paragraphs):
    body = "".join(paragraph(*((bold if heavy else run)(f"{text} ") for text, heavy in runs)) for runs in paragraphs)
    expected = "".join(text for runs in paragraphs for text, _ in runs)
    text, _ = read_docx(docx(body))
    assert "".join(text.split()) == "".join(expected.split())


GOOD = written("Ada Moderatorin:", "Guten Tag.")


def without(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(content, "w") as new:
        for entry in old.namelist():
            new.writestr("word/other.xml" if entry == name else entry, old.read(entry))
    return content.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        GOOD[: len(GOOD) // 2],
        GOOD[:-30],
        GOOD.replace(b"\x50\x4b\x01\x02", b"\x50\x4b\x09\x09"),
        without("word/document.xml"),
        docx("<w:p>"),
        b"PK\x03\x04word/",
    ],
    ids=["half", "end missing", "directory broken", "no document", "broken xml", "nothing"],
)
def test_a_damaged_word_file_is_a_german_error(raw):
    with pytest.raises(TranscriptError, match="beschädigt") as caught:
        read_foreign(raw, ".docx", speakers=SPEAKERS)
    assert "Word öffnen" in caught.value.advice


def test_a_file_that_unpacks_to_far_more_than_any_text_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 60_000_000)
    with pytest.raises(TranscriptError, match="beschädigt"):
        read_docx(content.getvalue())
