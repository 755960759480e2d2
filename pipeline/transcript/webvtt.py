"""A transcript as WebVTT (w3.org/TR/webvtt1), for browsers and podcast apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timecode import milliseconds_clock
from pipeline.transcript.cues import make_cues
from pipeline.transcript.podcast_json import DEMO_NOTE

if TYPE_CHECKING:
    from pipeline.values.transcript import Cue, Transcript


def render_webvtt(transcript: Transcript, *, duration_s: float, title: str = "") -> str:
    """The cues of `make_cues` as a WebVTT file; a final newline.

    Every cue names its speaker (`<v Name>`), except for text before the first label. Words stay as written, with `&`,
    `<` and `>` escaped. `title` becomes a NOTE; a demo transcript has another one, which says so.
    """
    notes = [title] if title.strip() else []
    if transcript.demo:
        notes.append(DEMO_NOTE)
    blocks = ["WEBVTT", *(f"NOTE {_note(note)}" for note in notes)]
    blocks += [_block(cue) for cue in make_cues(transcript, duration_s=duration_s).cues]
    return "\n\n".join(blocks) + "\n"


def webvtt_notices(transcript: Transcript) -> tuple[str, ...]:
    """German notices about names that some podcast apps show wrongly; each name once, in order of appearance.

    A name with `&` is escaped, as the standard requires; AntennaPod still shows it wrongly.
    """
    names = dict.fromkeys(turn.speaker for turn in transcript.turns)
    return tuple(
        f"Der Name „{name}“ enthält „{mark}“: einige Podcast-Apps zeigen ihn im Transkript falsch; besser ohne."
        for name in names
        for mark in "&<>"
        if mark in name
    )


def _block(cue: Cue) -> str:
    times = f"{milliseconds_clock(cue.start_s)} --> {milliseconds_clock(cue.end_s)}"
    voice = f"<v {_escaped(' '.join(cue.speaker.split()))}>" if cue.speaker else ""
    return f"{times}\n{voice}" + "\n".join(_escaped(line) for line in cue.lines)


def _note(text: str) -> str:
    """The text on one line and without an arrow, which a comment must not contain."""
    return " ".join(text.split()).replace("-->", "→")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
