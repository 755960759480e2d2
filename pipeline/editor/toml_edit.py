"""Changes single values and tables in the text of a TOML file; every other character stays as it is.

The text is cut into its lines, comments and entries by TOML's own parser; one entry at a time is written by tomlkit,
which keeps its comment and the kind of its quotation marks.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pipeline.editor.toml_names import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tomlkit.items import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTable:
    """One `[[…]]` table as it should be: the `index` of the table that it is made from, None for a new one, and the
    values to set there; None removes the entry."""

    index: int | None = None
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLines:
    """Lines before and after a change, without their ends; `line` is the number of the first, from 1, before it."""

    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(slots=True)
class _Part:
    """A header, an entry with all its lines, or one line that is blank or a comment; `path` is its keys, () for the
    last kind."""

    text: str
    path: tuple[str, ...] = ()
    is_header: bool = False


def with_value(source: str, key: str, value: Any, *, order: Sequence[str] = ()) -> str:
    """`source` with `value` (a text, a bool, an aware datetime or a tuple of texts) for `key`, above all tables; None
    removes the entry. A new entry replaces a comment that shows how it is written (`# key = …`), or follows the entries
    that stand before it in `order`. `source` must be TOML."""
    parts = _parts(source)
    above = parts[: _end_of_top(parts)]
    rest = parts[len(above) :]
    _set(above, key, value, order, newline=_newline(source))
    return _joined([*above, *rest])


def with_tables(source: str, name: str, wanted: Sequence[WantedTable], *, order: Sequence[str]) -> str:
    """`source` with the `wanted` tables `[[name]]` instead of those that it has. Each stands where one stood before,
    further ones behind the last; comments between them stay. `order` is the order of the keys of a new table."""
    parts, newline = _parts(source), _newline(source)
    above = parts[: _end_of_top(parts)]
    if any(part.path == (name,) for part in above):
        return _with_inline_tables(source, name, wanted)
    blocks = _blocks(parts, name)
    texts = []
    for table in wanted:
        if table.index is None:
            block = [_Part(f"[[{name}]]{newline}", (name,), is_header=True)]
        else:
            block = list(map(copy, parts[slice(*blocks[table.index])]))
        for key, value in table.values.items():
            _set(block, key, value, order, newline=newline)
        texts.append(_joined(block))
    if blocks:
        _replace_blocks(parts, blocks, texts, newline)
    elif texts:
        _insert_first(parts, name, texts, newline)
    return _joined(parts)


def changed_lines(before: str, after: str) -> tuple[ChangedLines, ...]:
    """The lines in which two texts differ, in their order."""
    old, new = (text.removeprefix("\ufeff").splitlines() for text in (before, after))
    codes = difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    return tuple(
        ChangedLines(line=first + 1, before=tuple(old[first:last]), after=tuple(new[start:end]))
        for tag, first, last, start, end in codes
        if tag != "equal"
    )


def _parts(source: str) -> list[_Part]:
    parts: list[_Part] = []
    lines = re.findall(r"[^\n]*\n|[^\n]+", source)
    while lines:
        text = lines.pop(0)
        start = text.lstrip("\ufeff \t\r\n")[:1]
        if start in {"", "#"}:
            parts.append(_Part(text))
            continue
        while (table := parsed(text)) is None and lines:
            text += lines.pop(0)
        parts.append(_Part(text, _first_path(table or {}), is_header=start == "["))
    return parts


def _first_path(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys from the outside inwards to the one value of a table that one entry or header makes."""
    path: tuple[str, ...] = ()
    inner: Any = table
    while isinstance(inner, dict) and len(inner) == 1:
        key, inner = next(iter(inner.items()))
        path = (*path, key)
    return path


def _end_of_top(parts: Sequence[_Part]) -> int:
    return next((index for index, part in enumerate(parts) if part.is_header), len(parts))


def _set(parts: list[_Part], key: str, value: Any, order: Sequence[str], *, newline: str) -> None:
    """Set `key` among the entries of `parts`, which are those of one table, with or without its header."""
    entries = [index for index, part in enumerate(parts) if part.path and not part.is_header]
    there = next((index for index in entries if parts[index].path[0] == key), None)
    if there is not None and value is None:
        del parts[there]
    elif there is not None:
        parts[there].text = _with_item(parts[there].text, key, value, newline)
    elif value is not None:
        for part in parts:
            if (example := _uncommented(part.text, key)) is not None:
                part.text, part.path = _with_item(example, key, value, newline), (key,)
                return
        earlier = set(order[: order.index(key)]) if key in order else set()
        start = int(bool(parts) and parts[0].is_header)
        before = [index for index in entries if parts[index].path[0] in earlier] or entries
        at = before[-1] + 1 if before else start
        if at:
            parts[at - 1].text = _ended(parts[at - 1].text, newline)
        parts.insert(at, _Part(_with_item(f"{key} = 0{newline}", key, value, newline), (key,)))


