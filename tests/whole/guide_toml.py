"""The TOML that guides show → what the program's reader of settings objects to in it, with a small show around it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guides import PROJECT, Block, Code, Guide
from probe_show import EPISODE, FOLDER
from program import refusal

FILES = ("show.toml", "episode.toml", "speakers.toml", "glossary.toml")
HOW_TO_SAY = (
    "Say which file it belongs to, in the paragraph above (`episode.toml`, `show.toml` …) or in the block's first "
    "comment; TOML of another program is fenced as text."
)

_NAMED = re.compile(rf"\b({'|'.join(map(re.escape, FILES))})\b")
_CODE_AND_COMMENT = re.compile(r'((?:[^"#]|"[^"]*")*)#(.*)')
_VALUE = r'"[^"]*"|\[[^\]]*\]|\d[\w.:+-]*|true|false'
_ASSIGNMENT = re.compile(rf"\b([a-z_]+) = ({_VALUE})")
_ALTERNATIVE = re.compile(rf"(?:^|; |\boder )({_VALUE})(?=:|$|[,;.])")
_SIBLINGS = re.compile(r"\bauch ([a-z_]+(?:, [a-z_]+)+)")
_UNKNOWN_KEY = "diesen Schlüssel gibt es hier nicht"
_MISSING_KEY = "dieser Schlüssel fehlt"
_TABLE = re.compile(r"\[\[?[a-z_.]+\]\]?")

Tables = dict[str, Any]
KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """TOML that a block shows: as written, or with something that a comment in it offers; `said` says which."""

    said: str
    tables: Tables

    def refusal(self, file: str, show: SmallShow) -> str:
        """Return what the program objects to; if people still fill in a value (`guid = "…"`) only the key counts."""
        refused = show.refusal(file, self.tables)
        return refused if "…" not in self.said or _UNKNOWN_KEY in refused else ""


def files_of(block: Block) -> tuple[str, ...]:
    """The files that the paragraph above the block or its first comment names; empty if they name none."""
    first = block.text.lstrip().splitlines()[0]
    comment = first if first.startswith("#") else ""
    return tuple(dict.fromkeys(_NAMED.findall(f"{block.before}\n{comment}")))


def examples(text: str) -> Iterator[Example]:
    """Yield a block as written, then with each setting that its comments show in place of the existing one:
    `# page_size = 100`, `# oder "sans"`, `# "slow": …`, `# und [theme.dark]`, `# auch paper, ink`."""
    tables = tomllib.loads(text)
    yield Example(said="as it stands", tables=tables)
    place: KeyPath = ()
    for line in text.splitlines():
        split = _CODE_AND_COMMENT.match(line)
        code, comment = (split[1].strip(), split[2].strip()) if split else (line.strip(), "")
        if header := _TABLE.fullmatch(code):
            place = tuple(header[0].strip("[]").split("."))
        for key, value in _ASSIGNMENT.findall(comment):
            yield _changed(tables, place, key, value)
        for name in _TABLE.findall(comment):
            yield Example(said=name, tables=_merged(tables, tomllib.loads(name)))
        if assigned := re.match(r"([a-z_]+) = (.*)", code):
            for value in _ALTERNATIVE.findall(comment):
                yield _changed(tables, place, assigned[1], value)
            for names in _SIBLINGS.findall(comment):
                for name in names.split(", "):
                    yield _changed(tables, place, name, assigned[2])


def _changed(tables: Tables, place: KeyPath, key: str, value: str) -> Example:
    changed = deepcopy(tables)
    _table_at(changed, place)[key] = tomllib.loads(f"value = {value}")["value"]
    return Example(said=f"{key} = {value}", tables=changed)


def _table_at(tables: Tables, place: KeyPath) -> Tables:
    """Return the table at a path; the last one of an array of tables."""
    for part in place:
        found = tables.setdefault(part, {})
        tables = found[-1] if isinstance(found, list) else found
    return tables


@dataclass(slots=True)
class SmallShow:
    """A valid show in `root`; tables are added to its files, one file at a time."""

    root: Path
    files: dict[str, Tables] = field(init=False)

    def __post_init__(self) -> None:
        home = self.root / "episodes" / FOLDER
        home.mkdir(parents=True)
        (home / "release.json").write_text("{}\n", encoding="utf-8")  # so that it may also be an imported episode
        show = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8")
        self.files = {file: {} for file in FILES}
        self.files |= {"show.toml": tomllib.loads(show), "episode.toml": tomllib.loads(EPISODE)}
        assert not self.refusal("show.toml", {})

    def refusal(self, file: str, tables: Tables) -> str:
        """Return what the program objects to in the show with `tables` added to `file`; "" if it accepts them."""
        for name, base in self.files.items():
            content = _merged(base, tables) if name == file else deepcopy(base)
            if name == "episode.toml" and "tracks" in content:
                content.pop("recording", None)
                content["speakers"] += [{"name": track["speaker"]} for track in content["tracks"] if "speaker" in track]
                content["speakers"] = list({person["name"]: person for person in content["speakers"]}.values())
            where = self.root / "episodes" / (f"{FOLDER}/{name}" if name == "episode.toml" else name)
            where.write_text(as_toml(content), encoding="utf-8")
        return refusal(self.root)


def _merged(base: Tables, other: Tables) -> Tables:
    """Return `base` updated with `other`: tables key by key, everything else as a whole."""
    result = deepcopy(base)
    for key, value in other.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else deepcopy(value)
    return result


def as_toml(tables: Tables) -> str:
    """Return TOML with one line for each key at the top."""
    return "".join(f"{json.dumps(key)} = {_value(value)}\n" for key, value in tables.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {_value(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


def block_problems(block: Block, show: SmallShow) -> Iterator[str]:
    """Yield what is wrong with a block of TOML. If nothing names its files, at least one must accept its keys."""
    try:
        found = list(examples(block.text))
    except tomllib.TOMLDecodeError as error:
        yield f"{block.where}: no TOML: {error}"
        return
    for file in files_of(block) or _files_by_keys(found[0].tables, show):
        for example in found:
            if refused := example.refusal(file, show):
                yield f"{block.where} ({example.said}), as {file}: {refused}"
                break
    if not files_of(block) and not _files_by_keys(found[0].tables, show):
        refusals = {file: show.refusal(file, found[0].tables) for file in FILES}
        nearest = min(FILES, key=lambda file: refusals[file].count("\n"))
        yield f"{block.where}: no file of a show takes this block. {HOW_TO_SAY}\nAs {nearest}: {refusals[nearest]}"


def _files_by_keys(tables: Tables, show: SmallShow) -> tuple[str, ...]:
    return tuple(file for file in FILES if not show.refusal(file, tables))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table of a file, to which a setting that a sentence names may belong."""

    file: str
    tables: Tables
    path: KeyPath

    def with_setting(self, key: str, value: object) -> Tables:
        changed = deepcopy(self.tables)
        _table_at(changed, self.path)[key] = value
        return changed


