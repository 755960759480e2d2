"""Checking, formatting and importing transcripts of a real show on disk: what people wrote is never lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_show import FOLDER, make_show

from pipeline.build.locks import locked
from pipeline.cli.main import cli
from pipeline.editor.manuscripts import check_transcripts, format_transcript, import_transcript
from pipeline.errors import BusyError, MissingFileError, PipelineError, TranscriptError, UsageError

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SPEAKERS = """\
not_labels = ["Licht"]

[[speakers]]
name = "Tom Takt"
organisation = "Testwerk"
aliases = ["Tom T."]
role = "host"

[[speakers]]
name = "Sina Silbe"
organisation = "Wortlabor"
"""
HOUSE = "Tom Takt:\nGuten Tag.\n\nSina Silbe [Wortlabor]:\nSchöne Grüße.\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Tom Takt>Guten &amp; schönen Tag.\n"


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A show with one episode and no transcript."""
    return make_show(tmp_path, SPEAKERS)


def transcript(show: Path) -> Path:
    return show / "transcripts" / f"{FOLDER}.txt"


def write(show: Path, content: str | bytes) -> Path:
    path = transcript(show)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def copies(show: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((show / f"episodes/{FOLDER}/work").glob("gesichert/*"))]


def podcast(show: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--root", str(show), "transcript", *arguments])


def test_a_good_transcript_is_counted_and_called_good(show: Path) -> None:
    write(show, HOUSE)
    for arguments in (("check",), ("check", "1"), ("check", "probe")):
        result = podcast(show, *arguments)
        assert result.exit_code == 0
        assert "2 Sprecherwechsel, 2 Personen, 4 Wörter, keine Auffälligkeiten" in result.output


def test_a_check_lists_where_text_and_sound_differ(show: Path) -> None:
    write(show, HOUSE)
    words = [f"Wort{n}" for n in range(40)]
    heard = [
        ("Guten", 0.0),
        ("Tag.", 0.5),
        *((word, 1.0 + n) for n, word in enumerate(words)),
        ("Schöne", 50),
        ("Grüße.", 51),
    ]
    segment = {"start_s": 0.0, "end_s": 52.0, "times": "word", "words": [[w, s, s + 0.4, 0.9] for w, s in heard]}
    provenance = {
        "model": "small",
        "model_sha256": "",
        "engine": "e",
        "versions": {},
        "date": "2026-01-01",
        "demo": False,
    }
    content = {"version": 1, "fingerprint": "", "provenance": provenance, "segments": [segment]}
    (show / f"episodes/{FOLDER}/words.json").write_text(json.dumps(content), encoding="utf-8")
    result = podcast(show, "check", "1")
    assert result.exit_code == 0
    assert "nach dieser Zeile: 40 Wörter von 00:01 bis 00:40 sind im Ton zu hören und fehlen im Text" in result.output


def test_a_check_names_file_lines_and_suggestion_and_exits_with_7(show: Path) -> None:
    write(show, HOUSE + "\nSina Silba:\nJa.\n\nSina Silba:\nNein.\n")
    result = podcast(show, "check", "1")
    assert isinstance(result.exception, TranscriptError)
    assert result.exception.exit_code == 7
    assert f"transcripts/{FOLDER}.txt: " in result.output
    assert "! Zeilen 7, 10: „Sina Silba:“" in result.output
    assert "Meinten Sie „Sina Silbe“?" in result.output


def test_notes_alone_exit_with_0(show: Path) -> None:
    write(show, ("\ufeff" + HOUSE.replace("Takt:", "Takt;")).replace("\n", "\r\n"))
    result = podcast(show, "check", "1")
    assert result.exit_code == 0
    assert "3 Hinweise" in result.output


def test_an_alias_counts_as_the_same_person(show: Path) -> None:
    write(show, HOUSE + "\nTom T.:\nJa.\n")
    assert check_transcripts(show, "1")[0].people == 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"PK\x03\x04\0\0", "reinen Text"),
        (b"", "keinen Text"),
        (b"x" * 5_000_001, "5,0 MB"),
        (b" \n\xc2\xad", "keinen Text"),
    ],
)
def test_files_that_are_not_transcripts_are_reported_and_left_unchanged(show: Path, raw: bytes, said: str) -> None:
    path = write(show, raw)
    (checked,) = check_transcripts(show, None)
    assert said in checked.blocking[0].text
    assert path.read_bytes() == raw


