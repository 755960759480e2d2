"""Both engines on the shipped checkpoint: the same weights must give the same words."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest
from speech_samples import RATE_HZ, SENTENCES, conversation, speechless

from pipeline.build.processes import usable_cpus
from pipeline.errors import ModelError
from pipeline.speech import ct2_models
from pipeline.speech.ct2_engine import Ct2Engine
from pipeline.speech.ct2_models import converted
from pipeline.speech.engines import Decoded, Engine, EnginePlan, Window, plan_engine
from pipeline.speech.guards import doubts, impossible
from pipeline.speech.models import DEMO_CHECKPOINT, find_model, load_model
from pipeline.speech.torch_engine import TorchEngine
from pipeline.speech.whisper_model import WhisperModel
from pipeline.values.progress import Notice, no_listener
from tools.demo_model import evaluate
from tools.demo_model.wer import word_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speech_samples import Samples, Say

    from pipeline.values.progress import Progress

CPU = EnginePlan(name="openai-whisper", device="cpu", workers=1, threads=1)
CT2 = EnginePlan(name="faster-whisper", device="cpu", workers=2, threads=1)


@pytest.fixture(scope="module")
def ct2_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo for CTranslate2; the cache of the tests keeps it."""
    return converted(find_model("demo", tmp_path_factory.mktemp("show")), no_listener)


@pytest.fixture(scope="module")
def engine(ct2_demo: Path) -> Callable[..., Engine]:
    network = load_model(find_model("demo", ct2_demo), device="cpu", listener=no_listener)

    def make(name: str, *, together: int = 1, **changes: Any) -> Engine:
        options = {"language": "de", "beam_size": 2, "aligns_words": False} | changes
        if name == "faster-whisper":
            return Ct2Engine(ct2_demo, CT2, **options)
        return TorchEngine(network, replace(CPU, together=together), **options)

    return make


