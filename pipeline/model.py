"""The types that rooms hand to each other: values only, no file, no clock, no behaviour beyond their own fields.

Units: every `_s` is seconds of the finished episode, as float (DESIGN: one clock); `_lufs`, `_dbtp`, `_hz`,
`_kbps`, `_bytes` say theirs. Sequences are tuples in time order unless a docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003  pydantic reads them at run time (formats.py)
from typing import Literal

from pipeline.audio_model import AssemblySettings, AudioSettings

# --- what a room tells while it works ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a long step is, in seconds of audio: `0 <= done_s <= total_s`."""

    done_s: float
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One German sentence that the editors should read, though the step goes on."""

    text: str


Listener = Callable[[Progress | Notice], None]
"""Rooms call it; only the command line draws or prints what it gets."""


def nobody_listens(_: Progress | Notice) -> None:
    """The listener for callers that want no progress."""


# --- the show and its episodes, as people wrote them ----------------------------------------------------------------

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


# --- speech -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerSpan:
    """A stretch in which one speaker is heard. `speaker` is the index into the episode's speakers: known with tracks
    and recognised voices, else proposed in order of first appearance. `confidence` is 0..1."""

    start_s: float
    end_s: float
    speaker: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerMap:
    """Who is heard when (speakers.json); spans do not overlap. `notices`: in German, what is doubtful about `count`.
    `recognised`: speakers known by a remembered voice."""

    method: Literal["tracks", "clustering", "pyannote", "single"]
    count: int
    spans: tuple[SpeakerSpan, ...]
    notices: tuple[str, ...] = ()
    recognised: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceProfile:
    """How somebody sounds: biometric data (DSGVO Art. 9), kept only because `consent` says when and how the person
    agreed. `voice_print` has length 1; it was made on `learned` from `speech_s` seconds of `episode`. `prints` is the
    kind of print, `speech/voices.py` says which is used today; "" is the first, whose files do not name it."""

    name: str
    consent: str
    learned: date
    episode: str
    speech_s: float
    voice_print: tuple[float, ...]
    prints: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as Whisper said it, punctuation attached, no spaces around. `probability` is 0..1."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment as Whisper returns it. `times`: do the words carry the model's alignment, were they spread over the
    segment by letters, or did nobody hear them at all ("paragraph": compared with a synthetic reading)?"""

    start_s: float
    end_s: float
    times: Literal["word", "segment", "paragraph"]
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Which model and programs made a recognition. `demo` is true for the project's own demo checkpoint; `workers`
    chunks were heard at once, on `threads` cores each."""

    model: str
    model_sha256: str
    engine: str
    versions: tuple[tuple[str, str], ...]
    date: str  # ISO day
    demo: bool
    workers: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A place of the recognition that people should know of: a sentence that was left out as "invented", one that is
    "suspicious" because models invent it often, though here it seems to be spoken, speech that stayed "unheard" because
    Whisper wrote nothing (`text` is ""), or what Whisper wrote where a "named" word of the show stands instead
    (`written`). `end_s` is 0 in what older versions wrote."""

    kind: Literal["invented", "suspicious", "unheard", "named"]
    start_s: float
    text: str
    end_s: float = 0.0
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What was heard (words.json). `fingerprint` is that of the transcribe step: timeline, model and settings.
    `vocabulary`: the names and terms that were looked for in it; None where an older version wrote the file, and for a
    model whose word times are of no use."""

    fingerprint: str
    provenance: Provenance
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...] = ()
    vocabulary: tuple[str, ...] | None = None


# --- transcript -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """One whitespace-separated token of the editors' text, exactly as written, with its time. `certain` is false where
    the alignment had to guess."""

    text: str
    start_s: float
    end_s: float
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence: its words joined by single spaces are its text."""

    words: tuple[TimedWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def start_s(self) -> float:
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        return self.words[-1].end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of a turn; never empty."""

    sentences: tuple[Sentence, ...]

    @property
    def start_s(self) -> float:
        return self.sentences[0].start_s

    @property
    def end_s(self) -> float:
        return self.sentences[-1].end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """All that one speaker says before another speaks. `speaker` is the shown name ("" for text before any label);
    never without paragraphs."""

    speaker: str
    organisation: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def start_s(self) -> float:
        return self.paragraphs[0].start_s

    @property
    def end_s(self) -> float:
        return self.paragraphs[-1].end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The corrected text with times (retimed.json). Times never decrease from word to word and lie inside the audio."""

    level: Literal["word", "paragraph"]
    demo: bool  # heard by the demo checkpoint: say so wherever it shows
    model: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One subtitle: one speaker, one or two lines."""

    start_s: float
    end_s: float
    speaker: str
    lines: tuple[str, ...]


# --- publishing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateEnclosure:
    """The same sound in another format. `path` is relative to the show's base_url."""

    path: str
    media_type: str
    size_bytes: int  # after tagging
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A finished audio file as the feed announces it, with the same sound in other formats (`alternates`). `path` is
    relative to the show's base_url; a full URL where an imported episode's audio stays with its old provider. Of such
    a file may be unknown: the size and the length (0), the sha256 ("")."""

    path: str
    media_type: str
    size_bytes: int  # after tagging
    duration_s: float
    sha256: str
    alternates: tuple[AlternateEnclosure, ...] = ()

    @property
    def files(self) -> tuple[Enclosure | AlternateEnclosure, ...]:
        """Every file that is offered, the one of the enclosure first."""
        return (self, *self.alternates)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the file lies on another server, not among ours."""
        return "://" in self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Since when, and why, a released episode is no longer offered; `reason` is German and shown on its page."""

    moment: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What was promised to subscribers when an episode was released (release.json). Written once; after that only
    `release --new-audio`, `withdraw` and an explicitly accepted change touch it."""

    guid: str
    enclosure: Enclosure
    published: datetime
    slug: str
    number: int | None
    season: int | None
    episode_type: EpisodeType
    title: str
    withdrawn: Withdrawal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowNotes:
    """Show notes ready to publish: sanitised HTML, and plain text for apps without HTML."""

    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A place of an episode worth going to: `anchor` is that of its paragraph on the page, `text` how it begins."""

    start_s: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMoments:
    """Where one person (`Speaker.slug`) says most in an episode, in order of time."""

    slug: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeMoments:
    """All that pages about people need of a transcript (moments.json): they are written anew only when it changes."""

    people: tuple[PersonMoments, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An episode as feed and pages see it. `published` is None only in the preview of a draft without a date.

    `transcribed`: a transcript is published with it, be it that `transcript` holds it or that the feed, which only
    names its files, did not read it.
    """

    episode: Episode
    guid: str
    enclosure: Enclosure
    published: datetime | None
    notes: ShowNotes
    transcript: Transcript | None
    transcribed: bool = True
