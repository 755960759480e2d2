"""Makes a value of what people wrote in one TOML table, laid over known values and defaults."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")
KeyPath = tuple[int | str, ...]
"""A place in a TOML file: its keys from the outside inwards, with the index of each entry of a list."""
Mistake = tuple[KeyPath, str]
"""The place of a mistake, and a German text about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Generic[Value]):
    """The fields of `kind` that a table gives, checked, in the order of their declaration; an inner table is Written
    too. Keys of the table that belong to no field of `kind` come last, under their own names."""

    kind: type[Value]
    given: Mapping[str, Any]

    def value(self, **known: Any) -> Value:
        """The value. Fields that the table does not give come from `known`, else they have their defaults; an inner
        table is laid over its value in `known` in the same way."""
        names = {entry.name for entry in fields(self.kind)}
        given = {name: _value(entry, known.get(name)) for name, entry in self.given.items() if name in names}
        return self.kind(**{**known, **given})

    def over(self, base: Value) -> Value:
        """`base` with what the table gives."""
        return self.value(**{entry.name: getattr(base, entry.name) for entry in fields(self.kind)})


def _value(entry: Any, known: Any) -> Any:
    if isinstance(entry, Written):
        return entry.value() if known is None else entry.over(known)
    if isinstance(entry, tuple):
        return tuple(_value(inner, None) for inner in entry)
    return entry
