"""How the searches compare words: over all episodes (`search.py`, `static/suche.js`) and in one (`static/podcast.js`).

`static/woerter.js` has the same `fold`; a test runs both.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "ö", "æ": "ä", "œ": "ö", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i"}
    | {"ς": "σ", "\xad": ""}
)
_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_ONE_LETTER = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
_KEPT = {"a\u0308": "ä", "o\u0308": "ö", "u\u0308": "ü"}
_MARKED = re.compile("[aou]\u0308|[^\x00-\x7f]")
# Hörer*innen, Hörer:innen, Hörer_innen, Hörer/-innen
_INNER_SIGN = re.compile(r"([^\W\d_])(?:[*:_](?=[^\W\d_])|/-?(?=innen))")
_WORD = re.compile(r"[^\W_]+")


def fold(text: str, *, plain: bool = False) -> str:
    """The words of `text` in the form to compare, separated by spaces: as `bare`, but with ä, ö and ü as two letters,
    or as one if `plain`."""
    return spell(bare(text), plain=plain)


def spell(words: str, *, plain: bool = False) -> str:
    """Bare words with ä, ö and ü as two letters, or as one if `plain`."""
    return words.translate(_ONE_LETTER if plain else _TWO_LETTERS)


def bare(text: str) -> str:
    """The words of `text`, separated by spaces: lower case, ß as ss, Ø as ö, Æ as ä, no other accents.

    `Hörer*innen` is one word, so that people find it as it is spoken.
    """
    small = unicodedata.normalize("NFKC", text).lower()
    if not small.isascii():
        parts = unicodedata.normalize("NFD", small.translate(_LETTERS)).translate(_LETTERS)  # ǿ is ø with an accent
        small = _MARKED.sub(_unmarked, unicodedata.normalize("NFD", parts))
    return " ".join(_WORD.findall(_INNER_SIGN.sub(r"\1", small)))


def _unmarked(found: re.Match[str]) -> str:
    sign = found[0]
    return _KEPT.get(sign) or ("" if unicodedata.category(sign).startswith("M") else sign)


@lru_cache(maxsize=1 << 16)
def bare_words(chunk: str) -> tuple[str, ...]:
    """The words of a text that is probably asked again, such as all signs between two spaces; see `bare`."""
    return tuple(bare(chunk).split())
