"""Requests in the order of time → downloads by episode, day and family of apps.

By the IAB's Podcast Measurement Technical Guidelines 2.1: GET with 200 or 206, no bots, a minute of audio at
least, one download of an episode per address, program and 24 hours; IPv6 addresses count by their first 64 bits.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from pipeline.stats.agents import family_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, tzinfo

    from pipeline.stats.lines import Request

WINDOW_S = 24 * 3600.0
PROBE_BYTES = 2  # players ask for two bytes to learn whether the server knows Range
_LATE_S = 6 * 3600.0  # servers log at the end of a download, S3 some hours later: older windows are forgotten
_TIDY_EVERY = 10_000  # requests
_QUARTER_S = 900  # no zone is away from UTC by less
_ENOUGH = 1 - 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFile:
    """A file that counts: its episode, the end of its address, and how many bytes make a download, None if only a whole
    answer (200) does."""

    folder: str
    path: str
    enough_bytes: int | None


@dataclass(slots=True)
class _Window:
    """What one client got of an episode: how much of a download since when, 1 or more for all of it."""

    start_s: float
    share: float = 0.0


@dataclass(slots=True, kw_only=True)
class Counts:
    """The result. Days are those of `zone`. `refused` is how many requests for audio did not count, by reason;
    `most_windows` is how many clients were in memory at once."""

    downloads: Counter[tuple[str, date]] = field(default_factory=Counter)
    programs: Counter[tuple[str, date]] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    most_windows: int = 0
    first_s: float | None = None
    last_s: float | None = None


def enough_bytes(*, size_bytes: int, duration_s: float, bitrate_kbps: int | None) -> int | None:
    """How many bytes of a file are a download: what comes before the audio, and a minute of it; all of a shorter file.

    With a constant bit rate the length of the audio tells where it begins; else the whole file counts as audio.
    """
    if size_bytes <= 0:
        return None
    if duration_s <= 60:
        return size_bytes
    if bitrate_kbps is not None and duration_s * bitrate_kbps * 125 <= size_bytes:
        before = size_bytes - duration_s * bitrate_kbps * 125
        return min(size_bytes, round(before + 60 * bitrate_kbps * 125))
    return round(size_bytes * 60 / duration_s)


def count_downloads(
    requests: Iterable[Request], *, find: Callable[[str], AudioFile | None], zone: tzinfo, secret: bytes | None = None
) -> Counts:
    """Count. `find` knows the file of a path. A window begins with a client's first request for an episode, and its
    download counts for that day. Addresses are hashed with a `secret` of this run (random) and forgotten after a day.
    """
    key = secrets.token_bytes(32) if secret is None else secret
    counts = Counts()
    windows: dict[bytes, _Window] = {}

    @lru_cache(maxsize=1024)
    def day_of(quarter: int) -> date:
        return datetime.fromtimestamp(quarter * _QUARTER_S, UTC).astimezone(zone).date()

    for request in requests:
        file = find(request.path)
        if file is None:
            continue
        counts.requests += 1
        counts.first_s = min(request.moment_s, counts.first_s or request.moment_s)
        counts.last_s = max(request.moment_s, counts.last_s or request.moment_s)
        if counts.requests % _TIDY_EVERY == 0:
            counts.most_windows = max(counts.most_windows, len(windows))
            windows = _still_open(windows, counts.last_s)
        family = family_of(request.agent)
        reason = _refused(request, family)
        if reason or family is None:
            counts.refused[reason] += 1
            continue
        client = blake2b(
            f"{_network(request.address)}\0{request.agent}\0{file.folder}".encode(), key=key, digest_size=16
        ).digest()
        window = windows.get(client)
        if window is None or request.moment_s >= window.start_s + WINDOW_S:
            window = windows[client] = _Window(request.moment_s)
        if window.share >= _ENOUGH:
            continue
        window.share += _share(request, file)
        if window.share >= _ENOUGH:
            day = day_of(int(window.start_s // _QUARTER_S))
            counts.downloads[file.folder, day] += 1
            counts.programs[family, day] += 1
    return counts


def _refused(request: Request, family: str | None) -> str:
    """Why the request does not count, in German; "" if it does."""
    if request.method != "GET":
        return "kein GET"
    if request.status not in {200, 206}:
        return "nicht ausgeliefert"
    if request.sent_bytes <= PROBE_BYTES:
        return "nur angetippt"
    return "" if family is not None else "Programme ohne Menschen"


def _share(request: Request, file: AudioFile) -> float:
    if file.enough_bytes is None:
        return float(request.status == 200)
    return request.sent_bytes / file.enough_bytes


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    """The address by which a client is told apart; of IPv6 the first 64 bits, because the rest changes daily."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a host name
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{int(parsed) >> 64:x}"
    return str(parsed)


def _still_open(windows: dict[bytes, _Window], now_s: float) -> dict[bytes, _Window]:
    return {client: window for client, window in windows.items() if window.start_s + WINDOW_S + _LATE_S > now_s}
