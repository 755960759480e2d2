"""Checks whether a file or a folder is a Whisper model that can be used here, and if not, what it is instead.

Hardly any of the weights are loaded. The errors say what is wrong, and how to get what is right.
"""

from __future__ import annotations

import json
import pickle
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError
from pipeline.speech.ct2_file import read_ct2
from pipeline.speech.tokens import MULTILINGUAL, TOKENIZER, is_vocabulary, is_whispers, write_tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CT2_WEIGHTS = "model.bin"

_CT2_CONFIG = "config.json"
_CT2_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_HUGGING_FACE = ("*.safetensors", "*.safetensors.index.json", "pytorch_model*.bin")
_GET_IT = "Die Datei neu beschaffen: eine .pt-Datei von openai-whisper oder ein Ordner für CTranslate2."
_HEAD_BYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Ct2Model:
    """A folder with a Whisper model for CTranslate2, and which of its files are needed."""

    folder: Path
    n_vocab: int
    n_mels: int

    @property
    def files(self) -> tuple[str, ...]:
        from pipeline.speech.conversion import FEATURES

        return (CT2_WEIGHTS, _CT2_CONFIG, *_CT2_VOCABULARIES, TOKENIZER, FEATURES)

    def complete(self, copy: Path) -> list[str]:
        """Add to a copy of the folder what it lacks: openai-whisper's tokenizer, unless it has an equal one, and the
        number of mels. Returns German notices."""
        from pipeline.speech.conversion import FEATURES, write_features

        notices = []
        if not is_whispers(copy / TOKENIZER, self.n_vocab):
            was = "weicht von openai-whispers ab" if (copy / TOKENIZER).exists() else "fehlte"
            write_tokenizer(self.n_vocab, copy)
            notices.append(f"{TOKENIZER} {was}; openai-whispers eigener liegt jetzt dabei.")
        if not (copy / FEATURES).exists():
            write_features(self.n_mels, copy)
        return notices


def refused(what: Path, problem: str, advice: str) -> ModelError:
    """The error that says „NAME“ PROBLEM."""
    return ModelError(f"„{what.name}“ {problem}.", where=what, advice=advice)


# --- checkpoints ------------------------------------------------------------------------------------------------------


def check_checkpoint(file: Path, *, known_as: str = "") -> None:
    """Raise ModelError unless the file is a complete multilingual checkpoint as openai-whisper saves it.

    `known_as`: the official model that the file is named after, although its checksum differs.
    """
    claim = f"ist nicht OpenAIs „{known_as}“ (die Prüfsumme ist eine andere) und " if known_as else ""
    with file.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
    for problem, advice in (_problem_by_head(head, file), _problem_by_zip(head, file)):
        if problem:
            raise refused(file, claim + problem, advice)
    checkpoint = _loaded(file)
    if _looks_like_hugging_face(checkpoint):
        raise refused(file, f"{claim}ist ein Modell von Hugging Face", _conversion(file.parent))
    try:
        n_vocab = int(checkpoint["dims"]["n_vocab"])
        whole = _shapes(checkpoint["model_state_dict"]) == _expected_shapes(checkpoint["dims"])
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, ZeroDivisionError) as error:
        raise refused(file, f"{claim}ist kein Whisper-Modell von openai-whisper", _GET_IT) from error
    _check_languages(file, n_vocab, claim)
    if not whole:
        raise refused(file, f"{claim}ist kein ganzes Whisper-Modell: Gewichte fehlen oder sind andere", _GET_IT)


def _problem_by_head(head: bytes, file: Path) -> tuple[str, str]:
    """The problem and the advice if the first bytes show that the file cannot be a checkpoint, otherwise ("", "")."""
    again = "Die Datei auf einem anderen Weg herunterladen und den Befehl wiederholen."
    if not head:
        return "ist leer", again
    if head.lstrip()[:15].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "ist eine Webseite, kein Modell; so antworten Proxys und Anmeldeseiten", again
    if head.startswith(b"version https://git-lfs"):
        return "ist nur ein Verweis auf die Datei (Git LFS), nicht sie selbst", again
    if head[8:10] == b'{"' or file.suffix == ".safetensors":
        return "ist eine Datei von Hugging Face, die allein nicht genügt", _conversion(file.parent)
    if head[:4] in (b"lmgg", b"GGUF"):
        return "ist für whisper.cpp umgewandelt", _GET_IT
    if b"WhisperSpec" in head[:32]:
        return "gehört zu einem Modell für CTranslate2", f"Den ganzen Ordner nennen: {file.parent}"
    return "", ""


def _problem_by_zip(head: bytes, file: Path) -> tuple[str, str]:
    """As `_problem_by_head`, for the zip archive of a checkpoint. torch itself does not verify its checksums."""
    if not head.startswith(b"PK"):
        return "", ""
    try:
        with zipfile.ZipFile(file) as archive:
            if not any(name.endswith("/data.pkl") for name in archive.namelist()):
                return (
                    "ist ein ZIP-Archiv mit etwas anderem als einem Checkpoint",
                    "Entpacken und nennen, was darin ist.",
                )
            harmed = archive.testzip()
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        return "ist unvollständig", _GET_IT
    return ("ist beschädigt: eine Prüfsumme in der Datei stimmt nicht", _GET_IT) if harmed else ("", "")


