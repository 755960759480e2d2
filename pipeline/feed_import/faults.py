"""Say in German what libxml2 found wrong in a document: the line, what stands there, and why that is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

_BEFORE, _AFTER = 30, 30  # characters that are shown around the fault
_MISMATCH = re.compile(r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+?),")
_END = re.compile(r"Premature end of data in tag (\S+) line (\d+)")
_REASONS = (  # libxml2's message (2.9 to 2.14), and what it means
    ("CData section not finished", "ein <![CDATA[ ohne ]]> am Ende"),
    ("Comment not terminated", "ein Kommentar ohne --> am Ende"),
    ("AttValue: ' expected", "ein Attribut ohne schließendes Anführungszeichen"),
    ("AttValue: \" or ' expected", "ein Attribut ohne Anführungszeichen"),
    ("Unescaped '<' not allowed in attributes", "ein „<“ in einem Attribut, das „&lt;“ heißen muss"),
    ("Attribute", "ein Attribut, das zweimal dasteht"),
    ("Specification mandates value for attribute", "ein Attribut ohne Wert"),
    ("attributes construct error", "Attribute, zwischen denen ein Leerzeichen fehlt"),
    ("StartTag: invalid element name", "ein „<“, das kein Element beginnt und „&lt;“ heißen muss"),
    ("Extra content at the end of the document", "hinter dem Ende geht es weiter"),
    ("Start tag expected", "hier müsste ein „<“ stehen"),
    ("Couldn't find end of Start Tag", "ein Element ohne „>“"),
    ("expected '>'", "ein Element ohne „>“"),
    ("Input is not proper UTF-8", "Zeichen, die nicht in der angegebenen Kodierung stehen"),
    ("PCDATA invalid Char", "ein Zeichen, das XML verbietet"),
)


def fault_in(content: bytes, error: etree.XMLSyntaxError) -> str:
    """As in: Zeile 7, Spalte 3 („</item></chan“): <title> aus Zeile 6 endet nicht, bevor </item> kommt."""
    line, column = error.position
    there = _excerpt(content, line, column)
    return f"Zeile {line}, Spalte {column}{f' („{there}“)' if there else ''}: {_reason(error.msg or '')}"


def _excerpt(content: bytes, line: int, column: int) -> str:
    lines = content.split(b"\n", line)
    if not 0 < line <= len(lines):
        return ""
    text = lines[line - 1].decode("utf-8", errors="replace")
    first = max(0, min(column - 1, len(text)) - _BEFORE)
    shown = text[first : first + _BEFORE + _AFTER].strip()
    return "".join(sign for sign in shown if sign.isprintable())


def _reason(message: str) -> str:
    if match := _MISMATCH.search(message):
        return f"<{match[1]}> aus Zeile {match[2]} endet nicht, bevor </{match[3]}> kommt"
    if match := _END.search(message):
        return f"der Feed hört auf, bevor <{match[1]}> aus Zeile {match[2]} endet; er ist wohl abgeschnitten"
    return next((reason for start, reason in _REASONS if message.startswith(start)), f"libxml2 sagt „{message}“")
