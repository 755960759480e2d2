"""What the script adds to an episode's page, in a real browser: playing sentences, reading along, search, sharing."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsers import until
from page_site import EVERY_KIND, HOSTILE, HUGE, LONG, MIDDLE, SHORT

from pipeline import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Visit
    from playwright.sync_api import Page

NOW = "document.querySelector('audio').currentTime"
IN_SIGHT = """(element) => {
    const player = document.querySelector('.player'), low = getComputedStyle(player).position === 'fixed';
    const box = element.getBoundingClientRect(), bar = player.getBoundingClientRect();
    return box.top >= (low ? 0 : bar.bottom) - 1 && box.bottom <= (low ? bar.top : innerHeight) + 1;
}"""
SEEK = """(second) => new Promise((done, fail) => {
    const audio = document.querySelector('audio');
    setTimeout(() => fail('never sought'), 30000);
    audio.addEventListener('seeked', () => requestAnimationFrame(() => requestAnimationFrame(done)), { once: true });
    audio.currentTime = second;
})"""
WILL_PLAY = """() => {
    window.played = new Promise((done, fail) => {
        document.querySelector('audio').addEventListener('playing', () => done(true));
        setTimeout(() => fail('never played'), 30000);
    });
}"""
SETTLED = """() => new Promise((done) => {
    let last = NaN, still = 0;
    (function look() {
        still = scrollY === last ? still + 1 : 0;
        last = scrollY;
        if (still > 12) done(scrollY); else requestAnimationFrame(look);
    })();
})"""


@pytest.fixture
def page(visit: Callable[..., Visit], site: Path) -> Page:
    return visit((site / MIDDLE).as_uri()).page


def play(page: Page) -> None:
    """Play for a moment: seeking works only in what is loaded."""
    page.evaluate(WILL_PLAY)
    page.evaluate("() => { document.querySelector('audio').play(); }")
    assert page.evaluate("window.played")


def start_of(page: Page, number: int) -> float:
    return float(page.locator(".transcript span[data-start]").nth(number).get_attribute("data-start") or "nan")


# --- playing ----------------------------------------------------------------------------------------------------------


def test_buttons_skip_and_the_tempo_changes(page: Page) -> None:
    on, back = "30 Sekunden vor", "15 Sekunden zurück"
    for name, second in ((on, 30), (on, 60), (back, 45), (back, 30), (back, 15), (back, 0), (back, 0)):
        page.get_by_role("button", name=name).click()
        assert page.evaluate(NOW) == second
    page.get_by_label("Tempo").select_option("1.5")
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.5
    page.evaluate("document.querySelector('audio').playbackRate = 2")
    until(page, "document.getElementById('tempo').value === '2'")


def test_a_click_on_a_sentence_plays_it(page: Page) -> None:
    page.evaluate(WILL_PLAY)
    page.locator(".transcript span[data-start]").nth(20).click()
    assert page.evaluate("window.played")
    assert page.evaluate(NOW) == pytest.approx(start_of(page, 20), abs=0.5)


def test_selecting_text_plays_nothing(page: Page) -> None:
    page.locator(".transcript span[data-start]").nth(4).dblclick(modifiers=["Shift"])
    page.locator(".transcript span[data-start]").nth(5).scroll_into_view_if_needed()
    box = page.locator(".transcript span[data-start]").nth(5).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 8)
    page.mouse.up()
    assert page.evaluate("getSelection().toString().length") > 3
    assert page.evaluate("document.querySelector('audio').paused")


def test_arrow_keys_bring_every_sentence_into_view_and_enter_plays_it(page: Page) -> None:
    count = page.locator(".transcript span[data-start]").count()
    page.locator(".transcript").focus()
    for number in range(count):
        page.keyboard.press("ArrowRight")
        here = page.evaluate_handle("document.activeElement")
        if number == 0:
            continue  # the first press goes to the player's position
        assert page.evaluate("(e) => e.dataset.start", here) == page.locator(".transcript span[data-start]").nth(
            number
        ).get_attribute("data-start")
        assert page.evaluate(IN_SIGHT, here), f"sentence {number} is out of sight"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "button"
    page.evaluate(WILL_PLAY)
    page.keyboard.press("Enter")
    assert page.evaluate("window.played")
    assert page.evaluate(NOW) == pytest.approx(start_of(page, count - 2), abs=0.5)
    assert page.locator(".transcript span[role=button]").count() == 1


# --- addresses of times -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hash_", ["#t=2:05", "#t=125", "#t=0:02:05", "#t=02:05", "#t=125.0", "#t%3D2%3A05"])
def test_every_spelling_of_a_time_can_be_linked_to(visit: Callable[..., Visit], site: Path, hash_: str) -> None:
    page = visit((site / MIDDLE).as_uri() + hash_).page
    assert page.evaluate(NOW) == 125
    (linked,) = page.locator(".linked").element_handles()
    starts = [start_of(page, number) for number in range(page.locator(".transcript span[data-start]").count())]
    meant = max(start for start in starts if start < 126)  # the last that begins within that second or before
    assert float(linked.get_attribute("data-start") or "nan") == meant
    assert page.evaluate(IN_SIGHT, linked)
    page.evaluate("location.hash = '#t=10'")
    until(page, f"{NOW} === 10")


@pytest.mark.parametrize("hash_", ["#t=", "#t=x", "#t=1:2:3:4", "#inhalt", "#%E0%A4%A", "#t=99999999"])
def test_odd_addresses_do_no_harm(visit: Callable[..., Visit], site: Path, hash_: str) -> None:
    seen = visit((site / MIDDLE).as_uri() + hash_)
    assert seen.console == []
    seen.page.get_by_role("button", name="30 Sekunden vor").click()


def test_the_position_of_the_player_can_be_copied_as_a_link(visit: Callable[..., Visit], server: str) -> None:
    page = visit(server + MIDDLE, permissions=["clipboard-read", "clipboard-write"]).page
    page.evaluate("document.querySelector('audio').currentTime = 75.4")
    page.get_by_role("button", name="Teilen").click()
    until(page, "document.querySelector('.controls [role=status]').textContent !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == server + MIDDLE + "#t=01:15"
    assert page.locator(".controls [role=status]").text_content() == "Link zu 01:15 kopiert."


def test_the_feed_address_can_be_copied(visit: Callable[..., Visit], server: str) -> None:
    page = visit(server + addresses.SUBSCRIBE, permissions=["clipboard-read", "clipboard-write"]).page
    page.get_by_role("button", name="Adresse kopieren").click()
    until(page, "document.querySelector('[role=status]').textContent !== ''")
    assert page.evaluate("navigator.clipboard.readText()") == "https://podcast.example.org/mv/feed.xml"


# --- reading along ----------------------------------------------------------------------------------------------------


def test_reading_along_is_off_until_switched_on(page: Page) -> None:
    play(page)
    page.evaluate(SEEK, 200)
    assert page.locator(".now").count() == 0
    assert page.evaluate("scrollY") == 0


def test_reading_along_keeps_the_sentence_in_view_until_the_reader_scrolls(page: Page) -> None:
    toggle, back = page.get_by_role("button", name="Mitlesen"), page.locator("#zur-stelle")
    toggle.click()
    assert toggle.get_attribute("aria-pressed") == "true"
    play(page)
    page.evaluate(SEEK, 200)
    page.evaluate(SETTLED)
    assert page.evaluate(IN_SIGHT, page.locator(".now").element_handle())
    back.wait_for(state="hidden")
    page.mouse.move(600, 500)
    page.mouse.wheel(0, -900)
    back.wait_for(state="visible")
    there = page.evaluate(SETTLED)
    page.evaluate(SEEK, 20)
    assert page.evaluate(SETTLED) == there
    back.click()
    page.evaluate(SETTLED)
    assert page.evaluate(IN_SIGHT, page.locator(".now").element_handle())
    back.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "mitlesen"
    toggle.click()
    assert page.locator(".now").count() == 0


def test_with_reduced_motion_nothing_scrolls_smoothly(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / MIDDLE).as_uri(), reduced_motion="reduce").page
    page.get_by_role("button", name="Mitlesen").click()
    play(page)
    page.evaluate(SEEK, 200)
    at_once = page.evaluate("scrollY")
    assert at_once > 0
    assert page.evaluate(SETTLED) == at_once


# --- searching --------------------------------------------------------------------------------------------------------


def search(page: Page, text: str) -> str:
    page.get_by_label("Im Transkript suchen").fill(text)
    return page.locator("#funde:not([aria-busy])").text_content() or ""


def test_the_search_finds_parts_of_words_regardless_of_case_and_umlauts(page: Page) -> None:
    sentences = [text.lower() for text in page.locator(".transcript span[data-start]").all_text_contents()]
    for wanted, spelt in (("straße", "STRASSE"), ("brück", "bruck"), ("küste", "kueste"), ("behörde", "behörde")):
        count = sum(wanted in sentence for sentence in sentences)
        expected = f"{count} Sätze gefunden." if count > 1 else "1 Satz gefunden." if count else "Nichts gefunden."
        assert search(page, spelt) == expected
        assert page.locator(".hit").count() == count
        assert page.evaluate("CSS.highlights.get('found').size") >= count
    assert search(page, "x") == ""
    assert page.locator(".hit").count() == 0


def test_enter_goes_from_hit_to_hit(page: Page) -> None:
    search(page, "und")
    hits = page.locator(".hit").count()
    assert hits > 3
    field = page.get_by_label("Im Transkript suchen")
    for key, number in (("Enter", 1), ("Enter", 2), ("Shift+Enter", 1), ("Shift+Enter", hits)):
        field.press(key)
        assert page.locator("#funde").text_content() == f"{number} von {hits}"
        assert page.evaluate(IN_SIGHT, page.locator(".here").element_handle())
    assert page.evaluate("document.activeElement.id") == "suche"


def test_awkward_text_is_found(visit: Callable[..., Visit], site: Path) -> None:
    seen = visit((site / HOSTILE).as_uri())
    for wanted in ("onerror", "🏳️‍🌈", "宇宙", "*innen", "xxxx"):
        assert search(seen.page, wanted) == "2 Sätze gefunden.", wanted
    assert seen.console == []


# --- without the script and in other looks ----------------------------------------------------------------------------


@pytest.mark.parametrize("address", EVERY_KIND)
def test_without_javascript_no_dead_button_is_shown(visit: Callable[..., Visit], site: Path, address: str) -> None:
    page = visit((site / address).as_uri(), java_script_enabled=False).page
    shown = [handle for handle in page.query_selector_all("button, select, input") if handle.is_visible()]
    assert shown == []
    assert page.query_selector(".script") is None or not page.query_selector(".script").is_visible()  # type: ignore[union-attr]


def test_without_javascript_the_browsers_own_player_stands_there(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / MIDDLE).as_uri(), java_script_enabled=False).page
    assert page.locator("audio[controls]").is_visible()
    assert not page.locator(".bar").is_visible()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("address", [LONG, HUGE, addresses.INDEX, addresses.SEARCH, addresses.SUBSCRIBE])
def test_nothing_moves_while_the_page_loads(visit: Callable[..., Visit], server: str, address: str, width: int) -> None:
    page = visit(server + address, width=width).page
    shift = page.evaluate(
        """() => new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => list.getEntries().forEach((entry) => sum += entry.value))
                .observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => done(sum), 300);
        })"""
    )
    assert shift <= 0.01


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("address", EVERY_KIND)
def test_wider_text_spacing_cuts_nothing_off(visit: Callable[..., Visit], site: Path, address: str, width: int) -> None:
    """WCAG 2.1, 1.4.12."""
    page = visit((site / address).as_uri(), width=width, bypass_csp=True).page
    page.add_style_tag(
        content="* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
        "p { margin-bottom: 2em !important; }"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate(
        """() => [...document.querySelectorAll('main *, header *, footer *')]
             .filter(e => e.checkVisibility() && !e.matches('.far, audio, input, select') && !e.closest('audio'))
             .filter(e => getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1)
             .map(e => e.outerHTML.slice(0, 80))"""
    )
    assert cut == []


def test_forced_colours_keep_what_colours_convey(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / MIDDLE).as_uri(), forced_colors="active").page
    page.get_by_role("button", name="Mitlesen").click()
    play(page)
    page.evaluate(SEEK, 100)
    assert "underline" in page.locator(".now").evaluate("(e) => getComputedStyle(e).textDecorationLine")
    search(page, "und")
    assert page.locator(".hit").first.evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"
    shape = "(e) => getComputedStyle(e, '::before').backgroundColor"
    assert page.locator(".name").first.evaluate(shape) == page.evaluate("getComputedStyle(document.body).color")


def test_print_keeps_only_what_can_be_read(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / MIDDLE).as_uri()).page
    page.emulate_media(media="print")
    for selector in (".player", ".tools", ".actions", ".skip", ".neighbours", ".masthead nav", "#hinweis"):
        assert not page.locator(selector).first.is_visible(), selector
    assert page.locator(".transcript p > a").first.is_visible()
    assert page.locator(".transcript p").last.is_visible()


# --- whose scrolling it is --------------------------------------------------------------------------------------------


def sentence_that_is_heard(page: Page) -> Any:
    page.locator(".now").wait_for()
    return page.locator(".now").element_handle()


def comes_into_sight(page: Page) -> None:
    """The page scrolls once the browser has found the moment, which takes a loaded machine a while."""
    end = time.monotonic() + 20
    while not page.evaluate(IN_SIGHT, sentence_that_is_heard(page)):
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def test_a_jump_of_many_screens_does_not_glide(page: Page) -> None:
    page.get_by_role("button", name="Mitlesen").click()
    play(page)
    page.evaluate(SEEK, 290)
    at_once = page.evaluate("scrollY")
    assert at_once > 1.5 * 800
    assert page.evaluate(SETTLED) == at_once


@pytest.mark.parametrize("how", ["wheel", "key", "scrollbar"])
def test_the_reader_scrolls_with(page: Page, how: str) -> None:
    page.get_by_role("button", name="Mitlesen").click()
    play(page)
    page.evaluate(SEEK, 200)
    page.evaluate(SETTLED)
    if how == "wheel":
        page.mouse.move(600, 500)
        page.mouse.wheel(0, -900)
    elif how == "key":
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("PageUp")
        page.keyboard.press("PageUp")
    else:
        page.evaluate(
            """() => {
                const x = document.documentElement.clientWidth + 3;
                document.documentElement.dispatchEvent(new PointerEvent('pointerdown', { clientX: x, bubbles: true }));
                scrollBy(0, -900);
            }"""
        )
    page.locator("#zur-stelle").wait_for(state="visible")


def test_keys_in_fields_and_in_the_player_scroll_nothing(page: Page) -> None:
    page.get_by_role("button", name="Mitlesen").click()
    play(page)
    for selector in ("#suche", "#tempo", "[data-skip='30']"):
        page.locator(selector).focus()
        for key in ("End", "ArrowDown", "Home"):
            page.keyboard.press(key)
    page.evaluate(SEEK, 200)
    comes_into_sight(page)


def test_the_way_back_is_offered_only_while_the_sentence_is_out_of_sight(page: Page) -> None:
    page.get_by_role("button", name="Mitlesen").click()
    play(page)
    page.evaluate(SEEK, 200)
    page.evaluate(SETTLED)
    page.mouse.move(600, 500)
    page.mouse.wheel(0, 40)
    page.evaluate(SETTLED)
    assert page.evaluate(IN_SIGHT, sentence_that_is_heard(page))
    assert not page.locator("#zur-stelle").is_visible()
    page.mouse.wheel(0, 1200)
    page.locator("#zur-stelle").wait_for(state="visible")
    page.mouse.wheel(0, -1200)
    page.locator("#zur-stelle").wait_for(state="hidden")


# --- the sentence that a link means -----------------------------------------------------------------------------------


@pytest.mark.parametrize("look", ["light", "dark", "forced"])
def test_the_sentence_that_a_link_means_is_marked_and_its_focus_can_be_seen(
    visit: Callable[..., Visit], site: Path, look: str
) -> None:
    options = {"forced_colors": "active"} if look == "forced" else {"scheme": look}
    page = visit((site / MIDDLE).as_uri(), **options).page
    own_address = page.locator(".transcript p > a").nth(3).get_attribute("href") or ""
    for hash_ in ("#t=2:05", own_address):
        page.evaluate("(hash) => { location.hash = hash; }", hash_)
        (linked,) = page.locator(".transcript .linked").element_handles()
        assert linked.evaluate("(e) => e.matches('span[data-start]') && e === document.activeElement")
        style = linked.evaluate(
            """(e) => {
                const seen = (colour) => { // as painted, over the page's ground
                    const area = new OffscreenCanvas(1, 1).getContext('2d');
                    for (const layer of [getComputedStyle(document.documentElement).backgroundColor, colour])
                        { area.fillStyle = layer; area.fillRect(0, 0, 1, 1); }
                    return [...area.getImageData(0, 0, 1, 1).data].slice(0, 3);
                };
                e.getAnimations().forEach((fade) => fade.finish());
                const style = getComputedStyle(e);
                const { outlineStyle, outlineWidth, textDecorationLine, transitionDuration } = style;
                return { outlineStyle, outlineWidth, textDecorationLine, transitionDuration,
                    outline: seen(style.outlineColor),
                    paper: seen('transparent'), ground: seen(style.backgroundColor), ink: seen(style.color),
                    around: seen(getComputedStyle(e.parentElement).backgroundColor) };
            }"""
        )
        assert style["outlineStyle"] == "solid"
        assert style["outlineWidth"] == "3px"
        assert contrast(style["outline"], style["paper"]) >= 3
        assert contrast(style["outline"], style["ground"]) >= 3
        assert contrast(style["ink"], style["ground"]) >= 4.5
        assert style["around"] == style["paper"]  # not the whole paragraph
        if look == "forced":
            assert style["textDecorationLine"] == "underline"
        else:
            assert style["ground"] != style["paper"]
            assert style["textDecorationLine"] == "none"
            assert style["transitionDuration"] == "0.12s"


def contrast(one: list[int], other: list[int]) -> float:
    """The ratio of WCAG 2.1 between two colours of 0-255 each."""
    lights = [
        sum(
            part * ((c / 12.92) if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
            for part, c in zip((0.2126, 0.7152, 0.0722), (v / 255 for v in colour), strict=True)
        )
        for colour in (one, other)
    ]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_with_reduced_motion_the_mark_does_not_fade(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / MIDDLE).as_uri() + "#t=2:05", reduced_motion="reduce").page
    assert page.locator(".linked").evaluate("(e) => getComputedStyle(e).transitionDuration") == "0s"


# --- the search stays in reach ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, 1280])
def test_the_buttons_of_the_search_stay_in_sight_while_there_are_hits(
    visit: Callable[..., Visit], site: Path, width: int
) -> None:
    page = visit((site / MIDDLE).as_uri(), width=width).page
    search(page, "und")
    for _ in range(4):
        box = page.get_by_role("button", name="Nächste").bounding_box()
        page.get_by_role("button", name="Nächste").evaluate("(button) => button.click()")
        box = page.get_by_role("button", name="Nächste").bounding_box()
        tools, hit = page.locator(".tools").bounding_box(), page.locator(".here").bounding_box()
        player = page.locator(".player").bounding_box()
        assert box is not None
        assert tools is not None
        assert hit is not None
        assert player is not None
        if width == 390:  # there the player stands at the bottom
            assert box["y"] + box["height"] <= player["y"]
            assert hit["y"] + hit["height"] <= player["y"]
        else:
            assert box["y"] >= player["y"] + player["height"] - 1
            assert box["y"] + box["height"] <= 800
        assert hit["y"] >= tools["y"] + tools["height"] - 1
    assert tools["y"] + tools["height"] < 300
    search(page, "")
    assert page.locator(".tools").evaluate("(e) => getComputedStyle(e).position") == "static"


# --- what cannot be heard ---------------------------------------------------------------------------------------------

FAILED = "#fehler:not([hidden])"


def test_sound_that_never_comes_is_given_up(visit: Callable[..., Visit], server: str) -> None:
    page = visit(server + SHORT).page
    page.clock.install()
    page.reload()
    page.route("**/audio/*", lambda route: None)  # a server that does not answer
    page.evaluate("() => { document.querySelector('audio').play().catch(() => {}); }")
    until(page, "!document.querySelector('audio').paused")
    page.clock.fast_forward(14_000)
    assert not page.locator("#fehler").is_visible()
    assert page.locator(".what").inner_text() == "Lädt …"
    page.clock.fast_forward(2_000)
    page.locator(FAILED).wait_for()
    assert page.evaluate("document.querySelector('audio').paused")
    page.get_by_role("button", name="Abspielen").wait_for()
    assert page.locator(".waits").count() == 0
    assert page.locator(".what").inner_text() == "Zweiter Teil"


def test_a_server_without_ranges_is_named_when_a_jump_lands_elsewhere(
    visit: Callable[..., Visit], server: str, site: Path
) -> None:
    seen = [visit(address + MIDDLE).page for address in (server, site.as_uri() + "/")]  # the test's server has none
    for page in seen:
        page.evaluate(WILL_PLAY)
        page.locator(".chapters a[data-start]").nth(2).evaluate("(link) => link.click()")
        assert page.evaluate("window.played")
    seen[0].locator(FAILED).wait_for()
    assert "nicht springen: Die Wiedergabe steht bei 00:0" in seen[0].locator(FAILED).inner_text()
    assert not seen[1].locator(FAILED).is_visible()


def test_every_colour_that_is_used_is_declared(site: Path) -> None:
    files = [*(site / "assets").rglob("*.css"), *(site / "assets").rglob("*.svg")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= set(re.findall(r"(--[\w-]+):", text))
