"""The build core: what runs, why, and what is left on disk whatever happens."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.build.engine import Build
from pipeline.build.files import write_text
from pipeline.build.settings import canonical
from pipeline.build.step import State, Step, StepDone, StepSkipped, StepStarted, Verdict
from pipeline.errors import BusyError
from pipeline.values.progress import Notice


def upper(source: Path, target: Path):
    return lambda context, **_: write_text(context[target], source.read_text(encoding="utf-8").upper())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "raw.txt").write_text("eins\n", encoding="utf-8")
    return tmp_path


def two_steps(root: Path, *, revision: int = 0, **settings: object) -> tuple[Step, Step]:
    raw, middle, end = root / "raw.txt", root / "work/middle.txt", root / "feed/end.txt"
    return (
        Step(
            name="first",
            inputs=(raw,),
            outputs=(middle,),
            run=upper(raw, middle),
            settings=settings,
            revision=revision,
        ),
        Step(name="second", inputs=(middle,), outputs=(end,), run=upper(middle, end)),
    )


def run(root: Path, steps: tuple[Step, ...], *, full: bool = False, only: list[Step] | None = None) -> list[object]:
    events: list[object] = []
    build = Build(steps, root=root, work=root / "work", full=full)
    with build.exclusive(what="Die Probe", listen=events.append):
        build.run(events.append, only=only)
    return events


def ran(events: list[object]) -> list[str]:
    return [event.step.name for event in events if isinstance(event, StepDone)]


def states(root: Path, steps: tuple[Step, ...], *, full: bool = False) -> list[State]:
    return [verdict.state for _, verdict in Build(steps, root=root, work=root / "work", full=full).verdicts()]


def test_a_first_run_runs_every_step_and_a_second_runs_none(root: Path) -> None:
    steps = two_steps(root)
    assert ran(run(root, steps)) == ["first", "second"]
    assert (root / "feed/end.txt").read_text(encoding="utf-8") == "EINS\n"
    assert ran(run(root, steps)) == []


def test_an_unchanged_run_leaves_the_manifest_untouched(root: Path) -> None:
    run(root, two_steps(root))
    before = (root / "work/manifest.json").stat().st_mtime_ns
    run(root, two_steps(root))
    assert (root / "work/manifest.json").stat().st_mtime_ns == before


def test_an_output_that_is_made_again_unchanged_is_not_written_again(root: Path) -> None:
    run(root, two_steps(root))
    before = (root / "work/middle.txt").stat(), (root / "feed/end.txt").stat()
    (root / "raw.txt").write_text("EINS\n", encoding="utf-8")
    assert ran(run(root, two_steps(root))) == ["first"]
    after = (root / "work/middle.txt").stat(), (root / "feed/end.txt").stat()
    assert [(stat.st_mtime_ns, stat.st_ino) for stat in after] == [(stat.st_mtime_ns, stat.st_ino) for stat in before]
    assert states(root, two_steps(root)) == [State.FRESH, State.FRESH]


def test_touching_a_file_is_not_a_change(root: Path) -> None:
    run(root, two_steps(root))
    os.utime(root / "raw.txt", (1, 1))
    assert states(root, two_steps(root)) == [State.FRESH, State.FRESH]


def test_a_reason_lists_each_name_once_and_only_the_first_of_many() -> None:
    many = Verdict(state=State.INPUTS_CHANGED, details=("a", "b", "a", "c", "d", "b", "e", "f", "g", "h"))
    assert many.reason == "geändert: a, b, c, d, e, f und 2 weitere"
    assert Verdict(state=State.FRESH).reason == "unverändert"


def test_a_changed_input_runs_its_step_and_names_the_file(root: Path) -> None:
    run(root, two_steps(root))
    (root / "raw.txt").write_text("zwei\n", encoding="utf-8")
    build = Build(two_steps(root), root=root, work=root / "work")
    verdicts = [verdict for _, verdict in build.verdicts()]
    assert [verdict.state for verdict in verdicts] == [State.INPUTS_CHANGED, State.UPSTREAM]
    assert [verdict.reason for verdict in verdicts] == ["geändert: raw.txt", "wartet auf: first"]
    assert ran(run(root, two_steps(root))) == ["first", "second"]


def test_a_step_whose_input_is_made_again_unchanged_does_not_run(root: Path) -> None:
    run(root, two_steps(root))
    (root / "raw.txt").write_text("EINS\n", encoding="utf-8")
    assert ran(run(root, two_steps(root))) == ["first"]


def test_a_changed_setting_is_named_by_its_key(root: Path) -> None:
    run(root, two_steps(root, model="small", beam=5))
    build = Build(two_steps(root, model="turbo", beam=5), root=root, work=root / "work")
    assert build.judge(build.steps[0]).reason == "Einstellung geändert: model"


def test_missing_and_altered_outputs_are_noticed(root: Path) -> None:
    run(root, two_steps(root))
    (root / "feed/end.txt").unlink()
    assert states(root, two_steps(root)) == [State.FRESH, State.OUTPUT_MISSING]
    run(root, two_steps(root))
    (root / "feed/end.txt").write_text("kaputt", encoding="utf-8")
    assert states(root, two_steps(root)) == [State.FRESH, State.OUTPUT_ALTERED]


def test_damage_that_keeps_size_and_times_is_found_by_a_full_check(root: Path) -> None:
    steps = two_steps(root)
    run(root, steps)
    build = Build(steps, root=root, work=root / "work")
    end = root / "feed/end.txt"
    name = "feed/end.txt"
    end.write_text("EINZ\n", encoding="utf-8")
    stat = end.stat()
    facts, sha = build.manifest._hashes[name]
    build.manifest._hashes[name] = ([stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino], sha)
    build.manifest.save()
    assert facts != build.manifest._hashes[name][0]
    assert states(root, steps) == [State.FRESH, State.FRESH]
    assert states(root, steps, full=True) == [State.FRESH, State.OUTPUT_ALTERED]


def test_an_output_that_a_person_edited_is_saved_before_it_is_replaced(root: Path) -> None:
    run(root, two_steps(root))
    (root / "feed/end.txt").write_text("von Hand", encoding="utf-8")
    events = run(root, two_steps(root))
    saved = list((root / "work/gesichert").iterdir())
    assert [path.read_text(encoding="utf-8") for path in saved] == ["von Hand"]
    assert any(isinstance(event, Notice) and "gesichert" in event.text for event in events)
    assert (root / "feed/end.txt").read_text(encoding="utf-8") == "EINS\n"


def test_a_frozen_step_never_runs(root: Path) -> None:
    first, second = two_steps(root)
    events = run(root, (replace(first, frozen=True), second), only=[first])
    assert [event.verdict.state for event in events if isinstance(event, StepSkipped)] == [State.FROZEN]
    assert not (root / "work/middle.txt").exists()


def test_a_stamp_in_the_output_makes_a_step_fresh_without_a_manifest(root: Path) -> None:
    first, second = two_steps(root)
    build = Build((first, second), root=root, work=root / "work")
    stamped = replace(first, stamp=lambda: build.fingerprint(first))
    assert Build((stamped, second), root=root, work=root / "work").judge(stamped).state is State.FRESH
    other = replace(first, stamp=lambda: "0" * 64)
    assert Build((other, second), root=root, work=root / "work").judge(other).state is State.NEVER_RUN


def test_order_only_files_are_made_first_but_their_changes_do_not_count(root: Path) -> None:
    first, second = two_steps(root)
    third = Step(
        name="third",
        inputs=(),
        order_only=(root / "work/middle.txt",),
        outputs=(root / "work/third.txt",),
        run=upper(root / "work/middle.txt", root / "work/third.txt"),
    )
    steps = (first, second, third)
    assert ran(run(root, steps, only=[third])) == ["first", "third"]
    (root / "raw.txt").write_text("neu\n", encoding="utf-8")
    assert ran(run(root, steps, only=[third])) == ["first"]


def test_a_failing_step_changes_no_file_and_keeps_the_steps_before_it(root: Path) -> None:
    first, second = two_steps(root)
    run(root, (first, second))
    (root / "raw.txt").write_text("zwei\n", encoding="utf-8")

    def half(context: object) -> None:
        write_text(context[root / "feed/end.txt"], "halb")
        raise RuntimeError("mittendrin")

    with pytest.raises(RuntimeError, match="mittendrin"):
        run(root, (first, replace(second, run=half)))
    assert (root / "feed/end.txt").read_text(encoding="utf-8") == "EINS\n"
    assert not (root / "work/.staging").exists()
    assert ran(run(root, (first, second))) == ["second"]


def test_outputs_no_longer_in_the_plan_are_deleted_unless_marked_to_keep(root: Path) -> None:
    first, second = two_steps(root)
    run(root, (first, second))
    run(root, (first,))
    assert not (root / "feed").exists()
    run(root, (first, replace(second, keep=True)))
    run(root, (first,))
    assert (root / "feed/end.txt").exists()


def test_a_moved_output_leaves_no_old_file(root: Path) -> None:
    first, second = two_steps(root)
    run(root, (first, second))
    moved = root / "feed/moved.txt"
    run(root, (first, replace(second, outputs=(moved,), run=upper(root / "work/middle.txt", moved), settings={"n": 1})))
    assert [path.name for path in (root / "feed").iterdir()] == ["moved.txt"]


def test_an_input_may_be_outside_the_show(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = tmp_path_factory.mktemp("models") / "tiny.pt"
    model.write_text("eins", encoding="utf-8")
    first, second = two_steps(root)
    steps = (replace(first, inputs=(*first.inputs, model)), second)
    run(root, steps)
    assert states(root, steps) == [State.FRESH, State.FRESH]
    model.write_text("zwei", encoding="utf-8")
    assert Build(steps, root=root, work=root / "work").judge(steps[0]).reason == "geändert: tiny.pt"


def test_two_steps_may_not_own_the_same_file(root: Path) -> None:
    first, second = two_steps(root)
    with pytest.raises(AssertionError, match="belongs to"):
        Build((first, replace(second, outputs=first.outputs)), root=root, work=root / "work")


def test_a_damaged_manifest_only_makes_every_step_run_again(root: Path) -> None:
    run(root, two_steps(root))
    (root / "work/manifest.json").write_text('{"version": 1, "steps": [1', encoding="utf-8")
    assert ran(run(root, two_steps(root))) == ["first", "second"]


def test_the_after_hook_is_called_whether_or_not_the_step_runs(root: Path) -> None:
    first, second = two_steps(root)
    calls: list[str] = []
    steps = (replace(first, after=lambda _: calls.append("settled")), second)
    run(root, steps)
    run(root, steps)
    assert calls == ["settled", "settled"]


def test_canonical_settings_refuse_values_without_a_stable_text() -> None:
    assert canonical({"a": (1, 2), "b": None}) == {"a": [1, 2], "b": None}
    with pytest.raises(AssertionError):
        canonical({"a": object()})


def test_started_events_carry_the_reason(root: Path) -> None:
    events = run(root, two_steps(root))
    reasons = [event.verdict.reason for event in events if isinstance(event, StepStarted)]
    assert reasons == ["noch nie gelaufen", "noch nie gelaufen"]


def test_a_second_run_at_the_same_time_is_refused_at_once(root: Path) -> None:
    build = Build(two_steps(root), root=root, work=root / "work")
    other = Build(two_steps(root), root=root, work=root / "work")
    with (
        build.exclusive(what="Die Folge", listen=print),
        pytest.raises(BusyError, match="anderen Lauf"),
        other.exclusive(what="Die Folge", listen=print),
    ):
        pass


def test_a_run_that_may_wait_says_so_and_then_gives_up(root: Path) -> None:
    build = Build(two_steps(root), root=root, work=root / "work")
    other = Build(two_steps(root), root=root, work=root / "work")
    said: list[object] = []
    with (
        build.exclusive(what="Der Podcast", listen=print),
        pytest.raises(BusyError),
        other.exclusive(what="Der Podcast", listen=said.append, wait_s=0.05),
    ):
        pass
    assert [event.text for event in said if isinstance(event, Notice)] != []


KILL_SEEDS = [1, 2, 3, 5, 8, 13, pytest.param(random.SystemRandom().randrange(10_000), id="random")]

_VICTIM = textwrap.dedent(
    """
    import os, random, signal, sys
    from pathlib import Path
    root, seed = Path(sys.argv[1]), int(sys.argv[2])
    # Dies at a random one of the operations on files that a build makes.
    countdown = random.Random(seed).randrange(1, 60)
    def watch(event, _):
        global countdown
        if event in {"open", "os.rename", "os.replace", "os.remove", "os.mkdir", "os.fsync", "shutil.rmtree"}:
            countdown -= 1
            if countdown == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    from pipeline.build.engine import Build
    from pipeline.build.step import Step
    from pipeline.build.files import write_text
    from tests_build_steps import chain
    build = Build(chain(root), root=root, work=root / "work")
    sys.addaudithook(watch)
    with build.exclusive(what="Die Probe", listen=lambda event: None):
        build.run(lambda event: None)
    """
)

_CHAIN = textwrap.dedent(
    """
    from functools import partial
    from pipeline.build.step import Step
    from pipeline.build.files import write_text

    def double(source, targets, context):
        for target in targets:
            write_text(context[target], source.read_text(encoding="utf-8") * 2)

    def chain(root):
        steps, source = [], root / "raw.txt"
        for index in range(5):
            targets = tuple(root / ("feed" if index == 4 else "work") / f"{index}{letter}.txt" for letter in "ab")
            work = partial(double, source, targets)
            steps.append(Step(name=f"s{index}", inputs=(source,), outputs=targets, run=work))
            source = targets[0]
        return tuple(steps)
    """
)


@pytest.mark.parametrize("seed", KILL_SEEDS)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_run_leaves_whole_files_and_the_next_run_completes(root: Path, tmp_path: Path, seed: int) -> None:
    print(f"kill seed {seed}")  # noqa: T201  a failure must show its seed
    code = tmp_path / "code"
    code.mkdir()
    (code / "tests_build_steps.py").write_text(_CHAIN, encoding="utf-8")
    path = os.pathsep.join([str(code), str(Path(__file__).parents[2])])
    victim = [sys.executable, "-c", _VICTIM, str(root), str(seed)]
    ended = subprocess.run(victim, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert ended.returncode in {0, -signal.SIGKILL}
    whole = {f"{index}{letter}.txt": "eins\n" * 2 ** (index + 1) for index in range(5) for letter in "ab"}
    for file in [*root.glob("work/*.txt"), *root.glob("feed/*")]:
        assert file.read_text(encoding="utf-8") == whole[file.name]
    healthy = _VICTIM.replace("sys.addaudithook(watch)", "")
    subprocess.run([*victim[:2], healthy, *victim[3:]], env={**os.environ, "PYTHONPATH": path}, check=True)
    assert sorted(file.name for file in root.glob("feed/*")) == ["4a.txt", "4b.txt"]
    assert not (root / "work/.staging").exists()


def test_an_output_made_before_its_step_was_marked_to_keep_is_kept(root: Path) -> None:
    first, second = two_steps(root)
    run(root, (first, second))
    assert ran(run(root, (first, replace(second, keep=True)))) == []
    run(root, (first,))
    assert (root / "feed/end.txt").exists()


def test_idle_steps_are_recognised_without_the_lock(root: Path) -> None:
    steps = two_steps(root)
    assert not Build(steps, root=root, work=root / "work").is_idle(steps)
    run(root, steps)
    assert Build(steps, root=root, work=root / "work").is_idle(steps)
    os.utime(root / "raw.txt", ns=(1, 1))
    assert not Build(steps, root=root, work=root / "work").is_idle(steps), "the new date is to be remembered"
    (root / "raw.txt").write_text("zwei\n", encoding="utf-8")
    assert not Build(steps, root=root, work=root / "work").is_idle(steps[1:])


def test_results_of_a_run_in_between_are_read_under_the_lock(root: Path) -> None:
    run(root, two_steps(root))
    (root / "raw.txt").write_text("zwei\n", encoding="utf-8")
    late = Build(two_steps(root), root=root, work=root / "work")
    assert ran(run(root, two_steps(root))) == ["first", "second"]
    events: list[object] = []
    with late.exclusive(what="Die Probe", listen=events.append):
        late.run(events.append)
    assert ran(events) == []


def older(step: Step, **settings: object) -> Step:
    """The step at its next revision, which accepts results of revision 2."""
    return replace(step, settings={**step.settings, **settings}, revision=3, accepted_revisions=(2,))


def test_a_result_of_an_accepted_older_revision_stays(root: Path) -> None:
    first, second = two_steps(root, revision=2)
    run(root, (first, second))
    steps = (older(first), second)
    assert states(root, steps) == [State.OLDER, State.FRESH]
    assert ran(run(root, steps)) == []
    assert states(root, (replace(older(first), accepted_revisions=()), second))[0] is State.SETTINGS_CHANGED


def test_the_reason_names_only_a_changed_setting_and_not_the_revision(root: Path) -> None:
    first, second = two_steps(root, revision=2, model="base")
    run(root, (first, second))
    other = older(first, model="small")
    verdict = Build((other, second), root=root, work=root / "work").judge(other)
    assert verdict == Verdict(state=State.SETTINGS_CHANGED, details=("model",))


def test_a_result_of_an_older_revision_is_made_again_if_anything_else_changed(root: Path) -> None:
    first, second = two_steps(root, revision=2)
    run(root, (first, second))
    steps = (older(first), second)
    (root / "work/middle.txt").unlink()
    assert states(root, steps)[0] is State.OUTPUT_MISSING
    (root / "raw.txt").write_text("zwei\n", encoding="utf-8")
    assert states(root, steps)[0] is State.INPUTS_CHANGED
    assert ran(run(root, steps)) == ["first", "second"]
    assert states(root, steps) == [State.FRESH, State.FRESH]


def test_a_stamp_of_an_accepted_older_revision_counts_too(root: Path) -> None:
    first, second = two_steps(root, revision=2)
    stamp = Build((first, second), root=root, work=root / "work").fingerprint(first)
    stamped = replace(older(first), stamp=lambda: stamp)
    assert states(root, (stamped, second))[0] is State.OLDER
    assert states(root, (replace(stamped, accepted_revisions=()), second))[0] is State.NEVER_RUN


def test_a_requested_step_runs_even_if_fresh_unless_it_is_frozen(root: Path) -> None:
    first, second = two_steps(root)
    run(root, (first, second))
    events = run(root, (replace(first, again=True), second))
    assert ran(events) == ["first"]
    assert [event.verdict.state for event in events if isinstance(event, StepStarted)] == [State.ASKED]
    assert ran(run(root, (replace(first, again=True, frozen=True), second))) == []


def test_a_remark_is_reported_once_and_again_whenever_its_step_is_called_for(root: Path) -> None:
    first, second = two_steps(root)

    def told(step: Step, *, only: list[Step] | None = None) -> list[str]:
        return [event.text for event in run(root, (step, second), only=only) if isinstance(event, Notice)]

    one, other = (replace(first, remarks=lambda verdict, end=end: [f"{verdict.state.value}{end}"]) for end in "!?")
    assert told(one) == []  # a new result needs no remark
    assert told(one) == ["unverändert!"]
    assert told(one) == []
    assert told(one, only=[second]) == []
    assert told(one, only=[one]) == ["unverändert!"]
    assert told(other) == ["unverändert?"]
    assert told(one) == []
    assert told(replace(one, again=True)) == []
    assert told(one) == ["unverändert!"]  # about another result


def test_a_manifest_without_remarks_is_read(root: Path) -> None:
    steps = two_steps(root)
    run(root, steps)
    manifest = root / "work/manifest.json"
    data = json.loads(manifest.read_text(encoding="utf-8"))
    assert data.pop("told") == {}
    manifest.write_text(json.dumps(data), encoding="utf-8")
    assert states(root, steps) == [State.FRESH, State.FRESH]
