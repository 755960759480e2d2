"""Values read from a foreign feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.values.show import Chapter, EpisodeType, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEnclosure:
    """The audio exactly as the feed announces it; `size_bytes` is 0 if the feed says nothing usable."""

    url: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPerson:
    """A person of podcast:person who speaks."""

    name: str
    role: Role
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignItem:
    """One item. `guid` and `published` are as apps know them; `refusal` is a German phrase for why it cannot become an
    episode, "" if it can; `losses` are German phrases for what is not taken over; `duration_s` is 0 if unknown;
    `has_guid` is False if the feed has none for it and `guid` is the address of the audio."""

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
    chapters_url: str  # of JSON chapters, "" if the feed contains them itself or there are none
    refusal: str
    has_guid: bool
    losses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFeed:
    """One page of a feed. `facts` are (key of show.toml, value) of the show according to the feed; `next_url` leads
    to the page with older items, "" on the last; `locked` means that moving it needs the owner's consent; `mended` are
    German phrases for harmless faults of its XML."""

    title: str
    facts: tuple[tuple[str, str], ...]
    items: tuple[ForeignItem, ...]
    next_url: str
    locked: bool
    losses: tuple[str, ...]
    mended: tuple[str, ...] = ()
