"""What people judged about what was heard in an episode (review.json)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  msgspec reads it at run time (json_files.py)


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
class Review:
    """The part of review.json that this version reads and writes; what else is in the file is kept."""

    not_spoken: tuple[NotSpoken, ...] = ()
