"""Runs the real command, and kills or stops it before one of its operations on the files of a show."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from probe_show import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

_VICTIM = """
import os, sys
root, place, number, log = os.path.realpath(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
done = []

def watch(event, arguments):
    global place
    if event == "open":
        if isinstance(arguments[0], int) or not arguments[2] & writing:
            return
    elif event not in {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "shutil.move"}:
        return
    path = os.path.abspath(os.fsdecode(arguments[1 if event == "os.rename" else 0]))
    if not path.startswith(os.path.dirname(root) + os.sep) or path.endswith("lock"):
        return
    done.append(f"{event} {os.path.relpath(path, root)}")
    if place in {str(len(done)), done[-1]}:
        place = None  # it stops once
        os.kill(os.getpid(), number)

from pipeline.cli.main import main
sys.addaudithook(watch)
try:
    main(sys.argv[5:])
finally:
    if place == "":
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(handle, "\\n".join(done).encode())
"""


def operations(root: Path, log: Path, *arguments: str) -> list[str]:
    """Run the command; returns its operations on files of the show and beside it, as in `os.rename feed/feed.xml`."""
    victim = _start(root, "", 0, log, *arguments)
    output, _ = victim.communicate()
    assert victim.returncode == 0, output
    return log.read_text(encoding="utf-8").splitlines()


def kill_before(place: int | str, root: Path, *arguments: str) -> None:
    """Run the command and kill it before an operation: the one of this number, counted from 1, or of this name."""
    victim = _start(root, str(place), signal.SIGKILL, Path(os.devnull), *arguments)
    output, _ = victim.communicate()
    assert victim.returncode == -signal.SIGKILL, output


@contextmanager
def stopped_before(place: str, root: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command until its first operation of the name `place`, and let it wait there while the block runs."""
    victim = _start(root, place, signal.SIGSTOP, Path(os.devnull), *arguments)
    try:
        _, status = os.waitpid(victim.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), victim.communicate()[0]
        yield victim
    finally:
        victim.send_signal(signal.SIGCONT)


def _start(root: Path, place: str, number: int, log: Path, *arguments: str) -> subprocess.Popen[str]:
    day = ("--today", "2026-03-01T12:00:00+01:00")
    numbers = (place, str(int(number)), str(log))
    command = [sys.executable, "-c", _VICTIM, str(root), *numbers, "--root", str(root), *day, *arguments]
    return subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, "PODCAST_CPUS": "1", "PODCAST_YES": "1"},  # the transcripts are unchanged drafts
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
