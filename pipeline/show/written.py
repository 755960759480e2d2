"""What people wrote into one TOML table → a value: theirs, laid over what is known or usual."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import DataclassInstance

Value = TypeVar("Value", bound="DataclassInstance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written(Generic[Value]):
    """The fields of `kind` that a table gives, checked, in the order of their declaration; a table within is Written
    too. Keys that stand in the table and belong to no field of `kind` come last, by their own names."""

    kind: type[Value]
    given: Mapping[str, Any]

    def value(self, **known: Any) -> Value:
        """The value. What the table does not give is taken from `known`, else it is the field's default; a table within
        is laid over its value in `known` in the same way."""
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
