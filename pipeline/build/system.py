"""What differs between Windows, macOS and Linux. Only this module asks which system it is on.

Windows neither replaces, moves nor deletes a file that any program has open. Virus scanners and the search index open
every new file for a moment, so this module tries again for some seconds before it gives up.
"""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import signal
import socket
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

NAME = sys.platform

HAS_MODES = sys.platform != "win32"
"""Whether files have rights for owner, group and others."""

MOST_PROCESSES = 60  # Windows waits for at most 63 handles at once (WaitForMultipleObjects)

ACCESS_DENIED, SHARING_VIOLATION, LOCK_VIOLATION = 5, 32, 33  # winerror, Microsoft's "System Error Codes"
PATH_NOT_FOUND, INVALID_NAME, NAME_TOO_LONG = 3, 123, 206
IN_USE = frozenset({SHARING_VIOLATION, LOCK_VIOLATION})
_TRY_AGAIN = IN_USE | {ACCESS_DENIED}  # what MoveFileEx says about a target that is open
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_LONGEST_PATH = 259  # characters (MAX_PATH less the final NUL), unless an administrator allowed longer ones
_NO_FSYNC = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}  # file systems that force folders to disk by themselves


def winerror(error: OSError) -> int:
    """Windows' own number of an error, 0 on other systems."""
    return getattr(error, "winerror", None) or 0


def is_too_long(error: OSError, path: Path) -> bool:
    """Whether Windows refused the path for its length. It often says that there is no such file, and `open` without a
    number of its own."""
    number = winerror(error)
    is_missing = number == PATH_NOT_FOUND or (NAME == "win32" and error.errno == errno.ENOENT)
    return number == NAME_TOO_LONG or (is_missing and len(str(path)) > _LONGEST_PATH)


def replace(old: Path, new: Path) -> None:
    """os.replace, tried again while another program has one of the files open. Raises OSError as it does."""
    _patiently(lambda: os.replace(old, new))  # noqa: PTH105  # this is what Path.replace calls


def move_folder(old: Path, new: Path) -> None:
    """Rename a folder, tried again while another program has a file in it open. Raises OSError if `new` exists."""
    _patiently(lambda: old.rename(new))


def move_file(old: Path, new: Path) -> None:
    """Move a file, also to another drive, tried again while another program has it open. Raises OSError."""
    _patiently(lambda: shutil.move(old, new))


def remove(path: Path, *, missing_ok: bool = False) -> None:
    """Delete a file, tried again while another program has it open. Raises OSError as Path.unlink does."""
    _patiently(lambda: path.unlink(missing_ok=missing_ok))


def discard(path: Path) -> None:
    """Delete a file that nobody needs any more, if it is possible at once."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _patiently(act: Callable[[], T]) -> T:
    for pause_s in _PAUSES_S:
        try:
            return act()
        except PermissionError as error:
            if winerror(error) not in _TRY_AGAIN:
                raise
        time.sleep(pause_s)
    return act()


def force_folder(folder: Path) -> None:
    """Force a folder's entries to disk. Windows cannot open folders; its rename is durable once the file is."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        force(handle)
    finally:
        os.close(handle)


def force(handle: int) -> None:
    """fsync, on file systems that have it."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise


def longest_name_bytes(folder: str) -> int | None:
    """How many bytes the name of a file in `folder` may have, None where the system does not say."""
    if sys.platform == "win32":
        return None
    return os.pathconf(folder, "PC_NAME_MAX")


def is_alive(process: int) -> bool:
    """Whether a process of this machine may still run. Windows ends a process that is sent any signal, so there this is
    always True."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        pass
    return True


def cores() -> int:
    """How many cores this process may run on; in a container on Linux these are fewer than the machine has."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C back until the block ends; processes that are started inside it never get it. Windows cannot."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def claim_port(listener: socket.socket) -> None:
    """Let a socket take a port that was used a moment ago, but never share one: on Windows SO_REUSEADDR would."""
    if sys.platform == "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def release_pages(content: mmap.mmap, start: int, length: int) -> None:
    """Give back the memory of a part of a mapped file that was read. Windows decides by itself."""
    if sys.platform != "win32":
        content.madvise(mmap.MADV_DONTNEED, start, length)
