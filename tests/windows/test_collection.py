"""All tests can be collected where nothing of POSIX is: those that need it skip, instead of stopping all others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_every_test_file_can_be_imported_without_what_windows_lacks() -> None:
    places = os.pathsep.join((str(PROJECT), str(PROJECT / "tests/windows")))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "without_posix", "-n", "0", "--collect-only", "-q", "tests"],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": places, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
