"""Makes all episodes of a show at once: each with work to do goes to a worker, here or on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.workers.job import EpisodeEnded, Job, JobEvent, do
from pipeline.workflow.site import checked_folders
from pipeline.workflow.status import episode_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.workflow.session import Session


def make_all(
    session: Session, *, workers: int, scheduler: str | None, listen: Callable[[JobEvent], None]
) -> dict[str, PipelineError | None]:
    """Bring every episode's own steps up to date; returns each folder with the error that stopped it, or None.

    The work goes to `workers` processes of this machine, or to the dask cluster whose scheduler has the address
    `scheduler`. Episodes without work are checked here. Raises ConfigError and ReleaseError, before anything is made,
    if the show could not be published, UsageError and WorkerError if the cluster cannot be used.
    """
    jobs = [Job(root=session.root, folder=folder, now=session.now) for folder in checked_folders(session)]
    ended: dict[str, PipelineError | None] = {}

    def hear(event: JobEvent) -> None:
        if isinstance(event, EpisodeEnded):
            ended[event.folder] = event.error
        listen(event)

    work = [job for job in jobs if _has_work(session, job)]
    for job in jobs:
        if job not in work:
            unchanged = do(job, listen)
            ended[job.folder] = unchanged.error
            if unchanged.error is not None:
                listen(unchanged)
    if work and scheduler:
        from pipeline.workers import cluster

        cluster.run(work, address=scheduler, listen=hear)
    elif work:
        from pipeline.workers import local

        local.run(work, workers=workers, listen=hear)
    return {job.folder: ended[job.folder] for job in jobs}


def _has_work(session: Session, job: Job) -> bool:
    try:
        _, verdicts = episode_status(session, job.folder)
    except PipelineError:
        return False  # `do` meets the same error and reports it
    return any(verdict.runs for _, verdict in verdicts)
