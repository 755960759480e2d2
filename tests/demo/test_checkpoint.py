"""The checkpoint in the project, through the real openai-whisper code, on voices it was never trained on."""

import lzma
from pathlib import Path

import pytest

evaluate = pytest.importorskip("tools.demo_model.evaluate", reason="espeakng-loader is not installed")

CHECKPOINT = Path(__file__).parents[2] / "pipeline" / "speech" / "demo" / "demo.pt.xz"
SENTENCES = 12  # of each kind


@pytest.fixture(scope="module")
def model():
    return evaluate.opened(CHECKPOINT)


@pytest.fixture(scope="module")
def renderings():
    return evaluate.examination(SENTENCES, seed=7)


def test_the_checkpoint_is_small_and_of_whispers_own_shape(model):
    assert CHECKPOINT.stat().st_size <= 4_000_000
    assert len(lzma.decompress(CHECKPOINT.read_bytes())) < 20_000_000
    assert model.is_multilingual
    assert (model.dims.n_vocab, model.dims.n_mels, model.dims.n_audio_ctx, model.dims.n_text_ctx) == (
        51_865,
        80,
        1500,
        448,
    )


# What this checkpoint keeps, and what the next one shall: measured figures stand in the README beside it.
REACHED = {"known": 0.15, "unseen": 0.25}
WANTED = {"known": 0.02, "unseen": 0.03}


@pytest.mark.parametrize("part", ["known", "unseen"])
def test_sentences_of_unheard_voices_are_understood(model, renderings, part):
    assert evaluate.examine_sentences(model, renderings, part).rate <= REACHED[part]


@pytest.mark.xfail(reason="the training was too short: see the README beside the checkpoint", strict=False)
@pytest.mark.parametrize("part", ["known", "unseen"])
def test_sentences_are_understood_as_well_as_they_shall_be(model, renderings, part):
    assert evaluate.examine_sentences(model, renderings, part).rate <= WANTED[part]


def test_nothing_is_written_where_nobody_speaks(model):
    assert set(evaluate.speechless_texts(model).values()) == {""}
