"""Adds a Whisper model that somebody has: copies OpenAI's own checkpoints to the cache, and all others to the show's
`models/`.

A model that is incomplete, knows no German or belongs to another program is refused in one sentence; a copy appears
whole or not at all.
"""

from __future__ import annotations

import errno
import shutil
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import move_all_into_place, move_into_place, sha256_of, storage_errors
from pipeline.errors import MissingFileError, ModelError
from pipeline.speech.download import is_proven, staging
from pipeline.speech.model_check import (
    CT2_WEIGHTS,
    check_checkpoint,
    check_ct2,
    hugging_face_folder,
    is_hugging_face,
    refused,
)
from pipeline.speech.models import ENGLISH, find_model, official_urls, official_with
from pipeline.values.progress import Listener, Notice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.speech.model_check import Ct2Model

FOLDER = "models"  # in the show's folder; git ignores it

_UNREADABLE = {errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOENT}  # a removed stick, a lost share
_ACCOMPANYING = ("LICENSE*", "LICENCE*", "README*")  # files that say where weights come from are copied with them


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedModel:
    """`name` is the value for `model` in show.toml; `path` is where the model is. `official`: whether it is OpenAI's
    own."""

    name: str
    path: Path
    official: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """A model in the show's `models/`, by its `name` for show.toml."""

    name: str
    kind: str
    size_bytes: int


def add_model(source: Path, root: Path, listener: Listener) -> AddedModel:
    """Copy the checkpoint (.pt) or CTranslate2 folder at `source` to its place; `root` is the show's folder.

    Raises MissingFileError, ModelError if it is not a usable model, and StorageError.
    """
    if not source.exists():
        raise MissingFileError(
            "Hier liegt weder eine Datei noch ein Ordner.",
            where=source,
            advice="Den Pfad prüfen: gesucht wird eine .pt-Datei oder ein Ordner mit einem Modell für CTranslate2.",
        )
    with _refused_if_unreadable(source):
        if not source.is_dir():
            return _add_checkpoint(source, source.stem, root, listener)
        checkpoints = sorted(source.glob("*.pt"))
        if len(checkpoints) == 1:
            return _add_checkpoint(checkpoints[0], source.resolve().name, root, listener)
        if (source / CT2_WEIGHTS).is_file():
            return _add_ct2(source, root, listener)
        raise _no_model_in(source, len(checkpoints))


def own_models(root: Path) -> list[OwnModel]:
    """The models in the show's `models/`, sorted by name; folders without one are skipped."""
    found = []
    for folder in sorted((root / FOLDER).glob("[!.]*/")):
        checkpoints = list(folder.glob("*.pt"))
        ct2 = folder / CT2_WEIGHTS
        weights = checkpoints[0] if len(checkpoints) == 1 else ct2
        if weights.is_file():
            kind = "für faster-whisper umgewandelt" if weights == ct2 else "Checkpoint von openai-whisper"
            name = f"{FOLDER}/{folder.name}"
            found.append(OwnModel(name=name, kind=kind, size_bytes=weights.stat().st_size))
    return found


# --- checkpoints ------------------------------------------------------------------------------------------------------


def _add_checkpoint(file: Path, name: str, root: Path, listener: Listener) -> AddedModel:
    official = official_with(sha256_of(file))
    if official.endswith(ENGLISH):
        raise refused(file, f"ist OpenAIs „{official}“ und versteht nur Englisch", f"„{official[:-3]}“ nehmen.")
    if official:
        return _add_official(file, official, listener)
    check_checkpoint(file, known_as=_claimed_name(file))
    if claimed := _claimed_name(file):
        listener(
            Notice(
                text=f"{file.name} ist nicht OpenAIs „{claimed}“: die Prüfsumme ist eine andere. Es gilt als eigenes."
            )
        )
    return _put([file], root / FOLDER / _folder_name(name), weights=file.name, listener=listener)


