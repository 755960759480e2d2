"""Makes episodes in processes of this machine, one each at a time; an episode whose process is killed restarts."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.process_pool import CRASHED, ProcessPool
from pipeline.build.processes import usable_cpus
from pipeline.errors import WorkerError
from pipeline.values.progress import Notice
from pipeline.workers.job import EpisodeEnded, EpisodeEvent, Job, JobEvent, do, share_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ATTEMPTS = 3


def run(jobs: Sequence[Job], *, workers: int, listen: Callable[[JobEvent], None]) -> None:
    """Do all jobs in up to `workers` processes, and report how each ended. No process outlives the call."""
    attempts: Counter[str] = Counter()
    neighbours = min(workers, len(jobs))
    with ProcessPool(partial(_work, neighbours, usable_cpus()), jobs, size=neighbours) as pool:
        for kind, job, content in pool.events():
            if kind != "lost":
                listen(content)
                continue
            attempts[job.folder] += 1
            if content != CRASHED and attempts[job.folder] < ATTEMPTS:
                listen(_restarted(job, attempts[job.folder] + 1))
                pool.waiting.appendleft(job)
            else:
                error = _crashed() if content == CRASHED else _killed()
                listen(EpisodeEnded(folder=job.folder, seconds=0.0, error=error))


def _work(neighbours: int, cpus: int, job: Job, send: Callable[[EpisodeEvent], None]) -> EpisodeEnded:
    """Runs in a process of the pool: do the job with this process's share of the cores."""
    share_cpus(neighbours, of=cpus)
    return do(job, send)


def _restarted(job: Job, attempt: int) -> EpisodeEvent:
    text = f"Der Arbeitsprozess wurde beendet; die Folge geht in einem neuen weiter (Versuch {attempt})."
    return EpisodeEvent(folder=job.folder, event=Notice(text=text))


def _crashed() -> WorkerError:
    return WorkerError(
        "Das Programm ist bei dieser Folge auf einen eigenen Fehler gestoßen.",
        advice="Die Meldung, die mit „Traceback“ beginnt, an die Technik geben.",
    )


def _killed() -> WorkerError:
    return WorkerError(
        f"Der Arbeitsprozess dieser Folge wurde {ATTEMPTS}-mal von außen beendet.",
        advice="Meist fehlt Arbeitsspeicher: weniger zugleich machen (WORKERS=1) oder ein kleineres Modell einstellen.",
    )
