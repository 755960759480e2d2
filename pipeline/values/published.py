"""The published side of an episode: its audio, the promises to subscribers, and what feed and pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  msgspec reads it at run time (json_files.py)
from typing import TYPE_CHECKING

from pipeline.addresses import is_inside
from pipeline.values.show import EpisodeType  # noqa: TC001  as above

if TYPE_CHECKING:
    from pipeline.values.show import Episode
    from pipeline.values.transcript import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateEnclosure:
    """The same audio in another format. `path` is relative to the show's base_url. Raises ValueError if `path` leads
    out of there."""

    path: str
    media_type: str
    size_bytes: int  # after tagging
    sha256: str

    def __post_init__(self) -> None:
        _refuse_outside(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A finished audio file as the feed announces it, with the same audio in other formats (`alternates`). `path` is
    relative to the show's base_url, or a full URL if an imported episode's audio stays with its old provider. For such
    a file, size and duration may be unknown (0), and so may the sha256 ("").

    Raises ValueError for any other `path`: release.json and candidate.json may be damaged or forged, and files are
    copied, moved and uploaded by it."""

    path: str
    media_type: str
    size_bytes: int  # after tagging
    duration_s: float
    sha256: str
    alternates: tuple[AlternateEnclosure, ...] = ()

    def __post_init__(self) -> None:
        if not self.path.lower().startswith(("https://", "http://")):
            _refuse_outside(self.path)

    @property
    def files(self) -> tuple[Enclosure | AlternateEnclosure, ...]:
        """Every file on offer, the enclosure's own first."""
        return (self, *self.alternates)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the file is on another server, not among ours."""
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
    """A place in an episode worth jumping to: `anchor` is its paragraph's on the page, `text` how it begins."""

    start_s: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMoments:
    """The places where one person (`Speaker.slug`) speaks most in an episode, in order of time."""

    slug: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeMoments:
    """All that pages about people need from a transcript (moments.json); they are rewritten only when it changes."""

    people: tuple[PersonMoments, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An episode as feed and pages see it. `published` is None only in the preview of a draft without a date.

    `transcribed`: a transcript is published with it, even if `transcript` is None because the feed, which only names
    the files, did not read it.
    """

    episode: Episode
    guid: str
    enclosure: Enclosure
    published: datetime | None
    notes: ShowNotes
    transcript: Transcript | None
    transcribed: bool = True


def _refuse_outside(path: str) -> None:
    if "://" in path or not is_inside(path):
        raise ValueError(f"not an address below base_url: {path!r}")
