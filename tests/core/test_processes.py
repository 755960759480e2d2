"""Pieces of work on all cores: results come in order, and a killed process loses none."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from pipeline.build.engine import Build
from pipeline.build.files import stage_text
from pipeline.build.processes import WORTH_IT, in_order
from pipeline.build.step import Step as BuildStep
from pipeline.build.step import StepContext, StepDone

MANY = range(2 * WORTH_IT)


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_CPUS", "2")


def where(parent: int, piece: int) -> tuple[int, bool]:
    return piece, os.getpid() == parent


def fail_at(bad: int, piece: int) -> int:
    if piece == bad:
        raise ValueError(f"piece {piece}")
    return piece


def die_at(shared: tuple[int, int], piece: int) -> int:
    parent, bad = shared
    if piece == bad and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return piece


def blocks_interrupts(_shared: None, _piece: int) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def write(target: Path, text: str, context: StepContext[None], *, n: int) -> None:
    del n
    if text == "broken":
        raise ValueError(text)
    stage_text(context[target], text)


def test_many_pieces_run_in_other_processes_and_come_back_in_order() -> None:
    assert list(in_order(where, os.getpid(), MANY)) == [(piece, False) for piece in MANY]


def test_few_pieces_run_in_this_process() -> None:
    assert list(in_order(where, os.getpid(), [1, 2])) == [(1, True), (2, True)]


def test_an_error_is_raised_in_the_order_of_the_pieces() -> None:
    done = []
    with closing(in_order(fail_at, 5, MANY)) as results, pytest.raises(ValueError, match="piece 5"):
        done.extend(results)
    assert done == list(range(5))


def test_an_error_carries_the_traceback_of_the_other_process() -> None:
    with closing(in_order(fail_at, 0, MANY)) as results, pytest.raises(ValueError, match="piece 0") as caught:
        next(results)
    assert "in fail_at" in "".join(caught.value.__notes__)


def test_no_process_is_left_when_the_results_are_closed_early() -> None:
    with closing(in_order(where, os.getpid(), MANY)) as results:
        next(results)
        assert multiprocessing.active_children()
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_the_pieces_of_a_killed_process_run_in_this_one() -> None:
    assert list(in_order(die_at, (os.getpid(), 7), MANY)) == list(MANY)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs signal masks")
def test_ctrl_c_reaches_only_the_first_process_as_soon_as_the_others_start() -> None:
    assert all(in_order(blocks_interrupts, None, MANY))
    assert not blocks_interrupts(None, 0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a limit of open files")
def test_everything_runs_in_this_process_if_no_other_can_start(tmp_path: Path) -> None:
    import resource  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    last = (tmp_path / "file").open("w")
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno() + 4, hard))
        done = list(in_order(where, os.getpid(), MANY))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        last.close()
    assert done == [(piece, True) for piece in MANY]


def steps(root: Path, *, broken: int | None = None) -> list[BuildStep]:
    return [
        BuildStep(
            name=f"page:{n}",
            inputs=(),
            outputs=(root / f"feed/{n}.txt",),
            settings={"n": n},
            run=partial(write, root / f"feed/{n}.txt", "broken" if n == broken else f"{n}\n"),
            parallel=True,
        )
        for n in MANY
    ]


def ran(root: Path, plan: list[BuildStep]) -> list[str]:
    events: list[object] = []
    build = Build(plan, root=root, work=root / "work")
    with build.exclusive(what="Die Probe", listen=events.append), suppress(ValueError):
        build.run(events.append)
    return [event.step.name for event in events if isinstance(event, StepDone)]


def test_parallel_steps_leave_the_same_files_as_steps_one_after_the_other(tmp_path: Path) -> None:
    assert ran(tmp_path, steps(tmp_path)) == [f"page:{n}" for n in MANY]
    assert [(tmp_path / f"feed/{n}.txt").read_text(encoding="utf-8") for n in MANY] == [f"{n}\n" for n in MANY]
    assert ran(tmp_path, steps(tmp_path)) == []
    assert not (tmp_path / "work/.staging").exists()


def test_a_failing_parallel_step_keeps_the_files_before_it_and_none_after_it(tmp_path: Path) -> None:
    assert ran(tmp_path, steps(tmp_path, broken=20)) == [f"page:{n}" for n in range(20)]
    assert len(list((tmp_path / "feed").iterdir())) == 20
    assert ran(tmp_path, steps(tmp_path)) == [f"page:{n}" for n in MANY[20:]]


def copy_then_change(source: Path, target: Path, context: StepContext[None]) -> None:
    """Copy the source, then change it, as if a person saved it while the step was running."""
    text = source.read_text(encoding="utf-8")
    stage_text(context[target], text)
    source.write_text("new\n", encoding="utf-8")


def test_a_source_changed_during_a_parallel_run_is_processed_again_the_next_time(tmp_path: Path) -> None:
    plan = []
    for n in MANY:
        source, target = tmp_path / f"{n}.txt", tmp_path / f"feed/{n}.txt"
        source.write_text("old\n", encoding="utf-8")
        run = partial(copy_then_change, source, target)
        plan.append(BuildStep(name=f"page:{n}", inputs=(source,), outputs=(target,), run=run, parallel=True))
    ran(tmp_path, plan)
    assert ran(tmp_path, plan) == [step.name for step in plan]
    assert {(tmp_path / f"feed/{n}.txt").read_text(encoding="utf-8") for n in MANY} == {"new\n"}
