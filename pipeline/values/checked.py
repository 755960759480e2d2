"""Types for texts and times as people write them in TOML, each with its check.

Each check returns the value to keep, or raises a ValueError whose German text continues after the key.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

from pipeline.addresses import is_inside
from pipeline.errors import did_you_mean
from pipeline.paths import is_reserved
from pipeline.timecode import FIRST_YEAR, LAST_YEAR, parse_timecode
from pipeline.values.categories import CATEGORIES
from pipeline.values.dates import german_zone, read_time
from pipeline.values.fields import Check, Parse
from pipeline.values.web_addresses import checked_folder_address, checked_web_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
TITLE_LIMIT = 255  # PSP-1: node values of a feed have at most 255 characters unless it says otherwise
# RFC 5545, section 3.3.10. dateutil accepts more: other keys and notations, and numbers that no calendar has.
_RULE_KEY = re.compile(
    r"FREQ|UNTIL|COUNT|INTERVAL|WKST|BY(SETPOS|MONTH|WEEKNO|YEARDAY|MONTHDAY|DAY|HOUR|MINUTE|SECOND)"
)
_RULE_PART = re.compile(
    r"(COUNT|INTERVAL)=0*[1-9][0-9]*|UNTIL=[0-9]{8}(T[0-9]{6}Z?)?|(?!(COUNT|INTERVAL|UNTIL)=)[A-Z]+=[A-Z0-9+,-]+"
)
YES = frozenset({"ja", "wahr", "an", "yes", "true", "1"})
NO = frozenset({"nein", "falsch", "aus", "no", "false", "0"})
"""Words that people write where TOML has true and false."""
_LONGEST_NAME = 255  # bytes, on all usual file systems; umlauts have two
_ANY_TIME = datetime.min  # noqa: DTZ901  without a zone, as UNTIL is when its zone is ignored
_HIGHEST = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYWEEKNO": 53, "BYYEARDAY": 366}


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("darf nicht leer sein")
    if bad := next((sign for sign in text if unicodedata.category(sign) in {"Cc", "Zl", "Zp"}), None):
        raise ValueError(f"darf keine Zeilenumbrüche oder Steuerzeichen enthalten (hier: U+{ord(bad):04X})")
    return text.strip()


def checked_title(text: str) -> str:
    """`text` as the title of a show, an episode or a chapter. Raises a German ValueError if apps would not show it."""
    return _shorter(_one_line(text), TITLE_LIMIT)


def _short(text: str) -> str:
    """`text` in at most 128 characters: apps may cut off longer ones (Podcasting 2.0)."""
    return _shorter(_one_line(text), 128)


def _shorter(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValueError(f"hat {len(text)} Zeichen; Podcast-Apps nehmen höchstens {limit}, also kürzen")
    return text


def _name(text: str) -> str:
    """`text` in NFC with single spaces, the form in which labels of transcripts are compared."""
    return " ".join(unicodedata.normalize("NFC", _one_line(text)).split())


def _organisation(text: str) -> str:
    if set("[]") & set(text):
        raise ValueError("eckige Klammern gehen hier nicht; im Transkript umschließen sie die Organisation")
    return _name(text) if text else ""


def _slug(text: str) -> str:
    if not _SLUG.match(text):
        raise ValueError("nur Kleinbuchstaben a-z, Ziffern und Bindestriche, wie in „digitale-schule“")
    return text


def _person_slug(text: str) -> str:
    """`text` as a slug that names a folder by itself."""
    if is_reserved(_slug(text)):
        raise ValueError(f"„{text}“ hält Windows für ein Gerät; etwa „{text}-1“ nehmen")
    return text


def _time(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('eine Zeit in Anführungszeichen, wie in "00:12:34" oder "12:34.5"')
    try:
        return parse_timecode(value)
    except ValueError:
        raise ValueError(f'„{value}“ ist keine Zeit; so geht es: "00:12:34" oder "12:34.5"') from None


def _channel(value: object) -> object:
    number = {"left": 1, "right": 2}.get(value, 0) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError('"left", "right" oder die Nummer des Kanals, ab 1')
    return number


def _cut(value: object) -> object:
    """`"00:12:03.5-00:12:40"` → (start, end) in seconds."""
    example = 'eine Strecke der Aufnahme, wie in "00:12:03.5-00:12:40"'
    if not isinstance(value, str):
        raise ValueError(example)
    try:
        start_s, end_s = (parse_timecode(part.strip()) for part in re.split("[-–]", value))
    except ValueError:
        raise ValueError(f"„{value}“ ist keine Strecke; gemeint ist {example}") from None
    if end_s <= start_s:
        raise ValueError(f"„{value}“: das Ende liegt nicht hinter dem Anfang")
    return (start_s, end_s)


def _with_zone(value: object) -> object:
    if not isinstance(value, datetime):
        moment = read_time(str(value))
        raise ValueError(
            f"so wird ein Zeitpunkt geschrieben: {moment.isoformat()}"
            if moment
            else "ein Zeitpunkt ohne Anführungszeichen, wie in 2026-01-15T06:00:00+01:00"
        )
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"das Jahr liegt nicht zwischen {FIRST_YEAR} und {LAST_YEAR}")
    if value.tzinfo is None:
        raise ValueError(f"die Zeitzone fehlt; so geht es: {value.replace(tzinfo=german_zone()).isoformat()}")
    return value


def _target(text: str) -> str:
    """A folder or a URL to upload to. Raises ValueError for a URL without upload, and for anything in it that could be
    a password; no message repeats what was written."""
    text = _one_line(text)
    if "://" not in text:
        start = re.split(r"[/\\]", text)[0]
        if ":" in start and not re.fullmatch(r"[A-Za-z]:", start):
            raise ValueError("das ist weder ein Ordner noch eine Adresse wie sftp://benutzer@server/pfad")
        return text
    if "::" in text.partition("://")[0]:
        raise ValueError("verkettete Adressen mit „::“ gehen hier nicht; gemeint ist sftp://…, s3://… oder ein Ordner")
    parts = _split(text)
    if parts.scheme in {"http", "https"}:
        raise ValueError("dorthin kann man nicht hochladen; gemeint ist sftp://…, s3://… oder ein Ordner")
    if parts.password is not None:
        raise ValueError("ein Passwort gehört nicht in diese Datei; docs/server.md sagt, wohin")
    if set("?#;") & set(text):
        raise ValueError("hinter „?“, „#“ oder „;“ steht hier nichts; Zugangsdaten erklärt docs/server.md")
    path = unquote(parts.path)
    if ".." in re.split(r"[/\\]", path) or re.search(r"[\x00-\x1f\x7f]", path):
        raise ValueError("ein Pfad ohne „..“ und ohne Steuerzeichen, wie in sftp://benutzer@server/var/www/podcast")
    if parts.scheme != "file" and not parts.netloc:
        raise ValueError("nach :// fehlt der Server oder der Speicher, wie in sftp://benutzer@server/pfad")
    if parts.scheme in {"file", "sftp", "ssh"} and not parts.path.strip("/"):
        raise ValueError("der Ordner fehlt, wie in sftp://benutzer@server/var/www/podcast")
    return text.rstrip("/")


def _split(url: str) -> SplitResult:
    """The parts of `url`. Raises a German ValueError if it has no possible host or port."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError if it is no number up to 65535
    except ValueError:
        raise ValueError("das ist keine gültige Adresse; Server und Port prüfen") from None
    return parts


