"""What every server for this machine alone needs: a port, rules for what it answers, and the headers of its answers.

A browser runs pages of all sites, and each of them may send requests to 127.0.0.1. The server says in its answers that
no other site may use them (`HEADERS`), and does not answer what another site asked for (`refusal`).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "127.0.0.1"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",  # also for browsers without Sec-Fetch-Site
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every answer: other sites may neither load, embed nor hold on to what is served."""

_QUEUE = 128  # connections that wait
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not answered: the HTTP status and a German sentence."""

    status: int
    text: str


def listening(port: int) -> socket.socket:
    """A socket that listens on this machine only; port 0 takes any free port. Raises UsageError if it is not free."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        system.claim_port(listener)
        listener.bind((HOST, port))
        listener.listen(_QUEUE)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Auf Port {port} läuft schon etwas, oder er ist nicht erlaubt.",
            advice=f"Einen anderen nehmen: PORT={port + 1 if 1024 <= port < 65535 else 8001}",
        ) from error
    return listener


def refusal(method: str, headers: Mapping[str, str], *, port: int) -> Refusal | None:
    """Why a request must not be answered by the server on `port`; None if it may. `headers` by names as in HTTP.

    The exact host and port stop names of other sites that lead to this machine (DNS rebinding). Origin and
    Sec-Fetch-Site (W3C, Fetch Metadata) stop pages of other sites, those on other ports included; only a link that
    people follow may come from there. A request that changes something must say that it comes from our own page.
    """
    host = headers.get("Host", "")
    if host not in _own_hosts(port):
        return Refusal(status=400, text="Diese Adresse gilt nur auf diesem Rechner.")
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if origin is not None and origin != f"http://{host}":
        return _FOREIGN
    if method not in _READING:
        return None if origin is not None and site in {None, "same-origin"} else _FOREIGN
    if site in {None, "same-origin", "none"} or _is_followed_link(headers):
        return None
    return _FOREIGN


_FOREIGN = Refusal(status=403, text="Die Anfrage kommt von einer fremden Seite und wird nicht beantwortet.")


def _own_hosts(port: int) -> set[str]:
    names = {HOST, "localhost"}
    return {f"{name}:{port}" for name in names} | (names if port == 80 else set())


def _is_followed_link(headers: Mapping[str, str]) -> bool:
    """Whether people followed a link to a page of its own: in no frame, and not by a script."""
    return (
        headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-Dest") == "document"
        and headers.get("Sec-Fetch-User") == "?1"
    )
