"""The card for the wall: one sheet of A4, readable by everyone, with commands that exist."""

from __future__ import annotations

import html
import re
import shlex

import pytest
from browsers import launched, new_context
from guide_commands import command_problems, make_targets
from guides import PROJECT, Code, Guide

CARD = PROJECT / "docs/karte.html"


def said() -> list[str]:
    """What stands in code on the card."""
    return [html.unescape(text) for text in re.findall(r"<code>(.*?)</code>", CARD.read_text(encoding="utf-8"))]


def test_every_command_on_the_card_exists() -> None:
    texts = said()
    codes = tuple(Code(where=f"docs/karte.html: {text}", section="", text=text, after="") for text in texts)
    assert not command_problems([Guide("docs/karte.html", (), codes, (), ())])
    targets = {shlex.split(text)[1] for text in texts if text.startswith("make ")}
    assert {"new", "set", "episode", "review", "check", "release", "publish", "status", "withdraw"} <= targets
    assert targets <= make_targets()


def test_a_wrong_command_on_the_card_would_be_seen() -> None:
    code = Code(where="card", section="", text="make episod EPISODE=7", after="")
    assert command_problems([Guide("card", (), (code,), (), ())])


def test_the_card_is_printed_on_exactly_one_page_of_a4() -> None:
    with launched() as browser:
        page = browser.new_page()
        page.goto(CARD.as_uri())
        printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", printed)
    assert box is not None
    assert [round(float(points) / 72 * 25.4) for points in box.groups()] == [210, 297]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_card_has_no_barriers_and_fits_the_screen(scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with launched() as browser:
        page = new_context(browser, width=width, scheme=scheme).new_page()
        page.goto(CARD.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_card_asks_nobody_else() -> None:
    assert not re.findall(r"https?://|src=|@import", CARD.read_text(encoding="utf-8"))
