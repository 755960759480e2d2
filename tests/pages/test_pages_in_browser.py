"""The pages in a real browser: accessible in every look, no requests to other hosts, usable by keyboard, seekable."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from browsers import until
from page_site import BARE, EMBED, EVERY_KIND, HUGE, LONG, MIDDLE, SHORT

from pipeline import addresses
from pipeline.site.pages import EMBED_HEIGHT_PX

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Visit
    from playwright.sync_api import Page

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (*(address for address in EVERY_KIND if address != EMBED), LONG)
LOOKS = [(scheme, width) for scheme in ("light", "dark", "forced") for width in (390, 1280)]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("address", EVERY_KIND)
def test_axe_finds_nothing(visit: Callable[..., Visit], site: Path, address: str, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = visit((site / address).as_uri(), width=width, scheme=scheme)
    result = Axe().run(seen.page, options={"preload": False, "runOnly": AXE_RULES}).response
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in result["violations"]] == []
    assert [found["id"] for found in result["incomplete"] if found["id"] == "color-contrast"] == []


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_while_it_plays_and_in_what_the_player_opens(
    visit: Callable[..., Visit], site: Path, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit((site / SHORT).as_uri(), width=width, scheme=scheme).page
    page.get_by_role("button", name="Mehr zur Wiedergabe").click()
    page.get_by_role("button", name="Mitlesen").click()
    page.get_by_role("button", name="Abspielen").click()
    page.get_by_role("button", name="Anhalten").wait_for()
    result = Axe().run(page, options={"preload": False, "runOnly": AXE_RULES}).response
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in result["violations"]] == []


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
    assert len(seen.requests) <= 12


def _assert_dressed_and_quiet(seen: Visit) -> None:
    assert seen.console == []
    assert seen.page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
    script = "suche.js" if seen.page.url.endswith(addresses.SEARCH) else "podcast.js"
    assert any(url.endswith(script) for url in seen.requests)
    assert any(url.endswith("horizont.svg") for url in seen.requests)


@pytest.mark.parametrize("width", [390, 1280])
def test_play_is_within_the_first_800_pixels_and_the_header_is_low(
    visit: Callable[..., Visit], site: Path, width: int
) -> None:
    page = visit((site / LONG).as_uri(), width=width).page
    play, header = page.get_by_role("button", name="Abspielen").bounding_box(), page.locator("header").bounding_box()
    assert play is not None
    assert header is not None
    assert play["y"] + play["height"] <= (700 if width == 1280 else 800)
    assert header["height"] <= (96 if width == 1280 else 125)
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)") <= 36


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("address", [LONG, addresses.INDEX])
def test_the_first_screen_stays_within_its_budgets(
    visit: Callable[..., Visit], server: str, address: str, width: int
) -> None:
    """Bytes as a server sends them that compresses; without audio."""
    seen = visit(server + address, width=width)
    files = {url: seen.page.request.get(url).body() for url in set(seen.requests)}
    sizes = {url: len(body if url.endswith(".webp") else gzip.compress(body, 6)) for url, body in files.items()}
    assert len(seen.requests) <= 12
    assert sum(sizes.values()) <= 80_000
    assert 0 < sum(size for url, size in sizes.items() if url.endswith(".webp")) <= 30_000


def test_the_play_button_of_the_start_page_plays_there_and_says_what_fails(
    visit: Callable[..., Visit], site: Path
) -> None:
    page = visit((site / addresses.INDEX).as_uri()).page
    page.locator(".listen").evaluate(f"button => button.dataset.audio = 'audio/{MIDDLE.split('/')[1]}.wav'")
    page.locator(".listen").click()
    until(page, "document.querySelector('.listen').textContent === 'Anhalten'")
    page.locator(".listen").press(" ")
    until(page, "document.querySelector('.listen').textContent !== 'Anhalten'")
    assert page.url.endswith(addresses.INDEX)
    broken = visit((site / addresses.INDEX).as_uri()).page
    broken.locator(".listen").evaluate("button => button.dataset.audio = 'audio/fehlt.mp3'")
    broken.locator(".listen").click()
    broken.get_by_text("Hier lässt sich die Folge gerade nicht abspielen.").wait_for()


def test_wide_windows_show_the_chapters_in_the_margin_and_mark_the_one_that_is_heard(
    visit: Callable[..., Visit], site: Path
) -> None:
    page = visit((site / SHORT).as_uri()).page
    contents, text = page.locator(".contents > div").bounding_box(), page.locator(".transcript").bounding_box()
    assert contents is not None
    assert text is not None
    assert contents["x"] >= 0
    assert contents["x"] + contents["width"] <= text["x"] - 60
    assert page.locator(".chapters [aria-current]").count() == 0
    page.locator(".chapters a").last.click()
    page.locator(".chapters a[aria-current=true]").wait_for()
    assert page.locator(".chapters a[aria-current]").count() == 1
    narrow = visit((site / SHORT).as_uri(), width=1000).page.locator(".contents > div").bounding_box()
    assert narrow is not None
    assert narrow["width"] > 500


def test_a_selected_sentence_is_copied_as_a_quotation_with_its_address(
    visit: Callable[..., Visit], server: str
) -> None:
    page = visit(server + SHORT, permissions=["clipboard-read", "clipboard-write"]).page
    page.evaluate(
        """() => {
            const span = document.querySelectorAll('.transcript p > span')[1].firstChild;
            getSelection().setBaseAndExtent(span, 0, span, 8);
        }"""
    )
    page.get_by_role("button", name="Zitat mit Link kopieren").click()
    page.get_by_text("Kopiert.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("„Und hier“ (Stimme Zwei, Der Leuchtturm im Netz, 00:0")
    assert copied.partition(") ")[2].startswith(server + SHORT + "#t=00:0")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_to_embed_fits_its_frame_and_stores_nothing(
    visit: Callable[..., Visit], site: Path, width: int, scripts: bool
) -> None:
    seen = visit((site / EMBED).as_uri(), width=width, java_script_enabled=scripts)
    page = seen.page
    assert seen.console == []
    assert all(url.startswith(site.as_uri()) and "/audio/" not in url for url in seen.requests)
    shown = page.locator(".bar" if scripts else "audio").bounding_box()
    assert shown is not None
    assert shown["y"] + shown["height"] <= EMBED_HEIGHT_PX
    assert page.locator("audio").is_visible() is not scripts
    assert page.locator("#merken, [data-copy], #mitlesen").count() == 0
    if scripts:
        page.get_by_role("button", name="Abspielen").click()
        page.get_by_role("button", name="Anhalten").wait_for()
        assert page.locator(".line path").get_attribute("d") == "M100 0v6M200 0v6"
        assert page.evaluate("localStorage.length") == 0


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
        """document.querySelectorAll('a[href], audio, button, select, input, summary, .transcript').forEach((stop) => {
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
