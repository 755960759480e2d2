"""What a room reports while it works: how far it is, and what editors should read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a long step is, in seconds of audio: `0 <= done_s <= total_s`."""

    done_s: float
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One German sentence that the editors should read, though the step goes on."""

    text: str


Listener = Callable[[Progress | Notice], None]
"""Rooms call it; only the command line draws or prints what it gets."""


def no_listener(_: Progress | Notice) -> None:
    """The listener for callers that want no progress."""
