"""Downloads by name and day ↔ a CSV file that German spreadsheets open: semicolons, a byte order mark."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from pipeline.errors import DamagedFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_DAY, _COUNT = "Tag", "Downloads"


def render_table(counts: Mapping[tuple[str, date], int], *, name: str) -> str:
    """One line for each name and day, by day; `name` is the first column's."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow((name, _DAY, _COUNT))
    for (what, day), count in sorted(counts.items(), key=lambda entry: (entry[0][1], entry[0][0])):
        writer.writerow((what, day.isoformat(), count))
    return text.getvalue()


def parse_table(text: str, *, path: Path) -> Counter[tuple[str, date]]:
    """The counts in such a file, also as spreadsheets save it. Raises DamagedFileError with the line that is wrong."""
    counts: Counter[tuple[str, date]] = Counter()
    lines = text.removeprefix("\ufeff").splitlines()
    delimiter = ";" if lines and ";" in lines[0] else ","
    for number, row in enumerate(csv.reader(lines[1:], delimiter=delimiter), start=2):
        if not row:
            continue
        try:
            what, day, count = row
            counts[what, _date(day)] += int(count)
        except ValueError as error:
            raise DamagedFileError(
                f"Zeile {number} ist keine Zahl zu einem Tag: {';'.join(row)}",
                where=path,
                advice="Die Datei mit der Versionsverwaltung zurückholen, oder löschen und aus den Logs neu zählen.",
            ) from error
    return counts


def _date(text: str) -> date:
    """`2026-11-27`, or `27.11.2026` as a spreadsheet writes it."""
    if "." in text:
        day, month, year = text.split(".")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(text)


def merged(
    before: Mapping[tuple[str, date], int], now: Mapping[tuple[str, date], int], *, sure_from: date
) -> Counter[tuple[str, date]]:
    """Both counts. Of a day that both have, the larger number counts, because a log may begin or end within a day.

    Before `sure_from`, the new count may take the end of an earlier window for a new one; so a day that was counted to
    its end before stays as it was.
    """
    first, last = min((day for _, day in before), default=date.max), max((day for _, day in before), default=date.min)
    settled = {day for _, day in now if first <= day < min(sure_from, last)}
    return Counter(
        {
            key: before.get(key, 0) if key[1] in settled else max(before.get(key, 0), now.get(key, 0))
            for key in before.keys() | now.keys()
            if key in before or key[1] not in settled
        }
    )
