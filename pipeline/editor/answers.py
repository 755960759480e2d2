"""What people say about an episode, in one line of German each, to what its episode.toml should have, and back."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.editor import template
from pipeline.editor.toml_edit import WantedTable
from pipeline.timecode import clock, full_clock, parse_timecode
from pipeline.transcript.labels import fold_name
from pipeline.values.checked import NO, YES, checked_title
from pipeline.values.dates import german_moment, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

SPEAKER_KEYS = ("name", "aliases", "organisation", "role", "slug", "url")
CHAPTER_KEYS = ("start", "title", "url", "image")
"""The order of the keys in a table."""
NOTHING = "-"
"""The answer that removes an entry."""
_ROLES = {"moderation": "host", "host": "host", "gast": "guest", "guest": "guest"}
_ROLE_NAMES = {"host": "Moderation", "guest": "Gast"}
_PERSON = re.compile(r"(?P<name>[^\[\]()]+?)\s*(?:\[(?P<organisation>[^\[\]]*)\])?\s*(?:\((?P<role>[^()]*)\))?\s*\Z")
LABELS = {
    "title": "Titel",
    "published": "Termin",
    "draft": "Entwurf",
    "speakers": "Wer spricht",
    "summary": "Zusammenfassung",
    "topics": "Themen",
    "chapters": "Kapitel",
    "recording": "Aufnahme",
    "season": "Staffel",
    "type": "Art der Folge",
}
"""What people call the keys of episode.toml that they can answer for."""


class Question(NamedTuple):
    """A field of episode.toml that people are asked about: its `key` there, and the question with an example."""

    key: str
    text: str
    example: str = ""


QUESTIONS = (
    Question("title", "Titel"),
    Question("published", "Termin", "3.12.2026, 6 Uhr"),
    Question("draft", "Noch ein Entwurf? Entwürfe erscheinen nie.", "ja oder nein"),
    Question(
        "speakers",
        "Wer spricht, in der Reihenfolge des ersten Auftretens",
        "Klara Klang (Moderation), Tom Takt [Testwerk]",
    ),
    Question("summary", "Zusammenfassung in ein bis zwei Sätzen"),
    Question("topics", "Themen", "Schule, Verwaltung"),
    Question("chapters", "Kapitel: Zeiten der fertigen Folge", "0:00 Anfang; 4:10 Netz"),
    Question("recording", "Name der Aufnahme", "raw.wav"),
)
"""In the order in which people are asked. The further answers, season and type, are only taken when given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as an answer names them; None for what it does not say. `role` is "host" or "guest"."""

    name: str
    organisation: str | None = None
    role: str | None = None


def shown(key: str, table: Mapping[str, Any]) -> str:
    """What a parsed episode.toml has for `key`, in the notation of an answer; "" for nothing."""
    value = table.get(key)
    if value is None or value == []:
        return ""
    if key == "published":
        return german_moment(value) if isinstance(value, datetime) and value.tzinfo else str(value)
    if key == "draft":
        return "ja" if value is True else "nein"
    if key == "topics":
        return ", ".join(map(str, value))
    if key == "speakers":
        return ", ".join(map(_shown_person, value))
    if key == "chapters":
        return "; ".join(f"{_short(str(entry.get('start', '')))} {entry.get('title', '')}" for entry in value)
    return " ".join(str(value).split())


def is_template(key: str, table: Mapping[str, Any]) -> bool:
    """Whether nobody has filled in yet what the template of an episode has for `key`."""
    if key == "speakers":
        return any(speaker.get("name") in template.NAMES for speaker in table.get(key, ()))
    return key == "summary" and str(table.get(key, "")).strip() == template.SUMMARY


def read_answer(key: str, text: str, *, now: datetime, before: datetime | None) -> Any:
    """The value that `text` means for `key`: for speakers a tuple of Person, for chapters one of (start, title), for
    all others what the TOML file has. None if it is „-“. `before` is the episode's date until now. Raises a German
    ValueError if it means nothing."""
    text = unicodedata.normalize("NFC", text.strip())
    if text == NOTHING:
        if key in {"title", "draft", "speakers", "recording"}:
            raise ValueError("das lässt sich ändern, aber nicht leeren")
        return "" if key == "summary" else None
    if key == "published":
        return moment_of(text, now=now, before=before)
    return _READERS[key](text) if key in _READERS else text


def read_people(text: str) -> tuple[Person, ...]:
    """The people in „Klara Klang (Moderation), Tom Takt [Testwerk] und Sina Silbe“. Raises a German ValueError."""
    people = []
    for part in re.split(r"[,;\n](?![^\[]*\])|\s+und\s+(?![^\[]*\])", text):
        if not part.strip():
            continue
        found = _PERSON.match(part.strip())
        if found is None:
            raise ValueError(f"„{part.strip()}“ ist nicht zu lesen; so geht es: Tom Takt [Testwerk] (Moderation)")
        role = found["role"] and _ROLES.get(found["role"].strip().casefold())
        if found["role"] and role is None:
            raise ValueError(f"„({found['role']})“ ist keine Rolle; möglich sind (Moderation) und (Gast)")
        organisation = None if found["organisation"] is None else found["organisation"].strip()
        people.append(Person(name=" ".join(found["name"].split()), organisation=organisation, role=role))
    if not people:
        raise ValueError("mindestens ein Name wird gebraucht, wie in: Klara Klang, Tom Takt")
    return tuple(people)


def wanted_speakers(
    old: Sequence[Mapping[str, Any]], people: Sequence[Person], registered: Collection[str]
) -> tuple[WantedTable, ...]:
    """The `[[speakers]]` tables for `people`: each is made from the one with their name, else from a name of the
    template at the same place. `registered` are the folded names of speakers.toml: what it says is not repeated."""
    places = {fold_name(str(table.get("name", ""))): index for index, table in enumerate(old)}
    wanted = []
    for place, person in enumerate(people):
        index = places.get(fold_name(person.name))
        values: dict[str, str | None] = {}
        if index is None:
            values["name"] = person.name
            if place < len(old) and old[place].get("name") in template.NAMES:
                index = place
                values["organisation"] = person.organisation or None
        if person.organisation is not None:
            values["organisation"] = person.organisation or None
        known = fold_name(person.name) in registered
        if person.role is not None:
            values["role"] = person.role
        elif "name" in values and (known or index is None):
            values["role"] = None if known else "guest"
        wanted.append(WantedTable(index=index, values=values))
    return tuple(wanted)


def wanted_chapters(old: Sequence[Mapping[str, Any]], chapters: Sequence[tuple[str, str]]) -> tuple[WantedTable, ...]:
    """The `[[chapters]]` tables for `chapters`, (start, title): each is made from the one with the same title or, if
    there is none, the same time, so that links and pictures stay."""
    titles = {str(table.get("title")): index for index, table in enumerate(old)}
    times = {_short(str(table.get("start"))): index for index, table in enumerate(old)}
    kept = {titles[title] for _, title in chapters if title in titles}
    wanted = []
    for start, title in chapters:
        index = titles.get(title)
        if index is None and times.get(_short(start)) not in kept:
            index = times.get(_short(start))
        same_time = index is not None and _short(str(old[index].get("start"))) == _short(start)
        wanted.append(
            WantedTable(index=index, values={"title": title} if same_time else {"start": start, "title": title})
        )
    return tuple(wanted)


def _shown_person(table: Mapping[str, Any]) -> str:
    organisation = f" [{table['organisation']}]" if table.get("organisation") else ""
    role = f" ({_ROLE_NAMES['host']})" if table.get("role") == "host" else ""
    return f"{table.get('name', '')}{organisation}{role}"


def _truth(text: str) -> bool:
    word = text.casefold()
    if word in YES or word in {"j", "y"}:
        return True
    if word in NO or word == "n":
        return False
    raise ValueError(f"„{text}“ ist weder ja noch nein")


def _chapters(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for part in re.split(r"[;\n]|,\s*(?=\d+:\d)", text):
        if not part.strip():
            continue
        start, _, title = part.strip().partition(" ")
        try:
            start_s = parse_timecode(start)
        except ValueError:
            raise ValueError(f"„{part.strip()}“ ist kein Kapitel; so geht es: 0:00 Anfang; 4:10 Netz") from None
        title = " ".join(title.strip(" –-").split())
        if not title:
            raise ValueError(f"dem Kapitel bei {start} fehlt der Titel; so geht es: 0:00 Anfang; 4:10 Netz")
        found.append((full_clock(start_s) if start_s == int(start_s) else start, title))
    return tuple(found)


def _short(start: str) -> str:
    """A time as people read it; what is no time stays."""
    try:
        seconds = parse_timecode(start)
    except ValueError:
        return start
    return clock(seconds) if seconds == int(seconds) else start


def _topics(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split("[,;]", text) if part.strip())


def _season(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"„{text}“ ist keine Zahl; so geht es: 2")
    return int(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "title": lambda text: checked_title(" ".join(text.split())),
    "draft": _truth,
    "speakers": read_people,
    "topics": _topics,
    "chapters": _chapters,
    "season": _season,
    "type": str.casefold,
}