def places(shown: Iterable[tuple[str, Tables]], show: SmallShow) -> tuple[Place, ...]:
    """Every table of the small show and of what is `shown`, except those that accept any key (`[corrections]`)."""
    found = [
        Place(file=file, tables=tables, path=path)
        for file, tables in (*show.files.items(), *shown)
        for path in _paths(tables)
    ]
    return tuple(place for place in found if show.refusal(place.file, place.with_setting("gibt_es_nicht", "x")))


def _paths(tables: Tables, path: KeyPath = ()) -> Iterator[KeyPath]:
    yield path
    for key, value in tables.items():
        inner = value[-1] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            yield from _paths(inner, (*path, key))


def code_problems(code: Code, show: SmallShow, known: Iterable[Place]) -> Iterator[str]:
    """Yield what is wrong with TOML inside a sentence: `engine = "auto"` must fit into one of the `known` places, and
    if the text continues with „unter `[speech]`“ or „(oben in `episode.toml`“, into that one; `[speech]` must be a
    table of some file."""
    if _TABLE.fullmatch(code.text):
        if not any(_is_known(show.refusal(file, tomllib.loads(code.text))) for file in FILES):
            yield f"{code.where}: `{code.text}` is a table of none of {', '.join(FILES)}"
        return
    try:
        ((key, value),) = tomllib.loads(code.text).items()
    except (tomllib.TOMLDecodeError, ValueError):
        yield f"{code.where}: `{code.text}` is no TOML"
        return
    table = re.match(r"(?:\([^)]*\) )?(?:unter|under) `\[+([\w.]+)\]+`", code.after)
    top_of = re.match(r"\(oben in `([\w.]+)`", code.after)
    refusals = []
    for place in known:
        if (table and ".".join(place.path) != table[1]) or (top_of and (place.path or place.file != top_of[1])):
            continue
        refusals.append(show.refusal(place.file, place.with_setting(key, value)))
        if not refusals[-1]:
            return
    refusals.sort(key=lambda text: _UNKNOWN_KEY in text)
    yield f"{code.where}: `{code.text}`: {refusals[0] if refusals else 'no guide shows the table that the text names'}"


def is_toml(code: Code) -> bool:
    return bool(re.match(r"[a-z_]+ = ", code.text) or _TABLE.fullmatch(code.text))


def _is_known(refused: str) -> bool:
    """Whether nothing is wrong except that the table is empty."""
    mistakes = [line for line in refused.splitlines() if line.startswith("  episodes/")]
    return all(_MISSING_KEY in line for line in mistakes) and bool(mistakes) == bool(refused)


def toml_problems(guides: Iterable[Guide], show: SmallShow) -> list[str]:
    """Return every problem with the TOML of these guides, each with its line."""
    guides = tuple(guides)
    found: list[str] = []
    shown: list[tuple[str, Tables]] = []
    for block in (block for guide in guides for block in guide.blocks if block.language == "toml"):
        problems = list(block_problems(block, show))
        found += problems
        if not problems:
            tables = tomllib.loads(block.text)
            shown += [(file, tables) for file in files_of(block) or _files_by_keys(tables, show)]
    codes = [code for guide in guides for code in guide.codes if is_toml(code)]
    known = places(shown, show)
    return found + [problem for code in codes for problem in code_problems(code, show, known)]