def test_checking_all_reports_files_without_an_episode(show: Path) -> None:
    write(show, HOUSE)
    (show / "transcripts/002-verirrt.txt").write_text(HOUSE, encoding="utf-8")
    result = podcast(show, "check")
    assert result.exit_code == 0
    assert "002-verirrt.txt" in result.output
    assert "gibt es keine Folge" in result.output


def test_without_transcripts_a_check_says_so(show: Path) -> None:
    assert "noch keine Transkripte" in podcast(show, "check").output
    with pytest.raises(MissingFileError, match="noch kein Transkript"):
        check_transcripts(show, "1")
    with pytest.raises(UsageError):
        check_transcripts(show, "2")


def test_ten_thousand_unknown_labels_take_only_a_few_lines(show: Path) -> None:
    write(show, "Erika Fremd:\nJa.\n\n" * 10_000)
    output = podcast(show, "check", "1").output
    assert "und 9.995 weitere" in output
    assert len(output.splitlines()) < 10


def test_formatting_keeps_every_word_and_a_dated_copy_of_the_old_file(show: Path) -> None:
    old = (
        b"\xef\xbb\xbf"
        + "Tom T.; \r\nGu\u00adten\x07 Tag.\r\nSina  Silbe (Wortlabor):\t\r\nScho\u0308ne Gru\u0308ße.".encode()
    )
    path = write(show, old)
    done = format_transcript(show, "1", moment=MOMENT)
    assert path.read_text(encoding="utf-8") == HOUSE.replace("Tom Takt", "Tom T.")
    assert (done.changed, done.removed) == (True, 2)
    assert copies(show) == [old]
    assert done.copy is not None
    assert "2026-03-01" in done.copy.name
    assert podcast(show, "check").exit_code == 0


def test_formatting_twice_changes_nothing_the_second_time(show: Path) -> None:
    write(show, HOUSE.replace("\n", "\r\n"))
    assert "Der alte Stand liegt in episodes/001-probe/work/gesichert/" in podcast(show, "format", "1").output
    before = transcript(show).stat()
    assert "schon in der Hausform" in podcast(show, "format", "1").output
    after = transcript(show).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(copies(show)) == 1


def test_formatting_is_refused_while_a_label_is_unknown(show: Path) -> None:
    old = HOUSE + "\n\n\nErika Fremd:\nJa.\n" + "\n\nErika Fremd:\nNein.\n" * 10
    path = write(show, old)
    with pytest.raises(TranscriptError, match="Zeile 9: „Erika Fremd:“") as caught:
        format_transcript(show, "1", moment=MOMENT)
    assert "und 6 weitere" in caught.value.problem
    assert path.read_text(encoding="utf-8") == old
    assert copies(show) == []


def test_a_line_that_not_labels_covers_is_formatted_as_text(show: Path) -> None:
    write(show, HOUSE + "\n\nLicht:\nAn!\n")
    format_transcript(show, "1", moment=MOMENT)
    assert transcript(show).read_text(encoding="utf-8") == HOUSE + "\nLicht: An!\n"


def test_formatting_does_not_wait_for_another_run(show: Path) -> None:
    write(show, HOUSE + "\n\n")
    lock = show / f"episodes/{FOLDER}/work/lock"
    with locked(lock, what="x", wait_s=0, on_wait=lambda: None), pytest.raises(BusyError):
        format_transcript(show, "1", moment=MOMENT)


def test_formatting_names_an_unreadable_transcript(show: Path) -> None:
    path = write(show, b"\0")
    with pytest.raises(TranscriptError) as caught:
        format_transcript(show, "1", moment=MOMENT)
    assert caught.value.where == path


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "von außen.vtt"
    path.write_text(VTT, encoding="utf-8")
    return path


IMPORTED = "Tom Takt:\nGuten & schönen Tag.\n"


