"""Reads the passages of show notes that editors marked as another language: `[en: public money]` → `<span lang="en">`.

Markdown would take some for links or for the name of one. So before it reads the text, signs that no text contains
stand in place of the marks; what it did not read as a passage becomes the mark again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from markdown.inlinepatterns import InlineProcessor

from pipeline.values.languages import MARK, language_of, passage_at, why_unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown import Markdown

_OPEN, _SAYS, _CLOSE = "\x0e", "\x0f", "\x10"  # `legal` removed them from what people wrote
_SIGN = re.compile(f"{_OPEN}([^{_OPEN}-{_CLOSE}]*){_SAYS}|{_CLOSE}")
_BLANK_LINES = re.compile(r"(\n[ \t]*\n)")
_SPAN = re.compile(r"</?span\b[^>]*>")
_QUOTED = 30  # characters of a mark that cannot be read


def with_signs(markdown_text: str) -> str:
    """`markdown_text` with signs around every passage; `[en: title](address)` becomes a link whose text is one."""
    return "".join(map(_signed, _BLANK_LINES.split(markdown_text)))


def read_foreign(converter: Markdown) -> None:
    """Let the converter read passages between signs."""
    converter.inlinePatterns.register(_Passage(_Passage.PATTERN, converter), "foreign", 175)


def as_written(html: str) -> str:
    """`html` with the marks back in place of the signs that are left, in code for example."""
    return _SIGN.sub(lambda sign: "]" if sign[0] == _CLOSE else f"[{sign[1]}: ", html)


def without_languages(html: str) -> str:
    """Our own sanitised `html` without what says which language a passage has."""
    return _SPAN.sub("", html)


def unread_marks(markdown_text: str) -> Iterator[tuple[int, str]]:
    """The marks that are not read: line number, and why, in German."""
    line = 1
    for part in _BLANK_LINES.split(markdown_text):
        for mark in MARK.finditer(part):
            if passage_at(part, mark.start()) is None:
                quoted = " ".join(part[mark.start() : mark.start() + _QUOTED].split())
                why = why_unread(part, mark.start())
                yield line + part.count("\n", 0, mark.start()), f"„{quoted} …“: {why}"
        line += part.count("\n")


def _signed(paragraph: str) -> str:
    parts: list[str] = []
    done = 0
    for mark in MARK.finditer(paragraph):
        found = passage_at(paragraph, mark.start())
        if found is None:
            continue
        passage = f"{_OPEN}{language_of(found['tag'])}{_SAYS}{found['said'].rstrip()}{_CLOSE}"
        is_link = paragraph[found.end() : found.end() + 1] in {"(", "["}
        parts += [paragraph[done : mark.start()], f"[{passage}]" if is_link else passage]
        done = found.end()
    return "".join(parts) + paragraph[done:]


# The stubs check handleMatch against Pattern, the old interface; InlineProcessor takes `data` and returns a triple.
class _Passage(InlineProcessor):
    PATTERN = f"{_OPEN}([^{_OPEN}-{_CLOSE}]+){_SAYS}([^{_OPEN}-{_CLOSE}]*){_CLOSE}"

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        passage = Element("span", lang=m[1])
        passage.text = m[2]
        return passage, m.start(), m.end()
