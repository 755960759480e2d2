"""Mend the faults of a feed that leave no doubt about what is meant, and name each of them."""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.feed_import.elements import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Callable

_DECLARATION = re.compile(r"<\?xml\b[^>]{0,200}\?>")
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_START = re.compile(r"<\?xml\b|<rss\b", re.IGNORECASE)
_START_WITHIN = 20_000  # characters: what programs print before a feed is a few lines
_LITERAL = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?\?>)", re.DOTALL)
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31};)")
_OF_XML = {"amp;", "lt;", "gt;", "quot;", "apos;"}
_LONE_AMPERSAND = re.compile(r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0, section 2.2
_CONTROL_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8bcBC]|0?[eEfF]|1[0-9A-Fa-f]));")
_PREFIX = re.compile(r"</?([A-Za-z][\w.-]*):[A-Za-z]|\s([A-Za-z][\w.-]*):[A-Za-z][\w.-]*\s*=")
_DECLARED = re.compile(r"\sxmlns:([\w.-]+)\s*=")
_RSS = re.compile(r"<rss\b", re.IGNORECASE)
_SHOWN = 40  # characters


def mended(content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A feed that is not well-formed XML without its harmless faults, as UTF-8, and a German phrase for each kind.

    Line numbers stay. What is left out is only what stands outside the feed and what XML cannot hold; whatever else is
    wrong stays wrong. A document that defines entities is only freed of what precedes it.
    """
    notices: list[str] = []
    text = _decoded(content, notices)
    if text is None:
        return content, ()
    text = _without_rest(_from_its_start(text, notices), notices)
    if "<!ENTITY" not in text:
        for mend in (_without_control, _with_characters, _with_ampersands, _with_namespaces):
            text = mend(text, notices)
    return _as_utf8(text), tuple(notices)


def _decoded(content: bytes, notices: list[str]) -> str | None:
    """The text, or None if it is in no encoding that is known."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            return content.decode(name, errors="replace").lstrip("\ufeff")
    found = _ENCODING.search(content[:_START_WITHIN].decode("ascii", errors="replace"))
    name = found[1].lower() if found else "utf-8"
    try:
        return content.decode(name).lstrip("\ufeff")
    except LookupError:
        return None
    except UnicodeDecodeError as error:
        if codecs.lookup(name).name != "utf-8":
            return None
        line = content.count(b"\n", 0, error.start) + 1
        notices.append(f"Zeile {line}: Zeichen, die nicht in UTF-8 stehen; gelesen als Windows-1252")
        return _mixed(content)


def _mixed(content: bytes) -> str:
    """UTF-8, and Windows-1252 where that is impossible."""
    parts: list[str] = []
    while True:
        try:
            parts.append(content.decode("utf-8"))
        except UnicodeDecodeError as error:
            parts.append(content[: error.start].decode("utf-8"))
            parts.append(content[error.start : error.end].decode("cp1252", errors="replace"))
            content = content[error.end :]
        else:
            return "".join(parts)


def _from_its_start(text: str, notices: list[str]) -> str:
    """The text from the XML declaration on. The line breaks before it follow it, so that lines keep their numbers."""
    found = _START.search(text, 0, _START_WITHIN)
    if found is None or found.start() == 0 or "<html" in text[: found.start()].lower():
        return text
    before = text[: found.start()]
    if before.strip():
        notices.append(f"vor dem Feed steht „{_excerpt(before)}“; übergangen")
    else:
        notices.append("Leerraum vor „<?xml“; übergangen")
    declaration = _DECLARATION.match(text, found.start())
    end = declaration.end() if declaration else found.start()
    return text[found.start() : end] + "\n" * before.count("\n") + text[end:]


def _without_rest(text: str, notices: list[str]) -> str:
    """The text up to the end of the feed. An item after it would be lost, so then everything stays."""
    head, end, rest = text.rpartition("</rss>")
    if not end or "<item" in rest or re.fullmatch(r"(?:\s|<!--.*?-->|<\?.*?\?>)*", rest, re.DOTALL):
        return text
    line = text.count("\n", 0, len(head)) + 1
    notices.append(f"Zeile {line}: nach dem Ende des Feeds steht „{_excerpt(rest)}“; übergangen")
    return head + end


def _without_control(text: str, notices: list[str]) -> str:
    text = _replaced(_CONTROL, "", text, notices, "Steuerzeichen, die XML verbietet; weggelassen")
    return _outside(text, _CONTROL_REFERENCE, lambda _: "", notices, "Steuerzeichen, die XML verbietet; weggelassen")


def _with_characters(text: str, notices: list[str]) -> str:
    """The names of characters that HTML knows and XML does not."""

    def character(match: re.Match[str]) -> str:
        if match[1] in _OF_XML:
            return match[0]
        return html5.get(match[1], f"&amp;{match[1]}")

    return _outside(text, _NAMED, character, notices, "ein Zeichenname, den XML nicht kennt")


def _with_ampersands(text: str, notices: list[str]) -> str:
    return _outside(text, _LONE_AMPERSAND, lambda _: "&amp;", notices, "ein „&“, das „&amp;“ heißen muss")


def _with_namespaces(text: str, notices: list[str]) -> str:
    """Declare the prefixes that are used and not declared."""
    markup = "".join(part for part in _LITERAL.split(text) if not part.startswith("<!"))
    tags = " ".join(re.findall("<[^>]+>", markup))
    used = dict.fromkeys(match[1] or match[2] for match in _PREFIX.finditer(tags))
    missing = [prefix for prefix in used if prefix not in {"xml", "xmlns", *_DECLARED.findall(markup)}]
    found = _RSS.search(text)
    if not missing or found is None:
        return text
    known = {prefix: namespace for namespace, prefix in reversed(NAMESPACES.items())}
    declared = "".join(f' xmlns:{prefix}="{known.get(prefix, f"urn:undeclared:{prefix}")}"' for prefix in missing)
    notices.append(f"nicht erklärte Vorsilben: {', '.join(missing)}")
    return text[: found.end()] + declared + text[found.end() :]


def _outside(
    text: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str], notices: list[str], what: str
) -> str:
    """Replace matches outside CDATA, comments and processing instructions; name the first that changes."""
    parts = _LITERAL.split(text)
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    changed: list[tuple[int, str]] = []

    def replaced(match: re.Match[str], start: int) -> str:
        result = new(match)
        if result != match[0]:
            changed.append((start + match.start(), match[0]))
        return result

    result = [
        part if index % 2 else pattern.sub(lambda match, start=start: replaced(match, start), part)
        for index, (part, (start, _)) in enumerate(zip(parts, pairwise(starts), strict=True))
    ]
    _note(changed, text, notices, what)
    return "".join(result)


def _replaced(pattern: re.Pattern[str], new: str, text: str, notices: list[str], what: str) -> str:
    _note([(match.start(), match[0]) for match in pattern.finditer(text)], text, notices, what)
    return pattern.sub(new, text)


def _note(changed: list[tuple[int, str]], text: str, notices: list[str], what: str) -> None:
    if changed:
        at, found = changed[0]
        place = f"Zeile {text.count(chr(10), 0, at) + 1}"
        shown = f" („{found}“)" if found.isprintable() and len(found) > 1 else ""
        more = f", und {len(changed) - 1} weitere" if len(changed) > 1 else ""
        notices.append(f"{place}: {what}{shown}{more}")


def _excerpt(text: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def _as_utf8(text: str) -> bytes:
    declaration = _DECLARATION.match(text)
    if declaration is not None:
        text = _ENCODING.sub('encoding="UTF-8"', declaration[0]) + text[declaration.end() :]
    return text.encode("utf-8", errors="replace")
