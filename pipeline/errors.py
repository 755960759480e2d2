"""Every problem that a person can fix, as one tree of errors with German texts and exit codes.

PipelineError                1   (never raised itself)
├── UsageError               2   a wrong call: unknown episode, unknown option
├── ConfigError              3   a TOML file says something impossible
├── MissingFileError         4   a recording, a cover or another file is missing, or not what it should be
│   └── DamagedFileError     4   … of those that the program itself writes
├── AudioError               5   a recording that cannot be read, is empty or silent
│   └── TruncatedError       5   … or ends before its header says
├── ModelError               6   an unknown or damaged model (Whisper, pyannote), or no network to fetch it
│   └── NoSourceError        6   … or no source of its weights answers
├── TranscriptError          7   lines of a transcript that belong to no speaker
├── ReleaseError             8   an episode that may not be released, or a change that a released one does not allow
├── BusyError                9   another run holds the lock
│   └── ChangedError         9   … or somebody changed a file meanwhile
├── StorageError            10   disk full, no memory left, no permission to write
├── WorkerError             11   a worker that was killed repeatedly, or a cluster that cannot be used
├── TargetError             12   the storage to publish to cannot be reached, refuses, or does not hold what was sent
├── FeedError               13   a feed to import, or a file that it names, that cannot be fetched or read
└── UncorrectedError        14   an episode whose transcript nobody corrected, and nobody was there to ask
A bug: 70, EX_SOFTWARE of sysexits.h. Interrupted by Ctrl-C: 130, as in shells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BUG_EXIT_CODE = 70
INTERRUPTED_EXIT_CODE = 130


class PipelineError(Exception):
    """A problem that a person can fix: what is wrong, where, and what to do next; all in German."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, advice: str, where: Path | str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        lines = [self.problem]
        if self.where is not None:
            lines.append(f"  Wo: {self.where}")
        lines.append(f"  Was tun: {self.advice}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.problem, self.advice, self.where))


def _rebuild(kind: type[PipelineError], problem: str, advice: str, where: Path | str | None) -> PipelineError:
    return kind(problem, advice=advice, where=where)


class UsageError(PipelineError):
    """A wrong call: an episode that does not exist or is ambiguous, options that contradict each other."""

    exit_code = 2


class ConfigError(PipelineError):
    """One or more mistakes in TOML files; `problem` lists all of them, one per line."""

    exit_code = 3


class MissingFileError(PipelineError):
    """A file that the episode names, or a step needs, is missing, or not what it should be."""

    exit_code = 4


class DamagedFileError(MissingFileError):
    """A file that the program wrote has become something else: empty, cut off, merged by git."""


class AudioError(PipelineError):
    """A recording that cannot be decoded, is not audio, is empty, or is silent."""

    exit_code = 5


class TruncatedError(AudioError):
    """A recording that is intact up to the point where it breaks off, earlier than its header says."""


class ModelError(PipelineError):
    """A model, Whisper's or pyannote's, is unknown or damaged, or is not on disk and cannot be fetched."""

    exit_code = 6


class NoSourceError(ModelError):
    """A model is not on disk, and none of its sources can be reached or sends the right file."""


class TranscriptError(PipelineError):
    """Lines of a transcript that look like a label and belong to no speaker."""

    exit_code = 7


class ReleaseError(PipelineError):
    """An episode that may not be released yet, or a change that a released episode does not allow."""

    exit_code = 8


class BusyError(PipelineError):
    """Another run is working on the same episode or show."""

    exit_code = 9


class ChangedError(BusyError):
    """A file that was changed by somebody else between reading and writing; it keeps their content."""


class StorageError(PipelineError):
    """The disk is full, memory ran out, a folder is not writable, or a path leads to something else than a file."""

    exit_code = 10


class WorkerError(PipelineError):
    """A worker process that ended in the middle of an episode, or a cluster that cannot be reached."""

    exit_code = 11


class TargetError(PipelineError):
    """The storage that the show is published to cannot be reached, refuses access, or does not hold what was sent."""

    exit_code = 12


class FeedError(PipelineError):
    """A foreign feed cannot be fetched or read, or audio of it does not arrive complete."""

    exit_code = 13


class UncorrectedError(PipelineError):
    """An episode that was not released because its transcript is the unchanged draft. `publish` raises it when it has
    published all others."""

    exit_code = 14


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The German hint after a misspelt name: ` Meinten Sie „…“?`, or "" if no known name is similar."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Meinten Sie „{near[0]}“?" if near else ""
