"""Measure how much of what was heard is in the edited transcript."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.transcript.differences import NOTABLE_DELETION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.values.speech import Recognition, RecognitionFinding, Word
    from pipeline.values.transcript import Sentence, Transcript

TOLERANCE_S = 0.3  # edited words get their times by alignment; the median error is a tenth of this
_EXCERPT_WORDS = 6

Span = tuple[float, float]
"""Start and end in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPassage:
    """A passage that was heard but is not in the transcript; `text` is its beginning, as heard."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The `share` (0..1) of the time of all spoken words that is written, and the `gaps`, longest first."""

    share: float
    gaps: tuple[MissingPassage, ...]


def coverage(
    recognition: Recognition,
    transcript: Transcript,
    *,
    moved_s: Sequence[Span] = (),
    not_spoken_s: Sequence[Span] = (),
) -> Coverage:
    """Compare the heard words with the sentences of the transcript, by time. Without any words the share is 1.

    Words in `moved_s` are written at another place; words in `not_spoken_s` were heard, but nobody said them.
    """
    words = [word for segment in recognition.segments for word in segment.words if not lies_within(word, not_spoken_s)]
    missing = [group for group in missing_words(words, transcript) for group in _without(group, moved_s)]
    heard_s = sum(word.end_s - word.start_s for word in words)
    missing_s = sum(word.end_s - word.start_s for group in missing for word in group)
    gaps = sorted(map(_gap, missing), key=lambda gap: gap.start_s - gap.end_s)
    return Coverage(share=1.0 - missing_s / heard_s if heard_s else 1.0, gaps=tuple(gaps))


def missing_words(words: Sequence[Word], transcript: Transcript) -> list[list[Word]]:
    """The words that lie in no sentence of the transcript, grouped into passages."""
    spans = [(sentence.start_s - TOLERANCE_S, sentence.end_s + TOLERANCE_S) for sentence in _sentences(transcript)]
    return _outside(words, spans)


def dropped_words(words: Sequence[Word], transcript: Transcript) -> list[list[Word]]:
    """The passages of many words that lie at no written word, wherever sentences begin and end."""
    spans = [(word.start_s, word.end_s) for sentence in _sentences(transcript) for word in sentence.words]
    return [group for group in _outside(words, spans) if len(group) >= NOTABLE_DELETION]


def _sentences(transcript: Transcript) -> Iterator[Sentence]:
    for turn in transcript.turns:
        for paragraph in turn.paragraphs:
            yield from paragraph.sentences


def _outside(words: Sequence[Word], spans: list[Span]) -> list[list[Word]]:
    spans = sorted(spans)
    starts_s = [start_s for start_s, _ in spans]

    def is_written(word: Word) -> bool:
        middle_s = (word.start_s + word.end_s) / 2
        place = bisect_right(starts_s, middle_s)
        return any(middle_s <= end_s for _, end_s in spans[max(0, place - 2) : place])

    return [list(group) for inside, group in groupby(words, key=is_written) if not inside]


def lies_within(word: Word | RecognitionFinding, spans_s: Iterable[Span]) -> bool:
    """Whether the middle of the word, or of the finding, is in one of the spans."""
    middle_s = (word.start_s + word.end_s) / 2
    return any(start_s <= middle_s <= end_s for start_s, end_s in spans_s)


def _without(words: Sequence[Word], spans_s: Sequence[Span]) -> list[list[Word]]:
    """The passages of `words` that remain outside the spans."""
    return [list(group) for inside, group in groupby(words, key=lambda word: lies_within(word, spans_s)) if not inside]


def unwritten(
    findings: Iterable[RecognitionFinding], transcript: Transcript, *, not_spoken_s: Sequence[Span] = ()
) -> tuple[RecognitionFinding, ...]:
    """The findings about speech without words for which the transcript has no word either, except those of which
    people said that nobody speaks there."""
    middles_s = [(word.start_s + word.end_s) / 2 for sentence in _sentences(transcript) for word in sentence.words]
    return tuple(
        finding
        for finding in findings
        if finding.kind == "unheard"
        and not lies_within(finding, not_spoken_s)
        and not any(finding.start_s <= middle_s <= finding.end_s for middle_s in middles_s)
    )


def _gap(words: list[Word]) -> MissingPassage:
    rest = " …" if len(words) > _EXCERPT_WORDS else ""
    return MissingPassage(
        start_s=words[0].start_s,
        end_s=words[-1].end_s,
        text=" ".join(word.text for word in words[:_EXCERPT_WORDS]) + rest,
    )
