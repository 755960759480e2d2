"""Models that people bring along: accepted whole and identified by their content, or refused in one sentence."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from wheel_samples import demo_weights, half_precision

from pipeline.build.files import sha256_of
from pipeline.errors import MissingFileError, ModelError, StorageError
from pipeline.speech import models
from pipeline.speech.conversion import _set_special_tokens, convert
from pipeline.speech.ct2_models import converted
from pipeline.speech.models import alignment_heads, cache_folder, find_model, load_model, official_name, public_name
from pipeline.speech.own_models import add_model, own_models
from pipeline.speech.tokens import is_whispers
from pipeline.values.progress import Notice, Progress, no_listener

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def show(tmp_path: Path) -> Path:
    (tmp_path / "show").mkdir()
    return tmp_path / "show"


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A complete multilingual checkpoint that is not an official one."""
    return saved(demo_weights())


@pytest.fixture(scope="module")
def ct2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for CTranslate2, as our own conversion writes it."""
    folder = tmp_path_factory.mktemp("ct2")
    convert(demo_weights(), folder)
    return folder


def saved(content: Any) -> bytes:
    import torch

    stream = io.BytesIO()
    torch.save(content, stream)
    return stream.getvalue()


def add(source: Path, root: Path) -> tuple[Any, list[str]]:
    events: list[Notice | Progress] = []
    added = add_model(source, root, events.append)
    return added, [notice.text for notice in events if isinstance(notice, Notice)]


def left_in(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def is_official(sha256: str, monkeypatch: pytest.MonkeyPatch, name: str = "base") -> None:
    """Make the content with this checksum count as OpenAI's."""
    urls = dict(models.official_urls()) | {name: f"https://weights.invalid/{sha256}/{name}.pt"}
    monkeypatch.setattr(models, "official_urls", lambda: urls)


# --- what is accepted -------------------------------------------------------------------------------------------------


def test_a_checkpoint_of_openai_is_usable_by_its_name_afterwards(
    stick: Path, show: Path, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stick / "irgendwie.pt").write_bytes(checkpoint)
    is_official(sha256_of(stick / "irgendwie.pt"), monkeypatch)
    added, notices = add(stick / "irgendwie.pt", show)
    assert (added.name, added.official, notices) == ("base", True, [])
    assert added.path == cache_folder() / "base.pt"
    assert added.path.read_bytes() == checkpoint
    assert left_in(show) == []
    assert models.read_checkpoint(find_model("base", show), no_listener)["dims"] == demo_weights()["dims"]
    _, notices = add(stick / "irgendwie.pt", show)
    assert notices == ["„base“ liegt schon hier."]


def test_a_damaged_checkpoint_in_the_cache_is_replaced(
    stick: Path, show: Path, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stick / "base.pt").write_bytes(checkpoint)
    is_official(sha256_of(stick / "base.pt"), monkeypatch)
    cache_folder().mkdir(parents=True)
    (cache_folder() / "base.pt").write_bytes(checkpoint[:-1])
    add(stick / "base.pt", show)
    assert (cache_folder() / "base.pt").read_bytes() == checkpoint
    assert left_in(cache_folder()) in [["base.pt"], [".unvollständig.lock", "base.pt"]]


def test_another_checkpoint_goes_to_the_show_and_can_be_loaded_from_there(
    stick: Path, show: Path, checkpoint: bytes
) -> None:
    (stick / "whisper klein, plattdeutsch.pt").write_bytes(checkpoint)
    added, notices = add(stick / "whisper klein, plattdeutsch.pt", show)
    assert (added.name, added.official, notices) == ("models/whisper-klein--plattdeutsch", False, [])
    model = find_model(added.name, show)
    assert model.path.read_bytes() == checkpoint
    assert load_model(model, device="cpu", listener=no_listener).is_multilingual
    assert left_in(show) == ["models/whisper-klein--plattdeutsch/whisper klein, plattdeutsch.pt"]
    assert [mine.name for mine in own_models(show)] == [added.name]


def test_a_file_wrongly_named_base_is_reported_and_becomes_the_shows_own_model(
    stick: Path, show: Path, checkpoint: bytes
) -> None:
    (stick / "base.pt").write_bytes(checkpoint)
    added, notices = add(stick / "base.pt", show)
    assert (added.name, added.official) == ("models/base", False)
    assert len(notices) == 1
    assert "nicht OpenAIs „base“" in notices[0]
    assert not cache_folder().exists()


