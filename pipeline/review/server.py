"""Serves the review of one episode on this machine: the page, its state, its sound, and what it saves."""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from pipeline.editor import local_server
from pipeline.errors import BusyError, MissingFileError, PipelineError, StorageError, TranscriptError, UsageError
from pipeline.review.door import Door, answer_headers
from pipeline.review.routes import PreparingError, read, write
from pipeline.review.state import as_json
from pipeline.transcript.patch import EncodingError
from pipeline.values import media_types

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from werkzeug.wrappers import Request, Response

    from pipeline.review.session import ReviewSession

_POLL_S = 0.1  # how long the end of the server may take
USUAL_PORT = 8010  # a fixed port keeps the browser's settings for the page
_STATUS = ((EncodingError, 422), (TranscriptError, 422), (MissingFileError, 404), (BusyError, 423), (StorageError, 507))
_KIND = {EncodingError: "encoding", TranscriptError: "text"}
_JSON = media_types.BY_SUFFIX[".json"]
_READ = ("Host", "Origin", "Sec-Fetch-Site", "Content-Type", "Content-Length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The body of every refusal: what is wrong and what to do, in German."""

    error: str
    advice: str = ""
    kind: str = ""


@dataclass(slots=True)
class Serving:
    """A running server: its address, and when somebody last asked for something."""

    address: str
    session: ReviewSession
    asked_at: float = field(default_factory=time.monotonic)

    def idle_s(self) -> float:
        return time.monotonic() - self.asked_at


@contextmanager
def serving(session: ReviewSession, *, port: int | None, worded: Callable[[str], str] = str) -> Iterator[Serving]:
    """Serve the session while the block runs. Port None takes the usual port or, if that is taken, any; 0 takes any.
    Messages are shown as `worded` returns them, which names commands as the person types them.

    Raises UsageError if the port cannot be used.
    """
    from werkzeug.serving import WSGIRequestHandler, make_server
    from werkzeug.wrappers import Request

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"  # one connection for many small requests
        error_message_format = "%(code)d: Diese Anfrage ist zu lang oder kein HTTP.\n"
        error_content_type = media_types.BY_SUFFIX[".txt"] + "; charset=utf-8"

        def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  werkzeug's name
            """Print nothing: the address holds the token."""

    desk = _Desk(session, worded)
    application = Request.application(desk.answer)

    with _listener(port) as listener:
        own_port = listener.getsockname()[1]
        server = make_server(
            local_server.HOST, own_port, application, threaded=True, request_handler=Quiet, fd=listener.fileno()
        )
    desk.door = Door(port=own_port)
    desk.serving = Serving(desk.door.address, session)
    threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True).start()
    try:
        yield desk.serving
    finally:
        session.close()
        server.shutdown()
        server.server_close()


def _listener(port: int | None) -> socket.socket:
    try:
        return local_server.listening(USUAL_PORT if port is None else port)
    except UsageError:
        if port is not None:
            raise
    return local_server.listening(0)


class _Desk:
    """Answers requests."""

    door: Door
    serving: Serving

    def __init__(self, session: ReviewSession, worded: Callable[[str], str]) -> None:
        self.session = session
        self.worded = worded
        self.page = {
            entry.name: entry.read_bytes()
            for entry in files("pipeline.review").joinpath("page").iterdir()
            if media_types.of(entry.name) != media_types.UNKNOWN
        }

    def answer(self, request: Request) -> Response:
        headers = {name: request.headers[name] for name in _READ if name in request.headers}
        refusal = self.door.refusal(request.method, headers)
        if refusal is not None:
            return _problem(refusal.status, Problem(error=refusal.text))
        name = self.door.name_of(request.path)
        if name is None:
            return _problem(404, Problem(error="Diese Seite gibt es nicht, oder ihre Adresse gilt nicht mehr."))
        self.serving.asked_at = time.monotonic()
        try:
            return self._answer(request, name)
        except PreparingError as error:
            return _problem(503, Problem(error=str(error)), {"Retry-After": "1"})
        except PipelineError as error:
            status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
            kind = next((name for known, name in _KIND.items() if isinstance(error, known)), "")
            told = Problem(error=self.worded(error.problem), advice=self.worded(error.advice), kind=kind)
            return _problem(status, told)
        except OSError:
            advice = "Gleich noch einmal versuchen."
            return _problem(503, Problem(error="Eine Datei der Folge ist gerade nicht lesbar.", advice=advice))
        except (ValueError, RecursionError):
            return _problem(
                400, Problem(error="Diese Anfrage passt nicht zum Transkript.", advice="Die Seite neu laden.")
            )

    def _answer(self, request: Request, name: str) -> Response:
        from werkzeug.wrappers import Response

        if request.method in {"GET", "HEAD"}:
            if name == "":
                return self._page()
            if name in self.page and name != "review.html":
                kind = media_types.of(name)
                return Response(self.page[name], mimetype=kind, headers=answer_headers())
            found = read(self.session, name, request.args)
            if found is None:
                return _problem(404, Problem(error="Das gibt es hier nicht."))
            if isinstance(found, tuple):
                return _file(request, *found)
            return _json(200, found)
        done = write(self.session, request.method, name, request.get_data())
        if done is None:
            return _problem(404, Problem(error="Das gibt es hier nicht."))
        return _json(*done)

    def _page(self) -> Response:
        from werkzeug.wrappers import Response

        nonce = secrets.token_urlsafe(16)
        text = self.page["review.html"].replace(b"{{nonce}}", nonce.encode("ascii"))
        return Response(text, mimetype=media_types.BY_SUFFIX[".html"], headers=answer_headers(nonce))


def _json(status: int, value: object) -> Response:
    from werkzeug.wrappers import Response

    return Response(as_json(value), status=status, mimetype=_JSON, headers=answer_headers())


def _problem(status: int, problem: Problem, more: dict[str, str] | None = None) -> Response:
    answer = _json(status, problem)
    answer.headers.extend(more or {})
    return answer


def _file(request: Request, path: Path, media_type: str) -> Response:
    """A file, or the part of it that a player asks for (Range)."""
    from werkzeug.exceptions import HTTPException
    from werkzeug.utils import send_file

    try:
        answer = send_file(path, request.environ, mimetype=media_type, conditional=True, max_age=0)
    except HTTPException as error:  # a range that is not in the file
        answer = error.get_response(request.environ)
    answer.headers.extend(answer_headers())
    answer.headers["Cache-Control"] = "no-store"
    return answer
