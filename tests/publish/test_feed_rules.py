"""The feed keeps every rule of the table, and every rule of the table can fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from feed_rules import HOUSE, RULES, Rule
from lxml import etree
from publish_samples import EPISODE, FULL_ENCLOSURE, FULL_EPISODE, FULL_SHOW, episode, item, show

from pipeline.feed.rss import render_feed
from pipeline.values.published import Item, ShowNotes
from pipeline.values.show import Show

OTHER = replace(
    FULL_EPISODE, folder="006-haefen", guid="b1c7c0de-0000-4000-8000-000000000006", number=6, corrected=None
)
TRAILER = replace(
    OTHER, folder="005-vorschau", guid="b1c7c0de-0000-4000-8000-000000000005", number=5, episode_type="trailer"
)
FULL = (
    item(FULL_EPISODE, enclosure=FULL_ENCLOSURE),
    item(OTHER, enclosure=replace(FULL_ENCLOSURE, path="audio/006-haefen.mp3")),
    item(TRAILER, enclosure=replace(FULL_ENCLOSURE, path="audio/005-vorschau.mp3")),
)
WISHES = {"podcast:image has a text for those who do not see it"}  # alt is recommended; an editor has to write it

by_text = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)


def rendered(by: Show = FULL_SHOW, items: Sequence[Item] = FULL) -> bytes:
    return render_feed(by, items)


def broken_rules(feed: bytes) -> list[str]:
    rss = etree.fromstring(feed)
    return [f"{rule.text} ({rule.source})" for rule in RULES if rule.text not in WISHES and not rule.holds(rss)]


@by_text
def test_a_feed_with_every_element_keeps(rule: Rule) -> None:
    assert rule.holds(etree.fromstring(rendered())), rule.source


@by_text
def test_a_spoiled_feed_breaks(rule: Rule) -> None:
    rss = etree.fromstring(rendered())
    spoiled = rule.spoil(rss)
    feed = spoiled if isinstance(spoiled, bytes) else etree.tostring(rss, encoding="UTF-8", xml_declaration=True)
    assert not rule.holds(etree.fromstring(feed))


def test_every_rule_names_its_source_and_is_listed_once() -> None:
    sources = ("PSP-1", "Apple", "Podcasting 2.0", "RSS 2.0", "RSS best practices", "W3C", "Podlove", "RFC 5005", HOUSE)
    assert all(rule.source.startswith(sources) for rule in RULES)
    assert len({rule.text for rule in RULES}) == len(RULES)
    for source in sources:
        assert any(source in rule.source for rule in RULES), source


@pytest.mark.parametrize(
    "written",
    [
        item(episode(number=None, season=None, chapters=(), speakers=EPISODE.speakers[1:]), transcribed=False),
        item(episode(number=0, episode_type="trailer")),
        item(
            episode(title="🚢👩🏽‍💻 ein ]]> und <![CDATA[ & \x00\x1b „Größe“", summary="]]> <script>alert(1)</script>")
        ),
        item(episode(title="x" * 255, summary="&" * 5000)),
        item(notes=ShowNotes(html="", text=" \n ]]> " + "ä <b>" * 2000)),
    ],
    ids=["bare", "number 0", "emoji and markup", "255 characters", "long notes"],
)
def test_any_text_makes_a_feed_that_keeps_every_rule(written: Item) -> None:
    assert broken_rules(rendered(show(copyright="Erfundene Redaktion"), [written])) == []


def test_a_feed_without_episodes_keeps_every_rule() -> None:
    assert broken_rules(rendered(show(copyright="Erfundene Redaktion"), [])) == []
