"""A small show to work in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def show_root(tmp_path: Path) -> Path:
    """A folder with the project's own show.toml and cover, and no episode."""
    episodes = tmp_path / "episodes"
    episodes.mkdir()
    for name in ("show.toml", "cover.jpg"):
        if (PROJECT / "episodes" / name).exists():
            shutil.copy(PROJECT / "episodes" / name, episodes / name)
    (tmp_path / "transcripts").mkdir()
    return tmp_path
