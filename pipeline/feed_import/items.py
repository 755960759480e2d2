"""One item of a foreign feed → what an episode can take from it, and everything that it cannot."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from calendar import timegm
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin, urlsplit

from pipeline.feed_import.chapters import chapter_of, chapters_in
from pipeline.feed_import.elements import all_text, local_name, one_line, seconds_of, short_title, text_of, web_address
from pipeline.feed_import.foreign import ForeignEnclosure, ForeignItem, ForeignPerson
from pipeline.feed_import.notes import plain_of, read_notes
from pipeline.feed_import.numbers import number_in
from pipeline.values.audio_formats import AUDIO_FORMATS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from lxml import etree

    from pipeline.values.show import Chapter, EpisodeType

_KEPT = {
    *("title", "guid", "pubDate", "enclosure", "description", "content:encoded", "dc:date", "psc:chapters"),
    *("itunes:title", "itunes:subtitle", "itunes:summary", "itunes:duration", "itunes:episode", "itunes:season"),
    *("itunes:episodeType", "podcast:person", "podcast:chapters", "podcast:season", "podcast:episode"),
    "itunes:explicit",  # only reported, if it differs from the show
}
_LOSSES = {
    "link": "Adresse der bisherigen Seite (link)",
    "author": "Autor (author)",
    "itunes:author": "Autor (itunes:author); das ist niemand, der spricht",
    "dc:creator": "Autor (dc:creator); das ist niemand, der spricht",
    "itunes:image": "eigenes Bild der Folge (itunes:image)",
    "itunes:keywords": "Schlagwörter (itunes:keywords)",
    "itunes:block": "itunes:block: in manchen Verzeichnissen war die Folge verborgen",
    "category": "Kategorien (category)",
    "podcast:transcript": "Transkript (podcast:transcript); `make transcript-import` liest eines ein",
    "podcast:alternateEnclosure": "weitere Audioformate (podcast:alternateEnclosure)",
}
_ROLES: dict[str, Literal["host", "guest"]] = {  # podcast:person, group "cast"; without a role it is the host
    "": "host",
    "host": "host",
    "co-host": "host",
    "guest host": "host",
    "guest": "guest",
}
_TYPES: dict[str, EpisodeType] = {"full": "full", "trailer": "trailer", "bonus": "bonus"}
_SUMMARY_CHARACTERS = 600
_MORE_THAN_A_SUMMARY = re.compile(r"<(?:a|li|h[1-6]|table|img)\b|https?://|\bwww\.", re.IGNORECASE)
_TIME = re.compile(r"(?<![\d:])(?:\d{1,2}:)?\d{1,2}:\d{2}(?![\d:])")
_CHAPTERS_FROM = 2  # times in a text
_CUT = ("…", "...")
_EXPLICIT = {True: ("yes", "true", "explicit"), False: ("no", "false", "clean")}
AUDIO_SUFFIXES = {".mp3", ".m4a", ".aac", ".ogg", ".opus", ".flac", ".wav", ".m4b", ".mp4", ".m4v"}


def read_item(
    item: etree._Element,
    entry: Any,
    *,
    base: str,
    explicit: bool,
    show_title: str,
    show_people: Sequence[ForeignPerson],
    known: Collection[str],
) -> ForeignItem:
    """Read an item; `entry` is the same item as feedparser reads it. The texts of items whose guid is in `known` are
    not read, because that is most of the work."""
    losses: list[str] = list(_unknown(item))
    published = _published(text_of(item, "pubDate") or text_of(item, "dc:date"), entry)
    enclosure = _enclosure(item, base, losses)
    guid = _guid(item, enclosure, losses)
    duration_s = _duration(text_of(item, "itunes:duration"), losses)
    people, people_losses = people_of(item)
    chapters, chapters_url = _chapters(item, entry, base, losses)
    if text_of(item, "itunes:explicit").lower() in _EXPLICIT[not explicit]:
        losses.append(f"itunes:explicit der Folge (der ganze Podcast hat {'true' if explicit else 'false'})")
    title = _title(item, losses) or "Ohne Titel"
    has_guid = bool(text_of(item, "guid"))
    summary, notes = ("", "") if has_guid and guid in known else _texts(item, title, base, losses)
    episode_type = _type(item, losses)
    number, season = _numbers(item, title, show_title, episode_type, losses)
    return ForeignItem(
        title=title,
        guid=guid,
        published=published,
        enclosure=enclosure,
        summary=summary,
        notes=notes,
        duration_s=duration_s,
        number=number,
        season=season,
        episode_type=episode_type,
        people=people or tuple(show_people),
        chapters=chapters_in(chapters, duration_s, losses),
        chapters_url=chapters_url,
        refusal=_refusal(guid, published, enclosure),
        has_guid=has_guid,
        losses=tuple(dict.fromkeys((*losses, *people_losses))),
    )


def _refusal(guid: str, published: datetime | None, enclosure: ForeignEnclosure | None) -> str:
    if enclosure is None:
        return "keine brauchbare Audiodatei (enclosure)"
    if any(ord(character) < 32 for character in guid):
        return "eine Kennung (guid) mit Zeilenumbruch; so ließe sie sich nicht behalten"
    if published is None:
        return "kein lesbares Datum (pubDate)"
    return ""


def _title(item: etree._Element, losses: list[str]) -> str:
    title, itunes = one_line(text_of(item, "title")), one_line(text_of(item, "itunes:title"))
    if not title and not itunes:
        losses.append("kein Titel im Feed; die Folge heißt „Ohne Titel“")
    if title and itunes and title != itunes:
        losses.append("ein zweiter Titel (itunes:title)")
    return short_title(title or itunes, losses)


def _guid(item: etree._Element, enclosure: ForeignEnclosure | None, losses: list[str]) -> str:
    """The guid, unchanged. Without one, apps identify the item by the address of its audio (Apple: "RSS feed
    requirements")."""
    guid = text_of(item, "guid")
    if not guid and enclosure is not None:
        losses.append("keine Kennung (guid) im Feed; wie in Apps gilt die Adresse der Audiodatei")
        return enclosure.url
    return guid


def _published(text: str, entry: Any) -> datetime | None:
    """The date with the feed's own offset if it can be read, else as feedparser understands it, in UTC."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return _plausible(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    return _plausible(datetime.fromtimestamp(timegm(parsed), UTC)) if parsed else None


def _plausible(moment: datetime) -> datetime | None:
    return moment if 1970 <= moment.year <= 2100 else None


def _enclosure(item: etree._Element, base: str, losses: list[str]) -> ForeignEnclosure | None:
    found = [child for child in item if local_name(child) == "enclosure"]
    usable = [read for element in found if (read := _read_enclosure(element, base, losses)) is not None]
    if len(usable) > 1:
        losses.append("weitere Dateien (enclosure); die erste gilt")
    return usable[0] if usable else None


def _read_enclosure(element: etree._Element, base: str, losses: list[str]) -> ForeignEnclosure | None:
    url = (element.get("url") or "").strip()
    try:
        if url and not urlsplit(url).scheme and base:
            url = urljoin(base, url)
            losses.append("eine unvollständige Adresse der Audiodatei; ergänzt nach der Adresse des Feeds")
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or re.search(r"[\x00-\x20\x7f-\x9f]", url):
        return None
    if parts.username is not None:
        losses.append("eine Audiodatei, deren Adresse Zugangsdaten enthält: sie stünden sonst offen im Feed")
        return None
    suffix = "." + parts.path.rpartition(".")[2].lower()
    given = (element.get("type") or "").strip()
    media_type = given or mimetypes.guess_type("x" + suffix)[0] or AUDIO_FORMATS["mp3"].media_type
    if not given:
        losses.append(f"keine Dateiart im Feed; angenommen: {media_type}")
    if not media_type.lower().startswith(("audio/", "video/")) and suffix not in AUDIO_SUFFIXES:
        losses.append(f"eine Datei, die kein Ton ist ({media_type})")
        return None
    length = (element.get("length") or "").strip()
    size_bytes = int(length) if re.fullmatch(r"[0-9]{1,13}", length) else 0
    if not size_bytes:
        losses.append("keine brauchbare Dateigröße (length); im Feed steht 0")
    return ForeignEnclosure(url=url, media_type=media_type, size_bytes=size_bytes)


def _duration(text: str, losses: list[str]) -> float:
    try:
        seconds = seconds_of(text)
    except ValueError:
        seconds = 0.0
    if not seconds:
        losses.append("keine lesbare Länge (itunes:duration)")
    return seconds


def _numbers(
    item: etree._Element, title: str, show_title: str, episode_type: EpisodeType, losses: list[str]
) -> tuple[int | None, int | None]:
    """The number and the season that the feed states; else, for a full episode, those that its title says. They are
    read item by item, so that an import in parts gives the same."""
    number = _number(item, "episode", losses, least=0)
    season = _number(item, "season", losses, least=1)
    if number is not None or episode_type != "full":
        return number, season
    number, season_in_title = number_in(title, show_title=show_title)
    if number is None:
        losses.append("keine Nummer im Feed und keine im Titel; der Ordner heißt nur nach dem Titel")
    else:
        losses.append("keine Nummer im Feed; sie steht im Titel")
    return number, season if season is not None else season_in_title


def _number(item: etree._Element, name: str, losses: list[str], *, least: int) -> int | None:
    text = text_of(item, f"itunes:{name}") or text_of(item, f"podcast:{name}")
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,6}", text) and int(text) >= least:
        return int(text)
    losses.append(f"itunes:{name} ist keine ganze Zahl")
    return None


def _type(item: etree._Element, losses: list[str]) -> EpisodeType:
    text = text_of(item, "itunes:episodeType").lower()
    if text and text not in _TYPES:
        losses.append("eine unbekannte Art der Folge (itunes:episodeType); sie gilt als full")
    return _TYPES.get(text, "full")


def _texts(item: etree._Element, title: str, base: str, losses: list[str]) -> tuple[str, str]:
    """The summary and the notes. Feeds state a text up to four times; the fullest becomes the notes. They are dropped
    if the summary says the same and they have no links."""
    fields = [text_of(item, name) for name in ("content:encoded", "description", "itunes:summary")]
    whole = fields[0] or max(fields, key=len)
    notes = read_notes(whole, base=base)
    losses.extend(notes.losses)
    summary = _summary(item, title, _comparable(notes.plain))
    if _comparable(summary) == _comparable(notes.plain) and "](" not in notes.markdown:
        return summary, ""
    return summary, notes.markdown


def _summary(item: etree._Element, title: str, notes: str) -> str:
    """What the feed calls the summary or the subtitle, whichever is whole; else a description that says something
    else than the notes. "" if all of them are more than a summary, or only the title. `notes` are comparable."""
    cut = ""
    for name in ("itunes:summary", "itunes:subtitle", "description"):
        text = text_of(item, name)
        summary = one_line(plain_of(text))
        same = _comparable(summary)
        if not same or same == _comparable(title) or not _is_summary(text, summary):
            continue
        if name == "description" and notes.startswith(same):
            continue
        if not summary.endswith(_CUT):
            return summary
        cut = cut or summary
    return "" if notes.startswith(_comparable(cut)) else cut


def _is_summary(text: str, summary: str) -> bool:
    """Whether a text is no more than a summary: short, without links, lists, headings and chapters."""
    if len(summary) > _SUMMARY_CHARACTERS or _MORE_THAN_A_SUMMARY.search(text):
        return False
    return len(_TIME.findall(summary)) < _CHAPTERS_FROM


def _comparable(text: str) -> str:
    """Only the letters and digits, without the ellipsis that ends a summary cut by some programs."""
    return "".join(re.findall(r"\w+", unicodedata.normalize("NFC", text))).casefold()


def people_of(parent: etree._Element) -> tuple[tuple[ForeignPerson, ...], tuple[str, ...]]:
    """The people who speak, each once, and German phrases for losses, such as people with other roles."""
    people: dict[str, ForeignPerson] = {}
    losses: list[str] = []
    for element in parent:
        if local_name(element) != "podcast:person":
            continue
        name = one_line(all_text(element))
        role = (element.get("role") or "").strip().lower()
        if (element.get("group") or "cast").strip().lower() != "cast" or role not in _ROLES:
            losses.append(f"Mitwirkende, die nicht sprechen (podcast:person, {one_line(role) or 'ohne Rolle'})")
        elif not name:
            losses.append("eine Person ohne Namen (podcast:person)")
        else:
            url = web_address(element.get("href") or "")
            people.setdefault(name.casefold(), ForeignPerson(name=name, role=_ROLES[role], url=url))
            if element.get("img"):
                losses.append("Bilder von Personen (podcast:person)")
    return tuple(people.values()), tuple(dict.fromkeys(losses))


def _chapters(item: etree._Element, entry: Any, base: str, losses: list[str]) -> tuple[list[Chapter], str]:
    """Podlove chapters, else the address of JSON chapters."""
    found = entry.get("psc_chapters", {}).get("chapters", [])
    if any(mark.get("image") for mark in found):
        losses.append("Bilder von Kapiteln (psc:chapter)")
    if found:
        return [
            chapter
            for mark in found
            if (chapter := chapter_of(mark.get("start"), mark.get("title"), mark.get("href"), losses)) is not None
        ], ""
    for element in item:
        if local_name(element) == "podcast:chapters":
            try:
                return [], urljoin(base, (element.get("url") or "").strip())
            except ValueError:
                losses.append("Kapitel, deren Adresse nicht stimmt (podcast:chapters)")
    return [], ""


def _unknown(item: etree._Element) -> Iterable[str]:
    """German phrases for elements of the item that have no place in an episode."""
    for child in item:
        name = local_name(child)
        if name and name not in _KEPT and (all_text(child).strip() or child.attrib or len(child)):
            yield _LOSSES.get(name, f"<{name}>")
