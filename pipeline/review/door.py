"""Decides which requests the review's server answers: those of the page that it gave out itself, on this machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.editor import local_server
from pipeline.editor.local_server import HOST, Refusal
from pipeline.values import media_types

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_BYTES = 5_000_000
_READING = frozenset({"GET", "HEAD"})
_WRITING = frozenset({"PUT", "POST"})


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

        Beyond `local_server.refusal`, a write must come from a browser that says which page asks, and be JSON, which no
        form of another page can send.
        """
        refused = local_server.refusal(method, headers, port=self.port)
        if refused is not None or method in _READING:
            return refused
        if method not in _WRITING:
            return Refusal(status=405, text="Das gibt es hier nicht.")
        if headers.get("Sec-Fetch-Site") != "same-origin":
            return Refusal(status=403, text="Dieser Browser sagt nicht, welche Seite fragt; ein neuerer tut das.")
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() != media_types.BY_SUFFIX[".json"]:
            return Refusal(status=415, text="Hier wird nur JSON angenommen.")
        length = headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            return Refusal(status=411, text="Die Länge der Anfrage fehlt.")
        if int(length[:12]) > LARGEST_BYTES:
            return Refusal(status=413, text="Das ist zu groß: mehr als 5 MB.")
        return None


def answer_headers(nonce: str = "") -> dict[str, str]:
    """The headers of every answer. CodeMirror writes a style element, which needs the page's `nonce`."""
    style = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return {
        **local_server.HEADERS,
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; script-src 'self'; style-src {style}; connect-src 'self'; "
        "media-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    }
