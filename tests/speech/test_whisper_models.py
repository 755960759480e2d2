from __future__ import annotations

import hashlib
import lzma
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline.build.files import sha256_of
from pipeline.errors import ModelError
from pipeline.speech.models import (
    DEMO_CHECKPOINT,
    cache_folder,
    checkpoint_sha256,
    find_model,
    load_model,
    model_file,
    model_identity,
)
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("https_proxy", "HTTPS_PROXY"):  # a port that nothing listens on: no network, at once
        monkeypatch.setenv(name, "http://127.0.0.1:9")


def test_the_demo_is_the_shipped_checkpoint_and_says_so(tmp_path: Path) -> None:
    model = find_model("demo", tmp_path)
    assert model.demo
    assert model.path == DEMO_CHECKPOINT
    assert model.sha256 == sha256_of(DEMO_CHECKPOINT)
    assert not model.aligns_words
    assert not model.aligns_words


def test_the_demo_checkpoint_loads_as_a_whisper_network(tmp_path: Path) -> None:
    network = load_model(find_model("demo", tmp_path), device="cpu", listener=no_listener)
    assert network.dims.n_mels == 80
    assert network.is_multilingual


def test_official_names_are_those_of_openai_whisper(tmp_path: Path) -> None:
    import whisper

    for name, url in whisper._MODELS.items():
        if not name.endswith(".en"):
            model = find_model(name, tmp_path)
            assert (model.url, model.sha256) == (url, url.split("/")[-2])
            assert model.path == cache_folder() / url.rsplit("/", 1)[-1]


def test_two_names_of_one_checkpoint_have_one_identity(tmp_path: Path) -> None:
    assert model_identity("turbo", tmp_path) == model_identity("large-v3-turbo", tmp_path)
    assert model_identity("small", tmp_path) != model_identity("medium", tmp_path)
    assert model_file("small", tmp_path) is None


def test_a_file_is_identified_by_its_content_which_the_step_hashes(tmp_path: Path) -> None:
    (tmp_path / "unser-modell.pt").write_bytes(b"weights")
    assert model_file("unser-modell.pt", tmp_path) == tmp_path / "unser-modell.pt"
    assert model_identity("unser-modell.pt", tmp_path) == "file"
    assert checkpoint_sha256(find_model("unser-modell.pt", tmp_path)) == hashlib.sha256(b"weights").hexdigest()


def test_the_identity_imports_neither_torch_nor_whisper(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.speech import recognise, speakers\n"
        "from pipeline.speech.models import model_identity\n"
        "[model_identity(name, Path()) for name in ('demo', 'small')]\n"
        "print(sorted({'torch', 'whisper', 'silero_vad', 'numpy', 'scipy', 'av'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("smal", "Meinten Sie „small“?"),
        ("Turbo", "Meinten Sie „turbo“?"),
        ("modelle/fehlt.pt", "weder ein bekanntes Whisper-Modell noch eine Datei"),
        ("small.en", "versteht nur Englisch"),
        ("", "weder ein bekanntes Whisper-Modell noch eine Datei"),
    ],
)
def test_a_name_that_is_no_model_is_an_error_with_help(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        find_model(name, tmp_path)
    assert "small" in caught.value.advice
    assert "show.toml" in str(caught.value)


def test_a_damaged_download_names_the_file_to_delete(tmp_path: Path) -> None:
    model = find_model("tiny", tmp_path)
    model.path.parent.mkdir(parents=True)
    model.path.write_bytes(b"half a model")
    with pytest.raises(ModelError, match="beschädigt") as caught:
        load_model(model, device="cpu", listener=no_listener)
    assert caught.value.where == model.path
    assert "löschen" in caught.value.advice
    assert model.path.read_bytes() == b"half a model"


def _checkpoint_without(part: str) -> bytes:
    import io

    import torch

    checkpoint = torch.load(io.BytesIO(lzma.decompress(DEMO_CHECKPOINT.read_bytes())), weights_only=True)
    del checkpoint[part]
    stream = io.BytesIO()
    torch.save(checkpoint, stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "no dims", "no weights", "a list"])
def test_a_file_that_is_no_checkpoint_is_an_error_that_names_it(tmp_path: Path, kind: str) -> None:
    import io

    import torch

    path = tmp_path / "modell.pt"
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("Das ist kein Modell.\n", encoding="utf-8")
        case "truncated":
            path.write_bytes(lzma.decompress(DEMO_CHECKPOINT.read_bytes())[:100_000])
        case "no dims":
            path.write_bytes(_checkpoint_without("dims"))
        case "no weights":
            path.write_bytes(_checkpoint_without("model_state_dict"))
        case "a list":
            stream = io.BytesIO()
            torch.save([1, 2], stream)
            path.write_bytes(stream.getvalue())
    with pytest.raises(ModelError, match="kein Whisper-Modell") as caught:
        load_model(find_model("modell.pt", tmp_path), device="cpu", listener=no_listener)
    assert caught.value.where == path
