"""Where and when a command works, who listens, and what people allowed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.engine import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where and when a command works, and who hears of it. `now` is aware; it decides which episodes are due."""

    root: Path
    now: datetime
    listen: Callable[[Event], None]
    full: bool = False
    take_draft: bool = False  # people want the draft in the place of their transcript, which is then kept aside
    new_audio: bool = False  # a released episode gets a new recording, under a new name
    again: str = ""  # the step that people want to run anew, though it is fresh: `transcribe` or `speakers`
    accept: frozenset[str] = frozenset()  # kinds of changes to what is published that a person wants (promises/gate.py)

    @property
    def paths(self) -> ShowPaths:
        return ShowPaths(self.root)
