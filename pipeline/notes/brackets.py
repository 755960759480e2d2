"""Reads the links of Markdown in time that grows with the text only, however many brackets stay open in it.

Python's Markdown 3.11 searches from every `[` to the end of the paragraph, and from every `](` too: 5,000 of them take
seconds. Here a link's text has at most ten brackets open at once, and its address has a longest length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown.inlinepatterns import (
    LINK_RE,
    REFERENCE_RE,
    LinkInlineProcessor,
    ReferenceInlineProcessor,
    ShortReferenceInlineProcessor,
)

if TYPE_CHECKING:
    from markdown import Markdown

_OPEN_AT_ONCE = 10
_LONGEST_ADDRESS = 4000  # with its title; servers refuse longer ones


def bound_links(converter: Markdown) -> None:
    """Replace the readers of `[text](address)`, `[text][name]` and `[name]` by bounded ones; links stay the same."""
    patterns = converter.inlinePatterns
    patterns.register(_Reference(REFERENCE_RE, converter), "reference", 170)
    patterns.register(_Link(LINK_RE, converter), "link", 160)
    patterns.register(_ShortReference(REFERENCE_RE, converter), "short_reference", 130)


class _Link(LinkInlineProcessor):
    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802  Markdown's name
        return _bracketed(data, index)

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802  Markdown's name
        end = index + _LONGEST_ADDRESS
        if not data.startswith("(", index) or data.find(")", index, end) < 0:
            return "", None, index, False
        return super().getLink(data[:end] if end < len(data) else data, index)


class _Reference(ReferenceInlineProcessor):
    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802  Markdown's name
        return _bracketed(data, index)


class _ShortReference(ShortReferenceInlineProcessor):
    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802  Markdown's name
        return _bracketed(data, index)


def _bracketed(data: str, index: int) -> tuple[str, int, bool]:
    """What is between the bracket before `index` and the one that closes it; where it ends; and whether it does."""
    depth = 1
    for place in range(index, len(data)):
        sign = data[place]
        if sign == "]":
            depth -= 1
        elif sign == "[":
            depth += 1
        if depth == 0:
            return data[index:place], place + 1, True
        if depth > _OPEN_AT_ONCE:
            break
    return "", index, False
