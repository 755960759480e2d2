"""Edit lists: what is kept of the recordings, how times map across cuts, and how the joints sound.

Timeline.pieces follow one another without gaps, in time order on both clocks; all functions here rely on that.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.audio.segments import with_fade
from pipeline.media.blocks import Tape
from pipeline.values.audio import Piece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.media.blocks import Block
    from pipeline.values.audio import Timeline
    from pipeline.values.show import Chapter

_SOFT_S = 0.01  # fade on each side of a joint: no click, and no consonant is lost
_SHORTEST_PIECE_S = 0.05  # a shorter piece between two cuts sounds like a crackle
_SAME_S = 0.05  # a chapter that moves by less has not moved


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedChapter:
    """A chapter that now begins elsewhere. `cut`: its beginning was cut out, and `after_s` is where the audio
    continues."""

    title: str
    before_s: float
    after_s: float
    cut: bool


def pieces_of(timeline: Timeline) -> tuple[Piece, ...]:
    """The timeline's pieces, or one piece for the whole if it has none."""
    return timeline.pieces or (Piece(start_s=0.0, end_s=timeline.duration_s, at_s=0.0),)


def leave_out(pieces: Sequence[Piece], removed: Iterable[tuple[float, float]]) -> tuple[Piece, ...]:
    """The pieces without the stretches `removed`, moved together to begin at 0; times are rounded to microseconds.

    `pieces` begin at 0; `removed` are (start, end) on the clock of the pieces' `at_s`, in time order, without overlap.
    """
    kept: list[Piece] = []
    at_s = 0.0
    for start_s, end_s in _between(removed, until_s=length_s(pieces)):
        for piece in pieces:
            first_s = max(start_s, piece.at_s)
            last_s = min(end_s, piece.at_s + piece.end_s - piece.start_s)
            if last_s - first_s < _SHORTEST_PIECE_S:
                continue
            begin_s = round(piece.start_s + first_s - piece.at_s, 6)
            stop_s = round(piece.start_s + last_s - piece.at_s, 6)
            kept.append(Piece(start_s=begin_s, end_s=stop_s, at_s=at_s))
            at_s = round(at_s + stop_s - begin_s, 6)
    return tuple(kept)


def length_s(pieces: Sequence[Piece]) -> float:
    """Seconds from the start of the first piece to the end of the last; 0 without pieces."""
    return _end_s(pieces[-1]) - pieces[0].at_s if pieces else 0.0


def conversation(timeline: Timeline) -> tuple[float, float]:
    """Where the conversation begins and ends on the episode's clock; there is only music before and after it."""
    if not timeline.pieces:
        return 0.0, timeline.duration_s
    return timeline.pieces[0].at_s, _end_s(timeline.pieces[-1])


def to_episode(timeline: Timeline, recording_s: float) -> float | None:
    """The time on the finished episode's clock for a time of the recordings; None if that was left out."""
    pieces = pieces_of(timeline)
    index = bisect_right(pieces, recording_s, key=lambda piece: piece.start_s) - 1
    if index < 0 or recording_s > pieces[index].end_s:
        return None
    if recording_s == pieces[index].end_s and index < len(pieces) - 1:
        return None
    return pieces[index].at_s + recording_s - pieces[index].start_s


def to_recording(timeline: Timeline, episode_s: float) -> float | None:
    """The time on the recordings' clock for a time of the finished episode; None where there is only music or nothing.

    At a joint, this is the time of what follows the joint.
    """
    start_s, end_s = conversation(timeline)
    if not start_s <= episode_s <= end_s:
        return None
    pieces = pieces_of(timeline)
    piece = pieces[bisect_right(pieces, episode_s, key=lambda piece: piece.at_s) - 1]
    return min(piece.start_s + episode_s - piece.at_s, piece.end_s)


def moved_chapters(old: Timeline, new: Timeline, chapters: Iterable[Chapter]) -> tuple[MovedChapter, ...]:
    """The chapters of the `old` finished episode that begin elsewhere in the `new` one, in order.

    Both timelines are of the same recordings. A chapter at 0 always begins with the episode.
    """
    found = []
    for chapter in chapters:
        recording_s = to_recording(old, chapter.start_s)
        if chapter.start_s == 0:
            after_s: float | None = 0.0
        elif recording_s is None:
            after_s = _in_music(old, new, chapter.start_s)
        else:
            after_s = to_episode(new, recording_s)
        cut = after_s is None
        if after_s is None:
            after_s = _next_kept(new, recording_s or 0.0)
        if cut or abs(after_s - chapter.start_s) > _SAME_S:
            found.append(MovedChapter(title=chapter.title, before_s=chapter.start_s, after_s=after_s, cut=cut))
    return tuple(found)


def softened(blocks: Iterable[Block], timeline: Timeline, *, sample_rate_hz: int) -> Iterator[Block]:
    """The same samples with a fade of 10 ms at both ends of every piece; lengths stay. Without pieces nothing is
    changed.

    `blocks` are on the episode's clock. The fades do not overlap, because the two sides of a cut are unrelated.
    """
    tape = Tape(blocks)
    count = round(_SOFT_S * sample_rate_hz)
    for piece in timeline.pieces:
        yield from tape.through(round(piece.at_s * sample_rate_hz) - tape.position)
        yield with_fade(tape.read(count), rising=True, sample_rate_hz=sample_rate_hz)
        yield from tape.through(round(_end_s(piece) * sample_rate_hz) - count - tape.position)
        yield with_fade(tape.read(count), rising=False, sample_rate_hz=sample_rate_hz)
    yield from tape.rest()


def _between(removed: Iterable[tuple[float, float]], *, until_s: float) -> Iterator[tuple[float, float]]:
    at_s = 0.0
    for start_s, end_s in removed:
        yield at_s, start_s
        at_s = end_s
    yield at_s, until_s


def _end_s(piece: Piece) -> float:
    return piece.at_s + piece.end_s - piece.start_s


def _in_music(old: Timeline, new: Timeline, episode_s: float) -> float:
    """In the intro, the same time, at most the start of the conversation; in the outro, as long after the
    conversation."""
    (start_s, end_s), (new_start_s, new_end_s) = conversation(old), conversation(new)
    return min(episode_s, new_start_s) if episode_s < start_s else episode_s - end_s + new_end_s


def _next_kept(timeline: Timeline, recording_s: float) -> float:
    later = [piece.at_s for piece in pieces_of(timeline) if piece.start_s >= recording_s]
    return later[0] if later else conversation(timeline)[1]
