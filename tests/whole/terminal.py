"""A command at a terminal, as a person has it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Mapping

import pytest
from probe_show import PROJECT

PATIENCE_S = 60


def at_a_terminal(command: list[str], answers: Mapping[str, bytes] = {}, *, ahead: bytes = b"") -> tuple[str, int]:
    """Run a command at a terminal of 80 columns; returns its screen and its status (see os.wait). Each answer is typed
    when its prompt appears, `ahead` before anything was asked: the terminal keeps it until it is read."""
    pty = pytest.importorskip("pty")  # Windows has none
    child, terminal = pty.fork()
    if not child:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in the background ignores it
        os.chdir(PROJECT)
        os.execvpe(command[0], command, {**os.environ, "COLUMNS": "80", "LINES": "40"})
    os.write(terminal, ahead)
    said, waiting = b"", dict(answers)
    deadline = time.monotonic() + PATIENCE_S
    while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux says that the other end is closed
            break
        if not piece:
            break
        said += piece
        for prompt in [prompt for prompt in waiting if prompt.encode() in said]:
            os.write(terminal, waiting.pop(prompt))
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return said.decode("utf-8", "replace").replace("\r\n", "\n"), status
