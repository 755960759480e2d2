"""Split German words into sentences: a full stop may end one, or only mark an abbreviation or a number."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOSING = "\"'“”‘’»«›‹)]}"
OPENING = "\"'„“”‚‘’»«›‹([{"

_STOP = re.compile(r"(?:[.!?…]+)$")
_ORDINAL = re.compile(r"(?:\d{1,3}\.[-–/])?\d{1,3}\.|[IVX]+\.")
_RANGE = re.compile(r"\d{1,3}[-–/]\d{1,3}\.")  # 0-10. ends a sentence; before a month it is part of a date
_INITIAL = re.compile(r"[^\W\d_]\.(?:-?[^\W\d_]\.)*")  # J. · z. · J.-P. · z.B. · d.h.
_BRACKETED = re.compile(r"[\[(][^\])]*[\])]")

_MONTHS_TEXT = "januar februar märz april mai juni juli august september oktober november dezember"
_MONTHS = frozenset(_MONTHS_TEXT.split())

# After these a sentence goes on, whatever follows.
_NEVER_LAST_TEXT = """
    dr. dres. prof. dipl. ing. hr. hrn. fr. frl. st. nr. nrn. abs. art. kap. abb. tab. ziff. bd. hrsg. vgl. s. bzw. ca.
    ggf. evtl. inkl. exkl. zzgl. abzgl. max. min. mind. insb. insbes. sog. gem. lt. tel. allg. bspw. beispielsw. resp.
    vs. z.b. d.h. i.d.r. i.d.f. u.u. i.a. z.t. z.zt. o.g. s.o. s.u. v.a. h.c. a.d. jan. feb. apr. aug. sept. okt. nov.
    dez. mr. mrs. ms. dipl.-ing. dr.-ing. rd. einschl. geb. zz. eigtl. urspr. med. dent. vet. phil. jur. iur. rer. nat.
    pol. oec. habil. fam. bzgl. betr. ugs. gegr. verh. österr. schweiz. dt. frz. engl. lat."""
_NEVER_LAST = frozenset(_NEVER_LAST_TEXT.split())

# These may end a sentence: they do if a typical first word follows.
_MAY_BE_LAST_TEXT = """
    str. u.a. u.ä. o.ä. u.v.m. u.v.a. e.v. a.d. i.r. usf. mio. mrd. tsd. std. min. sek. jh. jhd. co. uvm. n.n."""
_MAY_BE_LAST = frozenset(_MAY_BE_LAST_TEXT.split())
_MOSTLY_LAST = frozenset(("etc.", "usw."))

# Capitalised, these words almost always open a sentence: they are neither nouns nor names.
_OPENERS_TEXT = """
    Der Die Das Den Dem Des Ein Eine Einen Einem Einer Eines Ich Du Er Sie Es Wir Ihr Man Mein Meine Unser Unsere Ihre
    Sein Seine Dieser Diese Dieses Diesen Diesem Jener Jede Jeder Jedes Alle Alles Viele Manche Einige Kein Keine
    Keiner Und Oder Aber Denn Doch Sondern Also Auch Dann Da Dabei Dadurch Dafür Dagegen Daher Damit Danach Daneben
    Daran Darauf Daraus Darin Darüber Darum Davon Davor Dazu Deshalb Deswegen Dort Hier Heute Gestern Morgen Jetzt Nun
    Nur Noch Schon So Sogar Soweit Trotzdem Vielleicht Natürlich Allerdings Außerdem Zudem Zuerst Zunächst Zum Zur
    Im In An Am Auf Aus Bei Beim Bis Durch Für Gegen Mit Nach Ohne Seit Über Um Unter Von Vom Vor Während Wegen Zu
    Wer Was Wann Wo Wohin Woher Warum Wieso Weshalb Wie Wieviel Welche Welcher Welches Wenn Weil Ob Obwohl Als Nachdem
    Ja Nein Genau Gut Danke Vielen Herzlichen Liebe Sehr Mich Mir Uns Dass Ist Sind War Hat Haben Kann Können Gibt
    Wollen Muss Sollte Ansonsten Übrigens Insgesamt Gerade Ganz Erst Eben Inzwischen Mittlerweile Leider Immer
    Mehr Weniger Niemand Jemand Etwas Nichts Beide Beides Bitte Einmal Oft Manchmal Nie Damals Später Vorher Nachher
    Seitdem Seither Bisher Endlich Schließlich Zwar Nämlich Hoffentlich Solche Solcher Mancher Derzeit Bevor Falls
    Sobald Solange Anders Ebenso Stattdessen Dennoch Jedoch Weder Entweder Sowohl Wem Wen Wessen Womit Wofür Worum"""
_OPENERS = frozenset(_OPENERS_TEXT.split())


def sentence_ends(words: Sequence[str]) -> tuple[int, ...]:
    """The positions after which sentences end: `words[:ends[0]]` is the first, `words[ends[-2]:]` the last.

    `words` are whitespace-separated words of one paragraph. The last position is `len(words)`; without words the result
    is (). Every word belongs to exactly one sentence, whatever the text.
    """
    inner = (
        position
        for position in range(1, len(words))
        if not _goes_on(words[position - 1]) and _ends_between(words, position)
    )
    return (*inner, len(words)) if words else ()


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of one paragraph, words joined by single spaces; () for white space."""
    words = text.split()
    ends = sentence_ends(words)
    return tuple(" ".join(words[start:end]) for start, end in zip((0, *ends), ends, strict=False))


