"""A line of a web server's log → the request that it tells of.

Read are nginx's and Apache's `combined`, Apache's `common` and `vhost_combined`, and the access logs of S3:
https://nginx.org/en/docs/http/ngx_http_log_module.html, https://httpd.apache.org/docs/2.4/logs.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import unquote

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_TIME = r"\[([^\]]{20,30})\]"
# host:port (vhost_combined only), address, identity, user; identity and user are never needed.
_SERVER = re.compile(rf"(?:\S+ )?(\S+) \S+ \S+ {_TIME} {_QUOTED} (\d{{3}}) (\d+|-)(?: {_QUOTED} {_QUOTED}|$)")
# owner, bucket, time, address, requester, id, operation, key, request, status, error, bytes, size, two times, agent
_S3 = re.compile(
    rf"\S+ \S+ {_TIME} (\S+) \S+ \S+ (\S+) \S+ {_QUOTED} (\d{{3}}|-) \S+ (\d+|-) \S+ \S+ \S+ {_QUOTED} {_QUOTED}"
)
_MONTHS = {
    "Jan": 1,
    "Feb": 2,
    "Mar": 3,
    "Apr": 4,
    "May": 5,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Oct": 10,
    "Nov": 11,
    "Dec": 12,
}
_CLOCK = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\Z")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that a server answered. `moment_s` is seconds since 1970 (UTC); `path` is decoded, without a query;
    `agent` is what the program calls itself, None if the log does not say."""

    moment_s: float
    address: str
    method: str
    path: str
    status: int
    sent_bytes: int
    agent: str | None


def parse_line(line: str) -> Request | None:
    """The request that the line tells of; None if the line is torn or no line of such a log."""
    if (found := _SERVER.match(line)) is not None:
        address, time, request, status, sent, _, agent = found.groups()
    elif (found := _S3.match(line)) is not None:
        time, address, _, request, status, sent, _, agent = found.groups()
    else:
        return None
    moment_s = _moment_s(time)
    if moment_s is None:
        return None
    method, _, rest = request.partition(" ")
    target = rest.rpartition(" ")[0] or rest
    return Request(
        moment_s=moment_s,
        address=address,
        method=method,
        path=_path(target),
        status=int(status) if status != "-" else 0,
        sent_bytes=0 if sent == "-" else int(sent),
        agent=agent,
    )


@lru_cache(maxsize=4096)
def _path(target: str) -> str:
    if target.startswith(("http://", "https://")):  # as a proxy asks
        target = "/" + target.partition("://")[2].partition("/")[2]
    return unquote(target.partition("?")[0].partition("#")[0])


def _moment_s(text: str) -> float | None:
    """`06/Feb/2026:00:00:38 +0100` in seconds since 1970; None if it is no time."""
    found = _CLOCK.match(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, off_hours, off_minutes = found.groups()
    begins_s = _day_s(year, month, day, f"{sign}{off_hours}{off_minutes}")
    return None if begins_s is None else begins_s + int(hour) * 3600 + int(minute) * 60 + int(second)


@lru_cache(maxsize=64)
def _day_s(year: str, month: str, day: str, offset: str) -> float | None:
    try:
        away = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
        zone = timezone(-away if offset[0] == "-" else away)
        begins = datetime(int(year), _MONTHS[month], int(day), tzinfo=zone)
    except (KeyError, ValueError):
        return None
    return begins.astimezone(UTC).timestamp()
