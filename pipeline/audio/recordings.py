"""Says which recordings lie in an episode's folder when the one that episode.toml names does not."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from pipeline.build.files import named_file
from pipeline.errors import MissingFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

_SUFFIXES = frozenset(
    f".{name}"
    for names in (
        ("wav", "w64", "rf64", "bwf", "aif", "aiff", "caf", "au", "flac", "wv", "ape", "tta"),
        ("mp3", "mp2", "aac", "ac3", "m4a", "m4b", "ogg", "oga", "opus", "amr", "wma"),
        ("mp4", "m4v", "mov", "mkv", "mka", "webm", "avi", "flv", "mpg", "ts", "3gp"),
    )
    for name in names
)
_MOST = 6


def missing_recording(folder: Path, files: Iterable[str]) -> MissingFileError | None:
    """The error for the first of an episode's recordings that is not there, with what lies in the folder instead; None
    if all are there, or nothing else is."""
    named = tuple(files)
    lost = next((file for file in named if not named_file(folder, file).is_file()), None)
    if lost is None:
        return None
    others = _others(folder, {_nfc(file) for file in named})
    if not others:
        return None
    tracks = len(set(named)) > 1
    key = "file" if tracks else "recording"
    if len(others) == 1:
        command = "" if tracks else f"{command_that_takes(folder.name, others[0])}, oder "
        return MissingFileError(
            f"Die Aufnahme {lost} fehlt; im Ordner liegt {others[0]}.",
            where=folder / lost,
            advice=f'Ist sie das: {command}in episode.toml statt {key} = "{lost}" schreiben: {key} = "{others[0]}"',
        )
    listed = ", ".join(others[:_MOST]) + (" …" if len(others) > _MOST else "")
    lines = "\n".join(track_lines(file, ()) for file in others[:_MOST])
    each = "" if tracks else f"\nIst es eine je Person, statt der Zeile recording ans Ende schreiben:\n{lines}"
    return MissingFileError(
        f"Die Aufnahme {lost} fehlt; im Ordner liegen mehrere: {listed}. Welche ist es?",
        where=folder / lost,
        advice=f'In episode.toml statt {key} = "{lost}" die richtige nennen, wie {key} = "{others[0]}".{each}',
    )


def only_other(folder: Path, file: str) -> str | None:
    """The one recording in the folder besides the missing one; None if there is none, or several."""
    others = _others(folder, {_nfc(file)})
    return others[0] if len(others) == 1 else None


def command_that_takes(episode: str, file: str) -> str:
    """The command after which an episode has this recording."""
    return f'make set EPISODE={episode} RECORDING="{file}"'


def track_lines(file: str, choices: Sequence[str]) -> str:
    """The lines of episode.toml for one track for each of the choices, such as `channel = "left"`, or for the file."""
    blocks = [[f"  {choice}"] for choice in choices] or [[]]
    return "\n".join(
        "\n".join(["  [[tracks]]", f'  file = "{file}"', *block, '  speaker = "wer hier spricht"']) for block in blocks
    )


def _others(folder: Path, named: Collection[str]) -> list[str]:
    if not folder.is_dir():
        return []
    found = (_nfc(entry.name) for entry in folder.iterdir() if entry.suffix.lower() in _SUFFIXES and entry.is_file())
    return sorted(name for name in found if not name.startswith(".") and name not in named)


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)
