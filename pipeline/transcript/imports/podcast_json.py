"""Podcasting 2.0 JSON of other programs → passages (podcast-namespace, transcripts/transcripts.md)."""

from __future__ import annotations

import json
import math

from pipeline.errors import TranscriptError
from pipeline.transcript.imports.passages import ImportedPassage


def read_podcast_json(text: str) -> tuple[ImportedPassage, ...]:
    """The segments in the order of the file. Raises TranscriptError with the place of the mistake.

    Times that are missing or not numbers are read as 0: they only help to find paragraphs.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: numbers of thousands of digits, too
        place = f", Zeile {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _unreadable(f"Das JSON ist beschädigt{place}.") from error
    segments = content.get("segments") if isinstance(content, dict) else None
    if not isinstance(segments, list):
        raise _unreadable("In der JSON-Datei fehlt die Liste „segments“.")
    return tuple(_passage(segment, number) for number, segment in enumerate(segments, start=1))


def _passage(segment: object, number: int) -> ImportedPassage:
    if not isinstance(segment, dict) or not isinstance(segment.get("body"), str):
        raise _unreadable(f"In der JSON-Datei hat Segment {number} keinen Text („body“).")
    speaker = segment.get("speaker")
    return ImportedPassage(
        speaker=speaker if isinstance(speaker, str) else "",
        text=segment["body"],
        start_s=_seconds(segment.get("startTime")),
        end_s=_seconds(segment.get("endTime")),
    )


def _seconds(value: object) -> float:
    try:
        seconds = float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0


def _unreadable(problem: str) -> TranscriptError:
    return TranscriptError(
        problem,
        advice="Gebraucht wird Podcasting-2.0-JSON: eine Liste „segments“ mit speaker, startTime, endTime und body.",
    )
