"""Files that appear whole or not at all, hashes, and locks. Only this module distinguishes operating systems."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import unicodedata
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import BusyError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from filelock import BaseFileLock

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}


def read_text(path: Path) -> str:
    """The text of a UTF-8 file without its byte-order mark."""
    return path.read_text(encoding="utf-8-sig")


def write_text(path: Path, text: str) -> None:
    """Write `text` whole or not at all: UTF-8, LF, NFC. Creates missing folders. Raises StorageError."""
    write_bytes(path, encoded(text))


def encoded(text: str) -> bytes:
    """The bytes of our text files: UTF-8, NFC."""
    return unicodedata.normalize("NFC", text).encode("utf-8")


def write_private(path: Path, text: str) -> None:
    """Like `write_text`, for the owner's eyes only: mode 0600 from the first byte on, in a folder of mode 0700 that
    git ignores. Windows has no such modes; there the file has the rights of the folder above. Raises StorageError."""
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
    write_bytes(path.parent / ".gitignore", b"*\n")
    write_bytes(path, encoded(text), mode=0o600)


def write_bytes(
    path: Path, content: bytes, *, mode: int = 0o666, before_moving: Callable[[], None] = lambda: None
) -> None:
    """Write `content` beside `path`, force it to disk and move it into place. The file gets `mode` less the umask.

    `before_moving` is called when only the move is left to do; if it raises, `path` stays as it is. Raises
    StorageError."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.{os.getpid()}.neu")
        try:
            staged.unlink(missing_ok=True)  # left by a killed run, with another mode
            staged.touch(mode=mode)
            staged.write_bytes(content)
            move_into_place(staged, path, before_moving=before_moving)
        finally:
            staged.unlink(missing_ok=True)


def stage_text(path: Path, text: str) -> None:
    """Write `text` to a staged file as `write_text` does; moving it into place forces it to disk."""
    stage_bytes(path, encoded(text))


def stage_bytes(path: Path, content: bytes) -> None:
    """Write `content` to a staged file; moving it into place forces it to disk. Raises StorageError."""
    with storage_errors(path):
        path.write_bytes(content)


def dated_copy(path: Path, folder: Path, *, moment: datetime) -> Path:
    """Copy `path` byte for byte into `folder`, named after the local date and time of `moment`; return the copy's path.

    An earlier copy is never overwritten: copies of the same second are numbered.
    """
    content = path.read_bytes()
    stamp = moment.astimezone().strftime("%Y-%m-%d-%H%M%S")
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            copy = folder / f"{path.stem}.{stamp}{f'-{number}' if number > 1 else ''}{path.suffix}"
            try:
                copy.touch(exist_ok=False)  # claims the name, even if another process copies in the same second
            except FileExistsError:
                continue
            break
    write_bytes(copy, content)
    return copy


def move_into_place(staged: Path, path: Path, *, before_moving: Callable[[], None] = lambda: None) -> None:
    """fsync `staged`, call `before_moving`, os.replace it to `path` (same file system), and fsync the folder."""
    move_all_into_place({path: staged}, before_moving=before_moving)


def move_all_into_place(staged: Mapping[Path, Path], *, before_moving: Callable[[], None] = lambda: None) -> None:
    """`move_into_place` for several files, given as target → staged file. A folder is forced to disk once for all its
    files, which halves the time for many small ones."""
    for path, new in staged.items():
        with new.open("rb+") as handle:
            os.fsync(handle.fileno())
        before_moving()
        new.replace(path)
    for folder in dict.fromkeys(path.parent for path in staged):
        _sync_folder(folder)


def sha256_of(path: Path) -> str:
    """The file's sha256 as 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn "disk full" and "no permission" into a StorageError that names `path`; other errors pass through."""
    try:
        yield
    except OSError as error:
        raised = storage_error(error, path)
        if raised is None:
            raise
        raise raised from error


def storage_error(error: OSError, path: Path) -> StorageError | None:
    """The StorageError that people should see for `error`, or None if it is of another kind."""
    named = error.filename if error.filename2 is None else error.filename2  # a rename: its target
    where = _without_staging(Path(named)) if isinstance(named, str) else path
    if error.errno in _DISK_FULL:
        return StorageError(
            "Der Datenträger ist voll.",
            where=where,
            advice="Platz schaffen (alte Ordner `work/` dürfen gelöscht werden) und den Befehl wiederholen. "
            "Alle vorhandenen Dateien sind unverändert.",
        )
    if error.errno in _NO_PERMISSION:
        return StorageError(
            "Hier darf nicht geschrieben werden.",
            where=where,
            advice="Ist die Datei in einem anderen Programm geöffnet oder schreibgeschützt, das dort beenden. Sonst "
            "Schreibrechte für diesen Ordner einrichten oder den Podcast-Ordner an einen anderen Ort legen.",
        )
    return None


def _without_staging(path: Path) -> Path:
    """The file that people know instead of the one that was to replace it (`.NAME.….neu`)."""
    staged = re.fullmatch(r"\.(.+)\.[0-9a-f]+\.neu", path.name)
    return path.with_name(staged[1]) if staged else path


@contextmanager
def locked(lock: Path, *, what: str, wait_s: float, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file while the block runs. The operating system frees it when the process ends, however it ends.

    If another process holds it and `wait_s` is not 0, calls `on_wait` and waits. Raises BusyError after that.
    """
    from filelock import FileLock, Timeout  # imported late: `--help` needs no lock

    with storage_errors(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = FileLock(lock)
        try:
            if wait_s and not _acquired_at_once(handle):
                on_wait()
            handle.acquire(timeout=wait_s)
        except Timeout as error:
            raise BusyError(
                f"{what} wird gerade von einem anderen Lauf bearbeitet.",
                where=lock,
                advice="Warten, bis der andere Lauf fertig ist, und den Befehl wiederholen.",
            ) from error
    try:
        yield
    finally:
        handle.release(force=True)


def _acquired_at_once(handle: BaseFileLock) -> bool:
    from filelock import Timeout

    try:
        handle.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open folders; its rename is durable once the file is
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
