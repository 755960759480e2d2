"""What is sent, in which order, and what stays; to a folder, to OpenSSH's sftp server and to an S3 server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from upload_samples import FILES, S3Server, SftpServer

from pipeline.build.files import sha256_of
from pipeline.errors import BusyError, TargetError
from pipeline.upload.difference import Content, Difference
from pipeline.upload.send import links_out, local_files, look
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


def test_files_of_a_withdrawn_episode_are_removed_if_agreed_and_returned_if_not(connect: Connect, feed: Path) -> None:
    """The record may be lost, so files that only the target knows count as well; the page and files of others stay."""
    gone = {address for address in FILES if "001-alt" in address} - {"folgen/001-alt/index.html"}
    unknown = {"audio/001-alt.v2.mp3", "folgen/001-alt/suche.js", "folgen/001-alt/kapitel/bild.jpg"}
    unknown |= {"folgen/001-alt/lesefassung.epub", "folgen/001-alt/lesefassung.html"}
    foreign = {"folgen/001-alt/von-hand.html", "audio/001-alt.txt", "audio/001-alt-neu.mp3"}
    send(connect(), feed)
    for address in sorted(unknown | foreign):
        connect().put(address, b"x")
    for address in gone:
        (feed / address).unlink()

    upload = look(connect(), local_files(feed, sha256_of), {}, withdrawn={"001-alt"})
    assert set(upload.found.withdrawn) == gone | unknown
    assert set(upload.send(lambda _: None)) == gone | unknown
    assert gone | unknown <= connect().sizes(gone | unknown).keys()

    upload = look(connect(), local_files(feed, sha256_of), {}, withdrawn={"001-alt"})
    assert upload.send(lambda _: None, remove_withdrawn=True) == ()
    left = connect().sizes(gone | unknown | foreign).keys()
    assert not left & (gone | unknown)
    assert foreign | {"folgen/001-alt/index.html", "audio/002-neu.mp3"} <= left
    again = look(connect(), local_files(feed, sha256_of), {}, withdrawn={"001-alt"})
    assert (again.found.withdrawn, again.found.to_send) == ((), ())


def test_what_the_target_does_not_delete_is_returned_and_tried_again(
    sftp_server_that_keeps_files: SftpServer, tmp_path: Path, feed: Path
) -> None:
    settings = PublishSettings(target=sftp_server_that_keeps_files.url, endpoint="", verify=False)
    send(open_target(settings, tmp_path), feed)
    (feed / "folgen/002-neu/index.html").unlink()
    (feed / "audio/001-alt.mp3").unlink()
    (feed / "index.html").write_bytes(b"<p>neu")
    for _ in range(2):
        upload = look(open_target(settings, tmp_path), local_files(feed, sha256_of), {}, withdrawn={"001-alt"})
        left = upload.send(lambda _: None, remove_withdrawn=True)
        assert left == ("folgen/002-neu/index.html", "audio/001-alt.mp3")
        assert open_target(settings, tmp_path).read("index.html") == b"<p>neu"


def test_search_data_and_pages_of_the_feed_that_are_no_more_are_removed(connect: Connect, feed: Path) -> None:
    old = ("suche/7.js", "feed-2.xml", "folgen/001-alt/suche.js", "folgen/001-alt/lesefassung.epub")
    for address in old:
        (feed / address).parent.mkdir(exist_ok=True)
        (feed / address).write_bytes(b"Wort")
    send(connect(), feed)
    for address in old:
        (feed / address).unlink()
    send(connect(), feed)
    assert not set(old) & connect().sizes(old).keys()


@pytest.mark.parametrize("address", ["../privat/brief.html", "/etc/brief.html", "a\\..\\brief.html", "C:brief.html"])
def test_a_record_that_names_files_elsewhere_is_refused(connect: Connect, feed: Path, address: str) -> None:
    send(connect(), feed)
    text = (connect().read(RECORD) or b"").decode()
    forged = text.replace('"files": {', f'"files": {{{json.dumps(address)}: {{"sha256": "ab", "size_bytes": 4}},', 1)
    connect().put(RECORD, forged.encode())
    before = on_target(connect())
    with pytest.raises(TargetError, match="außerhalb") as refused:
        look(connect(), local_files(feed, sha256_of), {})
    assert repr(address) in str(refused.value)
    assert on_target(connect()) == before


def test_names_in_a_listing_that_lead_elsewhere_are_not_ours(s3_server: S3Server, tmp_path: Path, feed: Path) -> None:
    import boto3

    settings = PublishSettings(target=s3_server.url, endpoint=s3_server.endpoint, verify=False)
    send(open_target(settings, tmp_path), feed)
    client = boto3.client("s3", endpoint_url=s3_server.endpoint)
    client.put_object(Bucket=s3_server.bucket, Key="mv/podcast/audio/..\\.x.mp3.1.neu", Body=b"x")
    assert look(open_target(settings, tmp_path), local_files(feed, sha256_of), {}).leftovers == ()


@pytest.mark.parametrize("inside", [True, False])
def test_links_out_of_the_folder_are_not_sent(tmp_path: Path, feed: Path, inside: bool) -> None:
    """Neither a file nor a folder; a page that became such a link stays on the target as it is."""
    target = open_target(PublishSettings(target=str(tmp_path / "web"), endpoint="", verify=False), tmp_path)
    send(target, feed)
    home = feed / "assets" if inside else tmp_path / "privat"
    home.mkdir(exist_ok=True)
    (home / "brief.html").write_bytes(b"geheim")
    (feed / "index.html").unlink()
    (feed / "index.html").symlink_to(home / "brief.html")
    (feed / "folgen/002-neu/ordner").symlink_to(home)
    (feed / "nirgends.html").symlink_to(tmp_path / "fehlt")
    links = links_out(feed)
    upload = look(target, local_files(feed, sha256_of), {}, links=links)
    upload.send(lambda _: None)
    assert target.read("index.html") == (b"geheim" if inside else FILES["index.html"])
    sent = b"".join(path.read_bytes() for path in (tmp_path / "web").rglob("*.html"))
    assert (b"geheim" in sent) == inside
    outside = set() if inside else {"index.html", "folgen/002-neu/ordner"}
    assert set(links) == {"nirgends.html"} | outside


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


@pytest.mark.skipif(os.name != "posix", reason="needs rights of POSIX")
def test_everyone_may_read_a_folder_that_was_filled_under_a_strict_umask(tmp_path: Path, feed: Path) -> None:
    """Also what earlier runs left closed; the target's own folder is only reported."""
    web = tmp_path / "web"
    command = [sys.executable, "-c", f"import os; os.umask(0o077)\n{SENDER}", str(feed), str(web), ""]
    subprocess.run(command, check=True, capture_output=True)
    files = [web / address for address in FILES]
    folders = {folder for file in files for folder in file.parents if folder.is_relative_to(web)}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o644}
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o755}

    for path in (*files, *folders):
        path.chmod(0o700 if path in folders else 0o600)
    target = open_target(PublishSettings(target=str(web), endpoint="", verify=False), tmp_path)
    assert target.closed(FILES) == (str(web),)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o644}
    assert {folder.stat().st_mode & 0o777 for folder in folders - {web}} == {0o755}
    web.chmod(0o750)  # the web server may be in the group
    assert target.closed(FILES) == ()
