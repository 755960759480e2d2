"""A transcript as Podcasting 2.0 JSON (github.com/Podcastindex-org/podcast-namespace, transcripts/transcripts.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.transcript.printable import printable

if TYPE_CHECKING:
    from pipeline.values.transcript import Sentence, Transcript

VERSION = "1.0.0"
DEMO_NOTE = "Demo: erkannt mit dem Demo-Modell, nicht mit einem Modell für menschliche Sprache."


def render_podcast_json(transcript: Transcript, *, duration_s: float) -> str:
    """One segment a sentence, in order and without overlap; times in seconds to the millisecond; a final newline.

    Every word is in a `body` exactly once. Text before the first label has no `speaker`. A demo transcript has a
    `note`, which is not part of the format and which apps ignore.
    """
    head: dict[str, str] = {"version": VERSION}
    if transcript.demo:
        head["note"] = DEMO_NOTE
    segments = [
        _segment(turn.speaker, sentence)
        for turn in printable(transcript).turns
        for paragraph in turn.paragraphs
        for sentence in paragraph.sentences
    ]
    return json.dumps({**head, "segments": segments}, ensure_ascii=False, indent=1) + "\n"


def _segment(speaker: str, sentence: Sentence) -> dict[str, str | float]:
    name = {"speaker": speaker} if speaker else {}
    times = {"startTime": round(sentence.start_s, 3), "endTime": round(sentence.end_s, 3)}
    return {**name, **times, "body": sentence.text}
