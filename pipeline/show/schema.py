"""What may stand in the TOML files people write, as pydantic models: keys, types and ranges, nothing else."""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.errors import did_you_mean
from pipeline.show.categories import CATEGORIES
from pipeline.timecode import parse_timecode
from pipeline.values.show import EpisodeType, Role  # noqa: TC001  as above

if TYPE_CHECKING:
    from collections.abc import Callable

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
TITLE_LIMIT = 255  # PSP-1: node values of a feed have at most 255 characters unless it says otherwise
# RFC 5545, section 3.3.10, where dateutil takes more: keys, ways of writing, and numbers that no calendar has.
_RULE_KEY = re.compile(
    r"FREQ|UNTIL|COUNT|INTERVAL|WKST|BY(SETPOS|MONTH|WEEKNO|YEARDAY|MONTHDAY|DAY|HOUR|MINUTE|SECOND)"
)
_RULE_PART = re.compile(
    r"(COUNT|INTERVAL)=0*[1-9][0-9]*|UNTIL=[0-9]{8}(T[0-9]{6}Z?)?|(?!(COUNT|INTERVAL|UNTIL)=)[A-Z]+=[A-Z0-9+,-]+"
)
_ANY_TIME = datetime.min  # noqa: DTZ901  without a zone, as UNTIL is when its zone is ignored
_HIGHEST = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYWEEKNO": 53, "BYYEARDAY": 366}


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("darf nicht leer sein")
    if bad := next((sign for sign in text if unicodedata.category(sign) in {"Cc", "Zl", "Zp"}), None):
        raise ValueError(f"darf keine Zeilenumbrüche oder Steuerzeichen enthalten (hier: U+{ord(bad):04X})")
    return text.strip()


def checked_title(text: str) -> str:
    """`text` as a title of a show, an episode or a chapter; raises a German ValueError where apps would not show it."""
    return _shorter(_one_line(text), TITLE_LIMIT)


def _short(text: str) -> str:
    """Podcasting 2.0: longer texts may be cut off."""
    return _shorter(_one_line(text), 128)


