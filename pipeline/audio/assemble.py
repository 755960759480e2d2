"""An episode's recordings → its timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import pcm
from pipeline.audio_model import Source, Timeline
from pipeline.errors import AudioError
from pipeline.files import sha256_of
from pipeline.model import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.model import Listener

SILENT_DBFS = -60.0  # a recording whose loudest sample stays below this holds hiss at best
SHORTEST_S = 1.0  # loudness is undefined below 0.4 s, and nobody publishes less than a second
_FULL_SCALE_DBFS = -0.01


def assemble(folder: Path, sources: Sequence[tuple[str, int | None, float]], *, listener: Listener) -> Timeline:
    """Decode every recording once and lay them out on one clock.

    `sources`: file relative to `folder`, index of its speaker or None for a mixed recording, and the offset in
    seconds. The timeline ends with the last recording. Raises MissingFileError and AudioError: not there, not audio,
    broken off, silent, or too short.
    """
    found = tuple(_source(folder, *source, listener=listener) for source in sources)
    duration_s = max(source.offset_s + source.duration_s for source in found)
    if duration_s < SHORTEST_S:
        raise AudioError(
            f"Die Aufnahme ist zu kurz ({duration_s:.1f} s).".replace(".", ",", 1),
            where=folder / found[0].file,
            advice="Prüfen, ob die richtige Datei in episode.toml steht und `offset` stimmt.",
        )
    return Timeline(sources=found, duration_s=duration_s)


def _source(folder: Path, file: str, speaker: int | None, offset_s: float, *, listener: Listener) -> Source:
    path = folder / file
    recording = pcm.probe(path)
    if recording.peak_dbfs < SILENT_DBFS:
        raise AudioError(
            "Die Aufnahme ist still: es ist nichts zu hören.",
            where=path,
            advice="Die Datei anhören. War das Mikrofon stumm oder der falsche Eingang gewählt, die richtige Aufnahme "
            "in den Ordner der Folge legen.",
        )
    if recording.peak_dbfs > _FULL_SCALE_DBFS:
        listener(
            Notice(
                text=f"{file} reicht bis zur Vollaussteuerung und ist vielleicht übersteuert; Verzerrungen bleiben "
                "hörbar. Nächstes Mal leiser aufnehmen."
            )
        )
    return Source(
        file=file,
        sha256=sha256_of(path),
        duration_s=recording.duration_s,
        sample_rate_hz=recording.sample_rate_hz,
        channels=recording.channels,
        offset_s=offset_s,
        speaker=speaker,
    )
