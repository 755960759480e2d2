"""Options of the whole test run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable

# Each worker of pytest-xdist takes a core: more threads of torch and OpenBLAS, here and in the programs that tests
# start, would only wait for each other. Those libraries read the variables when they are first imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# `make test` says so too; the programs that tests start are called without make unless a test says otherwise.
os.environ.pop("PODCAST_CALLED_BY", None)

USER = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
# Converted models go into a cache that the tests fill once, never into the user's own.
os.environ["XDG_CACHE_HOME"] = str(Path(tempfile.gettempdir()) / f"digitales-mv-tests-{USER}")

MEMORY_OF_A_WORKER = 3 * 2**30  # bytes

# No test is timed: the tests run on shared machines.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each core that this process may use, if each finds the memory that Whisper's tests need."""
    import psutil

    from pipeline.build.processes import usable_cpus

    return max(2, min(usable_cpus(), psutil.virtual_memory().available // MEMORY_OF_A_WORKER))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write the expected files under tests/golden anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with the expected file, or rewrite the file with --rewrite-golden."""

    def compare(expected: Path, text: str) -> None:
        if request.config.getoption("--rewrite-golden"):
            expected.parent.mkdir(parents=True, exist_ok=True)
            expected.write_text(text, encoding="utf-8", newline="\n")
        assert expected.read_text(encoding="utf-8") == text

    return compare
