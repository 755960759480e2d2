"""Word error rate: the share of the words said that a transcript got wrong."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class WordErrors:
    """Words said, and words to change, add or delete to correct the transcript."""

    said: int
    wrong: int

    @property
    def rate(self) -> float:
        return self.wrong / self.said


def words(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    return re.findall(r"\w+", text.lower())


def word_errors(pairs: "Iterable[tuple[str, str]]") -> WordErrors:
    """The errors of (said, transcribed) texts, summed."""
    counted = [(words(said), words(transcribed)) for said, transcribed in pairs]
    return WordErrors(
        said=sum(len(said) for said, _ in counted),
        wrong=sum(Levenshtein.distance(said, transcribed) for said, transcribed in counted),
    )
