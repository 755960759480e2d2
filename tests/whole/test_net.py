"""Whatever happens to the output, and whatever nobody expected: no traceback, and no verb stops half-way."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from probe_show import FOLDER, PROJECT, podcast, snapshot

from pipeline.cli.main import main

FULL = Path("/dev/full")


def run(show: Path, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real command from a shell that redirects its output."""
    day = ("--today", "2026-03-01T12:00:00+01:00")
    command = [sys.executable, "-m", "pipeline", "--root", str(show), *day, *arguments]
    shell = ["sh", "-c", f'"$@" {redirection}', "sh", *command]
    return subprocess.run(shell, capture_output=True, text=True, cwd=PROJECT, check=False)


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("redirection", "code"), [(">/dev/full", 10), (">/dev/full 2>&1", 10), (">&-", 0), ("<&- >&- 2>&-", 0)]
)
def test_a_log_that_is_full_or_closed_does_not_stop_a_publication(
    show: Path, tmp_path: Path, redirection: str, code: int
) -> None:
    with (show / "episodes/show.toml").open("a", encoding="utf-8") as file:
        file.write('\n[publish]\ntarget = "../web"\n')
    ended = run(show, redirection, "publish", "--yes")
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    sent = {name: sha for name, sha in snapshot(tmp_path / "web").items() if name != ".veroeffentlicht.json"}
    assert sent == snapshot(show / "feed")
    if redirection == ">/dev/full":
        assert "ließ sich nicht alles schreiben; getan ist alles." in ended.stderr


def test_without_any_input_nobody_is_asked(show: Path) -> None:
    with (show / "episodes/show.toml").open("a", encoding="utf-8") as file:
        file.write('\n[publish]\ntarget = "../web"\n')
    ended = run(show, "<&-", "publish")
    assert ended.returncode == 14, ended.stderr
    assert "der unveränderte Entwurf" in ended.stderr


def test_a_reader_that_went_away_ends_the_command_quietly(show: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "pipeline", "--root", str(show), "status"]
    ended = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, text=True, cwd=PROJECT, check=False)
    os.close(write_end)
    assert (ended.returncode, ended.stderr) == (1, "")


@pytest.fixture
def stopped_by(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[BaseException, Path], tuple[object, str]]:
    """The exit code and the messages of a command on a show in which an error is raised."""

    def run_with(error: BaseException, show: Path) -> tuple[object, str]:
        def fail(*_: object) -> None:
            raise error

        monkeypatch.setattr("pipeline.workflow.overview.overview", fail)
        with pytest.raises(SystemExit) as ended:
            main(["--root", str(show), "status"])
        return ended.value.code, capsys.readouterr().err

    return run_with


def test_a_bug_is_one_german_sentence_and_a_file_with_the_traceback(show: Path, stopped_by) -> None:
    code, said = stopped_by(KeyError("was fehlt"), show)
    assert code == 70
    assert said.startswith("\nFehler: Das ist ein Fehler im Programm (KeyError in pipeline/cli/episode.py, Zeile ")
    assert said.count("\n") == 2
    (report,) = (show / "episodes/.work").glob("fehler-*.txt")
    assert said.rstrip().endswith(str(report))
    text = report.read_text(encoding="utf-8")
    assert "Traceback (most recent call last)" in text
    assert "KeyError: 'was fehlt'" in text
    assert "status" in text.splitlines()[1]


