"""Word files become the house format: labels, breaks, boxes, notes, tables, tracked changes; no word is lost."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import SPEAKERS
from word_samples import bold, docx, packed, paragraph, run, unpacked, written

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


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ((bold("Erika Fremd:"), run(" Ja.")), "Erika Fremd:\nJa.\n"),
        ((bold("Erika Fremd"), run(": Ja.")), "Erika Fremd:\nJa.\n"),
        ((bold("und auch:"), run(" Ja.")), "und auch: Ja.\n"),
        ((bold("Erika Fremd"), run(" ruft: Ja.")), "Erika Fremd ruft: Ja.\n"),
        *(((run("Erika Fremd:", f'<w:b w:val="{off}"/>'), run(" Ja.")), "Erika Fremd: Ja.\n") for off in (0, "off")),
    ],
)
def test_only_a_bold_name_with_a_colon_gets_a_line_of_its_own(runs, expected):
    assert read_docx(docx(paragraph(*runs)))[0] == expected


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
        "<w:customXml>{}</w:customXml>",
        "<w:ruby><w:rubyBase>{}</w:rubyBase></w:ruby>",
        "<w:sdt><w:sdtPr><w:checkBox/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
        "<w:stranger><w:other>{}</w:other></w:stranger>",
    ],
)
def test_text_inside_words_own_wrappers_is_read(wrapped):
    assert "Eins zwei drei." in imported(docx(paragraph(run("Eins "), wrapped.format(run("zwei ")), run("drei."))))


@pytest.mark.parametrize("element", ["cr", "br", "tab", "ptab"])
def test_an_element_that_stands_for_space_separates_words(element):
    assert imported(docx(paragraph(f"<w:r><w:t>Eins</w:t><w:{element}/><w:t>zwei.</w:t></w:r>"))) == "Eins zwei.\n"


def test_what_no_reader_sees_parts_no_text():
    body = paragraph("<w:r><w:t>Ein<!-- ? -->s,</w:t></w:r><w:r><w:t>zw<?x y?>ei.</w:t></w:r>")
    assert imported(docx(body)) == "Eins,zwei.\n"


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
        f"<mc:AlternateContent><mc:Choice Requires='wps'/><mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent>",
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


def test_a_formula_is_read_with_its_letters_in_order():
    formula = "<m:oMath><m:r><m:t>E</m:t></m:r><m:r><m:t>=mc</m:t></m:r></m:oMath>"
    assert imported(docx(paragraph(run("Also "), formula, run(".")))) == "Also E=mc.\n"
    assert imported(docx(formula + paragraph(run("Danach.")))).split() == ["E", "=mc", "Danach."]


def test_the_text_of_a_drawing_follows_its_paragraph():
    drawn = "<a:p><a:r><a:rPr/><a:t>Im</a:t></a:r><a:br><a:rPr/></a:br><a:r><a:t>Bild.</a:t></a:r></a:p>"
    text = imported(docx(paragraph(f"<w:r><w:drawing>{drawn}</w:drawing></w:r>", run("Davor."))))
    assert text.split() == ["Davor.", "Im", "Bild."]


def test_a_paragraph_whose_end_was_deleted_goes_on_with_the_next():
    deleted = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    body = paragraph(deleted, run("Ein ")) + paragraph(deleted, run("ganzer ")) + paragraph(run("Satz."))
    assert imported(docx(body + paragraph(run("Noch einer.")))) == "Ein ganzer Satz.\n\nNoch einer.\n"
    assert imported(docx(paragraph(deleted, run("Das Ende.")))) == "Das Ende.\n"


def test_a_deleted_row_is_gone():
    cells = "<w:tc>" + paragraph(run("Weg.")) + "</w:tc>"
    row = f"<w:tr>{cells.replace('Weg', 'Da')}</w:tr>"
    assert imported(docx(f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr>{cells}</w:tr>{row}</w:tbl>")) == "Da.\n"


def test_tab_stops_are_no_text():
    tabs = '<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
    assert imported(docx(paragraph(run("Land"), tabs, run("weg.")))) == "Landweg.\n"


def test_hyphens_that_word_keeps_apart_from_text_are_read():
    text, _ = read_docx(docx(paragraph("<w:r><w:t>Ost</w:t><w:noBreakHyphen/><w:t>West</w:t></w:r>")))
    assert text == "Ost\u2011West\n"
    assert imported(docx(paragraph("<w:r><w:t>Land</w:t><w:softHyphen/><w:t>weg</w:t></w:r>"))) == "Landweg\n"


@pytest.mark.parametrize(
    ("sign", "expected"),
    [
        ('w:font="Wingdings" w:char="F0E0"', "a→b"),
        ('w:font="Symbol" w:char="F06D"', "aμb"),
        ('w:font="Symbol" w:char="b7"', "a•b"),
        ('w:font="Webdings" w:char="F0AA"', "ab"),
        ('w:font="Symbol" w:char="x"', "ab"),
        ("", "ab"),
    ],
)
def test_a_sign_of_a_symbol_font_is_read_or_told(sign, expected):
    text, notices = read_docx(docx(paragraph(run("a"), f"<w:r><w:sym {sign}/></w:r>", run("b"))))
    assert text == f"{expected}\n"
    assert bool(notices) == (expected == "ab")
    assert all("Symbolschriften" in notice for notice in notices)


def test_a_sign_that_old_programs_are_given_in_another_way_is_read():
    known = '<mc:Fallback><w:sym w:font="Symbol" w:char="B7"/></mc:Fallback>'
    sign = f'<mc:AlternateContent><mc:Choice Requires="w16se"><w:symEx/></mc:Choice>{known}</mc:AlternateContent>'
    assert read_docx(docx(paragraph(f"<w:r>{sign}</w:r>")))[0] == "•\n"


def test_the_digits_of_a_numbered_list_are_told_and_bullets_are_not():
    levels = '<w:lvl w:ilvl="0"><w:numFmt w:val="{}"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="{}"/></w:lvl>'
    numbering = (
        f'<w:abstractNum w:abstractNumId="7">{levels.format("decimal", "bullet")}</w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>'
    )
    entry = "<w:pPr><w:numPr>{}</w:numPr></w:pPr>"
    in_list, first, second = '<w:numId w:val="3"/>', '<w:ilvl w:val="0"/>', '<w:ilvl w:val="1"/>'
    for place, is_told in (
        (first + in_list, True),
        (in_list, True),
        (second + in_list, False),
        ('<w:numId w:val="0"/>', False),
        ("", False),
    ):
        raw = docx(paragraph(entry.format(place), run("Eins.")), numbering=numbering)
        assert ("Die Ziffern" in "".join(read_docx(raw)[1])) == is_told


def test_a_style_that_numbers_its_paragraphs_is_told():
    level = '<w:lvl><w:numFmt w:val="decimal"/><w:pStyle w:val="Punkt"/></w:lvl>'
    numbering = f'<w:abstractNum w:abstractNumId="7">{level}</w:abstractNum>'
    numbering += '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>'
    for style, is_told in (("Punkt", True), ("Standard", False)):
        raw = docx(paragraph(f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>', run("Eins.")), numbering=numbering)
        assert bool(read_docx(raw)[1]) == is_told
    unnamed = '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'
    assert read_docx(docx(paragraph(unnamed, run("Eins.")), numbering=numbering))[1]


def test_an_endnote_is_read_as_a_footnote_is_and_one_that_refers_to_itself_once():
    reference = '<w:r><w:endnoteReference w:id="2"/></w:r>'
    note = f'<w:endnote w:id="2">{paragraph(run("Siehe dort."), reference)}</w:endnote>'
    assert read_docx(docx(paragraph(run("Das."), reference, reference), endnotes=note))[0] == "Das.\n\n[Siehe dort.]\n"


def test_the_parts_are_found_by_their_relations_in_both_namespaces():
    strict = "http://purl.oclc.org/ooxml"
    note = "".join(
        f'<w:footnote w:id="{n}">{paragraph(run(text))}</w:footnote>' for n, text in ((2, "Siehe dort."), (3, "Nein."))
    )
    label = run("Ada Moderatorin:", '<w:b w:val="1"/>')
    body = paragraph(label, run(" Gut."), '<w:r><w:footnoteReference w:id="2"/></w:r>')
    parts = {
        name: part.replace(b"http://schemas.openxmlformats.org", strict.encode()).replace(b"/2006/", b"/")
        for name, part in unpacked(docx(body, footnotes=note)).items()
    }
    parts["text/main2.xml"] = parts.pop("word/document.xml").decode().encode("utf-16")
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"word/document.xml", b"/text/main2.xml")
    parts["text/notes.xml"] = parts.pop("word/footnotes.xml")
    kind = f'Type="{strict}/officeDocument/relationships/footnotes"'
    relations = "".join(f'<Relationship Id="r" {kind} Target="{name}.xml"/>' for name in ("missing", "notes"))
    parts["text/_rels/main2.xml.rels"] = f"<Relationships>{relations}</Relationships>".encode()
    assert read_docx(packed(parts))[0] == "Ada Moderatorin:\nGut.\n\n[Siehe dort.]\n"


_WORDS = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8).filter(
    lambda word: word.split() == [word]
)
_WRAPPERS = st.lists(st.sampled_from(["w:ins", "w:hyperlink", "w:sdtContent", "m:box", "w:stranger"]), max_size=3)
_RUNS = st.lists(
    st.tuples(st.lists(_WORDS, min_size=1, max_size=4).map(" ".join), st.booleans(), _WRAPPERS), max_size=4
)


def wrapped(content: str, names: list[str]) -> str:
    for name in names:
        content = f"<{name}>{content}</{name}>"
    return content


@settings(deadline=None, max_examples=60)
@given(st.lists(_RUNS, max_size=5))
def test_every_word_of_a_word_file_is_read_once_and_in_order_whatever_it_is_wrapped_in(paragraphs):
    body = "".join(
        paragraph(*(wrapped((bold if heavy else run)(f"{text} "), names) for text, heavy, names in runs))
        for runs in paragraphs
    )
    expected = "".join(text for runs in paragraphs for text, _, _ in runs)
    text, _ = read_docx(docx(body))
    assert "".join(text.split()) == "".join(expected.split())


GOOD = written("Ada Moderatorin:", "Guten Tag.")


def without(name: str) -> bytes:
    return packed({"word/other.xml" if entry == name else entry: part for entry, part in unpacked(GOOD).items()})


def changed(old: bytes, new: bytes) -> bytes:
    return packed({name: part.replace(old, new) for name, part in unpacked(GOOD).items()})


def encrypted() -> bytes:
    """As if every part had a password: bit 0 of the flags, in both of the places that have them."""
    raw = bytearray(GOOD)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for match in re.finditer(re.escape(signature), GOOD):
            raw[match.start() + place] |= 1
    return bytes(raw)


def bomb() -> bytes:
    """Nine entities, each ten times the one before: 10 GB."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    declared = f'<!DOCTYPE w:document [<!ENTITY e0 "0123456789">{entities}]><w:document'.encode()
    parts = unpacked(GOOD)
    text = parts["word/document.xml"].replace(b"<w:document", declared).replace(b"Guten Tag", b"&e9;")
    return packed(parts | {"word/document.xml": text})


