"""The files and folders that guides name → those that neither the repository, a used show nor the program has."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase as fnmatch
from functools import cache, cached_property
from pathlib import Path

from guide_commands import commands
from guides import PROJECT, Code, Guide, read_guide
from source_code import source_code

HOW_TO_SAY = (
    "Name what is there. A folder of an episode is written 007-digitale-schule, 007-… or NNN-slug, any other part that "
    "may differ …, what lies outside of the project with / or ~/ in front; names that people choose appear in a block."
)
SERVERS = {"nginx", "apache"}  # sections with blocks in these languages are about a web server's own files and words

_NAME = re.compile(r"(?:[\w.…*-]+/)*[\w.…*-]+/?")
_WORD = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
_SUFFIX = re.compile(r"(?:…)?(\.[a-z0-9]{2,5})")
_EPISODE = re.compile(r"(?:\d{3}|NNN)-(?:slug|…|[a-z0-9]+(?:-[a-z0-9]+)*)")


@dataclass(frozen=True)
class Known:
    """Names that exist, as paths with / between the parts and at the end of folders; `007-digitale-schule` and every
    other folder of an episode is written `EPISODE`."""

    paths: frozenset[str]

    @classmethod
    def in_folders(cls, *roots: Path) -> Known:
        """Everything in the repository and in these folders."""
        listed = (path.relative_to(root).as_posix() + "/" * path.is_dir() for root in roots for path in root.rglob("*"))
        return cls(frozenset(_EPISODE.sub("EPISODE", path) for path in (*listed, *_in_git())))

    def has(self, name: str) -> bool:
        """Whether a known path ends in `name`, in which … and * stand for anything."""
        parts = (r"[^/]*".join(map(re.escape, re.split("[…*]", part))) for part in name.split("/"))
        wanted = re.compile(f"(?:.*/)?{'/'.join(parts)}")
        end = re.split("[…*]", name)[-1]
        return any(path.endswith(end) and wanted.fullmatch(path) for path in self.paths)

    def near(self, name: str) -> str:
        """Return a sentence with the places of files of the same name, "" if there are none."""
        last = name.rstrip("/").rpartition("/")[2]
        others = sorted(path for path in self.paths if path.rstrip("/").rpartition("/")[2] == last)
        return f" There is {', '.join(others[:4])}." if others else ""

    @cached_property
    def suffixes(self) -> frozenset[str]:
        return frozenset(Path(path).suffix for path in self.paths)


def _in_git() -> Iterator[str]:
    """Yield the files of the repository and their folders; those on disk if git does not know the copy."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=PROJECT, check=False)
    if listed.returncode or not listed.stdout:
        files = (path for path in PROJECT.rglob("*") if path.is_file() and ".venv" not in path.parts)
        names = [path.relative_to(PROJECT).as_posix() for path in files]
    else:
        names = listed.stdout.splitlines()
    yield from names
    yield from {f"{folder.as_posix()}/" for name in names for folder in Path(name).parents[:-1]}


def name_problems(guides: Iterable[Guide], known: Known) -> list[str]:
    """Return every name of a file or folder in these guides that does not exist, each with its line, and every word
    such as `page_size` or `own_models` that the program does not know."""
    found = []
    for guide in guides:
        shown = " ".join(block.text for block in guide.blocks)
        before = None
        for code in guide.codes:
            name = _whole_name(code, before)
            before = Code(where=code.where, section=code.section, text=name, after=code.after)
            if guide.languages(code.section) & SERVERS:
                continue
            if _is_name(name) and not _is_there(name, known, shown):
                found.append(f"{code.where}: `{code.text}` is nowhere.{known.near(name)} {HOW_TO_SAY}")
            if _WORD.fullmatch(name) and name not in source_code().identifiers:
                found.append(f"{code.where}: the program does not know `{name}`")
        for command in (command for command in commands(guide) if command.whole):
            for word in command.words:
                if _is_name(word) and "$" not in word and not _is_there(word, known, ""):
                    found.append(f"{command.where}: {word} is nowhere.{known.near(word)}")
    return found


def _whole_name(code: Code, before: Code | None) -> str:
    """Return the name that is meant: `.srt` right after `folgen/transkript.vtt` means `folgen/transkript.srt`."""
    if before is None or not _SUFFIX.fullmatch(code.text):
        return code.text
    follows = re.match(rf"(?:, )?(?:und |and )?`{re.escape(code.text)}`", before.after)
    return re.sub(r"\.\w+$", code.text, before.text) if follows else code.text


def _is_name(text: str) -> bool:
    """Whether a word in code looks like a file, a folder, the end of such a name, or `Class.attribute`."""
    return bool(_NAME.fullmatch(text)) and ("/" in text or "." in text) and not re.fullmatch(r"[\d.]+|[.…]+", text)


def _is_there(name: str, known: Known, shown: str) -> bool:
    """Whether the name exists. `shown` is the text of the guide's blocks, which contain names that people choose."""
    name = _EPISODE.sub("EPISODE", name)
    if suffix := _SUFFIX.fullmatch(name):
        return suffix[1] in known.suffixes or _is_constant(suffix[1])
    folder, _, last = name.rstrip("/").rpartition("/")
    inside = name.partition("/")[2].rstrip("/")
    looked_for = _is_constant(last) or (Path(last).suffix not in known.suffixes and _is_pattern(last))
    elsewhere = known.has(last) or known.has(f"{last}/")
    return (
        known.has(name)
        or (looked_for and not elsewhere and (not folder or known.has(f"{folder}/")))
        or ("/" in inside and _is_constant(inside))
        or re.search(rf"(?<![\w/.]){re.escape(name)}(?![\w/])", shown) is not None
        or _is_reference(name)
    )


@cache
def _is_constant(text: str) -> bool:
    """Whether the program or the set-up contains exactly this text, such as the name of a file that it looks for."""
    return bool(text) and text in _constants()


def _is_pattern(name: str) -> bool:
    """Whether the program looks for files of this kind: `*.safetensors`."""
    return any(fnmatch(name, text) for text in _constants() if text.startswith("*."))


@cache
def _constants() -> frozenset[str]:
    return source_code().constants("pipeline/", "tools/")


def _is_reference(name: str) -> bool:
    """Whether it names something in a class, a module or a table of our TOML files: `Step.again`, `feed.guid`."""
    reference = re.fullmatch(r"(\w+)\.([a-z_]+)", name)
    return reference is not None and reference[2] in source_code().attributes.get(reference[1], set())


def link_problems(guide: Guide, text: str) -> list[str]:
    """Return the links inside the project without a target, and missing sections that a sentence names („siehe …“)."""
    found = []
    for link in guide.links:
        file, _, anchor = link.target.partition("#")
        path = (PROJECT / guide.name).parent / file if file else PROJECT / guide.name
        if "://" in link.target:
            continue
        if not path.exists():
            found.append(f"{link.where}: {link.target} does not exist")
        elif anchor and anchor not in map(_anchor, read_guide(path.name, path.read_text(encoding="utf-8")).headings):
            found.append(f"{link.where}: {file} has no heading for #{anchor}")
    for said in re.findall(r"(?:siehe|mehr unter) „([^“]+)“", " ".join(text.split())):
        if not any(heading.startswith(said) for heading in guide.headings):
            found.append(f"{guide.name}: no heading begins with „{said}“")
    return found


def _anchor(heading: str) -> str:
    """Return the anchor of a heading as GitHub and GitLab make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
