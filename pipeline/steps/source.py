"""The state of the code that renders notes, feed, pages, search and transcript files.

These steps are cheap and give the same bytes for the same input, so any change of that code or its templates runs them
again; an output that comes out the same keeps its file.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent
RENDERING = (
    "addresses.py",
    "editor/audio_report.py",
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
"""What renders, relative to the package; a test compares it with what the steps import."""


@cache
def rendering_sha256() -> str:
    """The hash of every source file and template in `RENDERING`."""
    digest = hashlib.sha256()
    for file in rendering_files():
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def rendering_files() -> tuple[Path, ...]:
    """Those files, in an order that does not depend on the machine."""
    found: list[Path] = []
    for name in RENDERING:
        place = PACKAGE / name
        found += [place] if place.is_file() else [path for path in place.rglob("*") if _counts(path)]
    return tuple(sorted(found))


def _counts(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"
