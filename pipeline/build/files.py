"""Files that appear whole or not at all, and hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.left_over import aimed_at, remove_left_over, staged_name
from pipeline.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime


_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}
_DEFAULT_MODE = 0o666


def read_text(path: Path) -> str:
    """The text of a UTF-8 file without its byte-order mark."""
    return path.read_text(encoding="utf-8-sig")


def named_file(folder: Path, name: str) -> Path:
    """The file that people call `name` in `folder`. macOS writes umlauts as two characters (NFD), others as one: if no
    file has exactly that name, one with the same letters is meant. The path as named if there is neither."""
    path = folder / name
    if name.isascii() or path.exists():
        return path
    found = folder
    for part in Path(name).parts:
        wanted = unicodedata.normalize("NFC", part)
        with suppress(OSError):
            same = [entry for entry in found.iterdir() if unicodedata.normalize("NFC", entry.name) == wanted]
            found = min(same, default=found / part)
    return found if found.is_file() else path


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
    path: Path, content: bytes, *, mode: int = _DEFAULT_MODE, before_moving: Callable[[], None] = lambda: None
) -> None:
    """Write `content` beside `path`, force it to disk and move it into place. A new file gets `mode` less the umask, an
    existing one keeps its own. A link stays, and the file that it leads to is written.

    `before_moving` is called when only the move is left to do; if it raises, `path` stays as it is. Raises
    StorageError, also for a file that somebody protected against writing."""
    with storage_errors(path):
        path = linked_file(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        kept_mode = _mode_to_keep(path) if mode == _DEFAULT_MODE else None
        staged = path.with_name(staged_name(path.name))
        try:
            system.remove(staged, missing_ok=True)  # left by a killed run, with another mode
            staged.touch(mode=mode)
            staged.write_bytes(content)
            if kept_mode is not None:
                staged.chmod(kept_mode)
            move_into_place(staged, path, before_moving=before_moving)
        finally:
            system.discard(staged)
        remove_left_over([path.parent])  # a run that is repeated after a kill writes the same file


def linked_file(path: Path) -> Path:
    """The file that a link leads to, over any number of links; `path` itself if it is no link. Raises StorageError if
    the link leads in a circle or into a folder that does not exist."""
    if not path.is_symlink():
        return path
    file = Path(os.path.realpath(path))
    if file.is_symlink() or not file.parent.is_dir():
        raise StorageError(
            "Diese Verknüpfung führt ins Leere.",
            where=path,
            advice=f"Sie verweist auf {path.readlink()}. Das Laufwerk, auf dem die Datei liegt, wieder "
            "verbinden oder die Verknüpfung durch die Datei ersetzen.",
        )
    return file


def _mode_to_keep(path: Path) -> int | None:
    """The permissions of an existing file, None if there is none. Raises StorageError if nobody may write it."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    mode = stat.S_IMODE(facts.st_mode)
    if stat.S_ISREG(facts.st_mode) and not mode & 0o222:
        raise StorageError(
            "Diese Datei ist schreibgeschützt.",
            where=path,
            advice="Den Schreibschutz aufheben und den Befehl wiederholen. Sie ist unverändert.",
        )
    return mode


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
            system.force(handle.fileno())
        before_moving()
        system.replace(new, path)
    for folder in dict.fromkeys(path.parent for path in staged):
        system.force_folder(folder)


def sha256_of(path: Path) -> str:
    """The file's sha256 as 64 hex digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what a person can mend about a file or its disk into a StorageError that names it, or else `path`; other
    errors pass through."""
    try:
        yield
    except OSError as error:
        raised = storage_error(error, path)
        if raised is None:
            raise
        raise raised from error


def storage_error(error: OSError, path: Path) -> StorageError | None:
    """The StorageError that people should see for `error`, or None if it is of another kind. It names the file that was
    to be written, not the staged one that was to be moved there."""
    named = next((name for name in (error.filename2, error.filename) if isinstance(name, str)), None)
    where = path if named is None else aimed_at(Path(named))
    if error.errno in _DISK_FULL:
        return StorageError(
            "Der Datenträger ist voll.",
            where=where,
            advice="Platz schaffen (alte Ordner `work/` dürfen gelöscht werden) und den Befehl wiederholen. "
            "Alle vorhandenen Dateien sind unverändert.",
        )
    if error.errno in {errno.EBUSY, errno.ETXTBSY} or system.winerror(error) in system.IN_USE:
        return StorageError(
            "Ein anderes Programm benutzt diese Datei.",
            where=where,
            advice="Sie dort schließen (ein Abspielprogramm, Word, die Vorschau) und den Befehl wiederholen. Sie ist "
            "unverändert.",
        )
    if error.errno in _NO_PERMISSION:
        return StorageError(
            "Hier darf nicht geschrieben werden.",
            where=where,
            advice="Ist die Datei in einem anderen Programm geöffnet oder schreibgeschützt, das dort beenden. Sonst "
            "Schreibrechte für diesen Ordner einrichten oder den Podcast-Ordner an einen anderen Ort legen.",
        )
    return _wrong_kind(error, where)


def _wrong_kind(error: OSError, where: Path) -> StorageError | None:
    """The StorageError for something else than what belongs at a path, and for a path that cannot be."""
    if error.errno == errno.EISDIR:
        return StorageError(
            "Hier liegt ein Ordner, wo eine Datei hingehört.",
            where=where,
            advice="Nachsehen, was darin liegt, und den Ordner umbenennen oder verschieben.",
        )
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        file = next((above for above in (where, *where.parents) if above.is_symlink() or above.is_file()), where)
        return StorageError(
            "Hier liegt eine Datei oder eine Verknüpfung, wo ein Ordner hingehört.",
            where=file,
            advice="Nachsehen, was es ist, und es umbenennen oder verschieben.",
        )
    if error.errno == errno.ELOOP:
        return StorageError(
            "Diese Verknüpfung verweist auf sich selbst.",
            where=where,
            advice="Sie löschen und die richtige Datei an ihre Stelle legen.",
        )
    if error.errno == errno.ENAMETOOLONG:
        return StorageError(
            "Dieser Name ist zu lang.",
            where=where,
            advice="Die Datei oder den Ordner kürzer benennen: höchstens 255 Zeichen, Umlaute zählen doppelt.",
        )
    return _refused_by_windows(error, where)


def _refused_by_windows(error: OSError, where: Path) -> StorageError | None:
    """The StorageError for a path that Windows does not take."""
    if system.is_too_long(error, where):
        return StorageError(
            f"Dieser Pfad ist zu lang für Windows: {len(str(where))} Zeichen.",
            where=where,
            advice="Den Podcast-Ordner weiter oben ablegen, etwa als C:\\Podcast. Höchstens 259 Zeichen gehen, solange "
            "die IT keine langen Pfade erlaubt hat.",
        )
    if system.winerror(error) == system.INVALID_NAME:
        return StorageError(
            "Diesen Namen gibt es unter Windows nicht.",
            where=where,
            advice='Die Datei oder den Ordner umbenennen: ohne < > : " | ? * und ohne Punkt oder Leerzeichen am Ende.',
        )
    return None