def _loaded(file: Path) -> Any:
    """The contents of the file, with its tensors left on disk if its format allows that."""
    import torch

    try:
        on_disk = zipfile.is_zipfile(file)
        return torch.load(file, map_location="cpu", weights_only=True, mmap=on_disk)
    except (pickle.UnpicklingError, EOFError, RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise refused(file, "ist kein Checkpoint, den openai-whisper lesen kann", _GET_IT) from error


def _shapes(tensors: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _expected_shapes(dims: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    import torch
    from whisper.model import AudioEncoder, ModelDimensions, TextDecoder  # type: ignore[import-untyped]

    of = ModelDimensions(**dims)
    with torch.device("meta"):  # shapes without weights
        encoder = AudioEncoder(of.n_mels, of.n_audio_ctx, of.n_audio_state, of.n_audio_head, of.n_audio_layer)
        decoder = TextDecoder(of.n_vocab, of.n_text_ctx, of.n_text_state, of.n_text_head, of.n_text_layer)
    halves = (("encoder", encoder), ("decoder", decoder))
    return {f"{half}.{name}": shape for half, part in halves for name, shape in _shapes(part.state_dict()).items()}


def _check_languages(what: Path, n_vocab: int, claim: str = "") -> None:
    if n_vocab == MULTILINGUAL[0] - 1:
        raise refused(what, f"{claim}versteht nur Englisch", "Ein mehrsprachiges nehmen: ohne „.en“ im Namen.")
    if n_vocab not in MULTILINGUAL:
        raise refused(what, f"{claim}hat ein anderes Vokabular als Whisper ({n_vocab} Wörter)", _GET_IT)


# --- folders ----------------------------------------------------------------------------------------------------------


def check_ct2(folder: Path) -> Ct2Model:
    """The Whisper model for CTranslate2 in the folder. Raises ModelError unless it is complete and multilingual and its
    tokens are Whisper's; a tokenizer may be missing."""
    weights = folder / CT2_WEIGHTS
    with weights.open("rb") as handle:
        problem, advice = _problem_by_head(handle.read(_HEAD_BYTES).replace(b"WhisperSpec", b""), weights)
    if problem:
        raise refused(weights, problem, advice)
    try:
        file = read_ct2(weights)
    except ValueError as error:
        raise refused(weights, f"ist kein ganzes Modell für CTranslate2 ({error})", _GET_IT) from error
    try:
        n_vocab = file.arrays["decoder/embeddings/weight"].shape[0]
        n_mels = file.arrays["encoder/conv1/weight"].shape[1]
    except (KeyError, IndexError) as error:
        raise refused(folder, "ist ein Modell für CTranslate2, aber keines von Whisper", _GET_IT) from error
    _check_languages(folder, n_vocab)
    if not (folder / _CT2_CONFIG).is_file():
        raise refused(folder, f"ist unvollständig: {_CT2_CONFIG} fehlt", "Den ganzen Ordner kopieren.")
    if not is_vocabulary(_vocabulary(folder), n_vocab):
        raise refused(folder, "ist mit einem anderen Vokabular als dem von Whisper gelernt", _GET_IT)
    return Ct2Model(folder=folder, n_vocab=n_vocab, n_mels=n_mels)


def _vocabulary(folder: Path) -> list[str]:
    for name in _CT2_VOCABULARIES:
        try:
            text = (folder / name).read_text(encoding="utf-8")
            return [str(token) for token in json.loads(text)] if name.endswith("json") else text.split("\n")
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise refused(
                folder, f"ist beschädigt: {name} ist nicht zu lesen", "Den ganzen Ordner kopieren."
            ) from error
    raise refused(folder, f"ist unvollständig: {_CT2_VOCABULARIES[0]} fehlt", "Den ganzen Ordner kopieren.")


def is_hugging_face(folder: Path) -> bool:
    """Whether a folder contains weights as Hugging Face's transformers saves them."""
    return any(any(folder.glob(pattern)) for pattern in _HUGGING_FACE)


def hugging_face_folder(folder: Path) -> ModelError:
    """The error for a folder with Hugging Face weights, with the command that converts it."""
    return refused(folder, "ist ein Modell von Hugging Face und muss einmal umgewandelt werden", _conversion(folder))


def _looks_like_hugging_face(checkpoint: Any) -> bool:
    return isinstance(checkpoint, dict) and any(str(key).startswith("model.encoder.layers.") for key in checkpoint)


def _conversion(folder: Path) -> str:
    with_it = [name for name in (TOKENIZER, "preprocessor_config.json") if (folder / name).is_file()]
    copied = f"--copy_files {' '.join(with_it)} " if with_it else ""
    new = f"{folder.resolve().name}-ct2"
    return (
        "Auf irgendeinem Rechner, auf dem einmal `pip install ctranslate2 transformers torch` ging: "
        f"ct2-transformers-converter --model {folder} --output_dir {new} {copied}--quantization float16. "
        f"Danach: make model-add FILE={new}"
    )
