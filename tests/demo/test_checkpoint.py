"""The checkpoint in the project, through the real openai-whisper code, on voices it was never trained on."""

import lzma
from pathlib import Path

import pytest

from tools.demo_model import evaluate

CHECKPOINT = Path(__file__).parents[2] / "pipeline" / "speech" / "demo" / "demo.pt.xz"
SENTENCES = 40  # of each kind; about 300 words, so that the bounds mean something


@pytest.fixture(scope="module")
def model():
    return evaluate.opened(CHECKPOINT)


@pytest.fixture(scope="module")
def renderings():
    return evaluate.examination(SENTENCES, seed=7)


def test_the_checkpoint_is_small_and_has_whispers_own_dimensions(model):
    assert CHECKPOINT.stat().st_size <= 4_000_000
    assert len(lzma.decompress(CHECKPOINT.read_bytes())) < 20_000_000
    assert model.is_multilingual
    assert (model.dims.n_vocab, model.dims.n_mels, model.dims.n_audio_ctx, model.dims.n_text_ctx) == (
        51_865,
        80,
        1500,
        448,
    )


@pytest.mark.parametrize(("part", "most"), [("known", 0.02), ("unseen", 0.03)])
def test_sentences_of_unheard_voices_are_understood(model, renderings, part, most):
    assert evaluate.examine_sentences(model, renderings, part).rate <= most


def test_a_dialogue_is_understood_with_whispers_own_timestamps(model, renderings):
    made = evaluate.dialogue(renderings, seed=0)
    said = evaluate.heard(model, made.samples)
    assert evaluate.word_errors([(made.text, said)]).rate <= 0.10


def test_nothing_is_written_if_nobody_speaks(model):
    assert set(evaluate.speechless_texts(model).values()) == {""}
