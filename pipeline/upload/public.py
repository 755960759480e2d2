"""Checks that the public address serves what was published. Only the show's own base_url is asked, over HTTP."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pipeline import addresses
from pipeline.upload.kinds import Stage, media_type, needs_cors, stage_of
from pipeline.values import media_types

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message

    from pipeline.upload.difference import LocalFile

_ANSWER_S = 30
_PLAYER = "https://player.invalid"  # the site of a player that asks for a transcript
_PIECE_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFinding:
    """A problem for subscribers or players; if not `serious`, for some players only."""

    address: str
    text: str
    serious: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type() if self.headers.get("Content-Type") else ""


def check_public(base_url: str, files: Iterable[LocalFile]) -> tuple[PublicFinding, ...]:
    """Request each of `files` under `base_url` and compare it with the local one: audio by its headers and two pieces,
    everything else in full. Stops at the first request without an answer."""
    findings: list[PublicFinding] = []
    for file in files:
        url = base_url + quote(file.address)
        check = _check_audio if stage_of(file.address) is Stage.MEDIA else _check_file
        try:
            texts = check(url, file)
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            text = f"{addresses.shown(url)} antwortet nicht: {reason}"
            return (*findings, PublicFinding(address=file.address, text=text, serious=True))
        findings += [PublicFinding(address=file.address, text=text, serious=serious) for serious, text in texts]
    return tuple(findings)


def _check_file(url: str, file: LocalFile) -> list[tuple[bool, str]]:
    answer = _ask(url, headers={"Origin": _PLAYER})
    if answer.status != 200:
        return [(True, _status_text(answer))]
    found = _type_texts(file.address, answer)
    if hashlib.sha256(answer.body).hexdigest() != file.content.sha256:
        text = (
            f"dort liegt ein anderer Stand ({len(answer.body)} Bytes, hier {file.content.size_bytes}). Liegt das Ziel "
        )
        text += "wirklich unter base_url? Hält ein Zwischenspeicher noch den alten Stand?"
        found.append((True, text))
    if needs_cors(file.address) and answer.headers.get("Access-Control-Allow-Origin") not in {"*", _PLAYER}:
        found.append(
            (False, "Access-Control-Allow-Origin fehlt: Player auf anderen Seiten können die Datei nicht lesen")
        )
    return found


def _check_audio(url: str, file: LocalFile) -> list[tuple[bool, str]]:
    head = _ask(url, method="HEAD")
    if head.status != 200:
        return [(True, _status_text(head))]
    found = _type_texts(file.address, head)
    size_bytes = file.content.size_bytes
    if head.headers.get("Content-Length") != str(size_bytes):
        length = head.headers.get("Content-Length") or "keine"
        found.append((True, f"Content-Length ist {length}, im Feed stehen {size_bytes} Bytes"))
    for first in (0, size_bytes // 2):
        last = min(first + _PIECE_BYTES, size_bytes) - 1
        piece = _ask(url, headers={"Range": f"bytes={first}-{last}"}, at_most_bytes=_PIECE_BYTES)
        text = _piece_text(piece, file, first, last)
        if text:
            found.append((True, text))
            break
    return found


def _piece_text(piece: _Answer, file: LocalFile, first: int, last: int) -> str:
    if piece.status != 206:
        return (
            f"Range wird nicht beantwortet (HTTP {piece.status} statt 206): Apps können nicht springen, Apple lehnt ab"
        )
    wanted = f"bytes {first}-{last}/{file.content.size_bytes}"
    if piece.headers.get("Content-Range") != wanted:
        return f"Content-Range ist „{piece.headers.get('Content-Range')}“ statt „{wanted}“"
    with file.path.open("rb") as handle:
        handle.seek(first)
        same = handle.read(last - first + 1) == piece.body
    return "" if same else f"die Bytes {first} bis {last} sind andere als hier"


def _type_texts(address: str, answer: _Answer) -> list[tuple[bool, str]]:
    wanted = media_type(address).partition(";")[0]
    if answer.media_type == wanted or (address == addresses.FEED and answer.media_type in media_types.FEEDS_OF_OTHERS):
        return []
    serious = stage_of(address) is not Stage.FILES
    return [(serious, f"Content-Type ist „{answer.media_type or 'nicht angegeben'}“ statt „{wanted}“")]


def _status_text(answer: _Answer) -> str:
    if 300 <= answer.status < 400:
        place = addresses.shown(answer.headers.get("Location", ""))
        return f"HTTP {answer.status}, Weiterleitung nach {place}; ihr wird hier nicht gefolgt"
    return f"HTTP {answer.status} statt 200"


class _NoRedirect(HTTPRedirectHandler):
    """A redirect may lead to a host that nobody named: it is reported, not followed."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _ask(
    url: str, *, method: str = "GET", headers: dict[str, str] | None = None, at_most_bytes: int | None = None
) -> _Answer:
    request = Request(url, method=method, headers={"Cache-Control": "no-cache", **(headers or {})})
    try:
        with build_opener(_NoRedirect).open(request, timeout=_ANSWER_S) as answer:
            return _Answer(status=answer.status, headers=answer.headers, body=answer.read(at_most_bytes))
    except HTTPError as error:
        with error:
            return _Answer(status=error.code, headers=error.headers, body=b"")
