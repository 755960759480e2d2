"""Reads text files that people write, in the encodings that their programs choose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import MissingFileError

if TYPE_CHECKING:
    from pathlib import Path

_CONFLICT = re.compile(rb"^<{7} ", re.MULTILINE)  # git-merge(1), "How conflicts are presented"


def read_handwritten(path: Path) -> str:
    """The text of a file in any encoding of `encoding_of`. Raises MissingFileError if it is not text, or has marks that
    git left of a conflict, and FileNotFoundError."""
    raw = path.read_bytes()
    if line := conflict_line(raw):
        raise MissingFileError(conflict_text(path.name, line), where=path, advice=CONFLICT_ADVICE)
    try:
        return raw.decode(encoding_of(raw))
    except UnicodeError as error:
        raise MissingFileError(
            f"Die Datei {path.name} ist keine lesbare Textdatei.",
            where=path,
            advice="Sie als reinen Text (UTF-8) speichern, nicht als Word- oder PDF-Dokument.",
        ) from error


def encoding_of(raw: bytes) -> str:
    """Python's name of the encoding: UTF-8 with or without BOM, UTF-16 with BOM (old Notepad), else Windows-1252.
    Raises UnicodeError if a NUL byte shows that it is not text."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in raw:
        raise UnicodeError("NUL byte")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"


CONFLICT_ADVICE = (
    "In der Datei nach <<<<<<< suchen, von den beiden Fassungen behalten, was gelten soll, und die Zeilen mit <<<<<<<, "
    "======= und >>>>>>> löschen."
)


def conflict_text(name: str, line: int) -> str:
    return f"In der Datei {name} stehen Konfliktmarken von git (ab Zeile {line})."


def conflict_line(content: bytes) -> int | None:
    """The line (from 1) of the first mark that git left of a conflict, None if there is none."""
    found = _CONFLICT.search(content)
    return content.count(b"\n", 0, found.start()) + 1 if found else None
