"""Links to other sites, requested from a real server on loopback: HEAD, then GET, and every kind of answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline.editor.checks.online import USER_AGENT, check_online
from pipeline.values.progress import Progress, no_listener

TIMEOUT_S = 1.0


class Site(ThreadingHTTPServer):
    """Answers by path and remembers its requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, str]] = []
        self.closing = threading.Event()
        self.elsewhere = ""

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers["User-Agent"]))
        if self.path == "/silent":
            self.server.closing.wait()
            return
        if self.path == "/rude":
            self.wfile.write(b"no http at all\r\n\r\n")
            return
        code = {"/elsewhere": 302, "/gone": 410, "/missing": 404, "/broken": 500, "/private": 403, "/moved": 301}.get(
            self.path, 200
        )
        if self.path == "/no-head":
            code = 405 if self.command == "HEAD" else 200
        self.send_response(code)
        if code in {301, 302}:
            self.send_header("Location", self.server.elsewhere if code == 302 else "/here")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing on the terminal."""


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "severity", "text"),
    [
        ("/missing", "error", "404"),
        ("/gone", "error", "410"),
        ("/broken", "warning", "500"),
        ("/private", "warning", "403"),
        ("/rude", "warning", "keine Antwort"),
        ("/silent", "warning", "keine Antwort"),
    ],
)
def test_a_link_that_does_not_answer_is_reported_with_its_place(
    site: Site, path: str, severity: str, text: str
) -> None:
    links = {site.url(path): "feed/folgen/1/index.html:7"}
    (finding,) = check_online(links, base_url=site.url("/"), listener=no_listener, timeout_s=TIMEOUT_S)
    assert (finding.severity, finding.where) == (severity, "feed/folgen/1/index.html:7")
    assert site.url(path) in finding.text
    assert text in finding.text
    assert [method for method, _, _ in site.asked] == ["HEAD", "GET"]


@pytest.mark.parametrize("path", ["/here", "/no-head", "/moved", "/mit%20leer?a=b", "/Größe"])
def test_a_link_that_answers_is_not_reported(site: Site, path: str) -> None:
    assert check_online({site.url(path): "x"}, base_url=site.url("/"), listener=no_listener, timeout_s=TIMEOUT_S) == ()


def test_each_link_is_requested_once_by_head_and_with_our_user_agent(site: Site) -> None:
    told: list[object] = []
    links = {site.url("/a"): "x", site.url("/b"): "y"}
    assert check_online(links, base_url=site.url("/"), listener=told.append, timeout_s=TIMEOUT_S) == ()
    assert sorted(site.asked) == [("HEAD", "/a", USER_AGENT), ("HEAD", "/b", USER_AGENT)]
    assert told[-1] == Progress(done_s=2, total_s=2)


def test_a_closed_port_is_a_warning_and_a_placeholder_is_not_requested(site: Site) -> None:
    port = site.server_address[1]
    site.closing.set()
    site.shutdown()
    site.server_close()
    links = {f"http://127.0.0.1:{port}/": "x", "https://beispiel.invalid/": "y"}
    (finding,) = check_online(links, base_url=site.url("/"), listener=no_listener, timeout_s=TIMEOUT_S)
    assert (finding.severity, finding.where) == ("warning", "x")


def test_this_machine_and_private_networks_are_not_asked_except_the_shows_own_server(site: Site) -> None:
    port = site.server_address[1]
    links = {
        site.url("/a"): "a",
        f"http://localhost:{port}/b": "b",
        f"http://[::ffff:127.0.0.1]:{port}/c": "c",
        f"http://2130706433:{port}/d": "d",
        "http://169.254.169.254/latest/meta-data/": "e",
        "https://192.168.0.1/": "f",
    }
    found = check_online(links, base_url="https://example.org/", listener=no_listener, timeout_s=TIMEOUT_S)
    assert sorted(finding.where for finding in found) == ["a", "b", "c", "d", "e", "f"]
    assert all("nicht gefragt" in finding.text and finding.severity == "warning" for finding in found)
    assert site.asked == []


def test_no_redirect_leads_to_another_server_of_this_machine(site: Site) -> None:
    other = Site()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    site.elsewhere = other.url("/geheim")
    (finding,) = check_online(
        {site.url("/elsewhere"): "x"}, base_url=site.url("/"), listener=no_listener, timeout_s=TIMEOUT_S
    )
    other.shutdown()
    other.server_close()
    assert "nicht gefragt" in finding.text
    assert other.asked == []
    site.elsewhere = "ftp://127.0.0.1/geheim"
    (finding,) = check_online(
        {site.url("/elsewhere"): "x"}, base_url=site.url("/"), listener=no_listener, timeout_s=TIMEOUT_S
    )
    assert "302" in finding.text
