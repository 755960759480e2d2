"""Time marks in foreign texts (`#00:00:05-0#`, `[00:04]`, `00:01.2 --> 00:03.0`) → seconds; they are never words."""

from __future__ import annotations

import re

CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,:;]\d{1,3})?"
"""A time as programs write it: minutes and seconds, with or without hours and a fraction or frames."""

ARROW = r"\s*(?:-{1,2}\s?>|–>|→)\s*"
_TO = rf"(?:{ARROW}|\s*[-–—]\s*)"
_SPAN = rf"{CLOCK}(?:{_TO}{CLOCK})?"
_LONG = r"\d{1,2}:\d{2}:\d{2}(?:[.,:;]\d{1,3})?"
_SPOKEN = r"(?:\d{1,3} (?:Stunden?|hours?),? )?\d{1,3} (?:Minuten?|minutes?)(?:,? \d{1,2} (?:Sekunden?|seconds?))?"
_MARK = re.compile(
    rf"#\s*{CLOCK}(?:-\d{{1,3}})?\s*#"  # f4, f5, MAXQDA
    rf"|\[\s*{_SPAN}(?:-\d{{1,3}})?\s*\]|\{{\s*{_SPAN}\s*\}}|<\s*{_SPAN}\s*>"
    rf"|\(\s*{_LONG}(?:{_TO}{_LONG})?\s*\)|{CLOCK}{ARROW}{CLOCK}"
)
_ROUND = rf"\(\s*{_SPAN}\s*\)"  # in the middle of a sentence these are words
_EDGE = re.compile(rf"^{_ROUND}(?=\s|$)|{_ROUND}(?=\s*:)")
_LEADING = re.compile(rf"(?P<time>{CLOCK})(?:{_TO}{CLOCK})?(?:\s*[-–|]\s+|\s+|$)(?P<rest>.*)", re.DOTALL)
_ENDING = re.compile(
    rf"(?P<rest>.*\S)[\s|,–—-]+\(?(?P<time>{CLOCK})\)?(?:\s?(?:AM|PM|Uhr))?\s*:?", re.IGNORECASE | re.DOTALL
)
_SPOKEN_ENDING = re.compile(rf"(?:(?P<rest>.*\S)\s+)?(?P<time>{_SPOKEN})(?:\s?{CLOCK})?", re.IGNORECASE)
_HOLE = "\0"  # where a mark was
_HOLES_AT_EDGES = re.compile(rf"^(?:\s*{_HOLE})+\s*|(?:\s*{_HOLE})+\s*(?=[,.;:!?]|$)")
_HOLES = re.compile(rf"(?:\s*{_HOLE})+\s*")
_NUMBER = re.compile(r"\d+")


def seconds_of(mark: str) -> float:
    """The first time in a mark, in seconds; the last number of four, or after a full stop or comma, is a fraction."""
    found = re.search(CLOCK, mark)
    if found is None:
        return _spoken_seconds(mark)
    clock, *fraction = re.split(r"[.,;]", found[0])
    parts = [int(number) for number in clock.split(":")][:3]
    whole = sum(value * 60.0**power for power, value in enumerate(reversed(parts)))
    return float(whole) + (float(f"0.{fraction[0]}") if fraction else 0.0)


def without_marks(line: str) -> tuple[str, float | None]:
    """The line without its time marks, and the first of their times; None if there is none.

    Only what is bracketed or has an arrow is taken for a mark: `12:30` stays a word.
    """
    found = _MARK.search(line)
    marked = _MARK.sub(_HOLE, line.replace(_HOLE, ""))
    edge = _EDGE.search(marked.strip())
    if edge is not None:
        marked = _EDGE.sub(_HOLE, marked.strip())
    first = edge if found is None or (edge is not None and edge.start() == 0) else found
    if first is None:
        return line, None
    return _HOLES.sub(" ", _HOLES_AT_EDGES.sub("", marked)), seconds_of(first[0])


def leading_time(line: str) -> tuple[float, str] | None:
    """The time without brackets that a line begins with, and the rest of it; None if it does not."""
    found = _LEADING.fullmatch(line.strip())
    return (seconds_of(found["time"]), found["rest"].strip()) if found else None


def is_only_a_time(line: str) -> bool:
    """Return whether the line is a time in words and figures, as Teams shows it (`1 Minute 3 Sekunden1:03`)."""
    return re.fullmatch(rf"{_SPOKEN}\s?{CLOCK}", line.strip(), re.IGNORECASE) is not None


def ending_time(line: str) -> tuple[str, float] | None:
    """The rest of a line that ends with a time (`Klara Klang  0:03`, `… 1 Minute 3 Sekunden`), and the time."""
    found = _SPOKEN_ENDING.fullmatch(line.strip()) or _ENDING.fullmatch(line.strip())
    return ((found["rest"] or "").strip(" |,–—-"), seconds_of(found["time"])) if found else None


def _spoken_seconds(mark: str) -> float:
    numbers = [int(number) for number in _NUMBER.findall(mark)]
    units = [3600] * bool(re.search("stunde|hour", mark, re.IGNORECASE)) + [60, 1]
    return float(sum(number * unit for number, unit in zip(numbers, units, strict=False)))
