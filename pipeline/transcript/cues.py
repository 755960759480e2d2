"""Turns a transcript into subtitles: one speaker a cue, two short lines, one to seven seconds on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.timecode import clock
from pipeline.transcript.cue_layout import LONGEST_MS, SHORTEST_MS, CueLines, blocks
from pipeline.transcript.printable import printable
from pipeline.values.transcript import Cue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.values.transcript import Transcript

READABLE_CPS = 20.0  # characters a second; faster ones cannot be read along
_APART_MS = 100  # cues of words without a time of their own still follow each other
_PLACES_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CueForm:
    """What a subtitle format asks for. `names`: whether the text says "Name:" where another speaker begins."""

    line_characters: int
    names: bool


WEBVTT = CueForm(line_characters=42, names=False)  # names its speakers beside the text
SUBRIP = CueForm(line_characters=32, names=True)  # Podcasting 2.0, transcripts.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """How many cues break a rule, because a rule above it in rank would have been broken otherwise; `too_fast` ones
    have more than READABLE_CPS characters a second, because they were spoken so fast or their times are wrong."""

    long_lines: int
    too_short: int
    outside_the_audio: int
    too_fast: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CueSheet:
    """The cues in order, and what could not be kept."""

    cues: tuple[Cue, ...]
    misses: Misses


@lru_cache(maxsize=2)  # of one transcript: several formats and the notices have the same cues
def make_cues(transcript: Transcript, *, duration_s: float, form: CueForm = WEBVTT) -> CueSheet:
    """Every word exactly once and in order, in cues of one speaker and at most two lines; times in whole milliseconds.

    Rank of the rules: words kept, one speaker, no overlap (every cue longer than 0), inside 0..duration_s, at most
    7 s, short lines, at least 1 s. A word longer than a line stays whole; a cue leaves the audio only if that is
    shorter than one millisecond a cue. A cue of quick speech stays on the screen longer if the next one leaves
    room.
    """
    drafts = list(_drafts(printable(transcript), form))
    duration_ms = int(duration_s * 1000)
    times = _times([block for _, block in drafts], duration_ms)
    cues = tuple(
        Cue(start_s=start / 1000, end_s=end / 1000, speaker=speaker, lines=block.lines)
        for (speaker, block), (start, end) in zip(drafts, times, strict=True)
    )
    misses = Misses(
        long_lines=sum(any(len(line) > form.line_characters for line in cue.lines) for cue in cues),
        too_short=sum(end - start < SHORTEST_MS for start, end in times),
        outside_the_audio=sum(end > duration_ms for _, end in times),
        too_fast=sum(map(is_too_fast, cues)),
    )
    return CueSheet(cues=cues, misses=misses)


def is_too_fast(cue: Cue) -> bool:
    """Whether the cue is on the screen for less time than its characters need; spaces between words count."""
    return len(" ".join(cue.lines)) > READABLE_CPS * (cue.end_s - cue.start_s) + 1e-6


def cue_notices(sheet: CueSheet) -> tuple[str, ...]:
    """What editors should know about the subtitles, in German; at most two lines."""
    fast = [cue for cue in sheet.cues if is_too_fast(cue)]
    misses = sheet.misses
    counted = (
        (misses.too_short, "kürzer als 1 Sekunde"),
        (misses.long_lines, "mit zu langer Zeile"),
        (misses.outside_the_audio, "hinter dem Ende der Folge"),
    )
    found = []
    if fast:
        places = ", ".join(clock(cue.start_s) for cue in fast[:_PLACES_NAMED])
        rest = " …" if len(fast) > _PLACES_NAMED else ""
        found.append(
            f"Zu schnell zum Mitlesen (über {READABLE_CPS:.0f} Zeichen je Sekunde): {len(fast)} von "
            f"{len(sheet.cues)} Untertiteln, bei {places}{rest}; dort die Zeiten prüfen oder den Text straffen."
        )
    if any(count for count, _ in counted):
        said = ", ".join(f"{count} {what}" for count, what in counted if count)
        found.append(f"Untertitel, die eine Regel brechen (von {len(sheet.cues)}): {said}. Kein Wort fehlt.")
    return tuple(found)


def _drafts(transcript: Transcript, form: CueForm) -> Iterator[tuple[str, CueLines]]:
    """Speaker and lines of every cue."""
    speaking = ""
    for turn in transcript.turns:
        label = f"{turn.speaker}:" if form.names and turn.speaker not in ("", speaking) else ""
        speaking = turn.speaker
        for paragraph in turn.paragraphs:
            words = [word for sentence in paragraph.sentences for word in sentence.words]
            for block in blocks(words, line_characters=form.line_characters, label=label):
                yield turn.speaker, block
            label = ""


def _times(wanted: Sequence[CueLines], duration_ms: int) -> list[tuple[int, int]]:
    """Start and end of every cue in ms: starts strictly rising, ends after starts, nothing overlaps."""
    if not wanted:
        return []
    starts = _starts([block.start_ms for block in wanted], duration_ms)
    limit = max(duration_ms, starts[-1] + 1)
    times: list[tuple[int, int]] = []
    for start, following, block in zip(starts, [*starts[1:], limit], wanted, strict=True):
        last = min(following, start + LONGEST_MS)
        end_ms = max(min(max(block.end_ms, start + _readable_ms(block)), last), start + 1)
        earliest = times[-1][1] if times else 0
        times.append((min(start, max(earliest, end_ms - SHORTEST_MS)), end_ms))
    return times


def _readable_ms(block: CueLines) -> int:
    return max(SHORTEST_MS, int(len(" ".join(block.lines)) * 1000 / READABLE_CPS))


def _starts(wanted: Sequence[int], duration_ms: int) -> list[int]:
    """The wanted starts, pushed apart where several fall together, first forwards, then back inside the audio."""
    apart = max(min(_APART_MS, duration_ms // len(wanted)), 1)
    starts: list[int] = []
    for start in wanted:
        starts.append(max(start, starts[-1] + apart) if starts else max(start, 0))
    latest = max(duration_ms, len(wanted) * apart)
    for index in range(len(starts) - 1, -1, -1):
        latest -= apart
        starts[index] = min(starts[index], latest)
        latest = starts[index]
    return starts
