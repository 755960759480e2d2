"""Imports a show that was published elsewhere: the items of its feed become released episodes of this show.

Nothing that exists is changed. Items are recognised by their guid, so that a second call only adds what is new.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.addresses import shown
from pipeline.build import system
from pipeline.build.files import storage_errors
from pipeline.build.locks import locked
from pipeline.editor.imported_audio import AudioTaken, fetch_audio
from pipeline.editor.imported_folder import Planned, plan_folders, write_folder
from pipeline.errors import FeedError, MissingFileError, PipelineError
from pipeline.feed_import.chapters import chapters_in, json_chapters
from pipeline.feed_import.document import read_feed
from pipeline.feed_import.download import fetch
from pipeline.feed_import.identities import settled
from pipeline.feed_import.urls import is_address, origin, with_user_of
from pipeline.notes.chapters import whole_second_chapters
from pipeline.paths import ShowPaths
from pipeline.show.config import load_episodes, load_registry, load_show
from pipeline.values import media_types
from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.feed_import.foreign import ForeignFeed, ForeignItem
    from pipeline.values.show import Episode, Show, Speaker

DEFAULT_MAX_MB = 20
_MAX_PAGES = 500
_CHAPTERS_BYTES = 1_000_000
_FEED_TYPES = ", ".join([media_types.FEED, *(f"{kind};q=0.9" for kind in media_types.FEEDS_OF_OTHERS), "*/*;q=0.1"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What people asked for in addition to the feed itself: files at addresses that only the feed names.

    `audio` is downloaded as recording; with `host` it is also offered from our site. `extras` are JSON chapters.
    """

    audio: bool = False
    host: bool = False
    extras: bool = False
    max_mb: int = DEFAULT_MAX_MB


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFeed:
    """The result of an import. `new` are folders; `refused` are (title, reason); `doubles` are
    titles of items that the feed has twice; `mended` are faults of its XML that do no harm; `lost` are (what, in which
    folders); `people` are (name, role, number of episodes) of frequent speakers missing in speakers.toml; `audio` is
    what was downloaded, or why not."""

    feed: ForeignFeed
    pages: int
    new: tuple[str, ...]
    known: int
    refused: tuple[tuple[str, str], ...]
    doubles: tuple[str, ...]
    mended: tuple[str, ...]
    lost: tuple[tuple[str, tuple[str, ...]], ...]
    unread_page: str
    people: tuple[tuple[str, str, int], ...]
    audio: tuple[AudioTaken, ...] = ()


@dataclass(slots=True)
class _Pages:
    feeds: list[ForeignFeed] = field(default_factory=list)
    unread: str = ""


def import_feed(
    root: Path,
    source: str,
    wishes: Wishes,
    *,
    listen: Callable[[Notice], None],
    taken: Callable[[tuple[Episode, ...], dict[str, str]], None],
) -> ImportedFeed:
    """Import the items of the feed at `source` (a file or an address) that the show does not have yet.

    Every folder appears whole or not at all, and none before all of them were read and checked. Then `taken` is called
    with all episodes of the show, and with guid → title of every item in the feed, before any audio is requested.
    Raises FeedError for a feed that cannot be imported. Missing audio is not an error here: the result names it.
    """
    show = load_show(root)
    paths = ShowPaths(root)
    named = source if is_address(source) else ""
    with locked(paths.work / "lock", what="Der Podcast", wait_s=0, on_wait=lambda: None):
        episodes = load_episodes(root, show)
        by_guid = {episode.guid: episode for episode in episodes}
        pages = _read_pages(source, partial(read_feed, explicit=show.explicit, known=by_guid.keys()), wishes, listen)
        whole = settled(
            [item for feed in pages.feeds for item in feed.items],
            {episode.guid: (episode.published, episode.title) for episode in episodes},
        )
        items = whole.items
        if not items:
            raise FeedError("Im Feed steht keine Folge.", where=shown(source), advice="Die Adresse prüfen.")
        fresh = [item for item in items if not item.refusal and item.guid not in by_guid]
        if wishes.extras:
            fresh = [_with_chapters(item, named, listen) for item in fresh]
        registry = load_registry(root)
        fresh = [_with_each_person_once(item, registry) for item in fresh]
        planned = plan_folders(fresh, taken=_names_in(paths.episodes))
        _write(root, show, planned)
        after = load_episodes(root, show)
        taken(after, {item.guid: item.title for item in items if not item.refusal})
        audio = _audio(root, after, items, wishes, named=named, listen=listen) if wishes.audio or wishes.host else ()
    return ImportedFeed(
        feed=pages.feeds[0],
        pages=len(pages.feeds),
        new=tuple(entry.folder for entry in planned),
        known=sum(1 for item in items if not item.refusal and item.guid in by_guid),
        refused=tuple((item.title, item.refusal) for item in items if item.refusal),
        doubles=tuple(item.title for item in whole.doubles),
        mended=tuple(text for feed in pages.feeds for text in feed.mended),
        lost=_grouped(planned),
        unread_page=pages.unread,
        people=_unregistered(registry, planned),
        audio=audio,
    )


