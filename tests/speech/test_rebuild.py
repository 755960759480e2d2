"""A checkpoint rebuilt from a CTranslate2 conversion: the same tensors, in the file format of PyTorch in 2022."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from wheel_samples import demo_weights, half_precision

from pipeline.speech.ct2_file import read_ct2
from pipeline.speech.models import find_model, read_checkpoint
from pipeline.speech.rebuild import rebuild_checkpoint
from pipeline.values.progress import no_listener


@pytest.fixture(scope="module")
def model_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return half_precision(tmp_path_factory.mktemp("half"))


@pytest.fixture(scope="module")
def rebuilt(model_bin: Path) -> Path:
    rebuild_checkpoint(model_bin, model_bin.with_name("rebuilt.pt"))
    return model_bin.with_name("rebuilt.pt")


def test_every_tensor_comes_back_bit_for_bit(rebuilt: Path) -> None:
    import torch

    was, found = demo_weights(), read_checkpoint(find_model(rebuilt.name, rebuilt.parent), no_listener)
    assert found["dims"] == was["dims"]
    assert sorted(found["model_state_dict"]) == sorted(was["model_state_dict"])
    for name, tensor in was["model_state_dict"].items():
        assert torch.equal(found["model_state_dict"][name], tensor), name


def test_the_rebuilt_weights_are_a_whisper_network(rebuilt: Path) -> None:
    from whisper.model import ModelDimensions, Whisper

    found = read_checkpoint(find_model(rebuilt.name, rebuilt.parent), no_listener)
    Whisper(ModelDimensions(**found["dims"])).load_state_dict(found["model_state_dict"])


def test_the_archive_is_stored_aligned_and_sound(rebuilt: Path) -> None:
    with zipfile.ZipFile(rebuilt) as archive:
        assert archive.testzip() is None
        entries = archive.infolist()
    assert entries[0].filename == "archive/data.pkl"
    assert entries[-1].filename == "archive/version"
    assert len(entries) == len(demo_weights()["model_state_dict"]) + 2
    content = rebuilt.read_bytes()
    for entry in entries:
        assert entry.compress_type == zipfile.ZIP_STORED
        name_and_extra = sum(int.from_bytes(content[entry.header_offset + at :][:2], "little") for at in (26, 28))
        assert (entry.header_offset + 30 + name_and_extra) % 64 == 0


def test_the_same_model_gives_the_same_bytes(model_bin: Path, rebuilt: Path, tmp_path: Path) -> None:
    rebuild_checkpoint(model_bin, tmp_path / "again.pt")
    assert (tmp_path / "again.pt").read_bytes() == rebuilt.read_bytes()


def test_a_truncated_and_an_overlong_model_are_refused(model_bin: Path, tmp_path: Path) -> None:
    content = model_bin.read_bytes()
    cuts = [0, 3, 4, 20, 100, len(content) // 2, len(content) - 1]
    for part in [*(content[:cut] for cut in cuts), content + b"\0", b"<html>" + content[6:]]:
        (tmp_path / "model.bin").write_bytes(part)
        with pytest.raises(ValueError, match=r"whole|no file of CTranslate2|follows"):
            read_ct2(tmp_path / "model.bin")
        with pytest.raises(ValueError, match=r"."):
            rebuild_checkpoint(tmp_path / "model.bin", tmp_path / "model.pt")
        assert not (tmp_path / "model.pt").exists()


def test_a_model_of_8_bits_cannot_become_openais(tmp_path: Path) -> None:
    from pipeline.speech.conversion import convert

    convert(demo_weights(), tmp_path)
    with pytest.raises(ValueError, match="half precision"):
        rebuild_checkpoint(tmp_path / "model.bin", tmp_path / "model.pt")
    assert not (tmp_path / "model.pt").exists()


def test_the_arrays_are_those_that_ctranslate2_wrote(model_bin: Path) -> None:
    model = read_ct2(model_bin)
    weights: dict[str, Any] = demo_weights()["model_state_dict"]
    assert model.kind == "WhisperSpec"
    assert model.integer("decoder/num_heads") == 4
    embeddings = model.arrays["decoder/embeddings/weight"]
    assert (embeddings.read() == weights["decoder.token_embedding.weight"].numpy()).all()
    assert model.arrays["decoder/projection/weight"] == embeddings
    query, _key, _value = model.arrays["encoder/layer_1/self_attention/linear_0/weight"].split(3)
    assert (query.read() == weights["encoder.blocks.1.attn.query.weight"].numpy()).all()
