"""Decide whether a new draft may become the transcript, or the existing file belongs to people."""

from __future__ import annotations

import unicodedata
from enum import Enum


class Decision(Enum):
    """What to do with `transcripts/NNN-slug.txt` after a new draft."""

    WRITE = "write"  # there is no file, or it is the last draft, unedited
    UNCHANGED = "unchanged"  # the file already has the text of the new draft
    KEEP = "keep"  # it belongs to people: never touch it


def adopt(existing: str | None, last_draft: str | None, new_draft: str) -> Decision:
    """Decide whether `new_draft` may replace `existing`. None means that there is no such file.

    The comparison ignores NFC or NFD, line ends and a byte-order mark, which programs change by merely saving. If in
    doubt (no last draft to compare with, one changed letter, an emptied file), the transcript belongs to people.
    """
    if existing is None:
        return Decision.WRITE
    if same_text(existing, new_draft):
        return Decision.UNCHANGED
    if last_draft is not None and same_text(existing, last_draft):
        return Decision.WRITE
    return Decision.KEEP


def same_text(one: str, other: str) -> bool:
    """Return whether two texts are equal, ignoring NFC or NFD, line ends and a byte-order mark."""
    return _comparable(one) == _comparable(other)


def _comparable(text: str) -> str:
    unified = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", unified)
