"""Settings of a step: the fields of a value that it may read, and their JSON form."""

from __future__ import annotations

import copyreg
from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def only(value: T, *names: str) -> T:
    """A copy of the dataclass instance `value` that has only the fields `names`.

    Reading any other field raises AttributeError, so a step that gets such a copy can only read what counts as its
    settings. Raises AttributeError if `value` lacks one of the fields.
    """
    return partial_of(type(value), {name: getattr(value, name) for name in names})


def partial_of(kind: type[T], values: Mapping[str, object]) -> T:
    """An instance of the slotted dataclass `kind` that has only the fields `values`."""
    unknown = values.keys() - {entry.name for entry in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    if unknown:
        raise AttributeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
    copyreg.pickle(kind, _reduce)  # the pickling of dataclasses needs every field
    part = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(part, name, value)
    return part


def canonical(value: object) -> Any:
    """Settings as plain JSON values: dataclasses as objects, tuples as arrays, dates and datetimes in ISO 8601."""
    if value is None or isinstance(value, (str, int, float)):  # first, because most are
        return value
    if isinstance(value, (list, tuple)):
        return [canonical(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): canonical(entry) for key, entry in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    assert is_dataclass(value), f"{type(value).__name__} is no setting"
    return {name: canonical(entry) for name, entry in _present(value).items()}


def _present(value: object) -> dict[str, object]:
    """The fields that `value` has: all of them, unless `only` made it."""
    found: dict[str, object] = {}
    for entry in fields(value):  # type: ignore[arg-type]  # a dataclass
        try:
            found[entry.name] = getattr(value, entry.name)
        except AttributeError:
            continue
    return found


def _reduce(value: object) -> tuple[Any, ...]:
    return partial_of, (type(value), _present(value))
