"""Makes episodes on an existing dask cluster: one task per episode; a task whose worker is lost restarts on another.

The workers must see the show under the same path and run the same code of this program; both are checked first.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import re
import time
from collections import Counter, deque
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pipeline
from pipeline.build import system
from pipeline.build.files import write_text
from pipeline.build.processes import usable_cpus
from pipeline.errors import PipelineError, StorageError, UsageError, WorkerError
from pipeline.paths import ShowPaths
from pipeline.values.progress import Notice
from pipeline.workers.job import EpisodeEnded, EpisodeEvent, Job, JobEvent, do, share_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_ADDRESS = re.compile(r"(?:tcp://)?[^/\s]+:\d+\Z")
_CONNECT_S = 10
_LOOK_AGAIN_S = 10  # how often to look for workers: some come later
_WORKER = "`dask worker --nthreads 1 --memory-limit 0`"  # dask's default limit is one core's share of the memory
_CHECK = "Alle Rechner brauchen denselben Ordner unter demselben Pfad und denselben Stand des Programms."


def run(jobs: Sequence[Job], *, address: str, listen: Callable[[JobEvent], None]) -> None:
    """Do all jobs on the cluster whose scheduler has this address, and report how each ended.

    Raises UsageError if dask is not installed or a worker does not fit, WorkerError if no cluster answers.
    """
    with _connected(address) as client:
        tasks = _Tasks(client, neighbours=_checked_workers(client, jobs[0].root))
        waiting = deque(jobs)
        alone_reported = False
        while waiting or tasks.running:
            workers = len(client.scheduler_info()["workers"])
            while waiting and len(tasks.running) < workers:
                tasks.begin(waiting.popleft())
            if not workers and not alone_reported:
                alone_reported = True
                listen(Notice(text="Kein Arbeitsrechner ist mehr angemeldet; es geht weiter, sobald einer da ist."))
            for event in tasks.news():
                listen(event)


class _Tasks:
    """The tasks on the cluster: no more than it has workers, because dask blames the loss of a worker on every task
    that waits there, and gives a task up after a few losses."""

    def __init__(self, client: Any, *, neighbours: Mapping[str, int]) -> None:
        self.running: dict[tuple[str, str], tuple[Job, Any]] = {}
        self._client = client
        self._run_id = uuid4().hex
        self._task = partial(_work, topic=self._run_id, code=code_sha256(), neighbours=neighbours)
        self._mail: SimpleQueue[Any] = SimpleQueue()
        client.subscribe_topic(self._run_id, lambda event: self._mail.put(pickle.loads(event[1])))

    def begin(self, job: Job) -> None:
        key = (f"podcast-{self._run_id}", job.folder)
        future = self._client.submit(self._task, job, key=key, pure=False)
        self.running[key] = (job, future)  # dask cancels a task without a reference to its future
        future.add_done_callback(self._mail.put)

    def news(self) -> Iterator[JobEvent]:
        """Yield events until the first task ends, for at most `_LOOK_AGAIN_S`."""
        until = time.monotonic() + _LOOK_AGAIN_S
        ended = False
        while not ended:
            try:
                message = self._mail.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                return
            ended = not isinstance(message, EpisodeEvent)
            yield _ended(*self.running.pop(message.key)) if ended else message


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        from distributed import Client  # imported late: an extra, and slow
    except ModuleNotFoundError as error:
        raise UsageError(
            "Für SCHEDULER=… fehlt das Paket dask.distributed.",
            advice="`make setup-cluster` auf jedem Rechner aufrufen.",
        ) from error
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # we report the same in German
    if not _ADDRESS.match(address):
        raise UsageError(
            f"„{address}“ ist keine Adresse eines dask-Schedulers.",
            advice="So sieht sie aus: tcp://192.0.2.7:8786; `dask scheduler` nennt sie beim Start.",
        )
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]  # theirs
    except OSError as error:
        raise WorkerError(
            f"Unter {address} antwortet kein dask-Scheduler.",
            advice="Nachsehen, ob `dask scheduler` dort läuft und dieselbe Adresse nennt.",
        ) from error
    with client:
        yield client


def _checked_workers(client: Any, root: Path) -> dict[str, int]:
    """Address of a machine → its number of workers. Raises UsageError if one does not fit, WorkerError without any."""
    workers = client.scheduler_info()["workers"]
    if not workers:
        raise WorkerError(
            "Beim Scheduler ist kein Arbeitsrechner angemeldet.",
            where=client.scheduler.address,
            advice=f"Auf jedem Rechner {_WORKER} mit der Adresse des Schedulers starten.",
        )
    token = ShowPaths(root).work / f"cluster-{uuid4().hex}"
    write_text(token, "")
    try:
        answers = client.run(_obstacle, token, code_sha256(), on_error="return")
    finally:
        system.discard(token)
    problems = [f"  {worker}: {text}" for worker, answer in answers.items() if (text := _in_german(answer))]
    problems += [f"  {name}: nimmt mehrere Folgen zugleich an" for name, w in workers.items() if w["nthreads"] > 1]
    if problems:
        raise UsageError(
            "\n".join(["Nicht alle Arbeitsrechner können diesen Podcast bearbeiten:", *problems]),
            where=root,
            advice=f"{_CHECK} Danach die Arbeitsrechner mit {_WORKER} neu starten.",
        )
    return Counter(_host(worker) for worker in workers)


def _obstacle(token: Path, code: str) -> str:
    """Runs on a worker. Why it cannot work on the show in which `token` was just written, in German; "" if it can."""
    if not token.exists():
        return "sieht den Ordner des Podcasts nicht"
    if code != code_sha256():
        return "hat einen anderen Stand des Programms"
    probe = token.with_name(f"{token.name}-{os.getpid()}")
    try:
        write_text(probe, "")
        system.remove(probe)
    except StorageError:
        return "darf im Ordner des Podcasts nicht schreiben"
    return ""


def _in_german(answer: str | Exception) -> str:
    """A worker's answer in German; one that raised an exception does not have this program."""
    return answer if isinstance(answer, str) else f"hat dieses Programm nicht ({answer})"


