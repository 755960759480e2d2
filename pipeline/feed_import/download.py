"""Fetch what people named: http and https only, with limits on time, size and redirects; audio with resume."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from pipeline.addresses import shown
from pipeline.build import system
from pipeline.build.files import read_text, sha256_of, storage_errors, write_text
from pipeline.errors import FeedError
from pipeline.feed_import.public_hosts import NOT_PUBLIC, leads_inside, public_session
from pipeline.feed_import.urls import origin_or_none, user_of, without_user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_REDIRECTS = 5
MAX_AUDIO_BYTES = 4_000_000_000
_TIMEOUT_S = (20.0, 30.0)  # to connect, and between two pieces of an answer
_FEED_DEADLINE_S = 300.0  # for the whole answer: one that trickles for ever is cut off
_PIECE_BYTES = 65536
_ATTEMPTS = 3
_USER_AGENT = "podcast-pipeline (import-feed)"
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer and the address it came from, without credentials."""

    content: bytes
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A whole file on disk."""

    path: Path
    size_bytes: int
    sha256: str


def fetch(url: str, *, named: str, limit_bytes: int, accept: str) -> Fetched:
    """Fetch the whole answer, unpacked, of at most `limit_bytes`; redirects are followed on the same host only. `named`
    is the address that people gave ("" for a file): any other server is asked only if it is a public one.

    Raises FeedError if any of this fails.
    """
    deadline = time.monotonic() + _FEED_DEADLINE_S
    with _asked(url, {"Accept": accept}, named=named, any_host=False) as (response, final):
        content = bytearray()
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            content += piece
            if len(content) > limit_bytes:
                raise _too_large(final, limit_bytes)
            if time.monotonic() > deadline:
                raise FeedError(
                    f"Die Antwort endet auch nach {_FEED_DEADLINE_S:.0f} Sekunden nicht.",
                    where=shown(final),
                    advice="Die Adresse im Browser prüfen, oder den Feed als Datei speichern und diese einlesen.",
                )
    return Fetched(content=bytes(content), url=without_user(final))


def download(url: str, part: Path, *, named: str) -> Downloaded:
    """Fetch an audio file to `part`, resuming an earlier call that was cut off; redirects to other hosts are followed,
    because audio usually lies behind them, `named` as in `fetch`. The length is compared with what the server
    announces.

    Raises FeedError if the file does not arrive whole; what has arrived stays for the next call.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _download_rest(url, part, named)
        except _CutOffError as error:
            if attempt == _ATTEMPTS:
                raise FeedError(
                    f"Die Audiodatei kam nicht vollständig an ({error}).",
                    where=shown(url),
                    advice="Denselben Befehl wiederholen; er macht an dieser Stelle weiter.",
                ) from error
        else:
            break
    if not part.stat().st_size:
        raise FeedError("Die Audiodatei ist leer.", where=shown(url), advice="Die Adresse im Browser prüfen.")
    return Downloaded(path=part, size_bytes=part.stat().st_size, sha256=sha256_of(part))


def discard_part(part: Path) -> None:
    """Remove what `download` kept for resuming."""
    system.discard(part)
    system.discard(_note(part))


class _CutOffError(Exception):
    """The connection ended before the file did."""


def _download_rest(url: str, part: Path, named: str) -> None:
    with storage_errors(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    validator = _validator(part, url)
    have = part.stat().st_size if validator and part.exists() else 0
    headers = {"Accept": "audio/*, */*;q=0.5", "Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    try:
        with _asked(url, headers, named=named, any_host=True, accepted=(200, 206, 416)) as (response, _):
            if response.status_code == 416 and have and _whole_length(response) == have:
                return
            if response.status_code == 416:
                discard_part(part)
                raise _CutOffError("der Server lehnt die Fortsetzung ab")
            have = _continued_at(response, have)
            total = _whole_length(response)
            if total is not None and total > MAX_AUDIO_BYTES:
                raise _too_large(url, MAX_AUDIO_BYTES)
            if not have:
                _note_down(part, url, response)
            size = _append(response, part, have, url)
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout, urllib3.exceptions.HTTPError) as error:
        raise _CutOffError("die Verbindung brach ab") from error
    if total is not None and size != total:
        if size > total:
            discard_part(part)
        raise _CutOffError(f"{size} von {total} Bytes")


def _append(response: requests.Response, part: Path, have: int, url: str) -> int:
    size = have
    with storage_errors(part), part.open("ab" if have else "wb") as file:
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            size += len(piece)
            if size > MAX_AUDIO_BYTES:
                break
            file.write(piece)
    if size > MAX_AUDIO_BYTES:
        discard_part(part)
        raise _too_large(url, MAX_AUDIO_BYTES)
    return size


def _continued_at(response: requests.Response, have: int) -> int:
    """The position at which the answer begins: `have`, or 0 if the server sends everything again."""
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    if response.status_code == 206 and start == str(have):
        return have
    if response.status_code == 206:
        raise _CutOffError("der Server schickt einen anderen Teil als erbeten")
    return 0


def _whole_length(response: requests.Response) -> int | None:
    """The length of the whole file as the server announces it."""
    if response.status_code == 200:
        text = response.headers.get("Content-Length", "")
        return int(text) if text.isdecimal() and "Content-Encoding" not in response.headers else None
    text = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(text) if text.isdecimal() else None


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _note_down(part: Path, url: str, response: requests.Response) -> None:
    """Store what identifies the version of the file that arrives: without it, resuming could join two versions."""
    tag = response.headers.get("ETag", "")
    validator = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")
    write_text(_note(part), json.dumps({"url": url, "validator": validator}) + "\n")


def _validator(part: Path, url: str) -> str:
    """The strong ETag or date with which the beginning of this file came from `url`; "" if there is none."""
    try:
        noted = json.loads(read_text(_note(part)))
        return str(noted["validator"]) if noted["url"] == url else ""
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ""


@contextmanager
def _asked(
    url: str, headers: dict[str, str], *, named: str, any_host: bool, accepted: tuple[int, ...] = (200,)
) -> Iterator[tuple[requests.Response, str]]:
    """Yield the answer to a request after any redirects, and the address it came from.

    Raises FeedError; with `any_host`, the error of a broken connection is passed on, because the caller then resumes.
    """
    if origin_or_none(url) is None or not urlsplit(url).hostname:
        raise _not_reached(url, requests.exceptions.InvalidURL())
    session = public_session(named)
    session.headers["User-Agent"] = _USER_AGENT
    session.auth = lambda request: request  # never send a password from ~/.netrc
    try:
        response, final = _followed(session, url, headers, named=named, any_host=any_host)
        with response:
            if response.status_code not in accepted:
                raise FeedError(
                    f"Der Server antwortet mit {response.status_code} {_reason(response)}.".replace(" .", "."),
                    where=shown(final),
                    advice="Die Adresse im Browser prüfen.",
                )
            yield response, final
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
        if any_host and not isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.SSLError):
            raise
        raise _not_reached(url, error) from error
    finally:
        session.close()


