"""Passages in another language than the rest, as editors mark them: `[en: public money, public code]`.

A page says it with `lang`, so that screen readers pronounce the passage (WCAG 3.1.2); everywhere else only the words
are left.
"""

from __future__ import annotations

import re

MARK = re.compile(r"\[(?P<tag>[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*):[ \t\u00a0\u202f]*")
"""How a passage begins. Only small letters: `[IT: …]` and `[Anm: …]` are remarks."""

LONGEST = 5000  # characters of a passage; in a longer one the closing bracket is missing
_PASSAGE = re.compile(rf"{MARK.pattern}(?P<said>(?:[^\[\]]|\[[^\[\]]*+\]){{1,{LONGEST}}}+)\]")

# ISO 639-1: BCP 47 (RFC 5646, section 4.1) wants two letters where a language has them.
_TWO_LETTERS = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng
    nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su
    sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"""
# Others that may be heard here: Low German, Sorbian, Frisian, dialects, older languages, languages of newcomers.
_THREE_LETTERS = """
    nds hsb dsb frr stq frs bar gsw ksh pfl swg vmf sli szl csb rom rmy pdt pdc ang enm gmh goh got grc non osx pox
    arb arc aii syr ckb kmr sdh zza diq prs pes pbu haz kab rif shi tzm zgh ber cmn yue wuu nan fil ceb haw lad ary arz
    apc acm ajp din nus luo kam man bin sus tem mis mul und zxx"""
KNOWN = frozenset((*_TWO_LETTERS.split(), *_THREE_LETTERS.split()))

_SUBTAGS = re.compile(r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?(?:-(?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))*")
_MEANT_TEXT = """
    eng:en gb:en us:en dt:de ger:de deu:de fra:fr fre:fr spa:es sp:es ita:it pol:pl rus:ru lat:la nld:nl dut:nl dk:da
    dan:da cz:cs gr:el jp:ja ua:uk ukr:uk swe:sv plt:nds tur:tr ara:ar cn:zh"""
_MEANT = dict(pair.split(":") for pair in _MEANT_TEXT.split())


def language_of(tag: str) -> str:
    """The tag in its usual spelling (`en-GB`, `sr-Latn`); "" if it is none that we know."""
    return "" if problem_with(tag) else "-".join(_usual(place, part) for place, part in enumerate(tag.split("-")))


def problem_with(tag: str) -> str:
    """What is wrong with a language tag (BCP 47), as a German sentence with a proposal; "" if nothing is."""
    language, _, rest = tag.partition("-")
    if language.lower() not in KNOWN:
        meant = _MEANT.get(language.lower())
        hint = f" Meinten Sie „{meant}“?" if meant else ""
        return f"„{tag}“ ist kein bekanntes Sprachkürzel (BCP 47).{hint}"
    if "UK" in rest.upper().split("-"):
        return f"„{tag}“ ist kein bekanntes Sprachkürzel (BCP 47). Meinten Sie „{language}-GB“?"
    if rest and not _SUBTAGS.fullmatch(f"-{rest}"):
        return f"„{tag}“ ist kein gültiges Sprachkürzel (BCP 47); es genügt „{language}“."
    return ""


def passage_at(text: str, start: int) -> re.Match[str] | None:
    """The marked passage that begins at `start`, with its `tag` and what is `said`; None if the tag is unknown, if the
    bracket is not closed, or if nothing or another marked passage is inside."""
    found = _PASSAGE.match(text, start)
    if found is None or not language_of(found["tag"]):
        return None
    said = found["said"]
    return found if said.strip() and not said[:1].isspace() and MARK.search(said) is None else None


def why_unread(text: str, start: int) -> str:
    """Why the mark that begins at `start` is not the beginning of a passage: a German sentence."""
    mark = MARK.match(text, start)
    assert mark is not None
    if problem := problem_with(mark["tag"]):
        return f"{problem} Ist keine Sprache gemeint: die Klammer rund schreiben."
    found = _PASSAGE.match(text, start)
    if found is None:
        return "die eckige Klammer wird in diesem Absatz nicht geschlossen."
    if MARK.search(found["said"]):
        return "in einer Auszeichnung steht eine zweite; erst schließen, dann die nächste öffnen."
    return "nach dem Doppelpunkt fehlt, was in dieser Sprache gesagt wird; es gehört in dieselbe Zeile."


def _usual(place: int, part: str) -> str:
    if place and len(part) == 2:
        return part.upper()
    return part.title() if place and len(part) == 4 and part.isalpha() else part.lower()
