"""Serves the site on this machine only, while an editor works, with what players need, and watches for changes.

`feed/` is served at `/`, drafts and later episodes (`preview/`) at `/vorschau/`. `local_server.py` says which requests
are answered, so that no page elsewhere can read drafts.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING

from pipeline.editor import local_server
from pipeline.paths import ShowPaths
from pipeline.values import media_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from werkzeug.wrappers import Request, Response

DRAFTS = "vorschau"
_OURS = ".neu"  # addresses of the preview itself
# Loads, once a second, a script with the site's state: the pages' policy allows scripts of this host, but no fetch.
_RELOAD = """(function () {
  var shown = document.currentScript.dataset.state;
  window.previewState = function (state) { if (state !== shown) location.reload(); };
  setInterval(function () {
    var script = document.createElement("script");
    script.src = "/.neu/state.js?" + Date.now();
    script.onload = script.onerror = function () { script.remove(); };
    document.head.append(script);
  }, 1000);
})();
"""

_LONGEST_PATH = 2000  # signs; longer than any address of a site
_EMPTY = (
    """<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>Vorschau</title></head><body></body></html>"""
)
# It uses two classes of the site's style sheet, and can be read without it, because that may be what is missing.
_MESSAGE = """<section class="masthead" role="alert" aria-label="Meldung der Vorschau"><div class="notice">
<h2>Die Seiten sind nicht auf dem Stand</h2>
<p>{}</p></div></section>"""

Snapshot = dict["Path", tuple[int, int]]


@contextmanager
def serving(root: Path, *, port: int, state: Callable[[], str], problem: Callable[[], str] = str) -> Iterator[str]:
    """Serve the show in `root` while the block runs; yields the address. Port 0 takes any free port.

    An open page reloads itself when `state` returns another value, and shows what `problem` returns, the German message
    of the last build, "" without one. Raises UsageError if the port cannot be used.
    """
    from werkzeug.serving import WSGIRequestHandler, make_server
    from werkzeug.wrappers import Request

    class Quiet(WSGIRequestHandler):
        error_message_format = "%(code)d: Diese Anfrage ist zu lang oder kein HTTP.\n"
        error_content_type = media_types.BY_SUFFIX[".txt"] + "; charset=utf-8"

        def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  werkzeug's name
            """Print nothing: a line for every picture would hide the notices for editors."""

    with local_server.listening(port) as listener:
        own_port = listener.getsockname()[1]
        answer = Request.application(_Site(ShowPaths(root), own_port, state, problem).answer)
        # A socket that listens already, because werkzeug (3.1) prints in English that a port is taken.
        server = make_server(
            local_server.HOST, own_port, answer, threaded=True, request_handler=Quiet, fd=listener.fileno()
        )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{local_server.HOST}:{own_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Site:
    """Answers requests for files of `feed/` and `preview/`."""

    def __init__(self, paths: ShowPaths, port: int, state: Callable[[], str], problem: Callable[[], str]) -> None:
        self.paths = paths
        self.port = port
        self.state = state
        self.problem = problem

    def answer(self, request: Request) -> Response:
        from werkzeug.exceptions import HTTPException

        refusal = local_server.refusal(request.method, dict(request.headers.items()), port=self.port)
        try:
            answer = self._allowed(request) if refusal is None else _text(refusal.text, refusal.status)
        except HTTPException as error:
            answer = error.get_response(request.environ)
        except OSError:  # locked, unreadable, or removed by a build that is running
            answer = _text("Diese Datei ist gerade nicht lesbar; die Seite gleich noch einmal laden.", 503)
        answer.headers.update(local_server.HEADERS)
        return answer

    def _allowed(self, request: Request) -> Response:
        from werkzeug.exceptions import MethodNotAllowed
        from werkzeug.wrappers import Response

        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(["GET", "HEAD"])
        if request.path == f"/{_OURS}/reload.js":
            return Response(_RELOAD, mimetype=media_types.BY_SUFFIX[".js"], headers=_NOT_KEPT)
        if request.path == f"/{_OURS}/state.js":
            script = f'previewState("{self.state()}");'
            return Response(script, mimetype=media_types.BY_SUFFIX[".js"], headers=_NOT_KEPT)
        return self._file(request)

    def _file(self, request: Request) -> Response:
        from werkzeug.utils import redirect, send_file

        if len(request.path) > _LONGEST_PATH:
            return _text("Diese Adresse ist zu lang.", 414)
        first, _, rest = request.path.lstrip("/").partition("/")
        home = (self.paths.preview if first == DRAFTS else self.paths.feed).home
        path = _inside(home, rest if first == DRAFTS else request.path.lstrip("/"))
        if path is not None and path.is_dir():
            if not request.path.endswith("/"):
                return redirect(f"{request.path}/")
            path = _inside(home, f"{path.relative_to(home).as_posix()}/index.html")
        if path is None or not path.is_file():
            return self._nothing(home)
        if path.suffix == ".html":
            return self._page(path)
        return send_file(path, request.environ, mimetype=media_types.of(path.name), conditional=True, max_age=0)

    def _page(self, path: Path, status: int = 200) -> Response:
        """The page with the script that reloads it; the file on disk stays as it is uploaded."""
        return self._shown(path.read_text(encoding="utf-8", errors="replace"), status)

    def _nothing(self, home: Path) -> Response:
        missing = _inside(home, "404.html")
        if missing is not None and missing.is_file():
            return self._page(missing, status=404)
        is_drafts = home == self.paths.preview.home
        text = "Es gibt keine Entwürfe und keine späteren Folgen." if is_drafts else "Diese Seite gibt es nicht."
        return self._shown(_EMPTY, 404) if self.problem() else _text(text, 404)

    def _shown(self, html: str, status: int) -> Response:
        from werkzeug.wrappers import Response

        problem = self.problem()
        script = f'<script src="/{_OURS}/reload.js" data-state="{self.state()}" defer></script>\n</head>'
        page = html.replace("</head>", script, 1)
        if problem:
            start, body, rest = page.partition("<body")
            tag, end, rest = rest.partition(">")
            lines = "<br>\n".join(escape(line) for line in problem.splitlines())
            page = f"{start}{body}{tag}{end}{_MESSAGE.format(lines)}{rest}"
        return Response(page, status=status, mimetype=media_types.BY_SUFFIX[".html"], headers=_NOT_KEPT)


def _inside(home: Path, address: str) -> Path | None:
    """What exists in the site at `address`; None for what is hidden, is outside, or leads outside by a link."""
    from werkzeug.security import safe_join

    joined = safe_join(str(home), address)
    if joined is None or "\0" in address or any(part.startswith(".") for part in address.removeprefix("./").split("/")):
        return None
    path = home.joinpath(joined)
    try:
        return path if path.resolve(strict=True).is_relative_to(home.resolve()) else None
    except (OSError, RuntimeError):  # missing, a name too long for the disk, a circle of links
        return None


def _text(text: str, status: int) -> Response:
    from werkzeug.wrappers import Response

    return Response(f"{text}\n", status=status, mimetype=media_types.BY_SUFFIX[".txt"], headers=_NOT_KEPT)


_NOT_KEPT = {"Cache-Control": "no-store"}


def snapshot(root: Path) -> Snapshot:
    """Size and time of every file that people write, and of files beside them that `make episode` writes for pages."""
    found: Snapshot = {}
    for path in _watched(root):
        try:
            stat = path.stat()
        except OSError:
            continue  # deleted between listing and stat, or nothing that can be read
        found[path] = (stat.st_size, stat.st_mtime_ns)
    return found


def changed_folders(root: Path, before: Mapping[Path, object], after: Mapping[Path, object]) -> tuple[str, ...]:
    """The folders of episodes whose files differ, sorted; files of the show itself belong to none."""
    paths = ShowPaths(root)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    folders = {path.stem for path in changed if path.parent == paths.transcripts}
    folders |= {path.parent.name for path in changed if path.parent.parent == paths.episodes}
    return tuple(sorted(folder for folder in folders if paths.episode(folder).episode_toml.exists()))


def watch(root: Path, rebuild: Callable[[tuple[str, ...]], None], *, pause: Callable[[], bool]) -> None:
    """Call `rebuild` with the changed episodes whenever files have changed and then stayed the same for one pause.

    `pause` waits a while and returns False to stop watching.
    """
    built = seen = snapshot(root)
    while pause():
        try:
            now = snapshot(root)
        except OSError:  # a folder that cannot be listed now, such as one on a network drive
            continue
        settled = now == seen
        seen = now
        if settled and now != built:
            folders = changed_folders(root, built, now)
            built = now
            rebuild(folders)


def _watched(root: Path) -> Iterable[Path]:
    paths = ShowPaths(root)
    yield from paths.transcripts.glob("*.txt")
    yield from (path for path in paths.episodes.glob("*") if path.is_file())
    yield from (path for path in paths.episodes.glob("[!.]*/*") if path.is_file())
