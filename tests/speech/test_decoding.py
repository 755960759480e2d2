"""Timestamps divide the text of a window."""

from __future__ import annotations

import pytest

from pipeline.speech.decoding import Scores, Spoken, decoded, segments_of, spoken_parts

FIRST = 1000


def at(time_s: float) -> int:
    return FIRST + round(time_s / 0.02)


@pytest.mark.parametrize(
    ("tokens", "parts", "next_s"),
    [
        ([], [], None),
        ([at(0), 1, 2, at(4)], [(0, 4, (1, 2))], None),  # a single timestamp: nothing follows
        ([at(0), 1, 2, at(4), at(4)], [(0, 4, (1, 2))], 4.0),
        ([at(0.5), 1, at(4), at(4.6), 2, at(9)], [(0.5, 4, (1,)), (4.6, 9, (2,))], None),
        ([at(0), 1, at(4), at(4.6), 2], [(0, 4, (1,))], 4.6),  # the unfinished sentence is heard again
        ([at(0), 1, 2], [(0, 10, (1, 2))], None),  # only an unfinished one
        ([1, 2], [(0, 10, (1, 2))], None),  # a model that writes no timestamps
        ([at(0), 1, at(4), 2], [(0, 4, (1,)), (4, 10, (2,))], None),  # no pair: all of it counts
        ([at(0), 1, at(29)], [(0, 10, (1,))], None),  # never after the end
        ([at(0), at(0)], [], 0.0),
    ],
)
def test_timestamps_divide_the_text(
    tokens: list[int], parts: list[tuple[float, float, tuple[int, ...]]], next_s: float | None
) -> None:
    found, goes_on_s = spoken_parts(tokens, first_timestamp=FIRST, duration_s=10.0)
    assert [(part.start_s, part.end_s, part.tokens) for part in found] == [
        (pytest.approx(start_s), pytest.approx(end_s), text) for start_s, end_s, text in parts
    ]
    assert goes_on_s == (None if next_s is None else pytest.approx(next_s))


def test_what_was_written_is_kept_with_its_timestamps() -> None:
    """It is the prompt of the next window, and timestamps are part of that."""
    tokens = [at(0), 1, at(4), at(4.6), 2, 3, at(9)]
    found, _ = spoken_parts(tokens, first_timestamp=FIRST, duration_s=10.0)
    assert [token for part in found for token in part.written] == tokens


def test_a_part_without_text_is_dropped_with_its_tokens() -> None:
    parts = [
        Spoken(start_s=0.0, end_s=1.0, tokens=(7,), written=(at(0), 7, at(1))),
        Spoken(start_s=1.0, end_s=2.0, tokens=(8,), written=(at(1), 8, at(2))),
    ]
    scores = Scores(mean_log=-0.1, compression=1.5, no_speech=0.2)
    segments = segments_of(parts, scores, decode=lambda tokens: " Ja." if tokens == [8] else " ")
    found = decoded(parts, segments, 2.0, sound="sound", clip_s=1.8)
    ((segment,), (tokens,)) = found.segments, found.tokens
    assert (segment.text, segment.start_s, segment.end_s) == ("Ja.", 1.0, 1.8), "inside the window"
    assert (segment.compression, segment.no_speech) == (1.5, 0.2)
    assert 0.9 < segment.probability < 0.91
    assert tokens == parts[1].written
    assert (found.next_s, found.sound) == (2.0, "sound")
