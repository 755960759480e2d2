"""A step of the plan, why it runs or does not run, and what a run reports about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, TypeVar

from pipeline.values.progress import Listener, Notice, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

P = TypeVar("P")

CODE = "Programm"  # in settings: the key for the state of the code, as people read it in a reason
_LISTED = 6  # names behind a state that are listed one by one


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
            return {CODE: self.source(), **self.settings}
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
