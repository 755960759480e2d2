"""What may stand in the TOML files people write, as pydantic models: keys, types and ranges, nothing else."""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.model import EpisodeType, Role  # noqa: TC001  as above
from pipeline.timecode import parse_timecode

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("darf nicht leer sein")
    if any(ord(sign) < 32 for sign in text):
        raise ValueError("darf keine Zeilenumbrüche oder Steuerzeichen enthalten")
    return text.strip()


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


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text)) if text else ""
    except ValueError:
        raise ValueError("eine UUID, wie sie im bisherigen Feed unter podcast:guid steht") from None


def _mailbox(text: str) -> str:
    if not re.match(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z", text):
        raise ValueError("eine E-Mail-Adresse, wie in podcast@beispiel.de")
    return text


def _file_inside(text: str) -> str:
    if not text or text.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", text) or re.match(r"[A-Za-z]:", text):
        raise ValueError("ein Dateiname innerhalb des Ordners, ohne „..“ und ohne Laufwerk")
    return text.replace("\\", "/")


Line = Annotated[str, AfterValidator(_one_line)]
Name = Annotated[str, AfterValidator(_name)]
Organisation = Annotated[str, AfterValidator(_organisation)]
Slug = Annotated[str, AfterValidator(_slug)]
Seconds = Annotated[float, BeforeValidator(_time)]
Cut = Annotated[tuple[float, float], BeforeValidator(_cut)]
Moment = Annotated[AwareDatetime, BeforeValidator(_with_zone)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
FolderAddress = Annotated[str, AfterValidator(_folder_address)]
Guid = Annotated[str, AfterValidator(_uuid)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
FileName = Annotated[str, AfterValidator(_file_inside)]


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


class OwnerTable(_Table):
    name: Line
    email: Mailbox


class LegalTable(_Table):
    imprint: WebAddress
    privacy: WebAddress
    accessibility: WebAddress
    report_barrier: WebAddress


class ShowTable(_Table):
    """show.toml"""

    title: Line
    subtitle: str = ""
    description: str
    author: Line
    language: Literal["de"] = "de"
    category: Line = "Government"
    explicit: bool = False
    base_url: FolderAddress
    cover: FileName
    copyright: Line
    license: Line = "cc-by-4.0"
    license_url: WebAddress = "https://creativecommons.org/licenses/by/4.0/deed.de"
    locked: bool = True
    podcast_guid: Guid = ""
    type: Literal["episodic", "serial"] = "episodic"
    owner: OwnerTable
    legal: LegalTable
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
    title: Line
    url: WebAddress | None = None


class EpisodeTable(_Table):
    """episode.toml"""

    number: Annotated[int, Field(ge=0)] | None = None
    season: Annotated[int, Field(ge=1)] | None = None
    slug: Slug
    title: Line
    summary: str
    guid: Line
    published: Moment | None = None
    draft: bool = False
    example: bool = False
    imported: bool = False
    type: EpisodeType = "full"
    recording: FileName | None = None
    tracks: list[TrackTable] = []
    speakers: list[SpeakerTable] = []
    chapters: list[ChapterTable] = []
    not_labels: list[Line] = []
    cover: FileName | None = None
    cut: list[Cut] = []
    accept_truncated: bool = False
    audio: AudioTable = AudioTable()
    assembly: AssemblyTable = AssemblyTable()
    speech: SpeechTable = SpeechTable()
