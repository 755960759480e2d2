"""The preview: what its server answers, what it refuses, when it builds, and a real browser that reloads."""

from __future__ import annotations

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsers import launched

from pipeline.editor.preview import changed_folders, serving, snapshot, watch
from pipeline.errors import UsageError

PROJECT = Path(__file__).parents[2]
SOUND = bytes(range(256)) * 4
PAGE = "<!DOCTYPE html><html><head><title>{}</title></head><body>{}</body></html>"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "feed/index.html": PAGE.format("Start", "eins"),
        "feed/feed.xml": "<rss/>",
        "feed/assets/podcast.css": "p{}",
        "feed/assets/podcast.js": "1;",
        "feed/folgen/007-x/index.html": PAGE.format("Folge", "x"),
        "feed/folgen/007-x/transkript.vtt": "WEBVTT\n",
        "feed/folgen/007-x/transkript.srt": "1\n",
        "feed/folgen/007-x/kapitel.json": "{}",
        "feed/.gitignore": "*",
        "preview/index.html": PAGE.format("Entwurf", "geheim"),
        "secret.txt": "nicht für Browser",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "feed/audio").mkdir()
    (tmp_path / "feed/audio/007-x.mp3").write_bytes(SOUND)
    return tmp_path


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    with serving(root, port=0, state=lambda: "1") as where:
        yield where


def ask(address: str, path: str, *, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Request `path` exactly as written: no client normalises it first."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/folgen/007-x/", "text/html; charset=utf-8"),
        ("/vorschau/", "text/html; charset=utf-8"),
        ("/feed.xml", "application/xml; charset=utf-8"),
        ("/assets/podcast.css", "text/css; charset=utf-8"),
        ("/assets/podcast.js", "text/javascript; charset=utf-8"),
        ("/folgen/007-x/transkript.vtt", "text/vtt; charset=utf-8"),
        ("/folgen/007-x/transkript.srt", "application/x-subrip"),
        ("/folgen/007-x/kapitel.json", "application/json"),
        ("/audio/007-x.mp3", "audio/mpeg"),
    ],
)
def test_files_are_served_with_their_media_types(address: str, path: str, kind: str) -> None:
    answer, _ = ask(address, path)
    assert (answer.status, answer.getheader("Content-Type")) == (200, kind)


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-9", SOUND[:10], "bytes 0-9/1024"),
        ("bytes=1000-", SOUND[1000:], "bytes 1000-1023/1024"),
        ("bytes=-4", SOUND[-4:], "bytes 1020-1023/1024"),
    ],
)
def test_a_player_gets_the_part_it_asks_for(address: str, asked: str, part: bytes, told: str) -> None:
    answer, body = ask(address, "/audio/007-x.mp3", Range=asked)
    assert (answer.status, body, answer.getheader("Content-Range")) == (206, part, told)


def test_a_whole_audio_file_announces_that_parts_can_be_requested(address: str) -> None:
    answer, body = ask(address, "/audio/007-x.mp3")
    assert (answer.status, body, answer.getheader("Accept-Ranges")) == (200, SOUND, "bytes")
    assert ask(address, "/audio/007-x.mp3", Range="bytes=5000-")[0].status == 416
    assert ask(address, "/audio/007-x.mp3", method="HEAD")[0].getheader("Content-Length") == "1024"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/vorschau/../../secret.txt",
        "/vorschau/..%2f..%2fsecret.txt",
        "//etc/passwd",
        "/.gitignore",
        "/gibt-es-nicht",
        "/folgen/007-x/transkript.vtt/x",
        "/%00",
    ],
)
def test_nothing_outside_the_site_is_served(address: str, path: str) -> None:
    answer, body = ask(address, path)
    assert answer.status in {400, 404}
    assert b"nicht f" not in body
    assert b"root:" not in body


def test_a_folder_without_a_slash_redirects_to_the_one_with_it(address: str) -> None:
    answer, _ = ask(address, "/folgen/007-x")
    assert (answer.status, answer.getheader("Location")) in {(302, "/folgen/007-x/"), (308, "/folgen/007-x/")}


def test_another_host_name_and_other_methods_are_refused(address: str) -> None:
    assert ask(address, "/vorschau/", Host="boese.example")[0].status == 400
    assert ask(address, "/", method="POST")[0].status == 403
    assert ask(address, "/", method="POST", Origin=address.rstrip("/"))[0].status == 405