def test_a_foreign_file_becomes_the_transcript_if_there_is_none(show: Path, foreign: Path) -> None:
    result = podcast(show, "import", "1", str(foreign))
    assert result.exit_code == 0, result.exception
    assert transcript(show).read_text(encoding="utf-8") == IMPORTED
    assert "1 Sprecherwechsel, 1 Person, 4 Wörter" in result.output
    assert foreign.read_text(encoding="utf-8") == VTT
    assert "sagt schon genau das" in podcast(show, "import", "1", str(foreign)).output


def test_an_import_replaces_an_untouched_draft_but_not_an_edited_one(show: Path, foreign: Path) -> None:
    draft = show / f"episodes/{FOLDER}/draft.txt"
    draft.write_text(HOUSE, encoding="utf-8")
    write(show, HOUSE.replace("\n", "\r\n"))
    assert import_transcript(show, "1", foreign, replace=False, moment=MOMENT).rewritten.copy is None
    edited = HOUSE + "\nUnd mehr.\n"
    write(show, edited)
    with pytest.raises(TranscriptError, match="schon ein bearbeitetes Transkript") as caught:
        import_transcript(show, "1", foreign, replace=False, moment=MOMENT)
    assert "REPLACE=1" in caught.value.advice
    assert transcript(show).read_text(encoding="utf-8") == edited


@pytest.mark.parametrize("old", [HOUSE.encode(), b"", b"\0\0", "Grüße".encode("cp1252")])
def test_an_existing_file_is_replaced_only_on_request_and_its_copy_is_kept(
    show: Path, foreign: Path, old: bytes
) -> None:
    write(show, old)
    with pytest.raises(TranscriptError, match="schon ein bearbeitetes"):
        import_transcript(show, "1", foreign, replace=False, moment=MOMENT)
    result = podcast(show, "import", "1", str(foreign), "--replace")
    assert "Der alte Stand liegt in" in result.output
    assert transcript(show).read_text(encoding="utf-8") == IMPORTED
    assert copies(show) == [old]


def test_unknown_names_are_imported_and_reported(show: Path, foreign: Path) -> None:
    foreign.write_text(VTT.replace("Tom Takt", "Erika Fremd"), encoding="utf-8")
    result = podcast(show, "import", "1", str(foreign))
    assert result.exit_code == 0
    assert transcript(show).read_text(encoding="utf-8").startswith("Erika Fremd:\n")
    assert "! Zeile 1: „Erika Fremd:“" in result.output
    assert "[[speakers]]" in result.output


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "keinen Text"), (b"WEBVTT\n", "keinen Text"), (b"%PDF-1.4", "PDF"), (b"\0\1", "keine lesbare Textdatei")],
)
def test_a_file_without_a_transcript_is_refused_and_named(
    show: Path, foreign: Path, content: bytes, problem: str
) -> None:
    foreign.write_bytes(content)
    with pytest.raises(PipelineError, match=problem) as caught:
        import_transcript(show, "1", foreign, replace=True, moment=MOMENT)
    assert caught.value.where == foreign
    assert not transcript(show).exists()


def test_a_missing_file_and_a_folder_are_reported_differently(show: Path) -> None:
    with pytest.raises(MissingFileError, match="gibt es nicht"):
        import_transcript(show, "1", show / "nichts.txt", replace=False, moment=MOMENT)
    with pytest.raises(MissingFileError, match="ein Ordner"):
        import_transcript(show, "1", show, replace=False, moment=MOMENT)


def test_passages_in_other_languages_keep_their_marks_and_unknown_codes_are_reported(show: Path) -> None:
    path = write(show, "Tom Takt: [en: Public\nmoney], ja.\n\nSina Silbe:\nGut.\n")
    format_transcript(show, "1", moment=MOMENT)
    assert path.read_text(encoding="utf-8") == "Tom Takt:\n[en: Public money], ja.\n\nSina Silbe:\nGut.\n"
    write(show, "Tom Takt:\n[eng: Public money], ja.\n\nSina Silbe:\nGut.\n")
    (checked,) = check_transcripts(show, "1")
    (finding,) = [finding for finding in checked.findings if finding.blocking]
    assert finding.line == 2
    assert "„eng“ ist kein bekanntes Sprachkürzel (BCP 47). Meinten Sie „en“?" in finding.text
