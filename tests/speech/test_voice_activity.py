from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from speech_samples import RATE_HZ, SENTENCES, conversation, silence

from pipeline.speech.activity import WINDOW_S, Stretch, sections, speech_probabilities, speech_stretches

if TYPE_CHECKING:
    from speech_samples import Samples, Say


def stretches_in(samples: Samples) -> tuple[Stretch, ...]:
    return speech_stretches(speech_probabilities([samples]), duration_s=len(samples) / RATE_HZ)


def stretch(start_s: float, end_s: float) -> Stretch:
    return Stretch(start_s=start_s, end_s=end_s)


def not_speech(kind: str) -> Samples:
    times = np.arange(12 * RATE_HZ) / RATE_HZ
    chance = np.random.default_rng(1)
    sounds = {
        "silence": 0 * times,
        "soft noise": 0.01 * chance.standard_normal(len(times)),
        "loud noise": 0.2 * chance.standard_normal(len(times)),
        "tone": 0.2 * np.sin(2 * np.pi * 330 * times),
        "chord": sum(0.1 * np.sin(2 * np.pi * hertz * times) for hertz in (220, 277, 330)),
        "hum": 0.1 * np.sign(np.sin(2 * np.pi * 50 * times)),
    }
    return np.asarray(sounds[kind], dtype=np.float32)


@pytest.mark.parametrize("kind", ["silence", "soft noise", "loud noise", "tone", "chord", "hum"])
def test_nobody_speaks_in_silence_noise_and_tones(kind: str) -> None:
    assert stretches_in(not_speech(kind)) == ()


def test_an_empty_recording_has_no_speech() -> None:
    assert stretches_in(silence(0)) == ()


def test_every_sentence_after_half_a_second_of_pause_is_a_stretch_of_its_own(say: Say) -> None:
    talk = conversation([(0, say(SENTENCES[1])), (1, say(SENTENCES[2], "f4")), (0, say(SENTENCES[3]))], pause_s=0.7)
    found = stretches_in(talk.samples)
    assert len(found) == 3
    for (start_s, end_s, _), part in zip(talk.turns, found, strict=True):
        assert start_s - 0.4 < part.start_s < start_s + 0.1
        assert end_s - 0.1 < part.end_s < end_s + 0.6
    assert all(earlier.end_s <= later.start_s for earlier, later in pairwise(found))


def test_the_size_of_the_blocks_does_not_matter(say: Say) -> None:
    samples = say(SENTENCES[1])
    whole = speech_probabilities([samples])
    assert len(whole) == int(np.ceil(len(samples) / RATE_HZ / WINDOW_S))
    assert np.array_equal(whole, speech_probabilities(np.array_split(samples, 7)))
    assert np.array_equal(whole, speech_probabilities(np.array_split(samples, 300)))


def test_the_number_of_torch_threads_is_restored() -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        stretches_in(silence(1))
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_speech_without_pauses_is_cut_into_pieces_that_fit_a_window() -> None:
    talking = np.full(round(95 / WINDOW_S), 0.9, dtype=np.float32)
    found = speech_stretches(talking, duration_s=95)
    assert all(part.duration_s <= 30 for part in found)
    assert sum(part.duration_s for part in found) == pytest.approx(95, abs=1)


def test_speech_is_left_whole_if_a_window_may_end_anywhere() -> None:
    talking = np.full(round(95 / WINDOW_S), 0.9, dtype=np.float32)
    (found,) = speech_stretches(talking, duration_s=95, longest_s=float("inf"))
    assert found.duration_s == pytest.approx(95, abs=1)


@pytest.mark.parametrize(
    ("given", "joined"),
    [
        ([], []),
        ([(0, 5)], [(0, 5)]),
        ([(0, 5), (6, 12), (90, 100)], [(0, 100)]),
        ([(0, 170), (171, 181), (181.4, 300)], [(0, 181), (181.4, 300)]),  # three minutes at least
        ([(0, 181), (181.2, 300), (301, 320)], [(0, 300), (301, 320)]),  # only at a long pause
        ([(0, 400), (401, 402)], [(0, 400), (401, 402)]),
    ],
)
def test_sections_are_minutes_long_and_end_at_long_pauses(
    given: list[tuple[float, float]], joined: list[tuple[float, float]]
) -> None:
    assert sections([stretch(*part) for part in given]) == tuple(stretch(*part) for part in joined)


def test_a_stretch_in_pieces_is_as_long_as_before_and_no_piece_is_too_long() -> None:
    for length_s, pieces in ((29.0, 1), (30.0, 1), (31.0, 2), (95.0, 4)):
        found = stretch(7, 7 + length_s).pieces(30.0)
        assert len(found) == pieces
        assert all(part.duration_s <= 30.0 + 1e-9 for part in found)
        assert (found[0].start_s, found[-1].end_s) == (7, 7 + length_s)
        assert all(before.end_s == after.start_s for before, after in pairwise(found))
