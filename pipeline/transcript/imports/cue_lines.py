"""The lines of a subtitle file, as loosely as programs write them → cues with times and the numbers of their lines.

Read as well: no number or no milliseconds, a blank line after the number or the times, no blank lines between cues, and
rolling captions, which show each line two or three times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

_LINE_END = re.compile(r"\r\n|\r|\n")
_TIME = r"(?:\d{1,4}\s?:\s?)?\d{1,2}\s?:\s?\d{1,2}(?:\s?[.,:]\s?\d{1,9})?"
_TIMES = re.compile(rf"\s*\[?(?P<start>{_TIME})\s*(?:-{{1,2}}\s?>|–>|→)\s*(?P<end>{_TIME})\]?(?P<rest>.*)")
_SBV = re.compile(r"\s*(?P<start>\d{1,4}:\d\d:\d\d\.\d{3}),(?P<end>\d{1,4}:\d\d:\d\d\.\d{3})(?P<rest>)\s*")
_SETTING = re.compile(r"[A-Za-z]+\d?:\S+")
_COUNT = re.compile(r"\d{1,9}")
_NO_CUES = ("NOTE", "STYLE", "REGION")
_ROLLING = 0.4  # share of cues that begin with a line of the one before
_FEWEST_ROLLS = 2  # cues
_ROLL_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedLine:
    """A line of a cue, with its number in the file, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCue:
    """A cue as written: what precedes its times, its times in seconds, and its lines, at least one."""

    identifier: str
    start_s: float
    end_s: float
    lines: tuple[NumberedLine, ...]


def read_cues(text: str, form: Literal["vtt", "srt"]) -> tuple[RawCue, ...]:
    """The cues that have text, in the order of the file, every line once.

    Raises TranscriptError, with its line, for text that belongs to no cue.
    """
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    timings = [(index, found) for index, line in enumerate(lines) if (found := times_of(line)) is not None]
    counted = _precedes(lines, timings[0][0]) if timings else ""
    numbers = range(int(counted), int(counted) + len(timings)) if _COUNT.fullmatch(counted) else [None] * len(timings)
    heads = [_head(lines, index, form, number) for (index, _), number in zip(timings, numbers, strict=True)]
    _refuse_stray(lines, 0, heads[0] if heads else len(lines), form, header=True)
    cues = []
    ends = [*heads[1:], len(lines)]
    for (index, found), head, end in zip(timings, heads, ends, strict=bool(timings)):
        first = next((at for at in range(index + 1, end) if lines[at].strip()), end)
        last = _payload_end(lines, first, end, form)
        _refuse_stray(lines, last, end, form, header=False)
        beside = (NumberedLine(number=index + 1, text=said),) if (said := said_beside(found)) else ()
        below = (NumberedLine(number=at + 1, text=lines[at]) for at in range(first, last) if lines[at].strip())
        payload = (*beside, *below)
        broken = next((line for line in payload if "-->" in line.text), None)
        if broken is not None:
            raise _stray(broken.number, broken.text)
        if payload:
            identifier = lines[head].strip() if head < index else ""
            start_s, end_s = _seconds(found["start"]), _seconds(found["end"])
            cues.append(RawCue(identifier=identifier, start_s=start_s, end_s=end_s, lines=payload))
    return _unrolled(cues)


def times_of(line: str) -> re.Match[str] | None:
    """The times of a line that opens a cue (groups start, end, rest); None if it is no such line."""
    return _TIMES.match(line) or _SBV.fullmatch(line)


def said_beside(times: re.Match[str]) -> str:
    """The text after the times in the same line; settings such as `align:start` and `X1:100` are none."""
    rest = times["rest"].strip(" ]")
    return "" if all(_SETTING.fullmatch(word) for word in rest.split()) else rest


