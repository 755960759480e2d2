"""Every address of the site, relative to the show's base_url; feed, pages and uploads agree because they all ask here.

An address is frozen once an episode is out: subscribers, apps and links rest on it.
"""

from __future__ import annotations

import posixpath
from urllib.parse import quote, urljoin, urlsplit

FEED = "feed.xml"
INDEX = "index.html"
PEOPLE = "personen/index.html"
TOPICS = "themen/index.html"
SUBSCRIBE = "abonnieren/index.html"
HELP = "bedienhinweise/index.html"
NOT_FOUND = "404.html"
SITEMAP = "sitemap.xml"
ROBOTS = "robots.txt"
STYLE = "assets/podcast.css"
SCRIPT = "assets/podcast.js"
ICON = "assets/icon.svg"
HORIZON = "assets/horizont.svg"
SEARCH = "suche/index.html"
SEARCH_DIRECTORY = "suche/verzeichnis.js"
SEARCH_SCRIPT = "assets/suche.js"
SEARCH_STYLE = "assets/suche.css"

_TRANSCRIPT = "transkript"
_CHAPTERS = "kapitel.json"


def audio(folder: str, *, name: str = "mp3", version: int = 1) -> str:
    """`audio/007-breitband.mp3`; a replaced recording of a released episode is `version` 2, 3 …: `….v2.mp3`."""
    return f"audio/{folder}.{name}" if version == 1 else f"audio/{folder}.v{version}.{name}"


def page(folder: str) -> str:
    return f"folgen/{folder}/index.html"


def transcript(folder: str, suffix: str) -> str:
    """`folgen/007-breitband/transkript.vtt`; of suffix `.html` the text alone, to be pasted into other pages: `page` is
    what people and apps read."""
    return f"folgen/{folder}/{_TRANSCRIPT}{suffix}"


def is_transcript(address: str) -> bool:
    return address.startswith("folgen/") and posixpath.splitext(posixpath.basename(address))[0] == _TRANSCRIPT


def chapters(folder: str) -> str:
    return f"folgen/{folder}/{_CHAPTERS}"


def is_chapters(address: str) -> bool:
    return posixpath.basename(address) == _CHAPTERS


def search_sentences(folder: str) -> str:
    """What the search shows of an episode."""
    return f"folgen/{folder}/suche.js"


def search_shard(number: int) -> str:
    return f"suche/{number}.js"


def person(slug: str) -> str:
    return f"personen/{slug}/index.html"


def topic(slug: str) -> str:
    return f"themen/{slug}/index.html"


def logo(suffix: str) -> str:
    return f"assets/logo{suffix}"


def show_cover(suffix: str = ".jpg") -> str:
    return f"assets/cover{suffix}"


def episode_cover(folder: str, suffix: str = ".jpg") -> str:
    return f"folgen/{folder}/cover{suffix}"


def archive_feed(number: int) -> str:
    """Where older episodes are listed when the feed is paged: `feed-1.xml` has the oldest, for good."""
    return f"feed-{number}.xml"


def chapter_image(folder: str, file: str) -> str:
    """The picture of a chapter; `file` is its name in the episode's folder."""
    return f"folgen/{folder}/kapitel/{posixpath.basename(file)}"


def absolute(base_url: str, address: str) -> str:
    """The full URL of `address`; a full URL (an imported episode's audio) stays as it is."""
    return address if "://" in address else urljoin(base_url, quote(address))


def relative(address: str, *, seen_from: str) -> str:
    """How the page `seen_from` writes a link to `address`: works under any sub-path and by double-click."""
    if "://" in address:
        return address
    return quote(posixpath.relpath(address, posixpath.dirname(seen_from) or "."))


def is_placeholder(url: str) -> bool:
    """Does `url` (or mailbox) stand on a host ending in `.invalid`, so that it leads nowhere yet (RFC 2606)?"""
    host = urlsplit(url).hostname or url.rpartition("@")[2]
    return host.endswith(".invalid")
