"""An import into the wrong episode is taken back with one command; who speaks is said with an option."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_show import FOLDER, make_show

from pipeline.cli.main import cli
from pipeline.errors import TranscriptError, UsageError

SPEAKERS = """\

[[speakers]]
name = "Tom Takt"

[[speakers]]
name = "Klara Klang"
"""
HOUSE = "Tom Takt:\nGuten Tag.\n"
ZOOM = "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nTom Takt: Ja?\n\n2\n00:02.000 --> 00:03.000\niPhone von Klara: Nein.\n"
IMPORTED = "Tom Takt:\nJa?\n\nKlara Klang:\nNein.\n"
OPTION = "iPhone von Klara=Klara Klang"


@pytest.fixture
def show(tmp_path: Path) -> Path:
    make_show(tmp_path, SPEAKERS)
    (tmp_path / "zoom.vtt").write_text(ZOOM, encoding="utf-8")
    return tmp_path


def transcript(show: Path) -> Path:
    return show / "transcripts" / f"{FOLDER}.txt"


def import_(show: Path, *arguments: str, **environment: str) -> Result:
    command = ["--root", str(show), "transcript", "import", *arguments]
    return CliRunner().invoke(cli, command, env=environment)


def test_a_doubtful_name_stops_the_import_and_the_option_settles_it(show: Path) -> None:
    stopped = import_(show, "1", str(show / "zoom.vtt"))
    assert isinstance(stopped.exception, TranscriptError)
    assert stopped.exception.exit_code == 7
    assert stopped.exception.where == show / "zoom.vtt"
    assert "Zeile 9: „iPhone von Klara: Nein.“" in stopped.exception.problem
    assert f"SPEAKER='{OPTION}'" in stopped.exception.advice
    assert not transcript(show).exists()
    done = import_(show, "1", str(show / "zoom.vtt"), "--speaker", OPTION)
    assert done.exit_code == 0, done.exception
    assert transcript(show).read_text(encoding="utf-8") == IMPORTED
    assert "2 Personen, 2 Wörter, keine Auffälligkeiten" in done.output


def test_make_hands_several_names_on_with_semicolons(show: Path) -> None:
    (show / "zoom.vtt").write_text(ZOOM.replace("Tom Takt: ", "Gerät 2a: "), encoding="utf-8")
    done = import_(show, "1", str(show / "zoom.vtt"), PODCAST_SPEAKER=f"{OPTION}; Gerät 2a=Tom Takt")
    assert done.exit_code == 0, done.exception
    assert transcript(show).read_text(encoding="utf-8") == IMPORTED
    (show / "zoom.vtt").write_text(ZOOM.replace("iPhone von Klara", "Klara Klang"), encoding="utf-8")
    assert import_(show, "1", str(show / "zoom.vtt"), PODCAST_SPEAKER="").exit_code == 0  # an empty variable is none


@pytest.mark.parametrize("option", ["Klara", "=Klara Klang"])
def test_an_option_without_both_sides_is_refused(show: Path, option: str) -> None:
    refused = import_(show, "1", str(show / "zoom.vtt"), "--speaker", option)
    assert refused.exit_code == 2
    assert "Name in der Datei=Name" in str(refused.exception) + refused.output


def test_without_a_file_the_command_asks_for_one(show: Path) -> None:
    assert isinstance(import_(show, "1").exception, UsageError)


def test_an_import_is_taken_back_to_nothing_or_to_what_was_there(show: Path) -> None:
    import_(show, "1", str(show / "zoom.vtt"), "--speaker", OPTION)
    back = import_(show, "1", "--undo")
    assert back.exit_code == 0, back.exception
    assert "vor dem Einlesen war dort nichts" in back.output
    assert not transcript(show).exists()
    transcript(show).write_text(HOUSE, encoding="utf-8")
    done = import_(show, "1", str(show / "zoom.vtt"), "--replace", "--speaker", OPTION)
    assert "--undo" in done.output
    assert import_(show, "1", PODCAST_UNDO="1").exit_code == 0
    assert transcript(show).read_text(encoding="utf-8") == HOUSE


def test_an_untouched_draft_comes_back_too(show: Path) -> None:
    draft = show / f"episodes/{FOLDER}/draft.txt"
    for path in (draft, transcript(show)):
        path.write_text(HOUSE, encoding="utf-8")
    import_(show, "1", str(show / "zoom.vtt"), "--speaker", OPTION)
    import_(show, "1", "--undo")
    assert transcript(show).read_text(encoding="utf-8") == HOUSE


def test_what_was_edited_since_the_import_is_kept_as_a_copy(show: Path) -> None:
    import_(show, "1", str(show / "zoom.vtt"), "--speaker", OPTION)
    edited = IMPORTED.replace("Nein", "Doch")
    transcript(show).write_text(edited, encoding="utf-8")
    back = import_(show, "1", "--undo")
    assert "Was seither geändert wurde, liegt in" in back.output
    (copy,) = (show / f"episodes/{FOLDER}/work/gesichert").glob(f"{FOLDER}.*.txt")
    assert copy.read_text(encoding="utf-8") == edited


def test_an_import_that_nobody_edited_is_replaced_by_the_next_and_both_are_taken_back(show: Path) -> None:
    transcript(show).write_text(HOUSE, encoding="utf-8")
    import_(show, "1", str(show / "zoom.vtt"), "--replace", "--speaker", "iPhone von Klara=Tom Takt")
    again = import_(show, "1", str(show / "zoom.vtt"), "--speaker", OPTION)
    assert again.exit_code == 0, again.exception
    assert transcript(show).read_text(encoding="utf-8") == IMPORTED
    import_(show, "1", "--undo")
    assert transcript(show).read_text(encoding="utf-8") == HOUSE


def test_nothing_to_take_back_is_said(show: Path) -> None:
    transcript(show).write_text(HOUSE, encoding="utf-8")
    refused = import_(show, "1", "--undo")
    assert isinstance(refused.exception, TranscriptError)
    assert "nichts eingelesen" in str(refused.exception)
    assert transcript(show).read_text(encoding="utf-8") == HOUSE
