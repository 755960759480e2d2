"""Loads the show and its episodes, and reads their TOML files again only when something has changed.

The values that `config` read are kept in `episodes/.work/settings.json`, each with a key: the sha256 of everything that
it depends on, which is the exact bytes of the files, what else the checks look at, and the program that reads them. A
value with another key counts as missing, and so does everything in a file that cannot be read. Loading writes nothing;
`keep` does, after a run.
"""

from __future__ import annotations

import hashlib
import json
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.build.files import read_text, write_bytes
from pipeline.errors import StorageError
from pipeline.paths import ShowPaths
from pipeline.show.folders import episode_folders
from pipeline.values.json_files import from_json, to_json
from pipeline.values.show import Episode, Show  # noqa: TC001  json_files.py reads them at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCES = (
    "*.py",
    "build/files.py",
    "build/handwritten.py",
    "build/left_over.py",
    "build/system.py",
    "german/slug.py",
    "show/*.py",
    "values/*.py",
)
"""The modules that make values of TOML files, by their places in the package; a test compares them with the imports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """settings.json: each value with its key."""

    show: tuple[str, Show] | None = None
    episodes: tuple[tuple[str, Episode], ...] = ()


_loaded: dict[Path, Kept] = {}  # what this process has read, by the show's folder
_unwritten: set[Path] = set()  # the shows of which it has read more than settings.json contains


def load_show(root: Path) -> Show:
    """The show in `root`. Raises what `config.load_show` raises."""
    key = _show_key(root)
    kept = _known(root)
    if kept.show is not None and kept.show[0] == key:
        return kept.show[1]
    from pipeline.show import config

    show = config.load_show(root)
    if key and key == _show_key(root):  # nobody has changed a file while it was read
        _note(root, replace(kept, show=(key, show)))
    return show


def load_episode(root: Path, folder: str, show: Show) -> Episode:
    """The episode in `episodes/<folder>`. Raises what `config.load_episode` raises."""
    keys = _episode_keys(root, (folder,), show)
    kept = _known(root)
    for key, episode in kept.episodes:
        if key == keys.get(folder):
            return episode
    from pipeline.show import config

    episode = config.load_episode(root, folder, show)
    if keys and keys == _episode_keys(root, (folder,), show):
        others = ((key, other) for key, other in kept.episodes if other.folder != folder)
        _note(root, replace(kept, episodes=(*others, (keys[folder], episode))))
    return episode


def load_episodes(root: Path, show: Show) -> tuple[Episode, ...]:
    """All episodes, in order of their folders. Raises what `config.load_episodes` raises."""
    folders = episode_folders(root)
    keys = _episode_keys(root, folders, show)
    kept = _known(root)
    by_key = dict(kept.episodes)
    episodes = tuple(by_key[key] for key in keys.values() if key in by_key)
    if folders and len(episodes) == len(folders) == len({episode.guid for episode in episodes}):
        return episodes
    from pipeline.show import config

    episodes = config.load_episodes(root, show)
    after = _episode_keys(root, folders, show)
    unchanged = (
        (key, episode) for episode in episodes if (key := keys.get(episode.folder)) and key == after.get(episode.folder)
    )
    _note(root, replace(kept, episodes=tuple(unchanged)))
    return episodes


def keep(root: Path) -> None:
    """Keep what this run had to read for the next one. If it cannot be written, or JSON would not return the same
    values, the next run reads the files again."""
    if root not in _unwritten:
        return
    _unwritten.discard(root)
    with suppress(OSError, StorageError, ValueError):
        text = to_json(_loaded[root])
        again = from_json(Kept, text)
        if again == _loaded[root] and to_json(again) == text:
            write_bytes(ShowPaths(root).kept_settings, text.encode())


def _known(root: Path) -> Kept:
    """What this process or an earlier one has read; nothing if settings.json is missing or cannot be read."""
    if root not in _loaded:
        try:
            _loaded[root] = from_json(Kept, read_text(ShowPaths(root).kept_settings))
        except (OSError, ValueError):
            _loaded[root] = Kept()
    return _loaded[root]


def _note(root: Path, kept: Kept) -> None:
    _loaded[root] = kept
    _unwritten.add(root)


def _show_key(root: Path) -> str:
    """The key of the show; "" if one of its files cannot be read."""
    paths = ShowPaths(root)
    try:
        return _digest(_program(), *map(_content, (paths.show_toml, paths.speakers_toml, paths.glossary_toml)))
    except OSError:
        return ""


def _episode_keys(root: Path, folders: Sequence[str], show: Show) -> Mapping[str, str]:
    """The keys of the episodes by folder, in order of `folders`; they end before the first file that cannot be read.

    An episode depends on the settings of the show, on speakers.toml, and, if it was imported, on whether it has a
    release.json.
    """
    paths = ShowPaths(root)
    keys: dict[str, str] = {}
    with suppress(OSError):
        common = _digest(_program(), json.dumps(asdict(show), default=str), _content(paths.speakers_toml))
        for folder in folders:
            episode = paths.episode(folder)
            keys[folder] = _digest(common, folder, _content(episode.episode_toml), episode.release.exists())
    return keys


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _digest(*parts: str | bytes | bool | None) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@cache
def _program() -> str:
    """The sha256 of all that reads TOML files: our modules, pydantic and Python. Raises OSError without sources."""
    package = Path(__file__).parents[1]
    ours = [path.read_bytes() for pattern in SOURCES for path in sorted(package.glob(pattern))]
    pydantic = find_spec("pydantic")
    if not ours or pydantic is None or pydantic.origin is None:
        raise FileNotFoundError("the program's own source")
    return _digest(sys.version, Path(pydantic.origin).with_name("version.py").read_bytes(), *ours)
