"""What people and machines do to files: every kind of damage, and every file that the program reads."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.trials.command import podcast
from tools.trials.show import every_hash, hashes_of_people

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

RELEASED, COMING = "001-probe", "002-zweite"
_LISTING = ("check", "transcript")  # they print a list and end with 1
_CHANGED_BY = {
    "release": ("release.json", "published.json"),
    "withdraw": ("release.json",),
    "publish": ("release.json", "published.json"),
    "speaker": (".toml", ".txt"),
}
"""What a verb is there to change: the endings of files by the verb."""
_HEARD_FROM = ("raw.wav", "timeline.json", "words.json")
_HEARD = ("words.json", ".txt")  # another recording, or one that is heard again, has other words

FILES = (
    "episodes/show.toml",
    "episodes/speakers.toml",
    "episodes/glossary.toml",
    "episodes/cover.jpg",
    "episodes/published.json",
    "episodes/.work/settings.json",
    "episodes/.work/manifest.json",
    "episodes/.work/lock",
    f"episodes/.work/suche/{RELEASED}.txt",
    *(
        f"episodes/{folder}/{name}"
        for folder in (RELEASED, COMING)
        for name in (
            "episode.toml",
            "shownotes.md",
            "words.json",
            "draft.txt",
            "work/manifest.json",
            "work/lock",
            "work/timeline.json",
            "work/speakers.json",
            "work/normalise.json",
            "work/report.json",
            "work/retimed.json",
            "work/candidate.json",
            "work/moments.json",
            "work/shownotes.html",
            "work/shownotes.txt",
            "work/normalised.flac",
            "work/encoded.mp3",
            f"work/{folder}.mp3",
        )
    ),
    f"episodes/{RELEASED}/release.json",
    f"episodes/{COMING}/raw.wav",
    f"transcripts/{RELEASED}.txt",
    f"transcripts/{COMING}.txt",
    "feed/feed.xml",
    "feed/index.html",
    f"feed/audio/{RELEASED}.mp3",
    f"feed/folgen/{RELEASED}/transkript.vtt",
    f"feed/folgen/{RELEASED}/index.html",
    "../target/.veroeffentlicht.json",
    "../target/feed.xml",
    f"../target/audio/{RELEASED}.mp3",
)
"""Every file that the program reads, from the show's folder."""

FOLDERS = (
    "transcripts",
    "feed",
    "feed/audio",
    "feed/folgen",
    f"feed/folgen/{RELEASED}",
    "preview",
    "episodes/.work",
    "episodes/.work/suche",
    f"episodes/{COMING}/work",
    f"episodes/{COMING}/work/chunks",
    f"episodes/{COMING}/work/gesichert",
    f"episodes/{COMING}",
    "../target",
    "../target/folgen",
)
"""Folders where somebody may have put a file."""


