"""An episode's page in Chromium and in Firefox: where it scrolls, what it says when nothing can be heard, reloading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsers import new_context, until
from page_site import MIDDLE
from test_player_in_browser import FAILED, IN_SIGHT, SEEK, SETTLED, play, sentence_that_is_heard

from pipeline import addresses

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

OLD_GUARD_IS_OVER = "() => new Promise((done) => setTimeout(done, 1100))"
HEARD = "(second) => Math.abs(document.querySelector('audio').currentTime - second) < 1.5"


def test_chapters_and_long_seeks_do_not_end_reading_along(any_page: Page) -> None:
    page = any_page
    page.get_by_role("button", name="Mitlesen").click()
    play(page)
    for number in (2, 0, 1):
        page.locator(".chapters a[data-start]").nth(number).evaluate("(link) => link.click()")
        page.evaluate(SETTLED)
        page.evaluate(OLD_GUARD_IS_OVER)
        page.evaluate("scrollBy(0, 3)")  # as a browser does that still glides
        page.evaluate(SETTLED)
        assert page.locator(".player.away").count() == 0
    page.evaluate(SEEK, 290)
    assert page.evaluate(SETTLED) > 0
    assert page.evaluate(IN_SIGHT, sentence_that_is_heard(page))
    assert page.locator(".player.away").count() == 0


def test_a_link_to_a_time_scrolls_once_to_the_sentence(any_browser: Browser, site: Path) -> None:
    context = new_context(any_browser)
    context.add_init_script(
        """window.jumps = [];
        for (const name of ['scrollBy', 'scrollTo']) {
            const own = window[name];
            window[name] = function (...given) { jumps.push(name); return own.apply(window, given); };
        }
        Element.prototype.scrollIntoView = () => jumps.push('scrollIntoView');"""
    )
    page = context.new_page()
    page.goto((site / MIDDLE).as_uri() + "#t=4:11")
    until(page, "document.readyState === 'complete' && jumps.length === 2")
    assert page.evaluate("jumps") == ["scrollTo", "scrollTo"]  # once now, once more at load
    assert page.evaluate(IN_SIGHT, page.locator("span.linked").element_handle())
    there = page.evaluate(SETTLED)
    page.evaluate("dispatchEvent(new Event('load'))")
    assert page.evaluate(SETTLED) == pytest.approx(there, abs=1)
    page.mouse.move(600, 500)
    page.mouse.wheel(0, -600)
    until(page, "([there]) => scrollY < there - 100", [there])
    moved = page.evaluate(SETTLED)
    page.evaluate("dispatchEvent(new Event('load'))")
    assert page.evaluate(SETTLED) == moved
    context.close()


def test_back_and_forward_go_between_chapters(any_page: Page) -> None:
    page = any_page
    links = page.locator(".chapters a[data-start]")
    for number in (1, 2):
        links.nth(number).evaluate("(link) => link.click()")
        until(page, HEARD, float(links.nth(number).get_attribute("data-start") or "nan"))
    page.evaluate("document.querySelector('audio').pause()")
    for step, number in (("back", 1), ("forward", 2), ("back", 1)):
        page.evaluate(f"history.{step}()")
        address = links.nth(number).get_attribute("href") or ""
        until(page, "(address) => location.hash === address", address)
        sentence = page.locator(f'[id="{address[1:]}"] span[data-start]').first
        until(page, HEARD, float(sentence.get_attribute("data-start") or "nan"))
        assert sentence.evaluate("(span) => span === document.activeElement && span.matches('.linked')")


@pytest.mark.parametrize("kind", ["missing", "wrong type"])
def test_sound_that_cannot_be_had_is_said_with_a_way_to_download_it(
    any_browser: Browser, server: str, kind: str
) -> None:
    context = new_context(any_browser)
    page = context.new_page()
    page.goto(server + MIDDLE)
    assert not page.locator("#fehler").is_visible()
    there = {"missing": "audio/fehlt.mp3", "wrong type": addresses.INDEX}[kind]
    page.evaluate("(address) => { document.querySelector('audio').src = address; }", server + there)
    page.locator(".transcript span[data-start]").nth(3).evaluate("(sentence) => sentence.click()")
    page.locator(FAILED).wait_for()
    assert page.locator(FAILED).inner_text() == "Die Folge lässt sich hier nicht abspielen. Audio herunterladen"
    assert (page.locator("#fehler a").get_attribute("href") or "").endswith("audio/006-mole.wav")
    assert page.evaluate("document.querySelector('audio').paused")
    context.close()


def test_the_tempo_shown_is_the_real_one_after_a_reload(any_page: Page) -> None:
    page = any_page
    page.get_by_label("Tempo").select_option("1.5")
    page.reload()
    shown = page.evaluate("[document.getElementById('tempo').value, document.querySelector('audio').playbackRate]")
    assert shown == ["1", 1]
    page.evaluate("document.querySelector('audio').playbackRate = 3")
    until(page, "document.getElementById('tempo').selectedOptions[0].textContent === '3×'")
