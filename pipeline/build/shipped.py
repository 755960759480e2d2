"""Finds what the project ships beside its code: the Makefile, the locks, the example episode.

They stand in a checkout at its top. The wheel brings them as data files (pyproject.toml), which every kind of install
puts elsewhere: a virtual environment into its `share/`, `pip install --user` into the user's. The record of the
installed distribution says where.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

from pipeline.errors import MissingFileError

DISTRIBUTION = "digitales-mv-podcast"
FOLDER = "share/digitales-mv"
_CHECKOUT = Path(__file__).parents[2]


def in_checkout() -> bool:
    """Whether the program runs from a checkout, where tools/setup.py cares for its environment."""
    return (_CHECKOUT / "tools/setup.py").is_file()


def shipped(name: str) -> Path:
    """The file `name`, relative to the top of a checkout, as in `episodes/show.toml`. Raises MissingFileError if it was
    installed without its data files."""
    if in_checkout():
        return _CHECKOUT / name
    for path in importlib.metadata.files(DISTRIBUTION) or ():
        if path.as_posix().endswith(f"/{FOLDER}/{name}"):
            return Path(str(path.locate())).resolve()
    raise MissingFileError(
        f"Dem installierten Programm fehlt die Datei {name}.",
        where=FOLDER,
        advice="Das Programm noch einmal installieren, aus dem Wheel oder aus dem Quelltext.",
    )
