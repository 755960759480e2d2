"""The rules that a podcast feed must keep: the source of each, whether a feed keeps it, and how to break it.

`spoil` changes a good feed so that the rule must fail, because a rule that cannot fail proves nothing.
Sources: PSP-1 (github.com/Podcast-Standards-Project/PSP-1-Podcast-RSS-Specification), Apple (A Podcaster's Guide to
RSS, help.apple.com/itc/podcasts_connect), Podcasting 2.0 (github.com/Podcastindex-org/podcast-namespace, docs/tags),
RSS 2.0 (rssboard.org/rss-specification), RSS best practices (rssboard.org/rss-profile), W3C (messages of
validator.w3.org/feed, as its source names them: github.com/w3c/feedvalidator),
Podlove (podlove.org/simple-chapters), RFC 5005, and this house.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import lxml.html
from lxml import etree

from pipeline.values.categories import CATEGORIES

Element = etree._Element

NS = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
}
AUDIO_TYPES = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".opus": "audio/ogg"}
TRANSCRIPT_TYPES = {"text/vtt", "application/x-subrip", "application/json", "text/html", "text/plain"}
LONG = {f"{{{NS['content']}}}encoded", f"{{{NS['podcast']}}}txt", "description", "guid", "url", "link"}
ONCE_IN_CHANNEL = (
    *("title", "link", "description", "language", "copyright", "generator", "docs", "image", "lastBuildDate"),
    *("itunes:author", "itunes:explicit", "itunes:image", "itunes:owner", "itunes:type", "itunes:block"),
    *("itunes:new-feed-url", "itunes:complete", "podcast:guid", "podcast:locked", "podcast:license"),
    *("podcast:medium", "podcast:updateFrequency"),
)
ONCE_IN_ITEM = (
    *("title", "link", "description", "guid", "pubDate", "content:encoded", "itunes:title", "itunes:duration"),
    *("itunes:image", "itunes:explicit", "itunes:episode", "itunes:season", "itunes:episodeType"),
    *("podcast:season", "podcast:episode", "podcast:chapters", "psc:chapters"),
)


@dataclass(frozen=True)
class Rule:
    text: str
    source: str
    holds: Callable[[Element], bool]
    spoil: Callable[[Element], object]


def find(rss: Element, path: str) -> list[Element]:
    return rss.findall(f"channel/{path}", NS)


def first(rss: Element, path: str) -> Element:
    return find(rss, path)[0]


def texts(rss: Element, path: str) -> list[str]:
    return [element.text or "" for element in find(rss, path)]


def everywhere(rss: Element, name: str) -> list[Element]:
    return find(rss, name) + find(rss, f"item/{name}")


def description_stands_first(rss: Element) -> bool:
    tags = [[child.tag for child in item] for item in find(rss, "item")]
    content = f"{{{NS['content']}}}encoded"
    return all(content not in found or found.index("description") < found.index(content) for found in tags)


def each(path: str, good: Callable[[str], object]) -> Callable[[Element], bool]:
    """Check whether the text of every element at `path` is `good`."""
    return lambda rss: all(good(text) for text in texts(rss, path))


def one(path: str, good: Callable[[str], object] = bool) -> Callable[[Element], bool]:
    return lambda rss: len(found := texts(rss, path)) == 1 and bool(good(found[0]))


def one_per_item(name: str, good: Callable[[str], object] = bool) -> Callable[[Element], bool]:
    return lambda rss: all(
        len(found := item.findall(name, NS)) == 1 and good(found[0].text or "") for item in find(rss, "item")
    )


def given(path: str, attribute: str, good: Callable[[str], object]) -> Callable[[Element], bool]:
    """Check whether `attribute` exists and is `good` on every such element of the channel and its items."""
    return lambda rss: all(good(element.get(attribute, "")) for element in everywhere(rss, path))


def optional(path: str, attribute: str, good: Callable[[str], object]) -> Callable[[Element], bool]:
    return lambda rss: all(
        good(element.get(attribute, "")) for element in everywhere(rss, path) if attribute in element.attrib
    )


def both(*parts: Callable[[Element], bool]) -> Callable[[Element], bool]:
    return lambda rss: all(part(rss) for part in parts)


def put(path: str, text: str) -> Callable[[Element], object]:
    return lambda rss: setattr(first(rss, path), "text", text)


def attribute(path: str, name: str, value: str) -> Callable[[Element], object]:
    return lambda rss: first(rss, path).set(name, value)


def without(path: str, name: str) -> Callable[[Element], object]:
    return lambda rss: first(rss, path).attrib.pop(name)


def remove(path: str) -> Callable[[Element], object]:
    def spoil(rss: Element) -> None:
        element = first(rss, path)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return spoil


def twice(path: str) -> Callable[[Element], object]:
    def spoil(rss: Element) -> None:
        element = first(rss, path)
        element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))

    return spoil


def added(path: str, xml: str) -> Callable[[Element], object]:
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
    return lambda rss: first(rss, path).append(etree.fromstring(f"<x {declared}>{xml}</x>")[0])


def absolute(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not re.search(r"\s", url)


def picture(url: str) -> bool:
    return absolute(url) and urlsplit(url).path.endswith((".jpg", ".png"))


def positive(text: str) -> bool:
    return bool(re.fullmatch(r"[1-9]\d*", text))


def moment(text: str) -> datetime | None:
    """An RFC 822 date with a year of four digits and a zone."""
    if not re.fullmatch(r"\w{3}, \d\d? \w{3} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT)", text):
        return None
    return parsedate_to_datetime(text)


def uuid5(text: str) -> bool:
    try:
        return uuid.UUID(text).version == 5
    except ValueError:
        return False


def short(text: str) -> bool:
    return 0 < len(text) <= 128


def trimmed(text: str) -> bool:
    return text == text.strip()


def in_4000_bytes(text: str) -> bool:
    return 0 < len(text.encode("utf-8")) <= 4000


def leaves(rss: Element) -> list[Element]:
    return [element for element in rss.iter() if len(element) == 0 and element.text]


def category_is_known(rss: Element) -> bool:
    for category in find(rss, "itunes:category"):
        name = category.get("text", "")
        inner = [child.get("text", "") for child in category]
        if name not in CATEGORIES or not set(inner) <= set(CATEGORIES[name]):
            return False
    return bool(find(rss, "itunes:category"))


def image_is_the_channels(rss: Element) -> bool:
    return all(texts(rss, f"image/{name}") == texts(rss, name) for name in ("title", "link")) and picture(
        first(rss, "image/url").text or ""
    )


def build_date_is_not_before_the_newest_item(rss: Element) -> bool:
    built = moment(first(rss, "lastBuildDate").text or "")
    dates = [moment(text) for text in texts(rss, "item/pubDate")]
    return built is not None and all(date is not None and date <= built for date in dates)


def newest_first(rss: Element) -> bool:
    dates = [date for text in texts(rss, "item/pubDate") if (date := moment(text))]
    return dates == sorted(dates, reverse=True)


def safe_html(text: str) -> bool:
    """No scripts, frames or relative addresses: feed readers drop them, or cannot follow them."""
    body = lxml.html.fragment_fromstring(text, create_parent="div")
    if any(element.tag in {"script", "style", "iframe", "object", "embed", "form"} for element in body.iter()):
        return False
    return all(
        re.match(r"(https?://|mailto:|tel:)", link) and not name.startswith("on")
        for element in body.iter()
        for name, link in element.attrib.items()
        if name in {"href", "src"} or name.startswith("on")
    )


def enclosure_is_audio(rss: Element) -> bool:
    return all(
        AUDIO_TYPES.get(PurePosixPath(urlsplit(entry.get("url", "")).path).suffix) == entry.get("type")
        for entry in find(rss, "item/enclosure")
    )


def guids_are_unique(rss: Element) -> bool:
    return len(set(texts(rss, "item/guid"))) == len(find(rss, "item"))


def guid_is_no_broken_permalink(rss: Element) -> bool:
    return all(entry.get("isPermaLink") == "false" or absolute(entry.text or "") for entry in find(rss, "item/guid"))


def serial_shows_count(rss: Element) -> bool:
    if texts(rss, "itunes:type") != ["serial"]:
        return True
    return all(
        item.find("itunes:episode", NS) is not None
        for item in find(rss, "item")
        if item.findtext("itunes:episodeType", "full", NS) == "full"
    )


def at_most_once(where: str, names: Sequence[str]) -> Callable[[Element], bool]:
    return lambda rss: all(len(parent.findall(name, NS)) <= 1 for parent in rss.findall(where, NS) for name in names)


def captions_are_timed(rss: Element) -> bool:
    timed = {"text/vtt", "application/x-subrip", "application/json"}
    return all(
        entry.get("type") in timed for entry in find(rss, "item/podcast:transcript") if entry.get("rel") == "captions"
    )


def apple_finds_a_transcript(rss: Element) -> bool:
    for item in find(rss, "item"):
        types = {entry.get("type") for entry in item.findall("podcast:transcript", NS)}
        if types and not types & {"text/vtt", "application/x-subrip"}:
            return False
    return True


def numbers_agree(rss: Element) -> bool:
    return all(
        item.findtext(f"itunes:{name}", None, NS) in {None, item.findtext(f"podcast:{name}", None, NS)}
        for item in find(rss, "item")
        for name in ("season", "episode")
    )


def is_social(post: Element) -> bool:
    """Whether a podcast:socialInteract is complete; the protocols are those of socialprotocols.txt."""
    if post.get("protocol") == "disabled":
        return set(post.attrib) == {"protocol"}
    return post.get("protocol") in {"activitypub", "atproto", "hive", "matrix", "twitter"} and absolute(
        post.get("uri", "")
    )


def trailers_are_episodes(rss: Element) -> bool:
    known = {
        (item.find("enclosure").get("url"), item.findtext("itunes:season", None, NS))
        for item in find(rss, "item")
        if item.findtext("itunes:episodeType", None, NS) == "trailer"
    }
    return {(one.get("url"), one.get("season")) for one in find(rss, "podcast:trailer")} <= known


def psc_starts(item: Element) -> list[str]:
    return [chapter.get("start", "") for chapter in item.findall("psc:chapters/psc:chapter", NS)]


def chapters_ascend(rss: Element) -> bool:
    starts = [psc_starts(item) for item in find(rss, "item")]
    form = re.compile(r"\d\d:[0-5]\d:[0-5]\d(\.\d{3})?")
    return all(all(map(form.fullmatch, found)) and found == sorted(set(found)) for found in starts)


def chapters_agree(rss: Element) -> bool:
    """Check that every chapter is also in the show notes with its time, for apps that do not show chapters."""
    for item in find(rss, "item"):
        shown = lxml.html.fragment_fromstring(item.findtext("content:encoded", "", NS), create_parent="div")
        for chapter in item.findall("psc:chapters/psc:chapter", NS):
            line = f"{chapter.get('start', '').removeprefix('00:')} {' '.join(chapter.get('title', '').split())}"
            if line not in shown.text_content():
                return False
        if bool(psc_starts(item)) != (item.find("podcast:chapters", NS) is not None):
            return False
    return True


def chapters_inside(rss: Element) -> bool:
    for item in find(rss, "item"):
        length = int(item.findtext("itunes:duration", "0", NS))
        for start in psc_starts(item):
            hours, minutes, seconds = start.split(":")
            if int(hours) * 3600 + int(minutes) * 60 + float(seconds) > length:
                return False
    return True


def soundbites_fit(rss: Element) -> bool:
    for item in find(rss, "item"):
        length = int(item.findtext("itunes:duration", "0", NS))
        for bite in item.findall("podcast:soundbite", NS):
            start, duration = bite.get("startTime", ""), bite.get("duration", "")
            if not all(re.fullmatch(r"\d+(\.\d+)?", text) for text in (start, duration)):
                return False
            if not 15 <= float(duration) <= 120 or float(start) + float(duration) > length + 0.5:
                return False
    return True


def alternates_have_sources(rss: Element) -> bool:
    return all(
        entry.get("type")
        and entry.find("podcast:source", NS) is not None
        and all(absolute(source.get("uri", "")) for source in entry.findall("podcast:source", NS))
        for entry in find(rss, "item/podcast:alternateEnclosure")
    )


def one_alternate_is_the_enclosure(rss: Element) -> bool:
    for item in find(rss, "item"):
        entries = item.findall("podcast:alternateEnclosure", NS)
        chosen = [entry for entry in entries if entry.get("default") == "true"]
        enclosure = item.find("enclosure")
        if entries and (len(chosen) != 1 or enclosure is None):
            return False
        for entry in chosen:
            uris = {source.get("uri") for source in entry.findall("podcast:source", NS)}
            if enclosure is None or enclosure.get("url") not in uris:
                return False
    return True


def alternates_can_be_checked(rss: Element) -> bool:
    return all(
        entry.get("type") == "sri" and re.fullmatch(r"sha256-[A-Za-z0-9+/]{43}=", entry.get("value", ""))
        for entry in find(rss, "item/podcast:alternateEnclosure/podcast:integrity")
    )


def frequency_is_a_rule(rss: Element) -> bool:
    for entry in find(rss, "podcast:updateFrequency"):
        rule = entry.get("rrule", "FREQ=YEARLY")
        if not re.fullmatch(r"([A-Z]+=[^;=\s]+)(;[A-Z]+=[^;=\s]+)*", rule) or "FREQ=" not in rule:
            return False
        if ("COUNT=" in rule and not entry.get("dtstart")) or entry.get("complete", "true") not in {"true", "false"}:
            return False
        if entry.get("dtstart") and datetime.fromisoformat(entry.get("dtstart", "")).tzinfo is None:
            return False
    return True


def podcast_addresses_are_https(rss: Element) -> bool:
    urls = [
        value
        for element in rss.iter(f"{{{NS['podcast']}}}*")
        for name, value in element.attrib.items()
        if name in {"url", "href", "uri", "img"}
    ]
    return all(url.startswith("https://") for url in urls)


def page_links_lead_on(rss: Element) -> bool:
    links = {entry.get("rel"): entry.get("href", "") for entry in find(rss, "atom:link")}
    paged = {"first", "last"} <= set(links)
    if not set(links) & {"first", "last", "next", "previous"}:
        return True
    return paged and all(map(absolute, links.values())) and ("next" in links) == (links["self"] != links["last"])


PSP, APPLE, P20, RSS = "PSP-1", "Apple", "Podcasting 2.0", "RSS 2.0"
BEST, W3C, PODLOVE, RFC5005, HOUSE = "RSS best practices", "W3C feed validation", "Podlove", "RFC 5005", "this house"
ROLES = {"host", "guest"}

RULES = (
    # --- the file
    Rule(
        "It is UTF-8 and says so",
        PSP,
        lambda rss: rss.getroottree().docinfo.encoding == "UTF-8",
        lambda rss: etree.tostring(rss, encoding="ISO-8859-1", xml_declaration=True),
    ),
    Rule(
        "It is RSS 2.0 with one channel",
        RSS,
        lambda rss: rss.tag == "rss" and rss.get("version") == "2.0" and [child.tag for child in rss] == ["channel"],
        lambda rss: rss.set("version", "0.91"),
    ),
    Rule(
        "The namespaces are declared once, on top, with these very addresses",
        PSP,
        lambda rss: all(rss.nsmap.get(prefix) == uri for prefix, uri in NS.items()),
        lambda rss: etree.tostring(rss, encoding="UTF-8", xml_declaration=True).replace(
            b"podcastindex.org/namespace/1.0", b"github.com/Podcastindex-org/podcast-namespace/1.0"
        ),
    ),
    Rule(
        "No text begins or ends with a space",
        PSP,
        lambda rss: all(trimmed(leaf.text or "") for leaf in leaves(rss)),
        put("item/title", "Titel "),
    ),
    Rule(
        "No text is longer than 255 characters, save descriptions, proofs and addresses",
        PSP,
        lambda rss: all(len(leaf.text or "") <= 255 for leaf in leaves(rss) if leaf.tag not in LONG),
        put("item/title", "x" * 256),
    ),
    Rule(
        "What may stand once in the channel stands there once",
        W3C + " (DuplicateElement)",
        at_most_once("channel", ONCE_IN_CHANNEL),
        twice("language"),
    ),
    Rule(
        "What may stand once in an item stands there once",
        W3C + " (DuplicateElement)",
        at_most_once("channel/item", ONCE_IN_ITEM),
        twice("item/pubDate"),
    ),
    Rule(
        "Items stand behind everything else of the channel",
        W3C + " (MisplacedItem)",
        lambda rss: [child.tag == "item" for child in rss[0]] == sorted(child.tag == "item" for child in rss[0]),
        added(".", "<podcast:medium>podcast</podcast:medium>"),
    ),
    Rule(
        "An item's description stands before its content:encoded",
        W3C + " (NeedDescriptionBeforeContent)",
        description_stands_first,
        lambda rss: first(rss, "item").append(first(rss, "item/description")),
    ),
    Rule(
        "No text holds a control sign",
        W3C + " (BadCharacters), XML 1.0 section 2.2",
        lambda rss: not re.search("[\x7f-\x84\x86-\x9f]", "".join(rss.itertext())),
        put("item/title", "Titel \x96 Untertitel"),
    ),
    # --- the channel
    Rule("The channel has a title", RSS, one("title"), remove("title")),
    Rule("The channel has a link that is absolute", RSS, one("link", absolute), put("link", "/podcast/")),
    Rule(
        "The channel's description has 1 to 4000 bytes", PSP, one("description", in_4000_bytes), put("description", "")
    ),
    Rule(
        "The channel names its own address",
        PSP + ", " + W3C + " (MissingAtomSelfLink)",
        lambda rss: (
            [
                (absolute(link.get("href", "")), link.get("type"))
                for link in find(rss, "atom:link")
                if link.get("rel") == "self"
            ]
            == [(True, "application/rss+xml")]
        ),
        attribute("atom:link", "rel", "alternate"),
    ),
    Rule(
        "The language is an ISO 639 code",
        PSP,
        one("language", lambda text: re.fullmatch(r"[a-z]{2,3}(-[a-z]{2})?", text)),
        put("language", "Deutsch"),
    ),
    Rule(
        "The category is one of Apple's, and so is the one below it",
        APPLE,
        category_is_known,
        attribute("itunes:category", "text", "Goverment"),
    ),
    Rule(
        "itunes:explicit is true or false in the channel",
        PSP,
        one("itunes:explicit", lambda text: text in {"true", "false"}),
        put("itunes:explicit", "clean"),
    ),
    Rule(
        "The show has a cover whose name ends in .jpg or .png",
        APPLE,
        lambda rss: [picture(image.get("href", "")) for image in find(rss, "itunes:image")] == [True],
        attribute("itunes:image", "href", "https://example.org/cover.webp"),
    ),
    Rule("The show has an author", PSP, one("itunes:author"), remove("itunes:author")),
    Rule(
        "The owner has a name and a mailbox",
        APPLE,
        both(one("itunes:owner/itunes:name"), one("itunes:owner/itunes:email", lambda text: "@" in text)),
        remove("itunes:owner/itunes:email"),
    ),
    Rule(
        "The show is episodic or serial",
        APPLE,
        one("itunes:type", lambda text: text in {"episodic", "serial"}),
        put("itunes:type", "weekly"),
    ),
    Rule(
        "The copyright is a holder, without the word, the sign or a year",
        PSP,
        one("copyright", lambda text: text and not re.search(r"copyright|©|\b\d{4}\b", text, re.IGNORECASE)),
        put("copyright", "© 2026 Redaktion"),
    ),
    Rule(
        "The channel's image has the title and the link of the channel",
        BEST + ", " + W3C + " (ImageTitleDoesntMatch, ImageLinkDoesntMatch)",
        image_is_the_channels,
        put("image/title", "Logo"),
    ),
    Rule(
        "The build date is a date, and not before the newest episode",
        RSS + ", " + W3C + " (InvalidRFC2822Date)",
        build_date_is_not_before_the_newest_item,
        put("lastBuildDate", "Sat, 01 Jan 2000 00:00:00 +0000"),
    ),
    Rule(
        "A public feed asks no directory to keep out",
        APPLE,
        lambda rss: not find(rss, "itunes:block"),
        added(".", "<itunes:block>yes</itunes:block>"),
    ),
    Rule(
        "The new address of a show that moves is absolute",
        APPLE,
        each("itunes:new-feed-url", absolute),
        put("itunes:new-feed-url", "feed.xml"),
    ),
    Rule(
        "itunes:complete is yes or not there",
        APPLE,
        each("itunes:complete", lambda text: text.lower() == "yes"),
        added(".", "<itunes:complete>no</itunes:complete>"),
    ),
    Rule(
        "The pages of a feed name each other",
        RFC5005 + " section 3",
        page_links_lead_on,
        added(".", '<atom:link rel="next" href="feed-1.xml"/>'),
    ),
    # --- the channel, Podcasting 2.0
    Rule("podcast:guid is a UUIDv5", P20 + " guid", one("podcast:guid", uuid5), put("podcast:guid", "digitales-mv")),
    Rule(
        "podcast:locked is yes or no",
        P20 + " locked",
        one("podcast:locked", lambda text: text in {"yes", "no"}),
        put("podcast:locked", "true"),
    ),
    Rule(
        "podcast:locked names who may unlock it",
        P20 + " locked",
        given("podcast:locked", "owner", lambda text: "@" in text),
        without("podcast:locked", "owner"),
    ),
    Rule(
        "podcast:medium is one of the list",
        P20 + " medium",
        one(
            "podcast:medium",
            lambda text: text in {"podcast", "music", "video", "film", "audiobook", "newsletter", "blog"},
        ),
        put("podcast:medium", "radio"),
    ),
    Rule(
        "podcast:license is an identifier in small letters with an address",
        P20 + " license",
        both(
            one("podcast:license", lambda text: re.fullmatch(r"[a-z0-9.-]{1,128}", text)),
            given("podcast:license", "url", absolute),
        ),
        put("podcast:license", "CC BY 4.0"),
    ),
    Rule(
        "podcast:person is a name of at most 128 characters",
        P20 + " person",
        lambda rss: all(short(entry.text or "") for entry in everywhere(rss, "podcast:person")),
        put("podcast:person", ""),
    ),
    Rule(
        "podcast:person has a role of the taxonomy in small letters",
        P20 + " person",
        optional("podcast:person", "role", lambda text: text in ROLES),
        attribute("podcast:person", "role", "Moderation"),
    ),
    Rule(
        "podcast:funding has an address",
        P20 + " funding",
        given("podcast:funding", "url", absolute),
        without("podcast:funding", "url"),
    ),
    Rule(
        "podcast:funding has at most 128 characters to show",
        P20 + " funding",
        each("podcast:funding", short),
        put("podcast:funding", "x" * 129),
    ),
    Rule(
        "podcast:location has a name of at most 128 characters",
        P20 + " location",
        lambda rss: all(short(entry.text or "") for entry in everywhere(rss, "podcast:location")),
        put("podcast:location", ""),
    ),
    Rule(
        "podcast:location is the subject or the creator's",
        P20 + " location",
        optional("podcast:location", "rel", lambda text: text in {"subject", "creator"}),
        attribute("podcast:location", "rel", "studio"),
    ),
    Rule(
        "podcast:location has its latitude first, as a geo: address",
        P20 + " location, RFC 5870",
        optional("podcast:location", "geo", lambda text: re.fullmatch(r"geo:-?\d+(\.\d+)?,-?\d+(\.\d+)?.*", text)),
        attribute("podcast:location", "geo", "53.6 N, 11.4 E"),
    ),
    Rule(
        "podcast:location is a node, way or relation of OpenStreetMap",
        P20 + " location",
        optional("podcast:location", "osm", lambda text: re.fullmatch(r"[NWR]\d+(#\d+)?", text)),
        attribute("podcast:location", "osm", "62774"),
    ),
    Rule(
        "podcast:location has a country of two letters",
        P20 + " location",
        optional("podcast:location", "country", lambda text: re.fullmatch(r"[A-Za-z]{2}", text)),
        attribute("podcast:location", "country", "Deutschland"),
    ),
    Rule(
        "podcast:updateFrequency has at most 128 characters to show",
        P20 + " updateFrequency",
        each("podcast:updateFrequency", short),
        put("podcast:updateFrequency", ""),
    ),
    Rule(
        "podcast:updateFrequency is a rule of iCalendar, one that counts with its beginning",
        P20 + " updateFrequency, RFC 5545",
        frequency_is_a_rule,
        lambda rss: first(rss, "podcast:updateFrequency").attrib.update({"rrule": "WEEKLY"}),
    ),
    Rule(
        "podcast:txt has at most 4000 characters, its purpose 128",
        P20 + " txt",
        both(
            each("podcast:txt", lambda text: 0 < len(text) <= 4000),
            optional("podcast:txt", "purpose", short),
        ),
        put("podcast:txt", "x" * 4001),
    ),
    Rule(
        "podcast:image has an absolute address",
        P20 + " image",
        given("podcast:image", "href", absolute),
        without("podcast:image", "href"),
    ),
    Rule(
        "podcast:image has a text for those who do not see it",
        P20 + " image",
        given("podcast:image", "alt", bool),
        without("podcast:image", "alt"),
    ),
    Rule(
        "podcast:image has an aspect ratio as CSS writes it",
        P20 + " image",
        given("podcast:image", "aspect-ratio", lambda text: re.fullmatch(r"[1-9]\d*/[1-9]\d*", text)),
        attribute("podcast:image", "aspect-ratio", "1:1"),
    ),
    Rule(
        "podcast:image says its width in pixels, if at all",
        P20 + " image",
        optional("podcast:image", "width", positive),
        attribute("podcast:image", "width", "3000px"),
    ),
    Rule(
        "podcast:socialInteract names a known protocol, and the post unless comments are unwanted",
        P20 + " socialInteract",
        lambda rss: all(map(is_social, everywhere(rss, "podcast:socialInteract"))),
        without("item/podcast:socialInteract", "uri"),
    ),
    Rule(
        "Several podcast:socialInteract have an order",
        P20 + " socialInteract",
        lambda rss: all(
            [post.get("priority") for post in posts] == [str(number) for number in range(1, len(posts) + 1)]
            for part in [*find(rss, "item"), rss[0]]
            if len(posts := part.findall("podcast:socialInteract", NS)) > 1
        ),
        without("item/podcast:socialInteract", "priority"),
    ),
    Rule(
        "podcast:contentLink has an address and says where it leads",
        P20 + " contentLink",
        both(given("podcast:contentLink", "href", absolute), each("item/podcast:contentLink", bool)),
        put("item/podcast:contentLink", ""),
    ),
    Rule(
        "podcast:trailer has an address, a date, and a title of at most 128 characters",
        P20 + " trailer",
        both(
            given("podcast:trailer", "url", absolute),
            given("podcast:trailer", "pubdate", lambda text: parsedate_to_datetime(text).tzinfo),
            each("podcast:trailer", short),
        ),
        put("podcast:trailer", "x" * 129),
    ),
    Rule(
        "podcast:trailer is the audio of an episode of the type trailer, with its season",
        P20 + " trailer",
        trailers_are_episodes,
        attribute("podcast:trailer", "season", "9"),
    ),
    Rule(
        "A name of podcast:season has at most 128 characters, and each season one name",
        P20 + " season",
        both(
            optional("podcast:season", "name", short),
            lambda rss: (
                len({(one.text, one.get("name")) for one in find(rss, "item/podcast:season")})
                == len(set(texts(rss, "item/podcast:season")))
            ),
        ),
        attribute("item/podcast:season", "name", "Anders"),
    ),
    Rule(
        "Addresses in podcast: elements are https",
        P20 + " (1.0.md)",
        podcast_addresses_are_https,
        attribute("item/podcast:transcript", "url", "http://example.org/t.vtt"),
    ),
    # --- items
    Rule("An item has a title", PSP, one_per_item("title"), put("item/title", "")),
    Rule(
        "An item has one enclosure",
        PSP + ", " + BEST,
        one_per_item("enclosure", lambda _: True),
        twice("item/enclosure"),
    ),
    Rule(
        "An enclosure has a length in bytes",
        RSS + ", " + W3C + " (UseZeroForUnknown)",
        lambda rss: all(positive(entry.get("length", "")) for entry in find(rss, "item/enclosure")),
        attribute("item/enclosure", "length", "43,2 MB"),
    ),
    Rule(
        "An enclosure's address is absolute",
        RSS,
        lambda rss: all(absolute(entry.get("url", "")) for entry in find(rss, "item/enclosure")),
        attribute("item/enclosure", "url", "audio/007.mp3"),
    ),
    Rule(
        "An enclosure's type is that of its ending",
        APPLE,
        enclosure_is_audio,
        attribute("item/enclosure", "type", "audio/x-m4a"),
    ),
    Rule("An item has a guid", PSP, one_per_item("guid"), remove("item/guid")),
    Rule(
        "No two items share a guid",
        RSS,
        guids_are_unique,
        lambda rss: setattr(find(rss, "item/guid")[1], "text", texts(rss, "item/guid")[0]),
    ),
    Rule(
        "A guid that is no address says so",
        RSS + ", " + W3C + " (InvalidPermalink)",
        guid_is_no_broken_permalink,
        without("item/guid", "isPermaLink"),
    ),
    Rule(
        "An item has a date with four digits for the year, and a zone",
        RSS + ", " + BEST + ", " + W3C + " (InvalidRFC2822Date)",
        one_per_item("pubDate", moment),
        put("item/pubDate", "14. Juni 2026"),
    ),
    Rule(
        "The newest item stands first",
        HOUSE + " (apps that read a part of a feed read its beginning)",
        newest_first,
        put("item/pubDate", "Sat, 01 Jan 2000 00:00:00 +0000"),
    ),
    Rule("An item's link is absolute", BEST, one_per_item("link", absolute), put("item/link", "folgen/007/")),
    Rule(
        "An item's description has 1 to 4000 bytes",
        PSP + ", " + APPLE,
        one_per_item("description", in_4000_bytes),
        put("item/description", "ä" * 2001),
    ),
    Rule(
        "Descriptions hold nothing that runs, and no relative address",
        W3C + " (SecurityRisk, ContainsRelRef)",
        both(each("description", safe_html), each("item/description", safe_html)),
        put("item/description", "<script>alert(1)</script>"),
    ),
    Rule(
        "content:encoded holds nothing that runs, and no relative address",
        W3C + " (SecurityRisk, ContainsRelRef)",
        both(one_per_item("content:encoded"), each("item/content:encoded", safe_html)),
        put("item/content:encoded", '<a href="folgen/7">mehr</a>'),
    ),
    Rule(
        "A duration is whole seconds",
        APPLE,
        one_per_item("itunes:duration", positive),
        put("item/itunes:duration", "45 Minuten"),
    ),
    Rule(
        "An item has a cover whose name ends in .jpg or .png",
        APPLE,
        lambda rss: all(picture(image.get("href", "")) for image in find(rss, "item/itunes:image")),
        attribute("item/itunes:image", "href", "cover.jpg"),
    ),
    Rule(
        "itunes:explicit is true or false in every item",
        APPLE,
        one_per_item("itunes:explicit", lambda text: text in {"true", "false"}),
        put("item/itunes:explicit", "no"),
    ),
    Rule(
        "itunes:episode is a whole number above 0",
        APPLE,
        each("item/itunes:episode", positive),
        put("item/itunes:episode", "0"),
    ),
    Rule(
        "itunes:season is a whole number above 0",
        APPLE,
        each("item/itunes:season", positive),
        put("item/itunes:season", "zwei"),
    ),
    Rule(
        "itunes:episodeType is full, trailer or bonus",
        APPLE,
        one_per_item("itunes:episodeType", lambda text: text in {"full", "trailer", "bonus"}),
        put("item/itunes:episodeType", "Trailer"),
    ),
    Rule(
        "A serial show counts its full episodes",
        APPLE,
        serial_shows_count,
        lambda rss: (put("itunes:type", "serial")(rss), remove("item/itunes:episode")(rss)),
    ),
    Rule(
        "itunes:title is the title",
        HOUSE + " (the number stands in itunes:episode)",
        lambda rss: texts(rss, "item/itunes:title") == texts(rss, "item/title"),
        put("item/itunes:title", "Folge 8: Häfen"),
    ),
    # --- items, Podcasting 2.0 and Podlove
    Rule(
        "podcast:season and podcast:episode are the numbers of itunes:",
        P20 + " season, episode",
        numbers_agree,
        put("item/podcast:episode", "99"),
    ),
    Rule(
        "podcast:transcript has an address and a known type",
        P20 + " transcript",
        both(
            given("podcast:transcript", "url", absolute),
            given("podcast:transcript", "type", lambda text: text in TRANSCRIPT_TYPES),
        ),
        attribute("item/podcast:transcript", "type", "application/srt"),
    ),
    Rule(
        "podcast:transcript has a language",
        P20 + " transcript",
        given("podcast:transcript", "language", bool),
        without("item/podcast:transcript", "language"),
    ),
    Rule(
        "Only a transcript with times is called captions",
        P20 + " transcript",
        captions_are_timed,
        lambda rss: [entry.set("rel", "captions") for entry in find(rss, "item/podcast:transcript")],
    ),
    Rule(
        "A transcript comes as VTT or SRT too, which Apple reads",
        APPLE,
        apple_finds_a_transcript,
        lambda rss: [entry.set("type", "text/html") for entry in find(rss, "item/podcast:transcript")],
    ),
    Rule(
        "podcast:chapters has an address and its type",
        P20 + " chapters",
        both(
            given("podcast:chapters", "url", absolute),
            given("podcast:chapters", "type", lambda text: text == "application/json+chapters"),
        ),
        attribute("item/podcast:chapters", "type", "application/json"),
    ),
    Rule(
        "psc:chapters says its version",
        PODLOVE,
        given("psc:chapters", "version", lambda text: text == "1.2"),
        without("item/psc:chapters", "version"),
    ),
    Rule(
        "psc:chapter has a time as HH:MM:SS, and they ascend",
        PODLOVE,
        chapters_ascend,
        attribute("item/psc:chapters/psc:chapter", "start", "01:30"),
    ),
    Rule(
        "psc:chapter has a title",
        PODLOVE,
        lambda rss: all(chapter.get("title") for chapter in find(rss, "item/psc:chapters/psc:chapter")),
        without("item/psc:chapters/psc:chapter", "title"),
    ),
    Rule(
        "No chapter begins behind the end",
        PODLOVE,
        chapters_inside,
        attribute("item/psc:chapters/psc:chapter", "start", "99:00:00"),
    ),
    Rule(
        "Chapters are the same in psc, JSON and show notes",
        HOUSE + " (one source of chapters)",
        chapters_agree,
        attribute("item/psc:chapters/psc:chapter", "title", "Ganz anders"),
    ),
    Rule(
        "podcast:soundbite lies in the episode and lasts 15 to 120 seconds",
        P20 + " soundbite",
        soundbites_fit,
        attribute("item/podcast:soundbite", "duration", "121"),
    ),
    Rule(
        "podcast:soundbite has a title of at most 128 characters",
        P20 + " soundbite",
        each("item/podcast:soundbite", lambda text: len(text) <= 128),
        put("item/podcast:soundbite", "x" * 129),
    ),
    Rule(
        "podcast:alternateEnclosure has a type and a source",
        P20 + " alternateEnclosure",
        alternates_have_sources,
        remove("item/podcast:alternateEnclosure/podcast:source"),
    ),
    Rule(
        "One podcast:alternateEnclosure, the default, is the file of the enclosure",
        P20 + " alternateEnclosure",
        one_alternate_is_the_enclosure,
        without("item/podcast:alternateEnclosure", "default"),
    ),
    Rule(
        "podcast:integrity is a hash as browsers write it",
        P20 + " integrity",
        alternates_can_be_checked,
        attribute("item/podcast:alternateEnclosure/podcast:integrity", "value", "0" * 64),
    ),
)
