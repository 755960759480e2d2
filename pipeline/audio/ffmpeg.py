"""Encodes blocks of samples into a file, with the ffmpeg that comes with the imageio-ffmpeg wheel."""

from __future__ import annotations

import errno
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import IO, TYPE_CHECKING

import imageio_ffmpeg  # type: ignore[import-untyped]  # it ships no types
import numpy as np

from pipeline.build.files import storage_errors
from pipeline.errors import AudioError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_REASONS = {  # what ffmpeg writes to its stderr → the operating system's error
    "No space left on device": errno.ENOSPC,
    "Disk quota exceeded": errno.EDQUOT,
    "Permission denied": errno.EACCES,
    "Read-only file system": errno.EROFS,
}
_REPRODUCIBLE = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]  # no version, no date


@cache
def executable() -> str:
    """The wheel's ffmpeg, or the system's if no wheel contains one. Raises MissingFileError if there is neither."""
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MissingFileError(
            "Es ist kein ffmpeg da.",
            where="imageio-ffmpeg",
            advice="Die Einrichtung wiederholen (`make setup`); gibt es für diesen Rechner kein fertiges ffmpeg, "
            "eines von ffmpeg.org installieren.",
        ) from error


def encode_stream(
    blocks: Iterable[NDArray[np.float32] | NDArray[np.int32]],
    path: Path,
    *,
    sample_rate_hz: int,
    channels: int,
    options: Sequence[str],
) -> None:
    """Write blocks of shape (samples, channels), float32 or int32, to `path`, encoded as `options` say.

    The bytes depend only on the samples, the options and ffmpeg's version. Raises StorageError if the disk is full or
    the folder is not writable, AudioError if ffmpeg fails otherwise, and whatever producing the blocks raises; the file
    at `path` is then unusable.
    """
    with storage_errors(path), tempfile.TemporaryFile() as complaints:
        blocks = iter(blocks)
        first = next(blocks)
        command = [
            *[executable(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"],
            *["-f", "f32le" if first.dtype.kind == "f" else "s32le", "-ar", str(sample_rate_hz)],
            *["-ch_layout", "mono" if channels == 1 else "stereo", "-i", "pipe:0"],
            *[*_REPRODUCIBLE, *options, str(path)],
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaints) as process:
            assert process.stdin is not None  # requested above
            fed = False
            try:
                _feed(process.stdin, first, blocks)
                fed = True
            finally:
                if not fed:  # after any failure, even Ctrl-C, nothing may go on writing to `path`
                    process.kill()
        if process.returncode:
            complaints.seek(0)
            raise _failure(complaints.read().decode("utf-8", errors="replace"), path)


def _feed(
    pipe: IO[bytes],
    first: NDArray[np.float32] | NDArray[np.int32],
    blocks: Iterable[NDArray[np.float32] | NDArray[np.int32]],
) -> None:
    try:
        for block in chain((first,), blocks):
            pipe.write(np.ascontiguousarray(block).data)
        pipe.close()
    except BrokenPipeError:  # ffmpeg ended before its input did; its exit status and stderr say why
        with suppress(BrokenPipeError):
            pipe.close()


def _failure(stderr: str, path: Path) -> Exception:
    for text, number in _REASONS.items():
        if text in stderr:
            return OSError(number, text, str(path))  # `storage_errors` turns it into a StorageError
    lines = stderr.strip().splitlines() or ["ohne Begründung"]
    return AudioError(
        f"Das Kodieren ist fehlgeschlagen (ffmpeg: {lines[-1]}).",
        where=path,
        advice="Den Befehl wiederholen; bleibt es dabei, mit `make setup` das mitgelieferte ffmpeg neu einrichten.",
    )
