"""Compares what is about to be published with what subscribers last got, and says in German what they will see.

What they last got is in `episodes/published.json`, which is written after an upload, and on import for episodes of
another provider's feed. It outlives the folders of the episodes, so that a vanished one is noticed, and it holds every
audio address that was ever used, with the hash of its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.promises.release import broken_promises, make_release
from pipeline.values.published import Release  # noqa: TC001  json_files.py reads it at run time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from pipeline.promises.finished import FinishedEpisode
    from pipeline.values.published import AlternateEnclosure, Enclosure
    from pipeline.values.show import Episode, Show

ACCEPTABLE = ("guid", "published", "slug", "number", "season", "type", "vanished", "audio", "base_url")
"""The changes that a person may accept explicitly, by their key in the TOML files if they have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEpisode:
    """An episode as subscribers have it. `title` is the one they see, `release` what they were promised."""

    folder: str
    title: str
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFile:
    """An audio address that was once used, and the hash of its bytes; it is kept for ever."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedState:
    """What subscribers last got (published.json). `base_url` is "" as long as nothing was published."""

    base_url: str = ""
    title: str = ""
    episodes: tuple[PublishedEpisode, ...] = ()
    audio: tuple[PublishedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that subscribers will see, as a German sentence. If it is `refused`, its `kind` must be accepted; a kind
    outside ACCEPTABLE cannot be."""

    kind: str
    folder: str
    text: str
    refused: bool = False

    @property
    def line(self) -> str:
        return f"{self.folder}: {self.text}" if self.folder else self.text


def find_changes(
    before: PublishedState,
    show: Show,
    entries: Sequence[FinishedEpisode],
    public: Collection[str],
    *,
    on_disk: Callable[[str], str | None] = lambda _: None,
) -> tuple[Change, ...]:
    """Every change that subscribers will see, refused ones included, ordered by episode folder.

    `public` are the folders of the `entries` that the feed lists now. `on_disk` returns the sha256 of the file that
    will be at an audio address, None if this clone has none: a missing MP3 is no change.
    """
    found: dict[tuple[str, str], Change] = {}
    counterparts = _counterparts(before, entries)
    known = {entry.episode.folder for entry in counterparts.values() if entry is not None}
    used = _used_audio(before)
    changes = [
        *_changes_of_show(before, show),
        *(change for old in before.episodes for change in _changes_since(old, counterparts[old.folder], public)),
        *(_new(entry) for entry in entries if entry.episode.folder in public and entry.episode.folder not in known),
        *(change for entry in entries for change in _broken(entry)),
        *(change for entry in entries for change in _other_bytes(used, entry, on_disk)),
    ]
    for change in changes:
        found.setdefault((change.folder, change.kind), change)
    return tuple(sorted(found.values(), key=lambda change: (change.folder != "", change.folder)))


def state_after_upload(before: PublishedState, show: Show, public: Sequence[FinishedEpisode]) -> PublishedState:
    """What subscribers have after the upload of the `public` episodes: these, and every audio address ever used."""
    audio = {file.path: file.sha256 for file in before.audio}
    audio |= {file.path: file.sha256 for entry in public for file in entry.enclosure.files}
    return PublishedState(
        base_url=show.base_url,
        title=show.title,
        episodes=tuple(
            PublishedEpisode(
                folder=entry.episode.folder,
                title=entry.episode.title,
                release=entry.release or make_release(entry.episode, entry.enclosure),
            )
            for entry in public
        ),
        audio=tuple(PublishedFile(path=path, sha256=sha256) for path, sha256 in sorted(audio.items())),
    )


def accepted_state(
    before: PublishedState, show: Show, entries: Sequence[FinishedEpisode], public: Collection[str], kinds: set[str]
) -> PublishedState:
    """`before` updated with the accepted changes, so that nobody has to accept them again."""
    kept = []
    counterparts = _counterparts(before, entries)
    for old in before.episodes:
        entry = counterparts[old.folder]
        if entry is None or not (entry.episode.folder in public or entry.release):
            if "vanished" not in kinds:
                kept.append(old)
            continue
        folder = entry.episode.folder if kinds & {"slug", "number"} else old.folder
        kept.append(replace(old, folder=folder, release=accepted_release(old.release, entry.episode, kinds)))
    audio = {file.path: file.sha256 for file in before.audio}
    if "audio" in kinds:
        now = {file.path: file.sha256 for entry in entries for file in entry.enclosure.files}
        audio = {path: now.get(path, sha256) for path, sha256 in audio.items()}
        kept = [replace(old, release=_with_bytes(old.release, now)) for old in kept]
    return replace(
        before,
        base_url=show.base_url if "base_url" in kinds else before.base_url,
        episodes=tuple(kept),
        audio=tuple(PublishedFile(path=path, sha256=sha256) for path, sha256 in audio.items()),
    )


def accepted_release(release: Release, episode: Episode, kinds: set[str]) -> Release:
    """`release` with the current values of episode.toml for the frozen fields in `kinds`."""
    values = {
        "guid": {"guid": episode.guid},
        "published": {"published": episode.published or release.published},
        "slug": {"slug": episode.slug},
        "number": {"number": episode.number},
        "season": {"season": episode.season},
        "type": {"episode_type": episode.episode_type},
    }
    for kind in kinds & values.keys():
        release = replace(release, **values[kind])  # type: ignore[arg-type]  # each value has its field's type
    return release


def _with_bytes(release: Release, now: dict[str, str]) -> Release:
    enclosure = release.enclosure
    return replace(release, enclosure=replace(enclosure, sha256=now.get(enclosure.path, enclosure.sha256)))


