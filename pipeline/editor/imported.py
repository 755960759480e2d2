"""Remembers what an imported transcript took the place of, and takes the import back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import dated_copy, write_bytes
from pipeline.build.swap import content_of
from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import decode
from pipeline.transcript.ownership import same_text

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.swap import Swap
    from pipeline.paths import EpisodePaths

_IMPORTED = "eingelesen.txt"
_BEFORE = "vor-dem-einlesen.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The result of taking an import back. `restored` says that an earlier transcript is there again; `copy` is the
    copy of what people had changed since the import."""

    path: Path
    restored: bool
    copy: Path | None = None


def is_untouched(paths: EpisodePaths) -> bool:
    """Return whether the transcript is the last import, as it was read."""
    imported = paths.work / _IMPORTED
    if not imported.is_file() or not paths.transcript.is_file():
        return False
    with suppress(TranscriptError):
        return same_text(decode(paths.transcript.read_bytes()), decode(imported.read_bytes()))
    return False


def remember(paths: EpisodePaths, text: str) -> None:
    """Keep the transcript that `text` is about to replace, unless that is an untouched import itself."""
    before = paths.work / _BEFORE
    if not is_untouched(paths):
        if paths.transcript.exists():
            write_bytes(before, paths.transcript.read_bytes())
        else:
            system.remove(before, missing_ok=True)
    write_bytes(paths.work / _IMPORTED, text.encode())


def take_back(swap: Swap, paths: EpisodePaths, *, moment: datetime) -> TakenBack:
    """Put the transcript back that was there before the last import, or none if there was none.

    What people changed since then is kept as a dated copy. Raises TranscriptError if nothing was imported.
    """
    imported, before = paths.work / _IMPORTED, paths.work / _BEFORE
    if not imported.is_file():
        raise TranscriptError(
            "In diese Folge wurde nichts eingelesen, was sich zurücknehmen ließe.",
            where=paths.transcript,
            advice=f"Frühere Fassungen des Transkripts liegen mit Datum in {paths.kept_aside}.",
        )
    existing = content_of(paths.transcript)
    edited = existing is not None and not is_untouched(paths)
    copy = dated_copy(paths.transcript, paths.kept_aside, moment=moment) if edited else None
    restored = before.is_file()
    if restored:
        swap.write(paths.transcript, before.read_bytes(), before=existing)
    else:
        system.remove(paths.transcript, missing_ok=True)
    system.remove(imported)
    system.remove(before, missing_ok=True)
    return TakenBack(path=paths.transcript, restored=restored, copy=copy)
