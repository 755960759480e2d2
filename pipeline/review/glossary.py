"""Adds a correction to glossary.toml, where people keep the show's spellings: one more line, nothing else changes."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.swap import content_of, short_lock
from pipeline.errors import ConfigError, UsageError
from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from pathlib import Path

_TABLE = "[corrections]"
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryLine:
    """The line that would be added, and the file it belongs to; `known` if the file has this correction already."""

    line: str
    file: str
    known: bool


def proposed(root: Path, wrong: str, right: str) -> GlossaryLine:
    """The line for „heard `wrong`, written `right`“. Changes nothing. Raises UsageError and ConfigError."""
    path = ShowPaths(root).glossary_toml
    text = _text(content_of(path), path)
    wrong, right = _checked(wrong), _checked(right)
    return GlossaryLine(
        line=_line(wrong, right),
        file=path.relative_to(root).as_posix(),
        known=_corrections(text, path).get(wrong) == right,
    )


def add(root: Path, wrong: str, right: str) -> GlossaryLine:
    """Write that line into the table of corrections.

    Raises UsageError if the words make no line, or the file has another correction for them; ConfigError if it cannot
    be read as TOML, ChangedError and StorageError.
    """
    path = ShowPaths(root).glossary_toml
    wrong, right = _checked(wrong), _checked(right)
    with short_lock(root) as swap:
        before = content_of(path)
        text = _text(before, path)
        known = _corrections(text, path)
        if known.get(wrong, right) != right:
            raise UsageError(
                f"Für „{wrong}“ steht in glossary.toml schon „{known[wrong]}“.",
                where=path,
                advice="Die Zeile dort von Hand ändern, falls das nicht mehr stimmt.",
            )
        if wrong not in known:
            after = _with_line(text, _line(wrong, right))
            if _corrections(after, path) != {**known, wrong: right}:
                raise UsageError(
                    "In dieser Datei findet das Programm keinen Platz für die Zeile.",
                    where=path,
                    advice=f"Von Hand unter [corrections] eintragen: {_line(wrong, right)}",
                )
            swap.write(path, after.encode("utf-8"), before=before)
    return GlossaryLine(line=_line(wrong, right), file=path.relative_to(root).as_posix(), known=True)


def _with_line(text: str, line: str) -> str:
    """The file with the line at the end of its table of corrections, which is made if there is none."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\r", "\n")):
        lines[-1] += end
    start = next((place for place, entry in enumerate(lines) if entry.partition("#")[0].strip() == _TABLE), None)
    if start is None:
        return "".join([*lines, *([end] if lines else []), f"{_TABLE}{end}", f"{line}{end}"])
    following = (place for place in range(start + 1, len(lines)) if lines[place].lstrip().startswith("["))
    place = next(following, len(lines))
    while place > start + 1 and not lines[place - 1].strip():
        place -= 1
    return "".join([*lines[:place], f"{line}{end}", *lines[place:]])


def _checked(words: str) -> str:
    words = " ".join(words.split())
    if not words or len(words) > _LONGEST or not words.isprintable():
        raise UsageError(
            "Daraus lässt sich keine Zeile für glossary.toml machen.",
            advice=f"Ein Wort oder wenige Wörter nehmen, höchstens {_LONGEST} Zeichen.",
        )
    return words


def _line(wrong: str, right: str) -> str:
    return f"{json.dumps(wrong, ensure_ascii=False)} = {json.dumps(right, ensure_ascii=False)}"


def _text(content: bytes | None, path: Path) -> str:
    try:
        return (content or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(path) from error


def _corrections(text: str, path: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n")).get("corrections", {})
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path) from error
    if not isinstance(table, dict):
        raise _unreadable(path)
    return {str(wrong): str(right) for wrong, right in table.items()}


def _unreadable(path: Path) -> ConfigError:
    return ConfigError(
        "glossary.toml lässt sich nicht lesen.", where=path, advice="`make check` sagt, welche Zeile gemeint ist."
    )
