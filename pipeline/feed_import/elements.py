"""Names, texts and values of a feed's XML elements, whatever prefixes it uses for the namespaces."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from lxml import etree

from pipeline.timecode import parse_timecode
from pipeline.values.checked import TITLE_LIMIT
from pipeline.values.web_addresses import is_web_address

NAMESPACES = {  # namespaces are compared ignoring case: old feeds write that of iTunes in several ways
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://www.w3.org/2005/atom": "atom",
    "http://podlove.org/simple-chapters": "psc",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "http://search.yahoo.com/mrss/": "media",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.google.com/schemas/play-podcasts/1.0": "googleplay",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://purl.org/syndication/history/1.0": "fh",
    "http://www.rawvoice.com/rawvoiceRssModule/": "rawvoice",
}


def local_name(element: etree._Element) -> str:
    """`title`, `itunes:title`, `{…}title` for unknown namespaces; "" for comments and processing instructions."""
    if not isinstance(element.tag, str):
        return ""
    tag = etree.QName(element)
    if tag.namespace is None:
        return tag.localname
    prefix = NAMESPACES.get(tag.namespace.lower()) or NAMESPACES.get(tag.namespace.lower().rstrip("/"))
    return f"{prefix or element.prefix or '?'}:{tag.localname}"


def text_of(parent: etree._Element, name: str) -> str:
    """The text of the first child of that name that has any, without surrounding white space; else ""."""
    for child in parent:
        if local_name(child) == name and (text := all_text(child).strip()):
            return text
    return ""


def one_line(text: str) -> str:
    """The text on one line, safe for any file and terminal: no control characters, NFC; entities are unescaped once
    more, because some feeds escape them twice."""
    plain = unicodedata.normalize("NFC", unescape(text))
    return " ".join(
        "".join(char if char.isspace() or unicodedata.category(char) != "Cc" else "" for char in plain).split()
    )


def short_title(text: str, losses: list[str]) -> str:
    """`text` as a title that apps show whole; a cut is added to `losses`."""
    if len(text) <= TITLE_LIMIT:
        return text
    losses.append(f"Titel von mehr als {TITLE_LIMIT} Zeichen, gekürzt")
    return text[: TITLE_LIMIT - 1].rstrip() + "…"


def seconds_of(text: str) -> float:
    """A length or a time, in seconds or as in `1:02:03`. Raises ValueError if it is neither."""
    return float(text) if re.fullmatch(r"\d{1,7}(\.\d*)?", text) else parse_timecode(text)


def web_address(text: str) -> str:
    """`text` without surrounding white space if it is an address of the web, else ""."""
    address = text.strip()
    return address if is_web_address(address) else ""


def all_text(element: etree._Element) -> str:
    """All text inside the element."""
    return "".join(str(part) for part in element.itertext())
