"""Reads the settings of a show as they would be with other contents of some TOML files."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def trial_show(root: Path, edited: Mapping[Path, bytes]) -> Iterator[Path]:
    """A temporary folder with the TOML files of the show in `root`, and those in `edited` with that content. It has
    what `show/config.py` reads, and no more."""
    episodes = ShowPaths(root).episodes
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder)
        for source in (*edited, *episodes.glob("*.toml"), *episodes.glob("*/episode.toml")):
            target = trial / source.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source in edited:
                target.write_bytes(edited[source])
            else:
                shutil.copyfile(source, target)
        for release in episodes.glob("*/release.json"):  # imported episodes must have one
            target = trial / release.relative_to(root)
            if target.parent.is_dir():
                target.touch()
        yield trial
