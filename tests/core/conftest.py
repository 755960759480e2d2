"""A small show to work in, and a runner for the real command."""

from __future__ import annotations

import shutil
import subprocess
import sys
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


def podcast(root: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    command = [sys.executable, "-m", "pipeline", "--root", str(root), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=PROJECT, check=False, **options
    )