def _shorter(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValueError(f"hat {len(text)} Zeichen; Podcast-Apps nehmen höchstens {limit}, also kürzen")
    return text


def _name(text: str) -> str:
    """NFC with single spaces, as labels of transcripts are compared."""
    return " ".join(unicodedata.normalize("NFC", _one_line(text)).split())


def _organisation(text: str) -> str:
    if set("[]") & set(text):
        raise ValueError("eckige Klammern gehen hier nicht; im Transkript umschließen sie die Organisation")
    return _name(text) if text else ""


def _slug(text: str) -> str:
    if not SLUG.match(text):
        raise ValueError("nur Kleinbuchstaben a-z, Ziffern und Bindestriche, wie in „digitale-schule“")
    return text


def _time(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('eine Zeit in Anführungszeichen, wie in "00:12:34" oder "12:34.5"')
    try:
        return parse_timecode(value)
    except ValueError:
        raise ValueError(f'„{value}“ ist keine Zeit; so geht es: "00:12:34" oder "12:34.5"') from None


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
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"die Zeitzone fehlt; so geht es: {value.isoformat()}+01:00 (Sommerzeit: +02:00)")
    if not isinstance(value, datetime):
        raise ValueError("ein Zeitpunkt ohne Anführungszeichen, wie in 2026-01-15T06:00:00+01:00")
    return value


def _web_address(text: str) -> str:
    if not re.match(r"https?://[^\s/]+", text):
        raise ValueError("eine Adresse, die mit https:// beginnt")
    return text


def _folder_address(text: str) -> str:
    return _web_address(text) if text.endswith("/") else _web_address(text) + "/"


def _target(text: str) -> str:
    """A folder, or a URL to upload to; what nobody can upload to, and passwords, are refused."""
    text = _one_line(text)
    if "://" not in text:
        return text
    parts = urlsplit(text)
    if parts.scheme in {"http", "https"}:
        raise ValueError("dorthin kann man nicht hochladen; gemeint ist sftp://…, s3://… oder ein Ordner")
    if parts.password is not None:
        raise ValueError("ein Passwort gehört nicht in diese Datei; docs/server.md sagt, wohin")
    if parts.scheme != "file" and not parts.netloc:
        raise ValueError("nach :// fehlt der Server oder der Speicher, wie in sftp://benutzer@server/pfad")
    if parts.scheme in {"file", "sftp", "ssh"} and not parts.path.strip("/"):
        raise ValueError("der Ordner fehlt, wie in sftp://benutzer@server/var/www/podcast")
    return text.rstrip("/")


def _endpoint(text: str) -> str:
    if urlsplit(text).username is not None:
        raise ValueError("Zugangsdaten gehören nicht in diese Datei; docs/server.md sagt, wohin")
    return _web_address(text)


def _mailbox(text: str) -> str:
    if not re.match(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z", text):
        raise ValueError("eine E-Mail-Adresse, wie in podcast@beispiel.de")
    return text


def _file_inside(text: str) -> str:
    if not text or text.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", text) or re.match(r"[A-Za-z]:", text):
        raise ValueError("ein Dateiname innerhalb des Ordners, ohne „..“ und ohne Laufwerk")
    return text.replace("\\", "/")


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
    """Is `rule` one that can begin at `start`, or at some time or other? dateutil reads it."""
    from dateutil.rrule import rrulestr

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
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ValueError("eine Kennung wie 9b024349-ccf0-5f69-a609-6b82873eab3c") from None


def _or_nothing(check: Callable[[str], str]) -> Callable[[str], str]:
    """ "" leaves the entry out."""
    return lambda text: check(text) if text else ""


def _colour(text: str) -> str:
    if not re.match(r"#[0-9a-fA-F]{6}\Z", text):
        raise ValueError("eine Farbe mit sechs Ziffern, wie in #0a5876")
    return text.lower()


def _drawing(text: str) -> str:
    if not text.lower().endswith((".svg", ".png")):
        raise ValueError("ein Bild, dessen Name auf .svg oder .png endet")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
Title = Annotated[str, AfterValidator(checked_title)]
Short = Annotated[str, AfterValidator(_short)]
Remark = Annotated[str, AfterValidator(_or_nothing(_short))]
Category = Annotated[str, AfterValidator(_category)]
Geo = Annotated[str, AfterValidator(_or_nothing(_geo))]
Osm = Annotated[str, AfterValidator(_or_nothing(_osm))]
Country = Annotated[str, AfterValidator(_or_nothing(_country))]
RecurrenceRule = Annotated[str, AfterValidator(_or_nothing(_rrule))]
Uuid = Annotated[str, AfterValidator(_or_nothing(_uuid))]
Proof = Annotated[str, AfterValidator(lambda text: _shorter(_one_line(text), 4000))]  # Podcasting 2.0, txt
AltText = Annotated[str, AfterValidator(_or_nothing(checked_title))]
NewAddress = Annotated[str, AfterValidator(_or_nothing(_web_address))]
Name = Annotated[str, AfterValidator(_name)]
Organisation = Annotated[str, AfterValidator(_organisation)]
Slug = Annotated[str, AfterValidator(_slug)]
Seconds = Annotated[float, BeforeValidator(_time)]
Cut = Annotated[tuple[float, float], BeforeValidator(_cut)]
Moment = Annotated[AwareDatetime, BeforeValidator(_with_zone)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
FolderAddress = Annotated[str, AfterValidator(_folder_address)]
Target = Annotated[str, AfterValidator(_target)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
FileName = Annotated[str, AfterValidator(_file_inside)]
Colour = Annotated[str, AfterValidator(_colour)]
Drawing = Annotated[str, AfterValidator(_file_inside), AfterValidator(_drawing)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class AudioTable(_Table):
    channels: Literal[1, 2] | None = None
    sample_rate_hz: Literal[44100, 48000] | None = None
    bitrate_kbps: Literal[64, 80, 96, 112, 128, 160, 192, 224, 256, 320] | None = None
    vbr: bool | None = None
    levelling: Literal["speakers", "slow", "off"] | None = None
    remove_hum: bool | None = None
    reduce_noise: bool | None = None
    further_formats: list[Literal["m4a", "opus"]] | None = None


class AssemblyTable(_Table):
    """`[assembly]`, in show.toml and in episode.toml; files are relative to `episodes/`, "" is none."""

    intro: FileName | Literal[""] | None = None
    outro: FileName | Literal[""] | None = None
    bed: FileName | Literal[""] | None = None
    crossfade_s: Annotated[float, Field(ge=0, le=20)] | None = None
    bed_s: Annotated[float, Field(ge=1, le=300)] | None = None
    bed_lu: Annotated[float, Field(ge=-40, le=-6)] | None = None
    longest_pause_s: Annotated[float, Field(ge=0.3, le=60)] | None = None


class SpeechTable(_Table):
    model: Line | None = None
    engine: Literal["auto", "openai-whisper", "faster-whisper"] | None = None
    beam_size: Annotated[int, Field(ge=1, le=10)] | None = None
    pyannote: Line | None = None


class PublishTable(_Table):
    """`[publish]` in show.toml."""

    target: Target
    endpoint: Endpoint | None = None
    verify: bool = False


class OwnerTable(_Table):
    name: Line
    email: Mailbox


class LegalTable(_Table):
    imprint: WebAddress
    privacy: WebAddress
    accessibility: WebAddress
    report_barrier: WebAddress
    easy_language: WebAddress | Literal[""] = ""
    sign_language: WebAddress | Literal[""] = ""


class DirectoryTable(_Table):
    name: Line
    url: WebAddress


class PaletteTable(_Table):
    """`[theme.light]`, `[theme.dark]`: what is not given keeps the house's colour."""

    paper: Colour | None = None
    ink: Colour | None = None
    quiet: Colour | None = None
    accent: Colour | None = None
    sky: Colour | None = None
    sand: Colour | None = None
    line: Colour | None = None
    mark: Colour | None = None
    sun: Colour | None = None


class ThemeTable(_Table):
    font: Literal["serif", "sans"] = "serif"
    logo: Drawing | Literal[""] = ""
    light: PaletteTable = PaletteTable()
    dark: PaletteTable = PaletteTable()


class FundingTable(_Table):
    url: WebAddress
    text: Short


class LocationTable(_Table):
    """One `[[locations]]`, in show.toml or in episode.toml."""

    name: Short
    geo: Geo = ""
    osm: Osm = ""
    country: Country = ""
    rel: Literal["subject", "creator"] = "subject"


class UpdateFrequencyTable(_Table):
    text: Short
    rrule: RecurrenceRule = ""
    dtstart: Moment | None = None
    complete: bool = False


class TxtTable(_Table):
    text: Proof
    purpose: Remark = ""


class FeedTable(_Table):
    page_size: Annotated[int, Field(ge=0, le=1000)] = 0
    new_feed_url: NewAddress = ""
    guid: Uuid = ""


class ShowTable(_Table):
    """show.toml"""

    title: Title
    subtitle: str = ""
    description: str
    author: Line
    language: Literal["de"] = "de"
    category: Category = "Government"
    subcategory: str = ""
    explicit: bool = False
    base_url: FolderAddress
    cover: FileName
    cover_alt: AltText = ""
    copyright: Line
    license: Line = "cc-by-4.0"
    license_url: WebAddress = "https://creativecommons.org/licenses/by/4.0/deed.de"
    locked: bool = True
    type: Literal["episodic", "serial"] = "episodic"
    owner: OwnerTable
    legal: LegalTable
    feed: FeedTable = FeedTable()
    funding: list[FundingTable] = []
    locations: list[LocationTable] = []
    update_frequency: UpdateFrequencyTable | None = None
    txt: list[TxtTable] = []
    publish: PublishTable | None = None
    directories: list[DirectoryTable] = []
    theme: ThemeTable = ThemeTable()
    audio: AudioTable = AudioTable()
    assembly: AssemblyTable = AssemblyTable()
    speech: SpeechTable = SpeechTable()


class SpeakerTable(_Table):
    """One `[[speakers]]`, in speakers.toml or in episode.toml."""

    name: Name
    organisation: Organisation | None = None
    role: Role | None = None
    slug: Slug | None = None
    aliases: list[Name] = []
    url: WebAddress | None = None


class SpeakersTable(_Table):
    """speakers.toml"""

    speakers: list[SpeakerTable] = []


class GlossaryTable(_Table):
    """glossary.toml"""

    words: list[Line] = []
    safe: list[Line] = []
    corrections: dict[Line, Line] = {}


class TrackTable(_Table):
    file: FileName
    speaker: Name
    offset: Seconds | None = None


class ChapterTable(_Table):
    start: Seconds
    title: Title
    url: WebAddress | None = None
    image: FileName | None = None


class SoundbiteTable(_Table):
    start: Seconds
    end: Seconds
    title: Remark = ""


class EpisodeTable(_Table):
    """episode.toml"""

    number: Annotated[int, Field(ge=0)] | None = None
    season: Annotated[int, Field(ge=1)] | None = None
    slug: Slug
    title: Title
    summary: str
    guid: Line
    published: Moment | None = None
    corrected: Moment | None = None
    draft: bool = False
    example: bool = False
    imported: bool = False
    type: EpisodeType = "full"
    recording: FileName | None = None
    tracks: list[TrackTable] = []
    speakers: list[SpeakerTable] = []
    chapters: list[ChapterTable] = []
    soundbites: list[SoundbiteTable] = []
    locations: list[LocationTable] = []
    not_labels: list[Line] = []
    cover: FileName | None = None
    cover_alt: AltText = ""
    topics: list[Line] = []
    cut: list[Cut] = []
    accept_truncated: bool = False
    audio: AudioTable = AudioTable()
    assembly: AssemblyTable = AssemblyTable()
    speech: SpeechTable = SpeechTable()
