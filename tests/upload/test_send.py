"""What is sent, in which order, and what stays; to a folder, to OpenSSH's sftp server and to an S3 server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from upload_samples import FILES

from pipeline.build.files import sha256_of
from pipeline.errors import BusyError, TargetError
from pipeline.upload.difference import Content, Difference
from pipeline.upload.send import local_files, look
from pipeline.upload.target import RECORD, Target, open_target
from pipeline.values.show import PublishSettings

Connect = Callable[[], Target]


@pytest.fixture(params=["folder", "sftp", "s3"])
def connect(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connect]:
    """Open the target again, as every run does."""
    target, endpoint = str(tmp_path / "web"), ""
    if request.param == "sftp":
        target = request.getfixturevalue("sftp_server").url
    elif request.param == "s3":
        server = request.getfixturevalue("s3_server")
        target, endpoint = server.url, server.endpoint
    settings = PublishSettings(target=target, endpoint=endpoint, verify=False)
    yield lambda: open_target(settings, tmp_path)


def send(target: Target, feed: Path, promised: dict[str, Content] | None = None) -> tuple[Difference, list[str]]:
    sent: list[str] = []
    upload = look(target, local_files(feed, sha256_of), promised or {})
    upload.send(lambda file: sent.append(file.address))
    return upload.found, sent


def on_target(target: Target) -> dict[str, bytes]:
    """Everything on the target, record and leftovers included."""
    sizes = target.sizes((*FILES, RECORD))
    found = {address: target.read(address) for address in sizes}
    return {address: content for address, content in found.items() if content is not None and address in sizes}


def test_everything_is_sent_once_and_the_feed_last(connect: Connect, feed: Path) -> None:
    _, sent = send(connect(), feed)
    assert sorted(sent) == sorted(FILES)
    assert sent[:2] == ["audio/001-alt.mp3", "audio/002-neu.mp3"]
    pages = [address for address in sent if address.endswith("index.html")]
    assert sent[-4:] == [*pages, "feed.xml"]
    assert pages[-1] == "index.html"
    found = on_target(connect())
    found.pop(RECORD)
    assert found == FILES


def test_a_second_run_sends_nothing(connect: Connect, feed: Path) -> None:
    send(connect(), feed)
    before = on_target(connect())
    found, sent = send(connect(), feed)
    assert sent == []
    assert found.unchanged == len(FILES)
    assert on_target(connect()) == before


def test_only_what_changed_is_sent(connect: Connect, feed: Path) -> None:
    send(connect(), feed)
    (feed / "folgen/001-alt/transkript.vtt").write_bytes(b"WEBVTT!")  # as long as before
    (feed / "feed.xml").write_bytes(b"<rss></rss>")
    _, sent = send(connect(), feed)
    assert sent == ["folgen/001-alt/transkript.vtt", "feed.xml"]
    assert connect().read("folgen/001-alt/transkript.vtt") == b"WEBVTT!"


def test_what_was_lost_or_cut_on_the_target_is_sent_again(connect: Connect, feed: Path) -> None:
    send(connect(), feed)
    connect().remove("audio/001-alt.mp3")
    connect().put("index.html", b"<p>")
    _, sent = send(connect(), feed)
    assert sent == ["audio/001-alt.mp3", "index.html"]
    assert connect().read("audio/001-alt.mp3") == FILES["audio/001-alt.mp3"]


def test_old_pages_are_removed_but_never_audio_transcripts_or_files_of_others(connect: Connect, feed: Path) -> None:
    send(connect(), feed)
    connect().put("folgen/001-alt/von-hand.html", b"nicht von uns")
    for address in [address for address in FILES if "001-alt" in address]:
        (feed / address).unlink()
    found, sent = send(connect(), feed)
    assert sent == []
    assert found.to_remove == ("folgen/001-alt/index.html",)
    left = on_target(connect())
    assert set(FILES) - set(left) == {"folgen/001-alt/index.html"}
    assert left["folgen/001-alt/von-hand.html"] == b"nicht von uns"
    assert send(connect(), feed)[0].to_remove == ()


def test_leftovers_of_a_killed_run_are_removed(connect: Connect, feed: Path) -> None:
    send(connect(), feed)
    connect().put("audio/.002-neu.mp3.0123abcd.neu", b"ID3")
    send(connect(), feed)
    assert "audio/.002-neu.mp3.0123abcd.neu" not in on_target(connect())


def test_everything_is_sent_again_if_the_record_is_unreadable(connect: Connect, feed: Path) -> None:
    send(connect(), feed)
    connect().put(RECORD, b"\xff{kaputt")
    assert len(send(connect(), feed)[1]) == len(FILES)


def test_released_audio_may_be_missing_here_if_the_target_has_it(connect: Connect, feed: Path) -> None:
    address = "audio/001-alt.mp3"
    promised = {address: Content(sha256=sha256_of(feed / address), size_bytes=(feed / address).stat().st_size)}
    send(connect(), feed, promised)
    (feed / address).unlink()
    assert send(connect(), feed, promised)[1] == []
    assert connect().read(address) == FILES[address]
    connect().remove(address)
    with pytest.raises(TargetError, match=r"weder hier noch auf dem Ziel:\n  feed/audio/001-alt\.mp3"):
        send(connect(), feed, promised)


def test_audio_that_is_not_what_was_released_stops_everything(connect: Connect, feed: Path) -> None:
    promised = {"audio/001-alt.mp3": Content(sha256="ab" * 32, size_bytes=6993)}
    with pytest.raises(TargetError, match="veröffentlichten Form"):
        send(connect(), feed, promised)
    assert on_target(connect()) == {}


def test_a_file_changed_by_another_run_stops_the_upload_before_the_feed(tmp_path: Path, feed: Path) -> None:
    target = open_target(PublishSettings(target=str(tmp_path / "web"), endpoint="", verify=False), tmp_path)
    upload = look(target, local_files(feed, sha256_of), {})
    (feed / "index.html").write_bytes(b"<p>anders")
    with pytest.raises(BusyError):
        upload.send(lambda _: None)
    assert target.read("feed.xml") is None
    _, sent = send(target, feed)
    assert sent[-2:] == ["index.html", "feed.xml"]
    assert not [address for address in sent if address.startswith(("audio/", "assets/"))]  # arrived and recorded


SENDER = """\
import sys
from pathlib import Path
from pipeline.build.files import sha256_of
from pipeline.values.show import PublishSettings
from pipeline.upload.send import local_files, look
from pipeline.upload.target import open_target
feed, target, endpoint = sys.argv[1:]
settings = PublishSettings(target=target, endpoint=endpoint, verify=False)
upload = look(open_target(settings, Path()), local_files(Path(feed), sha256_of), {})
upload.send(lambda file: print(file.address, flush=True))
"""


@pytest.mark.parametrize("moment", ["audio/003-gross.mp3", "index.html"])
@pytest.mark.parametrize("kind", ["folder", "sftp", "s3"])
def test_after_a_kill_at_any_moment_the_target_has_whole_files_and_the_next_run_completes_it(
    request: pytest.FixtureRequest, tmp_path: Path, feed: Path, kind: str, moment: str
) -> None:
    target, endpoint = str(tmp_path / "web"), ""
    if kind == "sftp":
        target = request.getfixturevalue("sftp_server").url
    elif kind == "s3":
        server = request.getfixturevalue("s3_server")
        target, endpoint = server.url, server.endpoint
    (feed / "audio/003-gross.mp3").write_bytes(bytes(range(256)) * 100_000)  # 26 MB: takes a while on any machine
    command = [sys.executable, "-c", SENDER, str(feed), target, endpoint]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    while running.stdout.readline().strip() != moment:
        assert running.poll() is None
    running.kill()
    running.communicate()

    here = {address: (feed / address).read_bytes() for address in (*FILES, "audio/003-gross.mp3")}
    settings = PublishSettings(target=target, endpoint=endpoint, verify=False)
    halfway = on_target(open_target(settings, tmp_path))
    public = {
        address: content for address, content in halfway.items() if not address.rpartition("/")[2].startswith(".")
    }
    assert all(here[address] == content for address, content in public.items())
    if moment != "feed.xml":
        assert "feed.xml" not in public

    _, sent = send(open_target(settings, tmp_path), feed)
    assert not {"audio/001-alt.mp3", "audio/002-neu.mp3"} & set(sent)  # recorded one by one
    whole = on_target(open_target(settings, tmp_path))
    whole.pop(RECORD)
    assert whole == here