def test_the_server_listens_on_this_machine_only(address: str) -> None:
    port = urlsplit(address).port
    assert port is not None
    with socket.socket() as elsewhere:
        elsewhere.settimeout(5)
        assert elsewhere.connect_ex(("127.0.0.2", port)) != 0


def test_the_file_on_disk_has_no_reload_script(root: Path, address: str) -> None:
    _, body = ask(address, "/")
    assert b'<script src="/.neu/reload.js" data-state="1" defer></script>' in body
    assert "reload" not in (root / "feed/index.html").read_text(encoding="utf-8")


def test_a_missing_page_is_reported_in_german(root: Path, address: str) -> None:
    assert ask(address, "/nichts")[1].decode() == "Diese Seite gibt es nicht.\n"
    (root / "preview/index.html").unlink()
    assert ask(address, "/vorschau/")[1].decode() == "Es gibt keine Entwürfe und keine späteren Folgen.\n"
    (root / "feed/404.html").write_text(PAGE.format("404", "Verlaufen?"), encoding="utf-8")
    answer, body = ask(address, "/nichts")
    assert answer.status == 404
    assert "Verlaufen?" in body.decode()


def test_a_port_in_use_is_one_german_error(root: Path, address: str) -> None:
    port = urlsplit(address).port
    assert port is not None
    with pytest.raises(UsageError, match=f"Auf Port {port} läuft schon etwas"), serving(root, port=port, state=str):
        pass


def test_a_taken_port_prints_nothing_in_english(root: Path, address: str, capfd: pytest.CaptureFixture[str]) -> None:
    port = urlsplit(address).port
    assert port is not None
    with pytest.raises(UsageError), serving(root, port=port, state=str):
        pass
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("signs", [300, 1999, 5_000, 60_000, 200_000])
def test_an_address_of_any_length_gets_a_german_answer(
    root: Path, address: str, signs: int, capfd: pytest.CaptureFixture[str]
) -> None:
    (root / "preview/index.html").unlink()
    for path in (f"/{'a' * signs}", f"/{'a/' * (signs // 2)}", f"/vorschau/{'%41' * (signs // 3)}"):
        answer, body = ask(address, path)
        assert answer.status in {404, 414}
        assert any(text in body.decode() for text in ("Diese Seite gibt es nicht.", "Es gibt keine", "zu lang"))
    assert capfd.readouterr() == ("", "")


def test_links_out_of_the_site_are_not_served(root: Path, address: str) -> None:
    (root / "feed/aussen.txt").symlink_to(root / "secret.txt")
    (root / "feed/ordner").symlink_to(root)
    (root / "feed/kreis").symlink_to(root / "feed/kreis")
    (root / "preview/aussen.html").symlink_to(root / "secret.txt")
    (root / "feed/innen.css").symlink_to(root / "feed/assets/podcast.css")
    for path in ("/aussen.txt", "/ordner/secret.txt", "/ordner/", "/kreis", "/vorschau/aussen.html"):
        answer, body = ask(address, path)
        assert answer.status == 404, path
        assert "Browser" not in body.decode()
    assert ask(address, "/innen.css")[1] == b"p{}"


def test_a_site_that_is_a_link_to_another_disk_is_served(tmp_path: Path) -> None:
    written(tmp_path, "disk/index.html", PAGE.format("Start", "eins"))
    written(tmp_path, "show/episodes/show.toml")
    (tmp_path / "show/feed").symlink_to(tmp_path / "disk")
    with serving(tmp_path / "show", port=0, state=str) as address:
        assert ask(address, "/")[0].status == 200


def test_the_message_of_a_build_is_shown_on_every_page(root: Path) -> None:
    problem = ["shownotes.md:3: <b>falsch</b>\n  Was tun: ändern"]
    with serving(root, port=0, state=lambda: "1", problem=lambda: problem[0]) as address:
        for path, status in (("/", 200), ("/folgen/007-x/", 200), ("/vorschau/", 200), ("/nichts", 404)):
            answer, body = ask(address, path)
            assert answer.status == status
            assert "shownotes.md:3: &lt;b&gt;falsch&lt;/b&gt;<br>" in body.decode()
        assert "reload.js" in ask(address, "/nichts")[1].decode()
        problem[0] = ""
        assert "falsch" not in ask(address, "/")[1].decode()


