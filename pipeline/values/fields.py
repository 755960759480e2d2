"""The marks by which a field of a value says how TOML gives it: under which key, and what is checked of it.

`subtitle: str = ""` in a value class is all that a key `subtitle` needs: `show/tables.py` reads the class. A check
gives what is kept, or raises a German ValueError that goes on behind the key, as in "title: darf nicht leer sein".
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
    """What a value of the right type must be besides. `function` gives it as it is kept."""

    function: Callable[[Any], Any]


class Parse(NamedTuple):
    """How something that TOML has no type for is written. `function` gives it in the type of the field."""

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
    """Numbers from `least` on. Write the bound as messages shall show it."""

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
