"""`podcast status` says where every episode stands and which command comes next."""

from __future__ import annotations

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imported_modules import imported
from probe_show import FOLDER, make_show, podcast

from pipeline.editor.review_file import change_review
from pipeline.errors import ConfigError
from pipeline.paths import ShowPaths
from pipeline.show.config import load_episode, load_show
from pipeline.steps.text import read_manuscript
from pipeline.transcript.said import said_in_manuscript
from pipeline.values.review import Proofread, Review
from pipeline.workflow.overview import Overview, Standing, overview
from pipeline.workflow.session import Session

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TARGET = '\n[publish]\ntarget = "ziel"\n'


def look(root: Path, now: datetime = NOW) -> Overview:
    return overview(Session(root=root, now=now, listen=lambda _: None))


def only(root: Path, now: datetime = NOW) -> Standing:
    (entry,) = look(root, now).episodes
    return entry


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, path
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def correct(root: Path) -> None:
    edit(root / f"transcripts/{FOLDER}.txt", "Guten", "Schönen guten")


def test_a_show_without_episodes_begins_with_a_new_one(fresh_show: Path) -> None:
    shutil.rmtree(fresh_show / f"episodes/{FOLDER}")
    assert look(fresh_show) == Overview(episodes=(), next_command='make new EPISODE=1 TITLE="…"')


def test_the_template_comes_before_the_recording(fresh_show: Path) -> None:
    assert podcast(fresh_show, "new", "7", "--title", "Digitale Schule").returncode == 0
    new = look(fresh_show).episodes[1]
    assert new.states[-1] == "Vorlage noch nicht ausgefüllt"
    assert "episodes/007-digitale-schule/episode.toml:" in new.hint
    assert new.command == "make set EPISODE=7"


def test_a_recording_that_is_not_there_is_named_and_so_is_another_in_its_place(fresh_show: Path) -> None:
    home = fresh_show / f"episodes/{FOLDER}"
    assert only(fresh_show).states == ("fällig", "noch nicht produziert")
    (home / "raw.wav").rename(home / "gespräch.mp3")
    other = only(fresh_show)
    assert (other.states[-1], other.command) == ("Aufnahme fehlt", 'make set EPISODE=1 RECORDING="gespräch.mp3"')
    assert other.hint == "Die Aufnahme raw.wav fehlt; im Ordner liegt gespräch.mp3."
    (home / "noch-eine.wav").write_bytes(b"x")
    assert only(fresh_show).command == "make status EPISODE=1"  # which tells of all of them
    (home / "noch-eine.wav").unlink()
    (home / "gespräch.mp3").unlink()
    lost = only(fresh_show)
    assert (lost.hint, lost.command) == (f"raw.wav nach episodes/{FOLDER}/ legen, dann", "make episode EPISODE=1")


def test_the_transcript_goes_from_draft_to_proofread(show: Path) -> None:
    drafted = only(show)
    assert drafted.states == ("fällig", "produziert", "Transkript: Entwurf")
    assert drafted.command == "make review EPISODE=1"
    correct(show)
    corrected = only(show)
    assert "Transkript: korrigiert" in corrected.states
    assert corrected.command == "make episode EPISODE=1"  # the times of the new words
    note_proofread(show)
    assert "Transkript: gegengelesen" in only(show).states
    edit(show / f"transcripts/{FOLDER}.txt", "Schönen", "Recht schönen")
    assert "Transkript: seit dem Gegenlesen geändert" in only(show).states


def note_proofread(root: Path) -> None:
    episode = load_episode(root, FOLDER, load_show(root))
    paths = ShowPaths(root).episode(FOLDER)
    text = read_manuscript(paths, speakers=episode.speakers, not_labels=(), model="demo")
    proofread = Proofread(said_sha256=said_in_manuscript(text), finished=NOW)
    change_review(paths, lambda _: Review(proofread=proofread))


def test_what_release_would_refuse_comes_before_it(show: Path) -> None:
    correct(show)
    edit(show / f"transcripts/{FOLDER}.txt", "Tom Takt:", "Tim Takt:")
    refused = only(show)
    assert (refused.states[-1], refused.command) == ("Prüfung: 1 Punkt offen", "make check EPISODE=1")
    assert refused.hint.startswith("Transkript, Zeile 1:")


def test_due_and_scheduled_episodes_go_to_where_the_show_is_published(show: Path) -> None:
    correct(show)
    assert podcast(show, "episode", "1").returncode == 0
    due = only(show)
    assert due.states == ("fällig", "produziert", "Transkript: korrigiert", "Prüfung: nichts offen")
    assert due.command == look(show).next_command == "make release EPISODE=1"
    early = look(show, datetime(2026, 1, 1, tzinfo=UTC))
    assert early.episodes[0].states[0] == "geplant"
    assert early.next_command == 'make new EPISODE=2 TITLE="…"'  # nothing is to be done before the date
    with (show / "episodes/show.toml").open("a", encoding="utf-8") as file:
        file.write(TARGET)
    assert only(show).command == "make publish"
    told = podcast(show, "--today", "2026-01-01", "status").stdout
    assert "→ podcast publish   (ab Do 15.01.2026 06:00)" in told