def _counterparts(before: PublishedState, entries: Sequence[FinishedEpisode]) -> dict[str, FinishedEpisode | None]:
    """The folder of each published episode → the same episode now: by its guid; else, among episodes with a new guid,
    by its folder or its audio."""
    guids = {old.release.guid for old in before.episodes}
    by_guid = {entry.episode.guid: entry for entry in entries}
    others = [entry for entry in entries[::-1] if entry.episode.guid not in guids]  # the first of several wins
    by_folder = {entry.episode.folder: entry for entry in others}
    by_audio = {entry.enclosure.path: entry for entry in others}
    return {
        old.folder: by_guid.get(old.release.guid)
        or by_folder.get(old.folder)
        or by_audio.get(old.release.enclosure.path)
        for old in before.episodes
    }


def _used_audio(before: PublishedState) -> dict[str, str]:
    """Every audio address that was ever published → its sha256."""
    used = {file.path: file.sha256 for file in before.audio}
    return used | {file.path: file.sha256 for old in before.episodes for file in old.release.enclosure.files}


def _changes_of_show(before: PublishedState, show: Show) -> Iterator[Change]:
    if before.base_url and before.base_url != show.base_url:
        text = (
            f"base_url: war {before.base_url}, ist {show.base_url}. Wer abonniert hat, bekommt nichts mehr, solange "
            "die alte Adresse nicht dauerhaft (HTTP 301) auf die neue weiterleitet; für Verzeichnisse, die auf "
            "podcast:guid achten, ist es ein neuer Podcast."
        )
        yield Change(kind="base_url", folder="", text=text, refused=True)
    if before.title and before.title != show.title:
        yield Change(
            kind="show", folder="", text=f"Der Podcast heißt anders: war „{before.title}“, wird „{show.title}“."
        )


def _changes_since(old: PublishedEpisode, entry: FinishedEpisode | None, public: Collection[str]) -> Iterator[Change]:
    if entry is None:
        yield _vanished(old, "Ordner, release.json oder die fertige Aufnahme fehlen")
        return
    if entry.release is not None and entry.release.withdrawn is not None:
        text = f"„{old.title}“ ist zurückgezogen und verschwindet aus dem Feed: {entry.release.withdrawn.reason}"
        yield Change(kind="withdrawn", folder=entry.episode.folder, text=text)
        return
    broken = broken_promises(old.release, entry.episode)
    for key, text in broken:
        yield Change(kind=key, folder=entry.episode.folder, text=f"{key}: {text}", refused=True)
    if entry.episode.folder not in public and not broken:
        yield _vanished(old, "die Folge ist nicht fällig oder gilt als Beispiel")
    if old.title != entry.episode.title:
        text = f"Titel geändert: war „{old.title}“, wird „{entry.episode.title}“."
        yield Change(kind="title", folder=entry.episode.folder, text=text)
    if _is_hosted_now(old, entry):
        text = (
            f"dieselbe Aufnahme liegt künftig hier: {entry.enclosure.path} statt {old.release.enclosure.path}. Kennung "
            "und Inhalt bleiben."
        )
        yield Change(kind="hosted", folder=entry.episode.folder, text=text)
    elif old.release.enclosure.path != entry.enclosure.path:
        text = (
            f"neue Aufnahme: {entry.enclosure.path} statt {old.release.enclosure.path}. Wer die Folge schon geladen "
            "hat, behält die alte, bis die App sie neu lädt; Hörstände bleiben."
        )
        yield Change(kind="new audio", folder=entry.episode.folder, text=text)


def _is_hosted_now(old: PublishedEpisode, entry: FinishedEpisode) -> bool:
    """Whether the same file that another server had is now offered from ours (`podcast import-feed --host`)."""
    ours = entry.enclosure.path
    first = addresses.audio(entry.episode.folder, name=ours.rpartition(".")[2])
    return entry.episode.imported and old.release.enclosure.is_elsewhere and ours == first


def _vanished(old: PublishedEpisode, why: str) -> Change:
    text = f"„{old.title}“ verschwindet aus dem Feed ({why}). Apps zeigen die Folge nicht mehr; Links führen ins Leere."
    return Change(kind="vanished", folder=old.folder, text=text, refused=True)


def _new(entry: FinishedEpisode) -> Change:
    text = f"neu: „{entry.episode.title}“" + ("" if entry.release else " (noch nicht mit `make release` eingefroren)")
    return Change(kind="new", folder=entry.episode.folder, text=f"{text}.")


def _broken(entry: FinishedEpisode) -> Iterator[Change]:
    if entry.release is not None and entry.release.withdrawn is None:
        for key, text in broken_promises(entry.release, entry.episode):
            yield Change(kind=key, folder=entry.episode.folder, text=f"{key}: {text}", refused=True)


def _other_bytes(
    used: dict[str, str], entry: FinishedEpisode, on_disk: Callable[[str], str | None]
) -> Iterator[Change]:
    """The entry's audio addresses that have, or would have, other bytes than those they were published with."""
    if entry.release is not None and entry.release.withdrawn is not None:
        return
    for file in entry.enclosure.files:
        if "://" in file.path:
            continue  # on another server: not our bytes
        if used.get(file.path, file.sha256) != file.sha256:
            yield _reused(entry, file, "war schon mit anderem Inhalt veröffentlicht")
        elif entry.release is not None and (on_disk(file.path) or file.sha256) != file.sha256:
            yield _reused(entry, file, "liegt in feed/, ist aber nicht die freigegebene Datei")


def _reused(entry: FinishedEpisode, file: Enclosure | AlternateEnclosure, why: str) -> Change:
    text = (
        f"Die Adresse {file.path} {why}. Apps und Zwischenspeicher lieferten mal die alte, mal die neue Fassung, und "
        "Längenangaben stimmten nicht."
    )
    return Change(kind="audio", folder=entry.episode.folder, text=text, refused=True)
