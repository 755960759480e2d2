"""Rights in a target that is a folder: what was published can be read by the web server, whatever the umask here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.build import system

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_READ = 0o444
_ENTER = 0o555
_OTHERS = 0o055  # group and others


def make_open_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for everyone to enter. Folders that exist stay as they are."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        _allow(path, _ENTER)


def open_file(file: Path) -> None:
    """Let everyone read `file`: a umask of 077 would keep the web server out."""
    _allow(file, _READ)


def closed_to_others(home: Path, addresses: Iterable[str]) -> tuple[str, ...]:
    """`home`, and the folders and files in it that lead to `addresses`, that neither group nor others can read even
    after an attempt to change that: earlier runs may have written them. `home` itself stays as it is."""
    if not system.HAS_MODES:
        return ()
    files = [home / address for address in addresses]
    folders = {folder for file in files for folder in file.parents if home in folder.parents}
    for path in (*folders, *files):
        if _is_closed(path):
            _allow(path, _ENTER if path in folders else _READ)
    return tuple(str(path) for path in (home, *sorted(folders), *files) if _is_closed(path))


def _is_closed(path: Path) -> bool:
    with suppress(OSError):
        return not path.stat().st_mode & _OTHERS
    return False  # gone, or in a folder that is reported itself


def _allow(path: Path, rights: int) -> None:
    """Add `rights`, where the file system has them and the file is ours."""
    with suppress(OSError):
        if system.HAS_MODES:
            path.chmod(path.stat().st_mode | rights)
