"""The gate before feed and upload: refuses changes that would harm subscribers, and reports all others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.files import encoded
from pipeline.build.swap import content_of, short_lock
from pipeline.errors import ReleaseError, StorageError
from pipeline.paths import ShowPaths
from pipeline.promises.changes import (
    ACCEPTABLE,
    Change,
    PublishedEpisode,
    PublishedState,
    accepted_release,
    accepted_state,
    find_changes,
    state_after_upload,
)
from pipeline.promises.finished import due_and_later, finished_episodes, tagged_file
from pipeline.promises.release_file import swap_release
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.manifest import Manifest
    from pipeline.build.swap import Swap
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.values.progress import Listener
    from pipeline.values.published import Enclosure, Release
    from pipeline.values.show import Episode, Show

_LISTED = 12  # changes that are reported one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A show at a moment, before it is published. `episodes` are all episodes; `files` hashes files. `planned` are
    releases, by folder, that count as if they were written already: a promise is judged before it is made. `held` are
    the folders of episodes that are held back."""

    root: Path
    show: Show
    episodes: tuple[Episode, ...]
    now: datetime
    files: Manifest
    planned: Mapping[str, Release] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def changes(self) -> tuple[Change, ...]:
        """What subscribers will see, compared with what they last got. Writes nothing."""
        entries = self._finished()
        public, hashes = self._public(entries), self._hashes(entries)
        return find_changes(published_state(self.root), self.show, entries, public, on_disk=hashes)

    def open(self, *, accept: frozenset[str], listen: Listener) -> None:
        """Report what subscribers will see. Raises ReleaseError, and writes nothing, if a change would harm them and
        its kind is not in `accept`. Accepted changes are written to release.json and published.json at once."""
        found = self.changes()
        refused = [change for change in found if change.refused and change.kind not in accept]
        if refused:
            raise ReleaseError(
                "\n".join(["Schon Veröffentlichtes ist geändert:", *(f"  {change.line}" for change in refused)]),
                where=ShowPaths(self.root).episodes,
                advice=f"{advice_on(refused)} Geschrieben wurde nichts.",
            )
        accepted = {change.kind for change in found if change.refused}
        if accepted:
            self._write_accepted(accepted)
        lines = [f"ausdrücklich erlaubt: {change.line}" if change.refused else change.line for change in found]
        for text in lines[:_LISTED]:
            listen(Notice(text=f"Abonnent*innen sehen: {text}"))
        if len(lines) > _LISTED:
            more = len(lines) - _LISTED
            listen(Notice(text=f"… und {more} weitere Änderungen gegenüber dem zuletzt Veröffentlichten."))

    def public(self) -> tuple[FinishedEpisode, ...]:
        """The episodes that the feed lists now, as `record` takes them."""
        entries = self._finished()
        folders = self._public(entries)
        return tuple(entry for entry in entries if entry.episode.folder in folders)

    def record(self, public: Sequence[FinishedEpisode]) -> PublishedState:
        """Record that `feed/` was uploaded with these `public` episodes: from now on the gate compares with this.

        Raises ReleaseError if one of them is not released: it could still change for subscribers.
        """
        loose = [entry.episode.folder for entry in public if entry.release is None]
        if loose:
            raise ReleaseError(
                f"Im Feed stehen Folgen, die noch nicht freigegeben sind: {', '.join(loose)}.",
                where=ShowPaths(self.root).feed.feed,
                advice="Jede mit `make release EPISODE=…` einfrieren und danach hochladen. Vermerkt wurde nichts.",
            )
        with short_lock(self.root) as swap:
            return _swap_state(swap, self.root, lambda before: state_after_upload(before, self.show, public))

    def _finished(self) -> tuple[FinishedEpisode, ...]:
        """Every episode with finished audio, except the example: nobody subscribes to that."""
        real = [episode for episode in self.episodes if not episode.example]
        found = finished_episodes(self.root, real, held=self.held)
        return tuple(
            entry
            if (release := self.planned.get(entry.episode.folder)) is None
            else replace(entry, release=release, enclosure=release.enclosure)
            for entry in found
        )

    def _public(self, entries: Sequence[FinishedEpisode]) -> frozenset[str]:
        """The folders of the episodes that the feed lists now."""
        due, _ = due_and_later(entries, self.now)
        return frozenset(entry.episode.folder for entry in due)

    def _hashes(self, entries: Sequence[FinishedEpisode]) -> Callable[[str], str | None]:
        """A function that returns the hash of what will be at an address: our own file if it has the promised bytes,
        else the file that is already there."""
        feed = ShowPaths(self.root).feed
        promised = {
            file.path: (tagged_file(entry, file.path), file.sha256)
            for entry in entries
            for file in entry.enclosure.files
        }

        def sha256(address: str) -> str | None:
            tagged, wanted = promised[address]
            if self.files.sha256(tagged) == wanted:
                return wanted
            return None if "://" in address else self.files.sha256(feed.file(address))

        return sha256

    def _write_accepted(self, kinds: set[str]) -> None:
        hashes = self._hashes(self._finished())
        with short_lock(self.root) as swap:
            for entry in self._finished():
                if entry.release is not None:
                    accepted = partial(self._accepted, entry.episode, kinds, hashes)
                    swap_release(swap, entry.paths.release, accepted)
            if ShowPaths(self.root).published.exists():
                entries = self._finished()  # with the releases that were just written
                public = self._public(entries)
                _swap_state(swap, self.root, lambda before: accepted_state(before, self.show, entries, public, kinds))

    def _accepted(
        self, episode: Episode, kinds: set[str], hashes: Callable[[str], str | None], release: Release | None
    ) -> Release:
        assert release is not None, "release.json is never removed by a command"
        release = accepted_release(release, episode, kinds)
        if "audio" in kinds:
            release = replace(release, enclosure=_as_on_disk(self.root, release.enclosure, hashes))
        return release


