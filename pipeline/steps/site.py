"""The site that steps are planned for (`feed/` or `preview/`), and what its steps have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.build.own_files import read_json, read_own_text
from pipeline.build.settings import only, partial_of
from pipeline.paths import ShowPaths
from pipeline.values.published import Item, ShowNotes
from pipeline.values.show import Show
from pipeline.values.transcript import Transcript

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.paths import EpisodePaths, SitePaths
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.site.frame import Frame

_AROUND_PAGES = (
    *("title", "language", "base_url", "cover", "copyright", "license", "license_url", "legal", "placeholders"),
)
"""The show's fields that every page needs."""

IN_LISTS = ("folder", "title", "summary", "number", "season", "episode_type", "speakers", "topics", "cover")
"""An episode's fields that lists show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFiles:
    """The files that the steps of a site read and write."""

    root: Path
    site: SitePaths

    @property
    def home(self) -> Path:
        """`episodes/`; the show's cover and logo are relative to it."""
        return ShowPaths(self.root).episodes

    def file(self, address: str) -> Path:
        return self.site.file(address)

    def episode(self, folder: str) -> EpisodePaths:
        return ShowPaths(self.root).episode(folder)

    def words(self, folder: str) -> Path:
        """The words by which the search finds an episode; they are not uploaded."""
        return ShowPaths(self.root).search_words(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site in `feed/` or in `preview/`: the show with these episodes, newest first."""

    show: Show
    entries: tuple[FinishedEpisode, ...]
    files: SiteFiles
    preview: bool
    has_topics: bool = field(init=False, compare=False)
    _places: dict[str, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        places = {entry.episode.folder: place for place, entry in enumerate(self.entries)}
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "has_topics", any(entry.episode.topics for entry in self.entries))

    def named(self, step: str) -> str:
        """The name of a step of this site."""
        return f"{step} (Vorschau)" if self.preview else step

    def neighbours(self, entry: FinishedEpisode) -> tuple[FinishedEpisode | None, FinishedEpisode | None]:
        """The episodes published next after `entry` and next before it."""
        place = self._places[entry.episode.folder]
        newer = self.entries[place - 1] if place else None
        older = self.entries[place + 1] if place + 1 < len(self.entries) else None
        return newer, older


def frame(site: Site, *shown: str) -> Frame:
    """The surroundings of each page; the show in it also has the fields `shown`."""
    from pipeline.site.frame import Frame

    fields = {name: getattr(site.show, name) for name in (*_AROUND_PAGES, *shown)}
    show = partial_of(Show, {"theme": only(site.show.theme, "logo"), **fields})
    return Frame(show=show, preview=site.preview, has_topics=site.has_topics)


def item(entry: FinishedEpisode, *fields: str) -> Item:
    """An episode as feed and pages see it, with only the `fields` of its settings, and without the content of its
    files."""
    return Item(
        episode=only(entry.episode, *fields),
        guid=entry.release.guid if entry.release else entry.episode.guid,
        enclosure=entry.enclosure,
        published=entry.published,
        notes=ShowNotes(html="", text=""),
        transcript=None,
        transcribed=entry.has_transcript and entry.paths.retimed.exists(),
    )


def items(site: Site, *fields: str) -> tuple[Item, ...]:
    return tuple(item(entry, *fields) for entry in site.entries)


def with_notes(files: SiteFiles, of: Item) -> Item:
    """The item with its show notes."""
    paths = files.episode(of.episode.folder)
    return replace(of, notes=ShowNotes(html=read_own_text(paths.notes_html), text=read_own_text(paths.notes_text)))


def with_transcript(files: SiteFiles, of: Item) -> Item:
    """The item with its transcript, if it has one. Reading it takes far longer than everything else."""
    if not of.transcribed:
        return of
    retimed = files.episode(of.episode.folder).retimed
    return replace(of, transcript=read_json(Transcript, retimed))
