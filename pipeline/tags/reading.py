"""Reads what the tag of a finished MP3 says."""

# mypy: disable-error-code="no-untyped-call"
# mutagen 1.48 says it is typed, but its frames are not.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mutagen import MutagenError, id3

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """The title, the chapters (start in whole seconds, title) and the transcript that an MP3 carries."""

    title: str
    chapters: tuple[tuple[int, str], ...]
    lyrics: str


def read_tag(mp3: Path) -> Tagged | None:
    """What the tag of `mp3` says; None if the file is missing or has no tag that can be read."""
    try:
        tag = id3.ID3(mp3)
    except (MutagenError, OSError):
        return None
    chapters = sorted((frame.start_time // 1000, _title(frame.sub_frames)) for frame in tag.getall("CHAP"))
    lyrics = tag.getall("USLT")
    return Tagged(title=_title(tag), chapters=tuple(chapters), lyrics=str(lyrics[0]) if lyrics else "")


def _title(frames: id3.ID3Tags) -> str:
    titles = frames.getall("TIT2")
    return str(titles[0]) if titles else ""
