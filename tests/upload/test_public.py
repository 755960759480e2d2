"""The public address, asked over HTTP: nginx and Apache set up as in docs/server.md, and worse servers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from upload_samples import FILES, snippets

from pipeline import addresses
from pipeline.build.files import sha256_of
from pipeline.upload.public import check_public
from pipeline.upload.send import local_files
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
APACHE = shutil.which("apache2", path=f"{os.environ['PATH']}:/usr/sbin")
APACHE_MODULES = Path("/usr/lib/apache2/modules")

Serve = Callable[[Path], str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def open_to_all(folder: Path) -> None:
    """Let others read the folder, because servers that root starts run as another user."""
    for path in (folder, *folder.parents):
        if path != Path(tempfile.gettempdir()) and path.is_relative_to(tempfile.gettempdir()):
            path.chmod(path.stat().st_mode | 0o055)


def wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            continue
        return
    pytest.fail(f"the server ended with {server.returncode}")


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Serve]:
    """Serve a folder under /podcast/ with the exact lines of docs/server.md."""
    if NGINX is None:
        pytest.skip("needs nginx")
    running: list[subprocess.Popen[bytes]] = []

    def serve(folder: Path) -> str:
        port = free_port()
        open_to_all(tmp_path)
        maps, location = snippets("nginx")
        paths = "".join(
            f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config = tmp_path / "nginx.conf"
        config.write_text(
            f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/nginx.log; events {{}}\n"
            f"http {{ access_log off; {paths}\n{maps}\nserver {{ listen 127.0.0.1:{port}; root /nonexistent;\n"
            f"{location.replace('/var/www/podcast', str(folder))}\n}} }}\n",
            encoding="utf-8",
        )
        command = [NGINX, "-c", str(config), "-e", str(tmp_path / "nginx.log")]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        wait_until_it_answers(port, running[-1])
        return f"http://127.0.0.1:{port}/podcast/"

    yield serve
    for server in running:
        server.terminate()
        server.wait()


@pytest.fixture
def apache(tmp_path: Path) -> Iterator[Serve]:
    """Serve a folder under /podcast/ with the exact .htaccess of docs/server.md."""
    if APACHE is None or not APACHE_MODULES.is_dir():
        pytest.skip("needs Debian's apache2")
    running: list[subprocess.Popen[bytes]] = []

    def serve(folder: Path) -> str:
        port = free_port()
        open_to_all(tmp_path)
        htaccess, redirect = snippets("apache")
        (folder / ".htaccess").write_text(htaccess, encoding="utf-8")
        modules = ("mpm_event", "authz_core", "mime", "dir", "headers", "alias")
        load = "\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in modules)
        types = tmp_path / "mime.types"
        types.write_text("text/html html\ntext/css css\ntext/plain txt\nimage/jpeg jpg\n", encoding="utf-8")
        config = tmp_path / "apache.conf"
        config.write_text(
            f"{load}\nListen 127.0.0.1:{port}\nServerName localhost\nPidFile {tmp_path}/apache.pid\n"
            f"ErrorLog {tmp_path}/apache.log\nTypesConfig {types}\nUser www-data\nGroup www-data\n"
            f"DefaultRuntimeDir {tmp_path}\nMutex posixsem\nDocumentRoot {folder.parent}\n"
            f"Alias /podcast {folder}\n{redirect}\n"
            f"<Directory {folder}>\nAllowOverride All\nRequire all granted\n</Directory>\n",
            encoding="utf-8",
        )
        running.append(subprocess.Popen([APACHE, "-DFOREGROUND", "-f", str(config)]))
        wait_until_it_answers(port, running[-1])
        return f"http://127.0.0.1:{port}/podcast/"

    yield serve
    for server in running:
        server.terminate()
        server.wait()


class Plain(SimpleHTTPRequestHandler):
    """Supports neither Range nor the types of subtitles, like many simple hosts."""

    def log_message(self, *_: object) -> None:
        pass


class Moved(Plain):
    def do_GET(self) -> None:
        self.send_response(301)
        self.send_header("Location", "https://woanders.invalid/")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815  the name is http.server's


class Half(Plain):
    """Answers 206 and sends other bytes."""

    def do_GET(self) -> None:
        if "Range" not in self.headers:
            super().do_GET()
            return
        size = (Path(self.directory) / self.path.lstrip("/")).stat().st_size
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        self.wfile.write(b"x" * (last - first + 1))


@pytest.fixture
def plain() -> Iterator[Callable[..., str]]:
    running: list[ThreadingHTTPServer] = []

    def serve(folder: Path, handler: type[Plain] = Plain) -> str:
        running.append(ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))))
        threading.Thread(target=running[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{running[-1].server_port}/"

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("kind", ["nginx", "apache"])
def test_a_server_set_up_as_documented_has_no_findings(request: pytest.FixtureRequest, feed: Path, kind: str) -> None:
    (feed / "audio/003.m4a").write_bytes(b"m4a" * 500)
    (feed / "audio/003.opus").write_bytes(b"opus" * 500)
    for form in TRANSCRIPT_FORMATS:
        (feed / addresses.transcript("002-neu", form.suffix)).write_bytes(b"Wort\n")
    (feed / "assets/podcast.js").write_bytes(b"1")
    (feed / "assets/icon.svg").write_bytes(b"<svg/>")
    url = request.getfixturevalue(kind)(feed)
    files = local_files(feed, sha256_of)
    assert len(files) == len(FILES) + len(TRANSCRIPT_FORMATS) + 4
    assert check_public(url, files) == ()


@pytest.mark.parametrize("kind", ["nginx", "apache"])
def test_the_documented_set_up_sets_caching_and_charset_and_redirects_and_hides(
    request: pytest.FixtureRequest, feed: Path, kind: str
) -> None:
    (feed / ".veroeffentlicht.json").write_text("{}", encoding="utf-8")
    url = request.getfixturevalue(kind)(feed)

    def head(path: str) -> tuple[int, dict[str, str]]:
        connection = HTTPConnection(url.split("/")[2])
        connection.request("HEAD", path)
        answer = connection.getresponse()
        connection.close()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}

    for address, cache, cors in (
        ("feed.xml", "public, max-age=300", None),
        ("", "public, max-age=300", None),
        ("folgen/001-alt/", "public, max-age=300", None),
        ("audio/002-neu.mp3", "public, max-age=31536000, immutable", None),
        ("assets/cover.jpg", "public, max-age=86400", None),
        ("folgen/001-alt/transkript.vtt", "public, max-age=300", "*"),
        ("folgen/002-neu/kapitel.json", "public, max-age=300", "*"),
    ):
        status, headers = head(f"/podcast/{address}")
        found = (status, headers.get("cache-control"), headers.get("access-control-allow-origin"))
        assert found == (200, cache, cors), address
    for address in ("feed.xml", "folgen/001-alt/transkript.vtt", "index.html", "assets/podcast.css"):
        assert head(f"/podcast/{address}")[1]["content-type"].lower().endswith("charset=utf-8"), address
    assert head("/podcast/.veroeffentlicht.json")[0] in {403, 404}
    status, headers = head("/alt/feed.xml")
    assert status == 301
    assert headers["location"].endswith("/podcast/feed.xml")


def test_what_a_simple_host_lacks_is_reported(feed: Path, plain: Callable[..., str]) -> None:
    found = check_public(plain(feed), local_files(feed, sha256_of))
    reported = {(finding.address, finding.serious): finding.text for finding in found}
    assert "Range wird nicht beantwortet (HTTP 200 statt 206)" in reported["audio/001-alt.mp3", True]
    assert "Access-Control-Allow-Origin fehlt" in reported["folgen/001-alt/transkript.vtt", False]
    assert not [finding for finding in found if finding.address in {"feed.xml", "index.html"}]


def test_outdated_and_missing_files_are_reported(feed: Path, plain: Callable[..., str], tmp_path: Path) -> None:
    files = local_files(feed, sha256_of)
    other = tmp_path / "other"
    shutil.copytree(feed, other)
    (other / "feed.xml").write_bytes(b"<rss>alt</rss>")
    (other / "audio/002-neu.mp3").write_bytes(b"ID3")
    (other / "index.html").unlink()
    reported = {finding.address: finding.text for finding in check_public(plain(other), files) if finding.serious}
    assert "dort liegt ein anderer Stand (14 Bytes, hier 6)" in reported["feed.xml"]
    assert reported["index.html"].startswith("HTTP 404 statt 200") or "anderer Stand" in reported["index.html"]
    texts = [finding.text for finding in check_public(plain(other), files) if finding.address == "audio/002-neu.mp3"]
    assert "Content-Length ist 3, im Feed stehen 7007 Bytes" in texts


def test_a_redirect_is_reported_and_not_followed(feed: Path, plain: Callable[..., str]) -> None:
    found = check_public(plain(feed, Moved), local_files(feed, sha256_of))
    assert len(found) == len(FILES)
    assert "HTTP 301, Weiterleitung nach https://woanders.invalid/; ihr wird hier nicht gefolgt" in found[0].text


def test_pieces_with_other_bytes_are_reported(feed: Path, plain: Callable[..., str]) -> None:
    audio = [file for file in local_files(feed, sha256_of) if file.address.startswith("audio/")]
    assert [finding.text for finding in check_public(plain(feed, Half), audio)] == [
        "die Bytes 0 bis 1023 sind andere als hier"
    ] * 2


def test_a_host_that_does_not_answer_is_asked_once(feed: Path) -> None:
    found = check_public(f"http://127.0.0.1:{free_port()}/", local_files(feed, sha256_of))
    assert len(found) == 1
    assert "antwortet nicht" in found[0].text
    assert found[0].serious
