"""What a worker does, on any machine: runs the steps of one episode, without those of the show, and reports events."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.files import storage_errors
from pipeline.build.processes import CPUS_VARIABLE
from pipeline.build.step import Event, Step, StepContext, StepDone, StepSkipped, StepStarted
from pipeline.errors import PipelineError
from pipeline.values.progress import Notice, Progress
from pipeline.workflow.produce import update_episode
from pipeline.workflow.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One episode to bring up to date. `now` is aware, and the same for all episodes of a run."""

    root: Path
    folder: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeEvent:
    """An event of one of several episodes that are made at once."""

    folder: str
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeEnded:
    """An episode is finished, or was stopped by `error`."""

    folder: str
    seconds: float
    error: PipelineError | None = None


JobEvent = EpisodeEvent | EpisodeEnded | Notice


def do(job: Job, listen: Callable[[EpisodeEvent], None]) -> EpisodeEnded:
    """Make the episode. The answer has the error if people can fix it; any other exception is a bug and propagates."""
    began = time.perf_counter()
    error = None
    try:
        with storage_errors(job.root):  # a folder in place of one episode's file stops no other episode
            update_episode(Session(root=job.root, now=job.now, listen=_sender(job, listen)), job.folder)
    except PipelineError as raised:
        error = raised
    return EpisodeEnded(folder=job.folder, seconds=time.perf_counter() - began, error=error)


def share_cpus(neighbours: int, *, of: int) -> None:
    """Leave the other `neighbours - 1` workers of this machine their share of its `of` cores.

    Call it before numpy or torch is imported: they read OMP_NUM_THREADS only then.
    """
    cpus = str(max(1, of // neighbours))
    os.environ[CPUS_VARIABLE] = cpus
    os.environ.setdefault("OMP_NUM_THREADS", cpus)


def _sender(job: Job, listen: Callable[[EpisodeEvent], None]) -> Callable[[Event], None]:
    """A listener that makes events small enough for another process: steps by name, progress in whole percents."""
    sent_percent = -1

    def send(event: Event) -> None:
        nonlocal sent_percent
        match event:
            case StepStarted(step=step, verdict=verdict):
                sent_percent = -1
                event = StepStarted(step=_named(step), verdict=verdict)
            case StepDone(step=step, seconds=seconds):
                event = StepDone(step=_named(step), seconds=seconds)
            case StepSkipped(step=step, verdict=verdict):
                event = StepSkipped(step=_named(step), verdict=verdict)
            case Progress(done_s=done_s, total_s=total_s) if total_s > 0:
                percent = int(100 * done_s / total_s)
                if percent == sent_percent:
                    return
                sent_percent = percent
        listen(EpisodeEvent(folder=job.folder, event=event))

    return send


def _named(step: Step) -> Step:
    return Step(name=step.name, inputs=(), outputs=(), run=_runs_elsewhere)


def _runs_elsewhere(_context: StepContext[object]) -> None:
    raise AssertionError("a step that is only reported does not run here")
