"""What counts as silence, and the error for a recording in which nothing is heard, by its peak or its loudness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import AudioError

if TYPE_CHECKING:
    from pathlib import Path

SILENT_DBFS = -60.0  # a recording whose loudest sample stays below this holds hiss at best


def silent_recording(path: Path) -> AudioError:
    return AudioError(
        "Die Aufnahme ist still: es ist nichts zu hören.",
        where=path,
        advice="Die Datei anhören. War das Mikrofon stumm oder der falsche Eingang gewählt, die richtige Aufnahme "
        "in den Ordner der Folge legen.",
    )
