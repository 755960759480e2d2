"""`episode --all --scheduler`: a real dask scheduler and real workers on loopback, one of them killed at work."""

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
from probe_show import PROJECT, podcast, snapshot
from several_episodes import FIRST, SECOND, made

distributed = pytest.importorskip("distributed")

from pipeline import cluster  # noqa: E402
from pipeline.errors import WorkerError  # noqa: E402

QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error", "PODCAST_CPUS": "2"}


@contextmanager
def dask(*arguments: str, home: Path = PROJECT) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker in a process of its own, ended with the block; it runs the `pipeline` in `home`."""
    command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard", "--host", "127.0.0.1"]
    with subprocess.Popen(command, env={**os.environ, **QUIET}, cwd=home) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Path]:
    """The file in which a running scheduler says where it is."""
    file = tmp_path / "scheduler.json"
    with dask("scheduler", "--port", "0", "--scheduler-file", str(file)):
        yield file


def worker(scheduler: Path, home: Path = PROJECT) -> AbstractContextManager[object]:
    return dask("worker", "--scheduler-file", str(scheduler), "--nthreads", "1", "--no-nanny", home=home)


def workers_by_address(scheduler: Path, count: int) -> dict[str, int]:
    """The process of each worker, once there are `count`."""
    with distributed.Client(scheduler_file=str(scheduler), set_as_default=False) as client:
        client.wait_for_workers(count, timeout=60)
        return client.run(os.getpid)


def address(scheduler: Path) -> str:
    return json.loads(scheduler.read_text(encoding="utf-8"))["address"]


def test_a_worker_killed_at_work_loses_nothing_and_the_bytes_are_the_same(
    scheduler: Path, two_fresh: Path, one_after_the_other: Path
) -> None:
    with worker(scheduler), worker(scheduler):
        processes = workers_by_address(scheduler, 2)
        command = [sys.executable, "-m", "pipeline", "--root", str(two_fresh), "--today", "2026-03-01T12:00:00+01:00"]
        asked = [*command, "episode", "--all", "--scheduler", address(scheduler)]
        with subprocess.Popen(asked, cwd=PROJECT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
            assert running.stdout is not None
            lines = []
            for line in running.stdout:
                lines.append(line)
                if f"✓ {FIRST}: Aufnahmen prüfen" in line and len(places(lines)) == 1:
                    os.kill(processes[places(lines)[0]], signal.SIGKILL)
    assert running.returncode == 0, "".join(lines)
    assert len(set(places(lines))) == 2, "".join(lines)
    assert "Fertig: 2 von 2 Folgen" in "".join(lines)
    assert made(two_fresh) == made(one_after_the_other)


def places(lines: list[str]) -> list[str]:
    """The addresses of the workers that had the first episode, in order."""
    return re.findall(rf"{FIRST}: Hinweis: in Arbeit auf (\S+)", "".join(lines))


def test_an_episode_that_fails_there_is_told_here_and_the_other_is_published(scheduler: Path, two_made: Path) -> None:
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


def test_a_cluster_without_workers_is_told(scheduler: Path, two_fresh: Path) -> None:
    with distributed.Client(scheduler_file=str(scheduler), set_as_default=False):  # it is there now
        ended = podcast(two_fresh, "episode", "--all", "--scheduler", address(scheduler))
    assert (ended.returncode, "kein Arbeitsrechner angemeldet" in ended.stderr) == (11, True), ended.stderr


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 1)
    with pytest.raises(WorkerError, match="antwortet kein dask-Scheduler"):
        cluster.run((), address="tcp://127.0.0.1:9", listen=print)
