"""Correct misheard names of the show in the draft, but only those that people marked as safe."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from pipeline.timecode import clock
from pipeline.transcript.align import normalised
from pipeline.transcript.spellings import sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values.show import Glossary
    from pipeline.values.speech import Word

_LONG = 7  # letters; in a name of at least this many, one may differ
_SHOWN_TIMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was heard at `start_s`, and what the draft says instead."""

    start_s: float
    heard: str
    written: str


def corrected(words: Sequence[Word], glossary: Glossary) -> tuple[tuple[Word, ...], tuple[Correction, ...]]:
    """The words with the corrections that the glossary marks as safe, and every place where something changed.

    An entry of `safe` replaces words that sound the same, or that differ only in hyphens, spaces and capitals or, if
    it is long, in one letter. The pairs of `corrections` match literally, ignoring case. Surrounding punctuation and
    the genitive s stay. Several words that become one keep the start of the first and the end of the last.
    """
    targets = [*(_Target(name=name) for name in glossary.safe)]
    targets += [_Target(name=written, heard=normalised(heard)) for heard, written in glossary.corrections]
    right = {normalised(name) for name in (*glossary.words, *(target.name for target in targets))}
    longest = max((len(target.name.split()) + target.name.count("-") + 1 for target in targets), default=0)
    found: list[Word] = []
    made: list[Correction] = []
    index = 0
    while index < len(words):
        for length in range(min(longest, len(words) - index), 0, -1):
            candidate = _joined(words[index : index + length])
            text = _meant(candidate.text, targets, right)
            if text is not None:
                made.append(Correction(start_s=candidate.start_s, heard=candidate.text, written=text))
                found.append(replace(candidate, text=text))
                index += length
                break
        else:
            found.append(words[index])
            index += 1
    return tuple(found), tuple(entry for entry in made if entry.heard != entry.written)


def correction_notices(corrections: Sequence[Correction]) -> list[str]:
    """One German line for each kind of correction, with its places."""
    places: dict[tuple[str, str], list[str]] = {}
    for entry in corrections:
        pair = (entry.heard.strip(",.;:!?…"), entry.written.strip(",.;:!?…"))
        places.setdefault(pair, []).append(clock(entry.start_s))
    return [
        f"Nach glossary.toml berichtigt: „{heard}“ → „{written}“ ({', '.join(times[:_SHOWN_TIMES])}"
        f"{f' und {len(times) - _SHOWN_TIMES} weitere Male' if len(times) > _SHOWN_TIMES else ''})."
        for (heard, written), times in places.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A name as it is written, and the letters that it replaces literally; "" if the sound decides."""

    name: str
    heard: str = ""

    def fits(self, letters: str, right: set[str]) -> bool:
        if self.heard:
            return letters == self.heard
        own = normalised(self.name)
        if letters == own:
            return True
        if letters in right:  # another name that is just as right
            return False
        if _plain_sound(letters) == _plain_sound(own):
            return True
        ends_alike = letters[:1] == own[:1] and letters[-1:] == own[-1:]  # else it may be another form of the word
        return len(own) >= _LONG and ends_alike and Levenshtein.distance(letters, own) == 1


def _meant(text: str, targets: Sequence[_Target], right: set[str]) -> str | None:
    """The correct spelling of the text, with its punctuation; None if no name fits."""
    before = "".join(takewhile(lambda character: not character.isalnum(), text))
    after = "".join(takewhile(lambda character: not character.isalnum(), reversed(text)))[::-1]
    letters = normalised(text)
    if not letters:
        return None
    genitive = letters.removesuffix("s")
    tries = [(letters, ""), (genitive, "s")] if genitive not in right else [(genitive, "s")]
    for candidate, ending in tries:
        for target in targets:
            if candidate and target.fits(candidate, right):
                return f"{before}{target.name}{ending if candidate != letters else ''}{after}"
    return None


def _joined(words: Sequence[Word]) -> Word:
    first, last = words[0], words[-1]
    return replace(
        first,
        text=" ".join(word.text.strip() for word in words),
        end_s=last.end_s,
        probability=min(word.probability for word in words),
    )


def _plain_sound(letters: str) -> str:
    """The sound of the letters without their strokes and dots: "nørd" sounds like "nord"."""
    plain = unicodedata.normalize("NFD", letters.replace("ø", "o").replace("æ", "ae"))
    return sound("".join(character for character in plain if not unicodedata.combining(character)))
