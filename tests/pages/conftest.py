"""A site on disk and under a web server, and a real browser that visits it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import BOTH, launched, new_context
from page_site import MIDDLE, QuietHandler, build_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("site")
    build_site(home)
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


@pytest.fixture(scope="module", params=BOTH)
def any_browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Each of the browsers in turn."""
    with launched(request.param) as running:
        yield running


@pytest.fixture
def any_page(any_browser: Browser, site: Path) -> Iterator[Page]:
    """The page of an episode with sound, in each of the browsers in turn."""
    context = new_context(any_browser)
    page = context.new_page()
    page.goto((site / MIDDLE).as_uri())
    yield page
    context.close()


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[str]:
    """The same site under a sub-path of a loopback web server."""
    handler = partial(QuietHandler, directory=str(site.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/{site.name}/"
        running.shutdown()


@dataclass(frozen=True)
class Visit:
    """An open page and what happened on it."""

    page: Page
    console: list[str]
    requests: list[str]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    contexts = []

    def open_page(url: str, *, width: int = 1280, scheme: str = "light", **options: object) -> Visit:
        context = new_context(browser, width=width, scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        seen = Visit(page=page, console=[], requests=[])
        page.on("console", lambda message: seen.console.append(message.text))
        page.on("pageerror", lambda error: seen.console.append(str(error)))
        page.on("request", lambda request: seen.requests.append(request.url))
        page.goto(url)
        return seen

    yield open_page
    for context in contexts:
        context.close()
