"""The cost of breaking a German text between two words, for a new line or a new subtitle."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.german.sentences import CLOSING, ends_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

SENTENCE, CLAUSE, CONJUNCTION, PLAIN, ADJECTIVE, NAME, BOUND = 0.0, 1.0, 2.5, 5.0, 8.0, 11.0, 16.0
"""Costs, from the best place to the worst. Only the order matters, and that BOUND outweighs a short line."""

_CONJUNCTIONS_TEXT = """
    und oder aber denn sondern doch sowie dass weil wenn ob als wie damit obwohl während nachdem bevor bis falls sodass
    indem wo wobei womit was wer die der das welche welcher welches um ohne anstatt beziehungsweise bzw."""
_CONJUNCTIONS = frozenset(_CONJUNCTIONS_TEXT.split())

_BINDING_TEXT = """
    der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner mein meine meinen meinem
    meiner dein deine sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer unser unsere unseren unserem unserer
    euer eure dieser diese dieses diesen diesem jeder jede jedes jeden jedem welche welcher welches alle allen
    in im ins an am ans auf aufs aus bei beim bis durch für gegen mit nach ohne seit über um unter von vom vor vorm
    während wegen zu zum zur zwischen hinter neben
    sehr ganz so zu nicht kein herr herrn frau dr. prof. dipl. st. nr. ca. rund etwa circa
    und oder aber sowie bzw. z.b. d.h. u.a. dass weil wenn ob"""
_BINDING = frozenset(_BINDING_TEXT.split())
_ADJECTIVE_ENDINGS = ("e", "en", "er", "es", "em")
_CLAUSE_MARKS = (",", ";", ":", "–", "—", "…")


def break_costs(words: Sequence[str]) -> tuple[float, ...]:
    """The cost of a break before each word, from SENTENCE to BOUND; one value per word, the first is 0."""
    return tuple(_cost(words, index) for index in range(len(words)))


def _cost(words: Sequence[str], index: int) -> float:
    if index == 0:
        return SENTENCE
    before, after = words[index - 1], words[index]
    cost_before = _cost_before(after)
    if cost_before == BOUND:
        return BOUND  # no line begins with a lone dash or quote
    cost_after = _cost_after(before)
    if cost_after is not None:
        return cost_after
    if cost_before is not None:
        return cost_before
    opens_sentence = index > 1 and _cost_after(words[index - 2]) == SENTENCE
    return _cost_before_a_noun(before.rstrip(CLOSING), opens_sentence=opens_sentence)


@lru_cache(maxsize=32_768)
def _cost_after(word: str) -> float | None:
    """The cost of a break after `word`, or None if the next word decides it."""
    core = word.rstrip(CLOSING)
    if ends_sentence(word):
        return SENTENCE
    if core.endswith(_CLAUSE_MARKS):
        return CLAUSE
    if core.casefold() in _BINDING or core.rstrip(".").isdecimal() or (core.endswith(".") and len(core) <= 5):
        return BOUND
    return None


@lru_cache(maxsize=32_768)
def _cost_before(word: str) -> float | None:
    """The cost of a break before `word` if the previous word does not decide it; None if `word` may be a noun."""
    if not any(character.isalnum() for character in word):
        return BOUND
    if word[:1].isupper():
        return None
    return CONJUNCTION if word.casefold() in _CONJUNCTIONS else PLAIN


def _cost_before_a_noun(core: str, *, opens_sentence: bool) -> float:
    """The cost of a break between `core` and a capitalised word.

    Two capitalised words may be first and last name, but the first word of a sentence is always capitalised.
    """
    if core[:1].isupper() and core[-1:].isalpha():
        return PLAIN if opens_sentence else NAME
    return ADJECTIVE if core.endswith(_ADJECTIVE_ENDINGS) else PLAIN