def _claimed_name(file: Path) -> str:
    """The official model that the file is named after, "" if none."""
    return file.stem if file.stem in official_urls() else ""


def _add_official(file: Path, name: str, listener: Listener) -> AddedModel:
    """Copy OpenAI's checkpoint to where openai-whisper keeps it; a damaged one there is replaced."""
    model = find_model(name, file.parent)
    if model.path.is_file() and is_proven(model):
        listener(Notice(text=f"„{name}“ liegt schon hier."))
    else:
        with staging(model, listener) as folder, storage_errors(model.path):
            staged = folder / model.path.name
            shutil.copyfile(file, staged)
            if sha256_of(staged) != model.sha256:
                raise refused(file, "kam beim Kopieren nicht heil an", "Den Datenträger prüfen und wiederholen.")
            move_into_place(staged, model.path)
    return AddedModel(name=name, path=model.path, official=True)


# --- models for CTranslate2 -------------------------------------------------------------------------------------------


def _add_ct2(folder: Path, root: Path, listener: Listener) -> AddedModel:
    model = check_ct2(folder)
    files = [file for file in (folder / name for name in model.files) if file.is_file()]
    files += [file for pattern in _ACCOMPANYING for file in sorted(folder.glob(pattern)) if file.is_file()]
    return _put(
        files,
        root / FOLDER / _folder_name(folder.resolve().name),
        weights=CT2_WEIGHTS,
        listener=listener,
        completed=model,
    )


# --- copying ----------------------------------------------------------------------------------------------------------


def _put(
    files: list[Path], target: Path, *, weights: str, listener: Listener, completed: Ct2Model | None = None
) -> AddedModel:
    """Copy the files into the folder `target`, which appears whole. If it already has the same weights, only the other
    files are copied."""
    added = AddedModel(name=f"{FOLDER}/{target.name}", path=target, official=False)
    (source,) = (file for file in files if file.name == weights)
    if target.exists():
        there = target / weights
        if not there.is_file() or sha256_of(there) != sha256_of(source):
            raise ModelError(
                f"„{added.name}“ gibt es schon, mit anderem Inhalt.",
                where=target,
                advice="Diesen Ordner umbenennen oder löschen, oder das neue Modell vorher anders nennen.",
            )
        listener(Notice(text=f"Diese Gewichte liegen schon in „{added.name}“."))
        files = [file for file in files if file.name != weights]
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = target.with_name(f".{target.name}.neu")
        shutil.rmtree(staged, ignore_errors=True)  # left by a killed run
        try:
            staged.mkdir()
            for file in files:
                shutil.copyfile(file, staged / file.name)
            if completed is not None:
                for text in completed.complete(staged):
                    listener(Notice(text=text))
            if target.exists():
                move_all_into_place({target / file.name: file for file in sorted(staged.iterdir())})
            else:
                # on disk before the folder gets its name
                move_all_into_place({file: file for file in sorted(staged.iterdir())})
                system.move_folder(staged, target)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return added


def _folder_name(name: str) -> str:
    """The name without characters that a shell, a file system or TOML would interpret."""
    letters = unicodedata.normalize("NFC", name)
    kept = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in letters).strip("-.")
    return kept or "modell"


# --- what cannot be taken ---------------------------------------------------------------------------------------------


@contextmanager
def _refused_if_unreadable(source: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _UNREADABLE:
            raise
        raise refused(
            source, "ließ sich nicht ganz lesen", "Den Datenträger prüfen und den Befehl wiederholen."
        ) from error


def _no_model_in(folder: Path, checkpoints: int) -> ModelError:
    if checkpoints:
        return refused(folder, f"enthält {checkpoints} .pt-Dateien", "Die eine nennen, die gemeint ist.")
    if is_hugging_face(folder):
        return hugging_face_folder(folder)
    return refused(
        folder,
        "enthält kein Whisper-Modell",
        "Gesucht wird eine .pt-Datei von openai-whisper oder model.bin mit config.json (CTranslate2).",
    )
