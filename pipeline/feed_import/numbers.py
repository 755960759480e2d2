"""Read the number of an episode from its title, where the title leaves no doubt that it is one."""

from __future__ import annotations

import re
import unicodedata

_WORD = r"(?:Folge|Episode|Ausgabe|Sendung|Ep\.?)"
_SIGN = r"(?:Nr\.|No\.|№|#)"
_NUMBER = r"0*(?P<number>[0-9]{1,4})(?![0-9])(?![.,:/%-][0-9])"
_NOT_PART = r"(?!\s*(?:/|(?:von|of|bis|und|and)\b))"
_SEASON = r"S(?:taffel|eason)?\s*0*(?P<season>[0-9]{1,2})[\s,:·/–-]*(?:E|EP|F|Folge|Episode)\.?\s*"
_OPENING = r"[\s:–—|,-]*[(\[]?\s*"
_SEPARATOR = r"(?:\s*[:–—|](?=\s|$)|\s*-\s|\s+-|\s*[)\]]|\s*$)"
_CAPITALS = r"(?P<short>[A-ZÄÖÜ]{2,8})-?"
_LAST = r"(?:\s[–—|:-]\s*|[(\[]\s*)"
_END = r"\s*[!.]?\s*[)\]]?\s*\Z"

# After the name of the show, if it begins with it: words first, as a bare number needs a mark behind it.
_AT_START = (
    re.compile(_OPENING + _SEASON + _NUMBER + r"\b", re.IGNORECASE),
    re.compile(_OPENING + _WORD + r"\s*" + _NUMBER + r"(?=\s|[:.,!)\]–—|-]|\Z)" + _NOT_PART, re.IGNORECASE),
)
_BARE = re.compile(_OPENING + r"(?:#|" + _SIGN + r"\s*)?" + _NUMBER + _SEPARATOR + r"(?!\s*[0-9])", re.IGNORECASE)
_HASH = re.compile(_OPENING + r"#" + _NUMBER + r"(?=\s|\Z)" + _NOT_PART)
_SHORT = re.compile(_CAPITALS + _NUMBER + r"(?=[\s:.–—|-]|\Z)")
_AT_END = (
    re.compile(_LAST + _SEASON + _NUMBER + _END, re.IGNORECASE),
    re.compile(_LAST + rf"(?:{_WORD}|{_SIGN})\s*" + _NUMBER + _END, re.IGNORECASE),
)
_SHORT_AT_END = re.compile(_LAST + _CAPITALS + _NUMBER + _END)
_YEARS = range(1900, 2100)
_MOST_SIGNS = re.compile(r"[^\w]+")


def number_in(title: str, *, show_title: str) -> tuple[int | None, int | None]:
    """The episode's number and season by its title, None for what it does not say.

    Read are "Folge 12", "#12", "S2E3", "12: Titel" and "Titel (Ep. 12)", also after the name of the show, and the
    show's letters with a number ("CRE209"). Years, dates, and numbers that may belong to the title are not.
    """
    rest, named = _after_name(unicodedata.normalize("NFC", title), show_title)
    for pattern in _AT_START:
        if match := pattern.match(rest):
            return _read(match)
    for pattern in (_BARE, _HASH):
        if (match := pattern.match(rest)) and not _is_year(match):
            return _read(match)
    if not named and (match := _SHORT.match(rest)) and not _is_year(match) and _stands_for(match["short"], show_title):
        return _read(match)
    for pattern in _AT_END:
        if match := pattern.search(rest):
            return _read(match)
    match = _SHORT_AT_END.search(rest)
    if match and not _is_year(match) and _stands_for(match["short"], show_title):
        return _read(match)
    return None, None


def _read(match: re.Match[str]) -> tuple[int, int | None]:
    season = match.groupdict().get("season")
    return int(match["number"]), int(season) if season and int(season) else None


def _is_year(match: re.Match[str]) -> bool:
    return int(match["number"]) in _YEARS


def _after_name(title: str, show_title: str) -> tuple[str, bool]:
    """The title without the show's name at its start, and whether it was there. The name's first part counts ("Radio"
    of "Radio: Technik"), and its last words do ("Podcast" of "Der Probe-Podcast")."""
    whole = unicodedata.normalize("NFC", show_title).strip()
    words = whole.split()
    first = re.split(r"\s*[:|–—]\s*|\s+-\s+", whole)[0]
    names = [whole, first, *(" ".join(words[start:]) for start in range(1, len(words)))]
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        if title.casefold().startswith(name.casefold()) and not title[len(name) : len(name) + 1].isalnum():
            return title[len(name) :], True
    return title, False


def _stands_for(short: str, show_title: str) -> bool:
    """Whether the capitals abbreviate the show's name: its first letter, and the others in its order."""
    letters = iter(_MOST_SIGNS.sub("", show_title).casefold())
    wanted = short.casefold()
    return next(letters, "") == wanted[0] and all(letter in letters for letter in wanted[1:])
