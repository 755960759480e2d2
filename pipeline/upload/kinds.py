"""What a public file is, by its address: its media type, how long it may be kept, and when it is sent."""

from __future__ import annotations

from enum import IntEnum
from pathlib import PurePosixPath

from pipeline import addresses
from pipeline.values import media_types

_WITH_CHARSET = {media_types.FEED, media_types.BY_SUFFIX[".srt"]}  # in addition to text/…
_FOR_GOOD = "public, max-age=31536000, immutable"  # the file at an enclosure's address never changes
_A_DAY = "public, max-age=86400"
_FIVE_MINUTES = "public, max-age=300"


class Stage(IntEnum):
    """The order in which files go: nothing is linked before it is there."""

    MEDIA = 0
    FILES = 1
    PAGES = 2
    FEED = 3


def stage_of(address: str) -> Stage:
    """When the file goes: audio, then transcripts, pictures and styles, then pages, the feed last."""
    if address == addresses.FEED:
        return Stage.FEED
    if PurePosixPath(address).parts[0] == "audio":
        return Stage.MEDIA
    return Stage.PAGES if is_page(address) else Stage.FILES


def is_page(address: str) -> bool:
    """Is it a page for people?"""
    return address.endswith(".html") and not addresses.is_transcript(address) and not addresses.is_edition(address)


def may_go(address: str) -> bool:
    """May it be removed when the show has it no more? Pages, reading editions, search data and older pages of a
    feed may: enclosures, transcripts and chapters are addresses that apps keep."""
    return is_page(address) or any(
        kind(address) for kind in (addresses.is_edition, addresses.is_search_data, addresses.is_archive_feed)
    )


def is_of_an_episode(address: str) -> bool:
    """Is it a file that we write for a single episode, apart from its page?"""
    if stage_of(address) is Stage.MEDIA:
        return media_type(address).startswith("audio/")
    return any(
        kind(address)
        for kind in (
            addresses.is_transcript,
            addresses.is_chapters,
            addresses.is_chapter_image,
            addresses.is_cover,
            addresses.is_edition,
            addresses.is_search_data,
        )
    )


def media_type(address: str) -> str:
    """The media type that web servers should send; `docs/server.md` sets the same one for nginx and Apache."""
    if address == addresses.FEED:
        kind = media_types.FEED
    elif addresses.is_chapters(address):
        kind = media_types.CHAPTERS
    else:
        kind = media_types.of(address)
    return f"{kind}; charset=utf-8" if kind in _WITH_CHARSET or kind.startswith("text/") else kind


def cache_control(address: str) -> str:
    """How long apps, browsers and networks may keep the file without asking again."""
    if stage_of(address) is Stage.MEDIA:
        return _FOR_GOOD
    return _A_DAY if media_type(address).startswith(("image/", "font/")) else _FIVE_MINUTES


def needs_cors(address: str) -> bool:
    """Whether players on other sites read it (transcripts and chapters of the podcast namespace)."""
    return addresses.is_chapters(address) or addresses.is_transcript(address)
