"""The error for a recording in which nothing is heard, whether its peak or its loudness shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import AudioError

if TYPE_CHECKING:
    from pathlib import Path


def silent_recording(path: Path) -> AudioError:
    return AudioError(
        "Die Aufnahme ist still: es ist nichts zu hören.",
        where=path,
        advice="Die Datei anhören. War das Mikrofon stumm oder der falsche Eingang gewählt, die richtige Aufnahme "
        "in den Ordner der Folge legen.",
    )
