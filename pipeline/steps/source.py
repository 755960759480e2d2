"""The state of the code that renders notes, feed, pages, search and transcript files.

These steps are cheap and write the same bytes for the same input, so any change to that code or its templates runs them
again; an output that stays the same keeps its file.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
RENDERING = (
    "addresses.py",
    "editor/manuscripts.py",
    "editor/report",
    "editor/review_file.py",
    "feed",
    "german",
    "notes",
    "show",
    "site",
    "steps",
    "tags/cover.py",
    "timecode.py",
    "transcript",
    "values",
)
"""The code that renders, relative to the package; a test compares it with the modules that the steps import."""


@cache
def rendering_sha256() -> str:
    """The hash of every source file and template in `RENDERING`."""
    digest = hashlib.sha256()
    for file in rendering_files():
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def rendering_files() -> tuple[Path, ...]:
    """The source files and templates in `RENDERING`, in an order that does not depend on the machine."""
    found: list[Path] = []
    for name in RENDERING:
        place = PACKAGE / name
        found += [place] if place.is_file() else [path for path in place.rglob("*") if _counts(path)]
    return tuple(sorted(found))


def _counts(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"
