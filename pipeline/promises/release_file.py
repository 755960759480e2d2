"""Changes release.json: always from the promise that is there at that moment, under the show's short lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.files import encoded
from pipeline.build.own_files import readable
from pipeline.build.swap import content_of, short_lock
from pipeline.values.json_files import from_json, to_json
from pipeline.values.published import Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.build.swap import Swap
    from pipeline.paths import EpisodePaths


def change_release(paths: EpisodePaths, decide: Callable[[Release | None], Release]) -> Release:
    """Write what `decide` makes of the release as it is now (None: not released); returns it.

    `decide` reads whatever else it depends on itself, and raises if the change is no longer allowed; nothing is written
    then. Raises ChangedError if somebody else writes the file at the same moment, and StorageError.
    """
    with short_lock(paths.root) as swap:
        return swap_release(swap, paths.release, decide)


def swap_release(swap: Swap, path: Path, decide: Callable[[Release | None], Release]) -> Release:
    """Like `change_release`, with the short lock that is already held."""
    before = content_of(path)
    with readable(path):
        current = None if before is None else from_json(Release, before.decode("utf-8-sig"))
    release = decide(current)
    after = encoded(to_json(release))
    if after != before:
        swap.write(path, after, before=before)
    return release
