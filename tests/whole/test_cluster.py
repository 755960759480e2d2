"""`episode --all --scheduler`: a real dask scheduler and real workers on loopback, one of them killed midway."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from probe_show import PROJECT, podcast, snapshot, two_turns, write_wav
from several_episodes import FIRST, SECOND, made

distributed = pytest.importorskip("distributed")

from pipeline.errors import WorkerError  # noqa: E402
from pipeline.workers import cluster  # noqa: E402

QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error", "PODCAST_CPUS": "2"}


@contextmanager
def dask(*arguments: str, home: Path = PROJECT, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a scheduler or a worker in its own process until the block ends; it uses the `pipeline` in `home`."""
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard", "--host", "127.0.0.1"]
    with subprocess.Popen(command, env={**os.environ, **QUIET, **environment}, cwd=home) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Path]:
    """The file in which a running scheduler states its address."""
    file = tmp_path / "scheduler.json"
    with dask("scheduler", "--port", "0", "--scheduler-file", str(file)):
        yield file


def worker(scheduler: Path, home: Path = PROJECT) -> AbstractContextManager[object]:
    alone = ("--nthreads", "1", "--memory-limit", "0", "--no-nanny")
    return dask("worker", "--scheduler-file", str(scheduler), *alone, home=home)


def workers_by_address(scheduler: Path, count: int) -> dict[str, int]:
    """Wait for `count` workers; return the process of each by its address."""
    with distributed.Client(scheduler_file=str(scheduler), set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)
        return client.run(os.getpid)


def address(scheduler: Path) -> str:
    return json.loads(scheduler.read_text(encoding="utf-8"))["address"]


def test_a_worker_killed_midway_loses_nothing_and_the_bytes_are_the_same(
    scheduler: Path, two_fresh: Path, one_after_the_other: Path
) -> None:
    with worker(scheduler), worker(scheduler):
        processes = workers_by_address(scheduler, 2)
        code, output = produce_all_and_kill_one(two_fresh, address(scheduler), processes)
    assert code == 0, output
    assert len(set(places(output))) == 2, output
    assert "Fertig: 2 von 2 Folgen" in output
    assert made(two_fresh) == made(one_after_the_other)


def test_an_episode_that_dask_gives_up_is_reported_and_keeps_its_published_state(
    tmp_path: Path, two_made: Path
) -> None:
    file = tmp_path / "scheduler.json"
    arguments = ("scheduler", "--port", "0", "--scheduler-file", str(file))
    write_wav(two_made / f"episodes/{FIRST}/raw.wav", two_turns()[: 22050 * 9])
    before = snapshot(two_made / "feed")
    with dask(*arguments, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0"), worker(file):
        processes = workers_by_address(file, 1)
        code, output = produce_all_and_kill_one(two_made, address(file), processes)
    assert code == 11, output
    assert "mehrere Arbeitsrechner nacheinander ausgefallen" in output
    assert snapshot(two_made / "feed") == before


def produce_all_and_kill_one(root: Path, scheduler: str, processes: dict[str, int]) -> tuple[int, str]:
    """Make all episodes and kill the worker of the first one after its first step; return exit status and output."""
    command = [sys.executable, "-m", "pipeline", "--root", str(root), "--today", "2026-03-01T12:00:00+01:00"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
    asked = [*command, "episode", "--all", "--scheduler", scheduler]
    output = ""
    with subprocess.Popen(asked, cwd=PROJECT, **pipes) as running:
        for line in running.stdout:
            output += line
            if f"✓ {FIRST}: Aufnahmen prüfen" in line and len(places(output)) == 1:
                os.kill(processes[places(output)[0]], signal.SIGKILL)
    return running.returncode, output


def places(output: str) -> list[str]:
    """The addresses of the workers that had the first episode, in order."""
    return re.findall(rf"{FIRST}: Hinweis: in Arbeit auf (\S+)", output)


def test_an_episode_that_fails_on_a_worker_is_reported_here_and_the_other_is_published(
    scheduler: Path, two_made: Path
) -> None:
    (two_made / f"episodes/{FIRST}/raw.wav").unlink()
    with (two_made / f"transcripts/{SECOND}.txt").open("a", encoding="utf-8") as file:
        file.write("\nNachgetragen.\n")
    with worker(scheduler):
        workers_by_address(scheduler, 1)
        ended = podcast(two_made, "episode", "--all", "--scheduler", address(scheduler))
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert f"Fehler in {FIRST}: Die Aufnahme fehlt." in ended.stderr
    assert "Nachgetragen." in (two_made / f"feed/folgen/{SECOND}/transkript.txt").read_text(encoding="utf-8")


def test_a_worker_with_another_program_is_refused_before_anything_is_made(
    scheduler: Path, two_fresh: Path, tmp_path: Path
) -> None:
    (tmp_path / "fremd/pipeline").mkdir(parents=True)
    (tmp_path / "fremd/pipeline/__init__.py").write_text("", encoding="utf-8")
    other = shutil.copytree(PROJECT / "pipeline", tmp_path / "älter/pipeline")
    with (other / "timecode.py").open("a", encoding="utf-8") as file:
        file.write("# before a change\n")
    before = snapshot(two_fresh)
    with worker(scheduler, home=tmp_path / "fremd"), worker(scheduler, home=tmp_path / "älter"):
        workers_by_address(scheduler, 2)
        ended = podcast(two_fresh, "episode", "--all", "--scheduler", address(scheduler))
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "hat dieses Programm nicht" in ended.stderr
    assert "hat einen anderen Stand des Programms" in ended.stderr
    assert snapshot(two_fresh) == before


def test_a_worker_that_sees_another_folder_says_so(tmp_path: Path) -> None:
    token = tmp_path / "token"
    assert "sieht den Ordner" in cluster._obstacle(token, cluster.code_sha256())
    token.touch()
    assert cluster._obstacle(token, cluster.code_sha256()) == ""
    assert list(tmp_path.iterdir()) == [token]


def test_a_cluster_without_workers_is_reported(scheduler: Path, two_fresh: Path) -> None:
    with distributed.Client(scheduler_file=str(scheduler), set_as_default=False):  # the scheduler is running now
        ended = podcast(two_fresh, "episode", "--all", "--scheduler", address(scheduler))
    assert (ended.returncode, "kein Arbeitsrechner angemeldet" in ended.stderr) == (11, True), ended.stderr


def test_a_scheduler_that_does_not_answer_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 1)
    with pytest.raises(WorkerError, match="antwortet kein dask-Scheduler"):
        cluster.run((), address="tcp://127.0.0.1:9", listen=print)
