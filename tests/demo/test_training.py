"""Parts of the training: batches that repeat, tokens Whisper would write, and an export that changes nothing."""

import io
import itertools

import numpy as np
import pytest
import torch

from tools.demo_model import corpus, network, train, vocabulary, windows

TEXTS = ("Guten Tag zusammen.", "Wie geht es jetzt weiter?", "Auf Wiederhören.")
SHAPE = windows.Shape(window_s=4, batch=2, sentences=2)


@pytest.fixture(scope="module")
def renderings():
    spoken = [
        corpus.Task(part="trained", text=text, variant=variant, speed_wpm=160, pitch=50)
        for text in TEXTS
        for variant in ("m1", "f2")
    ]
    return [
        corpus.Rendering(part=task.part, text=task.text, variant=task.variant, samples=corpus.render(task))
        for task in spoken
    ]


@pytest.fixture(autouse=True)
def one_thread():
    """Train on one thread: steps this small would only wait for other threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return network.DemoNetwork(vocabulary.vocabulary(TEXTS))


def test_a_corpus_file_returns_its_renderings(tmp_path, renderings):
    corpus.save(tmp_path / "corpus.npz", renderings)
    for saved, given in zip(corpus.load(tmp_path / "corpus.npz"), renderings, strict=True):
        assert (saved.part, saved.text, saved.variant) == (given.part, given.text, given.variant)
        assert np.array_equal(saved.samples, given.samples)


def test_a_rendering_is_loud_and_without_silence_around_it(renderings):
    for rendering in renderings:
        assert np.abs(rendering.samples).max() == 32_000
        assert np.abs(rendering.samples[:800]).max() > 300


def test_a_vocabulary_returns_the_text(net):
    words = net.words
    for text in TEXTS:
        places = words.encoded(text)
        assert words.tokenizer.decode([words.used[place] for place in places]) == " " + text
        assert sum(words.lengths(places)) == len(text) + 1


def test_a_word_outside_the_vocabulary_becomes_the_shared_place(net):
    assert net.words.shared in net.words.encoded("Quittengelee")


@pytest.mark.parametrize("window_s", [6, 30])
def test_batches_repeat_for_the_same_step_and_differ_between_steps(renderings, net, window_s):
    shape = windows.Shape(window_s=window_s, batch=2, sentences=3)
    first, again = (windows.WindowBatches(renderings, net.words, shape, seed=1) for _ in range(2))
    assert torch.equal(first[3].samples, again[3].samples)
    assert torch.equal(first[3].inputs, again[3].inputs)
    assert not torch.equal(first[3].samples, first[4].samples)
    other = windows.WindowBatches(renderings, net.words, shape, seed=1, rank=1)
    assert not torch.equal(first[3].samples, other[3].samples)


def test_targets_are_what_whisper_writes(renderings, net):
    """From <|startoftranscript|> on: language, task, then times in pairs around known sentences."""
    words = net.words
    made = windows.WindowBatches(renderings, words, windows.Shape(window_s=30, batch=8, sentences=6), seed=2)
    spoken = 0
    for step in range(3):
        for targets in made[step].targets.tolist():
            places = [place for place in targets if place != windows.IGNORED]
            if places[0] == words.special("no_speech"):
                assert places[1:] == [words.first_timestamp, words.special("eot")]
                continue
            assert places[:2] == [words.special("german"), words.special("transcribe")]
            assert places[-1] == words.special("eot")
            tokens = [words.used[place] for place in places[2:-1]]
            text = words.tokenizer.decode([token for token in tokens if token < words.tokenizer.eot])
            for sentence in TEXTS:
                text = text.replace(" " + sentence, "")
            assert text == ""
            times = [place for place in places if place >= words.first_timestamp]
            assert times == sorted(times)
            spoken += 1
    assert spoken > 12


def test_speechless_windows_do_occur(renderings, net):
    made = windows.WindowBatches(renderings, net.words, SHAPE, seed=1)
    wanted = net.words.special("no_speech")
    assert any((made[step].targets == wanted).any() for step in range(20))


def test_losses_fall_while_training(renderings):
    """A hundred small steps on three sentences: far from a model, but every part of the loss must move."""
    phase = train.Phase(name="A", shape=SHAPE, steps=100, first_rate=1e-3, last_rate=5e-4, warm_up=10)
    training = train.start(renderings, torch.device("cpu"))
    made = train.batches(phase, renderings, training, share=train.Share(), loaders=0)
    seen = [
        (losses.tokens.item(), losses.letters.item(), losses.attention.item())
        for _, losses in training.run(phase, made)
    ]
    assert training.done == {"A": 100}
    for before, after in zip(np.mean(seen[:10], axis=0), np.mean(seen[-10:], axis=0), strict=True):
        assert after < 0.9 * before


def test_an_interrupted_training_continues_as_if_it_had_never_stopped(tmp_path, renderings):
    phase = train.Phase(name="A", shape=SHAPE, steps=4, first_rate=1e-3, last_rate=1e-4, warm_up=1)

    def run(training, until):
        steps = training.run(phase, train.batches(phase, renderings, training, share=train.Share(), loaders=0))
        return [step for step, _ in itertools.islice(steps, until)]

    whole, first, rest = (train.start(renderings, torch.device("cpu")) for _ in range(3))
    run(whole, 4)
    assert run(first, 2) == [1, 2]
    first.save(tmp_path / "state")
    rest.restore(tmp_path / "state")
    assert run(rest, 2) == [3, 4]
    for name, weight in whole.net.state_dict().items():
        assert torch.equal(weight, rest.net.state_dict()[name]), name


def test_an_encoder_head_starts_by_looking_at_its_side(net):
    encoder = net.whisper.encoder
    frame = 700
    with torch.no_grad():
        for block, distances in zip(encoder.blocks, network._NEIGHBOURS, strict=True):
            places = block.attn_ln(encoder.positional_embedding)
            query, key = (part(places).view(1500, len(distances), -1) for part in (block.attn.query, block.attn.key))
            for head, distance in enumerate(distances):
                looked = (query[frame, head] @ key[:, head].T).argmax().item() - frame
                assert abs(looked - distance) <= 3


def test_the_export_is_an_ordinary_whisper_checkpoint_with_the_same_probabilities(net):
    from whisper.model import ModelDimensions, Whisper

    net = net.half().float()  # the export keeps half precision
    content = network.checkpoint(net)
    loaded = torch.load(io.BytesIO(content), weights_only=True)
    full = Whisper(ModelDimensions(**loaded["dims"]))
    full.load_state_dict(loaded["model_state_dict"])
    assert (full.dims.n_vocab, full.dims.n_mels, full.dims.n_audio_ctx, full.dims.n_text_ctx) == (51_865, 80, 1500, 448)
    words = net.words
    heard = torch.randn(1, 1500, network.STATE)
    places = torch.tensor([[words.special("sot"), *words.encoded(TEXTS[0])]])
    tokens = torch.tensor([[words.used[place] for place in places[0].tolist()]])
    with torch.no_grad():
        reduced = net.whisper.decoder(places, heard)
        reduced[..., words.shared] += words.log_unused
        expected = torch.log_softmax(reduced, -1)[..., : words.shared]
        given = torch.log_softmax(full.decoder(tokens, heard), -1)[..., list(words.used)]
    assert torch.allclose(expected, given, atol=1e-3)


def test_the_export_has_the_same_bytes_for_the_same_weights(net):
    assert network.checkpoint(net) == network.checkpoint(net)
