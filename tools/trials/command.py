"""Runs a verb of the real command in a forked process, so that thousands of runs cost no start-up."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = "2026-03-01T12:00:00+01:00"
KILLED = -9  # SIGKILL, which Windows has no name for
_LONGEST_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended: its exit code (negative: the signal that killed it), and all it printed, errors included."""

    code: int
    said: str

    @property
    def has_traceback(self) -> bool:
        return "Traceback (most recent call last)" in self.said or self.code == 70


def warm_up() -> None:
    """Import what the verbs import, so that forked processes need not."""
    os.environ.setdefault("PODCAST_CPUS", "1")  # pools of processes would only make the trials slower
    import pipeline.cli.main
    import pipeline.editor.check
    import pipeline.notes.shownotes
    import pipeline.steps.plan
    import pipeline.workflow.upload_show  # noqa: F401


def start(root: Path, arguments: Sequence[str], output: Path, *, before: Callable[[], None] | None = None) -> int:
    """Start the command in a process group of its own, on the trials' day; its output goes to a file. `before` is
    called in the new process. Returns its id."""
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        os.setsid()
        sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for number in (1, 2):
            os.dup2(sink, number)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        from pipeline.cli.main import main

        if before is not None:
            before()
        day = () if "--today" in arguments else ("--today", DAY)
        main(["--root", str(root), *day, *arguments])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def wait(child: int, output: Path, *, longest_s: float = _LONGEST_S) -> Ended:
    """Wait for a started command; kill its group if it takes too long, which counts as a traceback."""
    until = time.monotonic() + longest_s
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return Ended(code=os.waitstatus_to_exitcode(status), said=output.read_text("utf-8", errors="replace"))
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Ended(code=70, said=f"still running after {longest_s:.0f} s")
        time.sleep(0.002)


def podcast(root: Path, *arguments: str, before: Callable[[], None] | None = None) -> Ended:
    """Run the command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        return wait(start(root, arguments, output, before=before), output)