def test_a_page_that_is_no_utf8_is_served_all_the_same(root: Path, address: str) -> None:
    (root / "feed/index.html").write_bytes("<html><head></head><body>Übung</body></html>".encode("cp1252"))
    answer, body = ask(address, "/")
    assert answer.status == 200
    assert "bung" in body.decode()


def written(root: Path, name: str, text: str = "neu") -> Path:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    return root / name


def test_changes_of_what_people_write_count_and_of_generated_files_do_not(root: Path) -> None:
    written(root, "episodes/007-x/episode.toml")
    written(root, "episodes/008-y/episode.toml")
    written(root, "episodes/show.toml")
    before = snapshot(root)
    written(root, "episodes/007-x/work/manifest.json")
    written(root, "episodes/.work/manifest.json")
    written(root, "feed/index.html")
    assert snapshot(root) == before
    written(root, "transcripts/007-x.txt")
    written(root, "transcripts/README.txt")
    assert changed_folders(root, before, snapshot(root)) == ("007-x",)
    written(root, "episodes/008-y/shownotes.md")
    written(root, "episodes/show.toml", "anders")
    assert changed_folders(root, before, snapshot(root)) == ("007-x", "008-y")


def test_a_change_is_built_once_after_the_files_stop_changing(root: Path) -> None:
    written(root, "episodes/007-x/episode.toml")
    moments = itertools.count()

    def pause() -> bool:
        moment = next(moments)
        if moment in {2, 3}:
            written(root, "transcripts/007-x.txt", "x" * moment)
        return moment < 9

    built: list[tuple[int, tuple[str, ...]]] = []
    watch(root, lambda folders: built.append((next(moments), folders)), pause=pause)
    assert [folders for _, folders in built] == [("007-x",)]


def test_an_open_page_reloads_when_the_state_changes(root: Path) -> None:
    from playwright.sync_api import expect

    state = ["1"]
    with serving(root, port=0, state=lambda: state[0]) as address, launched() as browser:
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("body")).to_have_text("eins")
        (root / "feed/index.html").write_text(PAGE.format("Start", "zwei"), encoding="utf-8")
        state[0] = "2"
        expect(page.locator("body")).to_have_text("zwei")


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
def test_a_saved_transcript_shows_up_in_the_browser_and_a_mistake_does_not_end_the_preview(tmp_path: Path) -> None:
    """Runs the real command on a real show, from the first build to Ctrl+C."""
    sys.path.insert(0, str(PROJECT / "tests" / "pages"))
    from many_episodes import write_show
    from playwright.sync_api import expect

    write_show(tmp_path, 1)
    command = [sys.executable, "-m", "pipeline", "--root", str(tmp_path), "preview", "--port", "0"]
    preview = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        # A shell's background jobs ignore Ctrl+C, and so would this one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert preview.stdout is not None
    told = iter(preview.stdout.readline, "")
    address = next(line.split()[1] for line in told if line.startswith("Vorschau:"))
    try:
        with launched() as browser:
            page = browser.new_page()
            messages: list[str] = []
            page.on("console", lambda message: messages.append(message.text))
            page.goto(f"{address}folgen/001-folge-1/")
            written(tmp_path, "transcripts/001-folge-1.txt", "Stimme Eins:\nGanz neu geschrieben.\n")
            expect(page.locator(".transcript")).to_contain_text("Ganz neu geschrieben.", timeout=60_000)
            toml = tmp_path / "episodes/show.toml"
            right = toml.read_text(encoding="utf-8")
            written(tmp_path, "episodes/show.toml", right + "\nfalsch = 1\n")
            assert any(line.startswith("Fehler:") for line in told)
            expect(page.get_by_role("alert")).to_contain_text("falsch", timeout=60_000)
            toml.write_bytes(b'title = "\xff\x00')
            assert any(line.startswith("Fehler:") for line in told)
            expect(page.get_by_role("alert")).to_contain_text("show.toml", timeout=60_000)
            written(tmp_path, "episodes/show.toml", right.replace('"digitales MV"', '"Anderer Name"', 1))
            expect(page.locator(".brand")).to_have_text("Anderer Name", timeout=60_000)
            expect(page.get_by_role("alert")).to_have_count(0)
            assert messages == []
    finally:
        preview.send_signal(signal.SIGINT)
        rest = preview.communicate(timeout=60)[0]
    assert "Vorschau beendet." in rest
    assert preview.returncode == 0
