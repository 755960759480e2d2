"""Runs `podcast` verbs under rules that Windows has for files; on Linux, with Python's audit events.

    under_windows_rules.py FOLDER VERB … [-- VERB …]

Below FOLDER, a file that is open in this process or a child of it can be neither replaced, moved nor deleted, nor can a
folder with such a file; devices, forbidden signs and final dots are no names, and a path is at most 259 characters, as
if FOLDER were where an office keeps its documents. Every breach is printed, and raised as Windows' own error. Other
processes that the program starts with spawn import this module again, so the rules hold there too.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import unicodedata
from pathlib import Path

OFFICE = r"C:\Users\vorname.nachname\Documents\Podcast"  # as deep as a folder in one's own documents is
_LONGEST_FILE, _LONGEST_FOLDER = 259, 247  # MAX_PATH less the final NUL; a folder also has to hold a name in 8.3
_MOVES = {"os.rename": 2, "os.remove": 1, "os.rmdir": 1}
_NO_NAME = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$', re.IGNORECASE)


def breach(event: str, arguments: tuple[object, ...], root: str) -> tuple[int, str] | None:
    """Which rule an audit event breaks: Windows' number of the error, and where; None if it breaks none."""
    if event in {"open", "os.mkdir"}:
        path = _below(arguments[0], root)
        if path is None:
            return None
        if any(_NO_NAME.search(part) for part in path.split("/")):
            return 123, path
        longest = _LONGEST_FOLDER if event == "os.mkdir" else _LONGEST_FILE
        if len(OFFICE) + 1 + len(path) > longest:
            return 206, path
    elif event in _MOVES:
        count = _MOVES[event]
        for name, folder in zip(arguments[:count], arguments[count : 2 * count], strict=True):
            path = _below(_at(name, folder), root)
            if path is not None and _is_in_use(f"{root}/{path}"):
                return 32, path
    return None


def _at(name: object, folder: object) -> object:
    """A name that is relative to an open folder, as shutil.rmtree calls it, as a path."""
    if isinstance(folder, int) and folder >= 0 and isinstance(name, str):
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), name)  # noqa: PTH115, PTH118
    return name


def _below(path: object, root: str) -> str | None:
    if not isinstance(path, (str, os.PathLike)):
        return None
    full = os.path.abspath(os.fspath(path))  # noqa: PTH100
    return full[len(root) + 1 :] if isinstance(full, str) and full.startswith(f"{root}/") else None


def _is_in_use(path: str) -> bool:
    return any(name == path or name.startswith(f"{path}/") for name in _open_files(os.getpid()))


def _open_files(process: int) -> set[str]:
    """The files that a process and its children have open or mapped. Open folders lock nothing on Windows."""
    found = set()
    home = Path(f"/proc/{process}")
    try:
        for handle in (home / "fd").iterdir():
            found.add(os.readlink(handle))  # noqa: PTH115
        for line in (home / "maps").read_text(encoding="utf-8").splitlines():
            found.add(line.partition("/")[2] and "/" + line.partition("/")[2])
        for task in (home / "task").iterdir():
            for child in (task / "children").read_text(encoding="utf-8").split():
                found |= _open_files(int(child))
    except OSError:  # it has ended, or the handle was the one of this very look
        pass
    return {name for name in found if not os.path.isdir(name)}  # noqa: PTH112


def install(root: str) -> None:
    """Hold the rules from now on in this process."""
    busy = False

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal busy
        if busy or (event not in _MOVES and event not in {"open", "os.mkdir"}):
            return
        busy = True
        try:
            found = breach(event, arguments, root)
        finally:
            busy = False
        if found is not None:
            number, path = found
            print(f"RULE {number} broken by {event}: {path}", file=sys.__stderr__, flush=True)
            error = PermissionError(errno.EACCES, "as Windows says", f"{root}/{path}")
            error.winerror = number  # type: ignore[attr-defined]
            raise error

    sys.addaudithook(watch)


def same_on_windows(root: Path) -> list[str]:
    """The files below `root` that are one where neither case nor ways of writing umlauts make a difference."""
    seen: dict[str, str] = {}
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
    return [name for name in names if seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name) != name]


if len(sys.argv) > 1 and Path(sys.argv[0]).name == Path(__file__).name:  # also in processes that are started with spawn
    install(str(Path(sys.argv[1]).resolve()))

if __name__ == "__main__":
    from pipeline.cli.main import main

    words = sys.argv[2:]
    while words:
        end = words.index("--") if "--" in words else len(words)
        verb, words = words[:end], words[end + 1 :]
        try:
            main(["--root", sys.argv[1], "--today", "2026-03-01T12:00:00+01:00", *verb])
        except SystemExit as ended:
            if ended.code:
                print(f"{' '.join(verb)}: {ended.code}", file=sys.__stderr__)
                sys.exit(ended.code)
