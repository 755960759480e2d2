"""Locks that end with their process, on this machine's drives and on network drives."""

from __future__ import annotations

import errno
import stat
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.build.files import storage_errors
from pipeline.errors import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from filelock import BaseFileLock

_NO_FLOCK = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # network drives without a lock service
_LOCK_MODE = 0o664  # two people of one group work in one folder, whatever their umask


@contextmanager
def locked(lock: Path, *, what: str, wait_s: float, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file while the block runs. The operating system frees it when the process ends, however it ends.

    A network drive without such locks gets a file beside it that exists while the lock is held and names process and
    machine; on this machine it counts no longer when that process has ended.

    If another process holds it and `wait_s` is not 0, calls `on_wait` and waits. Raises BusyError after that.
    """
    from filelock import FileLock  # imported late: `--help` needs no lock

    with storage_errors(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle: BaseFileLock = FileLock(lock, mode=_LOCK_MODE, fallback_to_soft=False)
        try:
            _acquire(handle, what=what, wait_s=wait_s, on_wait=on_wait)
            _share_with_group(lock)
        except OSError as error:
            if error.errno not in _NO_FLOCK:
                raise
            from filelock import SoftFileLock  # imports the network, which hardly any lock needs

            handle = SoftFileLock(lock.with_name(f"{lock.name}.belegt"))
            _acquire(handle, what=what, wait_s=wait_s, on_wait=on_wait)
    try:
        yield
    finally:
        handle.release(force=True)


def _acquire(handle: BaseFileLock, *, what: str, wait_s: float, on_wait: Callable[[], None]) -> None:
    from filelock import Timeout

    try:
        if wait_s and not _acquired_at_once(handle):
            on_wait()
        handle.acquire(timeout=wait_s)
    except Timeout as error:
        lock = Path(handle.lock_file)
        raise BusyError(
            f"{what} wird gerade von einem anderen Lauf bearbeitet.", where=lock, advice=_how_to_wait(lock)
        ) from error


def _acquired_at_once(handle: BaseFileLock) -> bool:
    from filelock import Timeout

    try:
        handle.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _how_to_wait(lock: Path) -> str:
    advice = "Warten, bis der andere Lauf fertig ist, und den Befehl wiederholen."
    try:
        process, machine = lock.read_text(encoding="utf-8").split("\n")[:2]
        since = datetime.fromtimestamp(lock.stat().st_mtime).astimezone()
    except (OSError, ValueError):  # an ordinary lock file is empty
        return advice
    return (
        f"{advice} Er läuft seit {since:%d.%m.%Y %H:%M} Uhr als Prozess {process} auf dem Rechner {machine}. Nur wenn "
        "dort sicher keiner mehr läuft, etwa nach einem Absturz: diese Datei löschen."
    )


def _share_with_group(lock: Path) -> None:
    """Let others of the group use a lock file that an older version made for its owner only."""
    with suppress(OSError):
        mode = stat.S_IMODE(lock.stat().st_mode)
        if mode & _LOCK_MODE != _LOCK_MODE:
            lock.chmod(mode | _LOCK_MODE)