def test_a_folder_for_ctranslate2_goes_to_the_show_with_all_it_needs(stick: Path, show: Path, ct2_folder: Path) -> None:
    shutil.copytree(ct2_folder, stick / "großes Modell")
    (stick / "großes Modell" / "LICENSE.txt").write_text("MIT\n", encoding="utf-8")
    (stick / "großes Modell" / "Urlaub.jpg").write_bytes(b"x")
    added, notices = add(stick / "großes Modell", show)
    assert (added.name, notices) == ("models/großes-Modell", [])
    assert sorted(path.name for path in added.path.iterdir()) == sorted(
        [*(path.name for path in ct2_folder.iterdir()), "LICENSE.txt"]
    )
    assert converted(find_model(added.name, show), no_listener) == added.path
    assert public_name(find_model(added.name, show)) == "großes-Modell"
    assert [mine.name for mine in own_models(show)] == [added.name]


@pytest.mark.parametrize("fault", ["missing", "a merge missing", "no times", "broken"])
def test_a_folder_without_whispers_tokenizer_gets_it(stick: Path, show: Path, ct2_folder: Path, fault: str) -> None:
    folder = shutil.copytree(ct2_folder, stick / "modell")
    tokenizer = folder / "tokenizer.json"
    content = json.loads(tokenizer.read_text(encoding="utf-8"))
    tokenizer.unlink()
    match fault:
        case "a merge missing":
            del content["model"]["merges"][1000]
        case "no times":
            content["added_tokens"] = [token for token in content["added_tokens"] if "." not in token["content"]]
    if fault == "broken":
        tokenizer.write_text("{", encoding="utf-8")
    elif fault != "missing":
        tokenizer.write_text(json.dumps(content), encoding="utf-8")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json (fehlt|weicht)") as caught:
        converted(find_model("modell", stick), no_listener)
    assert "make model-add" in caught.value.advice

    added, notices = add(folder, show)
    assert len(notices) == 1
    assert "openai-whispers eigener liegt jetzt dabei" in notices[0]
    assert is_whispers(added.path / "tokenizer.json", 51_865)
    assert json.loads((added.path / "preprocessor_config.json").read_text(encoding="utf-8"))["feature_size"] == 80
    assert converted(find_model(added.name, show), no_listener) == added.path


def test_a_folder_already_in_the_show_is_completed_in_place(show: Path, ct2_folder: Path) -> None:
    folder = shutil.copytree(ct2_folder, show / "models" / "mein-modell")
    (folder / "tokenizer.json").unlink()
    added, notices = add(folder, show)
    assert added.name == "models/mein-modell"
    assert notices[0] == "Diese Gewichte liegen schon in „models/mein-modell“."
    assert converted(find_model(added.name, show), no_listener) == folder
    assert [path.name for path in (show / "models").iterdir()] == ["mein-modell"]


def test_a_model_with_the_name_of_another_never_replaces_it(
    stick: Path, show: Path, checkpoint: bytes, ct2_folder: Path
) -> None:
    (stick / "modell.pt").write_bytes(checkpoint)
    add(stick / "modell.pt", show)
    before = left_in(show)
    shutil.copytree(ct2_folder, stick / "modell")
    with pytest.raises(ModelError, match="gibt es schon, mit anderem Inhalt"):
        add(stick / "modell", show)
    assert left_in(show) == before


def test_leftovers_of_a_killed_run_are_not_a_model_and_are_removed(stick: Path, show: Path, checkpoint: bytes) -> None:
    half = show / "models" / ".modell.neu"
    half.mkdir(parents=True)
    (half / "modell.pt").write_bytes(checkpoint[:1000])
    assert own_models(show) == []
    (stick / "modell.pt").write_bytes(checkpoint)
    add(stick / "modell.pt", show)
    assert left_in(show) == ["models/modell/modell.pt"]


# --- what is refused --------------------------------------------------------------------------------------------------


def english(weights: dict[str, Any]) -> bytes:
    """A checkpoint with one token less, as English-only models have."""
    embedding = weights["model_state_dict"]["decoder.token_embedding.weight"]
    tensors = weights["model_state_dict"] | {"decoder.token_embedding.weight": embedding[:-1].clone()}
    return saved({"dims": weights["dims"] | {"n_vocab": 51_864}, "model_state_dict": tensors})


def without(weights: dict[str, Any], name: str) -> bytes:
    tensors = {key: value for key, value in weights["model_state_dict"].items() if key != name}
    return saved({"dims": weights["dims"], "model_state_dict": tensors})


def flipped(content: bytes) -> bytes:
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


