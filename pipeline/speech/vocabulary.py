"""Turns the show's names and terms into the prompt that Whisper reads before every window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The prompt ("" without vocabulary) and the words that found no room in it."""

    text: str
    left_out: tuple[str, ...]


def vocabulary_prompt(vocabulary: Sequence[str], *, tokens: Callable[[str], int], limit: int) -> Prompt:
    """The words, each once and in their order, as a list that reads like a sentence; as many as `limit` tokens hold.

    Written as speech would be: Whisper continues the style of its prompt, so it is punctuated.
    """
    kept: list[str] = []
    words = [word for word in dict.fromkeys(map(str.strip, vocabulary)) if word]
    for index, word in enumerate(words):
        if tokens(_sentence([*kept, word])) > limit:
            return Prompt(text=_sentence(kept), left_out=tuple(words[index:]))
        kept.append(word)
    return Prompt(text=_sentence(kept), left_out=())


def _sentence(words: Sequence[str]) -> str:
    return f"{', '.join(words)}." if words else ""
