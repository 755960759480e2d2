"""Turns what people wrote into one TOML table into a value, with defaults for the rest."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Generic[Value]):
    """The checked fields that a table gives, by name and in the order of their declaration in `kind`. A table in the
    table is a Written too. Keys of the table that are no fields of `kind` come last."""

    kind: type[Value]
    given: Mapping[str, Any]

    def value(self, **known: Any) -> Value:
        """The value. A field that the table does not give is taken from `known`, else it has its default; the same
        holds for the fields of a table in the table."""
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
