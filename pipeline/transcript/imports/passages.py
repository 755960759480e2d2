"""Short timed pieces of speech, such as subtitles, → turns with paragraphs of whole sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.german.sentences import ends_sentence
from pipeline.transcript.editorial import PlainTurn, without_invisible
from pipeline.transcript.labels import PLACEHOLDER, fold_name, looks_like_a_name
from pipeline.transcript.split import PARAGRAPH_PAUSE_S, PARAGRAPH_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONG_PARAGRAPH_WORDS = 150  # from here any sentence end does
_LABEL = re.compile(r"(?P<name>[^\[\](){}:;：]+?)\s*(?:\[(?P<square>[^\[\]:]*)\])?\s*:?")


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


def turns_from(
    passages: Sequence[ImportedPassage], *, known: Iterable[str]
) -> tuple[tuple[PlainTurn, ...], tuple[str, ...]]:
    """Turns with every word of the passages once and in order, and German notices about renamed voices.

    `known` are the names and aliases of the episode. A speaker whose name cannot be a label (`SPEAKER_00`) becomes
    `Stimme 1` and so on, in order of appearance, as in a draft; every other name stays as it is.
    """
    names = _Names(known)
    spoken: list[tuple[str, ImportedPassage]] = []
    speaker = ""
    for passage in passages:
        speaker = " ".join(without_invisible(passage.speaker).split()) or speaker
        if passage.text.split():
            spoken.append((speaker, passage))
    turns = []
    for label, group in groupby(spoken, key=lambda entry: entry[0]):
        name, organisation = names.split(label)
        paragraphs = tuple(_paragraphs([passage for _, passage in group]))
        turns.append(PlainTurn(speaker=name, organisation=organisation, paragraphs=paragraphs))
    return tuple(turns), names.notices()


class _Names:
    """The labels of a foreign file, in a form that the house format allows."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = {fold_name(name) for name in known}
        self.renamed: dict[str, str] = {}

    def split(self, label: str) -> tuple[str, str]:
        """Split a label of the foreign file into name and organisation."""
        if not label or fold_name(label) in self.known:
            return label, ""
        match = _LABEL.fullmatch(label)
        if match is not None and (fold_name(match["name"]) in self.known or looks_like_a_name(match["name"])):
            return match["name"], (match["square"] or "").strip()
        return self.renamed.setdefault(label, f"{PLACEHOLDER} {len(self.renamed) + 1}"), ""

    def notices(self) -> tuple[str, ...]:
        return tuple(
            f"„{label}“ kann keine Sprecherzeile sein und heißt jetzt „{name}“; bitte durch den Namen ersetzen."
            for label, name in self.renamed.items()
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
