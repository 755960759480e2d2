"""Numbers and times as Germans write them, without the machine's locale."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
NBSP = "\u00a0"
LONG_S = 600  # from ten minutes on, seconds are left out


def day(moment: datetime) -> str:
    """`15. Januar 2026`, the day in the moment's own time zone."""
    return f"{moment.day}.{NBSP}{MONTHS[moment.month - 1]} {moment.year}"


def duration(seconds: float) -> str:
    """`1 Stunde 5 Minuten`, `45 Minuten`; below ten minutes with seconds: `2 Minuten 14 Sekunden`."""
    whole = round(seconds) if seconds < LONG_S else round(seconds / 60) * 60
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = [
        _count(hours, "Stunde", "Stunden"),
        _count(minutes, "Minute", "Minuten"),
        _count(rest, "Sekunde", "Sekunden"),
    ]
    return " ".join(part for part in parts if part) or f"0{NBSP}Sekunden"


def iso_duration(seconds: float) -> str:
    """The duration for machines (ISO 8601): `PT45M12S`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{rest}S" if rest else "")
    return f"PT{text or '0S'}"


def size(size_bytes: int) -> str:
    """`43,2 MB` (a megabyte is a million bytes, as file managers and data plans count)."""
    if size_bytes < 100_000:
        return f"{max(1, round(size_bytes / 1000))}{NBSP}kB"
    return f"{size_bytes / 1_000_000:.1f}{NBSP}MB".replace(".", ",")


def gain(gain_db: float, digits: int = 1) -> str:
    """`um 4,3 dB angehoben`, `um 4,3 dB abgesenkt`, `unverändert`."""
    shown = f"{abs(gain_db):.{digits}f}".replace(".", ",")
    if float(shown.replace(",", ".")) == 0:
        return "unverändert"
    return f"um {shown} dB {'angehoben' if gain_db > 0 else 'abgesenkt'}"


def _count(number: int, one: str, many: str) -> str:
    if number == 0:
        return ""
    return f"{number}{NBSP}{one if number == 1 else many}"
