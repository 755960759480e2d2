"""German notices about what is wrong with a recording that can be used nevertheless."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipeline.audio.recordings import track_lines
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.media.pcm import Recording

_REPORTED_PLACES = 3
_SIDES = ("left", "right")


def flaws(file: str, recording: Recording) -> Iterator[str]:
    """One notice for each flaw, with its place."""
    if recording.truncated_s is not None:
        yield (
            f"{file} bricht bei {clock(recording.duration_s)} von {clock(recording.truncated_s)} ab; genommen wird, "
            "was da ist (accept_truncated)."
        )
    if recording.gaps:
        yield _gaps(file, recording.gaps)
    if recording.scale is not None:
        yield _scale(file, recording.scale)
    if recording.clipped_s:
        count = "an 1 Stelle" if len(recording.clipped_s) == 1 else f"an {len(recording.clipped_s)} Stellen"
        places = ", ".join(clock(moment_s) for moment_s in recording.clipped_s[:_REPORTED_PLACES])
        more = " …" if len(recording.clipped_s) > _REPORTED_PLACES else ""
        yield (
            f"{file} ist {count} übersteuert ({places}{more}); Verzerrungen bleiben hörbar. Nächstes Mal leiser "
            "aufnehmen."
        )
    if recording.repaired:
        yield (
            f"{file} enthält {recording.repaired} Werte, die keine Zahlen sind; sie wurden zu Stille. Ist das zu "
            "hören, die Aufnahme noch einmal aus dem Schnittprogramm speichern."
        )
    if recording.empty_channel is not None:
        side = ("links", "rechts")[recording.empty_channel]
        yield f"{file} hat {side} nichts; die andere Seite ist jetzt auf beiden zu hören."
    elif recording.inverted_from_s is not None:
        since = f"ab {clock(recording.inverted_from_s)} " if recording.inverted_from_s else ""
        yield (
            f"In {file} heben sich {since}links und rechts auf: auf einem einzelnen Lautsprecher verschwände die "
            "Stimme. Deshalb ist jetzt die linke Seite auf beiden zu hören; ein Kabel oder Adapter ist wohl verpolt."
        )
    elif recording.voices:
        yield _voices(file, recording)


def _gaps(file: str, gaps: Sequence[tuple[float, float]]) -> str:
    places = ", ".join(f"{_seconds(length_s)} bei {clock(start_s)}" for start_s, length_s in gaps[:_REPORTED_PLACES])
    more = f" und {len(gaps) - _REPORTED_PLACES} weitere" if len(gaps) > _REPORTED_PLACES else ""
    return (
        f"In {file} fehlt Ton ({places}{more}): die Zeitstempel springen, wohl ein Aussetzer der Verbindung. Dort ist "
        "jetzt Stille, damit alles Weitere an seiner Zeit bleibt; gibt es eine lokale Aufnahme, diese nehmen."
    )


def _scale(file: str, scale: float) -> str:
    if scale > 1:
        return (
            f"{file} enthält Gleitkommazahlen im Maßstab ganzer Zahlen (bis ±{scale:.0f} statt ±1); sie sind "
            "umgerechnet."
        )
    peak_dbfs = 20 * math.log10(scale / 10)
    return (
        f"{file} ist sehr leise (höchstens {peak_dbfs:.0f} dBFS). Weil es Gleitkommazahlen sind, geht nichts verloren: "
        "sie ist angehoben. Nächstes Mal lauter aufnehmen."
    )


def _voices(file: str, recording: Recording) -> str:
    if recording.channels == 2:
        found = "spricht links eine andere Stimme als rechts: jede wäre nur auf einem Ohr zu hören"
        choices = [f'channel = "{_SIDES[channel]}"' for channel in recording.voices]
    else:
        numbers = ", ".join(str(channel + 1) for channel in recording.voices)
        found = f"hat jeder dieser {recording.channels} Kanäle eine eigene Stimme: {numbers}; sie werden nur gemischt"
        choices = [f"channel = {channel + 1}" for channel in recording.voices]
    return (
        f"In {file} {found}. Als Spuren, in episode.toml statt der Zeile recording ans Ende schreiben:\n"
        f"{track_lines(file, choices)}"
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s".replace(".", ",")
