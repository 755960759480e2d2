"""The show and its episodes, as people wrote them in TOML.

Every `_s` is seconds of the finished episode, as float, unless a field says otherwise. Sequences are tuples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  msgspec reads it at run time (json_files.py)
from typing import Literal

from pipeline.values.audio import AssemblySettings, AudioSettings

Role = Literal["host", "guest"]


EpisodeType = Literal["full", "trailer", "bonus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody who speaks. `name` is the label of the transcript; `aliases` are other spellings of that label."""

    name: str
    slug: str
    organisation: str = ""
    role: Role = "guest"
    aliases: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One speaker's own recording. `file` is relative to the episode's folder; `offset_s` is a time of this recording:
    how many seconds after the first one it begins, None when that is to be found out."""

    file: str
    speaker: str
    offset_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter mark. Whole seconds are shown; `start_s` keeps what people wrote. `image` is a file relative to the
    episode's folder."""

    start_s: float
    title: str
    url: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundbite:
    """A stretch of the finished episode that apps may play as a sample of it."""

    start_s: float
    end_s: float
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place that a show or an episode is about ("subject"), or where it is made ("creator"). `geo` is a geo: address
    (RFC 5870), `osm` OpenStreetMap's identifier, `country` two letters (ISO 3166-1)."""

    name: str
    geo: str = ""
    osm: str = ""
    country: str = ""
    rel: Literal["subject", "creator"] = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """A link for those who want to support the show; `text` is what apps write on it."""

    url: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFrequency:
    """How often episodes come: for people (`text`) and, as a rule of iCalendar (RFC 5545), for programs. `complete`:
    no more are to come."""

    text: str
    rrule: str = ""
    dtstart: datetime | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedText:
    """A text in the feed for programs, such as the proof that a directory asks for (podcast:txt)."""

    text: str
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """How the feed is laid out. `page_size` 0: all episodes in feed.xml; else older ones go to further files of that
    many. `new_feed_url` is where the show moves to. `guid` is the podcast:guid of a show that had one before it came
    here; "" derives it from the feed's address."""

    page_size: int = 0
    new_feed_url: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSettings:
    """How speech becomes text. `model` is one of Whisper's names, "demo", or a file or folder (relative to the show's
    folder). `engine` "auto" takes what is fastest on the machine. `pyannote` is the folder (relative to the show's) of
    the pipeline that tells voices apart; "" for our own way."""

    model: str = "small"
    engine: Literal["auto", "openai-whisper", "faster-whisper"] = "auto"
    language: str = "de"
    beam_size: int = 5
    pyannote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalLinks:
    """Pages that a German public body must offer; absolute URLs. Easy language and sign language may be "" (none)."""

    imprint: str
    privacy: str
    accessibility: str
    report_barrier: str
    easy_language: str = ""
    sign_language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A podcast directory or app that lists the show, and the show's page there."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How the pages look: colours (name, "#rrggbb") that differ from the house's own, for light and dark; the letters
    of running text; a logo relative to `episodes/`, "" for none."""

    light: tuple[tuple[str, str], ...] = ()
    dark: tuple[tuple[str, str], ...] = ()
    font: Literal["serif", "sans"] = "serif"
    logo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """How the show writes things: `glossary.toml`. `safe` may be put right in the draft without asking; `corrections`
    are (heard, written)."""

    words: tuple[str, ...] = ()
    safe: tuple[str, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is written in one way only, each once."""
        return tuple(dict.fromkeys((*self.words, *self.safe, *(written for _, written in self.corrections))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """The podcast as a whole: `episodes/show.toml`."""

    title: str
    subtitle: str
    description: str
    author: str
    owner_name: str
    owner_email: str
    language: str
    category: str
    explicit: bool
    base_url: str  # ends in "/"
    cover: str  # relative to `episodes/`
    copyright: str
    license: str
    license_url: str
    locked: bool
    podcast_type: Literal["episodic", "serial"]
    legal: LegalLinks
    subcategory: str = ""
    cover_alt: str = ""  # what the cover shows, for those who do not see it
    funding: tuple[Funding, ...] = ()
    locations: tuple[Location, ...] = ()
    update_frequency: UpdateFrequency | None = None
    txt: tuple[FeedText, ...] = ()
    feed: FeedSettings = FeedSettings()
    directories: tuple[Directory, ...] = ()
    theme: Theme = Theme()
    audio: AudioSettings = field(default_factory=AudioSettings)
    assembly: AssemblySettings = field(default_factory=AssemblySettings)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    glossary: Glossary = Glossary()
    placeholders: tuple[str, ...] = ()  # keys whose values still stand on an `.invalid` host


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """`[publish]` in show.toml: where the content of `feed/` goes. No part of Show, because no step depends on it."""

    target: str  # a folder (absolute, or relative to the show's root) or a URL that fsspec knows; never a password
    endpoint: str  # address of an S3-compatible storage; "" is what environment and AWS configuration say
    verify: bool  # ask the public address afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode as its `episode.toml` says it. Exactly one of `recording` and `tracks` is given. An `imported`
    episode was published elsewhere before: its recording need not be there, nor anybody who speaks."""

    folder: str  # "007-breitband": the name of the folder, and of every file made from it
    slug: str
    title: str
    summary: str
    guid: str
    published: datetime | None  # aware
    draft: bool
    example: bool
    imported: bool = False
    number: int | None
    season: int | None
    episode_type: EpisodeType
    speakers: tuple[Speaker, ...]
    recording: str  # relative to the episode's folder, "" with tracks
    tracks: tuple[Track, ...]
    chapters: tuple[Chapter, ...]
    not_labels: tuple[str, ...]
    cover: str  # relative to the episode's folder; "" means the show's cover
    topics: tuple[str, ...] = ()
    audio: AudioSettings
    assembly: AssemblySettings = field(default_factory=AssemblySettings)
    speech: SpeechSettings
    corrected: datetime | None = None  # aware: when texts of the published episode last changed
    cover_alt: str = ""  # what its own cover shows
    locations: tuple[Location, ...] = ()
    soundbites: tuple[Soundbite, ...] = ()

    @property
    def pictures(self) -> tuple[str, ...]:
        """The files of the chapters' pictures, relative to the episode's folder, each once."""
        return tuple(dict.fromkeys(chapter.image for chapter in self.chapters if chapter.image))
