"""The pages in a real browser: accessible in every look, no requests to other hosts, usable by keyboard, seekable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from page_site import BARE, EVERY_KIND, HUGE, LONG, SHORT

from pipeline import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Visit
    from playwright.sync_api import Page

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (*EVERY_KIND, LONG)
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (390, 1280)]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("address", EVERY_KIND)
def test_axe_finds_nothing(visit: Callable[..., Visit], site: Path, address: str, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = visit((site / address).as_uri(), width=width, scheme=scheme)
    result = Axe().run(seen.page, options={"preload": False, "runOnly": AXE_RULES}).response
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in result["violations"]] == []
    assert [found["id"] for found in result["incomplete"] if found["id"] == "color-contrast"] == []


@pytest.mark.parametrize("address", PAGES)
def test_from_disk_the_policy_allows_our_files_and_nothing_else_is_requested(
    visit: Callable[..., Visit], site: Path, address: str
) -> None:
    seen = visit((site / address).as_uri())
    _assert_dressed_and_quiet(seen)
    assert all(url.startswith(site.as_uri()) for url in seen.requests)


@pytest.mark.parametrize("address", PAGES)
def test_under_a_sub_path_of_a_server_the_pages_request_nothing_from_other_hosts(
    visit: Callable[..., Visit], server: str, address: str
) -> None:
    seen = visit(server + address)
    _assert_dressed_and_quiet(seen)
    assert {urlsplit(url).netloc for url in seen.requests} == {urlsplit(server).netloc}
    assert len(seen.requests) <= 10


def _assert_dressed_and_quiet(seen: Visit) -> None:
    assert seen.console == []
    assert seen.page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
    script = "suche.js" if seen.page.url.endswith(addresses.SEARCH) else "podcast.js"
    assert any(url.endswith(script) for url in seen.requests)
    assert any(url.endswith("horizont.svg") for url in seen.requests)


def test_the_policy_blocks_an_injected_script(visit: Callable[..., Visit], site: Path) -> None:
    seen = visit((site / SHORT).as_uri())
    seen.page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.slipped = 1';
            document.body.append(script);
        }"""
    )
    assert seen.page.evaluate("window.slipped") is None
    assert "Content Security Policy" in seen.console[0]


@pytest.mark.parametrize("address", (*PAGES, HUGE))
def test_at_320_pixels_nothing_scrolls_sideways(visit: Callable[..., Visit], site: Path, address: str) -> None:
    page = visit((site / address).as_uri(), width=320).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_target_is_at_least_24_pixels_high(visit: Callable[..., Visit], site: Path) -> None:
    """WCAG 2.2, 2.5.8; links within running text are exempt there and here."""
    for address in EVERY_KIND:
        page = visit((site / address).as_uri(), width=390).page
        small = page.evaluate(
            """() => [...document.querySelectorAll('a, button, select, input, summary')]
                 .filter(a => !a.closest('.notes, footer > p, main > p:not([class]), .about, main > ul:not([class])'))
                 .filter(a => a.checkVisibility() && a.getBoundingClientRect().height < 24).map(a => a.outerHTML)"""
        )
        assert small == []


def test_tab_reaches_the_player_and_every_link_and_the_player_hides_none(
    visit: Callable[..., Visit], site: Path
) -> None:
    page = visit((site / LONG).as_uri()).page
    page.evaluate(
        """document.querySelectorAll('a[href], audio, button, select, input, .transcript').forEach((stop, i) => {
            if (stop.checkVisibility({visibilityProperty: true}) && !stop.disabled) stop.dataset.stop = '';
        })"""
    )
    page.evaluate("document.querySelectorAll('[data-stop]').forEach((stop, i) => stop.dataset.stop = i)")
    expected = page.evaluate("document.querySelectorAll('[data-stop]').length")
    order = _walk(page, "Tab", last=expected - 1)
    assert list(dict.fromkeys(order)) == list(range(expected))
    assert len(order) <= 160
    backwards = _walk(page, "Shift+Tab", last=0)
    assert list(dict.fromkeys(backwards)) == list(range(expected - 2, -1, -1))


def _walk(page: Page, key: str, *, last: int) -> list[int]:
    """Return the stops in the order in which `key` reaches them. None may be behind the player, which stays in view."""
    order: list[int] = []
    while (not order or order[-1] != last) and len(order) < 300:
        page.keyboard.press(key)
        stop, hidden = page.evaluate(
            """() => {
                const at = document.activeElement, player = document.querySelector('.player');
                const a = at.getBoundingClientRect(), p = player.getBoundingClientRect();
                const other = !player.contains(at) && !at.matches('.skip, .transcript');
                const over = other && a.top < p.bottom && a.bottom > p.top;
                return [Number(at.dataset.stop ?? -1), over];
            }"""
        )
        assert not hidden, f"stop {stop} lies behind the player"
        order.append(stop)
    return order


def test_a_link_to_a_time_scrolls_there_without_javascript(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / LONG).as_uri(), java_script_enabled=False).page
    href = page.locator(".chapters a").nth(4).get_attribute("href")
    assert href is not None
    page.goto((site / LONG).as_uri() + href)
    box = page.locator(f'[id="{href[1:]}"]').bounding_box()
    player = page.locator(".player").bounding_box()
    assert box is not None
    assert player is not None
    assert player["y"] + player["height"] <= box["y"] <= 400


def test_a_link_to_a_time_sets_the_player_without_starting_it(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / SHORT).as_uri() + "#t=00:05").page
    start_s = float(page.locator('[id="t=00:05"] span').first.get_attribute("data-start") or "nan")
    assert page.evaluate("[document.querySelector('audio').currentTime, document.querySelector('audio').paused]") == [
        start_s,
        True,
    ]


@pytest.mark.parametrize("address", [SHORT, BARE])
def test_opening_a_page_loads_no_audio(visit: Callable[..., Visit], site: Path, address: str) -> None:
    seen = visit((site / address).as_uri() + "#t=00:05")
    assert not [url for url in seen.requests if "/audio/" in url]


@pytest.mark.parametrize("selector", [".chapters a", ".transcript p > a"])
def test_enter_on_a_time_plays_from_there(visit: Callable[..., Visit], site: Path, selector: str) -> None:
    page = visit((site / SHORT).as_uri()).page
    link = page.locator(selector).first
    start_s = float(link.get_attribute("data-start") or "nan")
    page.evaluate(
        """() => {
            const audio = document.querySelector('audio');
            window.startedAt = new Promise((done, fail) => {
                audio.addEventListener('playing', () => done(audio.currentTime));
                audio.addEventListener('error', () => fail(audio.error.message));
                setTimeout(() => fail('never played'), 30000);
            });
        }"""
    )
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("window.startedAt") == pytest.approx(start_s, abs=0.2)
