"""A transcript's text and what was heard → the times of its words where the page has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.review.positions import positions
from pipeline.transcript.editorial import parse
from pipeline.transcript.retime import retime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.review.positions import Positions, Span
    from pipeline.review.state import Level
    from pipeline.transcript.editorial import Manuscript
    from pipeline.transcript.retime import Retimed
    from pipeline.values.show import Episode
    from pipeline.values.speech import Recognition
    from pipeline.values.transcript import TimedWord

CERTAIN, DOUBTED = 1, 2
_DOUBTFUL = 0.3  # the model's probability below which half of the words are wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedWord:
    """A word of the text, its place, and its probability if it was heard as it is written."""

    word: TimedWord
    span: Span
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedText:
    """A text with the times of its words. `words` are in the order of the text."""

    manuscript: Manuscript
    positions: Positions
    retimed: Retimed
    level: Level
    words: tuple[PlacedWord, ...]

    def flat(self) -> tuple[int, ...]:
        """The times as the page reads them (`state.Times`)."""
        return tuple(number for entry in self.words for number in _numbers(entry))


def timed_text(text: str, episode: Episode, recognition: Recognition | None, *, duration_s: float) -> TimedText:
    """Read the text and align it with what was heard; without that, times are estimated (level "none")."""
    manuscript = parse(text, speakers=episode.speakers, not_labels=episode.not_labels)
    retimed = retime(manuscript, recognition, duration_s=duration_s)
    heard = recognition is not None and any(segment.words for segment in recognition.segments)
    where = positions(manuscript)
    probabilities = _probabilities(recognition)
    words = tuple(
        PlacedWord(word=word, span=span, probability=probabilities.get(round(1000 * word.start_s)))
        if word.certain
        else PlacedWord(word=word, span=span, probability=None)
        for word, span in zip(_words(retimed), where.words, strict=True)
    )
    return TimedText(
        manuscript=manuscript,
        positions=where,
        retimed=retimed,
        level=retimed.transcript.level if heard else "none",
        words=words,
    )


def _words(retimed: Retimed) -> Iterator[TimedWord]:
    for turn in retimed.transcript.turns:
        for paragraph in turn.paragraphs:
            for sentence in paragraph.sentences:
                yield from sentence.words


def _probabilities(recognition: Recognition | None) -> dict[int, float]:
    """Start in ms → probability of the heard word; only words with times of their own."""
    if recognition is None:
        return {}
    timed = (segment for segment in recognition.segments if segment.times == "word")
    return {round(1000 * word.start_s): word.probability for segment in timed for word in segment.words}


def _numbers(entry: PlacedWord) -> tuple[int, int, int, int, int]:
    doubted = entry.probability is not None and entry.probability < _DOUBTFUL
    flags = (CERTAIN if entry.word.certain else 0) | (DOUBTED if doubted else 0)
    return *entry.span, round(1000 * entry.word.start_s), round(1000 * entry.word.end_s), flags
