"""Plain text in any older form of the show → text with LF and NFC, without invisible characters."""

from __future__ import annotations

import unicodedata

from pipeline.transcript.editorial import without_invisible


def read_text_file(text: str) -> str:
    """The same words in the same lines; `editorial.parse` decides which lines are labels."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (
        "\n".join(without_invisible(unicodedata.normalize("NFC", line)).rstrip() for line in lines).strip("\n") + "\n"
    )
