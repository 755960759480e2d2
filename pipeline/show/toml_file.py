"""Reads one TOML file that people write, and reports all its mistakes at once, in German, with their lines."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.build.files import read_text, storage_errors
from pipeline.build.handwritten import CONFLICT_ADVICE, conflict_line
from pipeline.errors import MissingFileError

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import DataclassInstance

    from pipeline.show.tables import MistakesError
    from pipeline.show.written import KeyPath, Written

Value = TypeVar("Value", bound="DataclassInstance")

_HEADER = re.compile(r"\s*\[(\[)?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")


class Problems:
    """Mistakes collected over several files, each as `file:line: text`, in the order found."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: list[str] = []

    def add(self, path: Path, text: str, *, source: str = "", location: KeyPath = ()) -> None:
        self.add_line(path, line_of(source, location), text)

    def add_line(self, path: Path, line: int | None, text: str) -> None:
        where = path.relative_to(self.root).as_posix() + (f":{line}" if line else "")
        self.lines.append(f"{where}: {text}")


def read_table(
    path: Path, kind: type[Value], problems: Problems, /, **beside: Any
) -> tuple[Written[Value], str] | None:
    """The fields of `kind` that the file at `path` sets, and its source text; None if it has mistakes, which are then
    in `problems`. `beside` has the types of keys in the file that are not fields of `kind`.

    Raises MissingFileError if the file does not exist.
    """
    source = _read(path, problems)
    if source is None:
        return None
    from pipeline.show.tables import MistakesError, read  # late: pydantic takes its time

    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        _report_faults(path, source, kind, problems, beside)
        return None
    except (RecursionError, ValueError) as error:
        problems.add(path, _unreadable(error))
        return None
    try:
        return read(kind, table, **beside), source
    except MistakesError as error:
        _report(path, source, error, problems)
        return None


def _report_faults(path: Path, source: str, kind: type[Value], problems: Problems, beside: dict[str, Any]) -> None:
    """Add what is wrong with the notation of `source`, and if all of it has a mend, what else is wrong in it."""
    from pipeline.show.tables import MistakesError, read
    from pipeline.show.toml_faults import toml_faults

    try:
        faults, mended = toml_faults(source)
        for fault in faults:
            meant = f"; gemeint ist wohl:\n    {fault.mended.strip()}" if fault.mended else ""
            problems.add_line(path, fault.line, f"{fault.text}{meant}")
        if mended is not None:
            read(kind, tomllib.loads(mended), **beside)
    except MistakesError as error:
        _report(path, mended or source, error, problems)
    except (RecursionError, ValueError) as error:
        problems.add(path, _unreadable(error))


def _report(path: Path, source: str, error: MistakesError, problems: Problems) -> None:
    for location, text in error.found:
        problems.add(path, f"{_key_path(location)}: {text}", source=source, location=location)


def _unreadable(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "Hier sind Klammern tiefer verschachtelt, als irgendeine Angabe es braucht."
    return "Hier steht eine Zahl, die niemand lesen kann: sie ist zu lang."  # Python reads at most 4300 digits


def line_of(source: str, location: KeyPath) -> int | None:
    """The line (from 1) of a key path such as ("speakers", 1, "name"), or of its nearest table; None if unknown.

    Reads headers and keys at line starts, which is how people write these files; it is not a TOML parser.
    """
    best: tuple[int, int] | None = None
    here: KeyPath = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        found: KeyPath
        if header := _HEADER.match(line):
            name = header[2].strip("\"' ")
            here = (name,)
            if header[1]:
                counts[name] = counts.get(name, -1) + 1
                here = (name, counts[name])
            found = here
        elif key := _KEY.match(line):
            found = (*here, key[1])
        else:
            continue
        shared = len(found) if location[: len(found)] == found else 0
        if shared and (best is None or shared > best[0]):
            best = (shared, number)
    return best[1] if best else None


def _read(path: Path, problems: Problems) -> str | None:
    try:
        with storage_errors(path):
            source = read_text(path)
    except FileNotFoundError as error:
        raise MissingFileError(
            f"Die Datei {path.name} fehlt.",
            where=path,
            advice="Eine neue Folge legt `make new` an; eine verlorene Datei holt die Versionsverwaltung zurück.",
        ) from error
    except UnicodeDecodeError:
        problems.add(path, "Die Datei ist nicht als UTF-8 gespeichert; im Editor „Speichern unter … UTF-8“ wählen.")
        return None
    if line := conflict_line(source.encode("utf-8")):
        problems.add(path, f"Zeile {line}: hier beginnen Konfliktmarken von git. {CONFLICT_ADVICE}")
        return None
    return source


def _key_path(location: KeyPath) -> str:
    path = ""
    for part in location:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    return path
