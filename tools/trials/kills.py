"""Kills a verb before one of its file operations, runs it again, and compares with a run that nobody disturbed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.trials.command import KILLED, podcast
from tools.trials.show import COMING, RELEASED, copy, every_hash

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "os.link", "os.symlink"}
_TIMED = re.compile(r"(?:.*/)?(?:manifest\.json|settings\.json|lock|[^/]*\.lock|fehler-[^/]*)|.*/chunks/.*")
"""Files that say when something was done, and the finished windows of a recognition, which end with it."""

VERBS = (
    ("episode", RELEASED),
    ("episode", COMING),
    ("transcribe", COMING),
    ("feed",),
    ("release", COMING, "--yes"),
    ("withdraw", RELEASED, "--reason", "Ein Irrtum."),
    ("publish", "--yes"),
    ("new", "3", "--title", "Neue Folge"),
    ("transcript", "format", COMING),
    ("speaker", "rename", "Tom Takt", "Tom Tackt", "--yes"),
)
"""The verbs that write, each after an edit that gives it something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """A verb, how many file operations it takes, and the files after it."""

    verb: tuple[str, ...]
    operations: int
    after: dict[str, str]


def with_edits(root: Path) -> Path:
    """Change what people write, so that every verb has something to do."""
    transcript = root / "transcripts" / f"{COMING}.txt"
    transcript.write_bytes(transcript.read_bytes().rstrip().replace(b"\n", b"\r\n") + b" Und ein Nachtrag.\r\n")
    with (root / "transcripts" / f"{RELEASED}.txt").open("a", encoding="utf-8") as file:
        file.write("\nNoch ein Satz.\n")
    for folder in (RELEASED, COMING):
        with (root / "episodes" / folder / "shownotes.md").open("a", encoding="utf-8") as file:
            file.write("\nNeu in den Shownotes.\n")
    return root


def undisturbed(base: Path, home: Path, verb: tuple[str, ...]) -> Undisturbed:
    """Run the verb without any disturbance, and count its file operations."""
    root = with_edits(copy(base, home))
    counted = home / "counted"
    ended = podcast(root, *verb, before=lambda: _at_each(home, lambda number: counted.write_text(str(number))))
    if ended.code:
        raise RuntimeError(f"podcast {' '.join(verb)}: {ended.said}")
    operations = int(counted.read_text(encoding="utf-8"))
    counted.unlink()
    return Undisturbed(verb=verb, operations=operations, after=_files(root))


def killed(base: Path, home: Path, plan: Undisturbed, chance: random.Random) -> str:
    """Kill the verb before one of its operations, and run it again; returns what is wrong, "" if nothing is."""
    root = with_edits(copy(base, home))
    at = chance.randint(1, plan.operations)
    before = every_hash(root)

    def die(number: int) -> None:
        if number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    what = f"podcast {' '.join(plan.verb)}, killed before operation {at} of {plan.operations}"
    first = podcast(root, *plan.verb, before=lambda: _at_each(home, die))
    if first.code not in {KILLED, 0}:
        return f"{what}: exit code {first.code}: {first.said[-500:]}"
    kept = set(every_hash(root).values())
    wanted = {sha for name, sha in before.items() if _of_people(name)} - set(plan.after.values())
    changed = {name for name in before if _of_people(name) and before[name] in wanted and before[name] not in kept}
    if changed - _replaced(before, plan.after):
        return f"{what}: gone after the kill: {sorted(changed)}"
    again = podcast(root, *plan.verb)
    after = _files(root)
    if again.has_traceback or (again.code and after != plan.after):
        return f"{what}: not resumable, exit code {again.code}: {again.said[-500:]}"
    return _difference(what, plan.after, after)


def on_a_full_disk(base: Path, home: Path, plan: Undisturbed, chance: random.Random) -> str | None:
    """Run the verb on a small file system that gets full, then with room; None if none can be mounted here."""
    home.mkdir(parents=True, exist_ok=True)
    size = sum(path.stat().st_size for path in base.parent.rglob("*") if path.is_file())
    room = chance.randint(0, 600_000)
    options = f"size={(size + 4096 * 300 + room) // 4096 * 4}k"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(home)]
    if os.name != "posix" or os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        return None
    try:
        try:
            root = with_edits(copy(base, home / "small"))
        except OSError:
            return ""  # not even room for the show
        before = every_hash(root)
        first = podcast(root, *plan.verb)
        what = f"podcast {' '.join(plan.verb)} with {room} bytes left"
        if first.has_traceback:
            return f"{what}: {first.said[-2000:]}"
        kept = set(every_hash(root).values())
        gone = {name for name, sha in before.items() if _of_people(name) and sha not in kept}
        if gone - _replaced(before, plan.after):
            return f"{what}: gone: {sorted(gone)}"
        subprocess.run(["mount", "-o", "remount,size=1g", str(home)], check=True)
        again = podcast(root, *plan.verb)
        after = _files(root)
        if again.has_traceback or (again.code and after != plan.after):
            return f"{what}: not resumable, exit code {again.code}: {again.said[-500:]}"
        return _difference(what, plan.after, after)
    finally:
        subprocess.run(["umount", str(home)], check=True)
        shutil.rmtree(home, ignore_errors=True)


def _at_each(home: Path, call: Callable[[int], object]) -> None:
    """Call with 1, 2, … before each operation of this process that changes a file under `home`."""
    number, inside = 0, str(home)
    counting = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal number, counting
        if not counting or not arguments or not isinstance(arguments[0], (str, os.PathLike)):
            return
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        if (writes or event in _CHANGING) and os.fspath(arguments[0]).startswith(inside):
            number += 1
            counting = False  # what is called now may write, too
            call(number)
            counting = True

    sys.addaudithook(hook)


def _files(root: Path) -> dict[str, str]:
    return {name: sha for name, sha in every_hash(root).items() if not _TIMED.fullmatch(name)}


def _of_people(name: str) -> bool:
    return name.endswith((".toml", ".md", "/release.json", "/published.json", "/words.json")) or "/transcripts/" in name


def _replaced(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The files of people that the verb is there to change."""
    return {name for name, sha in before.items() if after.get(name) != sha}


def _difference(what: str, wanted: dict[str, str], found: dict[str, str]) -> str:
    """What differs from the undisturbed run: copies may be there more than once; a new episode has its own guid."""
    other = [
        name
        for name in wanted.keys() | found.keys()
        if wanted.get(name) != found.get(name)
        and "/gesichert/" not in name
        and not ("/episodes/003-" in name and name.endswith("episode.toml") and name in wanted and name in found)
    ]
    return f"{what}: other than undisturbed: {', '.join(sorted(other)[:8])}" if other else ""
