"""Runs the steps of a plan that must run, so that nothing is ever half-written.

Outputs are written into a staging folder and moved into place when the step is done; the manifest is written last.
A run that is killed at any moment leaves only whole files, and the next run continues where it stopped.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from pipeline.addresses import is_inside
from pipeline.build import judging, system
from pipeline.build.files import move_all_into_place, storage_errors, write_bytes
from pipeline.build.locks import locked
from pipeline.build.manifest import Manifest, Record
from pipeline.build.processes import WORTH_IT, in_order, usable_cpus
from pipeline.build.settings import canonical
from pipeline.build.step import StepContext, StepDone, StepSkipped, StepStarted
from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.build.step import Event, Step, Verdict
    from pipeline.values.progress import Listener, Progress

_SAVE_EVERY_S = 2.0  # a large show's manifest grows with every step; it is saved at once after a long step
_KEPT_ASIDE_BYTES = 5_000_000  # a person may have typed a file of this size; larger ones come from the machine


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
        return judging.verdicts(self.steps, self.manifest)

    def judge(self, step: Step) -> Verdict:
        """Why `step` would or would not run now, judged by its own inputs, settings and outputs only."""
        return judging.judge(step, self.manifest)

    def needed(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """`steps` and every step whose outputs they read, in plan order."""
        return judging.needed(steps, self.steps)

    def fingerprint(self, step: Step) -> str:
        """The fingerprint of `step` with its current settings and inputs."""
        return judging.fingerprint(step.name, canonical(step.counted), self._input_hashes(step))

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
        inputs = {step.name: self._input_hashes(step) for step in steps}  # before a step reads them
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

    def _run_step(
        self,
        step: Step,
        verdict: Verdict,
        listen: Callable[[Event], None],
        *,
        made: Iterator[tuple[Notice | Progress, ...]] | None = None,
        inputs: dict[str, str | None] | None = None,
    ) -> None:
        """Run the step, or take the result of another process, the next of `made`, which read `inputs`; then move its
        outputs into place."""
        listen(StepStarted(step=step, verdict=verdict))
        began = time.perf_counter()
        settings = canonical(step.counted)
        inputs = self._input_hashes(step) if inputs is None else inputs
        fingerprint = judging.fingerprint(step.name, settings, inputs)
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
                system.remove(path)
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()

    def _input_hashes(self, step: Step) -> dict[str, str | None]:
        return judging.input_hashes(step, self.manifest)

    def _relative(self, path: Path) -> str:
        return self.manifest.name(path)


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


def _assert_one_owner(steps: Sequence[Step]) -> None:
    owners: dict[Path, str] = {}
    for step in steps:
        for path in step.outputs:
            assert path not in owners, f"{path} belongs to {owners[path]} and {step.name}"
            owners[path] = step.name
