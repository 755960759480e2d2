"""README.md and docs/*.md as their readers see them: blocks, words in code, links and headings, each with its line."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
GUIDES = tuple(
    path.relative_to(PROJECT).as_posix()
    for pattern in ("README.md", "CONTRIBUTING.md", "docs/*.md", "transcripts/*.md")
    for path in sorted(PROJECT.glob(pattern))
)

_FENCE = re.compile(r" *```(\w*)$")
_HEADING = re.compile(r"(#+) +(.*)")
_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of code. `language` is what the fence says, `indented` without a fence; `before` is the paragraph right
    above, "" if that is a heading or another block."""

    where: str  # as in `docs/server.md:12`, the first line of the text
    section: str
    language: str
    text: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One or more words in code inside a paragraph, with single spaces. `after` is the text that follows."""

    where: str
    section: str
    text: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    where: str
    target: str


@dataclass(frozen=True, slots=True)
class Guide:
    name: str
    blocks: tuple[Block, ...]
    codes: tuple[Code, ...]
    links: tuple[Link, ...]
    headings: tuple[str, ...]

    def languages(self, section: str) -> set[str]:
        """The languages of the blocks under a heading."""
        return {block.language for block in self.blocks if block.section == section}


def guide(name: str) -> Guide:
    return read_guide(name, (PROJECT / name).read_text(encoding="utf-8"))


def guides() -> tuple[Guide, ...]:
    return tuple(map(guide, GUIDES))


def read_guide(name: str, text: str) -> Guide:
    """Read the Markdown that our guides use: fences, indented blocks after an empty line, headings."""
    reader = _Reader(name)
    for number, line in enumerate(text.splitlines(), start=1):
        reader.take(number, line)
    reader.take(0, "")
    return Guide(name, tuple(reader.blocks), tuple(reader.codes), tuple(reader.links), tuple(reader.headings))


class _Reader:
    """The parts read so far, and the paragraph or block that is being read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocks: list[Block] = []
        self.codes: list[Code] = []
        self.links: list[Link] = []
        self.headings: list[str] = []
        self._lines: list[str] = []
        self._start = 0
        self._language = ""  # of the block that is being read
        self._before = ""

    def take(self, number: int, line: str) -> None:
        fence = _FENCE.match(line)
        if self._language and self._language != "indented":
            if fence:
                self._end_block()
            else:
                self._lines.append(line)
        elif self._language == "indented" and (line.startswith("    ") or (not line.strip() and number)):
            self._lines.append(line)
        elif fence or (line.startswith("    ") and not self._lines):
            self._end()
            self._start = number + 1 if fence else number
            self._language = (fence[1] or "none") if fence else "indented"
            self._lines = [] if fence else [line]
        else:
            self._take_text(number, line)

    def _take_text(self, number: int, line: str) -> None:
        heading = _HEADING.match(line)
        if self._language or heading or not line.strip():
            self._end()
        if heading:
            self.headings.append(heading[2])
            self._before = ""
        elif line.strip():
            self._start = self._start if self._lines else number
            self._lines.append(line)

    def _end(self) -> None:
        if self._language:
            self._end_block()
        elif self._lines:
            self._end_paragraph()

    def _end_block(self) -> None:
        text = textwrap.dedent("\n".join(self._lines)).strip("\n") + "\n"
        where = f"{self.name}:{self._start}"
        self.blocks.append(
            Block(where=where, section=self._section, language=self._language, text=text, before=self._before)
        )
        self._lines, self._language, self._before = [], "", ""

    def _end_paragraph(self) -> None:
        text = "\n".join(self._lines)
        for found in _CODE.finditer(text):
            self.codes.append(
                Code(
                    where=self._place(text, found.start()),
                    section=self._section,
                    text=" ".join(found[1].split()),
                    after=" ".join(text[found.end() :].split()),
                )
            )
        self.links += [Link(where=self._place(text, link.start()), target=link[1]) for link in _LINK.finditer(text)]
        self._lines, self._before = [], text

    def _place(self, text: str, start: int) -> str:
        return f"{self.name}:{self._start + text.count(chr(10), 0, start)}"

    @property
    def _section(self) -> str:
        return self.headings[-1] if self.headings else ""
