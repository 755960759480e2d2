"""An empty show, and a server on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from feed_server import FeedServer, feed_server

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A show with a name and a cover and no episode."""
    episodes = tmp_path / "show/episodes"
    episodes.mkdir(parents=True)
    (tmp_path / "show/transcripts").mkdir()
    text = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8").replace(".invalid", ".example")
    (episodes / "show.toml").write_text(text, encoding="utf-8")
    shutil.copy(PROJECT / "episodes/cover.jpg", episodes)
    return tmp_path / "show"