def test_a_file_that_does_not_say_where_its_text_is_has_it_in_the_usual_place():
    assert imported(without("_rels/.rels")) == imported(GOOD)


@pytest.mark.parametrize(
    "raw",
    [
        GOOD[: len(GOOD) // 2],
        GOOD[:-30],
        GOOD.replace(b"\x50\x4b\x01\x02", b"\x50\x4b\x09\x09"),
        without("word/document.xml"),
        docx("<w:p>"),
        b"PK\x03\x04word/",
        changed(b"w:body", b"w:head"),
        bomb(),
        changed(b"<w:document ", b'<!DOCTYPE w:document SYSTEM "file:///etc/passwd"><w:document '),
        docx("<w:sdt>" * 400 + paragraph(run("Tief.")) + "</w:sdt>" * 400),
        packed(unpacked(GOOD), zipfile.ZIP_LZMA),
        encrypted(),
        packed(unpacked(GOOD) | {"word/styles.xml": b" " * 60_000_000}),
    ],
    ids=[
        "half",
        "end missing",
        "directory broken",
        "no document",
        "broken xml",
        "nothing",
        "no body",
        "bomb",
        "foreign DTD",
        "too deep",
        "packed otherwise",
        "encrypted",
        "more than any text",
    ],
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


def elsewhere(kind: int) -> bytes:
    """The text in a part whose name says nothing, packed as `kind`; the relations as usual."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in unpacked(GOOD).items():
            is_text = name == "word/document.xml"
            archive.writestr(
                "word/document.bin" if is_text else name,
                part.replace(b"document.xml", b"document.bin"),
                compress_type=kind if is_text else zipfile.ZIP_DEFLATED,
            )
    return content.getvalue()


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_of_any_name_that_is_packed_in_another_way_is_a_german_error(kind):
    assert imported(elsewhere(zipfile.ZIP_DEFLATED)) == imported(GOOD)
    with pytest.raises(TranscriptError, match="beschädigt"):
        read_docx(elsewhere(kind))
    raw = elsewhere(kind)
    start = raw.index(b"word/document.bin") + len("word/document.bin")
    for place in range(start, start + 200):  # damaged in the packed text itself
        damaged = raw[:place] + bytes([raw[place] ^ 0xFF]) + raw[place + 1 :]
        with pytest.raises(TranscriptError):
            read_docx(damaged)


def test_a_part_of_any_name_is_refused_if_it_unpacks_to_more_than_any_text():
    parts = {name: part.replace(b"document.xml", b"document.bin") for name, part in unpacked(GOOD).items()}
    parts["word/document.bin"] = parts.pop("word/document.xml") + b" " * 60_000_000
    with pytest.raises(TranscriptError, match="beschädigt"):
        read_docx(packed(parts))
