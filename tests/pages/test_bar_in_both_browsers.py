"""The player's bar in Chromium and in Firefox: what it shows and does, what it keeps, and that it covers nothing."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from browsers import new_context, until
from page_site import MIDDLE
from PIL import Image
from test_player_in_browser import NOW, SEEK, SETTLED, play

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

AUDIO = "document.querySelector('audio')"
TITLE_OF = "(number) => document.querySelectorAll('.chapters a[data-start]')[number].lastChild.data.trim()"
SLIDER, CLOCK, CHAPTER = "#stelle", ".clock", ".what"
OVER_THE_FOCUS = """() => {
    const at = document.activeElement, bar = document.querySelector('.player');
    if (bar.contains(at) || at === document.body || at.matches('.skip, .transcript, main')) return '';
    const a = at.getBoundingClientRect(), b = bar.getBoundingClientRect();
    return a.bottom > b.top + 1 ? at.outerHTML : '';
}"""


@pytest.fixture
def telephone(any_browser: Browser, site: Path) -> Iterator[Page]:
    context = new_context(any_browser, width=390)
    page = context.new_page()
    page.goto((site / MIDDLE).as_uri())
    yield page
    context.close()


def play_muted(page: Page) -> None:
    """Play on: without a sound card Firefox stops at once, unless nothing has to be heard."""
    page.evaluate("() => { document.querySelector('audio').muted = true; }")
    play(page)


def value_text(page: Page) -> str | None:
    return page.locator(SLIDER).get_attribute("aria-valuetext")


# --- what it shows and does -------------------------------------------------------------------------------------------


def test_one_button_plays_and_pauses_and_says_which(any_page: Page) -> None:
    page = any_page
    assert not page.locator("audio").is_visible()
    page.get_by_role("button", name="Ton aus").click()
    page.get_by_role("button", name="Abspielen").click()
    page.get_by_role("button", name="Anhalten").wait_for()
    until(page, f"{NOW} > 0.3")
    page.get_by_role("button", name="Anhalten").click()
    page.get_by_role("button", name="Abspielen").wait_for()
    assert page.evaluate("document.querySelector('audio').paused")


def test_the_length_is_known_before_anything_is_loaded(any_browser: Browser, any_page: Page) -> None:
    page = any_page
    assert page.locator(CLOCK).inner_text() == "00:00 / 05:00"
    assert value_text(page) == "0 Sekunden von 5 Minuten"
    context = new_context(any_browser)
    linked = context.new_page()
    linked.goto(page.url + "#t=125")
    assert linked.locator(CLOCK).inner_text() == "02:05 / 05:00"
    assert value_text(linked) == "2 Minuten 5 Sekunden von 5 Minuten"
    assert linked.locator(SLIDER).input_value() == "125"
    assert linked.evaluate("document.querySelector('audio').readyState") == 0
    context.close()


def test_keys_move_the_slider_as_in_the_browsers_own_player(any_page: Page) -> None:
    page = any_page
    page.locator(SLIDER).focus()
    for key, second, said in (
        ("PageUp", 30, "30 Sekunden"),
        ("PageUp", 60, "1 Minute"),
        ("ArrowRight", 65, "1 Minute 5 Sekunden"),
        ("ArrowUp", 70, "1 Minute 10 Sekunden"),
        ("ArrowLeft", 65, "1 Minute 5 Sekunden"),
        ("ArrowDown", 60, "1 Minute"),
        ("PageDown", 30, "30 Sekunden"),
        ("End", 300, "5 Minuten"),
        ("ArrowRight", 300, "5 Minuten"),
        ("Home", 0, "0 Sekunden"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(NOW) == second, key
        assert value_text(page) == f"{said} von 5 Minuten"
        assert page.locator(SLIDER).input_value() == str(second)


def test_dragging_shows_the_place_and_goes_there_once(any_page: Page) -> None:
    page = any_page
    play(page)
    page.evaluate("document.querySelector('audio').pause()")
    before = page.evaluate(NOW)
    box = page.locator(".line").bounding_box()
    assert box is not None
    assert box["height"] == 24
    page.evaluate("() => { window.sought = 0; document.querySelector('audio').onseeking = () => { sought += 1; }; }")
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 2)  # the line itself is thinner
    page.mouse.down()
    for part in (0.3, 0.5, 0.6):
        page.mouse.move(box["x"] + box["width"] * part, box["y"] + 12)
    until(page, "document.querySelector('.clock').textContent.startsWith('03:0')")
    assert page.locator(CHAPTER).inner_text() == page.evaluate(TITLE_OF, 1)
    assert page.evaluate(NOW) == before
    page.mouse.up()
    until(page, f"Math.abs({NOW} - 180) < 3")
    until(page, "sought === 1")


def test_chapters_are_ticks_and_the_one_that_is_heard_stands_above(any_page: Page) -> None:
    page = any_page
    assert page.locator(".line path").get_attribute("d") == "M100 0v6M200 0v6"
    assert page.locator(".line svg").get_attribute("viewBox") == "0 0 300 6"
    for second, number in ((0, 0), (99, 0), (100, 1), (250, 2)):
        page.evaluate("(second) => podcastPlayer.seek(second)", second)
        assert page.locator(CHAPTER).inner_text() == page.evaluate(TITLE_OF, number)
    play_button = page.locator(".play").bounding_box()
    assert play_button is not None
    assert (play_button["width"], play_button["height"]) == (56, 56)


def test_a_slider_in_focus_stays_silent_while_it_plays(any_page: Page) -> None:
    page = any_page
    page.locator(SLIDER).focus()
    play_muted(page)
    page.evaluate(SEEK, 100)
    said = value_text(page)
    until(page, f"{NOW} > 102")
    until(page, "document.querySelector('.clock').textContent >= '01:42'")
    assert value_text(page) == said
    page.keyboard.press("ArrowRight")
    assert value_text(page) != said


def test_sound_is_muted_and_turned_down(any_page: Page) -> None:
    page = any_page
    page.get_by_role("button", name="Ton aus").click()
    assert page.evaluate("document.querySelector('audio').muted")
    page.get_by_role("button", name="Ton an").click()
    page.get_by_label("Lautstärke").focus()
    page.keyboard.press("ArrowLeft")
    until(page, "document.querySelector('audio').volume === 0.95")
    until(page, "document.querySelector('.volume input').getAttribute('aria-valuetext') !== '100 Prozent'")
    assert page.get_by_label("Lautstärke").get_attribute("aria-valuetext") == "95 Prozent"


# --- what it keeps ----------------------------------------------------------------------------------------------------


def test_nothing_is_kept_unless_the_listener_says_so(any_browser: Browser, site: Path) -> None:
    context = new_context(any_browser)
    page = context.new_page()
    page.goto((site / MIDDLE).as_uri())

    def listen() -> None:
        play_muted(page)
        page.evaluate(SEEK, 20)
        page.get_by_label("Tempo").select_option("1.5")
        until(page, f"{NOW} > 20.2")
        page.get_by_role("button", name="Anhalten").click()

    listen()
    page.reload()
    assert page.evaluate(f"[localStorage.length, document.cookie, {NOW}]") == [0, "", 0]
    page.get_by_role("button", name="Mehr zur Wiedergabe").click()
    page.get_by_label("Auf diesem Gerät merken, wo ich war").check()
    listen()
    ((name, text),) = page.evaluate("Object.entries(localStorage)")
    kept = json.loads(text)
    assert name.startswith("podcast /")
    assert (list(kept["places"].values()), kept["tempo"], kept["keys"]) == ([20], 1.5, False)
    page.reload()
    until(page, "document.getElementById('tempo').value === '1.5'")
    assert page.evaluate(NOW) == 20
    assert page.locator(CLOCK).inner_text() == "00:20 / 05:00"
    page.goto("about:blank")
    page.goto((site / MIDDLE).as_uri() + "#t=0:05")  # a link says where
    assert page.evaluate(NOW) < 6
    page.reload()
    page.evaluate("history.replaceState(null, '', location.pathname)")
    page.reload()
    assert page.evaluate(NOW) == 20  # as it was: nobody listened there
    page.get_by_role("button", name="Mehr zur Wiedergabe").click()
    page.get_by_label("Auf diesem Gerät merken, wo ich war").uncheck()
    page.reload()
    assert page.evaluate("[localStorage.length, document.getElementById('tempo').value]") == [0, "1"]
    context.close()


# --- keys -------------------------------------------------------------------------------------------------------------


def test_shortcuts_are_off_until_switched_on_and_can_be_switched_off(any_page: Page) -> None:
    page = any_page
    menu, switch = page.get_by_role("button", name="Mehr zur Wiedergabe"), page.get_by_label("Tastenkürzel")

    def press(keys: str) -> tuple[float, bool, bool]:
        for key in keys:
            page.keyboard.press(key)
        second, paused, muted = page.evaluate(f"[{NOW}, {AUDIO}.paused, {AUDIO}.muted]")
        return second, paused, muted

    page.locator(".transcript").focus()
    assert press("klm") == (0, True, False)
    menu.click()
    switch.check()
    page.locator(".transcript").focus()
    assert press("llj") == (45, True, False)
    assert press("m") == (45, True, True)
    assert press("k")[1] is False
    page.keyboard.press("Space")
    assert press("")[1:] == (True, True)
    there = press("")[0]
    page.get_by_label("Im Transkript suchen").focus()
    assert press("klm") == (there, True, True)
    assert page.get_by_label("Im Transkript suchen").input_value() == "klm"
    switch.uncheck()
    page.locator(".transcript").focus()
    assert press("klm") == (there, True, True)
    page.locator("#merken").focus()
    page.keyboard.press("Escape")
    assert not page.locator("#mehr").is_visible()
    assert page.evaluate("document.activeElement.matches('.menu')")


# --- where it stands --------------------------------------------------------------------------------------------------


def test_on_a_telephone_it_is_one_low_bar_that_covers_no_focus_and_no_end(telephone: Page) -> None:
    page = telephone
    box = page.locator(".bar").bounding_box()
    assert box == {"x": 0, "y": 800 - 64, "width": page.evaluate("document.documentElement.clientWidth"), "height": 64}
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    end = page.locator("footer > :last-child").bounding_box()
    assert end is not None
    assert end["y"] + end["height"] <= box["y"] - 9  # the slider reaches above the bar
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("document.querySelector('h1').tabIndex = 0; document.querySelector('h1').focus()")
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(OVER_THE_FOCUS) == ""
    page.locator(".legal a").last.focus()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(OVER_THE_FOCUS) == ""


def test_on_a_telephone_the_rest_opens_above_the_bar(telephone: Page) -> None:
    page = telephone
    assert not page.get_by_role("button", name="Mitlesen").is_visible()
    menu = page.get_by_role("button", name="Mehr zur Wiedergabe")
    menu.click()
    assert menu.get_attribute("aria-expanded") == "true"
    for name in ("Mitlesen", "Teilen"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 800 - 64
    page.get_by_role("button", name="Mitlesen").click()
    menu.click()
    play(page)
    page.evaluate(SEEK, 200)
    page.evaluate(SETTLED)
    now, bar = page.locator(".now").bounding_box(), page.locator(".bar").bounding_box()
    assert now is not None
    assert bar is not None
    assert now["y"] >= 0
    assert now["y"] + now["height"] <= bar["y"]


def test_nothing_slides_past_beside_the_bar(any_page: Page) -> None:
    page = any_page
    time = page.locator(".transcript p > a").nth(4)
    time.evaluate("(link) => scrollTo(0, link.getBoundingClientRect().top + scrollY - 40)")
    page.evaluate(SETTLED)
    beside, bar = time.bounding_box(), page.locator(".bar").bounding_box()
    assert beside is not None
    assert bar is not None
    assert 0 < beside["y"] < bar["y"] + bar["height"]
    assert beside["x"] + beside["width"] < bar["x"]
    seen = page.screenshot(clip={"x": 0, "y": 0, "width": bar["x"], "height": bar["y"] + bar["height"]})
    assert len(Image.open(io.BytesIO(seen)).convert("RGB").getcolors() or []) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


# --- keys and screens of the device, and other ways to hear -----------------------------------------------------------


def test_the_device_knows_what_plays_and_skips_by_chapters(any_browser: Browser, server: str, site: Path) -> None:
    context = new_context(any_browser)
    context.add_init_script(
        """window.acts = {};
        MediaSession.prototype.setActionHandler = (name, act) => { acts[name] = act; };"""
    )
    page = context.new_page()
    page.goto(server + MIDDLE)
    title, artist, source = page.evaluate(
        """() => {
            const { title, artist, artwork } = navigator.mediaSession.metadata;
            return [title, artist, artwork[0].src];
        }"""
    )
    assert (title, artist) == ("Die Mole", "Beispielfunk")
    assert source == server + "assets/cover-gross.webp"
    page.goto((site / MIDDLE).as_uri())
    for act, options, second in (
        ("nexttrack", "{}", 100),
        ("nexttrack", "{}", 200),
        ("nexttrack", "{}", 200),
        ("previoustrack", "{}", 100),
        ("seekforward", "{}", 130),
        ("previoustrack", "{}", 100),
        ("seekbackward", "{}", 85),
        ("seekbackward", "{ seekOffset: 5 }", 80),
        ("seekto", "{ seekTime: 42 }", 42),
    ):
        page.evaluate(f"acts.{act}({options})")
        assert page.evaluate(NOW) == second, act
    page.get_by_role("button", name="Ton aus").click()
    page.evaluate("acts.play({})")
    page.get_by_role("button", name="Anhalten").wait_for()
    page.evaluate("acts.pause({})")
    page.get_by_role("button", name="Abspielen").wait_for()
    context.close()


def test_if_the_script_never_comes_the_browsers_own_player_does(any_browser: Browser, server: str) -> None:
    context = new_context(any_browser)
    page = context.new_page()
    page.route("**/spieler.js", lambda route: route.abort())
    page.goto(server + MIDDLE)
    assert not page.locator("audio").is_visible()
    page.evaluate("document.querySelector('audio').getAnimations().forEach((animation) => animation.finish())")
    assert page.locator("audio").is_visible()
    box, bar = page.locator("audio").bounding_box(), page.locator(".bar").bounding_box()
    assert box is not None
    assert bar is not None
    assert bar["y"] <= box["y"] < bar["y"] + bar["height"]
    context.close()
