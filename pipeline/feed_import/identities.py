"""Tell which items of a feed are the same episode, among each other and with those that were imported before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.german.slug import slugify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.feed_import.foreign import ForeignItem

Imported = tuple[datetime | None, str]
"""Date and title of an episode that is here already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The items, each with a guid of its own, and those left out because another one is the same episode."""

    items: tuple[ForeignItem, ...]
    doubles: tuple[ForeignItem, ...]


def settled(items: Sequence[ForeignItem], known: Mapping[str, Imported]) -> Settled:
    """The items of all pages, as different episodes. `known` are those that are here, by guid.

    An item with the guid of another is the same if it has the same audio (pages overlap); else it is refused. Items
    without a guid go by the address of their audio. If several with different titles or dates share one, the oldest
    keeps it as its guid, and the others get the date added; one that is here already keeps what it has.
    """
    kept: list[ForeignItem] = []
    doubles: list[ForeignItem] = []
    seen: dict[str, ForeignItem] = {}
    shared: dict[str, list[ForeignItem]] = {}
    for item in items:
        if not item.has_guid and item.guid:
            same = shared.setdefault(item.guid, [])
            alike = any(_dated(item) == _dated(other) for other in same)
            (doubles if alike else same).append(item)
            if not alike:
                kept.append(item)
            continue
        first = seen.setdefault(item.guid, item) if item.guid else item
        if first is item:
            kept.append(item)
        elif first.enclosure == item.enclosure:
            doubles.append(item)
        else:
            text = f"dieselbe Kennung (guid) wie „{first.title}“"
            kept.append(replace(item, refusal=item.refusal or text))
    guids = {id(item): guid for url, same in shared.items() for item, guid in _guids(url, same, known)}
    return Settled(items=tuple(_named(item, guids.get(id(item), item.guid)) for item in kept), doubles=tuple(doubles))


def _named(item: ForeignItem, guid: str) -> ForeignItem:
    if guid == item.guid:
        return item
    text = "dieselbe Audioadresse wie eine andere Folge und keine Kennung (guid); das Datum gehört hier dazu"
    return replace(item, guid=guid, losses=(*item.losses, text))


def _guids(url: str, items: Sequence[ForeignItem], known: Mapping[str, Imported]) -> list[tuple[ForeignItem, str]]:
    """A guid for each of the items with the audio at `url`: the same ones as in an earlier import."""
    from_the_end = list(reversed(items))  # feeds begin with the newest
    oldest_first = sorted(from_the_end, key=lambda item: item.published or datetime.max.replace(tzinfo=UTC))
    owner = next((item for item in oldest_first if url in known and known[url] == _dated(item)), None)
    if owner is None and url in known:
        owner = next((item for item in oldest_first if _is_changed(item, known[url])), None)
    if owner is None and url not in known:
        owner = next((item for item in oldest_first if not item.refusal), oldest_first[0])
    found: list[tuple[ForeignItem, str]] = []
    taken: set[str] = set()
    for item in oldest_first:
        guid = url if item is owner else _with_date(url, item)
        if guid in taken or (guid in known and guid != url and not _is_changed(item, known[guid])):
            guid = f"{guid}-{slugify(item.title)}"
        taken.add(guid)
        found.append((item, guid))
    return found


def _is_changed(item: ForeignItem, there: Imported) -> bool:
    """Whether the item is the episode that is here, perhaps with another title or another date."""
    return item.published == there[0] or item.title == there[1]


def _with_date(url: str, item: ForeignItem) -> str:
    return f"{url}#{item.published.astimezone(UTC):%Y%m%dT%H%M%SZ}" if item.published else f"{url}#"


def _dated(item: ForeignItem) -> Imported:
    return item.published, item.title
