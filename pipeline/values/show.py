"""The show and its episodes as people write them in TOML. Fields of show.toml and episode.toml are declared only here.

Every `_s` is seconds of the finished episode, as float, unless a field says otherwise. Sequences are tuples. A field
without a default must be given in TOML; `checked.py` says what is allowed beyond its type.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pipeline.values.audio import AssemblySettings, AudioSettings
from pipeline.values.checked import (
    AltText,
    AwareTime,
    Category,
    Channel,
    Colour,
    Country,
    Drawing,
    Endpoint,
    FileName,
    FolderAddress,
    Geo,
    Line,
    Mailbox,
    Name,
    Organisation,
    Osm,
    PersonSlug,
    Proof,
    RecurrenceRule,
    Remark,
    Seconds,
    Short,
    Slug,
    TargetAddress,
    Title,
    Uuid,
    WebAddress,
    WebAddressOrNone,
)
from pipeline.values.feed_tags import ContentLink, CoverWidth, Season, SocialPost
from pipeline.values.fields import NO_KEY, Key, at_least, at_most

Role = Literal["host", "guest"]
EpisodeType = Literal["full", "trailer", "bonus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A person who speaks: `[[speakers]]`, in speakers.toml and in episode.toml. `name` is the label in the transcript;
    `aliases` are other spellings of that label."""

    name: Name
    organisation: Organisation = ""
    role: Role = "guest"
    slug: PersonSlug = ""  # made from the name if none is given
    aliases: tuple[Name, ...] = ()
    url: WebAddress = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One speaker's own recording. `file` is relative to the episode's folder; `stream` and `channel` count from 1 and
    are the part of it that counts, None for all; `offset_s` is how many seconds after the first recording it begins,
    None if that is to be measured."""

    file: FileName
    speaker: Name
    stream: Annotated[int, at_least(1)] | None = None
    channel: Channel | None = None
    offset_s: Annotated[Seconds | None, Key("offset")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter mark. Whole seconds are shown; `start_s` keeps what people wrote. `image` is a file relative to the
    episode's folder."""

    start_s: Annotated[Seconds, Key("start")]
    title: Title
    url: WebAddress = ""
    image: FileName = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundbite:
    """A stretch of the finished episode that apps may play as a sample of it."""

    start_s: Annotated[Seconds, Key("start")]
    end_s: Annotated[Seconds, Key("end")]
    title: Remark = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place that a show or an episode is about ("subject"), or where it is made ("creator"). `geo` is a geo: address
    (RFC 5870), `osm` an OpenStreetMap identifier, `country` two letters (ISO 3166-1)."""

    name: Short
    geo: Geo = ""
    osm: Osm = ""
    country: Country = ""
    rel: Literal["subject", "creator"] = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """A link for people who want to support the show; `text` is its label in apps."""

    url: WebAddress
    text: Short


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFrequency:
    """How often episodes appear: for people (`text`) and, as an iCalendar rule (RFC 5545), for programs. `complete`: no
    more will appear."""

    text: Short
    rrule: RecurrenceRule = ""
    dtstart: AwareTime | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedText:
    """A text in the feed for programs, such as the proof that a directory asks for (podcast:txt)."""

    text: Proof
    purpose: Remark = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """The layout of the feed. `page_size` 0: all episodes are in feed.xml; otherwise older ones go to further files of
    that many. `new_feed_url` is the address that the show moves to. `guid` is the podcast:guid of a show that already
    had one when it was imported; "" derives it from the feed's address. `trailers`: episodes of the type "trailer" are
    also trailers of the show (podcast:trailer)."""

    page_size: Annotated[int, at_least(0), at_most(1000)] = 0
    new_feed_url: WebAddressOrNone = ""
    guid: Uuid = ""
    trailers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSettings:
    """How speech becomes text: `[speech]`, in show.toml and in episode.toml. `model` is one of Whisper's names, "demo",
    or a file or folder (relative to the show's folder). `engine` "auto" takes the fastest one on the machine.
    `pyannote` is the folder (relative to the show's) of a pipeline that tells voices apart; "" uses our own."""

    model: Line = "small"
    engine: Literal["auto", "openai-whisper", "faster-whisper"] = "auto"
    beam_size: Annotated[int, at_least(1), at_most(10)] = 5
    pyannote: Line = ""
    language: Annotated[str, NO_KEY] = "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalLinks:
    """Pages that a German public body must offer; absolute URLs. Easy language and sign language may be "" (none);
    `check` reminds of each that is missing, unless `none_required` names it."""

    imprint: WebAddress
    privacy: WebAddress
    accessibility: WebAddress
    report_barrier: WebAddress
    easy_language: WebAddressOrNone = ""
    sign_language: WebAddressOrNone = ""
    none_required: tuple[Literal["easy_language", "sign_language"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A podcast directory or app that lists the show, and the show's page there."""

    name: Line
    url: WebAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of the pages ("#rrggbb") that replace the default ones; "" keeps the default."""

    paper: Colour = ""
    ink: Colour = ""
    quiet: Colour = ""
    accent: Colour = ""
    sky: Colour = ""
    sand: Colour = ""
    line: Colour = ""
    mark: Colour = ""
    sun: Colour = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The look of the pages: the typeface of running text; a logo relative to `episodes/`, "" for none; the colours for
    light and dark."""

    font: Literal["serif", "sans"] = "serif"
    logo: Drawing = ""
    light: Palette = Palette()
    dark: Palette = Palette()


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """The show's spellings: `glossary.toml`. Names in `safe` may be corrected in the draft without asking;
    `corrections` are (heard, written)."""

    words: tuple[Line, ...] = ()
    safe: tuple[Line, ...] = ()
    corrections: tuple[tuple[Line, Line], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything with a single spelling, each once."""
        return tuple(dict.fromkeys((*self.words, *self.safe, *(written for _, written in self.corrections))))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """Where `feed/` is uploaded to."""

    target: TargetAddress  # a folder (absolute, or relative to the show's root) or a URL that fsspec knows
    endpoint: Endpoint = ""  # address of an S3-compatible storage; "" uses the environment and AWS configuration
    verify: bool = False  # check the public address afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The person that directories write to."""

    name: Line
    email: Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """The podcast as a whole: `episodes/show.toml`."""

    title: Title
    subtitle: str = ""
    description: str
    author: Line
    language: Literal["de"] = "de"
    category: Category = "Government"
    subcategory: str = ""
    explicit: bool = False
    base_url: FolderAddress  # ends in "/"
    cover: FileName  # relative to `episodes/`
    cover_alt: AltText = ""  # what the cover shows, for people who cannot see it
    cover_width_px: Annotated[CoverWidth | None, Key("cover_width")] = None  # only said in the feed if it is given
    copyright: Line
    license: Line = "cc-by-4.0"
    license_url: WebAddress = "https://creativecommons.org/licenses/by/4.0/deed.de"
    locked: bool = True
    podcast_type: Annotated[Literal["episodic", "serial"], Key("type")] = "episodic"
    owner: Owner
    legal: LegalLinks
    feed: FeedSettings = FeedSettings()
    funding: tuple[Funding, ...] = ()
    locations: tuple[Location, ...] = ()
    update_frequency: UpdateFrequency | None = None
    txt: tuple[FeedText, ...] = ()
    social: tuple[SocialPost, ...] = ()
    seasons: tuple[Season, ...] = ()
    publish: PublishSettings | None = None
    directories: tuple[Directory, ...] = ()
    theme: Theme = Theme()
    audio: AudioSettings = field(default_factory=AudioSettings)
    assembly: AssemblySettings = field(default_factory=AssemblySettings)
    speech: SpeechSettings = SpeechSettings()
    glossary: Annotated[Glossary, NO_KEY] = Glossary()
    placeholders: Annotated[tuple[str, ...], NO_KEY] = ()  # keys whose values still name an `.invalid` host


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The people that episodes name: `speakers.toml`."""

    speakers: tuple[Speaker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode as declared in `episode.toml`. Exactly one of `recording` and `tracks` is given. An `imported`
    episode was published elsewhere before; it needs no recording and no speakers."""

    folder: Annotated[str, NO_KEY]  # "007-breitband": the name of the folder and of every file made from it
    number: Annotated[int, at_least(0)] | None = None
    season: Annotated[int, at_least(1)] | None = None
    slug: Slug
    title: Title
    summary: str
    guid: Line
    published: AwareTime | None = None
    corrected: AwareTime | None = None  # when the published episode's texts last changed
    draft: bool = False
    example: bool = False
    imported: bool = False
    episode_type: Annotated[EpisodeType, Key("type")] = "full"
    recording: FileName = ""  # relative to the episode's folder, "" with tracks
    stream: Annotated[int, at_least(1)] | None = None  # the recording's audio stream, from 1
    tracks: tuple[Track, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    soundbites: tuple[Soundbite, ...] = ()
    locations: tuple[Location, ...] = ()
    content_links: tuple[ContentLink, ...] = ()
    social: tuple[SocialPost, ...] = ()
    not_labels: tuple[Line, ...] = ()
    cover: FileName = ""  # relative to the episode's folder; "" means the show's cover
    cover_alt: AltText = ""  # what its own cover shows
    cover_width_px: Annotated[CoverWidth | None, Key("cover_width")] = None  # of its own cover
    topics: tuple[Line, ...] = ()
    audio: AudioSettings = field(default_factory=AudioSettings)
    assembly: AssemblySettings = field(default_factory=AssemblySettings)
    speech: SpeechSettings = SpeechSettings()

    @property
    def pictures(self) -> tuple[str, ...]:
        """The picture files of the chapters, relative to the episode's folder, each once."""
        return tuple(dict.fromkeys(chapter.image for chapter in self.chapters if chapter.image))


def vocabulary_of(show: Show, episode: Episode) -> tuple[str, ...]:
    """The names and words to look for in what Whisper hears, each once."""
    names = [speaker.name for speaker in episode.speakers]
    organisations = [speaker.organisation for speaker in episode.speakers if speaker.organisation]
    return tuple(dict.fromkeys([*names, *organisations, *show.glossary.names]))
