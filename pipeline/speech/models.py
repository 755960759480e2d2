"""Finds the Whisper checkpoint for the model's name in the settings: the demo, one of openai-whisper's, or a file.

Names, URLs and checksums are openai-whisper's own table. It is read from the installed source, because importing
whisper takes seconds and an up-to-date build asks only for the identity. The demo replaces another model only for the
example (`workflow/stand_in.py`); no message offers it.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import lzma
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.build.files import sha256_of
from pipeline.errors import ModelError, did_you_mean
from pipeline.speech.whisper_model import WhisperModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.values.progress import Listener

DEMO = "demo"
DEMO_CHECKPOINT = Path(__file__).parent / "demo" / "demo.pt.xz"

ENGLISH = ".en"  # the ending of English-only models' names

_SETTING = "`model` im Abschnitt `[speech]` von episodes/show.toml"
_MULTILINGUAL = 51_865  # tokens; English-only models have one less


def find_model(name: str, root: Path) -> WhisperModel:
    """The model called `name`; a file is looked up relative to `root`. Cheap: nothing is loaded or downloaded.

    Raises ModelError if `name` is neither a known name nor a file nor a folder with one model, or is an English-only
    model.
    """
    if name == DEMO:
        return WhisperModel(name=name, path=DEMO_CHECKPOINT, sha256=_sha256_now(DEMO_CHECKPOINT), demo=True)
    url = official_urls().get(name)
    if url is not None:
        return _official(name, url)
    path = root / name
    if name and path.is_dir():
        return WhisperModel(name=name, path=_in_folder(path))
    if not path.is_file():
        raise _unknown(name, path)
    return WhisperModel(name=name, path=path)


def _in_folder(folder: Path) -> Path:
    """The checkpoint in a folder, or the folder itself if it contains a model for CTranslate2."""
    checkpoints = sorted(folder.glob("*.pt"))
    if len(checkpoints) == 1:
        return checkpoints[0]
    if not checkpoints and (folder / "model.bin").is_file():
        return folder
    from pipeline.speech.model_check import hugging_face_folder, is_hugging_face

    if is_hugging_face(folder):
        raise hugging_face_folder(folder)
    found = f"{len(checkpoints)} davon" if checkpoints else "keine"
    raise ModelError(
        f"In einem Modellordner wird genau eine .pt-Datei gebraucht; hier ist {found}.",
        where=folder,
        advice=f"Die Datei selbst nennen: {_SETTING}.",
    )


def model_identity(name: str, root: Path) -> str:
    """The model's part of a fingerprint, the same on every machine; takes milliseconds.

    The demo and official models are identified by their checkpoint's sha256, so `turbo` and `large-v3-turbo` are one
    model. A user's own file is identified by its content, which is not read here: list `model_file` among the step's
    inputs. Raises ModelError as `find_model` does.
    """
    model = find_model(name, root)
    return f"sha256:{model.sha256}" if model.sha256 else "file"


def model_file(name: str, root: Path) -> Path | None:
    """The checkpoint that belongs among a step's inputs: a user's own file; None for the demo and official models.

    Raises ModelError as `find_model` does.
    """
    model = find_model(name, root)
    return None if model.sha256 else _weights(model)


def checkpoint_sha256(model: WhisperModel) -> str:
    """The checkpoint's sha256. Reads a user's own file (4 s for the largest), once per run."""
    return model.sha256 or _sha256_now(_weights(model))


def official_model(name: str) -> WhisperModel:
    """OpenAI's model of this name. Raises ModelError for other names and for English-only models."""
    url = official_urls().get(name)
    if url is None:
        raise ModelError(
            f"„{name}“ ist kein Whisper-Modell von OpenAI.{did_you_mean(name, _german_names())}",
            where="Name des Modells",
            advice=f"Einen dieser Namen nehmen: {', '.join(_german_names())}. Eine Datei: `make model-add FILE=…`.",
        )
    return _official(name, url)


def official_name(model: WhisperModel) -> str:
    """The name of the official model whose checkpoint this is, "" for others. Reads a user's own file."""
    if model.url or model.demo or model.path.is_dir():
        return model.name if model.url else ""
    return official_with(checkpoint_sha256(model))


def official_with(sha256: str) -> str:
    """The name of the official model whose checkpoint has this sha256, "" if none."""
    names = (name for name, url in official_urls().items() if url.split("/")[-2] == sha256)
    return min(names, key=len, default="")


def public_name(model: WhisperModel) -> str:
    """The model's name in words.json and on the pages: OpenAI's name for OpenAI's weights, otherwise the name of the
    file or folder without the folders above it. Reads a user's own file."""
    return official_name(model) or Path(model.name).name.removesuffix(".pt")


def _weights(model: WhisperModel) -> Path:
    return model.path / "model.bin" if model.path.is_dir() else model.path


