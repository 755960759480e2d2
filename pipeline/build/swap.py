"""Changes the files that people and other commands change too: reads, decides and writes under one short lock.

release.json, published.json and the transcripts are written in no other way. An episode's own lock is held for as long
as a run takes, so nobody may wait for it just to save a sentence or to withdraw an episode.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.build.files import write_bytes
from pipeline.build.locks import locked
from pipeline.errors import ChangedError
from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WAIT_S = 60.0  # the lock is held for milliseconds, but a lost machine keeps its locks on a shared folder for a while


class Swap:
    """Writes files while the short lock is held."""

    def write(self, path: Path, content: bytes, *, before: bytes | None) -> None:
        """Write `content` whole if `path` still has the content `before` (None: there is no such file).

        The comparison comes after everything that takes time, immediately before the new file is moved into place: the
        lock does not stop a text editor. Raises ChangedError, and then changes nothing; and StorageError.
        """

        def refuse_changed() -> None:
            if content_of(path) != before:
                raise ChangedError(
                    f"{path.name} wurde inzwischen geändert.",
                    where=path,
                    advice="Den Befehl wiederholen; er geht dann vom neuen Stand aus. Diese Datei ist unverändert.",
                )

        write_bytes(path, content, before_moving=refuse_changed)


@contextmanager
def short_lock(root: Path, *, wait_s: float = _WAIT_S) -> Iterator[Swap]:
    """Hold the show's short lock: read the files inside the block, decide, and write with the Swap that it yields.

    Hold it for milliseconds only, never while a step runs or a file is sent, and do not take it twice. Raises BusyError
    if another process has held it for `wait_s`.
    """
    lock = ShowPaths(root).short_lock
    with locked(lock, what="Eine Datei der Redaktion", wait_s=wait_s, on_wait=lambda: None):
        yield Swap()


def content_of(path: Path) -> bytes | None:
    """The content of a file, None if there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
