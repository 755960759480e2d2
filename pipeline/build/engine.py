"""The build core: decides which steps must run and why, and runs them so that nothing is ever half-written.

A step is fresh when its fingerprint (name, settings, hashes of its inputs) and its outputs are those of its last run.
Outputs are written into a staging folder and moved into place when the step is done; the manifest is written last.
A run that is killed at any moment leaves only whole files, and the next run continues where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipeline.addresses import is_inside
from pipeline.build.files import locked, move_all_into_place, storage_errors, write_bytes
from pipeline.build.manifest import Manifest, Record
from pipeline.build.processes import WORTH_IT, in_order, usable_cpus
from pipeline.build.settings import canonical
from pipeline.values.progress import Listener, Notice, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

P = TypeVar("P")

_CODE = "Programm"  # in settings: the key for the state of the code, as people read it in a reason
_SAVE_EVERY_S = 2.0  # a large show's manifest grows with every step; it is saved at once after a long step
_KEPT_ASIDE_BYTES = 5_000_000  # a person may have typed a file of this size; larger ones come from the machine


class State(Enum):
    """Why a step runs or does not run."""

    FRESH = "unverändert"
    OLDER = "unverändert, mit einer älteren Fassung gemacht"
    FROZEN = "veröffentlicht, eingefroren"
    NEVER_RUN = "noch nie gelaufen"
    INPUTS_CHANGED = "geändert"
    SETTINGS_CHANGED = "Einstellung geändert"
    OUTPUT_MISSING = "Ergebnis fehlt"
    OUTPUT_ALTERED = "Ergebnis von außen verändert"
    UPSTREAM = "wartet auf"
    ASKED = "auf Wunsch noch einmal"


_LISTED = 6  # names behind a state that are listed one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A step's state with the names of the files, settings or steps behind it."""

    state: State
    details: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        return self.state not in {State.FRESH, State.OLDER, State.FROZEN}

    @property
    def reason(self) -> str:
        """The state in German, as in `geändert: raw.flac`."""
        names = tuple(dict.fromkeys(self.details))  # files of many episodes share a name
        more = f" und {len(names) - _LISTED} weitere" if len(names) > _LISTED else ""
        return f"{self.state.value}: {', '.join(names[:_LISTED])}{more}" if names else self.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext(Generic[P]):
    """What a running step gets in addition to its settings: the step's `paths`, where to write each output, the step's
    own fingerprint, and a listener."""

    paths: P
    staged: Mapping[Path, Path]
    fingerprint: str
    listen: Listener

    def __getitem__(self, output: Path) -> Path:
        return self.staged[output]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One arrow of the plan.

    `name` is the verb; if there are several of it, the subject follows a colon (`pages:007-breitband`). `inputs` count
    with their content (a missing one counts as missing); `order_only` files only have to be made before.

    `run` is a module-level function. It is called as `run(context, **settings, **uncounted)`, so it knows only these
    arguments and its files. `settings` count: the step runs again when one of them changes. `uncounted` do not; they
    are for values that only messages or provenance need, or that are not worth hours of work. `paths` holds only paths
    and reaches `run` as `context.paths`.

    The code counts as well: as `revision`, a number that people raise when the result changes for the same input, or
    as `source`, which hashes the code and the templates of a step that is cheap to run again. A result of one of the
    `accepted_revisions` stays.

    `again` runs the step even if it is fresh, because people asked for it. `stamp` reads the fingerprint that an output
    contains, so that it counts as fresh in a clone that has no manifest. `remarks` returns what people should know
    about a result that stays as it is; runs report each text once, and again whenever this very step was asked for.
    `after` is called after the step, whether it ran or not, for files that belong to people and so are not outputs.
    `keep` marks outputs that are never removed, even if the plan no longer has them: what subscribers were promised.
    Consecutive `parallel` steps do not read each other's outputs; many of them run on all cores.
    """

    name: str
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    run: Callable[..., None]
    paths: object = None
    settings: Mapping[str, object] = field(default_factory=dict)
    uncounted: Mapping[str, object] = field(default_factory=dict)
    revision: int = 0
    source: Callable[[], str] | None = None
    accepted_revisions: tuple[int, ...] = ()
    order_only: tuple[Path, ...] = ()
    frozen: bool = False
    again: bool = False
    keep: bool = False
    parallel: bool = False
    stamp: Callable[[], str | None] | None = None
    remarks: Callable[[Verdict], Sequence[str]] | None = None
    after: Callable[[Listener], None] | None = None

    @property
    def counted(self) -> Mapping[str, object]:
        """The settings and the state of the code, as they enter the fingerprint."""
        if self.source is not None:
            return {_CODE: self.source(), **self.settings}
        return self._at(self.revision)

    @property
    def accepted(self) -> tuple[Mapping[str, object], ...]:
        """Earlier values of `counted` whose results are still accepted."""
        return tuple(map(self._at, self.accepted_revisions))

    def _at(self, revision: int) -> Mapping[str, object]:
        return {"revision": revision, **self.settings} if revision else self.settings

    @property
    def verb(self) -> str:
        return self.name.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step begins to run, and why."""

    step: Step
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step has run; it took so many seconds."""

    step: Step
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """A step does not run, and why."""

    step: Step
    verdict: Verdict


Event = StepStarted | StepDone | StepSkipped | Progress | Notice


class Build:
    """The steps of one episode, or of the show, with one work folder and one manifest.

    `full` hashes every file again instead of trusting size, times and inode. `manifest` is that of `work` if it is
    already loaded, with the hashes taken since then.
    """

    def __init__(
        self, steps: Sequence[Step], *, root: Path, work: Path, full: bool = False, manifest: Manifest | None = None
    ) -> None:
        _assert_one_owner(steps)
        self.steps = tuple(steps)
        self.root = root
        self.work = work
        self.staging = work / ".staging"
        self._places = {step.name: place for place, step in enumerate(self.steps)}
        self.manifest = manifest or load_manifest(root, work, full=full)
        self._saved_at = time.monotonic()

    def verdicts(self) -> tuple[tuple[Step, Verdict], ...]:
        """What would happen now, step by step. Fresh steps that wait for one that runs are UPSTREAM."""
        result: list[tuple[Step, Verdict]] = []
        for step in self.steps:
            verdict = self.judge(step)
            waits_for = tuple(
                before.name for before, earlier in result if earlier.runs and set(before.outputs) & set(step.inputs)
            )
            if verdict.state in {State.FRESH, State.OLDER} and waits_for:
                verdict = Verdict(state=State.UPSTREAM, details=waits_for)
            result.append((step, verdict))
        return tuple(result)

    def judge(self, step: Step) -> Verdict:
        """Why `step` would or would not run now, judged by its own inputs, settings and outputs only."""
        if step.frozen:
            return Verdict(state=State.FROZEN)
        if step.again:
            return Verdict(state=State.ASKED)
        record = self.manifest.steps.get(step.name)
        if record is None:
            return self._judge_stamp(step)
        changed = tuple(self._name(path) for path, sha in self._input_hashes(step) if record.inputs.get(path) != sha)
        named = set(map(self._relative, step.inputs))
        gone = tuple(self._name(path) for path in record.inputs if path not in named)
        if changed or gone:
            return Verdict(state=State.INPUTS_CHANGED, details=changed + gone)
        other = [_differing(canonical(settings), record.settings) for settings in (step.counted, *step.accepted)]
        if all(other):
            return Verdict(state=State.SETTINGS_CHANGED, details=min(other, key=len))
        verdict = self._judge_outputs(step, record)
        return Verdict(state=State.OLDER) if other[0] and verdict.state is State.FRESH else verdict

    def fingerprint(self, step: Step) -> str:
        """sha256 of the canonical JSON of name, settings and input hashes."""
        return _fingerprint(step.name, canonical(step.counted), dict(self._input_hashes(step)))

    def run(self, listen: Callable[[Event], None], *, only: Iterable[Step] | None = None) -> None:
        """Bring all steps (or `only` these and the ones they need) up to date, in order.

        Call it inside `exclusive`. Raises what a step raises; the steps finished before it stay finished.
        """
        only = None if only is None else tuple(only)
        wanted = self.steps if only is None else self.needed(only)
        called_for = {step.name for step in only or ()}
        try:
            for parallel, neighbours in groupby(wanted, key=attrgetter("parallel")):
                if parallel:
                    self._run_parallel(tuple(neighbours), listen)
                else:
                    for step in neighbours:
                        self._run_or_skip(step, listen, called_for=step.name in called_for)
            if only is None:
                self._sweep()
        finally:
            self.manifest.save_if_changed()

    def is_idle(self, steps: Iterable[Step]) -> bool:
        """Whether `steps` and the ones they need have nothing to do and nothing to record. It needs no lock: of a
        thousand released episodes hardly any has work."""
        found = [step.after is None and not self.judge(step).runs for step in self.needed(steps)]
        return all(found) and not self.manifest.changed

    def needed(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """`steps` and every step whose outputs they read, in plan order."""
        names = {step.name for step in steps}
        read = {path for step in self.steps if step.name in names for path in (*step.inputs, *step.order_only)}
        for step in reversed(self.steps):
            if not read.isdisjoint(step.outputs):
                names.add(step.name)
                read.update(step.inputs, step.order_only)
        return tuple(step for step in self.steps if step.name in names)

    @contextmanager
    def exclusive(self, *, what: str, listen: Callable[[Event], None], wait_s: float = 0.0) -> Iterator[None]:
        """Hold this work folder's lock, and start and end with an empty staging folder.

        Reports that it waits for another run, up to `wait_s`. Raises BusyError after that.
        """
        waiting = Notice(text=f"{what} wird gerade von einem anderen Lauf bearbeitet; warte bis zu {wait_s:.0f} s …")
        with locked(self.work / "lock", what=what, wait_s=wait_s, on_wait=lambda: listen(waiting)):
            self.manifest = self.manifest.reload()
            shutil.rmtree(self.staging, ignore_errors=True)
            try:
                yield
            finally:
                shutil.rmtree(self.staging, ignore_errors=True)

    def _run_or_skip(self, step: Step, listen: Callable[[Event], None], *, called_for: bool = False) -> None:
        verdict = self.judge(step)
        if verdict.runs:
            self._run_step(step, verdict, listen)
        else:
            self._note_keep(step)
            listen(StepSkipped(step=step, verdict=verdict))
            self._report_remarks(step, verdict, listen, repeat=called_for)
        if step.after is not None:
            step.after(listen)

    def _report_remarks(self, step: Step, verdict: Verdict, listen: Callable[[Event], None], *, repeat: bool) -> None:
        """Report the remarks on a result that stays: those not reported before, or all of them with `repeat`."""
        texts = () if step.remarks is None else step.remarks(verdict)
        told = self.manifest.told.get(step.name, [])
        for text in texts:
            if repeat or text not in told:
                listen(Notice(text=text))
        if new := [text for text in texts if text not in told]:
            self.manifest.told[step.name] = [*told, *new]
            self.manifest.changed = True

    def _run_parallel(self, steps: Sequence[Step], listen: Callable[[Event], None]) -> None:
        """Run those of `steps` that must run, in as many processes as there are cores; this process moves their files
        into place, in order."""
        inputs = {step.name: dict(self._input_hashes(step)) for step in steps}  # before a step reads them
        handed = {
            step.name: _Handed(
                place=place, staged=_staged(step, self._staging_of(step)), fingerprint=self.fingerprint(step)
            )
            for place, step in enumerate(steps)
            if self.judge(step).runs
        }
        if len(handed) < WORTH_IT or usable_cpus() < 2:
            for step in steps:
                self._run_or_skip(step, listen)
            return
        with closing(in_order(_work_on, [_call(step) for step in steps], tuple(handed.values()))) as results:
            for step in steps:
                if step.name not in handed:
                    self._run_or_skip(step, listen)
                    continue
                self._run_step(step, self.judge(step), listen, made=results, inputs=inputs[step.name])

    def _judge_stamp(self, step: Step) -> Verdict:
        """The state of a step that is not in the manifest, judged by the stamp in its output."""
        stamp = None if step.stamp is None else step.stamp()
        if stamp is None:
            return Verdict(state=State.NEVER_RUN)
        inputs = dict(self._input_hashes(step))
        if stamp == _fingerprint(step.name, canonical(step.counted), inputs):
            return Verdict(state=State.FRESH)
        older = any(stamp == _fingerprint(step.name, canonical(settings), inputs) for settings in step.accepted)
        return Verdict(state=State.OLDER if older else State.NEVER_RUN)

    def _judge_outputs(self, step: Step, record: Record) -> Verdict:
        hashes = {path: self.manifest.sha256(path) for path in step.outputs}
        missing = tuple(path.name for path, sha in hashes.items() if sha is None)
        if missing:
            return Verdict(state=State.OUTPUT_MISSING, details=missing)
        altered = tuple(path.name for path, sha in hashes.items() if record.outputs.get(self._relative(path)) != sha)
        return Verdict(state=State.OUTPUT_ALTERED, details=altered) if altered else Verdict(state=State.FRESH)

    def _run_step(
        self,
        step: Step,
        verdict: Verdict,
        listen: Callable[[Event], None],
        *,
        made: Iterator[tuple[Notice | Progress, ...]] | None = None,
        inputs: Mapping[str, str | None] | None = None,
    ) -> None:
        """Run the step, or take the result of another process, the next of `made`, which read `inputs`; then move its
        outputs into place."""
        listen(StepStarted(step=step, verdict=verdict))
        began = time.perf_counter()
        settings = canonical(step.counted)
        inputs = dict(self._input_hashes(step) if inputs is None else inputs)
        fingerprint = _fingerprint(step.name, settings, inputs)
        with storage_errors(step.outputs[0]):
            staged = _staged(step, self._staging_of(step))
            if made is not None:
                for event in next(made):
                    listen(event)
            else:
                shutil.rmtree(self._staging_of(step), ignore_errors=True)
                self._staging_of(step).mkdir(parents=True)
                _make(_call(step), staged, fingerprint, listen)
            for path, new in staged.items():
                assert new.is_file(), f"{step.name} did not write {path.name}"
                self._keep_aside(step, path, new, listen)
            changed = {path: new for path, new in staged.items() if not self._is_unchanged(path, new)}
            for folder in {path.parent for path in changed}:
                folder.mkdir(parents=True, exist_ok=True)
            move_all_into_place(changed)
            shutil.rmtree(self._staging_of(step), ignore_errors=True)
        seconds = time.perf_counter() - began
        before = self.manifest.steps.get(step.name)
        outputs = {self._relative(path): self.manifest.sha256(path) or "" for path in step.outputs}
        self.manifest.steps[step.name] = Record(
            fingerprint=fingerprint,
            settings=settings,
            inputs=inputs,
            outputs=outputs,
            keep=step.keep,
            seconds=round(seconds, 3),
        )
        self.manifest.told.pop(step.name, None)
        self._save_soon(seconds)
        if before is not None and before.outputs.keys() - outputs.keys():
            self._remove_unowned(before)
        listen(StepDone(step=step, seconds=seconds))

    def _staging_of(self, step: Step) -> Path:
        """The folder that the step writes to. It holds this process's id: one of an earlier run may still be ending."""
        return self.staging / str(os.getpid()) / f"{self._places[step.name]:04}"

    def _note_keep(self, step: Step) -> None:
        """Update `keep` in the step's record: outputs that were promised after they were made are kept from then on."""
        record = self.manifest.steps.get(step.name)
        if record is not None and record.keep != step.keep:
            self.manifest.steps[step.name] = replace(record, keep=step.keep)
            self.manifest.changed = True

    def _is_unchanged(self, path: Path, new: Path) -> bool:
        """Whether `path` has the content of `new` already. It then keeps its date, and no upload sends it again."""
        if not path.is_file() or path.stat().st_size != new.stat().st_size:
            return False
        return self.manifest.sha256(path) == self.manifest.sha256(new)

    def _save_soon(self, seconds: float) -> None:
        """Save the manifest now if the step took long or the last save was a while ago. A killed run thus repeats only
        a moment's work, with the same results."""
        self.manifest.changed = True
        if seconds >= 1.0 or time.monotonic() - self._saved_at >= _SAVE_EVERY_S:
            self.manifest.save()
            self._saved_at = time.monotonic()

    def _keep_aside(self, step: Step, path: Path, new: Path, listen: Callable[[Event], None]) -> None:
        """Save the file at `path` unless our last run wrote it: a person may have typed it."""
        there = self.manifest.sha256(path)
        record = self.manifest.steps.get(step.name)
        ours = record.outputs.get(self._relative(path)) if record else None
        if there is None or there in {ours, self.manifest.sha256(new)} or path.stat().st_size > _KEPT_ASIDE_BYTES:
            return
        aside = self.work / "gesichert" / f"{path.stem}.{there[:8]}{path.suffix}"
        write_bytes(aside, path.read_bytes())
        where = aside.relative_to(self.root)
        listen(Notice(text=f"{path.name} war nicht vom letzten Lauf; der alte Stand liegt in {where}."))

    def _sweep(self) -> None:
        """Forget the steps that are no longer in the plan, and remove what they wrote."""
        names = {step.name for step in self.steps}
        for name, record in list(self.manifest.steps.items()):
            if name not in names and not record.keep:
                self._remove_unowned(record)
                del self.manifest.steps[name]
                self.manifest.told.pop(name, None)
                self.manifest.changed = True

    def _remove_unowned(self, record: Record) -> None:
        """Remove the outputs of `record` that no step owns any more, if they are still as we wrote them."""
        owned = {self._relative(path) for step in self.steps for path in step.outputs}
        for relative, sha in record.outputs.items():
            path = self.root / relative
            if not is_inside(relative):
                continue  # no step writes there
            if relative not in owned and not record.keep and self.manifest.sha256(path) == sha:
                path.unlink()
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()

    def _input_hashes(self, step: Step) -> tuple[tuple[str, str | None], ...]:
        return tuple((self._relative(path), self.manifest.sha256(path)) for path in step.inputs)

    def _relative(self, path: Path) -> str:
        return self.manifest.name(path)

    def _name(self, path: str) -> str:
        return path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What a step needs to run, in any process."""

    run: Callable[..., None]
    paths: object
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handed:
    """A step for another process: its place among the steps handed over, and the content of its context."""

    place: int
    staged: Mapping[Path, Path]
    fingerprint: str


def _call(step: Step) -> _Call:
    return _Call(run=step.run, paths=step.paths, arguments={**step.settings, **step.uncounted})


def _make(call: _Call, staged: Mapping[Path, Path], fingerprint: str, listen: Listener) -> None:
    context = StepContext(paths=call.paths, staged=staged, fingerprint=fingerprint, listen=listen)
    call.run(context, **call.arguments)


def _work_on(calls: Sequence[_Call], handed: _Handed) -> tuple[Notice | Progress, ...]:
    """Run a step in any process; returns what it reported."""
    said: list[Notice | Progress] = []
    for folder in {path.parent for path in handed.staged.values()}:
        folder.mkdir(parents=True, exist_ok=True)
    _make(calls[handed.place], handed.staged, handed.fingerprint, said.append)
    return tuple(said)


def _staged(step: Step, folder: Path) -> dict[Path, Path]:
    return {path: folder / f"{index:03}{path.suffix}" for index, path in enumerate(step.outputs)}


def load_manifest(root: Path, work: Path, *, full: bool) -> Manifest:
    """The manifest of the work folder `work`."""
    return Manifest.load(work / "manifest.json", root=root, full=full)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the innermost fields in which two settings differ; only the code's if that differs."""
    if one == other:
        return ()
    names = set(_differing_names(one, other, name=""))
    return (_CODE,) if _CODE in names else tuple(sorted(names))


def _differing_names(one: Any, other: Any, *, name: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            if key not in one or key not in other:
                yield key
            elif one[key] != other[key]:
                yield from _differing_names(one[key], other[key], name=key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for mine, theirs in zip(one, other, strict=True):
            if mine != theirs:
                yield from _differing_names(mine, theirs, name=name)
    else:
        yield name


def _fingerprint(name: str, settings: Any, inputs: Mapping[str, str | None]) -> str:
    content = {"step": name, "settings": settings, "inputs": inputs}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _assert_one_owner(steps: Sequence[Step]) -> None:
    owners: dict[Path, str] = {}
    for step in steps:
        for path in step.outputs:
            assert path not in owners, f"{path} belongs to {owners[path]} and {step.name}"
            owners[path] = step.name