def _head(lines: Sequence[str], index: int, form: str, number: int | None) -> int:
    """The first line of the cue whose times are in line `index`: that, or the line of its number or name.

    `number` is what the cue should have if the file counts them: then no blank line is needed in front of a number.
    """
    before = next((at for at in range(index - 1, -1, -1) if lines[at].strip()), -1)
    if before < 0 or times_of(lines[before]) is not None:
        return index
    opens = before == 0 or not lines[before - 1].strip()
    if lines[before].strip().isdecimal():
        follows_times = before > 0 and times_of(lines[before - 1]) is not None
        counts = number is not None and (before == index - 1 or lines[before].strip() == str(number))
        return before if opens or (counts and not follows_times) else index
    named = form == "vtt" and opens and before == index - 1 and not lines[before].startswith((*_NO_CUES, "WEBVTT"))
    return before if named else index


def _precedes(lines: Sequence[str], index: int) -> str:
    return next((line.strip() for line in reversed(lines[:index]) if line.strip()), "")


def _payload_end(lines: Sequence[str], first: int, end: int, form: str) -> int:
    """The line after the last of a cue. In SRT a blank line may be part of the text; in WebVTT it ends the cue."""
    blank = next((at for at in range(first, end) if not lines[at].strip()), end)
    rest = [line for line in lines[blank:end] if line.strip()]
    if form == "srt" and not any("-->" in line or line.strip().isdecimal() for line in rest):
        return end
    return blank


def _refuse_stray(lines: Sequence[str], start: int, end: int, form: str, *, header: bool) -> None:
    """Raise TranscriptError for the first line that is neither a header, a comment nor a style."""
    skipping = header and form == "vtt"
    begun = False
    for index in range(start, end):
        line = lines[index]
        if not line.strip():
            skipping = skipping and not begun
            continue
        begun = True
        opens = index == 0 or not lines[index - 1].strip()
        skipping = skipping or (form == "vtt" and opens and line.startswith(_NO_CUES))
        if not skipping or "-->" in line:
            raise _stray(index + 1, line)


def _stray(number: int, line: str) -> TranscriptError:
    return TranscriptError(
        f"Zeile {number} gehört zu keinem Untertitel: „{line.strip()[:60]}“.",
        advice="Davor fehlt die Zeile mit den Zeiten (00:00:01.000 --> 00:00:02.000), oder sie ist beschädigt. "
        "Die Stelle mit einem Texteditor ansehen und die Datei noch einmal einlesen.",
    )


def _seconds(time: str) -> float:
    """`1:02:03,5`, `02:03` → seconds; frames, as in `00:00:01:12`, are left out."""
    clock, _, fraction = time.replace(" ", "").replace(",", ".").partition(".")
    parts = [int(number) for number in clock.split(":")][:3]
    whole = sum(value * 60**power for power, value in enumerate(reversed(parts)))
    return float(whole) + (float(f"0.{fraction[:9]}") if fraction else 0.0)


def _unrolled(cues: Sequence[RawCue]) -> tuple[RawCue, ...]:
    """The cues without the lines that they repeat from the cue before, if the file's captions roll."""
    pairs = pairwise(cues)
    repeats = [0, *(_repeated(before, cue) for before, cue in pairs)][: len(cues)]
    rolled = sum(count > 0 for count in repeats)
    going_on = sum(0 < count < len(cue.lines) for count, cue in zip(repeats, cues, strict=True))
    if rolled < max(_FEWEST_ROLLS, _ROLLING * len(cues)) or not going_on:
        return tuple(cues)
    kept = (replace(cue, lines=cue.lines[count:]) for cue, count in zip(cues, repeats, strict=True))
    return tuple(cue for cue in kept if cue.lines)


def _repeated(before: RawCue, cue: RawCue) -> int:
    """How many lines at the start of a cue are those at the end of the cue that it follows without a pause."""
    if cue.start_s - before.end_s > _ROLL_PAUSE_S:
        return 0
    old, new = ([plain(line.text) for line in one.lines] for one in (before, cue))
    return next((count for count in range(min(len(old), len(new)), 0, -1) if old[-count:] == new[:count]), 0)


def plain(line: str) -> str:
    """The line as people see it, without tags, to compare it."""
    return " ".join(re.sub(r"<[^<>]*>", "", line).split())
