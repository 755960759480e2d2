"""Marks text that was heard although nobody speaks there: music, noise, a sentence that Whisper invented."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.build.own_files import read_words
from pipeline.editor.manuscripts import check_transcripts
from pipeline.editor.review_file import change_review, heard_in, judged, recording_sha256
from pipeline.errors import MissingFileError, UsageError
from pipeline.paths import ShowPaths
from pipeline.show.folders import find_episode
from pipeline.timecode import clock
from pipeline.transcript.coverage import dropped_words, lies_within, missing_words, unwritten
from pipeline.values.review import NotSpoken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.transcript.coverage import Span
    from pipeline.values.speech import Recognition, RecognitionFinding, Word

_CLOCK_STEP_S = 1.0  # people name places by whole seconds, rounded down


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """A passage that was heard and is not in the transcript; `heard` is "" if no words were recognised in it."""

    start_s: float
    end_s: float
    heard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardOnly:
    """Everything heard in an episode that is not in its transcript: what is open, and what people judged."""

    paths: EpisodePaths
    open: tuple[Unwritten, ...]
    marked: tuple[NotSpoken, ...]
    outdated: tuple[NotSpoken, ...]


def heard_only(root: Path, key: str) -> HeardOnly:
    """What was heard and is not written, in order of time. Changes nothing.

    Raises MissingFileError if nothing was heard yet or there is no transcript, StorageError for a broken review.json.
    """
    paths, recognition = _heard(root, key)
    judgement = judged(paths, recognition)
    words, silent = _missing(root, key, recognition, judgement.not_spoken_s)
    passages = [_passage(group) for group in words]
    passages += [Unwritten(start_s=finding.start_s, end_s=finding.end_s, heard="") for finding in silent]
    return HeardOnly(
        paths=paths,
        open=tuple(sorted(passages, key=lambda passage: passage.start_s)),
        marked=judgement.valid,
        outdated=judgement.outdated,
    )


def mark(root: Path, key: str, from_s: float, to_s: float | None, *, moment: datetime) -> tuple[NotSpoken, ...]:
    """Mark what was heard there and is not written: the whole passages at `from_s`, or their words up to `to_s`.

    Raises UsageError, and writes nothing, if all that was heard there is written; MissingFileError if the recording is
    not known on this machine.
    """
    paths, recognition = _heard(root, key)
    recording = recording_sha256(paths)
    if recording is None:
        raise MissingFileError(
            "Die Aufnahme ist auf diesem Rechner nicht bekannt; ein Vermerk gilt nur für die Aufnahme, die jemand "
            "angehört hat.",
            where=paths.timeline,
            advice=f"Dort vermerken, wo die Folge produziert wurde, oder vorher make assemble EPISODE={paths.folder}.",
        )
    words, silent = _missing(root, key, recognition, judged(paths, recognition).not_spoken_s)
    spans = [*_word_spans(words, from_s, to_s), *_silent_spans(silent, from_s, to_s)]
    if not spans:
        raise UsageError(
            f"Bei {clock(from_s)} fehlt nichts: was dort gehört wurde, steht im Transkript oder ist schon vermerkt.",
            where=paths.transcript,
            advice=f"Erst dort streichen, was nicht gesprochen wird. Was noch fehlt, zeigt make transcript-not-spoken "
            f"EPISODE={paths.folder} ohne FROM.",
        )
    marks = tuple(
        NotSpoken(
            start_s=span[0],
            end_s=span[1],
            heard=heard_in(recognition, span),
            recording_sha256=recording,
            marked=moment.replace(microsecond=0),
        )
        for span in sorted(spans)
    )

    def with_marks(kept: Sequence[NotSpoken]) -> tuple[NotSpoken, ...]:
        others = [old for old in kept if not any(_overlap((old.start_s, old.end_s), span) for span in spans)]
        return tuple(sorted((*others, *marks), key=lambda entry: entry.start_s))

    change_review(paths, lambda review: replace(review, not_spoken=with_marks(review.not_spoken)))
    return marks


def unmark(root: Path, key: str, from_s: float, to_s: float | None) -> tuple[NotSpoken, ...]:
    """Remove the marks at `from_s`, or up to `to_s`; returns them. Raises UsageError if there are none."""
    paths = ShowPaths(root).episode(find_episode(root, key))
    asked = _asked(from_s, to_s)
    removed: list[NotSpoken] = []

    def without(marks: Sequence[NotSpoken]) -> tuple[NotSpoken, ...]:
        removed.extend(mark for mark in marks if _overlap((mark.start_s, mark.end_s), asked))
        if not removed:
            raise UsageError(
                f"Bei {clock(from_s)} ist nichts als nicht gesprochen vermerkt.",
                where=paths.review,
                advice=f"Alle Vermerke zeigt make transcript-not-spoken EPISODE={paths.folder} ohne FROM.",
            )
        return tuple(mark for mark in marks if mark not in removed)

    change_review(paths, lambda review: replace(review, not_spoken=without(review.not_spoken)))
    return tuple(removed)


def _heard(root: Path, key: str) -> tuple[EpisodePaths, Recognition]:
    paths = ShowPaths(root).episode(find_episode(root, key))
    recognition = read_words(paths.words) if paths.words.exists() else None
    if recognition is None or not any(segment.times != "paragraph" for segment in recognition.segments):
        raise MissingFileError(
            "In dieser Folge hat Whisper noch nichts gehört.",
            where=paths.words,
            advice=f"Erst make episode EPISODE={paths.folder}; ohne Whisper lässt sich nicht sagen, was fehlt.",
        )
    return paths, recognition


def _missing(
    root: Path, key: str, recognition: Recognition, not_spoken_s: Sequence[Span]
) -> tuple[list[list[Word]], tuple[RecognitionFinding, ...]]:
    """The passages of words, and the speech without words, that are neither written nor marked."""
    (checked,) = check_transcripts(root, key)
    timed = checked.timed
    if timed is None:
        return [], ()
    settled = (*not_spoken_s, *timed.moved_s)
    words = [word for segment in recognition.segments for word in segment.words if not lies_within(word, settled)]
    silent = unwritten(recognition.findings, timed.transcript, not_spoken_s=not_spoken_s)
    passages = missing_words(words, timed.transcript)
    known = {word.start_s for passage in passages for word in passage}
    dropped = dropped_words([word for word in words if word.start_s not in known], timed.transcript)
    return [*passages, *dropped], silent


def _passage(words: Sequence[Word]) -> Unwritten:
    return Unwritten(start_s=words[0].start_s, end_s=words[-1].end_s, heard=" ".join(word.text for word in words))


def _asked(from_s: float, to_s: float | None) -> Span:
    return from_s, (from_s if to_s is None else to_s) + _CLOCK_STEP_S


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _word_spans(passages: Sequence[Sequence[Word]], from_s: float, to_s: float | None) -> list[Span]:
    asked = _asked(from_s, to_s)
    spans = []
    for words in passages:
        if not _overlap((words[0].start_s, words[-1].end_s), asked):
            continue
        chosen = words if to_s is None else [word for word in words if lies_within(word, [asked])]
        if chosen:
            spans.append((chosen[0].start_s, chosen[-1].end_s))
    return spans


def _silent_spans(findings: Sequence[RecognitionFinding], from_s: float, to_s: float | None) -> list[Span]:
    asked = _asked(from_s, to_s)
    return [
        (finding.start_s, finding.end_s) for finding in findings if _overlap((finding.start_s, finding.end_s), asked)
    ]