REFUSED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "ist leer"),
    "a web page": (lambda _: b"\n<!DOCTYPE html><title>Anmeldung</title>", "ist eine Webseite"),
    "a git-lfs pointer": (lambda _: b"version https://git-lfs.github.com/spec/v1\n", "nur ein Verweis"),
    "half a file": (lambda whole: whole[: len(whole) // 2], "ist unvollständig"),
    "a flipped bit": (flipped, "ist beschädigt"),
    "another zip": (lambda _: zipped(brief=b"Hallo"), "ZIP-Archiv mit etwas anderem"),
    "text": (lambda _: b"Das ist kein Modell.", "kein Checkpoint"),
    "safetensors": (lambda _: (40).to_bytes(8, "little") + b'{"__metadata__":{}}', "von Hugging Face"),
    "whisper.cpp": (lambda _: b"lmgg" + bytes(100), "für whisper.cpp"),
    "english only": (lambda _: english(demo_weights()), "versteht nur Englisch"),
    "a part missing": (lambda _: without(demo_weights(), "decoder.ln.bias"), "kein ganzes Whisper-Modell"),
    "hugging face": (lambda _: saved({"model.encoder.layers.0.fc1.bias": 1}), "von Hugging Face"),
    "a list": (lambda _: saved([1, 2]), "kein Whisper-Modell"),
    "no weights": (lambda _: saved({"dims": demo_weights()["dims"]}), "kein Whisper-Modell"),
}


@pytest.mark.parametrize("name", ["modell.pt", "base.pt"])
@pytest.mark.parametrize("kind", REFUSED)
def test_an_unusable_checkpoint_is_refused_in_one_sentence(
    stick: Path, show: Path, checkpoint: bytes, kind: str, name: str
) -> None:
    make, said = REFUSED[kind]
    (stick / name).write_bytes(make(checkpoint))
    with pytest.raises(ModelError, match=said) as caught:
        add(stick / name, show)
    assert caught.value.problem.count("\n") == 0
    assert ("nicht OpenAIs „base“" in caught.value.problem) == (name == "base.pt" and said != "kein Checkpoint")
    assert left_in(show) == []
    assert not cache_folder().exists()


def test_an_official_english_only_model_is_refused(
    stick: Path, show: Path, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stick / "x.pt").write_bytes(checkpoint)
    is_official(sha256_of(stick / "x.pt"), monkeypatch, "small.en")
    with pytest.raises(ModelError, match=r"OpenAIs „small\.en“ und versteht nur Englisch") as caught:
        add(stick / "x.pt", show)
    assert "„small“ nehmen" in caught.value.advice
    assert not cache_folder().exists()


def other_ct2(folder: Path, kind: str) -> str:
    """Damage the folder; return the message that is expected."""
    weights, vocabulary = folder / "model.bin", folder / "vocabulary.json"
    match kind:
        case "half a model":
            weights.write_bytes(weights.read_bytes()[:-1000])
            return "kein ganzes Modell für CTranslate2"
        case "a web page":
            weights.write_bytes(b"<html>" * 1000)
            return "ist eine Webseite"
        case "no config":
            (folder / "config.json").unlink()
            return r"config\.json fehlt"
        case "no vocabulary":
            vocabulary.unlink()
            return r"vocabulary\.json fehlt"
        case "another vocabulary":
            vocabulary.write_text(json.dumps(["a"] * 51_865), encoding="utf-8")
            return "mit einem anderen Vokabular"
        case "a broken vocabulary":
            vocabulary.write_text("[", encoding="utf-8")
            return "ist nicht zu lesen"
        case _:
            raise AssertionError(kind)


@pytest.mark.parametrize(
    "kind", ["half a model", "a web page", "no config", "no vocabulary", "another vocabulary", "a broken vocabulary"]
)
def test_a_folder_that_is_incomplete_or_not_whispers_is_refused(
    stick: Path, show: Path, ct2_folder: Path, kind: str
) -> None:
    said = other_ct2(shutil.copytree(ct2_folder, stick / "modell"), kind)
    with pytest.raises(ModelError, match=said) as caught:
        add(stick / "modell", show)
    assert caught.value.problem.count("\n") == 0
    assert left_in(show) == []


def test_an_english_only_folder_is_refused(stick: Path, show: Path) -> None:
    from ctranslate2.specs.whisper_spec import WhisperSpec

    from pipeline.speech.conversion import _spec, _Weights
    from pipeline.speech.tokens import whisper_tokens

    weights = demo_weights()
    tensors = weights["model_state_dict"]
    tensors["decoder.token_embedding.weight"] = tensors["decoder.token_embedding.weight"][:-1].clone()
    spec: WhisperSpec = _spec(weights["dims"], _Weights(tensors))
    spec.register_vocabulary(whisper_tokens(51_865)[:-1])
    _set_special_tokens(spec.config, 51_865)
    spec.validate()
    spec.optimize(quantization="float16")
    (stick / "modell").mkdir()
    spec.save(str(stick / "modell"))
    with pytest.raises(ModelError, match="versteht nur Englisch"):
        add(stick / "modell", show)
    assert left_in(show) == []


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"])
def test_a_hugging_face_folder_is_refused_with_the_command_that_converts_it(
    stick: Path, show: Path, weights: str
) -> None:
    folder = stick / "whisper-small-german"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / weights).write_bytes(b"x")
    for call in (lambda: add(folder, show), lambda: find_model(folder.name, stick)):
        with pytest.raises(ModelError, match="von Hugging Face und muss einmal umgewandelt werden") as caught:
            call()
        assert (
            f"ct2-transformers-converter --model {folder} --output_dir whisper-small-german-ct2 "
            "--copy_files tokenizer.json --quantization float16"
        ) in caught.value.advice
        assert "make model-add FILE=whisper-small-german-ct2" in caught.value.advice
    assert left_in(show) == []


