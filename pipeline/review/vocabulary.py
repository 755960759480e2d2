"""The words that an episode's text probably needs → what the page proposes while somebody types.

They come from what was heard, the names of people, the glossary, and the show's other transcripts. The words of the
text itself are counted by the page, which knows what is typed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.paths import ShowPaths
from pipeline.review.history import text_of
from pipeline.review.stamps import stamp
from pipeline.transcript.align import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.values.speech import Recognition

_TRANSCRIPTS_READ = 40  # of the show, for words that it has used before
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W_]+)*")
_MOST_WORDS = 30_000
_NAME_WORTH = 5  # a name counts as much as a word that was used so often


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCount:
    word: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Words as they are written, the most frequent first."""

    words: tuple[WordCount, ...]


def vocabulary(names: Iterable[str], texts: Iterable[str], heard: Iterable[str]) -> Vocabulary:
    """Count the words of the other transcripts; words that were only heard count once, names more."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text))
    for text in heard:
        for word in _WORD.findall(text):
            counts.setdefault(word, 1)
    for name in names:
        for word in _WORD.findall(name):
            counts[word] += _NAME_WORTH
    found = sorted(
        ((word, count) for word, count in counts.items() if len(word) > 1), key=lambda one: (-one[1], one[0])
    )
    return Vocabulary(words=tuple(WordCount(word=word, count=count) for word, count in found[:_MOST_WORDS]))


class OtherTranscripts:
    """The latest transcripts of the show in `root` but `own`, and the words that they use."""

    def __init__(self, root: Path, own: Path) -> None:
        self.root = root
        self.own = own
        self._known: tuple[object, frozenset[str]] | None = None

    def vocabulary(self, names: Iterable[str], recognition: Recognition | None) -> Vocabulary:
        """The words that the page may propose, with these names and what was heard."""
        segments = () if recognition is None else recognition.segments
        return vocabulary(
            names, map(text_of, self._paths()), (word.text for segment in segments for word in segment.words)
        )

    def known_words(self, names: tuple[str, ...]) -> frozenset[str]:
        """The words of these names and of the transcripts, without marks; kept until one of them changes."""
        others = self._paths()
        key = (tuple(map(stamp, others)), names)
        if self._known is None or self._known[0] != key:
            texts = [*names, *(text_of(path) for path in others)]
            words = {word for text in texts for word in text.split()}
            self._known = (key, frozenset(map(normalised, words)))
        return self._known[1]

    def _paths(self) -> list[Path]:
        found = sorted(ShowPaths(self.root).transcripts.glob("*.txt"), reverse=True)
        return [path for path in found if path != self.own][:_TRANSCRIPTS_READ]
