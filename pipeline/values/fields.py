"""Marks on the fields of a value: the field's key in TOML, and the checks of what people wrote.

`subtitle: str = ""` in a value class is enough to allow a key `subtitle`: `show/tables.py` reads the class. A check
returns the value to keep, or raises a ValueError whose German text continues after the key, as in "title: darf nicht
leer sein".
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Key(NamedTuple):
    """The key in TOML if it differs from the field's name; "" for a field that has no key in its table."""

    name: str


class Check(NamedTuple):
    """A further condition on a value of the right type. `function` returns the value to keep."""

    function: Callable[[Any], Any]


class Parse(NamedTuple):
    """The notation of something that TOML has no type for. `function` returns it in the field's type."""

    function: Callable[[Any], Any]


NO_KEY = Key("")


def toml_keys(kind: type) -> dict[str, str]:
    """The fields of the value class `kind` that its TOML table may set, each with its key."""
    hints = get_type_hints(kind, include_extras=True)
    keys = {entry.name: _key(hints[entry.name], entry.name) for entry in fields(kind)}
    return {name: key for name, key in keys.items() if key}


def _key(hint: object, name: str) -> str:
    return next((mark.name for mark in get_args(hint)[1:] if isinstance(mark, Key)), name)


def at_least(least: float) -> Check:
    """Accepts numbers from `least` on. Write the bound as messages should show it."""

    def check(value: float) -> float:
        if value < least:
            raise ValueError(f"mindestens {least} wird gebraucht")
        return value

    return Check(check)


def at_most(most: float) -> Check:
    """Accepts numbers up to `most`."""

    def check(value: float) -> float:
        if not value <= most:  # nan fails too
            raise ValueError(f"höchstens {most} ist erlaubt")
        return value

    return Check(check)


def _unique(values: Sequence[object]) -> list[object]:
    return list(dict.fromkeys(values))


EACH_ONCE = Check(_unique)