def _bytes(content: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        _away(path)
        path.write_bytes(content)

    return damage


def _changed(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(change(path.read_bytes() if path.is_file() else b""))

    return damage


def _conflict(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True) or [b"\n"]
    middle = len(lines) // 2
    ours, theirs = b"<<<<<<< HEAD\n", b">>>>>>> zweig\n"
    return b"".join([*lines[:middle], ours, lines[middle], b"=======\n", lines[middle], theirs, *lines[middle + 1 :]])


def _recoded(encoding: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        text = content.decode("utf-8", errors="replace") + "Übung äöü\n"
        return text.encode(encoding, errors="replace")

    return change


def _away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)


def _folder(path: Path) -> None:
    _away(path)
    path.mkdir()
    (path / "darin.txt").write_text("Text\n", encoding="utf-8")


def _empty_folder(path: Path) -> None:
    _away(path)
    path.mkdir()


def _link_to_nothing(path: Path) -> None:
    _away(path)
    path.symlink_to("nirgends")


def _link_to_itself(path: Path) -> None:
    _away(path)
    path.symlink_to(path.name)


def _link_elsewhere(path: Path) -> None:
    """Move the file out of the show, as for a cloud folder, and put a link in its place."""
    elsewhere = path.with_name(f"{path.name}.anderswo")
    if path.exists():
        path.rename(elsewhere)
        path.symlink_to(elsewhere.name)


def _missing(path: Path) -> None:
    _away(path)


KINDS: Mapping[str, Callable[[Path], None]] = {
    "empty": _bytes(b""),
    "nul": _bytes(b"\0" * 64),
    "nul inside": _changed(lambda content: content[: len(content) // 2] + b"\0" + content[len(content) // 2 :]),
    "conflict": _changed(_conflict),
    "windows-1252": _changed(_recoded("cp1252")),
    "utf-16": _changed(_recoded("utf-16")),
    "latin letters": _bytes("Schöne Grüße aus Windows\r\n".encode("cp1252")),
    "half": _changed(lambda content: content[: len(content) // 2]),
    "null": _bytes(b"null\n"),
    "list": _bytes(b"[]\n"),
    "object": _bytes(b"{}\n"),
    "number": _bytes(b"1e999\n"),
    "long number": _bytes(b'{"version": 1' + b"0" * 5000 + b"}\n"),
    "deep": _bytes(b"[" * 100_000),
    "deep toml": _bytes(b"a = " + b"[" * 5000 + b"]" * 5000 + b"\n"),
    "surrogate": _changed(lambda content: content.replace(b'"', rb'"\ud800', 8)),
    "folder": _folder,
    "empty folder": _empty_folder,
    "link to nothing": _link_to_nothing,
    "link to itself": _link_to_itself,
    "link elsewhere": _link_elsewhere,
    "missing": _missing,
}
"""Every kind of damage to a file."""

FOLDER_KINDS: Mapping[str, Callable[[Path], None]] = {
    "file": _bytes(b"hier liegt eine Datei\n"),
    "link to nothing": _link_to_nothing,
    "link to itself": _link_to_itself,
    "missing": _missing,
}
"""Every kind of damage to a folder."""

VERBS = (
    ("status",),
    ("status", RELEASED),
    ("status", COMING),
    ("episode", RELEASED),
    ("episode", COMING),
    ("feed",),
    ("pages",),
    ("search",),
    ("check",),
    ("check", COMING),
    ("release", RELEASED),
    ("release", COMING),
    ("withdraw", RELEASED, "--reason", "Ein Irrtum."),
    ("withdraw", RELEASED, "--undo"),
    ("publish", "--dry-run"),
    ("publish",),
    ("new", "3", "--title", "Neue Folge"),
    ("split", COMING),
    ("retime", COMING),
    ("tag", COMING),
    ("report", COMING),
    ("shownotes", RELEASED),
    ("transcribe", COMING),
    ("transcript", "check"),
    ("transcript", "check", COMING),
    ("transcript", "diff", COMING),
    ("transcript", "format", COMING),
    ("chapters", "propose", COMING),
    ("speaker", "list"),
    ("speaker", "rename", "Tom Takt", "Tom Tackt", "--yes"),
)
"""The verbs that read a show, with their arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file or folder, by its path from the show's folder, what happens to it, and the verb that then runs."""

    path: str
    kind: str
    verb: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path}, {self.kind}: podcast {' '.join(self.verb)}"

    def happen(self, root: Path) -> None:
        kinds = FOLDER_KINDS if self.path in FOLDERS else KINDS
        kinds[self.kind](root / self.path)


def all_cases() -> tuple[Case, ...]:
    """Every file with every kind of damage and every verb."""
    return tuple(
        Case(path=path, kind=kind, verb=verb)
        for paths, kinds in ((FILES, KINDS), (FOLDERS, FOLDER_KINDS))
        for path in paths
        for kind in kinds
        for verb in VERBS
    )


def complaint(root: Path, case: Case) -> str:
    """Damage a file of the show and run the verb; returns what is wrong with the result, "" if nothing is.

    The verb ends well, or with a German message that says what to do; no content that people wrote, or that cannot be
    made again, is gone.
    """
    case.happen(root)
    before = hashes_of_people(root)
    ended = podcast(root, *case.verb)
    if ended.has_traceback:
        return f"a traceback or a bug: {ended.said[-2000:]}"
    if ended.code and "Was tun:" not in ended.said and case.verb[0] not in _LISTING:
        return f"exit code {ended.code} without a message: {ended.said[-500:]}"
    after = every_hash(root)
    aside = {sha for name, sha in after.items() if "/gesichert/" in name or name.endswith(".anderswo")}
    gone = [name for name, sha in before.items() if after.get(f"{root.name}/{name}") != sha and sha not in aside]
    changed = (*_CHANGED_BY.get(case.verb[0], ()), *(_HEARD if case.path.endswith(_HEARD_FROM) else ()))
    lost = [name for name in gone if not name.removesuffix(".anderswo").endswith(changed)]
    return f"gone: {', '.join(lost)}" if lost else ""
