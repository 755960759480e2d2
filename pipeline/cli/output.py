"""Standard output and errors of a command: UTF-8 on every machine, and no reason to stop in the middle of the work."""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_NEAREST = "podcast-nearest"
_PLAIN = dict(zip("✓✗→←≈−–…„“”", ("+", "x", "->", "<-", "~", "-", "-", "...", '"', '"', '"'), strict=True))
_PLAIN |= {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
"""For encodings without these signs: cp1252 and cp850 have the umlauts, ASCII has none."""


class _Lossy(io.RawIOBase):
    """Passes on what is printed. If there is no room for it (a log on a full disk), it is dropped and `lost` is set. A
    reader that went away raises BrokenPipeError as usual."""

    def __init__(self, raw: io.RawIOBase, stream: TextIO) -> None:
        self._raw = raw
        self._stream = stream  # its end would close `raw`
        self.lost = False

    def write(self, data: ReadableBuffer, /) -> int | None:
        try:
            return self._raw.write(data)
        except BrokenPipeError:
            raise
        except OSError:
            self.lost = True
            return memoryview(data).nbytes

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw.isatty()

    def fileno(self) -> int:
        return self._raw.fileno()


class Output:
    """The process's streams, made safe when it is created."""

    def __init__(self) -> None:
        self._lossy: list[_Lossy] = []
        _open_closed()
        sys.stdout = self._safe(sys.stdout, 1)
        sys.stderr = self._safe(sys.stderr, 2)

    def end(self) -> bool:
        """Flush both streams; returns whether everything arrived."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(BrokenPipeError):
                stream.flush()
        return not any(lossy.lost for lossy in self._lossy)

    def _safe(self, stream: TextIO | None, number: int) -> TextIO:
        if stream is None:  # it was closed when the process began
            return open(number, "w", encoding="utf-8", closefd=False)
        buffer = getattr(stream, "buffer", None)
        raw = getattr(buffer, "raw", buffer)  # without PYTHONUNBUFFERED there is a buffer between
        if not isinstance(raw, io.RawIOBase) or not isinstance(
            stream, io.TextIOWrapper
        ):  # somebody else's stream, such as a test's
            return stream
        stream.flush()
        lossy = _Lossy(raw, stream)
        self._lossy.append(lossy)
        # The terminal's own encoding may be an older one (Windows, LANG=C), without `✓` and umlauts. It counts only if
        # somebody asked for it.
        return io.TextIOWrapper(
            io.BufferedWriter(lossy),
            encoding=stream.encoding if os.environ.get("PYTHONIOENCODING") else "utf-8",
            errors=_NEAREST,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """What is printed for signs that the encoding does not have."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


codecs.register_error(_NEAREST, _nearest)


def _open_closed() -> None:
    """Open the standard streams that were closed: the next file to be opened would get their number, and would receive
    what a program that we start prints."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
