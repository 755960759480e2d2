"""Collects what episodes are about: the `topics` of episode.toml, over the whole show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.german.slug import slugify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values.published import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic with its episodes, newest first; spellings with the same address are the same topic."""

    slug: str
    title: str
    items: tuple[Item, ...]


def topics(items: Sequence[Item]) -> tuple[Topic, ...]:
    """Every topic of `items` (newest first), by title; the newest episode decides the spelling."""
    found: dict[str, list[Item]] = {}
    titles: dict[str, str] = {}
    for item in items:
        for title in item.episode.topics:
            titles.setdefault(slugify(title), title)
            found.setdefault(slugify(title), []).append(item)
    every = (Topic(slug=slug, title=titles[slug], items=tuple(members)) for slug, members in found.items())
    return tuple(sorted(every, key=lambda topic: topic.title.casefold()))
