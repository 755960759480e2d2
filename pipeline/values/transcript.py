"""The corrected transcript with times.

Every `_s` is seconds of the finished episode, as float. Sequences are tuples in time order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """The characters of a word's text from `start` up to `end` are in another `language` (BCP 47, `en-GB`)."""

    language: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """One whitespace-separated token of the editors' text, exactly as written, with its time. `certain` is false if the
    alignment had to guess. `foreign`: the parts in another language than the transcript's, in order."""

    text: str
    start_s: float
    end_s: float
    certain: bool = True
    foreign: tuple[Foreign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence: its words joined by single spaces are its text."""

    words: tuple[TimedWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The text in parts of one language: (language, text); the language is "" for that of the transcript."""
        if not any(word.foreign for word in self.words):
            return (("", self.text),)
        parts: list[tuple[str, str]] = []
        for language, text in self._pieces():
            if parts and parts[-1][0] == language:
                parts[-1] = (language, parts[-1][1] + text)
            elif text:
                parts.append((language, text))
        return tuple(parts)

    def _pieces(self) -> Iterator[tuple[str, str]]:
        """The parts of every word, with the space before it: it belongs to a passage that goes on there."""
        before = ""
        for place, word in enumerate(self.words):
            starts_in = word.foreign[0].language if word.foreign and word.foreign[0].start == 0 else ""
            if place:
                yield (before if before == starts_in else ""), " "
            at = 0
            for foreign in word.foreign:
                yield "", word.text[at : foreign.start]
                yield foreign.language, word.text[foreign.start : foreign.end]
                at = foreign.end
            yield "", word.text[at:]
            before = word.foreign[-1].language if word.foreign and word.foreign[-1].end == len(word.text) else ""

    @property
    def start_s(self) -> float:
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        return self.words[-1].end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph of a turn; never empty."""

    sentences: tuple[Sentence, ...]

    @property
    def start_s(self) -> float:
        return self.sentences[0].start_s

    @property
    def end_s(self) -> float:
        return self.sentences[-1].end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """All that one speaker says before another speaks; it has at least one paragraph. `speaker` is the name shown (""
    for text before any label)."""

    speaker: str
    organisation: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def start_s(self) -> float:
        return self.paragraphs[0].start_s

    @property
    def end_s(self) -> float:
        return self.paragraphs[-1].end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The corrected text with times (retimed.json). Times never decrease from word to word and lie inside the audio."""

    level: Literal["word", "paragraph"]
    demo: bool  # transcribed by the demo checkpoint: say so wherever it is shown
    model: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One subtitle: one speaker, one or two lines."""

    start_s: float
    end_s: float
    speaker: str
    lines: tuple[str, ...]
