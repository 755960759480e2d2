"""What a room reports while it works: its progress, and notices for the editors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of a long step, in seconds of audio: `0 <= done_s <= total_s`."""

    done_s: float
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One German sentence that the editors should read. The step goes on."""

    text: str


Listener = Callable[[Progress | Notice], None]
"""Rooms call it; only the command line draws or prints what it receives."""


def no_listener(_: Progress | Notice) -> None:
    """The listener for callers that want no progress."""
