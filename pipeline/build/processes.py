"""Pieces of work that need nothing of each other, on all cores of this machine, in processes that end with it."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

CPUS_VARIABLE = "PODCAST_CPUS"  # how many cores this process may use, where several share the machine
WORTH_IT = 16  # fewer pieces of a few hundredths of a second are done before the other processes are there

_given: tuple[Callable[[Any, Any], Any], Any]  # in a process of ours: what to do, and what all pieces share


def usable_cpus() -> int:
    """How many cores this process may use: those the environment variable PODCAST_CPUS grants, else all it may run
    on."""
    granted = os.environ.get(CPUS_VARIABLE, "")
    if granted.isdecimal() and int(granted) > 0:
        return int(granted)
    if hasattr(os, "sched_getaffinity"):  # Linux: fewer than there are, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(work: Callable[[S, T], R], shared: S, pieces: Sequence[T]) -> Generator[R, None, None]:
    """`work(shared, piece)` of every piece, in order, each as soon as it is there; raises what `work` raises.

    Few pieces, or a single core, need no further process. `work` is a function of a module, the values can be
    pickled, and doing a piece twice does no harm: what a process that was killed had begun is done here. Close the
    iterator when you stop early (`contextlib.closing`): then no process is left at work.
    """
    if len(pieces) < WORTH_IT or usable_cpus() < 2:
        yield from (work(shared, piece) for piece in pieces)
        return
    from concurrent.futures.process import BrokenProcessPool  # with all of multiprocessing, which is seldom needed

    try:
        crew, results = _hand_out(work, shared, pieces)
    except (BrokenProcessPool, OSError):  # killed while it started, or the system has no room for more
        yield from (work(shared, piece) for piece in pieces)
        return
    try:
        for piece, result in zip(pieces, results, strict=True):
            try:
                done = result.result()
            except BrokenProcessPool:
                crew.shutdown()  # nobody else may be at it any more
                done = work(shared, piece)
            yield done
    finally:
        crew.shutdown(cancel_futures=True)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Start processes in here: Ctrl-C, which reaches the whole group, comes to this one afterwards, and never to
    those, which would tell of their imports. Windows cannot hold it back."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # started later, it would let the signal through again (seen in Python 3.11)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """Let this process end when the one that started it does, however that ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    assert parent is not None, "only a process that another one started calls this"
    parent.join()
    os._exit(0)


def _hand_out(work: Callable[[S, T], R], shared: S, pieces: Sequence[T]) -> tuple[ProcessPoolExecutor, list[Future[R]]]:
    """Processes that are at the pieces, and what will come of each."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with interrupts_wait():
        crew = ProcessPoolExecutor(usable_cpus(), get_context("spawn"), initializer=_begin, initargs=(work, shared))
    try:
        with interrupts_wait():
            return crew, [crew.submit(_do, piece) for piece in pieces]
    except BaseException:
        crew.shutdown(cancel_futures=True)
        raise


def _begin(work: Callable[[Any, Any], Any], shared: Any) -> None:
    global _given  # noqa: PLW0603  this process is for one thing only
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent answers it
    end_with_parent()
    _given = work, shared


def _do(piece: Any) -> Any:
    work, shared = _given
    return work(shared, piece)
