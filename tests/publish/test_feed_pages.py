"""A feed in several files (RFC 5005), moves to another address, and dates of correction."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from feed_rules import RULES
from lxml import etree
from publish_samples import FULL_EPISODE, FULL_SHOW, item, show

from pipeline.errors import ConfigError
from pipeline.feed.rss import feed_addresses, render_feed, render_paged_feed
from pipeline.values.published import Item
from pipeline.values.show import FeedSettings, Show, Soundbite

START = datetime(2020, 1, 1, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}link"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
BASE = "https://example.org/podcast/"


def weekly(count: int) -> list[Item]:
    episodes = [
        replace(FULL_EPISODE, folder=f"{n:03}-x", guid=f"g{n}", number=n, published=START + timedelta(weeks=n))
        for n in range(1, count + 1)
    ]
    plain = [replace(entry, cover="", corrected=None, chapters=(), soundbites=()) for entry in episodes]
    return [item(entry) for entry in plain]


def paged(size: int) -> Show:
    return replace(FULL_SHOW, feed=FeedSettings(page_size=size))


def guids(feed: bytes) -> list[str]:
    return [found.text or "" for found in etree.fromstring(feed).iter("guid")]


def links(feed: bytes) -> dict[str, str]:
    return {link.get("rel", ""): link.get("href", "") for link in etree.fromstring(feed).iter(ATOM)}


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (0, ["feed.xml"]),
        (19, ["feed.xml"]),
        (20, ["feed.xml", "feed-1.xml"]),
        (29, ["feed.xml", "feed-1.xml"]),
        (30, ["feed.xml", "feed-2.xml", "feed-1.xml"]),
    ],
)
def test_feed_xml_keeps_at_least_a_page_and_every_episode_is_listed_once(count: int, names: list[str]) -> None:
    files = render_paged_feed(paged(10), weekly(count))
    assert list(files) == names == list(feed_addresses(paged(10), count))
    assert [guid for feed in files.values() for guid in guids(feed)] == [f"g{n}" for n in range(count, 0, -1)]
    assert all(len(guids(feed)) == 10 for name, feed in files.items() if name != "feed.xml")


def test_each_file_links_to_itself_and_to_the_others() -> None:
    files = render_paged_feed(paged(10), weekly(35))
    ends = {"first": f"{BASE}feed.xml", "last": f"{BASE}feed-1.xml"}
    assert links(files["feed.xml"]) == {**ends, "self": f"{BASE}feed.xml", "next": f"{BASE}feed-2.xml"}
    assert links(files["feed-2.xml"]) == {
        **ends,
        "self": f"{BASE}feed-2.xml",
        "previous": f"{BASE}feed.xml",
        "next": f"{BASE}feed-1.xml",
    }
    assert links(files["feed-1.xml"]) == {**ends, "self": f"{BASE}feed-1.xml", "previous": f"{BASE}feed-2.xml"}


def test_every_file_of_a_paged_feed_keeps_every_rule() -> None:
    for feed in render_paged_feed(paged(10), weekly(35)).values():
        rss = etree.fromstring(feed)
        assert [rule.text for rule in RULES if not rule.holds(rss)] == []


def test_a_new_episode_changes_only_feed_xml() -> None:
    before, after = (render_paged_feed(paged(10), weekly(count)) for count in (35, 36))
    assert [name for name in after if before[name] != after[name]] == ["feed.xml"]


def test_without_paging_there_is_one_file_and_it_is_the_plain_feed() -> None:
    by = replace(FULL_SHOW, feed=FeedSettings())
    assert render_paged_feed(by, weekly(35)) == {"feed.xml": render_feed(by, weekly(35))}
    assert set(links(render_feed(by, weekly(35)))) == {"self"}


def test_a_moving_show_names_its_new_address_and_keeps_its_guid() -> None:
    guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
    moved = show(feed=FeedSettings(new_feed_url="https://neu.example.org/feed.xml", guid=guid))
    channel = etree.fromstring(render_feed(moved, weekly(1)))[0]
    assert channel.findtext(f"{ITUNES}new-feed-url") == "https://neu.example.org/feed.xml"
    assert links(render_feed(moved, []))["self"] == f"{BASE}feed.xml"
    assert channel.findtext("{https://podcastindex.org/namespace/1.0}guid") == guid
    preview = render_feed(moved, weekly(1), preview=True)
    assert b"new-feed-url" not in preview
    assert guid.encode() not in preview


def test_the_build_date_is_the_newest_publication_or_correction() -> None:
    def built(*items: Item) -> str | None:
        return etree.fromstring(render_feed(FULL_SHOW, items)).findtext("channel/lastBuildDate")

    old, new = weekly(2)
    assert built(old, new) == "Wed, 15 Jan 2020 00:00:00 +0000"
    corrected = replace(old, episode=replace(old.episode, corrected=datetime(2020, 3, 1, 9, tzinfo=UTC)))
    assert built(corrected, new) == "Sun, 01 Mar 2020 09:00:00 +0000"
    draft = replace(corrected, published=None)
    assert built(draft, new) == "Wed, 15 Jan 2020 00:00:00 +0000"


def test_soundbites_after_the_end_are_reported() -> None:
    late = replace(FULL_EPISODE, chapters=(), soundbites=(Soundbite(start_s=10.0, end_s=40.0, title="Zu spät"),))
    with pytest.raises(ConfigError, match=r"(?s)hinter das Ende der Folge \(00:04\).*00:10 bis 00:40 Zu spät"):
        render_feed(FULL_SHOW, [item(late)])
