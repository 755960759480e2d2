"""Checks feed.xml in `feed/`: it has what PSP-1 requires, and everything that it points to on this site exists."""

from __future__ import annotations

from collections import Counter
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from pipeline.editor.checks.finding import HOUSE, PSP_1, RSS_20, CheckFinding, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
}
_CHANNEL = (
    "atom:link",
    "title",
    "description",
    "link",
    "language",
    "itunes:category",
    "itunes:explicit",
    "itunes:image",
)
_ITEM = ("title", "enclosure", "guid", "pubDate")
_AGAIN = "`make feed` schreibt die Datei neu."


def check_feed(root: Path, feed: Path, base_url: str) -> Iterator[CheckFinding]:
    name = feed.relative_to(root).as_posix()
    if not feed.exists():
        yield warning(name, "Der Feed ist noch nicht gebaut.", advice="make feed", source=HOUSE)
        return
    try:
        channel = ElementTree.parse(feed).getroot().find("channel")
    except ElementTree.ParseError as problem:
        yield error(name, f"Die Datei ist kein XML ({problem}).", advice=_AGAIN, source=RSS_20)
        return
    if channel is None:
        yield error(name, "Es fehlt <channel>.", advice=_AGAIN, source=RSS_20)
        return
    yield from _missing(channel, _CHANNEL, f"{name}: channel")
    items = channel.findall("item")
    for item in items:
        yield from _check_item(item, f"{name}: „{item.findtext('title', '')}“")
    for guid, count in Counter(item.findtext("guid", "") for item in items).items():
        if count > 1:
            text = f"Die Kennung {guid} steht {count}-mal im Feed; Apps zeigen nur eine der Folgen."
            yield error(name, text, advice="Jede Folge braucht ihre eigene guid in episode.toml.", source=RSS_20)
    yield from _dead_addresses(channel, feed, base_url, name)


def addresses_in(feed: Path) -> tuple[str, ...]:
    """Every full address in the feed's elements, each once; empty if the feed cannot be read."""
    try:
        root = ElementTree.parse(feed).getroot()
    except (FileNotFoundError, ElementTree.ParseError):
        return ()
    return tuple(dict.fromkeys(_addresses(root)))


def _missing(element: Element, wanted: tuple[str, ...], where: str) -> Iterator[CheckFinding]:
    for tag in wanted:
        if element.find(tag, _NAMESPACES) is None:
            yield error(where, f"Es fehlt <{tag}>.", advice=_AGAIN, source=PSP_1)


def _check_item(item: Element, where: str) -> Iterator[CheckFinding]:
    yield from _missing(item, _ITEM, where)
    enclosure = item.find("enclosure")
    if enclosure is not None and not enclosure.get("length", "").isdecimal():
        text = f"Die Länge der Datei ist „{enclosure.get('length', '')}“ statt einer Zahl von Bytes."
        yield error(where, text, advice=_AGAIN, source=f"{PSP_1}, {RSS_20}")
    date = item.findtext("pubDate")
    if date is not None and not _has_zone(date):
        text = f"pubDate „{date}“ ist kein Datum mit Zeitzone."
        yield error(where, text, advice=_AGAIN, source=f"{RSS_20} (RFC 822)")


def _has_zone(date: str) -> bool:
    try:
        return parsedate_to_datetime(date).tzinfo is not None
    except ValueError:
        return False


def _dead_addresses(channel: Element, feed: Path, base_url: str, name: str) -> Iterator[CheckFinding]:
    for url in dict.fromkeys(_addresses(channel)):
        if not url.startswith(base_url):
            continue
        relative = unquote(urlsplit(url).path)[len(unquote(urlsplit(base_url).path)) :]
        target = feed.parent / (relative or "index.html")
        if target.exists():
            continue
        if relative.startswith("audio/"):
            continue  # a clone without the audio; the episode's own check reports it
        text = f"Im Feed steht {relative}, die Datei gibt es nicht."
        yield error(name, text, advice="make pages", source=HOUSE)


def _addresses(root: Element) -> Iterator[str]:
    for element in root.iter():
        for value in (element.get("href"), element.get("url"), element.text if element.tag == "link" else None):
            if value and value.startswith(("http://", "https://")):
                yield value
