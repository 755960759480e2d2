"""What is wrong with a line that is not TOML, in German, and the line as it was probably meant.

TOML's own parser names a place and speaks English. Here each usual slip has a rule that mends the line. A mended line
is proposed only if the parser then comes further, so a proposal is never wrong TOML.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.values.checked import NO, YES
from pipeline.values.dates import read_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_FAULTS = 10  # told at once
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_ENTRY = re.compile(r"(?P<key>\s*[\w.\"'-]+\s*=\s*)(?P<value>.*?)(?P<rest>\s*(?:#[^\"']*)?)$")
_OPENING, _CLOSING = "„“”«»‟″", "“”„»«‟″"
_CURLY_TEXT = re.compile(f'[{_OPENING}‚‘’‹›]([^{_CLOSING}‚‘’‹›"]*)[{_CLOSING}‚‘’‹›]')
_NO_TEXT = re.compile(r"[+-]?[\d.,:_+-]+|true|false|[\[{\"'].*|.*\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFault:
    """`line` counts from 1; `text` says what is wrong; `mended` is the line as it was probably meant, or ""."""

    line: int
    text: str
    mended: str = ""


def toml_faults(source: str) -> tuple[tuple[TomlFault, ...], str | None]:
    """The faults of `source`, in their order, and the source with all of them mended; None instead if one of them has
    no known mend, which then is the last that is told. Raises RecursionError and ValueError as tomllib does."""
    faults: list[TomlFault] = []
    while len(faults) < MOST_FAULTS:
        try:
            tomllib.loads(source)
        except tomllib.TOMLDecodeError as error:
            fault = _fault(source, str(error))
            faults.append(fault)
            if not fault.mended:
                return tuple(faults), None
            source = _with_line(source, fault.line, fault.mended)
        else:
            return tuple(faults), source
    return tuple(faults), None


def _fault(source: str, message: str) -> TomlFault:
    place = _PLACE.search(message)
    lines = source.splitlines()
    stopped = int(place[1]) if place else len(lines) + 1
    if opened := _open_text(lines, stopped):
        return TomlFault(line=opened, text=_LONG_TEXT)
    here = [(stopped, _RULES)] if stopped <= len(lines) else []
    for number, rules in (*here, *((earlier, _CLOSING_RULES) for earlier in _list_before(lines, stopped))):
        line, before = lines[number - 1], lines[: number - 1]
        for text, mend in rules:
            for mended in mend(line, before):
                if mended != line and _reads("\n".join([*before, mended])):
                    return TomlFault(line=number, text=text, mended=mended)
    return TomlFault(line=min(stopped, max(len(lines), 1)), text=_unknown_fault(message))


def _open_text(lines: list[str], stopped: int) -> int | None:
    """The line of a text that goes on in the next line without three quotation marks, or has three and never ends."""
    if stopped > len(lines):
        for number, line in enumerate(lines, start=1):
            long = re.search(r"=\s*(\"{3}|'{3})", line)
            if long and "\n".join(lines[number - 1 :]).count(long[1]) % 2:
                return number
    line, following = ([*lines[stopped - 1 : stopped + 1], "", ""])[:2]
    goes_on = re.match(r"\s*[^\s#\[\]=]+(?!\s*=)[^=]*$", following) and following.rstrip().endswith(('"', "“", "”"))
    return stopped if goes_on and re.search(r"=\s*[\"„“][^\"“”]*$", line) else None


def _list_before(lines: list[str], stopped: int) -> Iterator[int]:
    """The lines before the stop, back to the one that opened a list or a table in a line: what was left open there is
    only noticed later."""
    found = []
    for number in range(min(stopped - 1, len(lines)), 0, -1):
        found.append(number)
        if re.search(r"=\s*[\[{]", lines[number - 1]):
            yield from (one for one in found if lines[one - 1].strip())
            return
        if re.match(r"\s*(\[|[\w-]+\s*=)", lines[number - 1]):
            return


def _reads(source: str) -> bool:
    try:
        tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _with_line(source: str, number: int, line: str) -> str:
    lines = source.splitlines()
    return "\n".join([*lines[: number - 1], line, *lines[number:]]) + "\n"


# --- rules: each yields lines that may have been meant ----------------------------------------------------------------


def _invisible(line: str, _: list[str]) -> Iterator[str]:
    yield re.sub("[\u00a0\u2000-\u200f\u202f\u2060\ufeff]", " ", line)


def _curly(line: str, _: list[str]) -> Iterator[str]:
    if entry := _ENTRY.match(line):
        value = entry["value"]
        yield entry["key"] + _CURLY_TEXT.sub(r'"\1"', value) + entry["rest"]
        if len(value) > 1 and value[0] in _OPENING + '"' and value[-1] in _CLOSING + '"':
            yield f'{entry["key"]}"{value[1:-1]}"{entry["rest"]}'
        yield entry["key"] + re.sub(f"[{_OPENING}{_CLOSING}]", '"', value) + entry["rest"]


def _truth(line: str, _: list[str]) -> Iterator[str]:
    if (entry := _ENTRY.match(line)) and (word := entry["value"].lower()) in YES | NO:
        yield f"{entry['key']}{'true' if word in YES else 'false'}{entry['rest']}"


def _moment(line: str, _: list[str]) -> Iterator[str]:
    if (entry := _ENTRY.match(line)) and (moment := read_time(entry["value"].strip("\"'"))):
        yield f"{entry['key']}{moment.isoformat()}{entry['rest']}"


def _comma_in_number(line: str, _: list[str]) -> Iterator[str]:
    if (entry := _ENTRY.match(line)) and re.fullmatch(r"[+-]?\d+,\d+", entry["value"]):
        yield entry["key"] + entry["value"].replace(",", ".") + entry["rest"]


def _leading_zeros(line: str, _: list[str]) -> Iterator[str]:
    if (entry := _ENTRY.match(line)) and re.fullmatch(r"0\d+", entry["value"]):
        yield entry["key"] + entry["value"].lstrip("0") + entry["rest"]


def _inner_quotes(line: str, _: list[str]) -> Iterator[str]:
    if (entry := _ENTRY.match(line)) and re.fullmatch(r'".*".*"', entry["value"]):
        inner = re.sub(r'(?<![^\s(])"([^"]*)"(?=[\s.,;:!?)]|$)', r"„\1“", entry["value"][1:-1])
        yield f'{entry["key"]}"{inner}"{entry["rest"]}'
    elif entry and re.fullmatch(r"'.*'.*'", entry["value"]):
        yield f'{entry["key"]}"{entry["value"][1:-1]}"{entry["rest"]}'


def _one_text(line: str, _: list[str]) -> Iterator[str]:
    yield re.sub(r'"\s*([-–])\s*"', r"\1", line)


def _backslashes(line: str, _: list[str]) -> Iterator[str]:
    if entry := _ENTRY.match(line):
        yield entry["key"] + entry["value"].replace("\\", "/") + entry["rest"]


def _unclosed(line: str, _: list[str]) -> Iterator[str]:
    for quote in "\"'":
        yield re.sub(r"\s*$", quote, line, count=1)
        yield re.sub(r"(=\s*)(?=[^\s\"'\[{])", rf"\1{quote}", line, count=1)


def _unclosed_list(line: str, _: list[str]) -> Iterator[str]:
    for closing in "]}":
        yield line.rstrip() + closing
        yield line.rstrip().rstrip(",") + closing


def _list_without_brackets(line: str, _: list[str]) -> Iterator[str]:
    if entry := _ENTRY.match(line):
        yield f"{entry['key']}[{entry['value']}]{entry['rest']}"


def _missing_comma(line: str, _: list[str]) -> Iterator[str]:
    yield re.sub(r"([\"'])\s+([\"'])", r"\1, \2", line)


def _unquoted(line: str, _: list[str]) -> Iterator[str]:
    if (entry := _ENTRY.match(line)) and not _NO_TEXT.fullmatch(entry["value"]):
        yield f'{entry["key"]}"{entry["value"]}"{entry["rest"]}'


def _unquoted_number(line: str, _: list[str]) -> Iterator[str]:
    if (entry := _ENTRY.match(line)) and re.fullmatch(r"[\d:.,-]+", entry["value"]):
        yield f'{entry["key"]}"{entry["value"]}"{entry["rest"]}'


def _colon(line: str, _: list[str]) -> Iterator[str]:
    yield re.sub(r"^(\s*[\w-]+)\s*:=?\s*", r"\1 = ", line, count=1)


def _no_sign(line: str, _: list[str]) -> Iterator[str]:
    yield re.sub(r"^(\s*[\w-]+)\s+(?=[\"'\d\[])", r"\1 = ", line, count=1)


def _no_value(line: str, _: list[str]) -> Iterator[str]:
    if re.fullmatch(r"\s*[\w-]+\s*=\s*(#.*)?", line):
        yield f"# {line.strip()}"


def _comment(line: str, _: list[str]) -> Iterator[str]:
    yield re.sub(r"(^|\s)(//|;|--|%)\s*", r"\1# ", line, count=1)


def _header(line: str, _: list[str]) -> Iterator[str]:
    if name := re.match(r"\s*\[+\s*([\w.-]+)\s*\]*\s*$", line):
        yield f"[{name[1]}]"
        yield f"[[{name[1]}]]"


def _list_of_tables(line: str, before: list[str]) -> Iterator[str]:
    if (name := re.match(r"\s*\[\s*([\w-]+)\s*\]", line)) and any(
        re.match(rf"\s*\[\[\s*{name[1]}\s*\]\]", earlier) for earlier in before
    ):
        yield f"[[{name[1]}]]"


def _said_twice(line: str, before: list[str]) -> Iterator[str]:
    if (key := re.match(r"\s*([\w-]+)\s*=", line)) and any(
        re.match(rf"\s*{key[1]}\s*=", earlier) for earlier in before
    ):
        yield f"# {line.strip()}"


def _umlaut_in_key(line: str, _: list[str]) -> Iterator[str]:
    if (key := re.match(r"\s*([^\s=\"'\[#]+)\s*=", line)) and not key[1].isascii():
        written = key[1].translate({ord(a): b for a, b in zip("äöüß", ("ae", "oe", "ue", "ss"), strict=True)})
        yield line.replace(key[1], written, 1)


def _note(line: str, _: list[str]) -> Iterator[str]:
    if not re.match(r"\s*\[|[^=]*=", line):
        yield f"# {line.strip()}"


_LONG_TEXT = 'ein Text über mehrere Zeilen steht zwischen je drei Anführungszeichen: summary = """…"""'
_CLOSING_RULES = (("die Klammer ist nicht geschlossen", _unclosed_list),)
_RULES: tuple[tuple[str, Callable[[str, list[str]], Iterator[str]]], ...] = (
    ("hier steht ein unsichtbares Zeichen, das kein Leerzeichen ist", _invisible),
    ('gebraucht werden die geraden Anführungszeichen " der Tastatur, keine „typografischen“', _curly),
    ("ja und nein heißen hier true und false", _truth),
    ("ein Zeitpunkt steht mit Jahr, Monat, Tag, Uhrzeit und Zeitzone da", _moment),
    ("Dezimalzahlen haben einen Punkt", _comma_in_number),
    ("Zahlen beginnen nicht mit 0", _leading_zeros),
    ("hier fehlt der Wert; ohne Wert bleibt die Zeile weg", _no_value),
    ("mehrere Werte stehen in eckigen Klammern", _list_without_brackets),
    ('in einem Text zwischen " dürfen keine weiteren " stehen, aber „typografische“', _inner_quotes),
    ("das ist ein Text, also mit Anführungszeichen nur außen", _one_text),
    ("das Zeichen \\ hat in Texten eine eigene Bedeutung; in Pfaden geht / überall", _backslashes),
    ("zwischen Schlüssel und Wert steht ein Gleichheitszeichen", _colon),
    ("zwischen Schlüssel und Wert fehlt das Gleichheitszeichen", _no_sign),
    ("ein Text braucht Anführungszeichen", _unquoted),
    ("diese Angabe braucht Anführungszeichen", _unquoted_number),
    ("ein Anführungszeichen fehlt", _unclosed),
    ("zwischen den Einträgen einer Liste fehlt ein Komma", _missing_comma),
    *_CLOSING_RULES,
    ("Anmerkungen beginnen mit #", _comment),
    ("Abschnitte, die mehrmals vorkommen, stehen in doppelten Klammern", _list_of_tables),
    ("die Klammern um den Namen des Abschnitts stimmen nicht", _header),
    ("dieser Schlüssel steht weiter oben schon einmal", _said_twice),
    ("Schlüssel haben keine Umlaute", _umlaut_in_key),
    ("diese Zeile ist weder eine Angabe noch eine Anmerkung; Anmerkungen beginnen mit #", _note),
)


def _unknown_fault(message: str) -> str:
    if "declare" in message and "twice" in message:
        return "diesen Abschnitt gibt es weiter oben schon; beide zu einem zusammenziehen"
    if "Unclosed" in message or "Unterminated" in message or "end of document" in message:
        return "ein Text, eine Liste oder eine Klammer weiter oben ist nicht geschlossen"
    return (
        'diese Zeile ist nicht zu lesen. So geht es: Texte in Anführungszeichen (title = "…"), Zahlen ohne '
        "(number = 3), true oder false, Zeitpunkte wie 2026-01-15T06:00:00+01:00"
    )
