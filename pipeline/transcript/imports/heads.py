"""Lines of a foreign text → those that are nothing but a speaker's name: beside a time, in a column, or alone."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.transcript.imports.marks import ending_time
from pipeline.transcript.imports.people import bare_name, has_a_number, is_voice, unsettled
from pipeline.transcript.labels import PARTICLES, SPEECH_STARTS, fold_name, looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.transcript.imports.people import People

_LONGEST_NAME = 8  # words
_LONGEST_LINE = 200  # characters of one that is nothing but a name and a time
_ZOOM_CHAT = re.compile(
    r"(?:From|Von)\s+(?P<name>.+?)(?:\s+(?:to|an)\s+(?:Everyone|Alle|alle)[^:]*)?\s*:\s*(?P<rest>.*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the file; `name` is one that stands beside a time or in a column, `time_s` its time mark."""

    number: int
    text: str
    name: str = ""
    time_s: float | None = None
    leads: bool = False  # the time mark precedes the text


def read_heads(rows: Sequence[Row], people: People) -> list[Row]:
    """The lines with the names that stand beside a time, in a column of their own, or alone above what is said."""
    candidates = [_beside(row, after) or _alone(before, row, after) for before, row, after in _neighbours(rows)]
    counts = Counter(fold_name(found.name) for found in filter(None, candidates))
    placed = sum(found is not None and _has_place(found) for found in candidates)
    unclear: list[tuple[int, str, str]] = []
    headed: list[Row] = []
    for row, candidate in zip(rows, candidates, strict=True):
        if candidate is None or people.is_text(candidate.name):
            headed.append(row)
            continue
        name, has_place = candidate.name, _has_place(candidate)
        sure = people.knows(name) or (is_voice(name) and (has_place or has_a_number(name)))
        if sure or (has_place and placed > 1 and people.find(name) is not None):
            headed.append(candidate)
            continue
        headed.append(row)
        if has_place or counts[fold_name(name)] > 1:
            unclear.append((row.number, row.text.strip(), name))
    if unclear:
        raise unsettled(unclear, people)
    return _joined_heads(headed)


def _has_place(row: Row) -> bool:
    """Return whether its name stands where a program puts names: beside a time, or in a column."""
    return row.time_s is not None or bool(row.text)


def _neighbours(rows: Sequence[Row]) -> Iterator[tuple[Row, Row, Row]]:
    """Every line with the one before and the next that is not blank."""
    nothing = Row(number=0, text="")
    afters = [nothing]
    for row in reversed(rows[1:]):
        afters.append(row if row.text.strip() or row.time_s is not None else afters[-1])
    return zip([nothing, *rows], rows, reversed(afters), strict=False)


def _beside(row: Row, after: Row) -> Row | None:
    """The line with its name, if that stands beside a time or in a column; None for others."""
    text = row.text.strip()
    if len(text) > _LONGEST_LINE and "\t" not in text[:_LONGEST_LINE]:
        return None
    chat = _ZOOM_CHAT.fullmatch(text) if row.time_s is not None else None
    if chat is not None:
        return replace(row, text=chat["rest"], name=chat["name"].strip())
    if "\t" in text:
        name, _, rest = text.partition("\t")
        name = name.strip(" :")
        return replace(row, text=rest.strip(), name=name) if rest.strip() and resembles(name) else None
    time_s = row.time_s
    if (found := ending_time(text)) is not None:
        text, time_s = found
    elif row.leads and (not after.number or after.leads):
        return None  # a list of timed pieces: the text beside the time is what is said
    name = text.strip("[] ").strip(" :")
    if time_s is None or not name or "\t" in name or ":" in name or not resembles(name):
        return None
    return replace(row, text="", name=name, time_s=time_s)


def _alone(before: Row, row: Row, after: Row) -> Row | None:
    """The line with its name, if it is a paragraph of one such word (`Sprecher 1`); None for others.

    Full names are left to `parse`, which knows when they are labels.
    """
    name = row.text.strip()
    is_word = len(name.split()) == 1 and looks_like_a_name(name)
    if before.text.strip() or not after.number or not (is_word or (is_voice(name) and has_a_number(name))):
        return None
    return replace(row, text="", name=name)


def resembles(name: str) -> bool:
    """Return whether a line may be a name: short, no sentence, only words that names have."""
    words = bare_name(name).replace(",", " ").split()
    if not words or len(words) > _LONGEST_NAME or name.endswith(tuple(".!?…")) or words[0].casefold() in SPEECH_STARTS:
        return is_voice(name)
    proper = [word for word in words if any(map(str.isupper, word))]
    return is_voice(name) or (bool(proper) and all(word in proper or word in PARTICLES for word in words))


def _joined_heads(rows: Sequence[Row]) -> list[Row]:
    """The same lines without a name that stands a second time in the line above its time, and initials above that."""
    names = {fold_name(row.name) for row in rows if row.name}
    initials = {"".join(word[0] for word in name.split()[:2]) for name in names if name}
    initials |= {name[::-1] for name in initials}
    following = [*rows[1:], Row(number=0, text="")]
    dropped: set[int] = set()
    for row, after in zip(reversed(rows), reversed(following), strict=True):
        below = after.name or after.number in dropped or (after.time_s is not None and not after.text)
        alone = row.text.strip() and not row.name
        if alone and below and (fold_name(row.text) in names or row.text.strip().casefold() in initials):
            dropped.add(row.number)
    return [replace(row, text="") if row.number in dropped else row for row in rows]
