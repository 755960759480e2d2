"""Dates and times of day as people write them in German, to moments in the time of Germany."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
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
_TIME_OF_DAY = re.compile(
    r"(?:um\s*)?(\d{1,2})(?:[:.](\d{2}))?(?::(\d{2}))?\s*(?:(?:uhr|h)(?:\s*(\d{2}))?)?(?:\s*(z|[+-]\d{2}:?\d{2}))?"
)
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_WEEKDAY = re.compile(
    r"(?:am\s+|nächste[rn]?\s+|kommende[rn]?\s+)?(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|"
    r"sonntag|mo|di|mi|do|fr|sa|so)\b[.,]*\s*(?:de[nmr]\s+)?"
)
_DAYS_AHEAD = {"heute": 0, "morgen": 1, "übermorgen": 2, "uebermorgen": 2}
_RELATIVE = re.compile(rf"({'|'.join(_DAYS_AHEAD)})\b")
_NO_YEAR = re.compile(r"(\d{1,2})\.\s*(?:(\d{1,2})\.|([a-zä]{3,9})\.?)")
_NOT_A_TIME = "so geht es: 3.12.2026, 6 Uhr; auch 3. Dezember, morgen 6 Uhr, Donnerstag oder 2026-12-03 06:00"


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
    hour, minute, second = (FIRST_HOUR, 0, 0) if at is None else (int(at[1]), int(at[2] or at[4] or 0), int(at[3] or 0))
    try:
        moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  the offset follows
    except ValueError:
        return None
    offset = at[5] if at else None
    if offset:
        return datetime.fromisoformat(moment.isoformat() + ("+00:00" if offset == "z" else offset))
    return moment.replace(tzinfo=german_zone())


def moment_of(text: str, *, now: datetime, before: datetime | None = None) -> datetime:
    """The moment that `text` names, with the offset that Germany has then. Besides what `read_time` reads: a day
    without its year (the next one, today included), „heute“, „morgen“, „übermorgen“, a day of the week (the next one
    after today), and a time of day alone, on the day of `before`.

    Raises a German ValueError if it names none, if the day of the week is another one, or if clocks skip that time. A
    time that clocks show twice is the first of the two.
    """
    from dateutil.tz import datetime_exists  # late: few commands need it

    rest = " ".join(text.lower().split())
    today = now.astimezone(german_zone())
    weekday = None
    if found := _WEEKDAY.match(rest):
        weekday, rest = _weekday_number(found[1]), rest[found.end() :]
    if weekday is not None and not _is_day(rest):
        moment = _at(today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1), rest)
    else:
        moment = _on_day(rest, today, before) if rest else None
    if moment is None:
        raise ValueError(f"„{text}“ ist kein Termin; {_NOT_A_TIME}")
    if weekday not in {None, moment.weekday()}:
        raise ValueError(f"der {moment:%d.%m.%Y} ist ein {WEEKDAYS[moment.weekday()]}; Tag oder Datum ist falsch")
    if not datetime_exists(moment):
        raise ValueError(
            f"am {moment:%d.%m.%Y} gibt es {moment:%H:%M} Uhr nicht: die Uhr springt da eine Stunde vor "
            "(Beginn der Sommerzeit)"
        )
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()))


def is_shown_twice(moment: datetime) -> bool:
    """Whether clocks in Germany show the time of `moment` twice, because summer time ends."""
    from dateutil.tz import datetime_ambiguous  # late: as above

    return bool(datetime_ambiguous(moment.astimezone(german_zone())))


def german_moment(moment: datetime) -> str:
    """`moment` as people in Germany write it, such as „Donnerstag, 3.12.2026, 6 Uhr“ or „…, 6:30 Uhr“."""
    here = moment.astimezone(german_zone())
    minutes = f":{here:%M}" if here.minute else ""
    return f"{WEEKDAYS[here.weekday()]}, {here.day}.{here.month}.{here.year}, {here.hour}{minutes} Uhr"


def _is_day(text: str) -> bool:
    return any(pattern.match(text) for pattern in (_DAY_FIRST, _YEAR_FIRST, _NO_YEAR))


def _on_day(rest: str, today: datetime, before: datetime | None) -> datetime | None:
    """The moment of a day that is written in digits or counted from today, or of a time on the day of `before`."""
    if (moment := read_time(rest)) is not None:
        return moment
    if relative := _RELATIVE.match(rest):
        return _at(today + timedelta(days=_DAYS_AHEAD[relative[1]]), rest[relative.end() :])
    if found := _NO_YEAR.match(rest):
        month = int(found[2]) if found[2] else _month(found[3])
        for year in (today.year, today.year + 1):
            moment = read_time(f"{year}-{month}-{found[1]} {rest[found.end() :].strip(' ,')}")
            if moment is not None and moment.date() >= today.date():
                return moment
        return None
    return _at(before.astimezone(german_zone()), rest) if before is not None else None


def _at(day: datetime, time_of_day: str) -> datetime | None:
    return read_time(f"{day:%Y-%m-%d} {time_of_day.strip(' ,')}")


def _weekday_number(name: str) -> int:
    full = name.replace("sonnabend", "samstag")
    return next(number for number, day in enumerate(WEEKDAYS) if day.lower().startswith(full))


def german_zone() -> tzinfo:
    """The time of Germany, out of dateutil's own copy of the database: Windows brings none."""
    from dateutil.zoneinfo import get_zonefile_instance  # late: few commands need it

    return cast("tzinfo", get_zonefile_instance().get("Europe/Berlin"))


def _month(name: str) -> int:
    """The number of a month by its name or the first letters of it; 0 if there is none."""
    short = name.replace("ae", "ä").removesuffix(".")
    short = {"mrz": "märz", "maerz": "märz"}.get(short, short)
    return next((number for number, month in enumerate(MONTHS, start=1) if month.startswith(short)), 0)
