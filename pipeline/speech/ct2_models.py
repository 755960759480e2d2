"""Where the CTranslate2 conversion of a Whisper model lies: made once, and kept beside Whisper's downloads."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import read_text, sha256_of, storage_errors, write_text
from pipeline.errors import ModelError
from pipeline.speech.models import (
    alignment_heads,
    cache_folder,
    checkpoint_sha256,
    no_checkpoint,
    read_checkpoint,
)
from pipeline.speech.tokens import TOKENIZER, is_whispers
from pipeline.values.progress import Listener, Notice

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.speech.whisper_model import WhisperModel

_REVISION = 2  # raised when the conversion writes something else
_WHOLE = "sha256.txt"  # the checksum of model.bin, written last


def is_converted(model: WhisperModel) -> bool:
    """Whether `converted` has nothing left to do; looks at file names only."""
    return model.path.is_dir() or (bool(model.sha256) and (_folder(model.sha256) / _WHOLE).is_file())


def converted(model: WhisperModel, listener: Listener) -> Path:
    """The folder with the model for CTranslate2; its checkpoint is fetched and converted on first use.

    A damaged folder is converted again. Raises ModelError, StorageError.
    """
    if model.path.is_dir():
        _check_tokens(model.path)
        return model.path
    folder = _folder(checkpoint_sha256(model))
    if _is_whole(folder):
        return folder
    if folder.exists():
        listener(Notice(text=f"Das umgewandelte Modell in {folder} ist beschädigt; es wird neu gemacht."))
    elif not model.demo:
        listener(Notice(text=f"„{model.name}“ wird einmalig für diesen Rechner umgewandelt."))
    return _convert(model, folder, listener)


def _folder(sha256: str) -> Path:
    return cache_folder() / "ctranslate2" / f"{sha256[:16]}-{_REVISION}"


def _convert(model: WhisperModel, folder: Path, listener: Listener) -> Path:
    import tempfile
    from pathlib import Path

    from pipeline.speech.conversion import convert

    checkpoint = read_checkpoint(model, listener)
    heads = alignment_heads(model, checkpoint["dims"])
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unvollständig-") as temporary:
            made = Path(temporary) / "model"
            made.mkdir()
            try:
                convert(checkpoint, made, alignment_heads=heads)
            except (KeyError, AttributeError, ValueError, TypeError) as error:
                raise no_checkpoint(model) from error
            write_text(made / _WHOLE, sha256_of(made / "model.bin") + "\n")
            if folder.exists() and not _is_whole(folder):
                shutil.rmtree(folder)
            if not folder.exists():  # else another run was faster
                system.move_folder(made, folder)
    return folder


def _is_whole(folder: Path) -> bool:
    """Whether the folder is a complete and undamaged conversion."""
    try:
        unharmed = read_text(folder / _WHOLE).strip() == sha256_of(folder / "model.bin")
        return unharmed and (folder / TOKENIZER).is_file()
    except (OSError, ValueError):
        return False


def _check_tokens(folder: Path) -> None:
    """Raise ModelError if a user's own folder is incomplete or its tokenizer differs from Whisper's: the cause of its
    wrong words would not be visible."""
    from pipeline.speech.model_check import check_ct2

    if not is_whispers(folder / TOKENIZER, check_ct2(folder).n_vocab):
        fault = "weicht von openai-whispers ab" if (folder / TOKENIZER).is_file() else "fehlt"
        raise ModelError(
            f"Im Modellordner „{folder.name}“: {TOKENIZER} {fault}.",
            where=folder,
            advice=f"Einmal `make model-add FILE={folder}`: dabei bekommt das Modell den richtigen.",
        )
