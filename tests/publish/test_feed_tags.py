"""Widths of covers, other places, conversations, trailers and names of seasons: in the feed where the TOML says so."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import feedparser
import podcastparser
import pytest
from feed_episodes import PROJECT
from lxml import etree
from publish_samples import FULL_ENCLOSURE, FULL_EPISODE, FULL_SHOW, item

from pipeline.editor.checks.show import check_artwork
from pipeline.errors import ConfigError
from pipeline.feed.rss import render_feed
from pipeline.show.config import load_episode, load_show
from pipeline.values.show import FeedSettings

NS = {"podcast": "https://podcastindex.org/namespace/1.0"}
TRAILER = replace(
    FULL_EPISODE, folder="005-vorschau", guid="g5", number=5, episode_type="trailer", title="Bald & mehr " + "x" * 200
)
ITEMS = (
    item(FULL_EPISODE, enclosure=FULL_ENCLOSURE),
    item(TRAILER, enclosure=replace(FULL_ENCLOSURE, path="audio/005-vorschau.mp3")),
)
EPISODE = """\
slug = "probe"
title = "Probe"
summary = "Eine Probe."
guid = "g"
draft = true
recording = "raw.wav"
{above}
[[speakers]]
name = "Tom"
{tables}
"""


def attributes(path: str, feed: bytes) -> list[dict[str, str]]:
    return [dict(found.attrib) for found in etree.fromstring(feed).findall(f"channel/{path}", NS)]


def loaded(root: Path, *, above: str = "", tables: str = "", show: str = "") -> None:
    home = root / "episodes/probe"
    home.mkdir(parents=True)
    source = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8")
    (root / "episodes/show.toml").write_text(source + show, encoding="utf-8")
    (home / "episode.toml").write_text(EPISODE.format(above=above, tables=tables), encoding="utf-8")
    load_episode(root, "probe", load_show(root))


def test_the_feed_says_what_the_settings_say() -> None:
    feed = render_feed(FULL_SHOW, ITEMS)
    assert [one["width"] for one in attributes("podcast:image", feed)] == ["3000"]
    assert [one["width"] for one in attributes("item/podcast:image", feed)] == ["1400", "1400"]
    assert attributes("podcast:socialInteract", feed) == [{"protocol": "disabled"}]
    assert attributes("item/podcast:socialInteract", feed)[:2] == [
        {
            "protocol": "activitypub",
            "uri": "https://example.org/@funk/1",
            "accountId": "@funk@example.org",
            "accountUrl": "https://example.org/@funk",
            "priority": "1",
        },
        {"protocol": "atproto", "uri": "https://bsky.example/profile/x/post/y", "priority": "2"},
    ]
    (link, *_) = etree.fromstring(feed).findall("channel/item/podcast:contentLink", NS)
    assert (link.get("href"), link.text) == ("https://example.org/video", "Als Video, mit Gebärdensprache")
    assert attributes("item/podcast:season", feed) == [{"name": "Netze & mehr"}] * 2
    (trailer,) = etree.fromstring(feed).findall("channel/podcast:trailer", NS)
    assert dict(trailer.attrib) == {
        "pubdate": "Sun, 31 May 2026 06:00:00 +0200",
        "url": "https://example.org/podcast/audio/005-vorschau.mp3",
        "length": "960000",
        "type": "audio/mpeg",
        "season": "2",
    }
    assert trailer.text is not None
    assert (len(trailer.text), trailer.text[:12], trailer.text[-1]) == (128, "Bald & mehr ", "…")


def test_a_cover_of_the_shows_own_has_the_shows_width_and_no_name_is_given_to_other_seasons() -> None:
    plain = replace(FULL_EPISODE, cover="", cover_width_px=None, season=3)
    feed = render_feed(FULL_SHOW, [item(plain, enclosure=FULL_ENCLOSURE)])
    assert [one["width"] for one in attributes("item/podcast:image", feed)] == ["3000"]
    assert attributes("item/podcast:season", feed) == [{}]


def test_a_trailer_is_only_named_if_the_show_wants_it() -> None:
    assert not attributes("podcast:trailer", render_feed(replace(FULL_SHOW, feed=FeedSettings()), ITEMS))
    undated = replace(ITEMS[1], published=None)
    assert not attributes("podcast:trailer", render_feed(FULL_SHOW, [undated], preview=True))


def test_readers_of_feeds_read_it_all_the_same() -> None:
    feed = render_feed(FULL_SHOW, ITEMS)
    read = feedparser.parse(feed)
    assert not read.bozo
    assert [entry.title for entry in read.entries] == [FULL_EPISODE.title, TRAILER.title]
    assert read.entries[0].podcast_contentlink == {"href": "https://example.org/video"}
    assert read.entries[0].podcast_season == {"name": "Netze & mehr"}
    parsed = podcastparser.parse(FULL_SHOW.base_url + "feed.xml", io.BytesIO(feed))
    assert [(one["guid"], one["season"], one["type"]) for one in parsed["episodes"]] == [
        (FULL_EPISODE.guid, 2, "full"),
        ("g5", 2, "trailer"),
    ]
    assert all(one["enclosures"][0]["file_size"] == 960_000 for one in parsed["episodes"])


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"above": "cover_width = 3000"}, "cover_width gehört zu cover, und diese Folge hat kein eigenes"),
        ({"above": 'cover = "a.jpg"\ncover_width = 100'}, "cover_width: mindestens 1400 wird gebraucht"),
        ({"tables": '[[content_links]]\ntext = "Video"'}, "content_links[1].url: dieser Schlüssel fehlt"),
        (
            {"tables": '[[content_links]]\ntext = "Video"\nurl = "http://a.example/"'},
            "content_links[1].url: eine Adresse, die mit https:// beginnt; etwas anderes erlaubt Podcasting 2.0 hier",
        ),
        (
            {"tables": '[[social]]\nprotocol = "mastodon"\nurl = "https://a.example/"'},
            'social[1].protocol: erlaubt ist "disabled", "activitypub"',
        ),
        (
            {"tables": '[[social]]\nprotocol = "activitypub"'},
            "social[1].url fehlt: die Adresse des Beitrags, unter dem über die Folge gesprochen wird",
        ),
        (
            {"show": '\n[[social]]\nprotocol = "disabled"\nurl = "https://a.example/"\n'},
            'social[1]: "disabled" (keine Kommentare) steht allein, ohne url und ohne weitere Einträge',
        ),
        (
            {"show": '\n[[seasons]]\nnumber = 2\nname = "A"\n[[seasons]]\nnumber = 2\nname = "B"\n'},
            "seasons[2].number: 2 hat schon einen Namen",
        ),
        ({"show": f'\n[[seasons]]\nnumber = 2\nname = "{"A" * 129}"\n'}, "seasons[1].name: hat 129 Zeichen"),
    ],
)
def test_mistakes_are_told_in_german(tmp_path: Path, written: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError) as told:
        loaded(tmp_path, **written)
    assert complaint in str(told.value)


def test_what_the_guide_shows_is_allowed(tmp_path: Path) -> None:
    posts = '[[social]]\nprotocol = "activitypub"\nurl = "https://a.example/@a/1"\n'
    loaded(
        tmp_path, tables=posts, show='\n[[seasons]]\nnumber = 2\nname = "Netze"\n[[social]]\nprotocol = "disabled"\n'
    )


def test_a_width_that_the_cover_does_not_have_is_a_mistake(tmp_path: Path) -> None:
    cover = tmp_path / "cover.jpg"
    shutil.copy(PROJECT / "episodes/cover.jpg", cover)
    assert not list(check_artwork(tmp_path, cover, None, where="episodes/show.toml"))
    assert not list(check_artwork(tmp_path, cover, 3000, where="episodes/show.toml"))
    (found,) = check_artwork(tmp_path, cover, 1400, where="episodes/show.toml")
    assert (found.severity, found.where) == ("error", "episodes/show.toml: cover_width")
    assert found.text == "cover_width sagt 1400 Pixel, das Bild ist 3000 breit."
