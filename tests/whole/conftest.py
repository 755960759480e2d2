"""The probe show, produced once for real; tests get copies of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from probe_show import make_show, podcast


@pytest.fixture(scope="session")
def produced_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("show")
    make_show(root, placeholders=False)
    ended = podcast(root, "episode", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (root / "first-run.log").write_text(ended.stdout, encoding="utf-8")
    return root


@pytest.fixture
def show(produced_once: Path, tmp_path: Path) -> Path:
    """A copy of the produced show; times and contents are kept."""
    root = tmp_path / "show"
    shutil.copytree(produced_once, root)
    return root


@pytest.fixture
def fresh_show(tmp_path: Path) -> Path:
    """The show before anything was made."""
    make_show(tmp_path / "show")
    return tmp_path / "show"
