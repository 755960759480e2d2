"""Find names of the show that the running text spells differently; missing one is better than a false alarm."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from pipeline.transcript.align import normalised
from pipeline.transcript.labels import LabelFinding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.transcript.editorial import Manuscript, Token
    from pipeline.values.show import Speaker

_SHORT_NAME = 4  # letters; shorter parts of a name are not compared
_LONE_NAME = 6  # letters; from here on a surname is compared even without "Frau" or a first name
_TITLES = frozenset("frau herr herrn dr prof doktor professor professorin kollege kollegin".split())  # noqa: SIM905
_ARTICLES_TEXT = """
    der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner im ins am ans zum zur beim
    vom mein meine unser unsere ihr ihre sein seine dieser diese dieses diesen diesem jeder jede jedes als"""
_ARTICLES = frozenset(_ARTICLES_TEXT.split())
_EDGES = re.compile(r"^\W+|\W+$")
_WEB_ADDRESS = re.compile(
    r"(https?://|www\.)|\S+@\S+\.\w|[\w-]+(\.[\w-]+)*\.(de|eu|com|org|net|info|io|gov|at|ch)\b", re.IGNORECASE
)
_APOSTROPHE = re.compile("['’]s$")
_SOUNDS = (
    ("ph", "f"), ("th", "t"), ("dt", "t"), ("ck", "k"), ("tz", "z"), ("cz", "z"), ("ß", "s"), ("ä", "e"), ("y", "i"),
    ("ey", "ei"), ("ai", "ei"), ("ie", "i"), ("c", "k"), ("v", "f"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseSpellings:
    """Names that the show spells in one way only. `people` are names and aliases of people, `terms` organisations and
    words of the glossary."""

    people: tuple[str, ...]
    terms: tuple[str, ...]


def house_spellings(speakers: Sequence[Speaker], glossary: Sequence[str] = ()) -> HouseSpellings:
    """The names of these people, their organisations, and the words of the glossary; each once."""
    people = dict.fromkeys(name for speaker in speakers for name in (speaker.name, *speaker.aliases))
    terms = dict.fromkeys([*(speaker.organisation for speaker in speakers if speaker.organisation), *glossary])
    return HouseSpellings(people=tuple(people), terms=tuple(terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class NearName:
    """Tokens `first` up to and without `last` of the text, which say `written` where `meant` is probably meant."""

    first: int
    last: int
    line: int
    written: str
    meant: str


def misspellings(manuscript: Manuscript, names: HouseSpellings) -> tuple[LabelFinding, ...]:
    """A finding for each spelling that `near_names` finds, at its first line."""
    found: dict[tuple[str, str], list[int]] = {}
    for near in near_names(manuscript, names):
        found.setdefault((near.written, near.meant), []).append(near.line)
    findings = [_finding(written, meant, lines) for (written, meant), lines in found.items()]
    return tuple(sorted(findings, key=lambda finding: finding.line))


def near_names(manuscript: Manuscript, names: HouseSpellings) -> tuple[NearName, ...]:
    """Find probable misspellings of `names` in the running text.

    These are names and terms with other hyphens, spaces or inner capitals ("mv works"), a part of a person's name
    beside "Frau" or the other part ("Frau Donnath"), and longer surnames that sound the same. A genitive s is correct.
    No ordinary word is compared with an ordinary-looking term, so that "Nord" is not taken for "NØRD".
    """
    people = _parts(names.people)
    forms = _forms((*names.people, *names.terms))
    known = {fold for name in (*names.people, *names.terms) for fold in map(normalised, name.split())}
    found: list[NearName] = []
    before = 0
    for paragraph in (paragraph for turn in manuscript.turns for paragraph in turn.paragraphs):
        for first, last, written, meant in (*_misjoined(paragraph, forms), *_near(paragraph, people, known)):
            line = paragraph[first].line
            found.append(NearName(first=before + first, last=before + last, line=line, written=written, meant=meant))
        before += len(paragraph)
    return tuple(found)


def _finding(written: str, meant: str, lines: Sequence[int]) -> LabelFinding:
    others = sorted(set(lines) - {lines[0]})
    more = f" (auch Zeile {', '.join(map(str, others))})" if others else ""
    text = f"„{written}“: eingetragen ist „{meant}“{more}."
    advice = "Im Transkript richtig schreiben; ist es hier anders gemeint, ist nichts zu tun."
    return LabelFinding(line=lines[0], text=text, blocking=False, advice=advice)


def _parts(people: Sequence[str]) -> dict[str, set[str]]:
    """Every part of a person's name, with the letters of the other parts."""
    parts: dict[str, set[str]] = {}
    for name in people:
        words = [word for word in name.split() if len(normalised(word)) >= _SHORT_NAME and word[:1].isupper()]
        for word in words:
            beside = {normalised(other) for other in name.split() if other != word and other[:1].isupper()}
            parts.setdefault(word, set()).update(beside - _TITLES)
    return parts


