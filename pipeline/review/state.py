"""What the page gets to know of an episode, as values that become its JSON.

Times are whole milliseconds of the finished episode, places UTF-16 offsets into the text (`positions`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pipeline.transcript.editorial import label_line

if TYPE_CHECKING:
    from pipeline.values.show import Episode, Speaker

Level = Literal["word", "paragraph", "none"]
"""How exact times are: heard word by word, to paragraphs, or estimated from the length of the text."""

Verdict = Literal["heard", "not_spoken", "mended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSpeaker:
    """A person who speaks; `label` is the line that stands above their words."""

    name: str
    organisation: str
    role: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceToHear:
    """A place to look at; `reason` is a German sentence, `text` what it is about. `settled` is what people decided,
    None if it is open. `replacement` is the text that may replace from .. to."""

    id: str
    kind: str
    from_: int
    to: int
    start_ms: int
    end_ms: int
    reason: str
    text: str
    allows: tuple[Verdict, ...]
    settled: Verdict | None = None
    replacement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSound:
    """One speaker's own sound; `ready` is false while it is being prepared."""

    speaker: int
    url: str
    type: str
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    url: str
    type: str
    ready: bool
    tracks: tuple[TrackSound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peaks:
    url: str
    per_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterMark:
    """A chapter; `reason` says in German why it is proposed, "" for one that the episode has."""

    start_ms: int
    title: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapters:
    proposals: tuple[ChapterMark, ...]
    current: tuple[ChapterMark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A kept copy of the text; `words_changed` is how much the text now differs from it."""

    id: str
    moment: str
    words_changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The times of the text with the sha256 `base`. `times` is flat, five numbers a word: from, to, start_ms, end_ms,
    and flags (1: certain, 2: the model doubted it)."""

    base: str
    level: Level
    times: tuple[int, ...]
    places: tuple[PlaceToHear, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """Everything that the page begins with; docs/architecture.md says who writes what."""

    folder: str
    number: int | None
    title: str
    released: bool
    running: bool
    duration_ms: int
    level: Level
    text: str
    base: str
    encoding: str
    tab: str
    owner: bool
    speakers: tuple[ShownSpeaker, ...]
    people: tuple[ShownSpeaker, ...]
    times: tuple[int, ...]
    places: tuple[PlaceToHear, ...]
    audio: Audio | None
    peaks: Peaks | None
    voices: tuple[tuple[int, int, int], ...]
    seen: tuple[tuple[int, int], ...]
    chapters: tuple[ChapterMark, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a page learns by waiting: the text on disk, whether a run works on the episode, and whether it may write."""

    base: str | None
    running: bool
    owner: bool


def chapter_marks(episode: Episode) -> tuple[ChapterMark, ...]:
    """The chapters of episode.toml."""
    return tuple(
        ChapterMark(start_ms=round(1000 * chapter.start_s), title=chapter.title) for chapter in episode.chapters
    )


def shown_speaker(speaker: Speaker) -> ShownSpeaker:
    """The speaker, and the label that stands above their words."""
    organisation = speaker.organisation if speaker.role == "guest" else ""
    return ShownSpeaker(
        name=speaker.name,
        organisation=speaker.organisation,
        role=speaker.role,
        label=label_line(speaker.name, organisation),
    )


def as_json(value: object) -> bytes:
    """The value as JSON in UTF-8; `from_` is called `from`, which Python reserves."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_fields).encode("utf-8", "replace")


def _fields(value: Any) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return {name.rstrip("_"): getattr(value, name) for name in value.__dataclass_fields__}
