"""Fit text to formats: without characters that XML and ID3 forbid, as HTML, and within a number of bytes."""

from __future__ import annotations

import re
from html import escape

# XML 1.0 section 2.2 forbids these, except 7F to 9F (without next line), which it discourages: they are what remains
# of Windows-1252 that was read as something else. A NUL would also split an ID3 text frame in two.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TAG_OR_ENTITY = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)")
ELLIPSIS = "…"


def legal(text: str) -> str:
    """`text` without control characters, lone surrogates and the two noncharacters that XML forbids."""
    return _FORBIDDEN.sub("", text)


def html_proof(text: str) -> str:
    """`text` escaped so that it reads the same as HTML and, unless it looks like a tag or an entity, as plain text."""
    return _TAG_OR_ENTITY.sub(lambda match: escape(match[0]), text)


def html_paragraphs(text: str) -> str:
    """Plain `text` as HTML: its paragraphs (separated by blank lines) and the lines in them."""
    paragraphs = [escape(paragraph.strip(), quote=False) for paragraph in re.split(r"\n\s*\n", text)]
    return "\n".join(f"<p>{'<br>'.join(paragraph.splitlines())}</p>" for paragraph in paragraphs if paragraph)


def clip_bytes(text: str, limit_bytes: int) -> str:
    """`text` if its UTF-8 form fits into `limit_bytes`, else its beginning, cut after a word and ended with "…".

    A first word that is too long by itself is cut inside. `limit_bytes` must be at least 3, for the ellipsis.
    """
    encoded = text.encode("utf-8")
    if len(encoded) <= limit_bytes:
        return text
    room = limit_bytes - len(ELLIPSIS.encode("utf-8"))
    assert room >= 0, f"{limit_bytes} bytes hold not even an ellipsis"
    fitting = encoded[:room].decode("utf-8", errors="ignore")
    whole_words = fitting if text[len(fitting)].isspace() else fitting.rpartition(_last_space(fitting))[0]
    return (whole_words.rstrip() or fitting) + ELLIPSIS


def _last_space(text: str) -> str:
    """The last white-space character of `text`; a plain space if it has none."""
    return next((character for character in reversed(text) if character.isspace()), " ")
