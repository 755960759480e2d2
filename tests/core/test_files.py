"""Files appear whole or not at all, and what prevents a write is reported in German."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.build.files import read_text, sha256_of, storage_error, storage_errors, write_text
from pipeline.errors import ConfigError, PipelineError, StorageError, did_you_mean


def test_text_is_written_as_nfc_and_leaves_no_staging_file(tmp_path: Path) -> None:
    path = tmp_path / "neu" / "a.txt"
    write_text(path, "U\u0308bung\n")
    assert path.read_bytes() == "Übung\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfHallo")
    assert read_text(path) == "Hallo"


def test_the_hash_is_sha256(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("code", "text"), [(errno.ENOSPC, "voll"), (errno.EACCES, "nicht geschrieben"), (errno.EROFS, "nicht geschrieben")]
)
def test_a_full_disk_and_a_missing_permission_are_reported_in_german(tmp_path: Path, code: int, text: str) -> None:
    with pytest.raises(StorageError, match=text) as caught, storage_errors(tmp_path):
        raise OSError(code, "x", str(tmp_path / "datei"))
    assert str(tmp_path / "datei") in str(caught.value)
    assert caught.value.exit_code == 10


def test_other_operating_system_errors_pass_through(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="x"), storage_errors(tmp_path):
        raise OSError(errno.EIO, "x")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("alt", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text(encoding="utf-8") == "alt"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to become nobody")
def test_the_user_nobody_gets_a_german_message_if_writing_is_forbidden(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from pipeline.build.files import write_text; os.setuid(65534);"
        "write_text(pathlib.Path(sys.argv[1]) / 'x', 'y')"
    )
    tmp_path.chmod(0o755)
    command = [sys.executable, "-c", code, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert "Hier darf nicht geschrieben werden." in ended.stderr


def test_errors_say_what_where_and_what_to_do_and_have_their_own_exit_codes() -> None:
    error = ConfigError("Etwas fehlt.", where="a.toml", advice="Es ergänzen.")
    assert str(error) == "Etwas fehlt.\n  Wo: a.toml\n  Was tun: Es ergänzen."
    codes = [kind.exit_code for kind in PipelineError.__subclasses__()]
    assert sorted(codes) == sorted(set(codes)) == list(range(2, 14))


def test_a_similar_name_is_suggested_and_a_different_one_is_not() -> None:
    assert did_you_mean("titel", ["title", "guid"]) == " Meinten Sie „title“?"
    assert did_you_mean("xyz", ["title"]) == ""


def test_a_message_names_the_file_and_not_the_one_that_was_to_replace_it(tmp_path: Path) -> None:
    place = tmp_path / "feed.xml"
    for error in (
        PermissionError(errno.EACCES, "denied", str(tmp_path / ".feed.xml.123.neu")),
        PermissionError(errno.EACCES, "denied", str(tmp_path / ".feed.xml.0a1b2c3d.neu")),
        PermissionError(errno.EACCES, "denied", str(tmp_path / "staging/000.xml"), None, str(place)),
    ):
        raised = storage_error(error, tmp_path)
        assert raised is not None
        assert raised.where == place
