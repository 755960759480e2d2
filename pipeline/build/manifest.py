"""The memory of the build core (manifest.json): what earlier runs did, and the state of the files then."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pipeline.build.files import named_file, read_text, sha256_of, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A step's last finished run. Paths are relative to the show's root; a missing input has the hash None."""

    fingerprint: str
    settings: dict[str, Any]
    inputs: dict[str, str | None]
    outputs: dict[str, str]
    keep: bool
    seconds: float


_FIELDS = tuple(entry.name for entry in fields(Record))


@dataclass(slots=True)
class Manifest:
    """The records by step name, the remarks already reported (`told`), and a cache of file hashes.

    A hash is reused while the file's size, mtime, ctime and inode stay the same; `full` takes every hash again, once.
    A manifest that cannot be read counts as empty: the steps then simply run again.
    """

    path: Path
    root: Path
    full: bool = False
    steps: dict[str, Record] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=dict)
    changed: bool = False
    _hashes: dict[str, tuple[list[int], str]] = field(default_factory=dict)
    _rehashed: set[Path] = field(default_factory=set)
    _home: str = field(init=False)
    _read: list[int] | None = None

    def __post_init__(self) -> None:
        self._home = self.root.as_posix().rstrip("/") + "/"

    @classmethod
    def load(cls, path: Path, *, root: Path, full: bool = False) -> Manifest:
        manifest = cls(path=path, root=root, full=full)
        manifest._read = _facts(path)  # before the content: a file that is written meanwhile is read again
        try:
            data = json.loads(read_text(path))
            if data["version"] == _VERSION:
                manifest.steps = {name: Record(**record) for name, record in data["steps"].items()}
                manifest.told = {name: list(texts) for name, texts in data.get("told", {}).items()}
                manifest._hashes = {name: (stat, sha) for name, (stat, sha) in data["hashes"].items()}
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(path=path, root=root, full=full)
        return manifest

    def reload(self) -> Manifest:
        """The manifest as it is on disk now; files that were rehashed are not hashed a second time."""
        if self._read is not None and self._read == _facts(self.path):
            return self  # unchanged since it was read
        fresh = Manifest.load(self.path, root=self.root, full=self.full)
        fresh._hashes |= self._hashes
        fresh._rehashed = self._rehashed
        fresh.changed = self.changed
        return fresh

    def save(self) -> None:
        """Write the manifest whole. Raises StorageError."""
        steps = {name: {key: getattr(record, key) for key in _FIELDS} for name, record in self.steps.items()}
        hashes = {name: entry for name, entry in self._hashes.items() if named_file(self.root, name).exists()}
        sections: dict[str, Mapping[str, object]] = {"steps": steps, "told": self.told, "hashes": hashes}
        lines = ",\n".join(f"{_json(name)}: {_lines(entries)}" for name, entries in sections.items())
        text = f'{{"version": {_VERSION},\n{lines}}}\n'
        write_text(self.path, text)
        self.changed = False

    def save_if_changed(self) -> None:
        if self.changed:
            self.save()

    def name(self, path: Path) -> str:
        """`path` as records have it: relative to the root; in full for a file elsewhere (a Whisper model). In NFC, as
        the manifest is written: macOS names files in NFD."""
        name = path.as_posix().removeprefix(self._home)
        return name if name.isascii() else unicodedata.normalize("NFC", name)

    def sha256(self, path: Path) -> str | None:
        """The file's hash, None if the file does not exist."""
        facts = _facts(path)
        if facts is None:
            return None
        name = self.name(path)
        known = self._hashes.get(name)
        if known is not None and known[0] == facts and (not self.full or path in self._rehashed):
            return known[1]
        sha = sha256_of(path)
        self._hashes[name] = (facts, sha)
        self._rehashed.add(path)
        self.changed = True
        return sha


def _facts(path: Path) -> list[int] | None:
    """The facts that show whether a file is unchanged: size, mtime, ctime, inode. None if there is no file."""
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _lines(entries: Mapping[str, object]) -> str:
    """A JSON object with one entry per line, which is written several times faster than an indented one."""
    lines = (f"{_json(name)}: {_json(entry)}" for name, entry in entries.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
