"""A transcript as SRT (SubRip), for podcast apps and video programs that do not read WebVTT.

The form follows Podcasting 2.0 (transcripts.md): two lines of at most 32 characters, `Name:` where the speaker changes.
AntennaPod (SrtTranscriptParser.java) joins the lines of a cue with spaces; if the result contains ": ", it takes what
precedes the first colon for a name, shows what precedes the second, and drops the rest. So a name's colon is the only
one of its cue, and every other colon at a word's end is followed by a no-break space.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.timecode import milliseconds_clock
from pipeline.transcript.cues import SUBRIP, make_cues

if TYPE_CHECKING:
    from pipeline.values.transcript import Cue, Transcript

_COLON_AT_A_WORDS_END = re.compile(r":(?: |$)", re.MULTILINE)
_NO_BREAK = ":\u00a0"


def render_srt(transcript: Transcript, *, duration_s: float) -> str:
    """The cues of `make_cues` as SRT, numbered from 1; a final newline, "" without cues.

    Words stay as written and nothing is escaped; the only change is the no-break space. It also follows a name that
    contains a colon, or that precedes a word with one ("Zuhörer:innen"): AntennaPod then shows the name as text.
    """
    cues = make_cues(transcript, duration_s=duration_s, form=SUBRIP).cues
    speakers = ["", *(cue.speaker for cue in cues)]
    blocks = (
        _block(number, cue, opens=cue.speaker not in ("", before))
        for number, (cue, before) in enumerate(zip(cues, speakers, strict=False), start=1)
    )
    return "\n".join(blocks)


def _block(number: int, cue: Cue, *, opens: bool) -> str:
    start, end = (milliseconds_clock(time_s, separator=",") for time_s in (cue.start_s, cue.end_s))
    text = "\n".join(cue.lines)
    if not opens or text.count(":") > 1:
        text = _COLON_AT_A_WORDS_END.sub(_NO_BREAK, text)
    return f"{number}\n{start} --> {end}\n{text}\n"
