"""What kind of file an address is: its media type, how long it may be cached, and when it is sent."""

from __future__ import annotations

from enum import IntEnum
from pathlib import PurePosixPath

FEED = "feed.xml"

_MEDIA_TYPES = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".opus": "audio/ogg",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_CHAPTERS = "kapitel.json"
_TRANSCRIPT = "transkript"

_FOR_GOOD = "public, max-age=31536000, immutable"  # what an enclosure's address serves never changes
_A_DAY = "public, max-age=86400"
_FIVE_MINUTES = "public, max-age=300"


class Stage(IntEnum):
    """The order in which files are sent: nothing is linked before it exists."""

    MEDIA = 0
    FILES = 1
    PAGES = 2
    FEED = 3


def stage_of(address: str) -> Stage:
    """When the file is sent: audio, then transcripts, pictures and styles, then pages, the feed last."""
    path = PurePosixPath(address)
    if address == FEED:
        return Stage.FEED
    if path.parts[0] == "audio":
        return Stage.MEDIA
    return Stage.PAGES if is_page(address) else Stage.FILES


def is_page(address: str) -> bool:
    """Return whether this is a page for people. Only pages are removed once the show no longer has them: enclosures,
    transcripts and chapters are addresses that apps keep."""
    path = PurePosixPath(address)
    return path.suffix == ".html" and path.stem != _TRANSCRIPT


def media_type(address: str) -> str:
    """The media type that web servers should send; `docs/server.md` configures nginx and Apache likewise."""
    if address == FEED:
        return "application/rss+xml; charset=utf-8"
    path = PurePosixPath(address)
    if path.name == _CHAPTERS:
        return "application/json+chapters"
    return _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")


def cache_control(address: str) -> str:
    """Cache-Control: how long apps, browsers and networks may keep the file without asking again."""
    if stage_of(address) is Stage.MEDIA:
        return _FOR_GOOD
    return _A_DAY if media_type(address).startswith(("image/", "font/")) else _FIVE_MINUTES


def needs_cors(address: str) -> bool:
    """Return whether players on other sites read it (transcripts and chapters of the podcast namespace)."""
    name = PurePosixPath(address).name
    return name == _CHAPTERS or (PurePosixPath(name).stem == _TRANSCRIPT and address.startswith("folgen/"))
