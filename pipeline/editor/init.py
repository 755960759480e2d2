"""Makes the folder of a new show: settings, cover, Makefile and what a repository needs. Overwrites nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import storage_errors, write_bytes
from pipeline.editor.new_show_files import show_files
from pipeline.errors import UsageError
from pipeline.german.slug import slugify
from pipeline.paths import ShowPaths
from pipeline.show.config import load_show

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.values.new_show import NewShow


def home_of(title: str, around: Path) -> Path:
    """The folder that a show of this title gets if people name none: in `around`, or beside the show that `around` is
    in. Raises UsageError if the title gives no name."""
    slug = slugify(title)
    if not slug:
        raise UsageError(
            f"Aus dem Namen „{title}“ lässt sich kein Ordnername bilden.",
            advice="Mit --folder sagen, wie der Ordner heißen soll.",
        )
    return (around.parent if ShowPaths(around).show_toml.exists() else around) / slug


def refuse_used(home: Path) -> None:
    """Raise UsageError if there is anything at `home` but an empty folder."""
    with storage_errors(home):
        used = (home.exists() or home.is_symlink()) and not (home.is_dir() and not any(home.iterdir()))
    if used:
        raise UsageError(
            "Dort ist schon etwas; ein neuer Podcast bekommt einen neuen oder leeren Ordner.",
            where=home,
            advice="Mit --folder einen anderen Ordner nennen; es wurde nichts verändert.",
        )


def create_show(home: Path, show: NewShow, *, example: bool = False) -> None:
    """Write the show to the folder `home`, which appears whole; `example` puts the example episode into it.

    Raises UsageError if the folder is not empty, and ConfigError if the program would not accept what people answered.
    """
    refuse_used(home)
    stage = home.with_name(f".{home.name}.neu")
    with storage_errors(home):
        shutil.rmtree(stage, ignore_errors=True)  # left by a killed run
        try:
            for name, content in show_files(show, example=example).items():
                write_bytes(stage / name, content)
            load_show(stage)
            if home.exists():
                home.rmdir()  # fails if somebody put something there meanwhile
            system.move_folder(stage, home)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
