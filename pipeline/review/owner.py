"""Which tab may write: the first one, until another takes over. All others only read.

`work/review-owner.json` names the server and the tab, so that a second server on the same folder, here or on another
machine that shares it, keeps to the same rule. That is a courtesy between people; what is saved is protected by
`saving`.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pipeline.build import system
from pipeline.build.files import read_text, write_text
from pipeline.errors import StorageError
from pipeline.values.json_files import from_json, to_json

if TYPE_CHECKING:
    from pathlib import Path

_GONE_S = 45.0  # an owner that has not asked for anything for so long has gone; pages ask every 25 s
_TOUCH_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingTab:
    """The tab that may write."""

    server: str
    tab: str


class Ownership:
    """The owner as this server sees it. A server holds a lock for as long as it lives, which the operating system frees
    if it is killed: its tabs then own nothing any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.server = secrets.token_hex(8)
        self._touched = 0.0
        self._alive = FileLock(self._life(self.server), thread_local=False)  # requests come in threads

    def is_owner(self, tab: str) -> bool:
        """Whether the tab may write; it becomes the owner if there is none, or the owner has gone."""
        now = self._owner()
        mine = WritingTab(server=self.server, tab=tab)
        if now is None:
            self._write(mine)
        elif now == mine:
            self._touch()
        return now in {None, mine}

    def take(self, tab: str) -> None:
        """Make the tab the owner."""
        self._write(WritingTab(server=self.server, tab=tab))

    def leave(self, tab: str) -> None:
        """Give the text free if the tab owns it."""
        if self._owner() == WritingTab(server=self.server, tab=tab):
            system.remove(self.path, missing_ok=True)

    def close(self) -> None:
        """Give the text free if a tab of this server owns it."""
        owner = self._owner()
        if owner is not None and owner.server == self.server:
            system.remove(self.path, missing_ok=True)
        if self._alive.is_locked:
            self._alive.release()
            system.discard(self._life(self.server))

    def _owner(self) -> WritingTab | None:
        try:
            age_s = time.time() - self.path.stat().st_mtime
            owner = from_json(WritingTab, read_text(self.path))
        except (OSError, ValueError):
            return None
        return owner if age_s < _GONE_S and self._lives(owner.server) else None

    def _lives(self, server: str) -> bool:
        if server == self.server:
            return True
        life = self._life(server)
        if not server.isalnum() or not life.exists():
            return False
        try:
            with FileLock(life, timeout=0):
                pass
        except Timeout:
            return True
        except OSError:  # a share without locks
            return True
        system.discard(life)
        return False

    def _life(self, server: str) -> Path:
        return self.path.with_name(f"review-{server}.lock")

    def _write(self, owner: WritingTab) -> None:
        with suppress(StorageError, OSError, Timeout):  # where nothing can be written, nobody is kept from it
            write_text(self.path, to_json(owner))
            if not self._alive.is_locked:
                self._alive.acquire(timeout=0)
        self._touched = time.monotonic()

    def _touch(self) -> None:
        if time.monotonic() - self._touched > _TOUCH_S:
            with suppress(OSError):
                self.path.touch()
            self._touched = time.monotonic()
