"""Checks a parsed TOML table against the value class that declares its fields; reports all mistakes in German.

Each class becomes a pydantic model: strict, without further keys, with the checks that its fields declare.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, reduce
from operator import or_
from types import GenericAlias, UnionType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from pipeline.errors import did_you_mean
from pipeline.show.written import KeyPath, Mistake, Written
from pipeline.values.checked import NO, YES
from pipeline.values.fields import Check, Parse, toml_keys

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from _typeshed import DataclassInstance
    from pydantic_core import ErrorDetails

Value = TypeVar("Value", bound="DataclassInstance")


class MistakesError(Exception):
    """A table has mistakes; `found` has the place and a German text for each of them."""

    def __init__(self, found: tuple[Mistake, ...]) -> None:
        super().__init__(found)
        self.found = found


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    value_class: ClassVar[type]


def read(kind: type[Value], table: Mapping[str, Any], /, **beside: Any) -> Written[Value]:
    """The fields of `kind` that `table` sets, and the further keys in `beside` (key → type). Raises MistakesError."""
    model = _model(cast("Hashable", kind), tuple(beside.items()))
    try:
        return _written(model.model_validate(table))
    except ValidationError as error:
        found = tuple((tuple(detail["loc"]), _german(detail, model)) for detail in error.errors())
        raise MistakesError(found) from error


@cache
def _model(kind: Any, beside: tuple[tuple[str, Any], ...]) -> type[_Table]:
    hints = get_type_hints(kind, include_extras=True)
    keys = toml_keys(kind)
    declared: dict[str, Any] = {
        entry.name: (
            _read_as(hints[entry.name]),
            Field(... if entry.default is entry.default_factory is MISSING else None, alias=keys[entry.name]),
        )
        for entry in fields(kind)
        if entry.name in keys
    }
    further: dict[str, Any] = {key: (_read_as(hint), None) for key, hint in beside}
    model = create_model(kind.__name__, __base__=_Table, **declared, **further)
    model.value_class = kind
    return model


def _read_as(hint: Any) -> Any:
    """The type of a field in TOML: a list for a tuple, a table for a value and for a tuple of pairs."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _model(cast("Hashable", hint), ())
    if origin is Annotated:
        return Annotated[(_read_as(inner[0]), *map(_understood, inner[1:]))]
    if origin in {Union, UnionType}:
        return reduce(or_, map(_read_as, inner))
    if origin is tuple and inner[-1] is ...:
        pair = get_args(inner[0]) if get_origin(inner[0]) is tuple else ()
        return GenericAlias(dict, tuple(map(_read_as, pair))) if pair else GenericAlias(list, (_read_as(inner[0]),))
    return hint


def _understood(mark: object) -> object:
    """The mark as a pydantic validator; pydantic ignores other marks."""
    if isinstance(mark, Check):
        return AfterValidator(mark.function)
    return BeforeValidator(mark.function) if isinstance(mark, Parse) else mark


def _written(table: _Table) -> Written[Any]:
    """Only the fields that are given, in the form of values: tuples for lists, and pairs for a table of any keys."""
    names = [name for name in type(table).model_fields if name in table.model_fields_set]
    return Written(kind=table.value_class, given={name: _plain(getattr(table, name)) for name in names})


def _plain(entry: Any) -> Any:
    if isinstance(entry, _Table):
        return _written(entry)
    if isinstance(entry, dict):
        return tuple(entry.items())
    return tuple(map(_plain, entry)) if isinstance(entry, list) else entry


def _german(detail: ErrorDetails, model: type[_Table]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"diesen Schlüssel gibt es hier nicht.{_where_instead(model, detail['loc'])}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        hint = did_you_mean(str(detail["input"]), _quoted(str(context["expected"])))
        return f"erlaubt ist {_alternatives(str(context['expected']))}.{hint}"
    return _TEXTS[kind] + _meant(kind, detail)


def _where_instead(model: type[_Table], path: KeyPath) -> str:
    """Where a key belongs that is unknown at `path`: above the table that holds it, in another, or misspelt."""
    key = str(path[-1])
    if len(path) > 1 and key in _known_keys(model, (key,)):
        header = f"[[{path[0]}]]" if isinstance(path[1], int) else f"[{path[0]}]"
        return f" Er gehört weiter nach oben, vor {header}: unter einer solchen Zeile gehört alles zu ihr."
    if near := did_you_mean(key, _known_keys(model, path)):
        return near
    tables = [name for name in _known_keys(model, (key,)) if name != path[0] and key in _keys_inside(model, name)]
    return f" Er gehört unter {' oder '.join(f'[{name}]' for name in tables)}." if tables else ""


def _keys_inside(model: type[_Table], table: str) -> list[str]:
    """The keys of the single table `table` of `model`; [] if that is something else, such as a list of tables."""
    hint = next(field.annotation for name, field in model.model_fields.items() if table in {name, field.alias})
    kinds = [kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and issubclass(kind, _Table)]
    return [field.alias or name for name, field in kinds[0].model_fields.items()] if kinds else []


def _meant(kind: str, detail: ErrorDetails) -> str:
    """The line as it was probably meant, for a value of the wrong type."""
    entry = detail["input"]
    word = str(entry).strip().lower()
    key = next((part for part in reversed(detail["loc"]) if isinstance(part, str)), "")
    meant = ""
    if kind == "bool_type":
        meant = "true" if word in YES else "false" if word in NO else ""
    elif kind in {"int_type", "float_type"} and re.fullmatch(r"[+-]?\d+([.,]\d+)?", word) and isinstance(entry, str):
        meant = word.replace(",", ".")
    elif kind == "string_type" and isinstance(entry, int | float) and not isinstance(entry, bool):
        meant = f'"{entry}"'
    elif kind == "list_type" and isinstance(entry, str):
        meant = f'["{entry}"]'
    return f"; gemeint ist wohl:\n    {key} = {meant}" if meant else ""


_TEXTS = {
    "missing": "dieser Schlüssel fehlt",
    "string_type": "ein Text in Anführungszeichen wird gebraucht",
    "int_type": "eine ganze Zahl ohne Anführungszeichen wird gebraucht",
    "int_parsing_size": "die Zahl ist viel zu groß",
    "float_type": "eine Zahl ohne Anführungszeichen wird gebraucht",
    "bool_type": "true oder false (ohne Anführungszeichen) wird gebraucht",
    "list_type": "eine Liste in eckigen Klammern wird gebraucht",
    "model_type": "ein Abschnitt mit eigenen Schlüsseln wird gebraucht, wie in [audio]",
}


def _known_keys(model: type[_Table], path: KeyPath) -> list[str]:
    """The keys of the table that holds the last key of `path`."""
    for part in path[:-1]:
        if isinstance(part, str):
            hint = next(field.annotation for name, field in model.model_fields.items() if part in {name, field.alias})
            kinds = (hint, *get_args(hint))
            model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, _Table))
    return [field.alias or name for name, field in model.model_fields.items()]


def _quoted(expected: str) -> list[str]:
    return re.findall(r"'([^']+)'", expected)


def _alternatives(expected: str) -> str:
    return expected.replace("'", '"').replace(" or ", " oder ")