def _followed(
    session: requests.Session, url: str, headers: dict[str, str], *, named: str, any_host: bool
) -> tuple[requests.Response, str]:
    here = url
    for _ in range(MAX_REDIRECTS + 1):
        _check_host(here, named)
        response = session.get(
            without_user(here),
            headers=headers,
            auth=user_of(url) if origin_or_none(here) == origin_or_none(url) else None,
            stream=True,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
        )
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or not target:
            return response, here
        response.close()
        before, here = here, urljoin(here, target)
        _check_redirect(before, here, any_host=any_host)
    raise FeedError(
        f"Die Adresse leitet mehr als {MAX_REDIRECTS} Mal weiter.",
        where=shown(url),
        advice="Die Adresse im Browser öffnen und die dort angezeigte nennen.",
    )


def _check_redirect(before: str, here: str, *, any_host: bool) -> None:
    if urlsplit(here).scheme not in {"http", "https"} or not urlsplit(here).hostname:
        raise FeedError(
            f"Die Adresse leitet nach „{shown(here)}“ weiter; geladen wird nur von https:// und http://.",
            where=shown(before),
            advice="Den Feed im Browser öffnen, als Datei speichern und diese einlesen.",
        )
    if not any_host and origin_or_none(here) != origin_or_none(before):
        raise FeedError(
            f"Die Adresse leitet auf einen anderen Server weiter: {shown(here)}",
            where=shown(before),
            advice="Ist das der richtige, diese Adresse nennen. Von selbst wird kein anderer Server gefragt.",
        )


def _check_host(here: str, named: str) -> None:
    if origin_or_none(here) != origin_or_none(named) and leads_inside(here):
        raise FeedError(
            f"{NOT_PUBLIC} Nur der Feed nennt ihn, also wird er nicht gefragt.",
            where=shown(here),
            advice="Ist die Datei wirklich dort, sie von Hand herunterladen und in den Ordner der Folge legen.",
        )


def _reason(response: requests.Response) -> str:
    return "".join(character for character in (response.reason or "")[:60] if character.isprintable())


def _too_large(url: str, limit_bytes: int) -> FeedError:
    return FeedError(
        f"Die Antwort ist größer als {limit_bytes // 1_000_000} MB.",
        where=shown(url),
        advice="Ist der Feed wirklich so groß, mit MAX_MB=… mehr erlauben."
        if limit_bytes < MAX_AUDIO_BYTES
        else "Die Adresse im Browser prüfen; so große Audiodateien gibt es nicht.",
    )


def _not_reached(url: str, error: Exception) -> FeedError:
    match error:
        case requests.exceptions.InvalidURL() | requests.exceptions.MissingSchema():
            problem = "Das ist keine gültige Adresse."
        case requests.exceptions.SSLError():
            problem = "Die Verbindung ist nicht sicher: das Zertifikat des Servers stimmt nicht."
        case requests.exceptions.ConnectTimeout():
            problem = f"Der Server war nach {_TIMEOUT_S[0]:.0f} Sekunden nicht zu erreichen."
        case requests.exceptions.Timeout() | urllib3.exceptions.TimeoutError():
            problem = f"Der Server schwieg länger als {_TIMEOUT_S[1]:.0f} Sekunden."
        case requests.exceptions.ContentDecodingError() | urllib3.exceptions.DecodeError():
            problem = "Die Antwort ist falsch gepackt und lässt sich nicht lesen."
        case requests.exceptions.ConnectionError():
            problem = "Der Server ist nicht zu erreichen."
        case _:
            problem = "Die Verbindung brach ab."
    return FeedError(
        problem,
        where=shown(url),
        advice="Adresse und Netz prüfen und den Befehl wiederholen. Es wurde nichts verändert.",
    )
