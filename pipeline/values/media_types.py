"""The media type of every kind of file that the site publishes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_SUFFIX: Mapping[str, str] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".epub": "application/epub+zip",
    **{f".{name}": entry.media_type for name, entry in AUDIO_FORMATS.items()},
    **{entry.suffix: entry.media_type for entry in TRANSCRIPT_FORMATS},  # .html, .json and .txt of the site too
}
UNKNOWN = "application/octet-stream"
FEED = "application/rss+xml"
FEEDS_OF_OTHERS = (BY_SUFFIX[".xml"], "text/xml")  # web servers also use these for a feed
JSON_LD = "application/ld+json"  # data for search engines in pages, schema.org
CHAPTERS = "application/json+chapters"  # github.com/Podcastindex-org/podcast-namespace, chapters/jsonChapters.md


def of(name: str) -> str:
    """The media type for the suffix of a file's name; UNKNOWN for a suffix that the site does not use."""
    return BY_SUFFIX.get(PurePosixPath(name).suffix.lower(), UNKNOWN)
