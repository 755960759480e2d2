"""A show that is being reviewed, and its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import MOMENT, Page, make_show

from pipeline.paths import EpisodePaths
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession


@pytest.fixture
def paths(tmp_path: Path) -> EpisodePaths:
    return make_show(tmp_path)


@pytest.fixture
def page(paths: EpisodePaths) -> Iterator[Page]:
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        yield Page(running.address)
