"""Reads model.bin, the file of a CTranslate2 model: which arrays it contains and where, without loading them.

The layout is that of ctranslate2.specs.model_spec.ModelSpec._serialize (CTranslate2 4.8, binary version 6).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FLOAT16 = 4  # CTranslate2's number for elements of half precision

_OLDEST_VERSION = 4  # before it an array stored the number of its elements, but not their type
_PIECE_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArray:
    """An array in the file `path`, from the byte `offset` on; `kind` is CTranslate2's number for its elements."""

    path: Path
    offset: int
    size_bytes: int
    shape: tuple[int, ...]
    kind: int

    def pieces(self) -> Iterator[bytes]:
        """Its bytes in order, at most a megabyte at a time."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            left = self.size_bytes
            while left:
                piece = file.read(min(left, _PIECE_BYTES))
                if not piece:
                    raise ValueError(f"{self.path.name} has become shorter")
                left -= len(piece)
                yield piece

    def read(self) -> NDArray[np.float16]:
        """The whole array, which must be in half precision."""
        import numpy as np

        assert self.kind == FLOAT16
        return np.frombuffer(b"".join(self.pieces()), "<f2").reshape(self.shape)

    def split(self, parts: int) -> list[StoredArray]:
        """The array cut into `parts` with equally many rows."""
        rows, size_bytes = self.shape[0] // parts, self.size_bytes // parts
        return [
            replace(self, offset=self.offset + at * size_bytes, size_bytes=size_bytes, shape=(rows, *self.shape[1:]))
            for at in range(parts)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ct2File:
    """The contents of a model.bin. `kind` is the name of its specification, "WhisperSpec" for Whisper."""

    kind: str
    arrays: Mapping[str, StoredArray]

    def integer(self, name: str) -> int:
        """A 16-bit number that the file contains beside the weights."""
        return int(struct.unpack("<h", b"".join(self.arrays[name].pieces()))[0])


def read_ct2(path: Path) -> Ct2File:
    """The contents of the file at `path`. Raises ValueError if it is not a CTranslate2 file or not complete."""
    with path.open("rb") as file:
        reader = _Reader(file, size_bytes=path.stat().st_size)
        try:
            version = reader.number("<I")
            if not _OLDEST_VERSION <= version < 100:
                raise ValueError("no file of CTranslate2")
            kind = reader.text()
            reader.number("<I")  # the revision of that specification
            arrays = dict(_array(reader, path) for _ in range(reader.number("<I")))
            aliases = [(reader.text(), reader.text()) for _ in range(reader.number("<I"))]
        except (struct.error, UnicodeDecodeError) as error:
            raise ValueError("not whole") from error
        if not reader.at_end:
            raise ValueError("something follows behind its end")
    return Ct2File(kind=kind, arrays=arrays | {alias: arrays[name] for alias, name in aliases if name in arrays})


def _array(reader: _Reader, path: Path) -> tuple[str, StoredArray]:
    name = reader.text()
    shape = tuple(reader.number("<I") for _ in range(reader.number("<B")))
    kind, size_bytes = reader.number("<B"), reader.number("<I")
    return name, StoredArray(path=path, offset=reader.skip(size_bytes), size_bytes=size_bytes, shape=shape, kind=kind)


class _Reader:
    """Reads what CTranslate2 wrote, in order; raises struct.error if the file ends too early."""

    def __init__(self, file: BinaryIO, *, size_bytes: int) -> None:
        self._file, self._size_bytes = file, size_bytes

    def number(self, code: str) -> int:
        value: tuple[Any, ...] = struct.unpack(code, self._file.read(struct.calcsize(code)))
        return int(value[0])

    def text(self) -> str:
        length = self.number("<H")
        (value,) = struct.unpack(f"{length}s", self._file.read(length))
        return bytes(value).removesuffix(b"\0").decode()

    def skip(self, size_bytes: int) -> int:
        """Skip that many bytes, and return where they begin."""
        offset = self._file.tell()
        if offset + size_bytes > self._size_bytes:
            raise struct.error("beyond the end")
        self._file.seek(size_bytes, 1)
        return offset

    @property
    def at_end(self) -> bool:
        return self._file.tell() == self._size_bytes