def ends_sentence(word: str) -> bool:
    """Return whether the word by itself looks like a sentence's last; abbreviations, ordinals and initials do not."""
    core = word.rstrip(CLOSING)
    stop = _STOP.search(core)
    return stop is not None and (stop[0] != "." or not (_is_short(core) or _ORDINAL.fullmatch(core.lstrip(OPENING))))


def is_abbreviated(word: str) -> bool:
    """Return whether the word keeps its full stop inside a sentence: an abbreviation, an initial or an ordinal."""
    core = word.strip(CLOSING + OPENING)
    return core.casefold() in _MAY_BE_LAST | _MOSTLY_LAST or _is_short(core) or _ORDINAL.fullmatch(core) is not None


def _goes_on(word: str) -> bool:
    """Return whether the last character alone rules out a sentence end, as it does for most words."""
    return word[-1:].isalnum() or word[-1:] in ",;:"


def _ends_between(words: Sequence[str], position: int) -> bool:
    """Return whether a sentence ends before `words[position]`."""
    before, after = words[position - 1], words[position]
    if not after.strip(CLOSING + ".!?…,;:") or _BRACKETED.fullmatch(after):
        return False  # a lone quote or mark, or a remark such as [lacht], belongs to what precedes it
    if not before.strip(CLOSING) and position > 1:
        before = words[position - 2]
    core = before.rstrip(CLOSING)
    stop = _STOP.search(core)
    if stop is None:
        return bool(_BRACKETED.fullmatch(before)) and position > 1 and _ends_between((words[position - 2], after), 1)
    following = _next_start(words, position)
    if stop[0] == ".":
        return _full_stop_ends(core.lstrip(OPENING), following)
    if core == stop[0] and ("…" in core or "..." in core):
        return is_opener(following)  # a lone ellipsis is a pause inside a sentence, or breaks it off
    return not following[:1].islower() or is_small_name(following)


def _next_start(words: Sequence[str], position: int) -> str:
    """The next spoken word from `position` on, without opening quotes; bracketed remarks and dashes are skipped."""
    for word in islice(words, position, None):
        bare = word.lstrip(OPENING + "-–—…")
        if bare and not _BRACKETED.fullmatch(word):
            return bare
    return ""


def _full_stop_ends(core: str, following: str) -> bool:
    """Return whether the full stop at the end of `core` ends a sentence if `following` comes next."""
    opener = is_opener(following)
    if _RANGE.fullmatch(core):
        return _bare(following).casefold() not in _MONTHS
    if core.casefold() in _MAY_BE_LAST or _ORDINAL.fullmatch(core):
        return opener
    if _is_short(core):
        return opener and _INITIAL.fullmatch(core) is not None and core[0].isupper() and core.count(".") == 1
    return not following[:1].islower() or is_small_name(following)


def is_opener(following: str) -> bool:
    """Return whether this is a capitalised word that almost always opens a sentence."""
    return _bare(following) in _OPENERS


def is_small_name(word: str) -> bool:
    """Return whether this is a name such as "mv-works" or "eGovernment", which may open a sentence in small letters."""
    return word[:1].islower() and re.search(r"[-@/\d]|\w[A-ZÄÖÜ]", _bare(word)) is not None


def _bare(word: str) -> str:
    return word.rstrip(CLOSING + ".,;:!?…")


def _is_short(core: str) -> bool:
    """Return whether this is an initial or an abbreviation that never ends a sentence."""
    bare = core.lstrip(OPENING)
    return bare.casefold() in _NEVER_LAST or _INITIAL.fullmatch(bare) is not None
