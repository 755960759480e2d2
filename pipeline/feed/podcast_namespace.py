"""A feedgen extension for what feedgen 1.0.0 cannot write: Podcasting 2.0, Podlove chapters, links between the pages
of a feed, and itunes:explicit as true or false.

Sources: github.com/Podcastindex-org/podcast-namespace (docs/tags), podlove.org/simple-chapters (1.2), RFC 5005
(section 3), help.apple.com/itc/podcasts_connect (itunes:explicit is true or false; feedgen knows only yes, no, clean).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING

from lxml import etree

from pipeline.notes.text import ELLIPSIS, legal
from pipeline.timecode import full_clock
from pipeline.values import media_types

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.values.feed_tags import ContentLink, SocialPost
    from pipeline.values.show import Chapter, FeedText, Funding, Location, Soundbite, Speaker, UpdateFrequency

PODCAST = "https://podcastindex.org/namespace/1.0"
PODLOVE = "http://podlove.org/simple-chapters"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_TRAILER_TITLE = 128  # characters; aggregators may cut off longer ones (docs/tags/trailer.md)
ATOM = "http://www.w3.org/2005/Atom"
GUID_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # docs/1.0.md#guid


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptLink:
    """A transcript of an episode in one format; `rel` is "captions" if the file times every line."""

    url: str
    media_type: str
    language: str
    rel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLink:
    """The audio of an episode in one format. `integrity` is its hash in the form of Subresource Integrity; `default`
    marks the file of the RSS enclosure itself."""

    url: str
    media_type: str
    size_bytes: int
    bitrate_bps: int  # on average, tags and cover included
    language: str
    title: str
    codecs: str
    integrity: str
    default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLink:
    """A square cover; `alt` is its text for people who cannot see it, "" if there is none. `width_px` is None if nobody
    said it."""

    url: str
    media_type: str
    alt: str
    width_px: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailer:
    """A trailer of the show, or of one season: an episode's audio. A title is cut off after 128 characters."""

    url: str
    media_type: str
    size_bytes: int
    title: str
    published: datetime
    season: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTags:
    """The show in these namespaces; `guid` is "" as long as the feed has no final address. `pages` are (rel, URL) of
    the other parts of a paged feed."""

    guid: str
    explicit: bool
    locked: bool
    owner_email: str
    license: str
    license_url: str
    image: ImageLink
    medium: str = "podcast"
    people: tuple[Speaker, ...] = ()
    funding: tuple[Funding, ...] = ()
    locations: tuple[Location, ...] = ()
    update_frequency: UpdateFrequency | None = None
    txt: tuple[FeedText, ...] = ()
    social: tuple[SocialPost, ...] = ()
    trailers: tuple[Trailer, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTags:
    """An episode in these namespaces; `chapters_url` is the address of its JSON chapters, unused without chapters. The
    `image` of a chapter is a URL here."""

    explicit: bool
    image: ImageLink
    season: int | None = None
    season_name: str = ""
    number: int | None = None
    people: tuple[Speaker, ...] = ()
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters: tuple[Chapter, ...] = field(default=())
    chapters_url: str = ""
    soundbites: tuple[Soundbite, ...] = ()
    locations: tuple[Location, ...] = ()
    content_links: tuple[ContentLink, ...] = ()
    social: tuple[SocialPost, ...] = ()
    audio: tuple[AudioLink, ...] = ()  # every format, if there are more than the enclosure's


def feed_guid(feed_url: str) -> str:
    """The podcast:guid of a feed: a UUIDv5 of its address without scheme and trailing slashes."""
    return str(uuid.uuid5(GUID_NAMESPACE, feed_url.partition("://")[2].rstrip("/")))


class ChannelExtension:
    """Write the show's tags. feedgen asks an extension for its prefixes, then passes it the `rss` element."""

    def __init__(self) -> None:
        self.tags: ChannelTags | None = None

    def extend_ns(self) -> dict[str, str]:
        return {"podcast": PODCAST, "psc": PODLOVE}

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        tags, channel = self.tags, rss[0]
        assert tags is not None, "the feed sets `tags` before it renders"
        for rel, url in tags.pages:
            _add(channel, ATOM, "link", "", {"href": url, "rel": rel, "type": media_types.FEED})
        _add(channel, ITUNES, "explicit", _truth(tags.explicit))
        if tags.guid:
            _add(channel, PODCAST, "guid", tags.guid)
        _add(channel, PODCAST, "locked", "yes" if tags.locked else "no", {"owner": tags.owner_email})
        _add(channel, PODCAST, "license", tags.license, {"url": tags.license_url})
        _add(channel, PODCAST, "medium", tags.medium)
        _add_image(channel, tags.image)
        for person in tags.people:
            _add_person(channel, person)
        for location in tags.locations:
            _add_location(channel, location)
        for funding in tags.funding:
            _add(channel, PODCAST, "funding", funding.text, {"url": funding.url})
        if tags.update_frequency is not None:
            _add_update_frequency(channel, tags.update_frequency)
        for txt in tags.txt:
            _add(channel, PODCAST, "txt", txt.text, {"purpose": txt.purpose})
        _add_social(channel, tags.social)
        for trailer in tags.trailers:
            _add_trailer(channel, trailer)
        return rss


class ItemExtension:
    """Write an item's tags. feedgen creates one extension per item and passes it the `item` element."""

    def __init__(self) -> None:
        self.tags: ItemTags | None = None

    def extend_ns(self) -> dict[str, str]:
        return {"podcast": PODCAST, "psc": PODLOVE}

    def extend_rss(self, item: etree._Element) -> etree._Element:
        tags = self.tags
        assert tags is not None, "the feed sets `tags` before it renders"
        _add(item, ITUNES, "explicit", _truth(tags.explicit))
        if tags.season is not None:
            _add(item, PODCAST, "season", str(tags.season), {"name": tags.season_name})
        if tags.number is not None:
            _add(item, PODCAST, "episode", str(tags.number))
        _add_image(item, tags.image)
        for person in tags.people:
            _add_person(item, person)
        for file in tags.transcripts:
            attributes = {"url": file.url, "type": file.media_type, "language": file.language, "rel": file.rel}
            _add(item, PODCAST, "transcript", "", attributes)
        if tags.chapters:
            _add(item, PODCAST, "chapters", "", {"url": tags.chapters_url, "type": media_types.CHAPTERS})
            _add_podlove_chapters(item, tags.chapters)
        for bite in tags.soundbites:
            times = {"startTime": _seconds(bite.start_s), "duration": _seconds(bite.end_s - bite.start_s)}
            _add(item, PODCAST, "soundbite", bite.title, times)
        for location in tags.locations:
            _add_location(item, location)
        for link in tags.content_links:
            _add(item, PODCAST, "contentLink", link.text, {"href": link.url})
        _add_social(item, tags.social)
        for audio in tags.audio:
            _add_alternate_enclosure(item, audio)
        return item


def _add_person(parent: etree._Element, speaker: Speaker) -> None:
    role = "host" if speaker.role == "host" else "guest"  # both are in the taxonomy's group "cast", the default
    _add(parent, PODCAST, "person", speaker.name, {"role": role, "href": speaker.url})


def _add_podlove_chapters(item: etree._Element, chapters: tuple[Chapter, ...]) -> None:
    root = _add(item, PODLOVE, "chapters", "", {"version": "1.2"})
    for chapter in chapters:
        attributes = {
            "start": full_clock(chapter.start_s),
            "title": chapter.title,
            "href": chapter.url,
            "image": chapter.image,
        }
        _add(root, PODLOVE, "chapter", "", attributes)


def _add_image(parent: etree._Element, image: ImageLink) -> None:
    attributes = {
        "href": image.url,
        "alt": image.alt,
        "aspect-ratio": "1/1",
        "width": str(image.width_px or ""),
        "type": image.media_type,
        "purpose": "artwork",
    }
    _add(parent, PODCAST, "image", "", attributes)


def _add_social(parent: etree._Element, posts: tuple[SocialPost, ...]) -> None:
    """Add the posts; the first of several comes first in apps too."""
    for priority, post in enumerate(posts, start=1):
        attributes = {
            "protocol": post.protocol,
            "uri": post.url,
            "accountId": post.account,
            "accountUrl": post.account_url,
            "priority": str(priority) if len(posts) > 1 else "",
        }
        _add(parent, PODCAST, "socialInteract", "", attributes)


def _add_trailer(channel: etree._Element, trailer: Trailer) -> None:
    attributes = {
        "pubdate": format_datetime(trailer.published),
        "url": trailer.url,
        "length": str(trailer.size_bytes or ""),
        "type": trailer.media_type,
        "season": str(trailer.season or ""),
    }
    title = trailer.title
    if len(title) > _TRAILER_TITLE:
        title = title[: _TRAILER_TITLE - 1].rstrip() + ELLIPSIS
    _add(channel, PODCAST, "trailer", title, attributes)


def _add_location(parent: etree._Element, location: Location) -> None:
    attributes = {"rel": location.rel, "geo": location.geo, "osm": location.osm, "country": location.country}
    _add(parent, PODCAST, "location", location.name, attributes)


def _add_update_frequency(channel: etree._Element, frequency: UpdateFrequency) -> None:
    attributes = {
        "complete": "true" if frequency.complete else "",
        "dtstart": frequency.dtstart.isoformat() if frequency.dtstart else "",
        "rrule": frequency.rrule,
    }
    _add(channel, PODCAST, "updateFrequency", frequency.text, attributes)


def _add_alternate_enclosure(item: etree._Element, audio: AudioLink) -> None:
    attributes = {
        "type": audio.media_type,
        "length": str(audio.size_bytes),
        "bitrate": str(audio.bitrate_bps),
        "lang": audio.language,
        "title": audio.title,
        "codecs": audio.codecs,
        "default": "true" if audio.default else "",
    }
    element = _add(item, PODCAST, "alternateEnclosure", "", attributes)
    _add(element, PODCAST, "source", "", {"uri": audio.url})
    _add(element, PODCAST, "integrity", "", {"type": "sri", "value": audio.integrity})


def _add(
    parent: etree._Element, namespace: str, name: str, text: str, attributes: Mapping[str, str] | None = None
) -> etree._Element:
    """Append a child to `parent` and return it; attributes that are "" are left out."""
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if text:
        element.text = legal(text)
    for key, value in (attributes or {}).items():
        if value:
            element.set(key, legal(value))
    return element


def _seconds(value: float) -> str:
    return str(round(value, 3))


def _truth(value: bool) -> str:
    return "true" if value else "false"
