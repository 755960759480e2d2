"""Finds the files of remembered voices (`voices.py`) without reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.values.show import Speaker


def voice_files(root: Path) -> list[Path]:
    """The files of all remembered voices, by name."""
    return sorted(ShowPaths(root).voices.glob("*.json"))


def voice_file(root: Path, speaker: Speaker) -> Path | None:
    """The file of a speaker's voice, None if it is not remembered. An episode may call somebody by an alias; their
    voice is remembered once."""
    paths = (ShowPaths(root).voice(name) for name in (speaker.name, *speaker.aliases))
    return next((path for path in paths if path.is_file()), None)


def profile_paths(root: Path, speakers: Sequence[Speaker]) -> dict[int, Path]:
    """The files of the speakers' voices, by the index of the speaker; only of those who are remembered by any of their
    names."""
    found = {number: voice_file(root, speaker) for number, speaker in enumerate(speakers)}
    return {number: path for number, path in found.items() if path is not None}
