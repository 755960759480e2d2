"""Worker processes on this machine: each makes one episode at a time, and one that is killed has its job begun anew."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter, deque
from contextlib import suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from pipeline.build.processes import end_with_parent, interrupts_wait, usable_cpus
from pipeline.errors import WorkerError
from pipeline.values.progress import Notice
from pipeline.workers.job import EpisodeEnded, EpisodeEvent, Job, JobEvent, do, share_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

ATTEMPTS = 3
_CRASHED = 1  # the exit status of a Python process that ended with a traceback


def run(jobs: Sequence[Job], *, workers: int, listen: Callable[[JobEvent], None]) -> None:
    """Do all jobs in up to `workers` processes, and tell how each ended. No process outlives the call."""
    waiting = deque(jobs)
    attempts: Counter[str] = Counter()
    crew: dict[Connection, _Worker] = {}
    neighbours = min(workers, len(jobs))

    def begin_next() -> None:
        if waiting:
            worker = _Worker(waiting.popleft(), neighbours=neighbours)
            crew[worker.pipe] = worker

    try:
        for _ in range(neighbours):
            begin_next()
        while crew:
            for pipe in wait(list(crew)):
                worker = crew[pipe]  # type: ignore[index]  # wait() gives back what it was given
                message = worker.message()
                if message is None:
                    del crew[worker.pipe]
                    attempts[worker.job.folder] += 1
                    _mourn(worker, attempts[worker.job.folder], waiting, listen)
                    begin_next()
                    continue
                listen(message)
                if isinstance(message, EpisodeEnded):
                    if waiting:
                        worker.give(waiting.popleft())
                    else:
                        del crew[worker.pipe]
                        worker.dismiss()
    finally:
        for worker in crew.values():
            worker.kill()


def _mourn(worker: _Worker, attempt: int, waiting: deque[Job], listen: Callable[[JobEvent], None]) -> None:
    """A worker ended in the middle of its job: begin the job anew where that may help, else count it as failed."""
    folder = worker.job.folder
    if worker.exit_code != _CRASHED and attempt < ATTEMPTS:
        text = f"Der Arbeitsprozess wurde beendet; die Folge geht in einem neuen weiter (Versuch {attempt + 1})."
        listen(EpisodeEvent(folder=folder, event=Notice(text=text)))
        waiting.appendleft(worker.job)
        return
    listen(EpisodeEnded(folder=folder, seconds=0.0, error=_crashed() if worker.exit_code == _CRASHED else _killed()))


def _crashed() -> WorkerError:
    return WorkerError(
        "Das Programm ist bei dieser Folge auf einen eigenen Fehler gestoßen.",
        advice="Die Meldung, die mit „Traceback“ beginnt, an die Technik geben.",
    )


def _killed() -> WorkerError:
    return WorkerError(
        f"Der Arbeitsprozess dieser Folge wurde {ATTEMPTS}-mal von außen beendet.",
        advice="Meist fehlt Arbeitsspeicher: weniger --workers angeben oder ein kleineres Modell einstellen.",
    )


class _Worker:
    """A process, the job it is at, and the pipe to it. Its end is seen as the end of the pipe."""

    def __init__(self, job: Job, *, neighbours: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, neighbours))
        with interrupts_wait():
            self._process.start()
        theirs.close()
        self.give(job)

    def give(self, job: Job) -> None:
        self.job = job
        with suppress(ConnectionError):  # a worker that is gone is noticed by the next look at its pipe
            self.pipe.send(job)

    def message(self) -> JobEvent | None:
        """The next message, None when the worker has ended."""
        try:
            message: JobEvent = self.pipe.recv()
        except (EOFError, ConnectionError):
            return None
        return message

    @property
    def exit_code(self) -> int | None:
        """How the worker ended: 1 for a bug in the program, below 0 for a signal."""
        self._process.join()
        return self._process.exitcode

    def dismiss(self) -> None:
        with suppress(ConnectionError):
            self.pipe.send(None)
        self._process.join()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, neighbours: int) -> None:
    """The life of a worker process: job by job, until there are no more or whoever gave them is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent answers it
    end_with_parent()
    share_cpus(neighbours, of=usable_cpus())
    while (job := pipe.recv()) is not None:
        pipe.send(do(job, pipe.send))
