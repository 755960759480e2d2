"""What the demo model learns and what is kept from it."""

import pytest

from pipeline.german import espeak
from tools import example_script as script
from tools import example_voices
from tools.demo_model import corpus, sentences, wer

SPLIT = sentences.sentences()
SAID = tuple(sentence for turn in script.SCRIPT for sentence in turn.sentences)


def test_no_sentence_is_both_trained_and_unseen():
    assert not set(SPLIT.trained) & set(SPLIT.unseen)
    assert len(set(SPLIT.trained)) == len(SPLIT.trained)


def test_every_word_of_an_unseen_combination_is_known():
    known = {word for text in SPLIT.trained for word in wer.words(text)}
    assert {word for text in SPLIT.unseen for word in wer.words(text)} <= known


def test_enough_sentences_are_trained_and_kept_back():
    assert len(SPLIT.trained) >= 200
    assert len(SPLIT.unseen) >= 60


def test_the_split_is_the_same_every_time():
    assert sentences.sentences() == SPLIT


def test_the_example_says_trained_and_untrained_sentences():
    unknown = {sentence for sentence in SAID if sentence not in SPLIT.trained}
    assert unknown <= set(SPLIT.unseen)
    assert unknown >= sentences.HELD_OUT - {"Bei uns ist heute Sina Silbe aus dem Wortlabor."}
    assert 8 <= len(unknown) < len(SAID) / 2


def test_the_example_uses_only_known_words():
    known = {word for text in SPLIT.trained for word in wer.words(text)}
    assert {word for text in SAID for word in wer.words(text)} <= known


def test_the_held_out_voices_are_never_trained():
    assert len(corpus.TRAINED_VOICES) == 40
    assert len(corpus.HELD_OUT_VOICES) == 8
    assert not set(corpus.TRAINED_VOICES) & set(corpus.HELD_OUT_VOICES)


def test_the_wheel_has_every_voice():
    assert {*corpus.TRAINED_VOICES, *corpus.HELD_OUT_VOICES} - {""} <= set(espeak.variants())


def test_the_example_is_spoken_by_voices_that_were_never_trained():
    cast = {member.voice.variant for member in script.CAST}
    assert len(cast) == 3
    assert cast == {timbre.name for timbre in example_voices.TIMBRES}
    assert not cast & {*corpus.TRAINED_VOICES, *corpus.HELD_OUT_VOICES}


def test_renderings_for_training_use_trained_voices_and_sentences_only():
    for task in corpus.tasks(trained=300, examined=20):
        voices = corpus.TRAINED_VOICES if task.part == "trained" else corpus.HELD_OUT_VOICES
        texts = SPLIT.unseen if task.part == "unseen" else SPLIT.trained
        assert task.variant in voices
        assert task.text in texts


@pytest.mark.parametrize(
    ("said", "transcribed", "wrong"),
    [
        ("Guten Tag.", "guten tag", 0),
        ("Guten Tag zusammen.", "Guten zusammen", 1),
        ("Guten Tag.", "", 2),
        ("Auf Wiederhören.", "Auf auf Wiedersehen.", 2),
    ],
)
def test_the_word_error_rate_counts_words_to_change(said, transcribed, wrong):
    errors = wer.word_errors([(said, transcribed)])
    assert errors.wrong == wrong
    assert errors.rate == wrong / len(wer.words(said))