def load_model(model: WhisperModel, *, device: str, listener: Listener) -> Any:
    """The whisper.model.Whisper of a checkpoint, downloaded first if necessary.

    Raises ModelError for a damaged checkpoint, for a file that is not a checkpoint, for a model converted for another
    engine, and if the download fails.
    """
    from whisper.model import ModelDimensions, Whisper  # type: ignore[import-untyped]  # 4 s, 280 MB

    if model.path.is_dir():
        raise ModelError(
            f"„{model.name}“ ist ein für faster-whisper umgewandeltes Modell; openai-whisper kann es nicht lesen.",
            where=model.path,
            advice='Unter [speech] engine = "faster-whisper" einstellen oder eine .pt-Datei nennen.',
        )
    checkpoint = read_checkpoint(model, listener)
    try:
        network = Whisper(ModelDimensions(**checkpoint["dims"]))
        network.load_state_dict(checkpoint["model_state_dict"])
    except (RuntimeError, TypeError) as error:
        raise no_checkpoint(model) from error
    if name := official_name(model):
        import whisper  # type: ignore[import-untyped]

        # The heads that OpenAI found to follow the words; without them word times are worse.
        network.set_alignment_heads(whisper._ALIGNMENT_HEADS[name])
    return network.to(device)


def alignment_heads(model: WhisperModel, dims: Mapping[str, int]) -> list[tuple[int, int]] | None:
    """The heads of an official model whose cross-attention follows the words, as (layer, head); None for others. A
    user's own file counts as official if its checkpoint is."""
    name = official_name(model)
    if not name:
        return None
    import base64
    import gzip

    import numpy as np
    import whisper

    mask = np.frombuffer(gzip.decompress(base64.b85decode(whisper._ALIGNMENT_HEADS[name])), dtype=bool)
    layers, heads = np.nonzero(mask.reshape(dims["n_text_layer"], dims["n_text_head"]))
    return list(zip(layers.tolist(), heads.tolist(), strict=True))


def cache_folder() -> Path:
    """Where openai-whisper keeps its downloads."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "whisper"


@cache
def official_urls() -> Mapping[str, str]:
    """openai-whisper's table `_MODELS`, name → URL, from its source."""
    package = importlib.util.find_spec("whisper")
    assert package is not None and package.origin is not None
    for statement in ast.parse(Path(package.origin).read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="_MODELS")], value=table):
                urls: dict[str, str] = ast.literal_eval(table)
                return urls
    raise AssertionError("openai-whisper keeps its table of models elsewhere")


def _sha256_now(path: Path) -> str:
    found = path.stat()
    return _sha256_once(path, found.st_size, found.st_mtime_ns)


@cache
def _sha256_once(path: Path, _size_bytes: int, _changed_ns: int) -> str:
    return sha256_of(path)


def _official(name: str, url: str) -> WhisperModel:
    if name.endswith(ENGLISH):
        raise ModelError(
            f"Das Whisper-Modell „{name}“ versteht nur Englisch.",
            where=_SETTING,
            advice=f"„{name.removesuffix(ENGLISH)}“ nehmen.",
        )
    *_, sha256, file = url.split("/")  # the URL contains the checksum
    return WhisperModel(name=name, path=cache_folder() / file, url=url, sha256=sha256)


def _german_names() -> list[str]:
    return [name for name in official_urls() if not name.endswith(ENGLISH)]


def _unknown(name: str, path: Path) -> ModelError:
    names = _german_names()
    return ModelError(
        f"„{name}“ ist weder ein bekanntes Whisper-Modell noch eine Datei.{did_you_mean(name, names)}",
        where=f"{_SETTING} (oder der Folge); als Datei gesucht: {path}",
        advice=f"Einen dieser Namen einstellen: {', '.join(names)}; oder den Pfad einer vorhandenen Modelldatei.",
    )


def read_checkpoint(model: WhisperModel, listener: Listener) -> dict[str, Any]:
    """The checkpoint as openai-whisper saves it, {"dims": …, "model_state_dict": …}, downloaded first if necessary.

    Raises ModelError as `load_model` does, and for an English-only model.
    """
    import pickle

    import torch

    if model.url:
        from pipeline.speech.download import fetch_model  # not needed unless a model is loaded

        fetch_model(model, listener)
    try:
        if model.demo:
            content = io.BytesIO(lzma.decompress(model.path.read_bytes()))
            checkpoint = torch.load(content, map_location="cpu", weights_only=True)
        else:
            checkpoint = torch.load(model.path, map_location="cpu", weights_only=True)
        n_vocab = int(checkpoint["dims"]["n_vocab"])
        whole: dict[str, Any] = {"dims": checkpoint["dims"], "model_state_dict": checkpoint["model_state_dict"]}
    except (pickle.UnpicklingError, EOFError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise no_checkpoint(model) from error
    if n_vocab < _MULTILINGUAL:
        raise ModelError(
            f"Das Whisper-Modell „{model.name}“ versteht nur Englisch.",
            where=model.path,
            advice="Ein mehrsprachiges nehmen: eine Datei ohne „.en“ im Namen.",
        )
    return whole


def no_checkpoint(model: WhisperModel) -> ModelError:
    """The error for a file that contains no Whisper model."""
    return ModelError(
        f"Die Modelldatei „{model.name}“ ist kein Whisper-Modell, das openai-whisper lesen kann, "
        "oder sie ist unvollständig.",
        where=model.path,
        advice=f"Die Datei neu beschaffen (eine .pt-Datei von openai-whisper) oder {_SETTING} ändern.",
    )
