"""Names of half-written files, and the removal of those that a killed run left: their names say who owns them."""

from __future__ import annotations

import hashlib
import os
import re
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.build import system

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_BYTES = 200  # of a name; with what is added here it stays below the 255 that file systems take
_NAME = re.compile(r"\..+\.(?:(?P<machine>[0-9a-f]{8})-)?(?P<process>\d+)\.neu")
_ABANDONED_AFTER_S = 24 * 3600.0  # nobody writes that long; for files of other machines, whose processes we cannot see


def staged_name(name: str) -> str:
    """The name under which this process writes a file before it is moved to `name`."""
    if len(name.encode("utf-8", errors="surrogateescape")) > _LONGEST_BYTES:
        name = hashlib.sha256(name.encode("utf-8", errors="surrogateescape")).hexdigest()
    return f".{name}.{_machine()}-{os.getpid()}.neu"


def aimed_at(path: Path) -> Path:
    """The file that people know, if `path` is a staged one that was to replace it."""
    match = re.fullmatch(r"\.(.+)\.(?:[0-9a-f]+-)?[0-9a-f]+\.neu", path.name)
    return path.with_name(match[1]) if match else path


def remove_left_over(folders: Iterable[Path], *, now_s: float | None = None) -> None:
    """Remove the staged files in `folders` that no living process owns. What cannot be removed stays."""
    now_s = time.time() if now_s is None else now_s
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                match = _NAME.fullmatch(entry.name)
                if match and entry.is_file(follow_symlinks=False) and _is_abandoned(match, entry, now_s):
                    system.discard(Path(entry.path))


def _is_abandoned(match: re.Match[str], entry: os.DirEntry[str], now_s: float) -> bool:
    if now_s - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED_AFTER_S:
        return True
    return match["machine"] == _machine() and not system.is_alive(int(match["process"]))


@cache
def _machine() -> str:
    """Eight hex digits for this machine: its process numbers mean nothing on another one that shares the folder."""
    import platform

    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]
