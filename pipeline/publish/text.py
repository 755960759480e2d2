"""Text as formats bear it: without signs that XML and ID3 forbid, and no longer than a number of bytes."""

from __future__ import annotations

import re

# XML 1.0 section 2.2 allows tab, line feed, carriage return and everything else but these; a NUL would also split an
# ID3 text frame in two.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ELLIPSIS = "…"


def legal(text: str) -> str:
    """`text` without control signs, lone surrogates and the two non-characters that no XML file may hold."""
    return _FORBIDDEN.sub("", text)


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
