"""Reads files that the program itself wrote, and says in German what became of them since."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pipeline.build.files import read_text
from pipeline.build.handwritten import conflict_line, conflict_text
from pipeline.errors import DamagedFileError
from pipeline.values.json_files import from_json, recognition_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.values.speech import Recognition

T = TypeVar("T")


def read_json(kind: type[T], path: Path) -> T:
    """The value in one of our JSON files. Raises DamagedFileError, and FileNotFoundError."""
    with readable(path):
        return from_json(kind, read_text(path))


def read_words(path: Path) -> Recognition:
    """The content of a words.json. Raises DamagedFileError, and FileNotFoundError."""
    with readable(path):
        return recognition_from_json(read_text(path))


def read_own_text(path: Path) -> str:
    """The text of a file that we wrote. Raises DamagedFileError, and FileNotFoundError."""
    with readable(path):
        return read_text(path)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn a ValueError about the content of `path` into a DamagedFileError that says what is wrong and what to do."""
    try:
        yield
    except ValueError as error:
        raise DamagedFileError(_what_happened(path), where=path, advice=_advice(path)) from error


def _what_happened(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError:
        content = b"?"
    if not content.strip(b" \r\n\t\0"):
        return f"Die Datei {path.name} ist leer."
    if line := conflict_line(content):
        return conflict_text(path.name, line)
    return f"Die Datei {path.name} ist nicht mehr so, wie das Programm sie geschrieben hat."


def _advice(path: Path) -> str:
    if path.parent.name in {"work", ".work", "suche"}:
        return "Sie löschen und `make episode` aufrufen: sie entsteht dann neu."
    where = "/".join(path.parts[-3:])
    advice = f"Den letzten guten Stand holt die Versionsverwaltung zurück: git checkout HEAD -- {where}"
    if path.name == "words.json":
        return f"{advice}. Gibt es keinen, sie löschen: dann wird die Aufnahme neu gehört, was dauern kann."
    return advice
