"""The probe show, produced once for real; tests get copies of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from probe_show import make_show, podcast
from several_episodes import ONE_CPU, make_two


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


@pytest.fixture(scope="session")
def released_once(produced_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The probe show with its episode released."""
    root = tmp_path_factory.mktemp("released") / "show"
    shutil.copytree(produced_once, root)
    assert podcast(root, "release", "1").returncode == 0
    return root


@pytest.fixture
def released(released_once: Path, tmp_path: Path) -> Path:
    """A copy of the show whose episode is released."""
    return shutil.copytree(released_once, tmp_path / "show")


@pytest.fixture
def fresh_show(tmp_path: Path) -> Path:
    """The show before anything was made."""
    make_show(tmp_path / "show")
    return tmp_path / "show"


@pytest.fixture(scope="session")
def one_after_the_other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show with two episodes, each produced by its own command."""
    root = make_two(tmp_path_factory.mktemp("several") / "show")
    for number in ("1", "2"):
        ended = podcast(root, "episode", number, env={**os.environ, **ONE_CPU})
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return root


@pytest.fixture
def two_made(one_after_the_other: Path, tmp_path: Path) -> Path:
    """A copy of the show with two finished episodes."""
    return shutil.copytree(one_after_the_other, tmp_path / "show")


@pytest.fixture
def two_fresh(tmp_path: Path) -> Path:
    """The show with two episodes before anything was made."""
    return make_two(tmp_path / "show")
