"""Edit lists, the two clocks, moved chapters, and inaudible joints."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import sine

from pipeline.audio.edits import conversation, leave_out, length_s, moved_chapters, softened, to_episode, to_recording
from pipeline.values.audio import Piece, Timeline
from pipeline.values.show import Chapter

RATE = 48_000
WHOLE = (Piece(start_s=0.0, end_s=100.0, at_s=0.0),)


def timeline(*removed: tuple[float, float], intro_s: float = 0.0, outro_s: float = 0.0) -> Timeline:
    """100 s of recording with cuts, and a stretch of music before and after."""
    pieces = [
        Piece(start_s=piece.start_s, end_s=piece.end_s, at_s=piece.at_s + intro_s)
        for piece in leave_out(WHOLE, removed)
    ]
    return Timeline(sources=(), pieces=tuple(pieces), duration_s=intro_s + length_s(pieces) + outro_s)


@st.composite
def edited(draw: st.DrawFn) -> Timeline:
    """Any cuts in the first 100 s, any music around them."""
    edges = sorted(draw(st.sets(st.integers(1, 999), max_size=16)))
    removed = [(first / 10, second / 10) for first, second in zip(edges[::2], edges[1::2], strict=False)]
    seconds = st.sampled_from([0.0, 7.3, 31.004])
    return timeline(*removed, intro_s=draw(seconds), outro_s=draw(seconds))


@given(edited(), st.floats(0, 100))
def test_a_kept_time_maps_to_the_episode_and_back(found: Timeline, recording_s: float) -> None:
    episode_s = to_episode(found, recording_s)
    inside = any(piece.start_s <= recording_s < piece.end_s for piece in found.pieces)
    assert (episode_s is not None) == (inside or recording_s == found.pieces[-1].end_s)
    if episode_s is not None:
        assert to_recording(found, episode_s) == pytest.approx(recording_s, abs=2e-6)


@given(edited(), st.floats(-1, 180))
def test_every_moment_of_the_conversation_comes_from_one_of_the_recordings(found: Timeline, episode_s: float) -> None:
    recording_s = to_recording(found, episode_s)
    start_s, end_s = conversation(found)
    assert (recording_s is not None) == (start_s <= episode_s <= end_s)
    back_s = None if recording_s is None else to_episode(found, recording_s)
    if back_s is not None:
        assert back_s == pytest.approx(episode_s, abs=2e-6)


@given(edited())
def test_pieces_follow_one_another_on_both_clocks(found: Timeline) -> None:
    for before, after in pairwise(found.pieces):
        assert before.end_s < after.start_s
        assert before.at_s + before.end_s - before.start_s == pytest.approx(after.at_s, abs=2e-6)


def test_without_pieces_the_two_clocks_are_the_same() -> None:
    plain = Timeline(sources=(), duration_s=10.0)
    assert [to_episode(plain, at_s) for at_s in (0.0, 4.5, 10.0, 10.1)] == [0.0, 4.5, 10.0, None]
    assert [to_recording(plain, at_s) for at_s in (-0.1, 0.0, 4.5, 10.0)] == [None, 0.0, 4.5, 10.0]


def test_a_second_pass_can_cut_across_the_joints_of_the_first() -> None:
    once = leave_out(WHOLE, [(20.0, 30.0), (30.02, 40.0)])
    assert once == (Piece(start_s=0.0, end_s=20.0, at_s=0.0), Piece(start_s=40.0, end_s=100.0, at_s=20.0))
    twice = leave_out(once, [(18.5, 21.0), (79.0, 80.0)])
    assert twice == (Piece(start_s=0.0, end_s=18.5, at_s=0.0), Piece(start_s=41.0, end_s=99.0, at_s=18.5))


CHAPTERS = tuple(Chapter(start_s=at_s, title=title) for at_s, title in [(0, "Anfang"), (30, "Mitte"), (80, "Ende")])


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        (timeline(), timeline(), []),
        (timeline(), timeline(intro_s=9), [("Mitte", 39, False), ("Ende", 89, False)]),
        (timeline(intro_s=9), timeline(), [("Mitte", 21, False), ("Ende", 71, False)]),
        (timeline(), timeline((90.0, 95.0)), []),
        (timeline(), timeline((10.0, 15.0), (50.0, 51.5)), [("Mitte", 25, False), ("Ende", 73.5, False)]),
        (timeline(), timeline((25.0, 40.0)), [("Mitte", 25, True), ("Ende", 65, False)]),
        (timeline((25.0, 40.0)), timeline(), [("Mitte", 45, False), ("Ende", 95, False)]),
        (timeline(), timeline((75.0, 100.0)), [("Ende", 75, True)]),
        (timeline(intro_s=40), timeline(), [("Mitte", 0, False), ("Ende", 40, False)]),
        (timeline((60.0, 100.0), outro_s=30), timeline((50.0, 100.0), outro_s=30), [("Ende", 70, False)]),
    ],
)
def test_chapters_follow_what_was_said(old: Timeline, new: Timeline, moved: list[tuple[str, float, bool]]) -> None:
    found = [(chapter.title, chapter.after_s, chapter.cut) for chapter in moved_chapters(old, new, CHAPTERS)]
    assert found == moved


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_joint_makes_no_click_and_changes_no_other_sample(rate: int) -> None:
    first, second = sine(3, 220, -3, rate=rate, phase=1.5), sine(4, 220, 6, rate=rate, phase=4.5)
    hard = np.concatenate((first, second)).astype(np.float32)[:, None].repeat(2, axis=1)
    cut = Timeline(
        sources=(),
        duration_s=7.0,
        pieces=(Piece(start_s=0.0, end_s=3.0, at_s=0.0), Piece(start_s=5.0, end_s=9.0, at_s=3.0)),
    )
    own = max(np.abs(np.diff(part)).max() for part in (first, second))
    assert np.abs(np.diff(hard[:, 0])).max() > 20 * own
    heard = np.concatenate(list(softened(np.array_split(hard, 11), cut, sample_rate_hz=rate)))
    assert heard.shape == hard.shape
    assert np.abs(np.diff(heard[:, 0])).max() <= 1.05 * own
    soft = np.flatnonzero(np.abs(heard - hard).max(axis=1) > 1e-6)
    reach = rate // 100
    middle = soft[(soft > reach) & (soft < len(hard) - reach)]
    assert 3 * rate - reach <= middle.min() < 3 * rate < middle.max() <= 3 * rate + reach


def test_without_pieces_nothing_is_softened() -> None:
    block = sine(1, 220, -3)[:, None].astype(np.float32)
    plain = Timeline(sources=(), duration_s=1.0)
    assert np.array_equal(np.concatenate(list(softened([block], plain, sample_rate_hz=RATE))), block)
