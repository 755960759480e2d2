"""The set-up script: a second run does nothing, and a CPU build installs nothing of CUDA."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MARK = PROJECT / ".venv/setup.json"


@pytest.fixture
def mark() -> dict[str, object]:
    if not MARK.exists() or Path(sys.prefix) != PROJECT / ".venv":
        pytest.skip("not running in the environment that tools/setup.py made")
    found = json.loads(MARK.read_text(encoding="utf-8"))
    if found["folder"] != str(PROJECT):  # another folder's environment: set-up would make it anew
        pytest.skip("this environment belongs to another folder")
    return found


def test_a_second_set_up_does_nothing_and_prints_nothing(mark: dict[str, object]) -> None:
    before = MARK.stat().st_mtime_ns
    for arguments in ([], ["--cluster"], ["--dev"]):
        ended = subprocess.run(
            [sys.executable, "tools/setup.py", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True
        )
        assert (ended.stdout, ended.stderr) == ("", "")
    assert MARK.stat().st_mtime_ns == before
    assert mark["dev"] is True


def test_a_cpu_build_installs_nothing_of_cuda(mark: dict[str, object]) -> None:
    if mark["torch"] not in {"wheel-folder", "cpu-index"}:
        pytest.skip(f"the build that could be had here: {mark['torch']}")
    names = {distribution.name.lower() for distribution in importlib.metadata.distributions()}
    assert not {name for name in names if name.startswith(("nvidia-", "cuda-", "triton"))}


def test_every_package_is_pinned_with_hashes_and_each_lock_extends_the_one_before() -> None:
    names = ("requirements.lock", "requirements-cluster.lock", "requirements-dev.lock")
    texts = [(PROJECT / name).read_text(encoding="utf-8") for name in names]
    for text in (*texts, (PROJECT / "requirements-voices.lock").read_text(encoding="utf-8")):
        for block in text.replace("\\\n", "").splitlines():
            assert "==" in block
            assert "--hash=sha256:" in block
    run, cluster, dev = ({line.split()[0] for line in text.splitlines() if "==" in line} for text in texts)
    assert run < cluster < dev
    assert not [name for name in run if name.startswith(("dask", "distributed"))]


def test_help_works_without_any_package() -> None:
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "tools/setup.py", "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--dev" in ended.stdout