def test_an_unsuitable_folder_and_a_wrong_path_are_reported(stick: Path, show: Path, checkpoint: bytes) -> None:
    with pytest.raises(MissingFileError, match="weder eine Datei noch ein Ordner"):
        add(stick / "fehlt.pt", show)
    (stick / "leer").mkdir()
    with pytest.raises(ModelError, match="enthält kein Whisper-Modell"):
        add(stick / "leer", show)
    for name in ("a.pt", "b.pt"):
        (stick / name).write_bytes(checkpoint)
    with pytest.raises(ModelError, match=r"enthält 2 \.pt-Dateien"):
        add(stick, show)


@pytest.mark.skipif(not IS_ROOT, reason="needs root to mount a small file system")
@pytest.mark.parametrize("kind", ["checkpoint", "folder", "official"])
def test_a_full_disk_is_reported_and_leaves_nothing(
    stick: Path, show: Path, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    source = stick / "modell.pt"
    source.write_bytes(checkpoint)
    if kind == "folder":
        source = stick / "modell"
        half_precision(source)
    if kind == "official":
        is_official(sha256_of(source), monkeypatch)
        monkeypatch.setenv("XDG_CACHE_HOME", str(show))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=5m", "tmpfs", str(show)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(StorageError, match="Der Datenträger ist voll"):
            add(source, show)
        assert [name for name in left_in(show) if not name.endswith(".lock")] == []
    finally:
        subprocess.run(["umount", str(show)], check=True)


# --- OpenAI's weights under another name ------------------------------------------------------------------------------


def test_a_users_file_with_openais_weights_counts_as_official(
    show: Path, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64
    import gzip

    import numpy as np
    import whisper

    file = show / "models" / "meins.pt"
    file.parent.mkdir()
    file.write_bytes(checkpoint)
    model = find_model("models/meins.pt", show)
    dims = demo_weights()["dims"]
    assert (official_name(model), public_name(model), alignment_heads(model, dims)) == ("", "meins", None)

    is_official(sha256_of(file), monkeypatch)
    mask = np.zeros((dims["n_text_layer"], dims["n_text_head"]), dtype=bool)
    mask[1, 2] = mask[0, 3] = True
    monkeypatch.setitem(whisper._ALIGNMENT_HEADS, "base", base64.b85encode(gzip.compress(mask.tobytes())))
    assert (official_name(model), public_name(model)) == ("base", "base")
    assert alignment_heads(model, dims) == [(0, 3), (1, 2)]
    network = load_model(model, device="cpu", listener=no_listener)
    assert network.alignment_heads.indices().T.tolist() == [[0, 3], [1, 2]]


def test_a_users_file_is_read_only_once_for_its_checksum(
    show: Path, checkpoint: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (show / "meins.pt").write_bytes(checkpoint)
    model = find_model("meins.pt", show)
    read: list[Path] = []

    def counted(path: Path) -> str:
        read.append(path)
        return sha256_of(path)

    monkeypatch.setattr(models, "sha256_of", counted)
    models.model_identity("meins.pt", show)
    assert read == []
    for _ in range(3):
        public_name(model)
        models.checkpoint_sha256(model)
        alignment_heads(model, {})
    assert read == [model.path]


@pytest.mark.parametrize(
    ("name", "public"), [("models/mein-modell.v2", "mein-modell.v2"), ("ordner/datei.pt", "datei"), ("base", "base")]
)
def test_no_folder_above_a_model_is_made_public(show: Path, ct2_folder: Path, name: str, public: str) -> None:
    if name.endswith(".pt"):
        (show / "ordner").mkdir()
        (show / name).write_bytes(b"weights")
    elif name != "base":
        shutil.copytree(ct2_folder, show / name)
    assert public_name(find_model(name, show)) == public
    if name != "base":
        assert public_name(find_model(str(show / name), show)) == public


def test_a_half_precision_model_for_ctranslate2_is_accepted(tmp_path: Path, show: Path) -> None:
    half_precision(tmp_path / "halb")
    added, notices = add(tmp_path / "halb", show)
    assert added.name == "models/halb"
    assert len(notices) == 1  # the tokenizer