def _read_pages(
    source: str, read: Callable[..., ForeignFeed], wishes: Wishes, listen: Callable[[Notice], None]
) -> _Pages:
    """All pages of the feed. Further ones are read only from the server of the first; any other is only reported."""
    limit_bytes = wishes.max_mb * 1_000_000
    pages = _Pages()
    if not is_address(source):
        pages.feeds.append(_named(source, _file(Path(source).expanduser(), limit_bytes), "", read))
        pages.unread = shown(pages.feeds[0].next_url) if pages.feeds[0].next_url else ""
        return pages
    url, seen, guids = source, set[str](), set[str]()
    while url:
        seen.add(url)
        answer = fetch(url, named=source, limit_bytes=limit_bytes, accept=_FEED_TYPES)
        seen.add(answer.url)
        page = _named(url, answer.content, answer.url, read)
        pages.feeds.append(page)
        following = page.next_url
        if not following or following in seen:
            break
        if not _same_server(source, following) or len(pages.feeds) == _MAX_PAGES:
            pages.unread = shown(following)
            break
        if guids.issuperset(item.guid for item in page.items):
            break  # nothing new on it: the pages form a circle
        guids.update(item.guid for item in page.items)
        url = with_user_of(source, following)
        listen(Notice(text=f"Seite {len(pages.feeds)} gelesen, es folgt {shown(url)}"))
    return pages


def _same_server(source: str, following: str) -> bool:
    try:
        return is_address(following) and origin(source) == origin(following)
    except (ValueError, FeedError):
        return False


def _names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def _named(source: str, content: bytes, base: str, read: Callable[..., ForeignFeed]) -> ForeignFeed:
    """The page; a FeedError about it names `source`."""
    try:
        return read(content, base=base)
    except FeedError as error:
        error.where = shown(source)
        raise


def _file(path: Path, limit_bytes: int) -> bytes:
    if not path.is_file():
        raise MissingFileError(
            "Diese Datei gibt es nicht." if not path.exists() else "Das ist keine Datei.",
            where=path,
            advice="Die Datei des Feeds angeben, oder seine Adresse mit https:// davor.",
        )
    if path.stat().st_size > limit_bytes:
        raise FeedError(
            f"Die Datei ist größer als {limit_bytes // 1_000_000} MB.",
            where=path,
            advice="Ist der Feed wirklich so groß, mit MAX_MB=… mehr erlauben.",
        )
    with storage_errors(path):
        return path.read_bytes()


