"""Logs of web servers made from a list of downloads: what a count must find is known before the log is written."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

BERLIN = ZoneInfo("Europe/Berlin")
SECONDS, KBPS, TAG = 1800, 128, 200_000
SIZE = TAG + SECONDS * KBPS * 125
ENOUGH = TAG + 60 * KBPS * 125  # the tag and a minute
FOLDERS = ("001-anfang", "002-mitte", "003-ende")
PROGRAMS = {
    "AppleCoreMedia/1.0.0.22A3354 (iPhone; U; CPU OS 18_0 like Mac OS X; de_de)": "Apple-Geräte (andere Apps)",
    "Podcasts/4020.1 CFNetwork/1568.100.1 Darwin/24.0.0": "Apple Podcasts",
    "Spotify/8.9.98 Android/34 (SM-A546B)": "Spotify",
    "AntennaPod/3.4.1": "AntennaPod",
    "Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36": "Browser",
    "Haussender/1.0 (selbst gebaut)": "andere",
}
ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
    "python-requests/2.32",
    "Podcasts/1 watchOS/11.0 model/Watch6,1",
    "-",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    moment: datetime
    address: str
    agent: str
    folder: str
    sent: int
    status: int = 200
    method: str = "GET"


@dataclass(slots=True)
class MadeLog:
    """Entries, and what counting them must find."""

    entries: list[Entry] = field(default_factory=list)
    downloads: Counter[tuple[str, date]] = field(default_factory=Counter)
    programs: Counter[tuple[str, date]] = field(default_factory=Counter)

    def add(self, moment: datetime, address: str, agent: str, folder: str, *pieces: int, **fields: object) -> None:
        """Requests a minute apart that send `pieces` bytes: one is a whole answer, several are ranges."""
        for at, sent in enumerate(pieces):
            status = 200 if len(pieces) == 1 else 206
            when = moment + timedelta(minutes=at)
            entry = {"moment": when, "address": address, "agent": agent, "folder": folder, "sent": sent}
            self.entries.append(Entry(**(entry | {"status": status} | fields)))  # type: ignore[arg-type]

    def count(self, moment: datetime, agent: str, folder: str) -> None:
        day = moment.astimezone(BERLIN).date()
        self.downloads[folder, day] += 1
        self.programs[PROGRAMS[agent], day] += 1


def made_log(seed: int, *, downloads: int = 150) -> MadeLog:
    """Downloads over ten days around the change to summer time: whole, in ranges, broken off and repeated; and as many
    requests that are none."""
    rng = random.Random(seed)
    log = MadeLog()
    begin = datetime(2026, 3, 24, tzinfo=UTC)
    for number in range(downloads):
        address = _address(rng, number)
        agent, folder = rng.choice(list(PROGRAMS)), rng.choice(FOLDERS)
        moment = begin + timedelta(seconds=rng.randrange(10 * 86_400))
        log.count(moment, agent, folder)
        kind = rng.randrange(4)
        if kind == 0:
            log.add(moment, address, agent, folder, SIZE)
        elif kind == 1:
            log.add(moment, address, agent, folder, 2, ENOUGH // 2, ENOUGH // 2, 1000)
        elif kind == 2:  # breaks off twice, then all of it
            log.add(moment, address, agent, folder, 1000)
            log.add(moment + timedelta(hours=3), address, agent, folder, SIZE)
        else:  # again and again until the window ends
            for hours in (0, 5, 23.99):
                log.add(moment + timedelta(hours=hours), address, agent, folder, SIZE)
            if rng.random() < 0.5:  # and once more after it
                later = moment + timedelta(hours=24)
                log.add(later, address, agent, folder, SIZE)
                log.count(later, agent, folder)
    _add_noise(log, rng, begin, downloads)
    log.entries.sort(key=lambda entry: entry.moment)
    return log


def _add_noise(log: MadeLog, rng: random.Random, begin: datetime, count: int) -> None:
    """Add requests that are no downloads."""
    for number in range(count):
        address = _address(rng, 100_000 + number)
        moment = begin + timedelta(seconds=rng.randrange(10 * 86_400))
        agent, folder = rng.choice(list(PROGRAMS)), rng.choice(FOLDERS)
        kind = rng.randrange(5)
        if kind == 0:
            log.add(moment, address, rng.choice(ROBOTS), folder, SIZE)
        elif kind == 1:
            log.add(moment, address, agent, folder, SIZE, method="HEAD")
        elif kind == 2:
            log.add(moment, address, agent, folder, SIZE, status=rng.choice((301, 304, 404, 416, 500)))
        elif kind == 3:
            log.add(moment, address, agent, folder, 2, 2)
        else:
            log.add(moment, address, agent, folder, ENOUGH // 2, ENOUGH // 2 - 2000)


def _address(rng: random.Random, number: int) -> str:
    if rng.random() < 0.3:
        return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::{rng.randrange(1, 0xFFFF):x}"
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def combined(entry: Entry, zone: timezone = UTC, *, host: str = "") -> str:
    """A line of nginx or Apache; with `host` as vhost_combined."""
    request = f"{entry.method} /podcast/audio/{entry.folder}.mp3?quelle=feed HTTP/1.1"
    return (
        f'{host}{entry.address} - - [{_time(entry.moment, zone)}] "{request}" {entry.status} {entry.sent} "-" '
        f'"{entry.agent}"'
    )


def s3(entry: Entry, zone: timezone = UTC) -> str:
    """A line of S3's access log."""
    key = f"ordner/audio/{entry.folder}.mp3"
    sent = entry.sent or "-"
    return (
        f"79a59df900b949e5 speicher [{_time(entry.moment, zone)}] {entry.address} - 3E57427F3EXAMPLE "
        f'REST.{entry.method}.OBJECT {key} "{entry.method} /{key} HTTP/1.1" {entry.status} - {sent} {SIZE} 70 10 "-" '
        f'"{entry.agent}" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= - - '
        "- speicher.s3.eu-central-1.amazonaws.com TLSv1.3 - -"
    )


def text_of(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _time(moment: datetime, zone: timezone) -> str:
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    local = moment.astimezone(zone)
    return f"{local:%d}/{months[local.month - 1]}/{local:%Y:%H:%M:%S %z}"
