"""Reads and writes review.json: what people judged about what was heard in an episode.

A judgement counts as long as the recording is the one that was listened to, and as long as the same words are heard at
its place; a clone without the recording's timeline takes the recording for granted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.files import encoded, read_text
from pipeline.build.swap import content_of, short_lock
from pipeline.errors import StorageError
from pipeline.transcript.align import normalised
from pipeline.transcript.coverage import lies_within
from pipeline.values.audio import Timeline
from pipeline.values.json_files import from_json, review_to_json
from pipeline.values.review import Review

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.transcript.coverage import Span
    from pipeline.values.review import NotSpoken
    from pipeline.values.speech import Recognition


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgements that count, and those that were made about another recording or other words."""

    valid: tuple[NotSpoken, ...] = ()
    outdated: tuple[NotSpoken, ...] = ()

    @property
    def not_spoken_s(self) -> tuple[Span, ...]:
        return tuple((mark.start_s, mark.end_s) for mark in self.valid)


def judged(paths: EpisodePaths, recognition: Recognition) -> Judged:
    """What people judged about this recognition. Raises StorageError if review.json cannot be read."""
    marks = read_review(paths).not_spoken
    if not marks:
        return Judged()
    recording = recording_sha256(paths)
    valid = tuple(
        mark
        for mark in marks
        if recording in {None, mark.recording_sha256}
        and _letters(heard_in(recognition, (mark.start_s, mark.end_s))) == _letters(mark.heard)
    )
    return Judged(valid=valid, outdated=tuple(mark for mark in marks if mark not in valid))


def heard_in(recognition: Recognition, span_s: Span) -> str:
    """The words heard in the span."""
    words = [word for segment in recognition.segments for word in segment.words]
    return " ".join(word.text for word in words if lies_within(word, [span_s]))


def recording_sha256(paths: EpisodePaths) -> str | None:
    """The sha256 of the recording that the episode was assembled from; of several recordings, the sha256 of their
    sha256, one per line. None if the episode was not assembled on this machine."""
    try:
        sources = from_json(Timeline, read_text(paths.timeline)).sources
    except (FileNotFoundError, ValueError):
        return None
    if len(sources) == 1:
        return sources[0].sha256
    return hashlib.sha256("".join(f"{source.sha256}\n" for source in sources).encode()).hexdigest()


def read_review(paths: EpisodePaths) -> Review:
    """What people judged; an empty review without the file. Raises StorageError if it is not readable."""
    return _review_in(content_of(paths.review), paths.review)


def change_review(paths: EpisodePaths, change: Callable[[Review], Review]) -> Review:
    """Write review.json anew as `change` makes it from the current one; what else is in the file is kept.

    Raises StorageError, and ChangedError if somebody else writes the file at the same moment.
    """
    with short_lock(paths.root) as swap:
        before = content_of(paths.review)
        review = change(_review_in(before, paths.review))
        text = review_to_json(review, "" if before is None else before.decode("utf-8-sig"))
        swap.write(paths.review, encoded(text), before=before)
    return review


def _review_in(content: bytes | None, path: Path) -> Review:
    if content is None:
        return Review()
    try:
        return from_json(Review, content.decode("utf-8-sig"))
    except ValueError as error:
        raise StorageError(
            "Was beim Gegenlesen vermerkt wurde, ist nicht lesbar.",
            where=path,
            advice=f"Die Datei mit der Versionsverwaltung zurückholen (git checkout -- {path.name}) oder löschen; dann "
            "gelten ihre Vermerke nicht mehr.",
        ) from error


def _letters(text: str) -> str:
    return "".join(map(normalised, text.split()))
