"""What people judged about what was heard in an episode, and how far it was proofread (review.json)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  msgspec reads it at run time (json_files.py)
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSpoken:
    """A stretch of the finished episode in which something was heard although nobody speaks there.

    `heard` are its words as they were heard, "" for a stretch in which only the voice activity found speech. The
    judgement belongs to the recording with this sha256 (`editor/review_file.py` says of which files) and to these
    words.
    """

    start_s: float
    end_s: float
    heard: str
    recording_sha256: str
    marked: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledPlace:
    """A place to look at that people have settled: the text is right as it is ("heard"), nobody speaks there
    ("not_spoken"), or it was corrected ("mended"). It belongs to the `text` there, and to the recording.

    A refused cut (kind "cut") is "heard" as well; its `start_s` is on the recordings' clock, not on the episode's."""

    kind: str
    start_s: float
    text: str
    verdict: Literal["heard", "not_spoken", "mended"]
    recording_sha256: str
    settled: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Which stretches (start, end) of the recording were played while the text was open, in order, none overlapping.
    Says nothing about who listened."""

    recording_sha256: str
    intervals_s: tuple[tuple[float, float], ...] = ()

    @property
    def seconds(self) -> float:
        return sum(end_s - start_s for start_s, end_s in self.intervals_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofread:
    """That people read the text against the sound, and when. `said_sha256` says which text (`transcript/said.py`);
    `name` is what somebody chose to state, or ""."""

    said_sha256: str
    finished: datetime
    name: str = ""
    heard_s: float = 0.0
    changed_words: int = 0  # against the draft
    open_places: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The part of review.json that this version reads and writes; what else is in the file is kept."""

    not_spoken: tuple[NotSpoken, ...] = ()
    settled: tuple[SettledPlace, ...] = ()
    heard: Heard | None = None
    proofread: Proofread | None = None