def _forms(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Letters of a name → its spellings. Only names with a space, a hyphen or a capital inside."""
    forms: dict[str, tuple[str, ...]] = {}
    for name in names:
        letters = normalised(name)
        if len(letters) >= _SHORT_NAME and (
            re.search(r"\w[\s\-‐-–]+\w", name) or re.search(r"[a-zäöüß][A-ZÄÖÜ]", name)
        ):
            forms[letters] = (*forms.get(letters, ()), name)
    return forms


_Near = tuple[int, int, str, str]  # tokens of the paragraph from .. to, as written, as meant


def _misjoined(paragraph: Sequence[Token], forms: dict[str, tuple[str, ...]]) -> Iterator[_Near]:
    longest = max((len(re.findall(r"\w+", name)) for names in forms.values() for name in names), default=0)
    letters = [normalised(token.text) for token in paragraph]
    for start in range(len(paragraph)):
        for end in range(start + 1, min(start + longest, len(paragraph)) + 1):
            if not letters[start] or not letters[end - 1]:
                continue
            joined = "".join(letters[start:end])
            written = _EDGES.sub("", " ".join(token.text for token in paragraph[start:end]))
            if _WEB_ADDRESS.match(written):
                continue
            for tail in ("", "s"):
                meant = forms.get(joined.removesuffix(tail)) if joined.endswith(tail) else None
                if meant and not any(_same(_APOSTROPHE.sub("s", written), f"{name}{tail}") for name in meant):
                    yield start, end, written, meant[0]


def _same(written: str, name: str) -> bool:
    """Return whether they are equal apart from a capital at the start (of a sentence) and marks at the edges."""
    name = _EDGES.sub("", name)
    return written == name or (written[:1] == name[:1].upper() and written[1:] == name[1:])


def _near(paragraph: Sequence[Token], people: dict[str, set[str]], known: set[str]) -> Iterator[_Near]:
    words = [_EDGES.sub("", token.text) for token in paragraph]
    letters = [normalised(word) for word in words]
    for index, word in enumerate(words):
        own = letters[index]
        if len(own) < _SHORT_NAME or not word[:1].isupper() or _is_known(own, known) or _WEB_ADDRESS.match(word):
            continue
        before = letters[index - 1] if index else ""
        beside = {before, letters[index + 1] if index + 1 < len(words) else ""}
        for part, others in people.items():
            if _may_be(own, normalised(part), named=before in _TITLES or bool(beside & others), before=before):
                yield index, index + 1, word, part
                break


def _is_known(letters: str, known: set[str]) -> bool:
    """Return whether the letters are a known name, with or without a final s."""
    return letters in known or letters.removesuffix("s") in known or f"{letters}s" in known


def _may_be(own: str, name: str, *, named: bool, before: str) -> bool:
    """Return whether the letters are probably that name. `named`: a title or another part of the name is beside it."""
    if own[0] != name[0] and sound(own)[0] != sound(name)[0]:
        return False
    sounds_the_same = sound(own) == sound(name) or sound(own.removesuffix("s")) == sound(name)
    if named:
        allowed = 1 if len(name) < _LONE_NAME else 2
        distance = min(Levenshtein.distance(own, name), Levenshtein.distance(own.removesuffix("s"), name))
        return sounds_the_same or (len(name) > _SHORT_NAME and distance <= allowed)
    return sounds_the_same and len(name) >= _LONE_NAME and before not in _ARTICLES


@lru_cache(maxsize=8_192)
def sound(letters: str) -> str:
    """Map spellings of German names that sound the same to one; double letters count once."""
    for spelling, sound in _SOUNDS:
        letters = letters.replace(spelling, sound)
    return re.sub(r"(.)\1+", r"\1", re.sub(r"(?<=[aeiouöü])h", "", letters))
