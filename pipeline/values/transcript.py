"""The corrected transcript with times.

Every `_s` is seconds of the finished episode, as float. Sequences are tuples in time order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """One whitespace-separated token of the editors' text, exactly as written, with its time. `certain` is false if the
    alignment had to guess."""

    text: str
    start_s: float
    end_s: float
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence: its words joined by single spaces are its text."""

    words: tuple[TimedWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

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
