"""Serves the site on this machine only, while an editor works, with what players need, and watches for changes.

`feed/` is served at `/`, drafts and later episodes (`preview/`) at `/vorschau/`. The server listens only on 127.0.0.1
and answers only requests that name this machine, so that no page elsewhere can read drafts under a name of its own.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.errors import UsageError
from pipeline.paths import ShowPaths
from pipeline.values import media_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from werkzeug.wrappers import Request, Response

HOST = "127.0.0.1"
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

Snapshot = dict["Path", tuple[int, int]]


@contextmanager
def serving(root: Path, *, port: int, state: Callable[[], str]) -> Iterator[str]:
    """Serve the show in `root` while the block runs; yields the address. Port 0 takes any free port.

    An open page reloads itself when `state` returns another value. Raises UsageError if the port cannot be used.
    """
    from werkzeug.serving import WSGIRequestHandler, make_server
    from werkzeug.wrappers import Request

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  werkzeug's name
            """Print nothing: a line for every picture would hide the notices for editors."""

    site = _Site(ShowPaths(root), state)
    try:
        server = make_server(HOST, port, Request.application(site.answer), threaded=True, request_handler=Quiet)
    except (OSError, SystemExit) as error:
        raise UsageError(
            f"Auf Port {port} läuft schon etwas, oder er ist nicht erlaubt.",
            advice=f"Einen anderen nehmen, etwa: make preview PORT={port + 1 if 1024 <= port < 65535 else 8001}",
        ) from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Site:
    """Answers requests for files of `feed/` and `preview/`."""

    def __init__(self, paths: ShowPaths, state: Callable[[], str]) -> None:
        self.paths = paths
        self.state = state

    def answer(self, request: Request) -> Response:
        from werkzeug.exceptions import HTTPException, MethodNotAllowed
        from werkzeug.wrappers import Response

        request.trusted_hosts = [HOST, "localhost"]
        try:
            _ = request.host
            if request.method not in {"GET", "HEAD"}:
                raise MethodNotAllowed(["GET", "HEAD"])
            if request.path == f"/{_OURS}/reload.js":
                return Response(_RELOAD, mimetype=media_types.BY_SUFFIX[".js"], headers=_NOT_KEPT)
            if request.path == f"/{_OURS}/state.js":
                script = f'previewState("{self.state()}");'
                return Response(script, mimetype=media_types.BY_SUFFIX[".js"], headers=_NOT_KEPT)
            return self._file(request)
        except HTTPException as error:
            return error.get_response(request.environ)

    def _file(self, request: Request) -> Response:
        from werkzeug.exceptions import NotFound
        from werkzeug.security import safe_join
        from werkzeug.utils import redirect, send_file

        first, _, rest = request.path.lstrip("/").partition("/")
        home = (self.paths.preview if first == DRAFTS else self.paths.feed).home
        relative = rest if first == DRAFTS else request.path.lstrip("/")
        joined = safe_join(str(home), relative)
        if joined is None or any(part.startswith(".") for part in relative.split("/")):
            raise NotFound
        path = home.joinpath(joined)
        if path.is_dir():
            if not request.path.endswith("/"):
                return redirect(f"{request.path}/")
            path /= "index.html"
        if not path.is_file():
            return self._nothing(home)
        if path.suffix == ".html":
            return self._page(path)
        return send_file(path, request.environ, mimetype=media_types.of(path.name), conditional=True, max_age=0)

    def _page(self, path: Path, status: int = 200) -> Response:
        """The page with the script that reloads it; the file on disk stays as it is uploaded."""
        from werkzeug.wrappers import Response

        script = f'<script src="/{_OURS}/reload.js" data-state="{self.state()}" defer></script>\n</head>'
        text = path.read_text(encoding="utf-8").replace("</head>", script, 1)
        return Response(text, status=status, mimetype=media_types.BY_SUFFIX[".html"], headers=_NOT_KEPT)

    def _nothing(self, home: Path) -> Response:
        from werkzeug.wrappers import Response

        if (home / "404.html").is_file():
            return self._page(home / "404.html", status=404)
        is_drafts = home == self.paths.preview.home
        text = "Es gibt keine Entwürfe und keine späteren Folgen." if is_drafts else "Diese Seite gibt es nicht."
        return Response(f"{text}\n", status=404, mimetype=media_types.BY_SUFFIX[".txt"], headers=_NOT_KEPT)


_NOT_KEPT = {"Cache-Control": "no-store"}


def snapshot(root: Path) -> Snapshot:
    """Size and time of every file that people write, and of files beside them that `make episode` writes for pages."""
    found: Snapshot = {}
    for path in _watched(root):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue  # deleted between listing and stat
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
        now = snapshot(root)
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
