"""Text as formats bear it: without signs that XML and ID3 forbid, as HTML, and no longer than a number of bytes."""

from __future__ import annotations

import re
from html import escape

# XML 1.0 section 2.2 allows tab, line feed, carriage return and everything else but these, and advises against 7F to 9F
# (next line apart), which are what Windows-1252 leaves where it was read as something else; a NUL would also split an
# ID3 text frame in two.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TAG_OR_ENTITY = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?\w+;)")
ELLIPSIS = "…"


def legal(text: str) -> str:
    """`text` without control signs, lone surrogates and the two non-characters that no XML file may hold."""
    return _FORBIDDEN.sub("", text)


def html_proof(text: str) -> str:
    """`text` so that it reads the same as HTML and, save where it looks like a tag or an entity, as plain text."""
    return _TAG_OR_ENTITY.sub(lambda match: escape(match[0]), text)


def html_paragraphs(text: str) -> str:
    """Plain `text` as HTML: its paragraphs (a blank line apart) and the lines in them."""
    paragraphs = [escape(paragraph.strip(), quote=False) for paragraph in re.split(r"\n\s*\n", text)]
    return "\n".join(f"<p>{'<br>'.join(paragraph.splitlines())}</p>" for paragraph in paragraphs if paragraph)


def clip_bytes(text: str, limit_bytes: int) -> str:
    """`text` if its UTF-8 form fits into `limit_bytes`, else its beginning, cut behind a word and ended with "…".

    A first word that alone is too long is cut inside. `limit_bytes` is at least the ellipsis's own three.
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
    """The last white-space sign of `text`; a plain space when it has none."""
    return next((sign for sign in reversed(text) if sign.isspace()), " ")
