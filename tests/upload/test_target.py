"""What a target reports if something is wrong with it, and what object storage gets to know about a file."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from upload_samples import S3Server, SftpServer

from pipeline.addresses import shown
from pipeline.build.files import sha256_of
from pipeline.errors import StorageError, TargetError
from pipeline.upload.kinds import media_type, needs_cors
from pipeline.upload.send import local_files, look
from pipeline.upload.target import RECORD, open_target
from pipeline.upload.trouble import PASSWORD_VARIABLE, without_credentials
from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.show import PublishSettings


def reach(target: str, endpoint: str = "") -> None:
    open_target(PublishSettings(target=target, endpoint=endpoint, verify=False), Path()).reach()


def test_a_folder_is_created_but_not_its_parent(tmp_path: Path, feed: Path) -> None:
    with pytest.raises(TargetError, match="Das Ziel gibt es nicht"):
        reach(str(tmp_path / "netzlaufwerk/podcast"))
    settings = PublishSettings(target=f"file://{tmp_path}/podcast", endpoint="", verify=False)
    look(open_target(settings, Path("/nirgends")), local_files(feed, sha256_of), {}).send(lambda _: None)
    assert (tmp_path / "podcast/feed.xml").is_file()


def test_trying_to_write_changes_nothing_but_finds_names_that_are_too_long(tmp_path: Path, feed: Path) -> None:
    target = open_target(PublishSettings(target=str(tmp_path / "podcast"), endpoint="", verify=False), tmp_path)
    target.try_writing(["feed.xml"])
    assert [path.name for path in (tmp_path / "podcast").iterdir()] == [RECORD]
    look(target, local_files(feed, sha256_of), {}).send(lambda _: None)
    record = (tmp_path / "podcast" / RECORD).read_bytes()
    target.try_writing(["feed.xml"])
    assert (tmp_path / "podcast" / RECORD).read_bytes() == record
    with pytest.raises(TargetError, match=r"Ein Name ist für das Ziel zu lang\.\n  Wo: .*/x+\n"):
        target.try_writing(["feed.xml", "x" * 250])


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root for a small tmpfs")
def test_a_full_folder_is_reported_and_no_partial_file_appears(tmp_path: Path, feed: Path) -> None:
    small = tmp_path / "klein"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12k", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    try:
        settings = PublishSettings(target=str(small), endpoint="", verify=False)
        (feed / "audio/001-alt.mp3").write_bytes(bytes(60_000))
        with pytest.raises(StorageError, match="voll"):
            look(open_target(settings, tmp_path), local_files(feed, sha256_of), {}).send(lambda _: None)
        assert not (small / "audio/001-alt.mp3").exists()
        assert not (small / "feed.xml").exists()
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_server_with_another_key_is_refused(sftp_server: SftpServer) -> None:
    (sftp_server.home / ".ssh/known_hosts").write_text("", encoding="utf-8")
    with pytest.raises(TargetError, match="Den Server kennt dieser Rechner noch nicht"):
        reach(sftp_server.url)
    other = (sftp_server.home / ".ssh/id_ed25519.pub").read_text(encoding="utf-8").rpartition(" ")[0]
    (sftp_server.home / ".ssh/known_hosts").write_text(f"[127.0.0.1]:{sftp_server.port} {other}\n", encoding="utf-8")
    with pytest.raises(TargetError, match="sein Schlüssel hat sich geändert"):
        reach(sftp_server.url)


def test_an_unknown_key_is_reported(sftp_server: SftpServer) -> None:
    key = sftp_server.home / ".ssh/id_ed25519"
    for path in (key, key.with_suffix(".pub")):
        path.unlink()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with pytest.raises(TargetError, match="lässt uns nicht hinein"):
        reach(sftp_server.url)


def test_an_ssh_config_with_a_name_for_the_server_is_used(sftp_server: SftpServer) -> None:
    config = f"Host webserver\n  HostName 127.0.0.1\n  Port {sftp_server.port}\n"
    (sftp_server.home / ".ssh/config").write_text(config, encoding="utf-8")
    known = (sftp_server.home / ".ssh/known_hosts").read_text(encoding="utf-8")
    (sftp_server.home / ".ssh/known_hosts").write_text(known + "webserver" + known[known.index(" ") :])
    reach(f"sftp://webserver{sftp_server.folder}")


def test_a_missing_folder_on_a_server_and_an_unreachable_server_are_reported(sftp_server: SftpServer) -> None:
    with pytest.raises(TargetError, match="Das Ziel gibt es nicht"):
        reach(f"{sftp_server.url}/zu/tief")
    with pytest.raises(TargetError, match="nicht zu erreichen"):
        reach("sftp://127.0.0.1:1/tmp/podcast")


def test_a_server_that_cannot_replace_a_file_by_renaming_gets_it_directly(sftp_server: SftpServer, feed: Path) -> None:
    import asyncssh
    from fsspec.asyn import get_loop, sync

    class WithoutPosixRename(asyncssh.SFTPServer):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            raise asyncssh.SFTPOpUnsupported("kann ich nicht")

    key = sftp_server.home / ".ssh/id_ed25519"
    options = {"server_host_keys": [str(key)], "authorized_client_keys": f"{key}.pub"}
    server = sync(get_loop(), asyncssh.listen, "127.0.0.1", 0, sftp_factory=WithoutPosixRename, **options)
    (sftp_server.home / ".ssh/known_hosts").write_text(
        f"[127.0.0.1]:{server.get_port()} {Path(f'{key}.pub').read_text(encoding='utf-8')}", encoding="utf-8"
    )
    url = f"sftp://wer@127.0.0.1:{server.get_port()}{sftp_server.folder}"
    settings = PublishSettings(target=url, endpoint="", verify=False)
    for text in (b"<rss/>", b"<rss>neu</rss>"):
        (feed / "feed.xml").write_bytes(text)
        look(open_target(settings, Path()), local_files(feed, sha256_of), {}).send(lambda _: None)
        assert (sftp_server.folder / "feed.xml").read_bytes() == text
    assert not list(sftp_server.folder.rglob("*.neu"))
    get_loop().call_soon_threadsafe(server.close)


def test_a_password_comes_from_the_environment_and_is_never_shown(
    sftp_server: SftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncssh
    from fsspec.asyn import get_loop, sync

    class WithPassword(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return password == "richtig-4711"

    key = sftp_server.home / ".ssh/id_ed25519"
    listen = {"server_host_keys": [str(key)], "server_factory": WithPassword, "sftp_factory": True}
    server = sync(get_loop(), asyncssh.listen, "127.0.0.1", 0, **listen)
    (sftp_server.home / ".ssh/known_hosts").write_text(
        f"[127.0.0.1]:{server.get_port()} {Path(f'{key}.pub').read_text(encoding='utf-8')}", encoding="utf-8"
    )
    url = f"sftp://wer@127.0.0.1:{server.get_port()}{sftp_server.folder}"
    monkeypatch.setenv(PASSWORD_VARIABLE, "richtig-4711")
    reach(url)
    monkeypatch.setenv(PASSWORD_VARIABLE, "falsch-4711")
    with pytest.raises(TargetError, match="lässt uns nicht hinein") as refused:
        reach(url)
    assert "4711" not in str(refused.value)
    get_loop().call_soon_threadsafe(server.close)


def test_a_missing_bucket_and_credentials_are_reported(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TargetError, match="Das Ziel gibt es nicht"):
        reach("s3://gibt-es-nicht/podcast", s3_server.endpoint)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(TargetError, match="keine vollständigen Zugangsdaten"):
        reach(s3_server.url, s3_server.endpoint)


def test_an_endpoint_from_the_environment_is_used(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint)
    reach(s3_server.url)


@pytest.mark.parametrize(("scheme", "package"), [("sftp", "sshfs"), ("s3", "s3fs")])
def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TargetError, match=rf"make setup-{scheme}"):
        reach(f"{scheme}://server/pfad")


def test_an_unknown_kind_of_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="nicht bekannt"):
        reach("gopher://server/pfad")


def test_any_other_target_of_fsspec_can_be_used(feed: Path) -> None:
    settings = PublishSettings(target="memory://speicher/podcast", endpoint="", verify=False)
    target = open_target(settings, Path())
    look(target, local_files(feed, sha256_of), {}).send(lambda _: None)
    assert look(target, local_files(feed, sha256_of), {}).found.to_send == ()
    assert target.read("feed.xml") == b"<rss/>"


def test_s3_objects_have_their_type_and_cache_time(s3_server: S3Server, feed: Path) -> None:
    import boto3

    settings = PublishSettings(target=s3_server.url, endpoint=s3_server.endpoint, verify=False)
    look(open_target(settings, Path()), local_files(feed, sha256_of), {}).send(lambda _: None)
    client = boto3.client("s3", endpoint_url=s3_server.endpoint)

    def head(address: str) -> tuple[str, str]:
        answer = client.head_object(Bucket=s3_server.bucket, Key=f"mv/podcast/{address}")
        return answer["ContentType"], answer["CacheControl"]

    assert head("audio/002-neu.mp3") == ("audio/mpeg", "public, max-age=31536000, immutable")
    assert head("feed.xml") == ("application/rss+xml; charset=utf-8", "public, max-age=300")
    assert head("folgen/001-alt/transkript.vtt") == ("text/vtt; charset=utf-8", "public, max-age=300")
    assert head("folgen/001-alt/transkript.html") == ("text/html; charset=utf-8", "public, max-age=300")
    assert head("folgen/002-neu/kapitel.json") == ("application/json+chapters", "public, max-age=300")
    assert head("folgen/002-neu/lesefassung.epub") == ("application/epub+zip", "public, max-age=300")
    assert head("assets/cover.jpg") == ("image/jpeg", "public, max-age=86400")


def test_the_types_are_those_that_the_feed_announces() -> None:
    for name, audio in AUDIO_FORMATS.items():
        assert media_type(f"audio/001.{name}") == audio.media_type
    feed = ElementTree.parse(Path(__file__).parents[1] / "golden/publish/feed.xml")
    announced = {
        entry.attrib["url"].partition("/podcast/")[2]: (entry.tag.rpartition("}")[2], entry.attrib["type"])
        for entry in feed.iterfind(".//item/*[@url][@type]")
    }
    assert len(announced) > 8
    for address, (tag, announced_type) in announced.items():
        assert media_type(address).partition(";")[0] == announced_type
        assert needs_cors(address) == (tag in {"transcript", "chapters"} and not address.endswith("index.html"))


@pytest.mark.parametrize("address", ["../x", "a/../../x", "/x", "a\\x", "C:x", "a\0x", "a//x", "", "\ud800"])
def test_an_address_that_leads_elsewhere_is_never_used(tmp_path: Path, address: str) -> None:
    target = open_target(PublishSettings(target=str(tmp_path / "web"), endpoint="", verify=False), tmp_path)
    (tmp_path / "x").write_bytes(b"meins")
    for use in (target.read, target.remove, lambda each: target.put(each, b"fremd"), lambda each: target.sizes([each])):
        with pytest.raises(TargetError, match="hinaus"):
            use(address)
    assert (tmp_path / "x").read_bytes() == b"meins"


def test_a_folder_and_a_file_in_each_others_place_are_named(tmp_path: Path) -> None:
    target = open_target(PublishSettings(target=str(tmp_path / "web"), endpoint="", verify=False), tmp_path)
    target.put("audio", b"x")
    (tmp_path / "web/feed.xml").mkdir()
    with pytest.raises(TargetError, match="Datei, wo ein Ordner") as refused:
        target.put("audio/001.mp3", b"ID3")
    assert "web/audio/001.mp3" in str(refused.value)
    with pytest.raises(TargetError, match="Ordner, wo eine Datei") as refused:
        target.put("feed.xml", b"<rss/>")
    assert "web/feed.xml" in str(refused.value)
    assert ".neu" not in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root to become somebody else")
def test_a_file_that_may_not_be_replaced_is_named_itself(nobodys: Path) -> None:
    """In a folder with the sticky bit only a file's owner may replace it."""
    web = nobodys / "web"
    (web / "audio").mkdir(parents=True)
    (web / "feed.xml").write_bytes(b"<rss/>")
    for folder, mode in ((web, 0o1777), (web / "audio", 0o555)):
        folder.chmod(mode)
    target = open_target(PublishSettings(target=str(web), endpoint="", verify=False), nobodys)
    os.seteuid(65534)
    try:
        for address in ("feed.xml", "audio/001.mp3"):
            with pytest.raises(StorageError) as refused:
                target.put(address, b"neu")
            assert f"Wo: {web / address}\n" in str(refused.value)
    finally:
        os.seteuid(0)
    assert (web / "feed.xml").read_bytes() == b"<rss/>"


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder that everyone may enter, unlike tmp_path."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    "url",
    [
        "sftp://geheim4711@server/pfad",
        "ftp://ich:geheim4711@server/pfad",
        "webdav://server/pfad?password=geheim4711",
        "webdav://server/pfad?x=1&token=geheim4711#geheim4711",
        "ftp://server/pfad;password=geheim4711",
        "https://ich:geheim4711@[kaputt/pfad",
    ],
)
def test_no_form_of_credentials_is_shown(url: str) -> None:
    assert "4711" not in shown(url)
    assert "4711" not in without_credentials(f'Could not connect to the endpoint URL: "{url}"')
    if "[" not in url:  # a target is a possible address: `values/checked.py`
        with pytest.raises(TargetError) as refused:
            reach(url.replace("sftp:", "gopher:"))
        assert "4711" not in str(refused.value)


def test_an_endpoint_with_credentials_in_the_environment_is_not_shown(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://ich:geheim4711@127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(TargetError, match="nicht zu erreichen") as refused:
        reach(s3_server.url)
    assert "4711" not in str(refused.value)
