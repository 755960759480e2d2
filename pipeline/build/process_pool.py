"""Local processes that work on pieces in parallel, report on them, and end with the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pipeline.build import system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from typing import Self

    Send = Callable[[Any], None]

CRASHED = 1  # the exit status of a Python process that ended with a traceback


class PieceEvent(NamedTuple):
    """An event in the work on a piece. `content` is what the work sent (`said`), what it returned (`done`), or the exit
    status of a process that ended early (`lost`): CRASHED after a bug in the program, below 0 after a signal."""

    kind: Literal["said", "done", "lost"]
    piece: Any
    content: Any


class ProcessPool:
    """Up to `size` processes, each with one piece at a time. Use it in a `with` block: no process outlives the block.

    A process calls `work(piece, send)` for every piece it gets; what `work` sends and returns comes out of `events`.
    `work`, the pieces and all that comes back must be picklable.
    """

    def __init__(self, work: Callable[[Any, Send], Any], pieces: Iterable[Any], *, size: int) -> None:
        self.waiting = deque(pieces)
        self._work = work
        self._size = min(size, system.MOST_PROCESSES)
        self._at_work: dict[Any, _Process] = {}  # by their pipes, which are of another class on Windows
        self._dismissed: list[_Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def events(self) -> Iterator[PieceEvent]:
        """Yield events as they happen, until every piece is done or lost.

        Pieces that are added to `waiting` meanwhile are worked on too; a lost process is replaced while pieces wait.
        Raises OSError if the system has no room for a process.
        """
        while self.waiting or self._at_work:
            while self.waiting and len(self._at_work) < self._size:
                with _interrupts_wait():
                    process = _Process(self._work, self.waiting.popleft())
                    self._at_work[process.pipe] = process
            yield from [self._event(pipe) for pipe in wait(self._at_work)]  # type: ignore[arg-type]  # they are pipes

    @property
    def has_news(self) -> bool:
        """Whether `events` would continue without waiting."""
        return bool(wait(self._at_work, timeout=0))

    def close(self) -> None:
        """Kill all processes, even in the middle of a piece, and forget the waiting pieces."""
        self.waiting.clear()
        for process in self._at_work.values():
            process.handle.kill()
        for process in (*self._at_work.values(), *self._dismissed):
            process.handle.join()
        self._at_work.clear()

    def _event(self, pipe: Connection) -> PieceEvent:
        """The next event of a process; a process that is done with its piece gets the next one."""
        process = self._at_work[pipe]
        piece = process.piece
        try:
            kind, content = pipe.recv()
        except (EOFError, ConnectionError):
            process.handle.join()
            kind, content = "lost", process.handle.exitcode
        if kind == "done" and self.waiting:
            process.give(self.waiting.popleft())
        elif kind != "said":
            del self._at_work[pipe]
            pipe.close()  # an idle process notices this and ends
            self._dismissed.append(process)
        return PieceEvent(kind, piece, content)


class _Process:
    """A process, the piece that it works on, and the pipe to it; the pipe closes when the process ends."""

    def __init__(self, work: Callable[[Any, Send], Any], piece: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.handle = context.Process(target=_serve, args=(theirs, work))
        self.handle.start()
        theirs.close()
        self.give(piece)

    def give(self, piece: Any) -> None:
        self.piece = piece
        with suppress(ConnectionError):  # the next read from its pipe shows that the process is gone
            self.pipe.send((piece,))


def _serve(pipe: Connection, work: Callable[[Any, Send], Any]) -> None:
    """Work on piece after piece in a process of its own, until no more come or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent handles it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            (piece,) = pipe.recv()
        except EOFError:
            return
        pipe.send(("done", work(piece, lambda content: pipe.send(("said", content)))))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a process that another one started calls this"
    parent.join()
    os._exit(0)


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Start processes inside this block. Ctrl-C reaches the whole group: this process gets it after the block, the new
    ones never, or they would print tracebacks from their imports. Windows cannot hold it back."""
    if system.HAS_MODES:
        resource_tracker.ensure_running()  # if started later, it lets the signal through again (seen in Python 3.11)
    with system.interrupts_held_back():
        yield
