"""Breaks what is printed at words, in the width of the terminal."""

from __future__ import annotations

import re
import shutil
import textwrap

_NARROWEST = 40
_MARK = re.compile(r"\s*(?:(?:Was tun|Wo|Hinweis|Fehler|Zu klären): |[→!·✓✗=] )?")


def wrapped(text: str, *, indent: int = 0, more: int = 0) -> str:
    """One paragraph in the width of the terminal, of 80 columns where there is none. It is indented by `indent`
    columns, its further lines by `more` in addition. Words, such as paths, stay whole."""
    return textwrap.fill(
        text,
        _width(),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + more),
        break_long_words=False,
        break_on_hyphens=False,
    )


def wrapped_lines(text: str) -> str:
    """Every line of a message in the width of the terminal; what does not fit stands below the line's first word, after
    a mark such as `Was tun:` or `→`."""
    return "\n".join(map(_wrapped_line, text.split("\n")))


def _width() -> int:
    return max(_NARROWEST, shutil.get_terminal_size().columns - 1)  # a full line breaks twice on some terminals


def _wrapped_line(line: str) -> str:
    if len(line) <= _width():
        return line
    mark = _MARK.match(line)
    assert mark is not None
    indent = len(line) - len(line.lstrip())
    return wrapped(line.strip(), indent=indent, more=mark.end() - indent or 2)