@pytest.fixture(scope="module")
def renderings() -> list[evaluate.Rendering]:
    """Spoken in their own process: what espeak-ng spoke before changes its samples."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(evaluate.examination, 30, seed=7).result()


def texts(engine: Engine, parts: list[Samples], **options: bool) -> list[str]:
    return [text_of(found) for found in engine.decode([Window(samples=part) for part in parts], **options)]


def text_of(found: Decoded) -> str:
    return " ".join(segment.text for segment in found.segments)


def test_both_engines_make_about_as_many_errors(engine: Callable[..., Engine], renderings: Any) -> None:
    parts = [evaluate.as_floats(rendering) for rendering in renderings]
    rates = {}
    for name in ("openai-whisper", "faster-whisper"):
        said = texts(engine(name, beam_size=5), parts)
        rates[name] = word_errors([(r.text, text) for r, text in zip(renderings, said, strict=True)]).rate
    assert max(rates.values()) <= 0.03
    assert abs(rates["openai-whisper"] - rates["faster-whisper"]) <= 0.01


@pytest.mark.parametrize("name", ["openai-whisper", "faster-whisper"])
def test_a_window_with_timestamps_keeps_them(engine: Callable[..., Engine], say: Say, name: str) -> None:
    talk = conversation([(0, say(sentence)) for sentence in SENTENCES], pause_s=0.6)
    (found,) = engine(name, aligns_words=True).decode([Window(samples=talk.samples)])
    heard = found.segments
    assert len(found.tokens) == len(heard)
    assert word_errors([(" ".join(SENTENCES), " ".join(segment.text for segment in heard))]).rate <= 0.1
    assert all(before.end_s <= after.start_s + 0.3 for before, after in pairwise(heard))
    assert heard[-1].end_s <= len(talk.samples) / RATE_HZ
    assert any(segment.words for segment in heard)
    assert all(0 < segment.compression < 2.4 and segment.no_speech < 0.5 for segment in heard if segment.text)


@pytest.mark.parametrize("name", ["openai-whisper", "faster-whisper"])
@pytest.mark.parametrize("sound", ["silence", "noise", "chord", "applause"])
def test_an_engine_doubts_what_it_writes_when_nobody_speaks(
    engine: Callable[..., Engine], name: str, sound: str
) -> None:
    """Without the voice activity before it, this is the last line of defence."""
    for careful in (False, True):
        (found,) = engine(name).decode([Window(samples=speechless(sound))], careful=careful)
        assert len(text_of(found).split()) <= 1
        assert all(segment.no_speech > 0.9 and doubts([segment], 20.0) for segment in found.segments)
        assert all(impossible(segment) for segment in found.segments), "so that nothing of it is kept"


@pytest.mark.parametrize("name", ["openai-whisper", "faster-whisper"])
def test_a_careful_decoding_is_the_same_every_time(engine: Callable[..., Engine], say: Say, name: str) -> None:
    sentence = say(SENTENCES[1])
    made = engine(name)
    assert word_errors([(SENTENCES[1], texts(made, [sentence], careful=True)[0])]).rate <= 0.5
    strange = say("Quietschvergnügte Xylophone jonglieren zwölf Boxkämpfer.", "whisper", 220)[::-1].copy()
    assert texts(made, [strange], careful=True) == texts(made, [strange], careful=True)


@pytest.mark.parametrize("name", ["openai-whisper", "faster-whisper"])
def test_what_is_said_weighs_more_than_what_is_not(engine: Callable[..., Engine], say: Say, name: str) -> None:
    made = engine(name)
    for index, (found, said) in enumerate(heard_sentences(made, say)):
        weights = made.weigh(found.sound, SENTENCES)
        assert weights.index(max(weights)) == index, said
        assert all(weight < 0 for weight in weights)
        assert made.weigh(found.sound, [said]) == [pytest.approx(weights[index], abs=0.05)], "each on its own"
        assert made.weigh(found.sound, []) == []


@pytest.mark.parametrize("name", ["openai-whisper", "faster-whisper"])
def test_in_silence_a_text_weighs_the_same_whatever_was_said(
    engine: Callable[..., Engine], say: Say, name: str
) -> None:
    made = engine(name)
    silent = made.weigh(None, SENTENCES)
    assert made.weigh(None, SENTENCES) == silent
    for index, (found, said) in enumerate(heard_sentences(made, say)):
        assert silent[index] < made.weigh(found.sound, [said])[0]


def test_both_engines_weigh_about_the_same(engine: Callable[..., Engine], say: Say) -> None:
    weights = {
        name: [made.weigh(found.sound, [said])[0] for found, said in heard_sentences(made, say)]
        for name in ("openai-whisper", "faster-whisper")
        for made in [engine(name)]
    }
    for one, other in zip(*weights.values(), strict=True):
        assert one == pytest.approx(other, abs=1.5)


def heard_sentences(engine: Engine, say: Say) -> list[tuple[Decoded, str]]:
    return list(zip(engine.decode([Window(samples=say(text)) for text in SENTENCES]), SENTENCES, strict=True))


@pytest.mark.parametrize("name", ["openai-whisper", "faster-whisper"])
def test_a_window_takes_what_was_said_before_as_its_prompt(engine: Callable[..., Engine], say: Say, name: str) -> None:
    """The tokens of a window, with timestamps, are the prompt of the next; both engines accept it, and neither repeats
    it."""
    made = engine(name, aligns_words=True)
    (first,) = made.decode([Window(samples=say(SENTENCES[1]))])
    said = tuple(token for tokens in first.tokens for token in tokens)
    assert len(said) > 2
    (alone,) = made.decode([Window(samples=say(SENTENCES[2]))])
    (after,) = made.decode([Window(samples=say(SENTENCES[2]), before=said)])
    assert not set(text_of(after).split()) & set(SENTENCES[1].split())
    chance = [segment.probability for found in (alone, after) for segment in found.segments]
    assert len(set(chance)) > 1, "it makes a difference"


@pytest.mark.parametrize("name", ["openai-whisper", "faster-whisper"])
def test_german_is_heard_as_german(engine: Callable[..., Engine], say: Say, name: str) -> None:
    code, probability = engine(name).language(say(SENTENCES[0]))
    assert code == "de"
    assert 0.5 < probability <= 1.0


# --- several windows in one decoding, as on a graphics card ---------------------------------------------------------


@pytest.mark.parametrize("aligns_words", [False, True])
def test_windows_decoded_together_give_the_same_as_alone(
    engine: Callable[..., Engine], say: Say, aligns_words: bool
) -> None:
    """Some have a prompt, and the prompts are of equal and of different length."""
    from whisper.tokenizer import get_tokenizer

    alone, together = (engine("openai-whisper", together=size, aligns_words=aligns_words) for size in (1, 3))
    prompt = tuple(get_tokenizer(multilingual=True).encode(" Vielen Dank."))
    parts = [say(SENTENCES[number], speed_wpm=speed) for speed in (150, 160) for number in (1, 3)]
    befores = [(), prompt, prompt[::-1], (), (), prompt[:2]]
    windows = [Window(samples=part, before=before) for part, before in zip([*parts, *parts[:2]], befores, strict=True)]
    for one, other in zip(alone.decode(windows), together.decode(windows), strict=True):
        assert text_of(one) == text_of(other)
        assert one.tokens == other.tokens
        for mine, yours in zip(one.segments, other.segments, strict=True):
            assert mine.probability == pytest.approx(yours.probability, abs=0.01)
            assert (mine.start_s, mine.end_s) == pytest.approx((yours.start_s, yours.end_s), abs=0.05)
            assert bool(mine.words) == bool(yours.words) == aligns_words


def test_a_small_graphics_card_decodes_fewer_at_once(engine: Callable[..., Engine], say: Say) -> None:
    import torch

    made = engine("openai-whisper", together=8)
    assert isinstance(made, TorchEngine)
    sizes: list[int] = []
    decoded = made._decoded

    def crowded(windows: Any, **options: Any) -> Any:
        sizes.append(len(windows))
        if len(windows) > 2:
            raise torch.OutOfMemoryError
        return decoded(windows, **options)

    made._decoded = crowded  # type: ignore[method-assign]
    said = texts(made, [say(sentence) for sentence in SENTENCES])
    assert sizes == [4, 4, 2, 2]
    assert word_errors(list(zip(SENTENCES, said, strict=True))).rate <= 0.1


# --- the plan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "cuda", "cpus", "plan"),
    [
        ("auto", False, 2, ("faster-whisper", "cpu", 2, 1)),
        ("auto", False, 1, ("faster-whisper", "cpu", 1, 1)),
        ("auto", False, 16, ("faster-whisper", "cpu", 8, 2)),
        ("auto", True, 4, ("openai-whisper", "cuda", 1, 4)),
        ("openai-whisper", False, 4, ("openai-whisper", "cpu", 1, 4)),
        ("faster-whisper", True, 4, ("faster-whisper", "cpu", 4, 1)),
    ],
)
def test_the_engine_follows_the_machine(wanted: Any, cuda: bool, cpus: int, plan: tuple[Any, ...]) -> None:
    found = plan_engine(wanted, cuda=cuda, cpus=cpus)
    assert (found.name, found.device, found.workers, found.threads) == plan


def test_a_process_uses_no_more_cores_than_it_is_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCAST_CPUS", "3")
    assert usable_cpus() == 3
    for nonsense in ("", "0", "viele"):
        monkeypatch.setenv("PODCAST_CPUS", nonsense)
        assert usable_cpus() >= 1


# --- conversion -------------------------------------------------------------------------------------------------------


def test_the_converted_tokenizer_is_whispers_own(ct2_demo: Path) -> None:
    from tokenizers import Tokenizer
    from whisper.tokenizer import get_tokenizer

    ours, theirs = Tokenizer.from_file(str(ct2_demo / "tokenizer.json")), get_tokenizer(multilingual=True)
    chance = random.Random(5)
    letters = [*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x250)), "–", "…", "„", "“", "😀", "日", "\n", " "]
    for text in (
        " Schönes Wetter in Mecklenburg-Vorpommern – 5.000 Bürger*innen!",
        *("".join(chance.choices(letters, k=chance.randint(1, 30))) for _ in range(500)),
    ):
        numbers = ours.encode(text, add_special_tokens=False).ids
        assert numbers == theirs.encode(text)
        assert ours.decode(numbers) == text
    for name, number in theirs.special_tokens.items():
        assert ours.token_to_id(name) == number


def test_a_model_is_converted_once_and_again_if_it_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = find_model("demo", tmp_path)
    events: list[Notice | Progress] = []
    folder = converted(model, events.append)
    assert events == []
    assert ct2_models.is_converted(model)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    whole = (folder / "model.bin").read_bytes()
    made_at = (folder / "model.bin").stat().st_mtime_ns
    assert converted(model, events.append) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == made_at
    (folder / "model.bin").write_bytes(whole[:-1000])
    assert converted(model, events.append) == folder
    assert (folder / "model.bin").read_bytes() == whole
    (folder / "tokenizer.json").unlink()
    assert (converted(model, events.append) / "tokenizer.json").is_file()
    assert [notice.text.startswith("Das umgewandelte Modell") for notice in events if isinstance(notice, Notice)] == [
        True,
        True,
    ]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_folder_with_a_converted_model_needs_no_checkpoint(ct2_demo: Path, tmp_path: Path) -> None:
    shutil.copytree(ct2_demo, tmp_path / "fertig")
    model = find_model("fertig", tmp_path)
    assert converted(model, no_listener) == tmp_path / "fertig"
    assert ct2_models.is_converted(model)
    with pytest.raises(ModelError, match="openai-whisper kann es nicht lesen"):
        load_model(model, device="cpu", listener=no_listener)


def test_a_folder_that_faster_whisper_cannot_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"kein Modell")
    with pytest.raises(ModelError, match="kein Whisper-Modell, das faster-whisper lesen kann"):
        Ct2Engine(tmp_path, CT2, language="de", beam_size=1, aligns_words=False)


@pytest.mark.parametrize("missing", ["encoder.conv1.weight", "decoder.ln.bias", "decoder.blocks.1.mlp.2.weight"])
def test_weights_of_another_kind_are_refused(tmp_path: Path, missing: str) -> None:
    import lzma

    import torch

    (tmp_path / "ganz.pt").write_bytes(lzma.decompress(DEMO_CHECKPOINT.read_bytes()))
    checkpoint = torch.load(tmp_path / "ganz.pt", weights_only=True)
    del checkpoint["model_state_dict"][missing]
    torch.save(checkpoint, tmp_path / "anderes.pt")
    with pytest.raises(ModelError, match="kein Whisper-Modell"):
        converted(find_model("anderes.pt", tmp_path), no_listener)


def test_official_models_keep_the_heads_that_follow_the_words(tmp_path: Path) -> None:
    """As whisper.load_model sets them."""
    from whisper.model import ModelDimensions, Whisper

    from pipeline.speech.models import alignment_heads

    dims = {
        "n_mels": 80,
        "n_audio_ctx": 1500,
        "n_audio_state": 8,
        "n_audio_head": 6,
        "n_audio_layer": 4,
        "n_vocab": 51_865,
        "n_text_ctx": 448,
        "n_text_state": 8,
        "n_text_head": 6,
        "n_text_layer": 4,
    }
    dims["n_audio_state"] = dims["n_text_state"] = 6 * 4
    import whisper

    network = Whisper(ModelDimensions(**dims))
    network.set_alignment_heads(whisper._ALIGNMENT_HEADS["tiny"])
    theirs = [tuple(pair) for pair in network.alignment_heads.indices().T.tolist()]
    assert alignment_heads(find_model("tiny", tmp_path), dims) == theirs
    assert alignment_heads(find_model("demo", tmp_path), dims) is None


def test_the_config_contains_what_is_never_written(ct2_demo: Path) -> None:
    from whisper.tokenizer import get_tokenizer

    config = json.loads((ct2_demo / "config.json").read_text(encoding="utf-8"))
    whisper = get_tokenizer(multilingual=True)
    assert set(whisper.non_speech_tokens) < set(config["suppress_ids"])
    assert config["suppress_ids_begin"] == [*whisper.encode(" "), whisper.eot]
    assert config["lang_ids"] == sorted(whisper.all_language_tokens)


def test_a_download_whose_checksum_is_wrong_is_not_converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "cache" / "whisper" / "tiny.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"halb")
    model = replace(find_model("tiny", tmp_path), path=path)
    assert isinstance(model, WhisperModel)
    assert model.sha256 != hashlib.sha256(b"halb").hexdigest()
    with pytest.raises(ModelError, match="Prüfsumme") as caught:
        converted(model, no_listener)
    assert "Diese Datei löschen" in caught.value.advice
