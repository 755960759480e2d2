"""Episodes with finished audio: which of them are public now, later or no longer, and where their files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build import system
from pipeline.build.files import named_file
from pipeline.build.own_files import read_json
from pipeline.paths import ShowPaths
from pipeline.values.published import Enclosure, Release

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.paths import EpisodePaths, SitePaths
    from pipeline.values.published import Withdrawal
    from pipeline.values.show import Episode


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedEpisode:
    """An episode whose audio is finished: written by `tag`, or promised by a release. One that is `held` back is not
    public until it is released, whatever its date."""

    episode: Episode
    enclosure: Enclosure
    release: Release | None
    paths: EpisodePaths
    held: bool = False

    @property
    def published(self) -> datetime | None:
        return self.release.published if self.release else self.episode.published

    @property
    def withdrawn(self) -> Withdrawal | None:
        return self.release.withdrawn if self.release else None

    @property
    def has_transcript(self) -> bool:
        """Whether the episode has a transcript."""
        return not lacks_transcript(self.paths, self.episode)

    def is_due(self, now: datetime) -> bool:
        """Whether the episode is public at `now`: released and not withdrawn, or no draft and its date reached."""
        if self.release is not None:
            return self.release.published <= now and self.withdrawn is None
        if self.held or self.episode.draft:
            return False
        return self.published is not None and self.published <= now


def lacks_transcript(paths: EpisodePaths, episode: Episode) -> bool:
    """Whether the episode is an imported one without a transcript; every other episode has one."""
    return episode.imported and not paths.transcript.exists()


def finished_episodes(
    root: Path, episodes: Sequence[Episode], *, held: Collection[str] = ()
) -> tuple[FinishedEpisode, ...]:
    """Those of `episodes` that have finished audio; `held` are the folders of those to hold back."""
    found = []
    for episode in episodes:
        paths = ShowPaths(root).episode(episode.folder)
        release = read_json(Release, paths.release) if paths.release.exists() else None
        if release is not None:
            found.append(FinishedEpisode(episode=episode, enclosure=release.enclosure, release=release, paths=paths))
        elif paths.candidate.exists():
            enclosure = read_json(Enclosure, paths.candidate)
            is_held = episode.folder in held
            found.append(FinishedEpisode(episode=episode, enclosure=enclosure, release=None, paths=paths, held=is_held))
    return tuple(found)


def without_new_failures(
    entries: Sequence[FinishedEpisode], now: datetime, failed: Collection[str], paths: ShowPaths
) -> tuple[FinishedEpisode, ...]:
    """The entries without those `failed` episodes that have no page yet in the site where they belong at `now`, `feed/`
    or `preview/`. Withdrawn ones stay: of them there is only a notice."""

    def has_page(entry: FinishedEpisode) -> bool:
        site = paths.feed if entry.is_due(now) else paths.preview
        return site.file(addresses.page(entry.episode.folder)).exists()

    return tuple(entry for entry in entries if entry.episode.folder not in failed or entry.withdrawn or has_page(entry))


def due_and_later(
    entries: Sequence[FinishedEpisode], now: datetime
) -> tuple[tuple[FinishedEpisode, ...], tuple[FinishedEpisode, ...]]:
    """The episodes that are public at `now`, and those that only the preview shows; both newest first.

    The example is public only while nothing else is, and nothing else was withdrawn.
    """
    due = [entry for entry in entries if entry.is_due(now)]
    real = [entry for entry in due if not entry.episode.example]
    was_public = any(entry.withdrawn is not None for entry in entries)
    later = [entry for entry in entries if not entry.is_due(now) and entry.withdrawn is None]
    if real or was_public:
        due = real
    return _newest_first(due), _newest_first(later)


def withdrawn_since(entries: Sequence[FinishedEpisode], now: datetime) -> tuple[FinishedEpisode, ...]:
    """The withdrawn episodes that would be public at `now`: only a notice of them remains."""
    return tuple(entry for entry in entries if entry.withdrawn and entry.release and entry.release.published <= now)


def tagged_file(entry: FinishedEpisode, address: str) -> Path:
    """The finished file in the episode's own folder for an audio address of its enclosure. For an imported episode it
    is its recording, byte for byte what subscribers have, until it gets a new one (`workflow/after_release.py`)."""
    folder, name = entry.episode.folder, PurePosixPath(address).suffix.removeprefix(".")
    if entry.episode.imported and entry.episode.recording and address == addresses.audio(folder, name=name):
        return named_file(entry.paths.home, entry.episode.recording)
    return entry.paths.tagged(name)


def move_withdrawn_audio(entry: FinishedEpisode, site: SitePaths) -> None:
    """Move the audio of a withdrawn episode, older recordings included, out of the site, and back when the episode is
    offered again.

    It is kept in `work/gesichert/audio/`: other machines may not be able to make it again with the same bytes.
    """
    if entry.release is None or (entry.withdrawn is None and not entry.paths.kept_aside.exists()):
        return
    used = {file.path for file in entry.enclosure.files if "://" not in file.path}
    for home in (site.home, entry.paths.kept_aside):
        pattern = addresses.audio(entry.episode.folder, name="mp3").removesuffix("mp3") + "*"
        used |= {path.relative_to(home).as_posix() for path in home.glob(pattern)}
    for address in sorted(used):
        public, aside = site.file(address), entry.paths.kept_aside / address
        source, target = (public, aside) if entry.withdrawn else (aside, public)
        if source.exists() and (entry.withdrawn or not target.exists()):
            target.parent.mkdir(parents=True, exist_ok=True)
            system.move_file(source, target)


def next_due(episodes: Sequence[Episode], now: datetime) -> datetime | None:
    """The next moment at which an episode becomes public by its date, None if there is none."""
    coming = [e.published for e in episodes if e.published is not None and not e.draft and e.published > now]
    return min(coming, default=None)


def _newest_first(entries: Sequence[FinishedEpisode]) -> tuple[FinishedEpisode, ...]:
    def key(entry: FinishedEpisode) -> tuple[bool, float, str]:
        moment = entry.published
        return (moment is None, moment.timestamp() if moment else 0.0, entry.episode.folder)

    return tuple(sorted(entries, key=key, reverse=True))
