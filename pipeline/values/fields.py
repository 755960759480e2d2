"""Marks for the fields of values: the key in TOML where it has another name, and the check on what people write.

`subtitle: str = ""` in a value class is enough to allow a key `subtitle`: `show/tables.py` reads the class. A check
returns what the value keeps, or raises a ValueError whose German text follows the key: "title: darf nicht leer sein".
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Key(NamedTuple):
    """The key in TOML, where it is not the field's name; "" for a field that its table does not give."""

    name: str


class Check(NamedTuple):
    """A check on what has the right type. `function` returns what the value keeps."""

    function: Callable[[Any], Any]


class Parse(NamedTuple):
    """A reader for what TOML has no type for. `function` takes what TOML holds and returns the type of the field."""

    function: Callable[[Any], Any]


NO_KEY = Key("")


def toml_keys(kind: type) -> dict[str, str]:
    """The fields of the value class `kind` that its TOML table may give, each with its key."""
    hints = get_type_hints(kind, include_extras=True)
    keys = {entry.name: _key(hints[entry.name], entry.name) for entry in fields(kind)}
    return {name: key for name, key in keys.items() if key}


def _key(hint: object, name: str) -> str:
    return next((mark.name for mark in get_args(hint)[1:] if isinstance(mark, Key)), name)


def at_least(least: float) -> Check:
    """Numbers from `least` on. Messages show the bound as it is written here."""

    def check(value: float) -> float:
        if value < least:
            raise ValueError(f"mindestens {least} wird gebraucht")
        return value

    return Check(check)


def at_most(most: float) -> Check:
    """Numbers up to `most`."""

    def check(value: float) -> float:
        if not value <= most:  # nor is nan
            raise ValueError(f"höchstens {most} ist erlaubt")
        return value

    return Check(check)


def _unique(values: Sequence[object]) -> list[object]:
    return list(dict.fromkeys(values))


EACH_ONCE = Check(_unique)
