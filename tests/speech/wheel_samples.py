"""Wheels that contain a Whisper model in parts, as those of the registry do, and a pip that finds them in a folder."""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.speech.conversion import _spec, _Weights
from pipeline.speech.models import DEMO_CHECKPOINT
from pipeline.speech.registry import Wheel
from pipeline.speech.tokens import whisper_tokens

if TYPE_CHECKING:
    import pytest


def demo_weights() -> dict[str, Any]:
    """The demo checkpoint, as openai-whisper saves it."""
    import torch

    loaded: dict[str, Any] = torch.load(io.BytesIO(lzma.decompress(DEMO_CHECKPOINT.read_bytes())), weights_only=True)
    return loaded


def half_precision(folder: Path) -> Path:
    """Write the demo as a CTranslate2 model in half precision, by CTranslate2 itself; return its model.bin."""
    checkpoint = demo_weights()
    spec = _spec(checkpoint["dims"], _Weights(checkpoint["model_state_dict"]))
    spec.register_vocabulary(whisper_tokens(checkpoint["dims"]["n_vocab"]))
    spec.validate()
    spec.optimize(quantization="float16")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    return folder / "model.bin"


def make_wheel(folder: Path, name: str, files: dict[str, bytes], *, compression: int = zipfile.ZIP_STORED) -> Wheel:
    """Write the wheel `name` 1.0.0 with the given files in its data folder; return how it is pinned."""
    package = name.replace("-", "_")
    path = folder / f"{package}-1.0.0-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    information = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n".encode(),
        "WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": b"",
    }
    with zipfile.ZipFile(path, "w", compression) as archive:
        for file, content in files.items():
            archive.writestr(f"{package}/data/{file}", content)
        for file, content in information.items():
            archive.writestr(f"{package}-1.0.0.dist-info/{file}", content)
    return Wheel(name=name, version="1.0.0", sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def wheel_file(folder: Path, wheel: Wheel) -> Path:
    return folder / f"{wheel.name.replace('-', '_')}-{wheel.version}-py3-none-any.whl"


def in_two_wheels(model_bin: bytes, folder: Path, name: str = "mini", *, compression: int = 0) -> tuple[Wheel, Wheel]:
    cut = len(model_bin) * 2 // 3
    first = make_wheel(folder, f"{name}-1", {"model.bin.part1": model_bin[:cut]}, compression=compression)
    second = make_wheel(folder, f"{name}-2", {"model.bin.part2": model_bin[cut:]}, compression=compression)
    return first, second


def let_pip_look_only_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip see the wheels of one folder only: no network, whatever its settings on this machine."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
