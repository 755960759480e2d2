"""Debian's Chromium and Firefox ESR, as they are installed, driven by Playwright."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

BrowserName = Literal["chromium", "firefox"]
PROGRAMS: dict[BrowserName, Path] = {"chromium": Path("/usr/bin/chromium"), "firefox": Path("/usr/bin/firefox-esr")}
_CHROMIUM_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    "--autoplay-policy=no-user-gesture-required",
)


@contextmanager
def running(name: BrowserName = "chromium") -> Iterator[Browser]:
    """A browser without a window that plays sound without having been clicked. Skips the test where it is not
    installed. Firefox, over WebDriver BiDi, knows no `color_scheme` and no other media features."""
    import pytest
    from playwright.sync_api import sync_playwright

    program = PROGRAMS[name]
    if not program.exists():
        pytest.skip(f"{program.name} ist nicht installiert")
    with sync_playwright() as playwright:
        if name == "firefox":
            browser = playwright.firefox.launch(
                channel="moz-firefox", executable_path=program, firefox_user_prefs={"media.autoplay.default": 0}
            )
        else:
            browser = playwright.chromium.launch(executable_path=program, args=_CHROMIUM_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()