def test_a_bug_outside_of_a_show_is_reported_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_by
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "leer").mkdir()
    code, _ = stopped_by(ValueError("x"), tmp_path / "leer")
    assert code == 70
    assert len(list(tmp_path.glob("fehler-*.txt"))) == 1
    assert list((tmp_path / "leer").iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (KeyboardInterrupt(), 130, "Abgebrochen."),
        (IsADirectoryError(errno.EISDIR, "x", "/da/ordner"), 10, "Hier liegt ein Ordner, wo eine Datei hingehört."),
        (FileNotFoundError(errno.ENOENT, "x", "/da/datei"), 4, "Diese Datei fehlt"),
        (OSError(errno.EIO, "Input/output error", "/da/datei"), 10, "Das Betriebssystem meldet einen Fehler"),
        (OSError(errno.EIO, "Input/output error"), 70, "Das ist ein Fehler im Programm"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_what_people_can_mend_is_no_bug(show: Path, stopped_by, error: BaseException, code: int, text: str) -> None:
    ended, said = stopped_by(error, show)
    assert ended == code
    assert text in said


def test_a_day_that_no_time_zone_can_hold_is_explained(show: Path) -> None:
    for day in ("0001-01-01", "9999-12-31"):
        ended = podcast(show, "--today", day, "status")
        assert (ended.returncode, "liegt nicht zwischen 1900 und 2999" in ended.stderr) == (2, True), ended.stderr


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('"raw.wav"', f'"{"x" * 300}.wav"', "ist zu lang; Dateinamen haben höchstens 255 Bytes"),
        ('"raw.wav"', '"raw\\u0000.wav"', "ohne Steuerzeichen"),
        ("2026-01-15T", "0001-01-01T", "das Jahr liegt nicht zwischen 1900 und 2999"),
        ("number = 1", "number = 1" + "0" * 5000, "eine Zahl, die niemand lesen kann"),
        ("number = 1", "tief = " + "[" * 5000 + "]" * 5000 + "\nnumber = 1", "tiefer verschachtelt"),
        ("number = 1", "<<<<<<< HEAD\nnumber = 1\n=======\nnumber = 2\n>>>>>>> zweig", "Konfliktmarken von git"),
    ],
)
def test_what_no_file_can_be_called_and_no_value_can_be_is_refused_with_its_place(
    show: Path, old: str, new: str, text: str
) -> None:
    edited(show / f"episodes/{FOLDER}/episode.toml", old, new)
    ended = podcast(show, "status", "1")
    assert ended.returncode == 3, ended.stderr
    assert f"episodes/{FOLDER}/episode.toml" in ended.stderr
    assert text in ended.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_show_notes_are_read_in_the_encodings_of_windows(show: Path, encoding: str) -> None:
    (show / f"episodes/{FOLDER}/shownotes.md").write_bytes("Schöne Grüße – für „alle“.\r\n".encode(encoding))
    ended = podcast(show, "shownotes", "1")
    assert ended.returncode == 0, ended.stderr
    made = (show / f"episodes/{FOLDER}/work/shownotes.html").read_text(encoding="utf-8")
    assert made == "<p>Schöne Grüße – für „alle“.</p>\n"


@pytest.mark.parametrize(
    ("name", "verb"), [("shownotes.md", "shownotes"), ("transcript", "retime"), ("words.json", "transcribe")]
)
def test_conflict_marks_of_git_are_named_with_their_line_and_nothing_is_published_or_heard_again(
    show: Path, name: str, verb: str
) -> None:
    home = show / "episodes" / FOLDER
    path = show / f"transcripts/{FOLDER}.txt" if name == "transcript" else home / name
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    marked = [*lines[:1], "<<<<<<< HEAD\n", lines[1], "=======\n", lines[1], ">>>>>>> zweig\n", *lines[2:]]
    path.write_text("".join(marked), encoding="utf-8")
    before = snapshot(show)
    ended = podcast(show, verb, "1")
    assert ended.returncode in {4, 7}, ended.stdout + ended.stderr
    assert "Konfliktmarken von git (ab Zeile 2)" in ended.stderr
    assert str(path) in ended.stderr
    changed = {file for file, sha in snapshot(show).items() if before.get(file) != sha and "/.work/" not in file}
    assert changed <= {f"episodes/{FOLDER}/work/manifest.json"}


def test_a_transcript_that_is_a_link_is_written_through(show: Path, tmp_path: Path) -> None:
    transcript, cloud = show / f"transcripts/{FOLDER}.txt", tmp_path / "cloud.txt"
    text = transcript.read_text(encoding="utf-8")
    cloud.write_text(text.replace("\n", "\r\n"), encoding="utf-8", newline="")
    transcript.unlink()
    transcript.symlink_to(cloud)
    ended = podcast(show, "transcript", "format", "1")
    assert ended.returncode == 0, ended.stderr
    assert transcript.is_symlink()
    assert cloud.read_bytes() == text.encode()


def test_a_recording_whose_umlauts_macos_took_apart_is_found(show: Path) -> None:
    home = show / "episodes" / FOLDER
    (home / "raw.wav").rename(home / "Gespra\u0308ch.wav")
    edited(home / "episode.toml", '"raw.wav"', '"Gespr\u00e4ch.wav"')
    ended = podcast(show, "assemble", "1")
    assert ended.returncode == 0, ended.stderr