def _work(job: Job, topic: str, code: str, neighbours: Mapping[str, int]) -> EpisodeEnded:
    """Runs on a worker: do the job, and send its events to the subscribers of `topic`."""
    from distributed import get_worker

    worker = get_worker()

    def send(event: EpisodeEvent) -> None:
        worker.log_event(topic, pickle.dumps(event))

    if code != code_sha256():  # this worker came after the check
        return EpisodeEnded(folder=job.folder, seconds=0.0, error=_other_code(worker.address))
    os.environ.pop("OMP_NUM_THREADS", None)  # dask's nanny sets it to 1 (distributed 2026.8)
    share_cpus(neighbours.get(_host(worker.address), 1), of=_own_cpus())
    send(EpisodeEvent(folder=job.folder, event=Notice(text=f"in Arbeit auf {worker.address}")))
    return do(job, send)


def _other_code(worker: str) -> UsageError:
    return UsageError("Der Arbeitsrechner hat einen anderen Stand des Programms.", where=worker, advice=_CHECK)


def _ended(job: Job, future: Any) -> EpisodeEnded:
    """How a task ended, including the ways in which dask ends one."""
    if future.status == "finished":
        ended: EpisodeEnded = future.result()
        return ended
    return EpisodeEnded(folder=job.folder, seconds=0.0, error=_lost(future))


def _lost(future: Any) -> PipelineError:
    from distributed import KilledWorker

    if future.status != "error":  # cancelled or lost
        return WorkerError(
            "Die Verbindung zum Scheduler ist abgebrochen.",
            advice="Nachsehen, ob `dask scheduler` noch läuft, und den Befehl wiederholen; Fertiges bleibt.",
        )
    error = future.exception()
    if isinstance(error, KilledWorker):
        return WorkerError(
            "Bei dieser Folge sind mehrere Arbeitsrechner nacheinander ausgefallen.",
            advice="Meist fehlt dort Arbeitsspeicher: ein kleineres Modell einstellen oder größere Rechner nehmen.",
        )
    return WorkerError(
        f"Das Programm ist bei dieser Folge auf einen eigenen Fehler gestoßen ({type(error).__name__}: {error}).",
        advice="Die Ausgabe des Arbeitsrechners mit „Traceback“ an die Technik geben.",
    )


def _host(worker: str) -> str:
    from distributed.comm.addressing import get_address_host

    host: str = get_address_host(worker)
    return host


@cache
def _own_cpus() -> int:
    """This worker's cores, counted before its first job leaves a part of them to its neighbours."""
    return usable_cpus()


@cache
def code_sha256() -> str:
    """The hash of this program's own source. The version number alone does not show every change."""
    digest = hashlib.sha256()
    package = Path(pipeline.__file__).parent
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
