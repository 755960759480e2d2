"""Decides which steps must run, and why.

A step is fresh when its fingerprint (name, settings, hashes of its inputs) and its outputs are those of its last run.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pipeline.build.settings import canonical
from pipeline.build.step import CODE, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.build.manifest import Manifest, Record
    from pipeline.build.step import Step


def verdicts(steps: Sequence[Step], manifest: Manifest) -> tuple[tuple[Step, Verdict], ...]:
    """What would happen now, step by step. Fresh steps that wait for one that runs are UPSTREAM."""
    result: list[tuple[Step, Verdict]] = []
    for step in steps:
        verdict = judge(step, manifest)
        waits_for = tuple(
            before.name for before, earlier in result if earlier.runs and set(before.outputs) & set(step.inputs)
        )
        if verdict.state in {State.FRESH, State.OLDER} and waits_for:
            verdict = Verdict(state=State.UPSTREAM, details=waits_for)
        result.append((step, verdict))
    return tuple(result)


def judge(step: Step, manifest: Manifest) -> Verdict:
    """Why `step` would or would not run now, judged by its own inputs, settings and outputs only."""
    if step.frozen:
        return Verdict(state=State.FROZEN)
    if step.again:
        return Verdict(state=State.ASKED)
    record = manifest.steps.get(step.name)
    if record is None:
        return _judge_stamp(step, manifest)
    changed = tuple(_name(path) for path, sha in input_hashes(step, manifest).items() if record.inputs.get(path) != sha)
    named = set(map(manifest.name, step.inputs))
    gone = tuple(_name(path) for path in record.inputs if path not in named)
    if changed or gone:
        return Verdict(state=State.INPUTS_CHANGED, details=changed + gone)
    other = [_differing(canonical(settings), record.settings) for settings in (step.counted, *step.accepted)]
    if all(other):
        return Verdict(state=State.SETTINGS_CHANGED, details=min(other, key=len))
    verdict = _judge_outputs(step, record, manifest)
    return Verdict(state=State.OLDER) if other[0] and verdict.state is State.FRESH else verdict


def needed(steps: Iterable[Step], plan: Sequence[Step]) -> tuple[Step, ...]:
    """`steps` and every step of the `plan` whose outputs they read, in plan order."""
    names = {step.name for step in steps}
    read = {path for step in plan if step.name in names for path in (*step.inputs, *step.order_only)}
    for step in reversed(plan):
        if not read.isdisjoint(step.outputs):
            names.add(step.name)
            read.update(step.inputs, step.order_only)
    return tuple(step for step in plan if step.name in names)


def fingerprint(name: str, settings: Any, inputs: Mapping[str, str | None]) -> str:
    """sha256 of the canonical JSON of a step's name, canonical settings and input hashes."""
    content = {"step": name, "settings": settings, "inputs": inputs}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def input_hashes(step: Step, manifest: Manifest) -> dict[str, str | None]:
    """The sha256 of every input, None for a missing one, by its name in the manifest."""
    return {manifest.name(path): manifest.sha256(path) for path in step.inputs}


def _judge_stamp(step: Step, manifest: Manifest) -> Verdict:
    """The state of a step that is not in the manifest, judged by the stamp in its output."""
    stamp = None if step.stamp is None else step.stamp()
    if stamp is None:
        return Verdict(state=State.NEVER_RUN)
    inputs = input_hashes(step, manifest)
    if stamp == fingerprint(step.name, canonical(step.counted), inputs):
        return Verdict(state=State.FRESH)
    older = any(stamp == fingerprint(step.name, canonical(settings), inputs) for settings in step.accepted)
    return Verdict(state=State.OLDER if older else State.NEVER_RUN)


def _judge_outputs(step: Step, record: Record, manifest: Manifest) -> Verdict:
    hashes = {path: manifest.sha256(path) for path in step.outputs}
    missing = tuple(path.name for path, sha in hashes.items() if sha is None)
    if missing:
        return Verdict(state=State.OUTPUT_MISSING, details=missing)
    altered = tuple(path.name for path, sha in hashes.items() if record.outputs.get(manifest.name(path)) != sha)
    return Verdict(state=State.OUTPUT_ALTERED, details=altered) if altered else Verdict(state=State.FRESH)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the innermost fields in which two settings differ; only the code's if that differs."""
    if one == other:
        return ()
    names = set(_differing_names(one, other, name=""))
    return (CODE,) if CODE in names else tuple(sorted(names))


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


def _name(path: str) -> str:
    return path.rpartition("/")[2]
