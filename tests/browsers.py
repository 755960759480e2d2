"""Real browsers for tests: Debian's Chromium and its unchanged Firefox ESR, each skipped where it is not installed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
FIREFOX = Path("/usr/bin/firefox-esr")
BOTH = ("chromium", "firefox")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
# Sound may begin without a click, in every tab and with Web Audio too.
FIREFOX_PREFERENCES: dict[str, str | float | bool] = {"media.autoplay.default": 0, "media.autoplay.blocking_policy": 0}


@contextmanager
def launched(name: str = "chromium") -> Iterator[Browser]:
    """Start "chromium" or "firefox" and close it at the end; skips the test where it is not installed."""
    program = {"chromium": CHROMIUM, "firefox": FIREFOX}[name]
    if not program.exists():
        pytest.skip(f"{program.name} ist nicht installiert")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        if name == "firefox":
            # The channel speaks WebDriver BiDi, so that Firefox needs no patches of Playwright's.
            browser = playwright.firefox.launch(
                channel="moz-firefox", executable_path=str(program), firefox_user_prefs=FIREFOX_PREFERENCES
            )
        else:
            browser = playwright.chromium.launch(executable_path=str(program), args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


def emulates_scheme(browser: Browser) -> bool:
    """Whether light, dark and forced colours can be asked for: Firefox refuses them over WebDriver BiDi."""
    return browser.browser_type.name == "chromium"


def new_context(browser: Browser, *, width: int = 1280, scheme: str | None = None, **options: Any) -> BrowserContext:
    """Open a context of this width in CSS pixels; skips a test that asks for a dark page where that cannot be had."""
    if emulates_scheme(browser) and scheme == "forced":
        options["forced_colors"] = "active"
    elif emulates_scheme(browser):
        options["color_scheme"] = scheme
    elif scheme not in {None, "light"}:
        pytest.skip("Firefox ahmt über WebDriver BiDi keine Farbschemata nach")
    return browser.new_context(viewport={"width": width, "height": 800}, **options)


def until(page: Page, expression: str, arg: object = None, *, timeout_s: float = 30.0) -> None:
    """Wait for a truth of the page, an expression or a function of `arg`. Playwright's own waiting looks at strings a
    second time by eval, which the pages' policy forbids."""
    end = time.monotonic() + timeout_s
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(30)
