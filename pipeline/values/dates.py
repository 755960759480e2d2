"""Dates and times of day as people write them in German, to moments in the time of Germany."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from datetime import tzinfo

FIRST_HOUR = 6  # of a day for which no time of day is given: episodes appear in the morning
MONTHS = (
    *("januar", "februar", "märz", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "dezember"),
)
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s*(?:(\d{1,2})\.|([A-Za-zä]{3,9})\.?)\s*(\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_TIME_OF_DAY = re.compile(r"(?:um\s*)?(\d{1,2})(?:[:.](\d{2}))?(?::(\d{2}))?\s*(?:uhr|h)?(?:\s*(z|[+-]\d{2}:?\d{2}))?")


def read_time(text: str) -> datetime | None:
    """The moment that `text` names, such as „3.12.2026“, „3. Dezember 2026, 6 Uhr“ or „2026-12-03 06:00“; in the time
    of Germany unless it gives an offset, at 6 o'clock if it gives no time of day. None if it names none."""
    rest = text.strip().lower()
    if found := _DAY_FIRST.match(rest):
        day, month = int(found[1]), int(found[2]) if found[2] else _month(found[3])
        year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
    elif found := _YEAR_FIRST.match(rest):
        year, month, day = map(int, found.groups())
    else:
        return None
    rest = rest[found.end() :].strip(" ,t")
    at = _TIME_OF_DAY.fullmatch(rest) if rest else None
    if rest and at is None:
        return None
    hour, minute, second = (FIRST_HOUR, 0, 0) if at is None else (int(at[1]), int(at[2] or 0), int(at[3] or 0))
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  the offset follows
    except ValueError:
        return None
    offset = at[4] if at else None
    if offset:
        return datetime.fromisoformat(moment.isoformat() + ("+00:00" if offset == "z" else offset))
    return moment.replace(tzinfo=german_zone())


def german_zone() -> tzinfo:
    """The time of Germany, out of dateutil's own copy of the database: Windows brings none."""
    from dateutil.zoneinfo import get_zonefile_instance  # late: few commands need it

    return cast("tzinfo", get_zonefile_instance().get("Europe/Berlin"))


def _month(name: str) -> int:
    """The number of a month by its name or the first letters of it; 0 if there is none."""
    short = name.replace("ae", "ä").removesuffix(".")
    short = {"mrz": "märz", "maerz": "märz"}.get(short, short)
    return next((number for number, month in enumerate(MONTHS, start=1) if month.startswith(short)), 0)
