"""A plugin of pytest that takes away what Windows lacks, after the libraries that ask for it were imported."""

from __future__ import annotations

import concurrent.futures.process
import http.server
import multiprocessing.popen_spawn_posix
import multiprocessing.resource_tracker
import os
import signal
import subprocess
import sys
import tarfile
from importlib import import_module

import pytest

LACKING = {
    os: "fork forkpty getuid geteuid getgid setuid setgid chown lchown fchown killpg setsid mkfifo pathconf "
    "sched_getaffinity WNOHANG wait",
    signal: "SIGKILL SIGHUP SIGUSR1 SIGUSR2 SIGALRM SIGCHLD SIGQUIT pthread_sigmask SIG_BLOCK SIG_SETMASK",
}
MODULES = ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty")
LIBRARIES = "psutil torch scipy numba hypothesis playwright.sync_api fsspec filelock distributed whisper moto flask"
USED_BY_LIBRARIES = (concurrent.futures.process, http.server, multiprocessing.popen_spawn_posix, subprocess, tarfile)


def pytest_configure(config: pytest.Config) -> None:
    del config
    for library in LIBRARIES.split():
        import_module(library)
    for owner, names in LACKING.items():
        for name in names.split():
            if hasattr(owner, name):
                delattr(owner, name)
    for module in MODULES:
        sys.modules[module] = None  # type: ignore[assignment]  # importing it then raises ImportError
