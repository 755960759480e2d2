"""What earlier runs did and how the files looked then: the memory of the build core (manifest.json)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from pipeline.files import read_text, sha256_of, write_text

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


_FIELDS = tuple(field.name for field in fields(Record))


def _lines(entries: Mapping[str, object]) -> str:
    """A JSON object with one entry a line, which is written several times faster than an indented one."""
    lines = (f"{_json(name)}: {_json(entry)}" for name, entry in entries.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@dataclass(slots=True)
class Manifest:
    """The records by step name, and a cache of file hashes.

    A hash is reused while the file's size, mtime, ctime and inode are those of the time it was taken; `full` takes
    every hash once anew. A manifest that cannot be read is an empty one: the steps then simply run again.
    """

    path: Path
    root: Path
    full: bool = False
    steps: dict[str, Record] = field(default_factory=dict)
    changed: bool = False
    _hashes: dict[str, tuple[list[int], str]] = field(default_factory=dict)
    _taken_anew: set[Path] = field(default_factory=set)
    _read_as: list[int] | None = None  # what the file looked like when it was read

    @classmethod
    def load(cls, path: Path, *, root: Path, full: bool = False) -> Manifest:
        manifest = cls(path=path, root=root, full=full, _read_as=_facts(path))
        try:
            data = json.loads(read_text(path))
            if data["version"] == _VERSION:
                manifest.steps = {name: Record(**record) for name, record in data["steps"].items()}
                manifest._hashes = {name: (stat, sha) for name, (stat, sha) in data["hashes"].items()}
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls(path=path, root=root, full=full)
        return manifest

    def reload(self) -> Manifest:
        """The manifest as it stands on disk now; what was hashed anew is not hashed a second time."""
        if _facts(self.path) == self._read_as:
            return self
        fresh = Manifest.load(self.path, root=self.root, full=self.full)
        fresh._hashes |= self._hashes
        fresh._taken_anew = self._taken_anew
        fresh.changed = self.changed
        return fresh

    def save(self) -> None:
        """Write the manifest whole. Raises StorageError."""
        steps = {name: {key: getattr(record, key) for key in _FIELDS} for name, record in self.steps.items()}
        hashes = {name: entry for name, entry in self._hashes.items() if (self.root / name).exists()}
        text = f'{{"version": {_VERSION},\n"steps": {_lines(steps)},\n"hashes": {_lines(hashes)}}}\n'
        write_text(self.path, text)
        self.changed = False

    def save_if_changed(self) -> None:
        if self.changed:
            self.save()

    def name(self, path: Path) -> str:
        """How `path` stands in records: relative to the root; a file elsewhere (a Whisper model) in full."""
        text, above = path.as_posix(), self.root.as_posix() + "/"  # plain, as every file of a large show is asked for
        if text.startswith(above):
            return text.removeprefix(above)
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    def sha256(self, path: Path) -> str | None:
        """The file's hash, None when there is no such file."""
        facts = _facts(path)
        if facts is None:
            return None
        name = self.name(path)
        known = self._hashes.get(name)
        if known is not None and known[0] == facts and (not self.full or path in self._taken_anew):
            return known[1]
        sha = sha256_of(path)
        self._hashes[name] = (facts, sha)
        self._taken_anew.add(path)
        self.changed = True
        return sha


def _facts(path: Path) -> list[int] | None:
    """What changes when the content of a file does; None when there is none."""
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
