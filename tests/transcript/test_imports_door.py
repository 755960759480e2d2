"""Foreign files are recognised by their content; those that cannot be read are refused with advice."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transcript_samples import SPEAKERS
from word_samples import written

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import parse
from pipeline.transcript.imports.door import read_foreign

HOUSE = "Ada Moderatorin:\nGuten Tag.\n\nBernd Gast:\nGerne.\n"
CUES = (("00:00:01{0}000 --> 00:00:02{0}000", "Ada Moderatorin", "Guten Tag."),)
CUES += (("00:00:02{0}000 --> 00:00:03{0}000", "Bernd Gast", "Gerne."),)
VTT = "WEBVTT\n\n" + "\n\n".join(f"{times.format('.')}\n<v {name}>{said}" for times, name, said in CUES) + "\n"
SRT = "".join(f"{at}\n{times.format(',')}\n{name}: {said}\n\n" for at, (times, name, said) in enumerate(CUES, start=1))
JSON = (
    '{"segments": [{"speaker": "Ada Moderatorin", "body": "Guten Tag."}, {"speaker": "Bernd Gast", "body": "Gerne."}]}'
)
WORD = written("Ada Moderatorin:", "Guten Tag.", "Bernd Gast:", "Gerne.")


def text_of(raw: bytes, suffix: str, *not_labels: str) -> str:
    return read_foreign(raw, suffix, speakers=SPEAKERS, not_labels=not_labels).text


@pytest.mark.parametrize("suffix", [".txt", ".docx", ".vtt", ".srt", ".json", ".VTT", ""])
@pytest.mark.parametrize("raw", [WORD, VTT.encode(), SRT.encode(), JSON.encode()], ids=["word", "vtt", "srt", "json"])
def test_a_wrong_suffix_with_right_content_still_works(raw, suffix):
    assert text_of(raw, suffix) == HOUSE


@pytest.mark.parametrize("raw", [VTT, SRT, JSON], ids=["vtt", "srt", "json"])
def test_foreign_files_are_read_however_they_were_saved(raw):
    for saved in (
        raw.encode("utf-8-sig"),
        raw.encode("utf-16"),
        raw.replace("\n", "\r\n").encode(),
        b"\n" + raw.encode(),
    ):
        assert text_of(saved, ".txt") == HOUSE


@pytest.mark.parametrize(
    "text",
    [
        "Ada Moderatorin; \nGuten Tag.\nBernd Gast [];\nGerne.",
        "\ufeffAda Moderatorin\r\n\r\nGuten Tag.\r\n\r\n\r\n\r\nBernd Gast:\xa0\r\n\tGerne.",
        "Ada M.: Guten Tag.\rBernd Gast: Ger\xadne.",
    ],
)
def test_a_text_in_an_older_form_becomes_the_house_format(text):
    assert text_of(text.encode(), ".txt").replace("Ada M.:", "Ada Moderatorin:") == HOUSE


def test_a_text_with_lines_that_block_the_release_keeps_its_lines():
    text = "Ada Moderatorin:\nGuten Tag.\nErika Fremd:\nHallo.\nBernd Gast:\nGerne.\n"
    assert text_of(text.replace("\n", "\r\n").encode(), ".txt") == text
    assert [finding.line for finding in parse(text, speakers=SPEAKERS).blocking] == [3]
    assert "Erika Fremd: Hallo." in text_of(text.encode(), ".txt", "Erika Fremd")


def archive(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(name, content)
    return made.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("raw", "problem", "advice"),
    [
        (OLE + "WordDocument".encode("utf-16-le"), "alten Word", ".docx"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "Kennwort", "entfernen"),
        (archive("mimetype", b"application/vnd.oasis.opendocument.text"), "LibreOffice", ".docx"),
        (archive("bilder/eins.png", b"x"), "ZIP-Archiv", ".docx"),
        (b"%PDF-1.7\n", "ein PDF", ".txt"),
        (rb"{\rtf1 Hallo}", "RTF", ".txt"),
        (b"\xef\xbb\xbf <!doctype html><p>Hallo", "Webseite", ".txt"),
        (b"\x89PNG\r\n\x1a\n\0\0", "Word-Datei ist beschädigt", ".txt"),
        (b"\xff\xfea", "keine lesbare Textdatei", "UTF-8"),
        (b"x" * 5_000_001, "5,0 MB", "UTF-8"),
    ],
)
def test_files_of_other_programs_are_refused_with_advice(raw, problem, advice):
    with pytest.raises(TranscriptError, match=problem) as caught:
        text_of(raw, ".docx")
    assert advice in caught.value.advice


@pytest.mark.parametrize("suffix", [".docx", ".vtt", ".srt", ".json"])
def test_plain_text_under_a_wrong_name_is_refused(suffix):
    with pytest.raises(TranscriptError, match=f"heißt {suffix}, ist aber keine"):
        text_of(b"Guten Tag.", suffix)


@pytest.mark.parametrize("text", ["{lacht} Guten Tag.", "[Musik]\nGuten Tag.", "WEB-Adressen sind kurz.", "1\nEins."])
def test_text_that_merely_begins_like_another_format_is_text(text):
    assert text_of(text.encode(), ".txt").split() == text.split()


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=60), st.sampled_from([b"", b"PK\x03\x04", b"WEBVTT\n", b'{"', b"1\n00:00:01,000 --> ", OLE]))
@example(raw=b"00:00:02,000\nx --> y\nz", start=b"1\n00:00:01,000 --> ")
@example(raw=b"\n99:99:99.999 --> 99:99:99.999\nx", start=b"WEBVTT\n")
def test_any_input_is_read_or_refused_in_german(raw, start):
    try:
        text_of(start + raw, ".txt")
    except TranscriptError as error:
        assert "Was tun" in str(error)


_LINES = st.lists(
    st.sampled_from(["Ada Moderatorin:", "Bernd Gast: Ja.", "Erika Fremd:", "Eins, zwei.", "", "[lacht]", "Und: so"]),
    max_size=8,
)


@settings(deadline=None, max_examples=80)
@given(_LINES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_word_of_a_text_file_is_kept_once_and_in_order(lines, ending):
    assert text_of(ending.join(lines).encode(), ".txt").split() == " ".join(lines).split()


@pytest.mark.parametrize("number", ["1" * 5000, "-" + "1" * 400, "1e999", "NaN", "-Infinity", "1.5"])
def test_numbers_of_any_length_in_json_are_read_or_refused_in_german(number: str) -> None:
    raw = JSON.replace('"body"', f'"startTime": {number}, "body"').encode()
    try:
        assert text_of(raw, ".json") == HOUSE
    except TranscriptError as error:
        assert "JSON" in error.problem
        assert len(number) > 4300
