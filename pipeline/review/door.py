"""Decides which requests the review's server answers: those of the page that it gave out itself, on this machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "127.0.0.1"
LARGEST_BYTES = 5_000_000
_READING = frozenset({"GET", "HEAD"})
_WRITING = frozenset({"PUT", "POST"})
_OWN_SITES = frozenset({"same-origin", "none"})  # "none": the address was opened by hand or by `webbrowser`


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not answered: an HTTP status and a German sentence."""

    status: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The door of one run. The token is in the path: other pages and other users of this machine do not know it, and
    unlike a cookie it is not sent to servers on other ports."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def home(self) -> str:
        return f"/k/{self.token}/"

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}{self.home}"

    def name_of(self, path: str) -> str | None:
        """What is asked for below the token, "" for the page itself; None if the token is wrong or missing."""
        head, _, name = path.removeprefix("/k/").partition("/")
        is_ours = path.startswith("/k/") and secrets.compare_digest(head.encode(), self.token.encode())
        return name if is_ours and path.startswith(self.home) else None

    def refusal(self, method: str, headers: Mapping[str, str]) -> Refusal | None:
        """Why a request with this method and these headers is refused; None if it is not.

        The exact host and port stop names that were pointed at this machine (DNS rebinding), Origin and
        Sec-Fetch-Site stop pages of other sites, and the type of the body stops their forms.
        """
        host = headers.get("Host", "")
        site = headers.get("Sec-Fetch-Site")
        if host not in {f"{HOST}:{self.port}", f"localhost:{self.port}"}:
            return Refusal(status=403, error="Diese Adresse gilt nur auf diesem Rechner.")
        if method in _READING:
            return None if site is None or site in _OWN_SITES else _FOREIGN
        if method not in _WRITING:
            return Refusal(status=405, error="Das gibt es hier nicht.")
        if headers.get("Origin") != f"http://{host}" or site != "same-origin":
            return _FOREIGN
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            return Refusal(status=415, error="Hier wird nur JSON angenommen.")
        length = headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            return Refusal(status=411, error="Die Länge der Anfrage fehlt.")
        if int(length[:12]) > LARGEST_BYTES:
            return Refusal(status=413, error="Das ist zu groß: mehr als 5 MB.")
        return None


_FOREIGN = Refusal(status=403, error="Die Anfrage kommt von einer fremden Seite.")


def answer_headers(nonce: str = "") -> dict[str, str]:
    """The headers of every answer. CodeMirror writes a style element, which needs the page's `nonce`."""
    style = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; script-src 'self'; style-src {style}; connect-src 'self'; "
        "media-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
