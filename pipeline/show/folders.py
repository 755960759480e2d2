"""The folders of the episodes by their names: which there are, and which one somebody means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import UsageError, did_you_mean
from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = re.compile(r"(?:(\d+)-)?([a-z0-9]+(?:-[a-z0-9]+)*)\Z")  # number and slug


def episode_folders(root: Path) -> tuple[str, ...]:
    """The names of all episode folders (those with an episode.toml), sorted."""
    found = ShowPaths(root).episodes.glob("*/episode.toml")
    return tuple(sorted(path.parent.name for path in found))


def find_episode(root: Path, key: str) -> str:
    """The folder that `key` means: a folder's name, else a number, else a slug. Raises UsageError."""
    folders = episode_folders(root)
    if key in folders:
        return key
    parts = {folder: match for folder in folders if (match := FOLDER.match(folder))}
    for hits in (
        [folder for folder, match in parts.items() if key.isdecimal() and match[1] and int(match[1]) == int(key)],
        [folder for folder, match in parts.items() if match[2] == key],
    ):
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise UsageError(
                f"„{key}“ ist mehrdeutig: {', '.join(hits)}.",
                advice="Den vollen Namen des Ordners angeben.",
            )
    known = [name for folder, match in parts.items() for name in (folder, match[2])]
    raise UsageError(
        f"Eine Folge „{key}“ gibt es nicht.{did_you_mean(key, known)}",
        where=ShowPaths(root).episodes,
        advice=f"Vorhanden: {', '.join(folders) or 'noch keine'}. Eine neue legt `make new` an.",
    )
