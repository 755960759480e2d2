"""What `publish` does about withdrawn episodes: which files on the target are theirs, and which exist nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.promises.finished import tagged_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.promises.finished import FinishedEpisode


def withdrawn_folders(entries: Sequence[FinishedEpisode]) -> frozenset[str]:
    """The folders under which withdrawn episodes were published, older names included, unless another episode has that
    name now."""
    offered = {entry.episode.folder for entry in entries if entry.withdrawn is None}
    names = {
        name
        for entry in entries
        if entry.withdrawn is not None
        for name in (entry.episode.folder, *(addresses.episode_of(file.path) for file in entry.enclosure.files))
    }
    return frozenset(names - offered - {""})


def without_copy(entries: Sequence[FinishedEpisode], files: Iterable[str]) -> tuple[str, ...]:
    """The audio among `files` of which this machine has no copy: removed from the target, it may be lost."""
    homes = {name: entry for entry in entries if entry.withdrawn for name in withdrawn_folders([entry])}
    return tuple(address for address in files if _is_lost(homes.get(addresses.episode_of(address)), address))


def _is_lost(entry: FinishedEpisode | None, address: str) -> bool:
    if entry is None or not address.startswith("audio/"):
        return False
    newest = address in {file.path for file in entry.enclosure.files} and tagged_file(entry, address).exists()
    return not newest and not (entry.paths.kept_aside / address).exists()
