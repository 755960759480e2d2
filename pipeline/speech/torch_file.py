"""Writes a Whisper checkpoint byte for byte as OpenAI saved it: with the pickle and the zip of PyTorch in 2022.

Today's `torch.save` writes other bytes for the same weights, and only the same bytes have the checksum in
openai-whisper's source. Memory: one piece of one tensor at a time.
"""

from __future__ import annotations

import pickle
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_FOLDER = "archive/"
_ALIGNMENT = 64  # every record begins at a multiple of this, so that it can be mapped into memory
_FLAGS = 0x0808  # names in UTF-8; sizes and checksum follow the data
_LOCAL, _DESCRIPTOR, _CENTRAL = 0x04034B50, 0x08074B50, 0x02014B50
_ZIP64_END, _ZIP64_LOCATOR, _END = 0x06064B50, 0x07064B50, 0x06054B50


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfTensor:
    """A tensor in half precision. `pieces` returns the bytes of its storage, which `strides` (in elements) reads as
    `shape`."""

    name: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    pieces: Callable[[], Iterable[bytes]]

    @property
    def elements(self) -> int:
        count = 1
        for length in self.shape:
            count *= length
        return count


def write_checkpoint(file: BinaryIO, dims: Mapping[str, int], tensors: Sequence[HalfTensor]) -> None:
    """Write {"dims": …, "model_state_dict": …} into the empty `file`."""
    archive = _Archive(file)
    archive.add("data.pkl", [_pickled(dims, tensors)])
    for name, tensor in sorted((f"data/{number}", tensor) for number, tensor in enumerate(tensors)):
        archive.add(name, tensor.pieces())
    archive.add("version", [b"3\n"])
    archive.finish()


# --- the pickle -------------------------------------------------------------------------------------------------------


def _pickled(dims: Mapping[str, int], tensors: Sequence[HalfTensor]) -> bytes:
    """The pickle that `torch.save` writes, protocol 2; made by hand, because Python's pickler would import torch for
    its names."""
    out = _Pickle()
    out.begin_dict()
    out.text("dims")
    out.begin_dict()
    for name, value in dims.items():
        out.text(name)
        out.number(value)
    out.raw(pickle.SETITEMS)
    out.text("model_state_dict")
    out.begin_dict()
    for number, tensor in enumerate(tensors):
        out.text(tensor.name)
        out.tensor(number, tensor)
    out.raw(pickle.SETITEMS + pickle.SETITEMS + pickle.STOP)
    return bytes(out.content)


class _Pickle:
    """Writes opcodes in the order and with the memo of Python's own pickler."""

    def __init__(self) -> None:
        self.content = bytearray(pickle.PROTO + b"\x02")
        self._memo: dict[bytes, int] = {}
        self._remembered = 0

    def raw(self, opcodes: bytes) -> None:
        self.content += opcodes

    def begin_dict(self) -> None:
        self._new(pickle.EMPTY_DICT)
        self.raw(pickle.MARK)

    def text(self, text: str) -> None:
        self._new(_unicode(text))

    def number(self, value: int) -> None:
        if value < 2**8:
            self.raw(pickle.BININT1 + struct.pack("<B", value))
        elif value < 2**16:
            self.raw(pickle.BININT2 + struct.pack("<H", value))
        else:
            self.raw(pickle.BININT + struct.pack("<i", value))

    def tensor(self, number: int, tensor: HalfTensor) -> None:
        self._again(pickle.GLOBAL + b"torch._utils\n_rebuild_tensor_v2\n")
        self.raw(pickle.MARK + pickle.MARK)
        self._again(_unicode("storage"))
        self._again(pickle.GLOBAL + b"torch\nHalfStorage\n")
        self.text(str(number))
        self._again(_unicode("cpu"))
        self.number(tensor.elements)
        self._new(pickle.TUPLE)
        self.raw(pickle.BINPERSID)
        self.number(0)  # where in its storage the tensor begins
        self._numbers(tensor.shape)
        self._numbers(tensor.strides)
        self.raw(pickle.NEWFALSE)  # needs no gradient
        self._again(pickle.GLOBAL + b"collections\nOrderedDict\n")  # of hooks, empty
        self.raw(pickle.EMPTY_TUPLE)
        self._new(pickle.REDUCE)
        self._new(pickle.TUPLE)
        self._new(pickle.REDUCE)

    def _numbers(self, values: Sequence[int]) -> None:
        for value in values:
            self.number(value)
        self._new({1: pickle.TUPLE1, 2: pickle.TUPLE2, 3: pickle.TUPLE3}[len(values)])

    def _new(self, opcodes: bytes) -> None:
        """Write an object that the pickler remembers, although nothing refers to it later."""
        self.raw(opcodes)
        at = self._remembered
        self.raw(pickle.BINPUT + struct.pack("<B", at) if at < 2**8 else pickle.LONG_BINPUT + struct.pack("<I", at))
        self._remembered += 1

    def _again(self, opcodes: bytes) -> None:
        """Write an object that occurs in every tensor: whole the first time, then by its number."""
        if opcodes in self._memo:
            self.raw(pickle.BINGET + struct.pack("<B", self._memo[opcodes]))
            return
        self._memo[opcodes] = self._remembered
        self._new(opcodes)


def _unicode(text: str) -> bytes:
    encoded = text.encode()
    return pickle.BINUNICODE + struct.pack("<I", len(encoded)) + encoded


# --- the zip ----------------------------------------------------------------------------------------------------------


class _Archive:
    """A zip as PyTorch's own writer makes it: stored, aligned, and ended by zip64 records however small it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self._directory = bytearray()
        self._records = 0

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        full, began = (_FOLDER + name).encode(), self._at
        padding = -(began + 34 + len(full)) % _ALIGNMENT
        extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
        self._write(struct.pack("<IHHHHHIIIHH", _LOCAL, 0, _FLAGS, 0, 0, 0, 0, 0, 0, len(full), len(extra)))
        self._write(full + extra)
        crc = size_bytes = 0
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            size_bytes += len(piece)
            self._write(piece)
        self._write(struct.pack("<IIII", _DESCRIPTOR, crc, size_bytes, size_bytes))
        entry = (_CENTRAL, 0, 0, _FLAGS, 0, 0, 0, crc, size_bytes, size_bytes, len(full), 0, 0, 0, 0, 0, began)
        self._directory += struct.pack("<IHHHHHHIIIHHHHHII", *entry) + full
        self._records += 1

    def finish(self) -> None:
        start, size_bytes, records = self._at, len(self._directory), self._records
        self._write(bytes(self._directory))
        end = self._at
        self._write(struct.pack("<IQHHIIQQQQ", _ZIP64_END, 44, 0x031E, 45, 0, 0, records, records, size_bytes, start))
        self._write(struct.pack("<IIQI", _ZIP64_LOCATOR, 0, end, 1))
        self._write(struct.pack("<IHHHHIIH", _END, 0, 0, records, records, size_bytes, start, 0))

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._at += len(content)
