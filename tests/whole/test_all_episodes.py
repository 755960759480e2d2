"""`episode --all`: several worker processes, the same bytes, and one failure that does not stop the others."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from imported_modules import imported
from probe_show import PROJECT, podcast, snapshot
from several_episodes import FIRST, SECOND, made

from pipeline.build.step import StepStarted
from pipeline.errors import WorkerError
from pipeline.values.progress import Notice
from pipeline.workers.job import EpisodeEnded, EpisodeEvent, Job, JobEvent
from pipeline.workers.local import ATTEMPTS, run

NOW = datetime.fromisoformat("2026-03-01T12:00:00+01:00")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def test_two_workers_make_the_same_bytes_as_one_episode_after_the_other(
    two_fresh: Path, one_after_the_other: Path
) -> None:
    ended = podcast(two_fresh, "episode", "--all", "--workers", "2", env={**os.environ, "PODCAST_CPUS": "2"})
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"✓ {FIRST}: Sprache erkennen" in ended.stdout
    assert f"✓ {SECOND}: fertig" in ended.stdout
    assert "Fertig: 2 von 2 Folgen" in ended.stdout
    assert made(two_fresh) == made(one_after_the_other)


def test_an_up_to_date_show_starts_no_worker_and_changes_nothing(two_made: Path) -> None:
    before = made(two_made)
    run = imported("--root", str(two_made), "--today", NOW.isoformat(), "episode", "--all", "--workers", "2")
    assert "✓" not in run.output
    assert f"  = unverändert: 2 Folgen ({FIRST}, {SECOND})" in run.output
    assert run.libraries <= {"click", "filelock", "msgspec", "typing_extensions"}
    assert run.slow == set()
    assert run.modules.isdisjoint({"pipeline.workers.local", "pipeline.build.process_pool"})
    assert made(two_made) == before


def test_a_failing_episode_keeps_its_published_state_and_does_not_stop_the_others(two_made: Path) -> None:
    (two_made / f"episodes/{FIRST}/raw.wav").unlink()
    append(two_made / f"transcripts/{FIRST}.txt", "\nNicht mehr zu sehen.\n")
    append(two_made / f"transcripts/{SECOND}.txt", "\nNachgetragen.\n")
    before = snapshot(two_made / "feed")
    ended = podcast(two_made, "episode", "--all", "--workers", "2")
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert f"Fehler in {FIRST}: Die Aufnahme fehlt." in ended.stderr
    assert "Was tun:" in ended.stderr
    assert "Fertig: 1 von 2 Folgen" in ended.stdout
    told = ended.stdout[ended.stdout.index("Zusammenfassung:") :]
    assert f"  ✗ {FIRST}: Die Aufnahme fehlt.\n      → podcast episode 1\n" in told
    assert re.search(rf"  ✓ {SECOND}: \d Schritte gemacht\n      → podcast release 2\n", told)
    after = snapshot(two_made / "feed")
    changed = {name for name in after if after[name] != before.get(name)}
    assert f"folgen/{SECOND}/transkript.vtt" in changed
    assert not [name for name in changed if FIRST in name]
    assert "Nachgetragen." in (two_made / f"feed/folgen/{SECOND}/transkript.txt").read_text(encoding="utf-8")
    assert len(feedparser.parse((two_made / "feed/feed.xml").read_bytes()).entries) == 2


def test_the_pages_of_a_failed_episode_stay_even_if_its_texts_were_updated(two_made: Path) -> None:
    append(two_made / f"transcripts/{FIRST}.txt", "\nVerfrüht.\n")
    edit(two_made / f"episodes/{FIRST}/episode.toml", 'guid = "', 'cover = "fehlt.jpg"\nguid = "')
    ended = podcast(two_made, "episode", "--all")
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert "Verfrüht." in (two_made / f"episodes/{FIRST}/work/retimed.json").read_text(encoding="utf-8")
    assert "Verfrüht." not in (two_made / f"feed/folgen/{FIRST}/transkript.txt").read_text(encoding="utf-8")


def test_a_failed_episode_that_was_never_published_does_not_appear_in_part(two_made: Path) -> None:
    shutil.rmtree(two_made / "feed")
    shutil.rmtree(two_made / "episodes/.work")
    (two_made / f"episodes/{FIRST}/raw.wav").unlink()
    ended = podcast(two_made, "episode", "--all")
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert len(feedparser.parse((two_made / "feed/feed.xml").read_bytes()).entries) == 1
    assert not [name for name in snapshot(two_made / "feed") if FIRST in name]


def test_a_mistake_in_a_toml_file_is_reported_before_anything_is_made(two_fresh: Path) -> None:
    edit(two_fresh / f"episodes/{SECOND}/episode.toml", "summary =", "sumary =")
    before = snapshot(two_fresh)
    ended = podcast(two_fresh, "episode", "--all", "--workers", "2")
    assert (ended.returncode, "Meinten Sie „summary“?" in ended.stderr) == (3, True), ended.stderr
    assert snapshot(two_fresh) == before


def test_a_killed_worker_is_replaced_and_the_episode_comes_out_the_same(
    two_fresh: Path, one_after_the_other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCAST_CPUS", "1")
    heard: list[JobEvent] = []

    def listen(event: JobEvent) -> None:
        heard.append(event)
        match event:
            case EpisodeEvent(event=StepStarted(step=step)) if step.name == "transcribe" and not replaced(heard):
                kill_workers()

    run([Job(root=two_fresh, folder=SECOND, now=NOW)], workers=1, listen=listen)
    assert replaced(heard) == 1
    assert [event.error for event in heard if isinstance(event, EpisodeEnded)] == [None]
    assert multiprocessing.active_children() == []
    home = f"episodes/{SECOND}/"
    wanted = {name: sha for name, sha in made(one_after_the_other).items() if name.startswith(home)}
    wanted.pop(f"{home}work/moments.json")  # written with the pages, which this run does not make
    assert {name: sha for name, sha in made(two_fresh).items() if name.startswith(home)} == wanted


def test_an_episode_whose_workers_are_killed_again_and_again_fails_in_the_end(two_fresh: Path) -> None:
    heard: list[JobEvent] = []

    def listen(event: JobEvent) -> None:
        heard.append(event)
        if isinstance(event, EpisodeEvent) and isinstance(event.event, StepStarted):
            kill_workers()

    run([Job(root=two_fresh, folder=FIRST, now=NOW)], workers=2, listen=listen)
    ended = [event for event in heard if isinstance(event, EpisodeEnded)]
    assert replaced(heard) == ATTEMPTS - 1
    assert [type(event.error) for event in ended] == [WorkerError]


def test_a_bug_in_one_episode_is_not_retried_and_does_not_stop_the_others(two_made: Path, capfd) -> None:
    heard: list[JobEvent] = []
    no_date: Any = "a text that is no date"
    jobs = [Job(root=two_made, folder=FIRST, now=no_date), Job(root=two_made, folder=SECOND, now=NOW)]
    run(jobs, workers=1, listen=heard.append)
    ended = {event.folder: event.error for event in heard if isinstance(event, EpisodeEnded)}
    assert isinstance(ended[FIRST], WorkerError)
    assert ended[SECOND] is None
    assert replaced(heard) == 0
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_no_worker_outlives_a_killed_parent(two_fresh: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "--root", str(two_fresh), "episode", "--all", "--workers", "2"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()  # a first step is done: the workers are running
        parent.kill()
        parent.stdout.read()  # ends when the last worker has closed its copy of the pipe
    for number in ("1", "2"):
        ended = podcast(two_fresh, "assemble", number)  # would be refused while a worker held the lock
        assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--all", "1"), "`podcast episode --all` ist für alle"),
        (("--all", "--take-draft"), "`podcast episode --all` ist für alle"),
        (("1", "--workers", "2"), "`podcast episode --all` aufrufen"),
        (("1", "--scheduler", "tcp://127.0.0.1:1"), "`podcast episode --all` aufrufen"),
        (("--all", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "schließen sich aus"),
        (("--all", "--workers", "0"), "nicht im Bereich"),
        (("--all", "--workers", "zwei"), "keine ganze Zahl"),
        (("--all", "--scheduler", "rechner"), "keine Adresse"),
    ],
)
def test_contradictions_are_explained(two_fresh: Path, arguments: tuple[str, ...], text: str) -> None:
    before = snapshot(two_fresh)
    ended = podcast(two_fresh, "episode", *arguments)
    assert (ended.returncode, text in ended.stderr) == (2, True), ended.stderr
    assert snapshot(two_fresh) == before


def kill_workers() -> None:
    for process in multiprocessing.active_children():
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)


def replaced(heard: list[JobEvent]) -> int:
    """How often an episode was started again."""
    told = [event.event for event in heard if isinstance(event, EpisodeEvent)]
    return sum(isinstance(event, Notice) and "wurde beendet" in event.text for event in told)
