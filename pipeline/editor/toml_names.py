"""Changes a speaker's name in the text of a TOML file: only these values change, every other character stays."""

from __future__ import annotations

import copy
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from pipeline.editor.new import quoted
from pipeline.transcript.labels import fold_name

_TOKEN = re.compile(r"""(?P<string>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<comment>\#.*)""")
_KEY = re.compile(r"(?:^|[\s{,])[\"']?(?P<key>name|speaker)[\"']?\s*=\s*$")
_TABLE = re.compile(r"\s*\[")
_ALIASES = re.compile(r"\s*aliases\s*=\s*\[")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEdit:
    """A line (from 1) before and after the change, without its line end; `before` is "" for a new line."""

    line: int
    before: str
    after: str


class NotByLineError(Exception):
    """The file writes the name in a way that no line edit can safely change."""


def renamed_toml(source: str, old: str, new: str, *, keep_alias: bool) -> tuple[str, tuple[LineEdit, ...]]:
    """`source` with `new` for `old` in every `name` of a speaker and every `speaker` of a track; with `keep_alias`,
    `old` is added to the aliases of those speakers. Line ends and comments stay.

    Raises NotByLineError if the result, read as TOML before and after, would not be exactly that.
    """
    lines = source.splitlines(keepends=True)
    edits: list[LineEdit] = []
    named: list[int] = []
    for index, line in enumerate(lines):
        after, keys = _edited(line, old, new)
        if keys:
            edits.append(LineEdit(line=index + 1, before=line.strip(), after=after.strip()))
            lines[index] = after
            named += [index] if "name" in keys else []
    for index in reversed(named if keep_alias else []):
        edits.append(_with_alias(lines, index, old))
    text = "".join(lines)
    if parsed(text) != _expected(parsed(source) or {}, old, new, keep_alias=keep_alias):
        raise NotByLineError
    return text, tuple(sorted(edits, key=lambda edit: edit.line))


def _edited(line: str, old: str, new: str) -> tuple[str, set[str]]:
    """The line with the name changed, and the keys that had it."""
    keys: set[str] = set()
    parts: list[str] = []
    done = 0
    for token in _TOKEN.finditer(line):
        key = _KEY.search(line[: token.start()])
        if token["comment"]:
            break
        if key is None or fold_name(_value(token["string"])) != fold_name(old):
            continue
        keys.add(key["key"])
        parts += [line[done : token.start()], quoted(new)]
        done = token.end()
    return "".join([*parts, line[done:]]), keys


def _with_alias(lines: list[str], index: int, alias: str) -> LineEdit:
    """Add the alias to the table whose name is in line `index`; changes `lines`."""
    start = next((number for number in range(index, -1, -1) if _TABLE.match(lines[number])), 0)
    end = next((number for number in range(index + 1, len(lines)) if _TABLE.match(lines[number])), len(lines))
    for number in range(start, end):
        if match := _ALIASES.match(lines[number]):
            rest = lines[number][match.end() :]
            comma = "" if rest.lstrip().startswith("]") else "," if not rest.strip() else ", "
            before = lines[number].strip()
            lines[number] = f"{match[0]}{quoted(alias)}{comma}{rest}"
            return LineEdit(line=number + 1, before=before, after=lines[number].strip())
    line = lines[index]
    indent = line[: len(line) - len(line.lstrip())]
    ending = line[len(line.rstrip("\r\n")) :]
    if not ending:
        lines[index] = line + "\n"
    new = f"{indent}aliases = [{quoted(alias)}]"
    lines.insert(index + 1, new + (ending or "\n"))
    return LineEdit(line=index + 1, before="", after=new.strip())


def _expected(document: dict[str, Any], old: str, new: str, *, keep_alias: bool) -> dict[str, Any]:
    document = copy.deepcopy(document)
    for table in document.get("speakers", []):
        if fold_name(table["name"]) == fold_name(old):
            table["name"] = new
            if keep_alias:
                table["aliases"] = [old, *table.get("aliases", [])]
    for table in document.get("tracks", []):
        if fold_name(table["speaker"]) == fold_name(old):
            table["speaker"] = new
    return document


def parsed(text: str) -> dict[str, Any] | None:
    """The tables of a TOML text, with or without BOM and CR; None if it is none."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError:
        return None


def _value(literal: str) -> str:
    try:
        return str(tomllib.loads(f"value = {literal}")["value"])
    except tomllib.TOMLDecodeError:
        return ""
