"""Tells whether a file was written since it was last read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written; None without a file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
