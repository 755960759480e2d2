"""Lines of a foreign file → which of them begin with a speaker's name; what may be one or not is asked.

A name that begins several lines is a label, whatever it looks like; one that the episode knows is a label wherever it
is. What happens to have the form of a label (`Frage: warum?`) stays speech; the rest ends the import with its lines.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.transcript.imports.people import has_a_number, is_voice, unsettled
from pipeline.transcript.labels import PARTICLES, SPEECH_STARTS, TITLES, fold_name, looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.transcript.imports.people import People

_OPENING = r"(?:\{\\[^{}]*\}|[-–—>*_\s])*"
_LONGEST_HEAD = 300  # characters in which a label can end
_COLON = re.compile(
    rf"{_OPENING}(?P<name>[^\[\](){{}}:：;\n]{{1,80}}?)\s*(?P<more>\[[^\[\]:]{{0,80}}\]|\([^():]{{0,80}}\))?\s*"
    r"(?:[*_]{2,3})?\s*[:：](?:[*_]{2,3})?(?P<end>\s|$|(?=[^\s\d]))"
)
_BRACKET = re.compile(rf"{_OPENING}[\[(](?P<name>[^\[\](){{}}:：;\n]{{1,60}})[\])]\s*(?P<colon>[:：]?)(?:\s+|$)")
_LONGEST_WORDS = 7
_ARTICLES_TEXT = (
    "der die das den dem des dies diese dieser dieses jede jeder jedes alle alles kein keine mehr noch als wenn weil"
)
# Said before a colon without anybody beginning to speak.
_ANNOUNCED_TEXT = """
    frage fragen antwort beispiel beispiele fazit problem probleme thema stichwort tipp hinweis achtung ergebnis ziel
    vorteil nachteil fakt fakten these punkt motto grund lösung zitat nummer warnung idee aufgabe moment klar genau kurz
    kurzum merke erstens zweitens drittens viertens sprich anders übrigens nochmal apropos fest zurück weiter schritt
    teil kapitel vorschlag bitte wichtig neu heute morgen gestern resultat zusammenfassung folgendes anmerkung
    stand schluss ende anfang titel untertitel musik quelle question answer example note example"""
_SPEECH = SPEECH_STARTS | frozenset(_ARTICLES_TEXT.split())
_ANNOUNCED = frozenset(_ANNOUNCED_TEXT.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A line that may begin with a label: its number in the file, and whether it `opens` a cue or a paragraph after
    the end of a sentence. `inner` ones are further lines of a cue or paragraph."""

    number: int
    text: str
    opens: bool
    inner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """A label in front of text: `name` as written with its brackets, and the text after it."""

    name: str
    rest: str
    bare: str  # the name without brackets
    bracketed: bool = False  # without a colon
    glued: bool = False  # no space after the colon
    kept: bool = False  # a no-break space after the colon: our own SRT writes every other colon so


def read_prefixes(starts: Sequence[Start], people: People, *, others: bool) -> tuple[Prefix | None, ...]:
    """The label in front of each line; None where it begins with speech.

    `others` says that the file names its speakers in another way (voices, label lines), so that a single name-shaped
    beginning is speech. Raises TranscriptError with all lines that may be either.
    """
    found = [prefix_of(start.text) for start in starts]
    counts = Counter(fold_name(prefix.name) for prefix in found if prefix is not None)
    unclear: list[tuple[int, str, str]] = []
    read: list[Prefix | None] = []
    for start, prefix in zip(starts, found, strict=True):
        verdict = "speech"
        if prefix is not None:
            verdict = _verdict(prefix, start, counts[fold_name(prefix.name)], people, others=others)
        if prefix is not None and verdict == "unclear":
            unclear.append((start.number, start.text.strip(), prefix.name))
        if prefix is not None and verdict == "doubted" and prefix.rest.strip():
            people.doubted[prefix.name] = None
        read.append(prefix if verdict == "label" else None)
    if unclear:
        raise unsettled(unclear, people)
    return tuple(read)


def prefix_of(text: str) -> Prefix | None:
    """What precedes the first colon, or stands in brackets at the start; None if there is no such thing."""
    text = text.lstrip()
    found = _BRACKET.match(text[:_LONGEST_HEAD])
    if found is not None:
        name = " ".join(found["name"].split())
        return Prefix(name=name, bare=name, rest=text[found.end() :], bracketed=not found["colon"])
    found = _COLON.match(text[:_LONGEST_HEAD])
    if found is None:
        return None
    bare = " ".join(found["name"].strip("*_ ").split())
    name = f"{bare} {found['more'] or ''}".strip()
    rest, end = text[found.end() :], found["end"]
    return Prefix(name=name, bare=bare, rest=rest, glued=not end and bool(rest), kept=end == "\u00a0")


def _verdict(prefix: Prefix, start: Start, count: int, people: People, *, others: bool) -> str:
    """`label`, `speech`, `doubted` (speech, but reported) or `unclear`."""
    if (
        not any(letter.isalpha() for letter in prefix.bare)
        or people.is_text(prefix.name)
        or people.is_text(prefix.bare)
    ):
        return "speech"
    if people.knows(prefix.name):
        return "label"
    if prefix.kept:
        return "speech"
    if is_voice(prefix.bare):
        return _made_up(prefix, start, count, others=others)
    if prefix.bracketed:
        return "label" if count > 1 and len(prefix.bare.split()) > 1 and looks_like_a_name(prefix.bare) else "speech"
    if prefix.glued or _is_said(prefix.bare, count):
        return "speech"
    if count > 1:
        return "unclear" if _is_announced(prefix.bare) or people.find(prefix.name) is None else "label"
    return _single(prefix, start, people, others=others)


def _made_up(prefix: Prefix, start: Start, count: int, *, others: bool) -> str:
    if has_a_number(prefix.bare) or (count > 1 and not prefix.bracketed):
        return "label"
    return "speech" if prefix.bracketed or prefix.glued or start.inner or others else "unclear"


def _single(prefix: Prefix, start: Start, people: People, *, others: bool) -> str:
    """The verdict on a prefix that no other line has."""
    if _is_announced(prefix.bare) or others:
        return "doubted"
    if len(prefix.bare.split()) == 1 and people.is_first_name(prefix.bare):
        return "label"
    full = len(prefix.bare.split()) > 1 and looks_like_a_name(prefix.bare)
    full = full or (prefix.name != prefix.bare and people.find(prefix.name) is not None)  # Name (Organisation)
    if full and start.opens:
        return "label"
    return "speech" if start.inner and not start.opens else "unclear"


def _is_said(name: str, count: int) -> bool:
    """Return whether the words before a colon are part of a sentence, not a name of any kind."""
    words = name.split()
    first = words[0].strip(",.!?„“\"'»«").casefold()
    if first in _SPEECH or len(words) > _LONGEST_WORDS or any(word.endswith(("!", "?", "…")) for word in words):
        return True
    if any(re.fullmatch(r"[^\W\d]{3,}[.]", word) for word in words[:-1] if word not in TITLES):
        return True  # a full stop inside: the end of a sentence
    if len(words) == 1:
        return words[0].islower() and (count == 1 or first in _ANNOUNCED)
    return any(word.strip(",.").isalpha() and word.islower() and word not in PARTICLES for word in words)


def _is_announced(name: str) -> bool:
    return name.split(maxsplit=1)[0].casefold().strip(",.") in _ANNOUNCED
