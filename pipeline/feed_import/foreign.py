"""What a feed of another maker says: values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.values.show import Chapter, EpisodeType, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEnclosure:
    """The audio as the feed announces it, word for word; `size_bytes` is 0 where it says nothing usable."""

    url: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPerson:
    """Somebody of podcast:person who speaks."""

    name: str
    role: Role
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignItem:
    """One item. `guid` and `published` are as apps know them; `refusal` is why it cannot become an episode, a German
    phrase, "" where it can; `losses` are German phrases for what has no place here; `duration_s` is 0 when unknown."""

    title: str
    guid: str
    published: datetime | None
    enclosure: ForeignEnclosure | None
    summary: str
    notes: str  # Markdown
    duration_s: float
    number: int | None
    season: int | None
    episode_type: EpisodeType
    people: tuple[ForeignPerson, ...]
    chapters: tuple[Chapter, ...]
    chapters_url: str  # of JSON chapters, "" where the feed holds them itself or there are none
    refusal: str
    losses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFeed:
    """One page of a feed. `facts` are (key of show.toml, value) of the show as the feed has it; `next_url` leads to
    the page with older items, "" on the last; `locked` says that moving it needs the owner's consent."""

    title: str
    facts: tuple[tuple[str, str], ...]
    items: tuple[ForeignItem, ...]
    next_url: str
    locked: bool
    losses: tuple[str, ...]
