"""Keeps what people decide while they listen: settled places, what was heard, and that the text was proofread."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.editor.review_file import change_review, heard_in, read_review
from pipeline.review.places import same_recording
from pipeline.transcript.said import said_in_manuscript
from pipeline.values.review import Heard, NotSpoken, Proofread, SettledPlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pipeline.paths import EpisodePaths
    from pipeline.review.state import PlaceToHear, Verdict
    from pipeline.transcript.editorial import Manuscript
    from pipeline.values.review import Review
    from pipeline.values.speech import Recognition

_IN_THE_SOUND = frozenset({"missing", "lost"})  # kinds of places about something that is heard, not written

Interval = tuple[float, float]


def settle(
    paths: EpisodePaths,
    place: PlaceToHear,
    verdict: Verdict | None,
    *,
    recognition: Recognition | None,
    recording: str | None,
    moment: datetime,
) -> None:
    """Note what people decided about the place; None opens it again. A stretch in which nobody speaks is noted as
    `podcast transcript not-spoken` notes it, so that `check` no longer asks for it."""
    start_s, end_s = place.start_ms / 1000, place.end_ms / 1000

    def change(review: Review) -> Review:
        settled = [entry for entry in review.settled if not _is_about(entry, place, start_s, recording)]
        marks = [mark for mark in review.not_spoken if not (mark.start_s < end_s and start_s < mark.end_s)]
        if place.kind not in _IN_THE_SOUND:
            marks = list(review.not_spoken)
        elif verdict == "not_spoken" and recognition is not None and recording is not None:
            marks.append(
                NotSpoken(
                    start_s=start_s,
                    end_s=end_s,
                    heard=heard_in(recognition, (start_s, end_s)),
                    recording_sha256=recording,
                    marked=moment,
                )
            )
        if verdict is not None:
            settled.append(
                SettledPlace(
                    kind=place.kind,
                    start_s=start_s,
                    text=place.text,
                    verdict=verdict,
                    recording_sha256=recording or "",
                    settled=moment,
                )
            )
        return replace(
            review,
            settled=tuple(sorted(settled, key=lambda entry: entry.start_s)),
            not_spoken=tuple(sorted(marks, key=lambda mark: mark.start_s)),
        )

    change_review(paths, change)


def hear(paths: EpisodePaths, intervals_s: Iterable[Interval], *, recording: str | None, duration_s: float) -> Heard:
    """Add stretches that were played to those that were heard of this recording before."""
    asked = [(max(start_s, 0.0), min(end_s, duration_s)) for start_s, end_s in intervals_s]

    def change(review: Review) -> Review:
        heard = joined([*heard_of(review, recording), *asked])
        return replace(review, heard=Heard(recording_sha256=recording or "", intervals_s=heard))

    heard = change_review(paths, change).heard
    assert heard is not None  # just written
    return heard


def heard_of(review: Review, recording: str | None) -> tuple[Interval, ...]:
    """The stretches that were heard of this recording."""
    if review.heard is None or not same_recording(recording, review.heard.recording_sha256):
        return ()
    return review.heard.intervals_s


def joined(intervals_s: Iterable[Interval]) -> tuple[Interval, ...]:
    """The union of the intervals, in order."""
    union: list[Interval] = []
    for start_s, end_s in sorted((round(start, 1), round(end, 1)) for start, end in intervals_s if end > start):
        if union and start_s <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end_s))
        else:
            union.append((start_s, end_s))
    return tuple(union)


def finish(
    paths: EpisodePaths,
    manuscript: Manuscript,
    places: Sequence[PlaceToHear],
    *,
    name: str,
    recording: str | None,
    changed_words: int,
    moment: datetime,
) -> Proofread:
    """Note that the text was proofread as it is now."""
    proofread = Proofread(
        said_sha256=said_in_manuscript(manuscript),
        finished=moment,
        name=" ".join(name.split()),
        heard_s=round(sum(end_s - start_s for start_s, end_s in heard_of(read_review(paths), recording)), 1),
        changed_words=changed_words,
        open_places=sum(place.settled is None for place in places),
    )
    change_review(paths, lambda review: replace(review, proofread=proofread))
    return proofread


def _is_about(entry: SettledPlace, place: PlaceToHear, start_s: float, recording: str | None) -> bool:
    same = entry.kind == place.kind and entry.text == place.text and abs(entry.start_s - start_s) < 1.0
    return same and same_recording(recording, entry.recording_sha256)