def _with_chapters(item: ForeignItem, named: str, listen: Callable[[Notice], None]) -> ForeignItem:
    """The item with the JSON chapters that its feed names. Missing chapters are a loss, not an error."""
    if not item.chapters_url:
        return item
    losses = list(item.losses)
    try:
        accept = media_types.BY_SUFFIX[".json"]
        content = fetch(item.chapters_url, named=named, limit_bytes=_CHAPTERS_BYTES, accept=accept).content
    except FeedError as error:
        listen(Notice(text=f"„{item.title}“: die Kapitel kamen nicht an. {error.problem}"))
        return item
    chapters = chapters_in(json_chapters(content, losses), item.duration_s, losses)
    return replace(item, chapters=chapters, chapters_url="", losses=tuple(dict.fromkeys(losses)))


def _with_each_person_once(item: ForeignItem, registry: Sequence[Speaker]) -> ForeignItem:
    """The item without people who are the same person as another one of it by speakers.toml."""
    names = {name.casefold(): person.name for person in registry for name in (person.name, *person.aliases)}
    people = {names.get(person.name.casefold(), person.name): person for person in reversed(item.people)}
    if len(people) == len(item.people):
        return item
    losses = (*item.losses, "eine Person unter zwei Namen, die beide in speakers.toml stehen")
    return replace(item, people=tuple(reversed(people.values())), losses=losses)


def _write(root: Path, show: Show, planned: Sequence[Planned]) -> None:
    """Write all folders to a staging area, read them as the pipeline will, and only then move each into place."""
    stage = ShowPaths(root).work / "import-feed"
    shutil.rmtree(stage, ignore_errors=True)
    try:
        with storage_errors(stage):
            for entry in planned:
                write_folder(ShowPaths(stage).episode(entry.folder), entry)
            registry = ShowPaths(root).speakers_toml
            if registry.exists():
                shutil.copyfile(registry, _made(ShowPaths(stage).speakers_toml))
            for episode in load_episodes(stage, show):
                duration_s = next(e.item.duration_s for e in planned if e.folder == episode.folder)
                whole_second_chapters(episode.chapters, duration_s)
            for entry in planned:
                system.move_folder(
                    ShowPaths(stage).episode(entry.folder).home, ShowPaths(root).episode(entry.folder).home
                )
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _audio(
    root: Path,
    episodes: Sequence[Episode],
    items: Sequence[ForeignItem],
    wishes: Wishes,
    *,
    named: str,
    listen: Callable[[Notice], None],
) -> tuple[AudioTaken, ...]:
    """Fetch the audio of the feed's imported episodes, where something is left to do."""
    wanted = {item.guid for item in items if not item.refusal}
    taken = []
    for episode in episodes:
        if not episode.imported or episode.guid not in wanted:
            continue
        paths = ShowPaths(root).episode(episode.folder)
        try:
            result = fetch_audio(paths, episode, named=named, host=wishes.host, listen=listen)
        except PipelineError as error:
            if not isinstance(error, FeedError):
                raise
            result = AudioTaken(folder=episode.folder, problem=error.problem)
        if result is not None:
            taken.append(result)
    return tuple(taken)


def _grouped(planned: Sequence[Planned]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each loss once, with the folders that it concerns; the most frequent first."""
    found: dict[str, list[str]] = {}
    for entry in planned:
        for text in entry.losses:
            found.setdefault(text, []).append(entry.folder)
    return tuple((text, tuple(folders)) for text, folders in sorted(found.items(), key=lambda pair: -len(pair[1])))


def _unregistered(registry: Sequence[Speaker], planned: Sequence[Planned]) -> tuple[tuple[str, str, int], ...]:
    """People who speak in at least two of the new episodes and are not in speakers.toml: (name, role, how often)."""
    known = {name.casefold() for person in registry for name in (person.name, *person.aliases)}
    counts: dict[str, tuple[str, str, int]] = {}
    for entry in planned:
        for person in entry.item.people:
            name, role, count = counts.get(person.name.casefold(), (person.name, person.role, 0))
            counts[person.name.casefold()] = (name, role, count + 1)
    often = [entry for key, entry in counts.items() if entry[2] > 1 and key not in known]
    return tuple(sorted(often, key=lambda entry: -entry[2]))
