"""Measure how much of what was heard is in the edited transcript."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.values.speech import Recognition, RecognitionFinding, Word
    from pipeline.values.transcript import Transcript

TOLERANCE_S = 0.3  # edited words get their times by alignment; the median error is a tenth of this
_EXCERPT_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPassage:
    """A passage that was heard but is not in the transcript; `text` is its beginning, as heard."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The `share` (0..1) of the time of all heard words that lies within a sentence, and the `gaps`, longest first."""

    share: float
    gaps: tuple[MissingPassage, ...]


def coverage(recognition: Recognition, transcript: Transcript) -> Coverage:
    """Compare the heard words with the sentences of the transcript, by time. Without any words the share is 1."""
    words = [word for segment in recognition.segments for word in segment.words]
    spans = sorted(
        (sentence.start_s - TOLERANCE_S, sentence.end_s + TOLERANCE_S)
        for turn in transcript.turns
        for paragraph in turn.paragraphs
        for sentence in paragraph.sentences
    )
    starts_s = [start_s for start_s, _ in spans]

    def is_written(word: Word) -> bool:
        middle_s = (word.start_s + word.end_s) / 2
        place = bisect_right(starts_s, middle_s)
        return any(middle_s <= end_s for _, end_s in spans[max(0, place - 2) : place])

    heard_s = sum(word.end_s - word.start_s for word in words)
    missing = [list(group) for inside, group in groupby(words, key=is_written) if not inside]
    missing_s = sum(word.end_s - word.start_s for group in missing for word in group)
    gaps = sorted(map(_gap, missing), key=lambda gap: gap.start_s - gap.end_s)
    return Coverage(share=1.0 - missing_s / heard_s if heard_s else 1.0, gaps=tuple(gaps))


def unwritten(findings: Iterable[RecognitionFinding], transcript: Transcript) -> tuple[RecognitionFinding, ...]:
    """The findings about speech without words for which the transcript has no word either."""
    middles_s = [
        (word.start_s + word.end_s) / 2
        for turn in transcript.turns
        for paragraph in turn.paragraphs
        for sentence in paragraph.sentences
        for word in sentence.words
    ]
    return tuple(
        finding
        for finding in findings
        if finding.kind == "unheard" and not any(finding.start_s <= middle_s <= finding.end_s for middle_s in middles_s)
    )


def _gap(words: list[Word]) -> MissingPassage:
    rest = " …" if len(words) > _EXCERPT_WORDS else ""
    return MissingPassage(
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        text=" ".join(word.text for word in words[:_EXCERPT_WORDS]) + rest,
    )
