"""Whether a new draft may become the transcript, or what lies there belongs to people."""

from __future__ import annotations

import unicodedata
from enum import Enum


class Decision(Enum):
    """What to do with `transcripts/NNN-slug.txt` when a new draft is there."""

    WRITE = "write"  # nothing is there, or the last draft that nobody touched
    UNCHANGED = "unchanged"  # the new draft says what is there already
    KEEP = "keep"  # people's: never touch it


def adopt(existing: str | None, last_draft: str | None, new_draft: str) -> Decision:
    """May `new_draft` replace `existing`? None means that there is no such file.

    Texts are compared after NFC, line ends and a byte-order mark, which editors change by merely saving. In every
    doubt (no last draft to compare with, one changed letter, an emptied file) the transcript is people's.
    """
    if existing is None:
        return Decision.WRITE
    if same_text(existing, new_draft):
        return Decision.UNCHANGED
    if last_draft is not None and same_text(existing, last_draft):
        return Decision.WRITE
    return Decision.KEEP


def same_text(one: str, other: str) -> bool:
    """Are two texts equal after NFC, line ends and a byte-order mark?"""
    return _comparable(one) == _comparable(other)


def _comparable(text: str) -> str:
    unified = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", unified)
