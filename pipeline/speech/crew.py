"""Walks through several sections at once: one in each worker on a processor, windows in batches on a graphics card."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, Any

from pipeline.speech.walk import Weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from pipeline.speech.engines import Engine, EnginePlan
    from pipeline.speech.walk import Ask, HeardSection

    Walk = Generator[Ask | Weigh, Any, HeardSection]
    Begin = Callable[[Callable[[HeardSection], None]], Walk]


def walk_all(engine: Engine, plan: EnginePlan, begin: Sequence[Begin]) -> Iterator[tuple[int, HeardSection]]:
    """Walk through every section. `begin` creates each walk, given a function to call with every state to keep; all
    states are yielded here, in the calling thread, as (index of the section, its state)."""
    if plan.together > 1:
        yield from _together(engine, plan.together, begin)
    else:
        yield from _side_by_side(engine, plan.workers, begin)


def _side_by_side(engine: Engine, workers: int, begin: Sequence[Begin]) -> Iterator[tuple[int, HeardSection]]:
    states: SimpleQueue[tuple[int, HeardSection] | None] = SimpleQueue()
    stop = Event()

    def work(index: int) -> None:
        walk = begin[index](lambda section: states.put((index, section)))
        answer: Any = None
        try:
            while not stop.is_set():
                ask = walk.send(answer)
                if isinstance(ask, Weigh):
                    answer = engine.weigh(ask.sound, ask.texts)
                else:
                    (answer,) = engine.decode([ask.window], careful=ask.careful)
        except StopIteration:
            return

    pool = ThreadPoolExecutor(workers)
    try:
        running = [pool.submit(work, index) for index in range(len(begin))]
        for one in running:
            one.add_done_callback(lambda _: states.put(None))
        ended = 0
        while ended < len(running):
            state = states.get()
            if state is not None:
                yield state
                continue
            ended += 1
            for one in running:
                if one.done():
                    one.result()
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _together(engine: Engine, size: int, begin: Sequence[Begin]) -> Iterator[tuple[int, HeardSection]]:
    states: list[tuple[int, HeardSection]] = []
    waiting = list(enumerate(begin))
    asking: dict[int, tuple[Walk, Ask]] = {}

    def keep(index: int, section: HeardSection) -> None:
        states.append((index, section))

    def go_on(index: int, walk: Walk, answer: Any) -> None:
        try:
            while isinstance(ask := walk.send(answer), Weigh):
                answer = engine.weigh(ask.sound, ask.texts)
            asking[index] = walk, ask
        except StopIteration:
            asking.pop(index, None)

    while waiting or asking:
        while waiting and len(asking) < size:
            index, make = waiting.pop(0)
            go_on(index, make(partial(keep, index)), None)
        careful = {index for index, (_, ask) in asking.items() if ask.careful}
        for group, carefully in ((sorted(asking.keys() - careful), False), (sorted(careful), True)):
            if group:
                decoded = engine.decode([asking[index][1].window for index in group], careful=carefully)
                for index, answer in zip(group, decoded, strict=True):
                    go_on(index, asking[index][0], answer)
        yield from states
        states.clear()
