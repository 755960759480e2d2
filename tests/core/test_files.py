"""Files appear whole or not at all, and what prevents a write is reported in German."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from pipeline.build import files
from pipeline.build.files import named_file, read_text, sha256_of, storage_error, storage_errors, write_text
from pipeline.build.left_over import remove_left_over, staged_name
from pipeline.build.locks import locked
from pipeline.errors import ConfigError, PipelineError, StorageError, did_you_mean

PROJECT = Path(__file__).parents[2]


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
    assert sorted(codes) == sorted(set(codes)) == list(range(2, 15))


def test_a_similar_name_is_suggested_and_a_different_one_is_not() -> None:
    assert did_you_mean("titel", ["title", "guid"]) == " Meinten Sie „title“?"
    assert did_you_mean("xyz", ["title"]) == ""


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (errno.EISDIR, "Hier liegt ein Ordner"),
        (errno.ENOTDIR, "wo ein Ordner hingehört"),
        (errno.EEXIST, "wo ein Ordner hingehört"),
        (errno.ELOOP, "verweist auf sich selbst"),
        (errno.ENAMETOOLONG, "Name ist zu lang"),
        (errno.EBUSY, "Ein anderes Programm benutzt diese Datei"),
    ],
)
def test_something_else_where_a_file_belongs_is_reported_in_german(tmp_path: Path, code: int, text: str) -> None:
    with pytest.raises(StorageError, match=text), storage_errors(tmp_path):
        raise OSError(code, "x", str(tmp_path / "datei"))


def test_a_target_that_cannot_be_replaced_is_named_and_not_the_staged_file(tmp_path: Path) -> None:
    target = tmp_path / "folge.txt"
    target.mkdir()
    with pytest.raises(StorageError) as caught:
        write_text(target, "x")
    assert str(caught.value.where) == str(target)
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_protected_against_writing_is_named_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("alt", encoding="utf-8")
    path.chmod(0o444)
    with pytest.raises(StorageError, match="schreibgeschützt") as caught:
        write_text(path, "neu")
    assert (caught.value.where, path.read_text(encoding="utf-8")) == (path, "alt")


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("alt", encoding="utf-8")
    path.chmod(0o660)
    write_text(path, "neu")
    assert path.stat().st_mode & 0o777 == 0o660


def test_a_link_is_written_through_and_stays(tmp_path: Path) -> None:
    cloud = tmp_path / "cloud"
    cloud.mkdir()
    (cloud / "a.txt").write_text("alt", encoding="utf-8")
    (tmp_path / "mitte.txt").symlink_to("cloud/a.txt")
    link = tmp_path / "a.txt"
    link.symlink_to("mitte.txt")
    write_text(link, "neu")
    assert link.is_symlink()
    assert (cloud / "a.txt").read_text(encoding="utf-8") == "neu"
    assert [path.name for path in cloud.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("leads_to", ["nirgends/a.txt", "a.txt"])
def test_a_link_to_nowhere_is_reported_and_stays(tmp_path: Path, leads_to: str) -> None:
    link = tmp_path / "a.txt"
    link.symlink_to(leads_to)
    with pytest.raises(StorageError, match="führt ins Leere"):
        write_text(link, "neu")
    assert link.readlink() == Path(leads_to)


def test_a_name_as_long_as_the_file_system_takes_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 120 + ".txt")
    write_text(path, "x")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_found_by_its_letters_whichever_way_its_umlauts_are_written(tmp_path: Path) -> None:
    together = "Müller/Lärm.wav"
    apart = unicodedata.normalize("NFD", together)
    (tmp_path / apart).parent.mkdir()
    (tmp_path / apart).write_bytes(b"x")
    assert named_file(tmp_path, together) == tmp_path / apart
    assert named_file(tmp_path, apart) == tmp_path / apart
    assert named_file(tmp_path, "Möller.wav") == tmp_path / "Möller.wav"
    (tmp_path / together).parent.mkdir()
    (tmp_path / together).write_bytes(b"y")
    assert named_file(tmp_path, together) == tmp_path / together


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_next_run_removes_half_written_files_that_no_living_process_owns(tmp_path: Path) -> None:
    ours = staged_name("folge.txt")
    dead = ours.replace(f"-{os.getpid()}.", f"-{ended_process()}.")
    other_machine, older = ".a.txt.00000000-1.neu", ".a.txt.4711.neu"
    for name in (ours, dead, other_machine, older, "a.neu", ".gitignore"):
        (tmp_path / name).write_text("halb", encoding="utf-8")
    remove_left_over([tmp_path, tmp_path / "nirgends"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [ours, other_machine, older, "a.neu", ".gitignore"]
    )
    remove_left_over([tmp_path], now_s=time.time() + 48 * 3600)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore", "a.neu"]


def test_writing_a_file_again_removes_what_a_killed_run_left_of_it(tmp_path: Path) -> None:
    path = tmp_path / "folge.txt"
    dead = tmp_path / staged_name(path.name).replace(f"-{os.getpid()}.", f"-{ended_process()}.")
    dead.write_text("halb", encoding="utf-8")
    write_text(path, "ganz")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_a_file_system_that_cannot_force_folders_to_disk_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    really = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        really(handle)

    monkeypatch.setattr(files.os, "fsync", fsync)
    write_text(tmp_path / "a.txt", "x")
    assert read_text(tmp_path / "a.txt") == "x"


_HOLDS = """
import errno, fcntl, os, pathlib, sys
def refuse(*_): raise OSError(int(sys.argv[2]), "no locks")
if int(sys.argv[2]): fcntl.flock = refuse
from pipeline.build.locks import locked
with locked(pathlib.Path(sys.argv[1]), what="Die Folge", wait_s=0, on_wait=lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(lock: Path, code: int) -> subprocess.Popen[str]:
    """A process that holds the lock until its input ends; every flock fails with `code` there, unless it is 0."""
    command = [sys.executable, "-c", _HOLDS, str(lock), str(code)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, cwd=PROJECT, **pipes)


@pytest.mark.parametrize("code", [0, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_lock_holds_on_drives_without_locks_too_and_ends_with_its_process(tmp_path: Path, code: int) -> None:
    lock = tmp_path / "work/lock"
    with holder(lock, code) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with holder(lock, code) as second:
            said = second.communicate("")[1]
        assert second.returncode == 1
        assert "BusyError: Die Folge wird gerade von einem anderen Lauf bearbeitet." in said
        assert (f"als Prozess {first.pid} auf dem Rechner" in said) == bool(code)
        first.kill()  # leaves the file of the replacement
        first.wait()
    with holder(lock, code) as third:
        assert third.communicate("")[0] == "held\n"
    assert third.returncode == 0


def test_the_lock_file_can_be_used_by_others_of_the_group(tmp_path: Path) -> None:
    for name, before in (("neu", None), ("alt", 0o644)):
        lock = tmp_path / name
        if before is not None:
            lock.touch(mode=before)
        old = os.umask(0o022)
        try:
            with locked(lock, what="Die Folge", wait_s=0, on_wait=lambda: None):
                assert lock.stat().st_mode & 0o777 == 0o664
        finally:
            os.umask(old)


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
