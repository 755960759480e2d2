"""The show and its episodes as their TOML files say, without reading them anew while nothing has changed.

What `config` made of the files is kept in `episodes/.work/settings.json`, each value under a key: the sha256 of all
that it comes from: the exact bytes of the files, what else the checks look at, and the program that reads them. A
value with another key is not there. Whatever is odd about the file, or where it lies, means the same.
"""

from __future__ import annotations

import hashlib
import json
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
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

SOURCES = ("*.py", "build/files.py", "german/slug.py", "show/*.py", "values/*.py")
"""The modules that make values of TOML files, by their places in the package; a test compares them with the imports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptShow:
    """A show and the key under which it counts."""

    key: str
    value: Show


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEpisode:
    """An episode and the key under which it counts."""

    key: str
    value: Episode


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """settings.json"""

    show: KeptShow | None = None
    episodes: tuple[KeptEpisode, ...] = ()


def load_show(root: Path) -> Show:
    """The show in `root`. Raises what `config.load_show` raises."""
    key = _show_key(root)
    kept = _read(root).show
    if kept is not None and kept.key == key:
        return kept.value
    from pipeline.show import config

    show = config.load_show(root)
    if key and key == _show_key(root):  # nobody has changed a file while it was read
        _write(root, Kept(show=KeptShow(key=key, value=show), episodes=_read(root).episodes))
    return show


def load_episode(root: Path, folder: str, show: Show) -> Episode:
    """The episode in `episodes/<folder>`. Raises what `config.load_episode` raises."""
    keys = _episode_keys(root, (folder,), show)
    kept = _read(root)
    for entry in kept.episodes:
        if entry.value.folder == folder and entry.key == keys.get(folder):
            return entry.value
    from pipeline.show import config

    episode = config.load_episode(root, folder, show)
    if keys and keys == _episode_keys(root, (folder,), show):
        others = tuple(entry for entry in _read(root).episodes if entry.value.folder != folder)
        _write(root, Kept(show=kept.show, episodes=(*others, KeptEpisode(key=keys[folder], value=episode))))
    return episode


def load_episodes(root: Path, show: Show) -> tuple[Episode, ...]:
    """All episodes, in order of their folders. Raises what `config.load_episodes` raises."""
    folders = episode_folders(root)
    keys = _episode_keys(root, folders, show)
    kept = _read(root)
    by_key = {entry.key: entry.value for entry in kept.episodes}
    episodes = tuple(by_key[key] for key in keys.values() if key in by_key)
    if len(episodes) == len(folders) == len({episode.guid for episode in episodes}):
        return episodes
    from pipeline.show import config

    episodes = config.load_episodes(root, show)
    after = _episode_keys(root, folders, show)
    unchanged = tuple(
        KeptEpisode(key=keys[episode.folder], value=episode)
        for episode in episodes
        if episode.folder in keys and keys[episode.folder] == after.get(episode.folder)
    )
    _write(root, Kept(show=_read(root).show, episodes=unchanged))
    return episodes


def _read(root: Path) -> Kept:
    """What is kept; nothing where there is no such file or one that cannot be read."""
    path = ShowPaths(root).kept_settings
    try:
        stat = path.stat()
        return _decoded(path, (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
    except (OSError, ValueError):
        return Kept()


@lru_cache(maxsize=1)
def _decoded(path: Path, _facts: tuple[int, ...]) -> Kept:
    return from_json(Kept, read_text(path))


def _write(root: Path, kept: Kept) -> None:
    """Keep the values for the next run, where the show has a work folder already and its file can be written. What
    JSON would give back otherwise is not kept."""
    paths = ShowPaths(root)
    if not paths.work.is_dir():
        return
    text = to_json(kept)
    with suppress(OSError, ValueError, StorageError):
        again = from_json(Kept, text)
        if again == kept and to_json(again) == text:
            write_bytes(paths.kept_settings, text.encode())


def _show_key(root: Path) -> str:
    """The key of the show; "" when a file of it cannot be read."""
    paths = ShowPaths(root)
    try:
        return _digest(_program(), *map(_content, (paths.show_toml, paths.speakers_toml, paths.glossary_toml)))
    except OSError:
        return ""


def _episode_keys(root: Path, folders: Sequence[str], show: Show) -> Mapping[str, str]:
    """The keys of the episodes by folder, in that order; without those of which a file cannot be read.

    An episode takes over settings of the show, its people from speakers.toml, and is refused when it was imported and
    has no release.json.
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
