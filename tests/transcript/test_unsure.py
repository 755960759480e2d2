"""Words that are probably wrong."""

from __future__ import annotations

import pytest

from pipeline.transcript.unsure import chance, most_doubtful, unsure
from pipeline.values.speech import Provenance, Recognition, Segment, Word


def word(text: str, probability: float, start_s: float = 0.0) -> Word:
    return Word(text=text, start_s=start_s, end_s=start_s + 0.3, probability=probability)


def heard(*words: Word, times: str = "word") -> Recognition:
    provenance = Provenance(model="base", model_sha256="", engine="", versions=(), date="2026-01-01", demo=False)
    segment = Segment(start_s=0.0, end_s=99.0, times=times, words=words)  # type: ignore[arg-type]
    return Recognition(fingerprint="", provenance=provenance, segments=(segment,))


@pytest.mark.parametrize(
    ("text", "probability", "doubted"),
    [
        ("Die", 0.05, False),  # the first word of a segment is seldom sure, and mostly right
        ("„Die“,", 0.05, False),  # marks are no letters
        ("1990", 0.05, False),
        ("Haus", 0.59, True),
        ("Haus", 0.61, False),
        ("Kuratorium.", 0.69, True),
        ("Kuratorium.", 0.71, False),
    ],
)
def test_long_words_are_doubted_sooner_and_the_shortest_never(text: str, probability: float, *, doubted: bool) -> None:
    assert (chance(word(text, probability)) > 0) is doubted
    assert bool(unsure(heard(word(text, probability)))) is doubted


def test_no_word_is_doubted_if_only_whole_segments_have_a_probability() -> None:
    assert unsure(heard(word("Kuratorium", 0.1), times="segment")) == ()


def test_the_most_doubtful_are_chosen_by_their_share_of_errors_and_listed_in_order() -> None:
    words = (
        word("Haus", 0.5, 10.0),
        word("Kuratorium", 0.65, 20.0),
        word("Kuratorium", 0.3, 30.0),
        word("Baum", 0.1, 40.0),
    )
    assert most_doubtful(words, 2) == words[2:]
    assert most_doubtful(words, 3) == words[1:]
    assert most_doubtful(words, 4) == words
