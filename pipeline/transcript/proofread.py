"""A manuscript and the bytes it was read from → everything that its editors should look at, with line numbers.

`parse` reports what concerns speakers; this module adds what a careful reader would notice: what a program left in the
file, and what does not fit together. None of it stops a release, except an empty file.
"""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.handwritten import encoding_of
from pipeline.transcript.labels import PLACEHOLDER, LabelFinding, fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.transcript.editorial import Manuscript, WrittenTurn
    from pipeline.values.show import Speaker

WHOLE_FILE = 0
"""The `line` of a finding about the file as a whole."""

_SHOWN_LINES = 3
_REST = "`make transcript-format` bringt es in Ordnung."
_HARMLESS = "Für Zeiten und Ausgaben ohne Bedeutung; " + _REST
_ENCODINGS = {
    "utf-8-sig": "Die Datei beginnt mit einer Byte-Reihenfolge-Marke (BOM).",
    "utf-16": "Die Datei ist in UTF-16 gespeichert statt in UTF-8.",
    "cp1252": "Die Datei ist in Windows-1252 gespeichert statt in UTF-8; bitte Umlaute und Anführungszeichen ansehen.",
}
# A time that a program wrote: #00:00:05-0#, [00:04], 00:01.2 --> 00:03.0.
_TIME_MARK = re.compile(r"#\d+:\d\d(?::\d\d)?(?:-\d+)?#|\[\d+:\d\d(?::\d\d)?(?:[.,]\d+)?\]|\d:\d\d(?:[.,]\d+)?\s*-->")
_ODD_CHARACTERS = (
    ("Steuerzeichen", re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]"), _REST),
    ("Weiche Trennstriche", re.compile("\xad"), _REST),
    ("Unsichtbare Zeichen", re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]|(?<=.)\ufeff"), _REST),
    ("Tabulatoren", re.compile("\t"), _HARMLESS),
    ("Geschützte Leerzeichen am Rand einer Zeile", re.compile("^[ \t]*[\xa0\u202f]|[\xa0\u202f]\\s*$"), _HARMLESS),
    (
        "Zeitmarken",
        _TIME_MARK,
        "Zeiten sind keine Wörter; bitte löschen, oder `make transcript-import` nutzen.",
    ),
    ("Mehrere Leerzeichen, davon geschützte", re.compile("[\xa0\u202f]\\s*[ \xa0\u202f]| [\xa0\u202f]"), _HARMLESS),
)


def proofread(manuscript: Manuscript, raw: bytes, speakers: Sequence[Speaker]) -> tuple[LabelFinding, ...]:
    """The findings of `parse` and all others, in the order of their lines; those about the whole file come first."""
    found = (
        *_about_the_file(manuscript, raw),
        *_about_characters(manuscript),
        *_about_speakers(manuscript, speakers),
        *manuscript.findings,
    )
    return tuple(sorted(found, key=lambda finding: finding.line))


def _about_the_file(manuscript: Manuscript, raw: bytes) -> list[LabelFinding]:
    texts = [_ENCODINGS[encoding]] if (encoding := encoding_of(raw)) in _ENCODINGS else []
    endings = {line.raw[len(line.raw.rstrip("\r\n")) :] for line in manuscript.lines} - {"", "\n"}
    if endings:
        texts.append("Die Zeilen enden wie auf Windows oder alten Macs (CR).")
    found = [LabelFinding(line=WHOLE_FILE, text=f"{text} {_HARMLESS}", blocking=False) for text in texts]
    if not any(turn.paragraphs for turn in manuscript.turns):
        empty = "Das Transkript hat keinen Text. Den Entwurf aus draft.txt holen oder einen Text einlesen."
        found.append(LabelFinding(line=WHOLE_FILE, text=empty, blocking=True))
    return found


def _about_characters(manuscript: Manuscript) -> list[LabelFinding]:
    """One finding for each kind of odd character, with the first lines that contain it."""
    found = []
    for name, pattern, advice in _ODD_CHARACTERS:
        found += _where(manuscript, name, advice, partial(_matches, pattern))
    found += _where(manuscript, "Zerlegte Umlaute oder Akzente", _HARMLESS, _decomposed)
    return found


def _matches(pattern: re.Pattern[str], body: str) -> int:
    return len(pattern.findall(body))


def _decomposed(body: str) -> int:
    """The number of letters written as a letter and a mark although one character would do."""
    return 0 if unicodedata.is_normalized("NFC", body) else max(1, len(body) - len(unicodedata.normalize("NFC", body)))


def _where(manuscript: Manuscript, name: str, advice: str, count: Callable[[str], int]) -> list[LabelFinding]:
    counts = {line.number: found for line in manuscript.lines if (found := count(line.raw.rstrip("\r\n")))}
    if not counts:
        return []
    others = list(counts)[1:_SHOWN_LINES]
    more = f", auch in Zeile {', '.join(map(str, others))}" if others else ""
    if len(counts) > _SHOWN_LINES:
        more += f" und {len(counts) - _SHOWN_LINES} weiteren"
    text = f"{name} ({sum(counts.values())}×{more}). {advice}"
    return [LabelFinding(line=next(iter(counts)), text=text, blocking=False)]


def _about_speakers(manuscript: Manuscript, speakers: Sequence[Speaker]) -> list[LabelFinding]:
    whose = {fold_name(name): speaker.name for speaker in speakers for name in (speaker.name, *speaker.aliases)}
    found: list[LabelFinding] = []
    before: WrittenTurn | None = None
    first: dict[str, WrittenTurn] = {}  # the first turn that states each speaker's organisation
    for turn in manuscript.turns:
        person = whose.get(fold_name(turn.speaker), turn.speaker)
        if before is not None and turn.speaker and person == whose.get(fold_name(before.speaker), before.speaker):
            text = f"„{turn.speaker}“ spricht schon seit Zeile {before.line}; fehlt dazwischen jemand?"
            found.append(LabelFinding(line=turn.line, text=text, blocking=False))
        if turn.organisation:
            known = first.setdefault(person, turn)
            if fold_name(known.organisation) != fold_name(turn.organisation):
                text = f"„{turn.speaker}“ hat hier [{turn.organisation}], in Zeile {known.line} [{known.organisation}]."
                found.append(LabelFinding(line=turn.line, text=text, blocking=False))
        before = turn
    return found + _about_silence(manuscript, whose)


def _about_silence(manuscript: Manuscript, whose: dict[str, str]) -> list[LabelFinding]:
    """Findings about speakers of episode.toml who never speak, unless the transcript names no speaker or has
    placeholders."""
    heard = {whose.get(fold_name(turn.speaker)) for turn in manuscript.turns}
    nameless = any(turn.speaker.startswith(f"{PLACEHOLDER} ") for turn in manuscript.turns)
    if heard <= {None} or nameless:
        return []
    return [
        LabelFinding(line=WHOLE_FILE, text=f"„{name}“ steht in episode.toml, spricht hier aber nie.", blocking=False)
        for name in dict.fromkeys(whose.values())
        if name not in heard
    ]
