"""Real servers on loopback: OpenSSH's sftp and an S3 server; and a small `feed/` to send to them."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from upload_samples import FILES, S3Server, SftpServer

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A folder like `feed/`, with files to send and files that must not be sent."""
    home = tmp_path / "feed"
    for address, content in {**FILES, ".gitignore": b"*", "audio/.002-neu.mp3.1.neu": b"half"}.items():
        (home / address).parent.mkdir(parents=True, exist_ok=True)
        (home / address).write_bytes(content)
    return home


@pytest.fixture
def sftp_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    yield from _serve(tmp_path, monkeypatch, "internal-sftp")


@pytest.fixture
def sftp_server_that_keeps_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpServer]:
    """It refuses to remove anything."""
    yield from _serve(tmp_path, monkeypatch, "internal-sftp -P remove")


def _serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subsystem: str) -> Iterator[SftpServer]:
    if SSHD is None:
        pytest.skip("needs OpenSSH's sshd")
    home, served = tmp_path / "home", tmp_path / "served"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    served.mkdir()
    for key in (home / ".ssh/id_ed25519", tmp_path / "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    shutil.copy(home / ".ssh/id_ed25519.pub", tmp_path / "authorized_keys")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {tmp_path}/host_key\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"AuthorizedKeysFile {tmp_path}/authorized_keys\nPasswordAuthentication no\nSubsystem sftp {subsystem}\n",
        encoding="utf-8",
    )
    host_key = " ".join((tmp_path / "host_key.pub").read_text(encoding="utf-8").split()[:2])
    (home / ".ssh/known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n", encoding="utf-8")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if "Server listening" in line:
            break
    else:
        pytest.fail(f"sshd ended with {server.wait()}")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    yield SftpServer(f"sftp://{getpass.getuser()}@127.0.0.1:{port}{served}/podcast", served / "podcast", home, port)
    server.stderr.close()  # sessions of connected clients also keep it open, so it is not read to its end
    server.terminate()
    server.wait()


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[S3Server]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-name")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ganz-geheim-4711")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    endpoint = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=endpoint)
    bucket = f"podcast-{os.getpid()}-{port}"
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield S3Server(f"s3://{bucket}/mv/podcast", endpoint, bucket)
    server.stop()
