"""Every address of the site, relative to the show's base_url. Feed, pages and uploads agree because they all use these.

An address never changes once an episode is out: subscribers, apps and links depend on it.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

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
LISTEN_SCRIPT = "assets/anhoeren.js"  # of the start page
EPISODE_SCRIPT = "assets/folge.js"
PLAYER_SCRIPT = "assets/spieler.js"
PLAYER_STYLE = "assets/spieler.css"
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


def embed(folder: str) -> str:
    """The player alone, for other sites to embed."""
    return f"folgen/{folder}/einbetten/index.html"


def transcript(folder: str, suffix: str) -> str:
    """`folgen/007-breitband/transkript.vtt`. The one with suffix `.html` is the text alone, to paste into other pages;
    people and apps read `page`."""
    return f"folgen/{folder}/{_TRANSCRIPT}{suffix}"


def is_transcript(address: str) -> bool:
    return address.startswith("folgen/") and posixpath.splitext(posixpath.basename(address))[0] == _TRANSCRIPT


def is_cover(address: str) -> bool:
    """Whether this is the cover of a single episode, at any size."""
    return re.fullmatch(r"folgen/[^/]+/cover(-gross|-klein)?\.[a-z]+", address) is not None


def chapters(folder: str) -> str:
    return f"folgen/{folder}/{_CHAPTERS}"


def is_chapters(address: str) -> bool:
    return posixpath.basename(address) == _CHAPTERS


def search_sentences(folder: str) -> str:
    """The sentences of an episode that the search shows."""
    return f"folgen/{folder}/suche.js"


def search_shard(number: int) -> str:
    return f"suche/{number}.js"


def is_search_data(address: str) -> bool:
    return re.fullmatch(r"suche/[0-9]+\.js|folgen/[^/]+/suche\.js", address) is not None


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


def shown_cover(folder: str = "", *, small: bool = False) -> str:
    """The cover as pages show it, WebP: `folder`'s own, or the show's (""); `small` in lists."""
    name = "cover-klein.webp" if small else "cover-gross.webp"
    return f"folgen/{folder}/{name}" if folder else f"assets/{name}"


def archive_feed(number: int) -> str:
    """The file that lists older episodes when the feed is paged; `feed-1.xml` always has the oldest."""
    return f"feed-{number}.xml"


def is_archive_feed(address: str) -> bool:
    return re.fullmatch(r"feed-[0-9]+\.xml", address) is not None


def chapter_image(folder: str, file: str) -> str:
    """The picture of a chapter; `file` is its name in the episode's folder."""
    return f"folgen/{folder}/kapitel/{posixpath.basename(file)}"


def is_chapter_image(address: str) -> bool:
    return re.fullmatch(r"folgen/[^/]+/kapitel/[^/]+", address) is not None


def episode_of(address: str) -> str:
    """The folder of the episode that a file belongs to, all its recordings included; "" if it belongs to none."""
    found = re.match(r"folgen/([^/]+)/|audio/([^/.]+)\.[^/]+\Z", address)
    return (found[1] or found[2]) if found else ""


def is_inside(address: str) -> bool:
    """Whether `address` names a file below the folder that it is relative to, on every system: no `..`, no root, no
    drive, no backslash and no control sign. Others come from damaged or forged records, listings and feeds."""
    return (
        all(part not in {"", ".", ".."} for part in address.split("/"))
        and re.match(r"[A-Za-z]:", address) is None
        and re.search(r"[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]", address) is None
    )


def absolute(base_url: str, address: str) -> str:
    """The full URL of `address`; a full URL (an imported episode's audio) stays as it is."""
    return address if "://" in address else urljoin(base_url, quote(address))


def relative(address: str, *, seen_from: str) -> str:
    """The link to `address` on the page `seen_from`. It works under any sub-path and in a page opened from disk."""
    if "://" in address:
        return address
    return quote(posixpath.relpath(address, posixpath.dirname(seen_from) or "."))


def is_placeholder(url: str) -> bool:
    """Whether the host of `url` (or of a mailbox) ends in `.invalid`, so that it leads nowhere yet (RFC 2606)."""
    host = urlsplit(url).hostname or url.rpartition("@")[2]
    return host.endswith(".invalid")


def shown(url: str) -> str:
    """`url` for messages: without user, password, parameters, query, fragment and control signs."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(keine gültige Adresse)"
    place = parts.netloc.rpartition("@")[2]
    path, parameters, _ = parts.path.partition(";")
    text = urlunsplit((parts.scheme, place, path + ("…" if parameters else ""), "…" if parts.query else "", ""))
    return "".join(character for character in text if character.isprintable())
