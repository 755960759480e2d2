"""Short timed pieces of speech, such as subtitles, → turns with paragraphs of whole sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.german.sentences import ends_sentence
from pipeline.transcript.editorial import PlainTurn, without_invisible
from pipeline.transcript.imports.marks import without_marks
from pipeline.transcript.imports.people import is_voice
from pipeline.transcript.imports.prefixes import Start, read_prefixes
from pipeline.transcript.split import PARAGRAPH_PAUSE_S, PARAGRAPH_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.transcript.imports.people import People, ReadLabel

_LONG_PARAGRAPH_WORDS = 150  # from here any sentence end does


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPassage:
    """The text of one cue or segment. An empty `speaker` means that the previous one goes on."""

    speaker: str
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTranscript:
    """A text in the house format, with German notices about the decisions made for it."""

    text: str
    notices: tuple[str, ...] = ()


def turns_from(passages: Sequence[ImportedPassage], *, people: People) -> tuple[tuple[PlainTurn, ...], tuple[str, ...]]:
    """Turns with every word of the passages once and in order, and German notices about names that changed.

    A speaker whose name a program made up (`SPEAKER_00`) becomes `Stimme 1` and so on, in order of appearance, as in a
    draft; other names become labels as `People.label` says. Raises TranscriptError for a name that can be no label.
    """
    spoken: list[tuple[ReadLabel, ImportedPassage]] = []
    speaker = ""
    for passage in passages:
        speaker = " ".join(without_invisible(passage.speaker).split()) or speaker
        if passage.text.split():
            spoken.append((people.label(speaker), passage))
    people.refuse_unsettled()
    turns = []
    for label, group in groupby(spoken, key=lambda entry: entry[0]):
        paragraphs = tuple(_paragraphs([passage for _, passage in group]))
        turns.append(PlainTurn(speaker=label.name, organisation=label.organisation, paragraphs=paragraphs))
    return tuple(turns), people.notices()


def with_prefixes(passages: Sequence[ImportedPassage], people: People) -> tuple[ImportedPassage, ...]:
    """The passages with their speakers in front of the text (`Klara: Ja.`), and without time marks.

    Raises TranscriptError with the passages of which it is not clear who speaks.
    """
    texts = [without_marks(passage.text)[0] for passage in passages]
    befores = ["", *texts]
    starts = [
        Start(number=number, text=text, opens=not before or ends_sentence((before.split() or ["."])[-1]))
        for number, (before, text) in enumerate(zip(befores, texts, strict=False), start=1)
    ]
    prefixes = read_prefixes(starts, people, others=any(passage.speaker for passage in passages))
    return tuple(
        replace(passage, text=text)
        if prefix is None or (passage.speaker and not is_voice(passage.speaker))
        else replace(passage, speaker=prefix.name, text=prefix.rest)
        for passage, text, prefix in zip(passages, texts, prefixes, strict=True)
    )


def _paragraphs(passages: Sequence[ImportedPassage]) -> Iterable[str]:
    words: list[str] = []
    for passage, following in zip(passages, [*passages[1:], None], strict=True):
        words += passage.text.split()
        pause_s = following.start_s - passage.end_s if following else 0.0
        long_enough = len(words) >= (PARAGRAPH_WORDS if pause_s >= PARAGRAPH_PAUSE_S else _LONG_PARAGRAPH_WORDS)
        if following is None or (long_enough and ends_sentence(words[-1])):
            yield " ".join(words)
            words = []
