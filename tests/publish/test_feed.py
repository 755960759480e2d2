"""The feed as other programs read it: feedparser, lxml, and the golden file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import lxml.html
import pytest
from feed_rules import NS
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from publish_samples import EPISODE, GUEST, HOST, SHOW, episode, item, show

from pipeline.errors import ConfigError
from pipeline.feed.podcast_namespace import feed_guid
from pipeline.feed.rss import render_feed
from pipeline.values.published import AlternateEnclosure, Item, ShowNotes
from pipeline.values.show import Chapter, Owner, Show
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[1] / "golden" / "publish"
SECOND = episode(
    folder="008-haefen",
    slug="haefen",
    title="Häfen",
    guid="8d1d0b7e-50a5-4a34-8f0e-31f2c3f6a001",
    number=8,
    season=None,
    published=datetime(2026, 6, 14, 6, 0, tzinfo=UTC),
    chapters=(),
    speakers=(HOST,),
)


def channel(*items: Item, of: Show = SHOW, **options: Any) -> etree._Element:
    rss = etree.fromstring(render_feed(of, items, **options))
    (found,) = rss
    return found


def only_item(of: Item, by: Show = SHOW) -> etree._Element:
    found = channel(of, of=by).find("item")
    assert found is not None
    return found


def text(element: etree._Element, path: str) -> str | None:
    return element.findtext(path, namespaces=NS)


def attributes(element: etree._Element, path: str) -> list[dict[str, str]]:
    return [dict(found.attrib) for found in element.findall(path, NS)]


def as_apps_show(html: str | None) -> str:
    return lxml.html.fragment_fromstring(html or "", create_parent="div").text_content()


def test_the_feed_is_as_expected_to_the_byte(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "feed.xml", render_feed(SHOW, [item(), item(SECOND)]).decode("utf-8"))


def test_the_preview_is_as_expected_to_the_byte(golden: Callable[[Path, str], None]) -> None:
    undated = episode(published=None, draft=True, number=None, episode_type="trailer")
    waiting = item(undated, transcribed=False)
    golden(GOLDEN / "preview.xml", render_feed(SHOW, [item(SECOND), waiting], preview=True).decode("utf-8"))


def test_the_bytes_do_not_depend_on_the_order_of_the_items() -> None:
    items = [item(), item(SECOND)]
    assert render_feed(SHOW, items) == render_feed(SHOW, items[::-1])


def test_a_feed_reader_finds_nothing_to_complain_about() -> None:
    read = feedparser.parse(render_feed(SHOW, [item(), item(SECOND)]))
    assert not read.bozo
    assert read.version == "rss20"
    assert (read.feed.title, read.feed.link, read.feed.language) == (SHOW.title, SHOW.base_url, "de")
    assert as_apps_show(read.feed.description) == SHOW.description
    assert read.feed.image.href == "https://example.org/podcast/assets/cover.jpg"
    assert [entry.title for entry in read.entries] == ["Häfen", EPISODE.title]
    entry = read.entries[1]
    assert entry.id == EPISODE.guid
    assert not entry.guidislink
    assert entry.published == "Sun, 31 May 2026 06:00:00 +0200"
    (enclosure,) = entry.enclosures
    assert (enclosure.href, enclosure.length, enclosure.type) == (
        "https://example.org/podcast/audio/007-breitband.mp3",
        "81234",
        "audio/mpeg",
    )


def test_the_channel_has_everything_that_directories_require() -> None:
    found = channel(item())
    assert attributes(found, "atom:link") == [
        {"href": "https://example.org/podcast/feed.xml", "rel": "self", "type": "application/rss+xml"}
    ]
    assert found.findtext("link") == "https://example.org/podcast/"
    assert attributes(found, "itunes:category") == [{"text": "Government"}]
    assert attributes(found, "itunes:image") == [{"href": "https://example.org/podcast/assets/cover.jpg"}]
    assert text(found, "itunes:owner/itunes:email") == "podcast@example.org"
    assert text(found, "itunes:explicit") == "false"
    assert text(found, "itunes:type") == "episodic"
    assert text(found, "itunes:author") == text(found, "itunes:owner/itunes:name") == SHOW.author
    assert text(found, "copyright") == SHOW.copyright
    assert text(found, "podcast:guid") == feed_guid("https://example.org/podcast/feed.xml")
    assert (text(found, "podcast:locked"), text(found, "podcast:medium")) == ("yes", "podcast")
    assert text(found, "podcast:license") == "cc-by-4.0"
    assert attributes(found, "podcast:license") == [{"url": SHOW.license_url}]
    assert [person.text for person in found.findall("podcast:person", NS)] == ["Stimme Eins"]


def test_the_item_has_everything_that_apps_require() -> None:
    found = only_item(item())
    base = "https://example.org/podcast/folgen/007-breitband/"
    assert text(found, "link") == base + "index.html"
    assert attributes(found, "guid") == [{"isPermaLink": "false"}]
    assert text(found, "itunes:duration") == "5"
    assert (text(found, "itunes:episode"), text(found, "podcast:episode")) == ("7", "7")
    assert (text(found, "itunes:season"), text(found, "podcast:season")) == ("2", "2")
    assert (text(found, "itunes:episodeType"), text(found, "itunes:explicit")) == ("full", "false")
    transcripts = [
        {"url": base + "transkript.vtt", "type": "text/vtt", "language": "de", "rel": "captions"},
        {"url": base + "transkript.srt", "type": "application/x-subrip", "language": "de", "rel": "captions"},
        {"url": base + "transkript.json", "type": "application/json", "language": "de"},
        {"url": base + "index.html", "type": "text/html", "language": "de"},
    ]
    assert [entry for entry in attributes(found, "podcast:transcript") if entry in transcripts] == transcripts
    assert attributes(found, "podcast:chapters") == [
        {"url": base + "kapitel.json", "type": "application/json+chapters"}
    ]
    assert [(p.text, dict(p.attrib)) for p in found.findall("podcast:person", NS)] == [
        ("Stimme Eins", {"role": "host", "href": "https://example.org/eins"}),
        ("Stimme Zwei", {"role": "guest"}),
    ]


def test_every_form_of_the_chapters_has_the_same_times() -> None:
    found = only_item(item())
    assert attributes(found, "psc:chapters") == [{"version": "1.2"}]
    starts = [entry["start"] for entry in attributes(found, "psc:chapters/psc:chapter")]
    assert starts == ["00:00:00", "00:00:01", "00:00:03"]
    shown = lxml.html.fromstring(text(found, "content:encoded") or "").text_content()
    for start, chapter in zip(starts, EPISODE.chapters, strict=True):
        assert f"{start.removeprefix('00:')} {chapter.title}" in shown


def test_an_episode_has_no_tags_for_what_it_lacks() -> None:
    bare = episode(number=None, season=None, chapters=())
    found = only_item(item(bare, transcribed=False))
    for path in ("itunes:episode", "itunes:season", "podcast:episode", "podcast:season", "podcast:chapters"):
        assert found.find(path, NS) is None
    assert found.find("psc:chapters", NS) is None
    assert found.find("podcast:transcript", NS) is None


def test_the_feed_names_the_transcript_formats_that_the_list_says_and_then_the_page() -> None:
    named = [entry["url"].rpartition("/")[2] for entry in attributes(only_item(item()), "podcast:transcript")]
    assert named == [*(f"transkript{form.suffix}" for form in TRANSCRIPT_FORMATS if form.in_feed), "index.html"]


def test_every_format_is_announced_once_there_is_more_than_the_mp3() -> None:
    m4a = AlternateEnclosure(path="audio/7.m4a", media_type="audio/mp4", size_bytes=57_500, sha256="00ff" * 16)
    opus = AlternateEnclosure(path="audio/7.opus", media_type="audio/ogg", size_bytes=28_750, sha256="ab" * 32)
    plain = item().enclosure
    found = only_item(item(enclosure=replace(plain, alternates=(m4a, opus))))
    assert attributes(found, "podcast:alternateEnclosure") == [
        {
            "type": "audio/mpeg",
            "length": "81234",
            "bitrate": "141277",  # 81,234 bytes in 4.6 s
            "lang": "de",
            "title": "MP3",
            "default": "true",
        },
        {
            "type": "audio/mp4",
            "length": "57500",
            "bitrate": "100000",
            "lang": "de",
            "title": "M4A",
            "codecs": "mp4a.40.2",
        },
        {"type": "audio/ogg", "length": "28750", "bitrate": "50000", "lang": "de", "title": "Opus", "codecs": "opus"},
    ]
    assert attributes(found, "podcast:alternateEnclosure/podcast:source") == [
        {"uri": f"https://example.org/podcast/audio/{name}"} for name in ("007-breitband.mp3", "7.m4a", "7.opus")
    ]
    assert attributes(found, "podcast:alternateEnclosure/podcast:integrity")[1] == {
        "type": "sri",
        "value": "sha256-AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=",
    }
    assert [dict(entry.attrib)["type"] for entry in found.findall("enclosure")] == ["audio/mpeg"]
    assert only_item(item()).find("podcast:alternateEnclosure", NS) is None


def test_an_episode_may_have_its_own_cover() -> None:
    found = only_item(item(episode(cover="bild.PNG")))
    assert attributes(found, "itunes:image") == [{"href": "https://example.org/podcast/folgen/007-breitband/cover.png"}]


@pytest.mark.parametrize("cover", ["cover.jpeg", "cover.webp", "cover"])
def test_a_cover_that_the_feed_library_would_drop_is_an_error(cover: str) -> None:
    with pytest.raises(ConfigError, match="nehmen nur diese"):
        render_feed(show(cover=cover), [])
    with pytest.raises(ConfigError, match="nehmen nur diese"):
        render_feed(SHOW, [item(episode(cover=cover))])


def test_the_feeds_guid_follows_the_standards_own_example() -> None:
    for url in ("https://podnews.net/rss", "http://podnews.net/rss", "https://podnews.net/rss/"):
        assert feed_guid(url) == "9b024349-ccf0-5f69-a609-6b82873eab3c"


def test_a_feed_whose_address_is_a_placeholder_has_no_guid() -> None:
    found = channel(item(), of=show(placeholders=("base_url",), base_url="https://podcast.invalid/"))
    assert found.find("podcast:guid", NS) is None


def test_the_preview_asks_directories_not_to_list_it() -> None:
    found = channel(item(), preview=True)
    assert text(found, "itunes:block") == "yes"
    assert found.find("podcast:guid", NS) is None
    assert text(found, "title") == "Küstenfunk & Söhne (Vorschau)"
    assert channel(item()).find("itunes:block", NS) is None


def test_a_draft_without_a_date_comes_first_in_the_preview_and_has_no_date() -> None:
    draft = item(episode(published=None, draft=True))
    found = channel(item(SECOND), draft, preview=True).findall("item")
    assert [text(entry, "title") for entry in found] == [EPISODE.title, "Häfen"]
    assert found[0].find("pubDate") is None


def test_the_newest_comes_first_whatever_its_time_zone() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    zones = [timezone(timedelta(hours=hours)) for hours in (5, -5, 0)]  # as text the first would be the newest
    moments = [(noon + timedelta(minutes=30 * i)).astimezone(zone) for i, zone in enumerate(zones)]
    items = [item(episode(folder=f"{i:03}-x", number=i, published=moments[i - 1])) for i in (1, 2, 3)]
    found = channel(*items).findall("item")
    assert [text(entry, "itunes:episode") for entry in found] == ["3", "2", "1"]


def test_the_build_date_is_the_newest_publication_not_the_clock() -> None:
    assert text(channel(item(), item(SECOND)), "lastBuildDate") == "Sun, 14 Jun 2026 06:00:00 +0000"
    assert text(channel(), "lastBuildDate") == "Sat, 01 Jan 2000 00:00:00 +0000"


def test_the_promised_guid_and_date_are_used_not_those_of_the_file() -> None:
    promised = item(guid="https://old.example.org/?p=7", published=datetime(2025, 1, 1, tzinfo=UTC))
    found = only_item(promised)
    assert text(found, "guid") == "https://old.example.org/?p=7"
    assert text(found, "pubDate") == "Wed, 01 Jan 2025 00:00:00 +0000"


def test_the_full_address_of_an_imported_enclosure_stays() -> None:
    url = "https://media.example.net/alt/7.mp3?x=1"
    moved = item(enclosure=replace(item().enclosure, path=url))
    assert attributes(only_item(moved), "enclosure")[0]["url"] == url


def test_descriptions_keep_their_limit() -> None:
    for long_text in ("Überlänge & mehr <b> " * 1000, "ä\n" * 4000, "<&" * 3000, "&amp;" * 3000):
        found = channel(item(notes=ShowNotes(html="", text=long_text)), of=show(description=long_text))
        for path in ("description", "item/description"):
            written = text(found, path) or ""
            assert 1900 < len(written.encode("utf-8")) <= 4000
            assert as_apps_show(written).endswith("…")


def test_a_description_keeps_its_lines() -> None:
    lines = "Worum es geht.\n\nKapitel:\n00:00 a < b\n00:09 <b> & c\n"
    assert text(only_item(item(notes=ShowNotes(html="", text=lines))), "description") == (
        "<p>Worum es geht.</p>\n<p>Kapitel:<br>00:00 a &lt; b<br>00:09 &lt;b&gt; &amp; c</p>"
    )


def test_a_show_without_a_description_uses_its_title() -> None:
    assert text(channel(of=show(description=" ")), "description") == SHOW.title


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Größe „ß“ & <b>fett</b>", "Größe „ß“ & <b>fett</b>"),
        ("ein ]]> und <![CDATA[", "ein ]]> und <![CDATA["),
        ("🚢👩🏽‍💻", "🚢👩🏽‍💻"),
        ("a\x00b\x1bc\ufffe", "abc"),
        ("&amp; bleibt &amp;", "&amp; bleibt &amp;"),
        ("'\" zitiert", "'\" zitiert"),
    ],
)
def test_any_text_arrives_as_written(written: str, read: str) -> None:
    chapters = (Chapter(start_s=0.0, title=written),)
    speakers = (replace(GUEST, name=written),)
    of = episode(title=written, chapters=chapters, speakers=speakers, summary=written)
    found = channel(
        item(of, notes=ShowNotes(html="", text=written)),
        of=show(
            title=written,
            description=written,
            author=written,
            owner=Owner(name=written, email="podcast@example.org"),
            copyright=written,
        ),
    )
    paths = ("title", "copyright", "itunes:author", "itunes:owner/itunes:name", "image/title")
    item_paths = ("title", "itunes:title", "podcast:person")
    for path in (*paths, *(f"item/{path}" for path in item_paths)):
        assert text(found, path) == read
    assert attributes(found, "item/psc:chapters/psc:chapter")[0]["title"] == read
    for path in ("description", "item/description"):
        assert as_apps_show(text(found, path)) == read
    assert as_apps_show(text(found, "item/content:encoded")).startswith(read + "\n")


@settings(deadline=None)
@given(st.text(min_size=1).filter(lambda written: written.strip()))
def test_no_title_breaks_the_feed(written: str) -> None:
    of = episode(title=written, summary=written)
    assert not feedparser.parse(render_feed(SHOW, [item(of)])).bozo


def test_many_episodes_are_all_listed() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    many = [
        item(episode(folder=f"{n:03}-x", number=n, guid=f"guid-{n}", published=start + timedelta(days=n)))
        for n in range(1, 301)
    ]
    numbers = [text(entry, "itunes:episode") for entry in channel(*many).findall("item")]
    assert numbers == [str(n) for n in range(300, 0, -1)]