def published_state(root: Path) -> PublishedState:
    """What subscribers last got; an empty state if nothing was published yet. Raises StorageError."""
    path = ShowPaths(root).published
    return _state_in(content_of(path), path)


def note_imported(root: Path, now: datetime, episodes: Sequence[Episode], titles: Mapping[str, str]) -> None:
    """Record that subscribers have these imported episodes from the old provider, under the titles that they see there
    (`titles`: guid → title). Episodes that are already recorded stay as they are."""

    def with_imported(before: PublishedState) -> PublishedState:
        missing = titles.keys() - {old.release.guid for old in before.episodes}
        imported = [episode for episode in episodes if episode.imported and episode.guid in missing]
        fresh = tuple(
            PublishedEpisode(folder=entry.episode.folder, title=titles[entry.episode.guid], release=entry.release)
            for entry in finished_episodes(root, imported)
            if entry.release is not None and entry.is_due(now)
        )
        return replace(before, episodes=(*before.episodes, *fresh))

    with short_lock(root) as swap:
        _swap_state(swap, root, with_imported)


def _swap_state(swap: Swap, root: Path, decide: Callable[[PublishedState], PublishedState]) -> PublishedState:
    """Write what `decide` makes of published.json as it is now; returns it."""
    path = ShowPaths(root).published
    content = content_of(path)
    before = _state_in(content, path)
    state = decide(before)
    if state != before:
        swap.write(path, encoded(to_json(state)), before=content)
    return state


def _state_in(content: bytes | None, path: Path) -> PublishedState:
    if content is None:
        return PublishedState()
    try:
        return from_json(PublishedState, content.decode("utf-8-sig"))
    except ValueError as error:
        raise StorageError(
            "Die Datei mit dem zuletzt veröffentlichten Stand ist nicht lesbar.",
            where=path,
            advice="Sie mit der Versionsverwaltung zurückholen (git checkout -- episodes/published.json).",
        ) from error


def foreign_audio(entries: Sequence[FinishedEpisode], files: Manifest) -> frozenset[str]:
    """The audio addresses of released episodes for which this clone's own files have other bytes than were promised.
    Such files are never copied to `feed/`."""
    return frozenset(
        file.path
        for entry in entries
        if entry.release is not None and not entry.enclosure.is_elsewhere
        for file in entry.enclosure.files
        if (tagged := tagged_file(entry, file.path)).exists()
        and (tagged.stat().st_size != file.size_bytes or files.sha256(tagged) != file.sha256)
    )


def advice_on(refused: Sequence[Change]) -> str:
    """What people can do about refused changes, in German."""
    kinds = [kind for kind in ACCEPTABLE if any(change.kind == kind for change in refused)]
    parts = ["Diese Angaben auf den veröffentlichten Stand (release.json) zurücksetzen."]
    if "audio" in kinds:
        parts.append("Eine neue Aufnahme bekommt mit `make release EPISODE=… NEW_AUDIO=1` einen neuen Namen.")
    if "vanished" in kinds or any(change.kind == "draft" for change in refused):
        parts.append('Eine Folge zurückziehen: `make withdraw EPISODE=… REASON="…"`.')
    if kinds:
        parts.append(f"Ist es wirklich so gewollt: `make feed ACCEPT={','.join(kinds)}`.")
    return " ".join(parts)


def _as_on_disk(root: Path, enclosure: Enclosure, hashes: Callable[[str], str | None]) -> Enclosure:
    """The enclosure with size and hash of the files in `feed/`, for those that are there."""
    feed = ShowPaths(root).feed

    def facts(path: str, size_bytes: int, sha256: str) -> dict[str, int | str]:
        now = hashes(path)
        if now is None or now == sha256:
            return {"size_bytes": size_bytes, "sha256": sha256}
        return {"size_bytes": feed.file(path).stat().st_size, "sha256": now}

    return replace(
        enclosure,
        **facts(enclosure.path, enclosure.size_bytes, enclosure.sha256),  # type: ignore[arg-type]  # by field
        alternates=tuple(
            replace(file, **facts(file.path, file.size_bytes, file.sha256))  # type: ignore[arg-type]  # as above
            for file in enclosure.alternates
        ),
    )
