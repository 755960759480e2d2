"""Reduces Whisper's 51,865 tokens to those that occur; the export restores the others.

Only the rows of occurring tokens are trained; one more row stands for all others. Since that row counts once for each
token it stands for (`log_unused` is added to its logit), copying it into every unused row at export changes no
probability.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from whisper.tokenizer import Tokenizer, get_tokenizer  # type: ignore[import-untyped]  # ships no types

if TYPE_CHECKING:
    from collections.abc import Iterable

FULL_SIZE = 51_865  # multilingual Whisper, before large-v3
TIMESTAMPS = 1501  # <|0.00|> to <|30.00|>, every 0.02 s


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The tokens that occur, in ascending order; all other methods use places in this list."""

    used: tuple[int, ...]

    @cached_property
    def places(self) -> dict[int, int]:
        return {token: place for place, token in enumerate(self.used)}

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return _tokenizer()

    @property
    def shared(self) -> int:
        """The place that stands for every token that does not occur."""
        return len(self.used)

    @property
    def log_unused(self) -> float:
        return math.log(FULL_SIZE - len(self.used))

    @cached_property
    def first_timestamp(self) -> int:
        return self.places[self.tokenizer.timestamp_begin]

    @cached_property
    def text_places(self) -> tuple[int, ...]:
        return tuple(place for token, place in self.places.items() if token < self.tokenizer.eot)

    def special(self, name: str) -> int:
        """The place of a control token by its attribute name in Whisper's tokenizer, or of the German language."""
        token = self.tokenizer.to_language_token("de") if name == "german" else getattr(self.tokenizer, name)
        return self.places[token]

    def encoded(self, text: str) -> tuple[int, ...]:
        """The places of a text with a leading space, as Whisper writes it."""
        return tuple(self.places.get(token, self.shared) for token in self.tokenizer.encode(" " + text))

    def lengths(self, places: "Iterable[int]") -> list[int]:
        """The number of characters in each text token, to spread the tokens over the time in which they are spoken."""
        return [len(self.tokenizer.decode([self.used[place]])) for place in places]


def vocabulary(texts: "Iterable[str]") -> Vocabulary:
    """The vocabulary of the given texts, the control tokens and all timestamps."""
    tokenizer = _tokenizer()
    used = {token for text in texts for token in tokenizer.encode(" " + text)}
    used |= {tokenizer.eot, tokenizer.sot, tokenizer.sot_prev, tokenizer.no_speech, tokenizer.no_timestamps}
    used |= {tokenizer.transcribe, tokenizer.to_language_token("de")}
    used |= set(range(tokenizer.timestamp_begin, tokenizer.timestamp_begin + TIMESTAMPS))
    return Vocabulary(used=tuple(sorted(used)))


def _tokenizer() -> Tokenizer:
    return get_tokenizer(multilingual=True, num_languages=99, language="de", task="transcribe")
