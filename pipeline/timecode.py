"""Times as people and formats write them, to and from seconds."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)\Z")

FIRST_YEAR, LAST_YEAR = 1900, 2999  # of dates that people may write: all can be told in any time zone


def parse_timecode(text: str) -> float:
    """`"1:02:03.5"`, `"02:03"` → seconds.

    Raises ValueError if the text is not a time, or if seconds, or minutes after hours, reach 60.
    """
    match = _CLOCK.match(text.strip())
    if match is None:
        raise ValueError(text)
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), float(match[3].replace(",", "."))
    if seconds >= 60 or (match[1] is not None and minutes >= 60):
        raise ValueError(text)
    return hours * 3600 + minutes * 60 + seconds


def clock(seconds: float) -> str:
    """Whole seconds as people read them, rounded down: `12:34`, from one hour on `1:02:03`."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def full_clock(seconds: float) -> str:
    """Seconds as `HH:MM:SS`, rounded down."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def milliseconds_clock(seconds: float, *, separator: str = ".") -> str:
    """Seconds as `HH:MM:SS.mmm`, rounded to the millisecond (WebVTT; SRT separates with a comma)."""
    total_ms = round(seconds * 1000)
    return f"{full_clock(total_ms // 1000)}{separator}{total_ms % 1000:03}"
