"""Runs independent pieces of work on all cores of this machine."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.build import system

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

CPUS_VARIABLE = "PODCAST_CPUS"  # how many cores this process may use if several share the machine
WORTH_IT = 16  # fewer pieces of a few hundredths of a second are done before other processes have started


def usable_cpus() -> int:
    """How many cores this process may use: as many as the environment variable PODCAST_CPUS grants, else all that it
    may run on."""
    granted = os.environ.get(CPUS_VARIABLE, "")
    if granted.isdecimal() and int(granted) > 0:
        return int(granted)
    return system.cores()


def in_order(work: Callable[[S, T], R], shared: S, pieces: Sequence[T]) -> Generator[R, None, None]:
    """Yield `work(shared, piece)` for every piece, in order, each as soon as it is done. Raises what `work` raises.

    A few pieces, or a single core, need no further process. `work` must be a module-level function, the values must be
    picklable, and doing a piece twice must do no harm: if a process is killed or cannot start, this one does the rest.
    Close the iterator if you stop early (`contextlib.closing`): then no process is left at work.
    """
    if len(pieces) < WORTH_IT or usable_cpus() < 2:
        yield from (work(shared, piece) for piece in pieces)
        return
    from pipeline.build.process_pool import ProcessPool  # multiprocessing

    answers: dict[int, tuple[bool, Any]] = {}
    with ProcessPool(partial(_answer, work, shared), enumerate(pieces), size=usable_cpus()) as pool:
        events = pool.events()
        for place, piece in enumerate(pieces):
            while place not in answers or pool.has_news:
                try:
                    event = next(events, None)
                except OSError:  # the system has no room for more processes
                    event = None
                if event is None or event.kind == "lost":
                    pool.close()
                    break
                answers[event.piece[0]] = event.content
            if place not in answers:
                yield work(shared, piece)
                continue
            raised, result = answers.pop(place)
            if raised:
                raise result
            yield result


def _answer(
    work: Callable[[S, T], R], shared: S, piece: tuple[int, T], _send: Callable[[Any], None]
) -> tuple[bool, Any]:
    """Run `work` in another process: whether it raised, and what it raised or returned."""
    try:
        return False, work(shared, piece[1])
    except Exception as error:  # `in_order` raises it again
        import traceback

        error.add_note(traceback.format_exc())
        return True, error