def _with_item(text: str, key: str, value: Any, newline: str) -> str:
    """The entry with another value; its comment, its quotation marks and its end stay."""
    import tomlkit  # late: only this command needs it

    bom = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(bom).replace("\r\n", "\n")
    document = tomlkit.parse(body)
    old = cast("Item", document.item(key))
    if old.unwrap() == (list(value) if isinstance(value, tuple) else value):
        return text
    document[key] = _item(value, old.as_string())
    return bom + tomlkit.dumps(document).replace("\n", newline)


def _item(value: Any, like: str) -> Any:
    """`value` for tomlkit, written as `like` is: between the same quotation marks, or in a list over several lines."""
    import tomlkit

    if isinstance(value, tuple):
        array = tomlkit.array()
        array.extend(unicodedata.normalize("NFC", entry) for entry in value)
        return array.multiline("\n" in like)
    if not isinstance(value, str):
        return tomlkit.item(value)
    text = unicodedata.normalize("NFC", value)
    if like.startswith('"""'):
        written = tomlkit.string(text, multiline=True).as_string()
        if like.startswith('"""\n') and not text.startswith("\n"):  # TOML leaves out the first line break
            written = '"""\n' + written[3:]
        return tomlkit.value(written)
    if like.startswith("'") and not like.startswith("'''") and text.isprintable() and "'" not in text:
        return tomlkit.string(text, literal=True)
    return tomlkit.string(text)


def _uncommented(text: str, key: str) -> str | None:
    """The entry for `key` that a comment shows, without its #; None if the line is something else."""
    found = re.match(rf"\s*#\s*({re.escape(key)}\s*=.*)", text, re.DOTALL)
    return found[1] if found and parsed(found[1]) is not None else None


def _blocks(parts: Sequence[_Part], name: str) -> list[tuple[int, int]]:
    """Where each table `[[name]]` begins, and where its last entry ends."""
    found = []
    for index, part in enumerate(parts):
        if part.is_header and part.path == (name,):
            end = next((later for later in range(index + 1, len(parts)) if parts[later].is_header), len(parts))
            entries = [later for later in range(index, end) if parts[later].path]
            found.append((index, entries[-1] + 1))
    return found


def _replace_blocks(parts: list[_Part], blocks: Sequence[tuple[int, int]], texts: Sequence[str], newline: str) -> None:
    """Put each text in the place of one of `blocks`, further ones behind the last; blocks that are left over go, with
    the blank lines behind them. Changes `parts`."""
    last = len(blocks) - 1
    for number in range(last, -1, -1):
        start, end = blocks[number]
        here = texts[number:] if number == last else texts[number : number + 1]
        if not here:
            while end < len(parts) and not parts[end].text.strip():
                end += 1
            while end == len(parts) and start and not parts[start - 1].text.strip():
                start -= 1
            del parts[start:end]
            continue
        joined = newline.join([*(_ended(text, newline) for text in here[:-1]), here[-1]])
        parts[start:end] = [_Part(joined if end == len(parts) else _ended(joined, newline))]


def _insert_first(parts: list[_Part], name: str, texts: Sequence[str], newline: str) -> None:
    """Put the first tables `[[name]]` of a file into it, with a blank line before and behind; changes `parts`."""
    at = _place_of_first(parts, name)
    if at:
        parts[at - 1].text = _ended(parts[at - 1].text, newline)
    before = newline if at and parts[at - 1].text.strip() else ""
    behind = newline if at < len(parts) and parts[at].text.strip() else ""
    parts.insert(at, _Part(before + newline.join(_ended(text, newline) for text in texts) + behind))


def _ended(text: str, newline: str) -> str:
    return text if text.endswith("\n") else text + newline


def _place_of_first(parts: Sequence[_Part], name: str) -> int:
    """Where the first table `[[name]]` of a file goes: behind the comment that shows one, or to the end."""
    for index, part in enumerate(parts):
        if re.match(rf"\s*#\s*\[\[\s*{re.escape(name)}\s*\]\]", part.text):
            end = next((later for later in range(index, len(parts)) if not parts[later].text.strip()), len(parts))
            after = next((later for later in range(index, len(parts)) if parts[later].path), len(parts))
            if end <= after and (after == len(parts) or parts[after].is_header):
                return end
    return len(parts)


def _with_inline_tables(source: str, name: str, wanted: Sequence[WantedTable]) -> str:
    """`source`, which has its tables in one list, `name = [{…}, {…}]`, with the `wanted` ones there."""
    import tomlkit

    parts, newline = _parts(source), _newline(source)
    part = next(part for part in parts if part.path == (name,) and not part.is_header)
    document = tomlkit.parse(part.text.removeprefix("\ufeff").replace("\r\n", "\n"))
    old = document[name].unwrap()
    array = tomlkit.array()
    for table in wanted:
        values = {**(old[table.index] if table.index is not None else {}), **table.values}
        inline = tomlkit.inline_table()
        inline.update({key: value for key, value in values.items() if value is not None})
        array.append(inline)
    document[name] = array.multiline("\n" in document[name].as_string())
    bom = "\ufeff" if part.text.startswith("\ufeff") else ""
    part.text = bom + tomlkit.dumps(document).replace("\n", newline)
    return _joined(parts)


def _newline(source: str) -> str:
    return "\r\n" if "\r\n" in source else "\n"


def _joined(parts: Sequence[_Part]) -> str:
    return "".join(part.text for part in parts)