def _endpoint(text: str) -> str:
    parts = _split(text)
    if parts.username is not None or "@" in text:
        raise ValueError("Zugangsdaten gehören nicht in diese Datei; docs/server.md sagt, wohin")
    if "?" in text or "#" in text:
        raise ValueError("nur der Server des Speichers, ohne „?“ und „#“, wie in https://s3.beispiel.de")
    return checked_web_address(text)


_NOT_IN_MAILBOX = frozenset('"<>()[],:;\\')  # RFC 5322, section 3.2.3: only in quotes


def _mailbox(text: str) -> str:
    if not re.match(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z", text) or not text.isprintable() or set(text) & _NOT_IN_MAILBOX:
        raise ValueError("eine E-Mail-Adresse, wie in podcast@beispiel.de")
    return text


def _file_inside(text: str) -> str:
    name = text.replace("\\", "/")
    if not is_inside(posixpath.normpath(name)) or ".." in name.split("/"):
        raise ValueError("ein Dateiname innerhalb des Ordners, ohne „..“, ohne Laufwerk und ohne Steuerzeichen")
    if long := next((part for part in name.split("/") if len(part.encode("utf-8")) > _LONGEST_NAME), ""):
        raise ValueError(f"„{long[:20]}…“ ist zu lang; Dateinamen haben höchstens {_LONGEST_NAME} Bytes")
    return name


def _category(text: str) -> str:
    if text not in CATEGORIES:
        hint = did_you_mean(text, CATEGORIES)
        raise ValueError(f"„{text}“ ist keine Kategorie von Apple Podcasts.{hint} Es gibt: {', '.join(CATEGORIES)}")
    return text


def _geo(text: str) -> str:
    if not re.match(r"geo:-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?(,-?\d+(\.\d+)?)?(;[\w=.-]+)*\Z", text):
        raise ValueError("Breite und Länge, wie in geo:53.6288,11.4148")
    return text


def _osm(text: str) -> str:
    if not re.match(r"[NWR]\d+(#\d+)?\Z", text):
        raise ValueError("eine Kennung von OpenStreetMap: N, W oder R und eine Zahl, wie in R113314")
    return text


def _country(text: str) -> str:
    if not re.match(r"[A-Za-z]{2}\Z", text):
        raise ValueError("zwei Buchstaben (ISO 3166), wie in DE")
    return text.upper()


def recurs(rule: str, start: datetime | None = None) -> bool:
    """Whether dateutil reads `rule` as one that can begin at `start`, or at any time if `start` is None."""
    from dateutil.rrule import rrulestr  # late: few shows have a rule

    try:
        rrulestr(rule, dtstart=start or _ANY_TIME, ignoretz=start is None)
    except (ValueError, OverflowError, TypeError):  # TypeError: without FREQ
        return False
    return True


def _rrule(text: str) -> str:
    parts = text.split(";")
    rule = dict(part.split("=") for part in parts if _RULE_PART.fullmatch(part))
    if unknown := next((key for key in rule if not _RULE_KEY.fullmatch(key)), None):
        raise ValueError(f"„{unknown}“ gibt es in einer Regel von iCalendar nicht")
    # Whether an INTERVAL ever meets a BYHOUR depends on the start, which need not be given.
    anywhere = ";".join(part for part in parts if not part.startswith("INTERVAL="))
    if (
        len(rule) < len(parts)
        or rule.keys() >= {"COUNT", "UNTIL"}
        or not recurs(anywhere)
        or any(not 1 <= abs(int(n)) <= most for key, most in _HIGHEST.items() for n in rule.get(key, "1").split(","))
    ):
        raise ValueError("eine Regel aus iCalendar (RFC 5545), wie in FREQ=WEEKLY;INTERVAL=2;BYDAY=TH")
    return text


def _uuid(text: str) -> str:
    import uuid

    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ValueError("eine Kennung wie 9b024349-ccf0-5f69-a609-6b82873eab3c") from None


def _or_nothing(check: Callable[[str], str]) -> Callable[[str], str]:
    """`check` for an entry that "" leaves out."""
    return lambda text: check(text) if text else ""


def _colour(text: str) -> str:
    if not re.match(r"#[0-9a-fA-F]{6}\Z", text):
        raise ValueError("eine Farbe mit sechs Ziffern, wie in #0a5876")
    return text.lower()


def _drawing(text: str) -> str:
    if not text.lower().endswith((".svg", ".png")):
        raise ValueError("ein Bild, dessen Name auf .svg oder .png endet")
    return text


Line = Annotated[str, Check(_one_line)]
Title = Annotated[str, Check(checked_title)]
Short = Annotated[str, Check(_short)]
Remark = Annotated[str, Check(_or_nothing(_short))]
Category = Annotated[str, Check(_category)]
Geo = Annotated[str, Check(_or_nothing(_geo))]
Osm = Annotated[str, Check(_or_nothing(_osm))]
Country = Annotated[str, Check(_or_nothing(_country))]
RecurrenceRule = Annotated[str, Check(_or_nothing(_rrule))]
Uuid = Annotated[str, Check(_or_nothing(_uuid))]
Proof = Annotated[str, Check(lambda text: _shorter(_one_line(text), 4000))]  # Podcasting 2.0, txt
AltText = Annotated[str, Check(_or_nothing(checked_title))]
Name = Annotated[str, Check(_name)]
Organisation = Annotated[str, Check(_organisation)]
Slug = Annotated[str, Check(_slug)]
PersonSlug = Annotated[str, Check(_person_slug)]
Seconds = Annotated[float, Parse(_time)]
Channel = Annotated[int, Parse(_channel)]
Cut = Annotated[tuple[float, float], Parse(_cut)]
AwareTime = Annotated[datetime, Parse(_with_zone)]
WebAddress = Annotated[str, Check(checked_web_address)]
WebAddressOrNone = Annotated[str, Check(_or_nothing(checked_web_address))]
FolderAddress = Annotated[str, Check(checked_folder_address)]
TargetAddress = Annotated[str, Check(_target)]
Endpoint = Annotated[str, Check(_endpoint)]
Mailbox = Annotated[str, Check(_mailbox)]
FileName = Annotated[str, Check(_file_inside)]
FileNameOrNone = Annotated[str, Check(_or_nothing(_file_inside))]
Colour = Annotated[str, Check(_colour)]
Drawing = Annotated[str, Check(_or_nothing(lambda text: _drawing(_file_inside(text))))]
