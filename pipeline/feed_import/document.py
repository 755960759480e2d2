"""Turn the bytes of an RSS feed into values: feedparser reads what all feeds have, lxml what feedparser flattens."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from lxml import etree

from pipeline.errors import FeedError
from pipeline.feed_import.elements import local_name, one_line, text_of
from pipeline.feed_import.faults import fault_in
from pipeline.feed_import.foreign import ForeignFeed
from pipeline.feed_import.items import people_of, read_item
from pipeline.feed_import.mending import mended
from pipeline.feed_import.notes import plain_of
from pipeline.values import media_types

if TYPE_CHECKING:
    from collections.abc import Collection


def read_feed(content: bytes, *, base: str, explicit: bool, known: Collection[str] = ()) -> ForeignFeed:
    """Read one page of a feed. `base` is the address it came from, "" for a file; `explicit` is the show's own setting;
    `known` are the guids of episodes that exist already.

    Harmless faults of its XML are mended and named. Raises FeedError if it is not RSS 2.0, has other mistakes, or
    declares entities (feeds do not need them, and "XML bombs" are made of them). No file or address named in it is ever
    opened.
    """
    content, channel, notices = _channel(content)
    base = base or _own_address(channel)
    entries = _feedparser_entries(content, base)
    items = [child for child in channel if local_name(child) == "item"]
    if len(entries) != len(items):
        raise FeedError(
            f"Der Feed ist nicht eindeutig aufgebaut: {len(items)} oder {len(entries)} Einträge.",
            advice="Den bisherigen Anbieter um einen Feed nach RSS 2.0 bitten.",
        )
    show_people, show_losses = people_of(channel)
    title = one_line(text_of(channel, "title"))
    return ForeignFeed(
        title=title,
        facts=_facts(channel),
        items=tuple(
            read_item(item, entry, base=base, explicit=explicit, show_title=title, show_people=show_people, known=known)
            for item, entry in zip(items, entries, strict=True)
        ),
        next_url=_next_url(channel, base),
        locked=text_of(channel, "podcast:locked").lower() == "yes",
        mended=notices,
        losses=show_losses,
    )


def _channel(content: bytes) -> tuple[bytes, etree._Element, tuple[str, ...]]:
    """The feed's XML, its channel, and what had to be mended for that."""
    notices: tuple[str, ...] = ()
    try:
        root = _parsed(content)
    except etree.XMLSyntaxError as fault:
        if _is_web_page(content) or _is_attack(fault):
            raise _not_well_formed(content, fault) from fault
        content, notices = mended(content)
        try:
            root = _parsed(content)
        except etree.XMLSyntaxError as error:
            raise _not_well_formed(content, error) from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and list(dtd.iterentities()):  # type: ignore[attr-defined]  # missing in lxml-stubs
        raise FeedError(
            "Der Feed definiert eigene XML-Entitäten. Podcast-Feeds brauchen das nicht; Angriffe nutzen es. "
            "Er wird nicht gelesen.",
            advice="Den bisherigen Anbieter um einen Feed ohne „<!ENTITY …>“ bitten.",
        )
    channel = next((child for child in root if local_name(child) == "channel"), None)
    if local_name(root) != "rss" or channel is None:
        kind = {"feed": "ein Atom-Feed", "RDF": "ein Feed nach RSS 1.0", "html": "eine Webseite"}
        raise FeedError(
            f"Das ist kein Podcast-Feed nach RSS 2.0, sondern {kind.get(etree.QName(root).localname, 'anderes XML')}.",
            advice="Die Adresse des Feeds angeben; meist steht sie beim bisherigen Anbieter unter „RSS“.",
        )
    return content, channel, notices


def _parsed(content: bytes) -> etree._Element:
    # No entity is expanded, no DTD read, nothing fetched; huge_tree stays off, so that libxml2 limits depth and text.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    return etree.fromstring(content, parser)


def _start(content: bytes) -> bytes:
    return content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def _is_web_page(content: bytes) -> bool:
    return _start(content).startswith((b"<!doctype html", b"<html"))


def _is_attack(error: etree.XMLSyntaxError) -> bool:
    kinds = {entry.type_name for entry in error.error_log}  # type: ignore[attr-defined]  # missing in lxml-stubs
    return bool(kinds & {"ERR_RESOURCE_LIMIT", "ERR_ENTITY_LOOP"})


def _not_well_formed(content: bytes, error: etree.XMLSyntaxError) -> FeedError:
    if not _start(content):
        return FeedError("Der Feed ist leer.", advice="Prüfen, ob es die richtige Datei oder Adresse ist.")
    if _is_web_page(content):
        return FeedError(
            "Das ist eine Webseite, kein Feed.",
            advice="Die Adresse des Feeds angeben; meist steht sie beim bisherigen Anbieter unter „RSS“.",
        )
    if _is_attack(error):
        return FeedError(
            "Der Feed ist gebaut wie ein Angriff: aufgeblähte Entitäten, zu tief verschachtelt oder ein einzelner Text "
            "über 10 MB. Er wird nicht gelesen.",
            advice="Prüfen, ob es die richtige Datei oder Adresse ist.",
        )
    return FeedError(
        f"Der Feed ist kein fehlerfreies XML: {fault_in(content, error)}.",
        advice="Den Feed noch einmal laden (er kann abgeschnitten sein). Bleibt der Fehler, ihn als Datei speichern, "
        "die Stelle berichtigen und die Datei einlesen. Übernommen wurde nichts, damit keine Folge verloren geht.",
    )


def _feedparser_entries(content: bytes, base: str) -> list[Any]:
    import feedparser  # type: ignore[import-untyped]  # feedparser 6 has no types

    # A stream, because feedparser would take a plain value for an address or a file's name.
    headers = {"content-type": media_types.FEED, "content-location": base}
    parsed = feedparser.parse(
        io.BytesIO(content), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )  # its HTML is not used: `notes` reads and cleans show notes
    entries: list[Any] = parsed.entries
    return entries


def _facts(channel: etree._Element) -> tuple[tuple[str, str], ...]:
    category = next((child.get("text") or "" for child in channel if local_name(child) == "itunes:category"), "")
    found = (
        ("title", text_of(channel, "title")),
        ("description", plain_of(text_of(channel, "description"))),
        ("author", text_of(channel, "itunes:author")),
        ("language", text_of(channel, "language")),
        ("category", category),
        ("type", text_of(channel, "itunes:type")),
        ("explicit", text_of(channel, "itunes:explicit")),
        ("copyright", text_of(channel, "copyright")),
        ("feed.guid", text_of(channel, "podcast:guid")),
    )
    return tuple((key, one_line(value)) for key, value in found if one_line(value))


def _next_url(channel: etree._Element, base: str) -> str:
    """The page with older items: RFC 5005, paged or archived."""
    links = {
        child.get("rel"): (child.get("href") or "").strip() for child in channel if local_name(child) == "atom:link"
    }
    href = links.get("next") or links.get("prev-archive")
    try:
        return urljoin(base, href) if href else ""
    except ValueError:
        return ""


def _own_address(channel: etree._Element) -> str:
    """The address that a feed states for itself, needed if it was read from a file."""
    for child in channel:
        if local_name(child) == "atom:link" and child.get("rel") == "self":
            return (child.get("href") or "").strip()
    return text_of(channel, "link")
