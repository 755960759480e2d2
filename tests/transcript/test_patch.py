"""Edited lines change; every other byte of a transcript file stays."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import decode
from pipeline.transcript.patch import EncodingError, TranscriptEdit, lines_of, patch

ENDS = ("\n", "\r\n", "\r")
letters = st.text(st.sampled_from("aäÖß„“ x:.\t\u00ad\u0308\u200b\x85\u2028\x0c…€"), max_size=12)
written = st.lists(st.tuples(letters, st.sampled_from(ENDS)), max_size=12)
ENCODINGS = (
    (b"", "utf-8"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "cp1252"),
)


@st.composite
def files_and_edits(draw: st.DrawFn) -> tuple[bytes, bytes, str, list[TranscriptEdit]]:
    mark, codec = draw(st.sampled_from(ENCODINGS))
    text = "".join(f"{line}{end}" for line, end in draw(written)) + draw(letters)
    raw = mark + text.encode(codec, errors="ignore")
    lines = lines_of(raw[len(mark) :].decode(codec))
    edits, at = [], 0
    while at < len(lines) and draw(st.booleans()):
        first = draw(st.integers(at, len(lines) - 1))
        last = draw(st.integers(first + 1, len(lines)))
        edits.append(
            TranscriptEdit(first=first, last=last, lines=tuple(draw(st.lists(letters, min_size=1, max_size=4))))
        )
        at = last
    return raw, mark, codec, edits


def pieces(raw: bytes, mark: bytes, codec: str) -> list[bytes]:
    """The bytes of each line with its end."""
    text = raw[len(mark) :].decode(codec)
    contents, out, at = lines_of(text), [], 0
    for line in contents:
        at += len(line)
        end = next((end for end in ("\r\n", "\r", "\n") if text.startswith(end, at)), "")
        at += len(end)
        out.append(f"{line}{end}".encode(codec))
    return out


def is_windows(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


@given(files_and_edits())
def test_lines_outside_the_edits_keep_their_bytes(case: tuple[bytes, bytes, str, list[TranscriptEdit]]) -> None:
    raw, mark, codec, edits = case
    try:
        decode(raw)
        new = patch(raw, edits)
    except TranscriptError:  # the file is no text in the encoding that is found, or has no such letter
        return
    if codec == "cp1252" and not is_windows(raw):
        codec = "utf-8"
    before, after = pieces(raw, mark, codec), pieces(new, mark, codec)
    moved, at = 0, 0
    for edit in edits:
        assert after[at + moved : edit.first + moved] == before[at : edit.first]
        made = b"".join(after[edit.first + moved :][: len(edit.lines)]).decode(codec)
        assert tuple(lines_of(made)[: len(edit.lines)]) == edit.lines
        moved += len(edit.lines) - (edit.last - edit.first)
        at = edit.last
    assert after[at + moved :] == before[at:]
    assert new.startswith(mark)


@given(files_and_edits())
def test_no_edit_changes_nothing(case: tuple[bytes, bytes, str, list[TranscriptEdit]]) -> None:
    raw = case[0]
    try:
        decode(raw)
    except TranscriptError:
        return
    assert patch(raw, []) == raw


def test_new_lines_end_as_their_neighbours_do() -> None:
    raw = b"Tom Takt:\r\nGuten Tag.\r\nZwei\nDrei"
    new = patch(raw, [TranscriptEdit(first=1, last=2, lines=("Guten", "", "Tag."))])
    assert new == b"Tom Takt:\r\nGuten\r\n\r\nTag.\r\nZwei\nDrei"
    assert patch(raw, [TranscriptEdit(first=3, last=4, lines=("Drei", "Vier"))]) == raw + b"\nVier"
    assert patch(raw, [TranscriptEdit(first=0, last=4, lines=("Eins",))]) == b"Eins"
    assert patch(b"", [TranscriptEdit(first=0, last=1, lines=("a", "b"))]) == b"a\nb"


def test_an_emptied_line_between_two_kinds_of_line_ends_stays_a_line() -> None:
    new = patch(b"a\rb\n\nc", [TranscriptEdit(first=1, last=2, lines=("",))])
    assert lines_of(new.decode()) == ["a", "", "", "c"]
    assert new.endswith(b"\n\nc")


def test_several_edits_count_the_lines_of_the_file_that_was_read() -> None:
    edits = [TranscriptEdit(first=0, last=1, lines=("1", "1b")), TranscriptEdit(first=2, last=3, lines=("3!",))]
    assert patch(b"1\n2\n3\n", edits) == b"1\n1b\n2\n3!\n"


def test_a_letter_that_the_encoding_lacks_is_refused_and_utf_8_is_offered() -> None:
    raw = "Grüße an alle\n".encode("cp1252")
    edit = TranscriptEdit(first=0, last=1, lines=("Grüße an Łukasz",))
    with pytest.raises(EncodingError, match="„Ł“"):
        patch(raw, [edit])
    assert patch(raw, [edit], as_utf8=True) == "Grüße an Łukasz\n".encode()


def test_bytes_that_would_be_read_in_another_encoding_are_refused() -> None:
    """ "Ã¤" in Windows-1252 are the bytes of "ä" in UTF-8."""
    raw = "Grüße\n".encode("cp1252")
    edit = TranscriptEdit(first=0, last=1, lines=("Ã¤",))
    with pytest.raises(EncodingError):
        patch(raw, [edit])
    assert patch(raw, [edit], as_utf8=True).decode() == "Ã¤\n"


@pytest.mark.parametrize("letter", ["\ud800", "\ufeff"])
def test_a_letter_that_no_file_keeps_is_refused(letter: str) -> None:
    with pytest.raises(EncodingError, match=r"U\+"):
        patch(b"a\n", [TranscriptEdit(first=0, last=1, lines=(letter,))])


@pytest.mark.parametrize(
    "edits",
    [
        [TranscriptEdit(first=0, last=0, lines=("a",))],
        [TranscriptEdit(first=0, last=4, lines=("a",))],
        [TranscriptEdit(first=-1, last=1, lines=("a",))],
        [TranscriptEdit(first=1, last=2, lines=("a",)), TranscriptEdit(first=0, last=1, lines=("b",))],
        [TranscriptEdit(first=0, last=2, lines=("a",)), TranscriptEdit(first=1, last=3, lines=("b",))],
        [TranscriptEdit(first=0, last=1, lines=())],
        [TranscriptEdit(first=0, last=1, lines=("a\nb",))],
        [TranscriptEdit(first=0, last=1, lines=("a\0b",))],
    ],
)
def test_edits_that_do_not_fit_are_refused(edits: list[TranscriptEdit]) -> None:
    with pytest.raises(ValueError, match="line"):
        patch(b"1\n2\n3", edits)
