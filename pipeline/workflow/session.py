"""Where and when a command works, who listens, and what people allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.step import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where and when a command works, and who listens. `now` is aware; it decides which episodes are due."""

    root: Path
    now: datetime
    listen: Callable[[Event], None]
    full: bool = False
    take_draft: bool = False  # people want the draft to replace their transcript, which is saved first
    new_audio: bool = False  # a released episode gets a new recording, under a new name
    again: str = ""  # the step that people want to run again even if it is fresh: `transcribe` or `speakers`
    held: frozenset[str] = frozenset()  # folders of due episodes that stay out: nobody confirmed their transcript
    accept: frozenset[str] = frozenset()  # kinds of changes to published things that people accept (promises/gate.py)

    @property
    def paths(self) -> ShowPaths:
        return ShowPaths(self.root)
