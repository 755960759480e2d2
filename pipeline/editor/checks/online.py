"""Checks links to other sites politely: only on request, each once, and one at a time per host."""

from __future__ import annotations

import http.client
import socket
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from pipeline.editor.checks.finding import HOUSE, CheckFinding, error, warning
from pipeline.feed_import.public_hosts import NotPublicError, public_ips
from pipeline.values.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any
    from urllib.request import OpenerDirector

    from pipeline.values.progress import Listener

USER_AGENT = "podcast-pipeline-linkcheck/1.0 (checks the links of its own pages)"
TIMEOUT_S = 15.0
_HOSTS_AT_ONCE = 8
_GONE = {404, 410}
_ADVICE = "Die Adresse im Browser ansehen; berichtigen oder streichen."


def check_online(
    links: Mapping[str, str], *, base_url: str, listener: Listener, timeout_s: float = TIMEOUT_S
) -> tuple[CheckFinding, ...]:
    """Request every address in `links` (address → where it is used) except placeholders. A link is dead, an error, if
    the server says that it is gone or its host does not exist; other problems may be temporary and are warnings.

    Some links come from a foreign feed: this machine and private networks are not asked, except the show's own server.
    """
    wanted = sorted((url for url in links if not _host(url).endswith(".invalid")), key=_host)
    hosts = [list(group) for _, group in groupby(wanted, key=_host)]
    done = 0
    found: list[CheckFinding] = []
    opener = build_opener(_Public(_host(base_url)), _PublicTls(_host(base_url)), _WebOnly)
    with ThreadPoolExecutor(_HOSTS_AT_ONCE) as pool:
        for results in pool.map(lambda urls: _ask_host(opener, urls, timeout_s), hosts):
            for url, trouble in results:
                done += 1
                listener(Progress(done_s=done, total_s=len(wanted)))
                if trouble is not None:
                    text, dead = trouble
                    make = error if dead else warning
                    found.append(make(links[url], f"{url}: {text}", advice=_ADVICE, source=HOUSE))
    return tuple(found)


def _ask_host(
    opener: OpenerDirector, urls: Sequence[str], timeout_s: float
) -> list[tuple[str, tuple[str, bool] | None]]:
    return [(url, _trouble(opener, url, timeout_s)) for url in urls]


def _trouble(opener: OpenerDirector, url: str, timeout_s: float) -> tuple[str, bool] | None:
    """What is wrong with `url` and whether it is dead; None if it answers. HEAD first, then GET: many servers answer
    HEAD wrongly."""
    head = _ask(opener, url, "HEAD", timeout_s)
    return head and _ask(opener, url, "GET", timeout_s)


def _ask(opener: OpenerDirector, url: str, method: str, timeout_s: float) -> tuple[str, bool] | None:
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*"}
    try:
        request = Request(quote(url, safe="%/:?#[]@!$&'()*+,;=~"), method=method, headers=headers)
        with opener.open(request, timeout=timeout_s):
            return None
    except urllib.error.HTTPError as problem:
        with problem:
            return f"der Server antwortet mit {problem.code} ({problem.reason})", problem.code in _GONE
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as problem:
        reason = getattr(problem, "reason", problem)
        if isinstance(reason, NotPublicError):
            return f"nicht gefragt. {reason} Andere erreichen ihn nicht", False
        unknown = isinstance(reason, socket.gaierror) and reason.errno == socket.EAI_NONAME
        return "den Server gibt es nicht" if unknown else f"keine Antwort ({reason})", unknown


class _Connection(http.client.HTTPConnection):
    """Connects to public addresses only."""

    def connect(self) -> None:
        name = self.host
        try:
            self.host = public_ips(name, self.port)[0]  # nobody can answer differently when it is looked up again
            super().connect()
        finally:
            self.host = name


class _TlsConnection(http.client.HTTPSConnection, _Connection):
    """http.client connects as above, and compares the certificate with the name."""


class _Public(HTTPHandler):
    """Asks `own`, which may be anywhere, a proxy of this machine, and else only public servers."""

    def __init__(self, own: str) -> None:
        super().__init__()
        self.own = own

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        if req.has_proxy() or req.host.lower() == self.own:
            return super().http_open(req)
        return self.do_open(_Connection, req)


class _PublicTls(HTTPSHandler):
    """The same with TLS."""

    def __init__(self, own: str) -> None:
        super().__init__()
        self.own = own

    def https_open(self, req: Request) -> http.client.HTTPResponse:
        if req.has_proxy() or req.host.lower() == self.own:
            return super().https_open(req)
        return self.do_open(_TlsConnection, req)


class _WebOnly(HTTPRedirectHandler):
    """Follows redirects to http and https, not to ftp."""

    def redirect_request(self, *asked: Any, **more: Any) -> Request | None:
        following = super().redirect_request(*asked, **more)
        return following if following is None or following.type in {"http", "https"} else None


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
