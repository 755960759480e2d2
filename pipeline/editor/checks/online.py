"""Checks links to other sites politely: only on request, each once, and one at a time per host."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pipeline.editor.checks.finding import HOUSE, CheckFinding, error, warning
from pipeline.values.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.values.progress import Listener

USER_AGENT = "podcast-pipeline-linkcheck/1.0 (checks the links of its own pages)"
TIMEOUT_S = 15.0
_HOSTS_AT_ONCE = 8
_GONE = {404, 410}
_ADVICE = "Die Adresse im Browser ansehen; berichtigen oder streichen."


def check_online(
    links: Mapping[str, str], *, listener: Listener, timeout_s: float = TIMEOUT_S
) -> tuple[CheckFinding, ...]:
    """Request every address in `links` (address → where it is used) except placeholders. A link is dead, an error, if
    the server says that it is gone or its host does not exist; other problems may be temporary and are warnings."""
    wanted = sorted((url for url in links if not _host(url).endswith(".invalid")), key=_host)
    hosts = [list(group) for _, group in groupby(wanted, key=_host)]
    done = 0
    found: list[CheckFinding] = []
    with ThreadPoolExecutor(_HOSTS_AT_ONCE) as pool:
        for results in pool.map(lambda urls: _ask_host(urls, timeout_s), hosts):
            for url, trouble in results:
                done += 1
                listener(Progress(done_s=done, total_s=len(wanted)))
                if trouble is not None:
                    text, dead = trouble
                    make = error if dead else warning
                    found.append(make(links[url], f"{url}: {text}", advice=_ADVICE, source=HOUSE))
    return tuple(found)


def _ask_host(urls: Sequence[str], timeout_s: float) -> list[tuple[str, tuple[str, bool] | None]]:
    return [(url, _trouble(url, timeout_s)) for url in urls]


def _trouble(url: str, timeout_s: float) -> tuple[str, bool] | None:
    """What is wrong with `url` and whether it is dead; None if it answers. HEAD first, then GET: many servers answer
    HEAD wrongly."""
    head = _ask(url, "HEAD", timeout_s)
    return head and _ask(url, "GET", timeout_s)


def _ask(url: str, method: str, timeout_s: float) -> tuple[str, bool] | None:
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*"}
    try:
        request = urllib.request.Request(quote(url, safe="%/:?#[]@!$&'()*+,;=~"), method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=timeout_s):
            return None
    except urllib.error.HTTPError as problem:
        with problem:
            return f"der Server antwortet mit {problem.code} ({problem.reason})", problem.code in _GONE
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as problem:
        reason = getattr(problem, "reason", problem)
        unknown = isinstance(reason, socket.gaierror) and reason.errno == socket.EAI_NONAME
        return "den Server gibt es nicht" if unknown else f"keine Antwort ({reason})", unknown


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