def test_a_released_episode_is_finished_once_it_is_uploaded_and_open_again_when_it_changes(released: Path) -> None:
    fresh = only(released)
    assert (fresh.states, fresh.command) == (("veröffentlicht", "noch nicht hochgeladen"), "make feed UPLOADED=1")
    assert podcast(released, "feed", "--uploaded").returncode == 0
    done = only(released)
    assert (done.states, done.finished, done.command) == (("veröffentlicht", "hochgeladen"), True, "")
    mark = ShowPaths(released).uploaded_mark.stat().st_mtime_ns
    transcript = released / f"transcripts/{FOLDER}.txt"
    os.utime(transcript, ns=(mark + 1, mark + 1))
    assert only(released).states == ("veröffentlicht", "seit dem Hochladen geändert")
    os.utime(transcript, ns=(mark - 1, mark - 1))
    assert only(released).finished


def test_a_withdrawal_has_to_be_uploaded_too(released: Path) -> None:
    assert podcast(released, "withdraw", "1", "--reason", "Auf Wunsch").returncode == 0
    assert (only(released).states, only(released).finished) == (("zurückgezogen",), True)  # nobody ever had it
    assert podcast(released, "withdraw", "1", "--undo").returncode == 0
    assert podcast(released, "feed", "--uploaded").returncode == 0
    assert podcast(released, "withdraw", "1", "--reason", "Auf Wunsch").returncode == 0
    assert only(released).states == ("zurückgezogen", "noch nicht hochgeladen")
    assert podcast(released, "feed", "--uploaded").returncode == 0
    assert only(released).finished


def test_a_release_with_a_later_date_waits(show: Path) -> None:
    edit(show / f"episodes/{FOLDER}/episode.toml", "2026-01-15T06", "2026-04-15T06")
    assert podcast(show, "release", "1").returncode == 0
    assert only(show).states == ("freigegeben, wartet auf ihren Termin",)


def test_a_mistake_in_one_file_hides_no_other_episode(two_made: Path) -> None:
    first = sorted((two_made / "episodes").glob("*/episode.toml"))[0]
    edit(first, "summary =", "sumary =")
    found = look(two_made)
    assert [entry.states[0] for entry in found.episodes] == ["Fehler in den Einstellungen", "fällig"]
    assert "episode.toml:" in found.episodes[0].hint
    assert found.next_command == f"make check EPISODE={first.parent.name}"
    shown = podcast(two_made, "status")
    assert shown.returncode == 0, shown.stderr
    assert "Fehler in den Einstellungen" in shown.stdout
    assert "→ podcast review 2" in shown.stdout


def test_two_episodes_with_one_guid_are_told(two_made: Path) -> None:
    one, other = sorted((two_made / "episodes").glob("*/episode.toml"))
    guid = re.search(r"^guid = .*$", one.read_text(encoding="utf-8"), re.MULTILINE)
    assert guid is not None
    other.write_text(re.sub(r"(?m)^guid = .*$", guid[0], other.read_text(encoding="utf-8")), encoding="utf-8")
    found = look(two_made)
    assert ("guid" in found.problem, found.next_command) == (True, "make check")


def test_a_show_that_cannot_be_read_says_so(show: Path) -> None:
    edit(show / "episodes/show.toml", "title =", "titel =")
    with pytest.raises(ConfigError):
        look(show)


def test_an_imported_episode_is_not_asked_for_a_recording(released: Path) -> None:
    edit(released / f"episodes/{FOLDER}/episode.toml", "number = 1", "imported = true\nnumber = 1")
    (released / f"episodes/{FOLDER}/raw.wav").unlink()
    assert podcast(released, "feed", "--uploaded").returncode == 0
    assert only(released).states == ("übernommen", "hochgeladen")


def test_finished_episodes_share_a_line_and_no_line_is_wider_than_a_terminal(released: Path) -> None:
    assert podcast(released, "feed", "--uploaded").returncode == 0
    shutil.copytree(released / f"episodes/{FOLDER}", released / "episodes/002-zweite")
    toml = released / "episodes/002-zweite/episode.toml"
    edit(toml, "number = 1", "number = 2")
    edit(toml, 'slug = "probe"', 'slug = "zweite"')
    edit(toml, "000000000001", "000000000002")
    edit(toml, 'title = "Eine', f'title = "{"Sehr langer Titel " * 8}Eine')
    (released / "episodes/002-zweite/release.json").unlink()
    told = podcast(released, "status").stdout
    assert f"Fertig · veröffentlicht, hochgeladen: 1 Folge ({FOLDER})" in told
    assert max(map(len, told.splitlines())) <= 80


def test_the_overview_imports_nothing_heavy(show: Path) -> None:
    drafted = imported("--root", str(show), "--today", NOW.isoformat(), "status", "--next")
    assert "Als Nächstes: podcast review 1" in drafted.output
    assert drafted.libraries <= {"click", "msgspec", "typing_extensions", "rapidfuzz", "cython_runtime"}
    assert podcast(show, "release", "1").returncode == 0
    assert podcast(show, "feed", "--uploaded").returncode == 0
    finished = imported("--root", str(show), "--today", NOW.isoformat(), "status")
    assert "hochgeladen" in finished.output
    assert finished.libraries <= {"click", "msgspec", "typing_extensions"}
    assert finished.slow == set()


def test_a_new_show_of_two_recordings_names_the_episode_by_its_number(tmp_path: Path) -> None:
    home = make_show(tmp_path)
    shutil.copytree(home, tmp_path / "episodes/bonus")
    edit(tmp_path / "episodes/bonus/episode.toml", 'number = 1\nslug = "probe"', 'slug = "bonus"')
    edit(tmp_path / "episodes/bonus/episode.toml", "000000000001", "000000000002")
    assert {entry.command for entry in look(tmp_path).episodes} == {
        "make episode EPISODE=1",
        "make episode EPISODE=bonus",
    }
