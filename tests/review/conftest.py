"""A show that is being reviewed, its page as a client asks for it, and in real browsers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import BOTH, launched, new_context, until
from desk import MOMENT, Page, Visits, make_show

from pipeline.paths import EpisodePaths
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as BrowserPage


@pytest.fixture
def paths(tmp_path: Path) -> EpisodePaths:
    return make_show(tmp_path)


@pytest.fixture
def page(paths: EpisodePaths) -> Iterator[Page]:
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        yield Page(running.address)


@pytest.fixture(scope="module", params=BOTH)
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with launched(request.param) as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Visits:
    """Opens the page of a show; fails if anything went wrong on it or if it asked somebody else."""

    @contextmanager
    def open_page(paths: EpisodePaths, *, allowed: tuple[str, ...] = ()) -> Iterator[BrowserPage]:
        problems: list[str] = []
        with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as server:
            context = new_context(browser)
            page = context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
            page.on(
                "request",
                lambda request: (
                    None
                    if request.url.startswith(server.address) or request.url.startswith("data:")
                    else problems.append(request.url)
                ),
            )
            page.goto(server.address)
            until(page, "document.querySelector('#status').textContent.startsWith('Alles gesichert')")
            yield page
            context.close()
        assert [problem for problem in problems if not any(text in problem for text in (*allowed, "503"))] == []

    return open_page
