"""One TOML file that people write → a table of the schema, with every mistake at once, in German, with its line."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.build.files import read_text
from pipeline.errors import MissingFileError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

Table = TypeVar("Table", bound=BaseModel)

_HEADER = re.compile(r"\s*\[(\[)?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")


class Problems:
    """Mistakes collected over several files, each as `file:line: text`, in the order found."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lines: list[str] = []

    def add(self, path: Path, text: str, *, source: str = "", location: tuple[int | str, ...] = ()) -> None:
        line = line_of(source, location)
        where = path.relative_to(self.root).as_posix() + (f":{line}" if line else "")
        self.lines.append(f"{where}: {text}")


def read_table(path: Path, schema: type[Table], problems: Problems) -> tuple[Table, str] | None:
    """The table in `path` with its source text; None when it has mistakes, which are then in `problems`.

    Raises MissingFileError when there is no such file.
    """
    source = _read(path, problems)
    if source is None:
        return None
    try:
        return schema.model_validate(tomllib.loads(source)), source
    except tomllib.TOMLDecodeError as error:
        problems.add(path, _syntax_text(str(error)))
    except ValidationError as error:
        for detail in error.errors():
            location = tuple(detail["loc"])
            text = f"{_key_path(location)}: {_german(detail, schema)}"
            problems.add(path, text, source=source, location=location)
    return None


def line_of(source: str, location: tuple[int | str, ...]) -> int | None:
    """The line (from 1) of a key path such as ("speakers", 1, "name"), or of its nearest table; None when unknown.

    Reads headers and keys at line starts, which is how people write these files; it is no TOML parser.
    """
    best: tuple[int, int] | None = None
    here: tuple[int | str, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        found: tuple[int | str, ...]
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
        return read_text(path)
    except FileNotFoundError as error:
        raise MissingFileError(
            f"Die Datei {path.name} fehlt.",
            where=path,
            advice="Eine neue Folge legt `make new` an; eine verlorene Datei holt die Versionsverwaltung zurück.",
        ) from error
    except UnicodeDecodeError:
        problems.add(path, "Die Datei ist nicht als UTF-8 gespeichert; im Editor „Speichern unter … UTF-8“ wählen.")
        return None


def _syntax_text(message: str) -> str:
    place = re.search(r"\(at line (\d+), column (\d+)\)|\(at end of document\)", message)
    what = message[: place.start()].strip() if place else message
    where = f"Zeile {place[1]}, Spalte {place[2]}" if place and place[1] else "am Ende der Datei"
    return f"{where}: hier stimmt die TOML-Schreibweise nicht ({what}). Texte brauchen Anführungszeichen."


def _key_path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _german(detail: ErrorDetails, schema: type[BaseModel]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(detail["loc"][-1])
        return f"diesen Schlüssel gibt es hier nicht.{did_you_mean(key, _known_keys(schema, detail['loc']))}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        hint = did_you_mean(str(detail["input"]), _quoted(str(context["expected"])))
        return f"erlaubt ist {_alternatives(str(context['expected']))}.{hint}"
    return _TEXTS[kind].format(**context)


_TEXTS = {
    "missing": "dieser Schlüssel fehlt",
    "string_type": "ein Text in Anführungszeichen wird gebraucht",
    "int_type": "eine ganze Zahl ohne Anführungszeichen wird gebraucht",
    "int_parsing_size": "die Zahl ist viel zu groß",
    "float_type": "eine Zahl ohne Anführungszeichen wird gebraucht",
    "bool_type": "true oder false (ohne Anführungszeichen) wird gebraucht",
    "list_type": "eine Liste in eckigen Klammern wird gebraucht",
    "model_type": "ein Abschnitt mit eigenen Schlüsseln wird gebraucht, wie in [audio]",
    "greater_than_equal": "mindestens {ge} wird gebraucht",
    "less_than_equal": "höchstens {le} ist erlaubt",
}


def _known_keys(schema: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    fields: Any = schema.model_fields
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        annotation = fields[part].annotation
        inner = next((kind for kind in (annotation, *getattr(annotation, "__args__", ())) if _is_table(kind)), None)
        fields = inner.model_fields if inner is not None else {}
    return list(fields)


def _is_table(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _quoted(expected: str) -> list[str]:
    return re.findall(r"'([^']+)'", expected)


def _alternatives(expected: str) -> str:
    return expected.replace("'", '"').replace(" or ", " oder ")
