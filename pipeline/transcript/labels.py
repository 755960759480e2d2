"""Find the lines of a manuscript that are speaker labels, and those that only look like one.

A line is a label if its name is a speaker of the episode. Everything that merely resembles a label stays speech and is
reported, so that no name is guessed and no word is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values.show import Speaker

PLACEHOLDER = "Stimme"
"""The draft calls a voice without a name `Stimme 4`; such a label blocks the release."""

_NAME = r"(?P<name>[^\[\](){}:;：]+?)\s*"
_LABEL = re.compile(rf"{_NAME}(?:\[(?P<square>[^\[\]]*)\]|\((?P<round>[^()]*)\))?\s*(?P<mark>[:;：]?)")
_INLINE = re.compile(rf"{_NAME}(?:\[(?P<square>[^\[\]]*)\])?\s*[:：]\s*(?=\S)")
_LONGEST_LABEL = 200  # characters; a longer line is a paragraph, at most with a label in front
_PLACEHOLDER = re.compile(rf"{PLACEHOLDER} \d+")
_ODD_TAIL = re.compile(r"\s*(?:[\[({|/<–—-]|\d|[:;：]{2})")

TITLES = frozenset({"Dr.", "Dr.-Ing.", "Prof.", "Dipl.-Ing.", "h.c.", "h.", "c."})
_PARTICLES_TEXT = "von vom van de der den dem des di da du la le zu zur zum auf und y e & + /"
PARTICLES = frozenset(_PARTICLES_TEXT.split())
_SPEECH_STARTS_TEXT = """
    mein meine unser unsere ihr ihre ihren euer eure ein eine einen und oder aber also denn ich wir sie er es ihnen
    liebe lieber liebes sehr vielen herzlich herzlichen herzlichst danke ja nein gut nun so hier da dann doch was wie
    wer wo warum wieso welche welcher bis in im am an auf mit für nach vor zu zum zur"""
SPEECH_STARTS = frozenset(_SPEECH_STARTS_TEXT.split())  # no name begins with these


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFinding:
    """Something the editors should look at. `line` counts from 1; 0 is the whole file or its start. A `blocking` one
    stops the release. `advice` says what to do if that is not to change the line; "{folder}" in it is the episode's."""

    line: int
    text: str
    blocking: bool
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label as shown: name and organisation as written, without surplus spaces. `speech` is the text after it on
    the same line, usually ""."""

    name: str
    organisation: str
    speech: str = ""


def fold_name(name: str) -> str:
    """A name for comparison: NFC, case-folded, every run of white space (no-break spaces too) one space."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def read_labels(
    lines: Sequence[str], *, speakers: Sequence[Speaker], not_labels: Sequence[str] = ()
) -> tuple[tuple[Label | None, ...], tuple[LabelFinding, ...]]:
    """The label of each line (None: speech or blank) and the findings about them, in the order of the lines.

    `lines` are NFC and stripped, "" is a blank line. A known name followed by a colon is a label wherever it is;
    with a semicolon it is one with a finding; without a mark it is a label or speech, depending on the lines around
    it. A placeholder with a colon is a label that blocks; anything else shaped like a label is speech with a finding.
    10,000 labels take a fraction of a second.
    """
    reader = _Reader(lines, speakers, not_labels)
    labels: list[Label | None] = []
    findings: list[LabelFinding] = []
    for index, line in enumerate(lines):
        label, complaint, blocking = reader.judge(index) if line else (None, "", False)
        labels.append(label)
        if complaint:
            findings.append(LabelFinding(line=index + 1, text=f"„{_short(line)}“: {complaint}", blocking=blocking))
    return tuple(labels), tuple(findings)


_Verdict = tuple[Label | None, str, bool]
_SPEECH: _Verdict = (None, "", False)


class _Reader:
    """The lines of one manuscript, together with the names of its episode."""

    def __init__(self, lines: Sequence[str], speakers: Sequence[Speaker], not_labels: Sequence[str]) -> None:
        self.lines = lines
        self.names = [name for speaker in speakers for name in (speaker.name, *speaker.aliases)]
        self.known = {fold_name(name): name for name in self.names}
        self.settled = {fold_name(entry.rstrip(" :;")) for entry in not_labels}
        written = [index for index, line in enumerate(lines) if line]
        self.last_written = written[-1] if written else -1
        self.has_blank_lines = len(written) < self.last_written + 1 - (written[0] if written else 0)
        self.next_written = dict(pairwise(written))
        self.repeated = _repeated_inline_names(lines)
        self.hints: dict[str, str] = {}

    def judge(self, index: int) -> _Verdict:
        """Return the label (None: speech), what is odd about it ("" for nothing), and whether that stops a release."""
        line = self.lines[index]
        if len(line) > _LONGEST_LABEL:
            return self._inline(index) or _SPEECH
        if fold_name(line.rstrip(" :;：")) in self.settled:
            return _SPEECH
        label, mark = self._known_label(line)
        if label is not None:
            return self._marked(index, label, mark)
        match = _LABEL.fullmatch(line)
        if match is not None and match["mark"] and _PLACEHOLDER.fullmatch(" ".join(match["name"].split())):
            advice = "diese Stimme hat noch keinen Namen; bitte durch einen Namen aus episode.toml ersetzen."
            return _label(match["name"], match["square"]), advice, True
        return self._inline(index) or self._unknown(index, match)

    def _inline(self, index: int) -> _Verdict | None:
        """The verdict on a line with a label and text; None if there is neither a known label nor a likely one."""
        line = self.lines[index]
        inline = _INLINE.match(line[:_LONGEST_LABEL])
        if inline is None:
            return None
        if fold_name(inline["name"]) in self.known:
            label = _label(inline["name"], inline["square"], speech=line[inline.end() :])
            return label, "Name und Text stehen in einer Zeile; als Sprecherzeile mit Text gelesen.", False
        if line[inline.end() - 1].isspace() and self._starts_a_block(index) and self._is_unknown_inline(inline):
            hint = self._hint(inline["name"])
            return None, f"beginnt mit einem unbekannten Namen.{hint} {_ADVICE_INLINE}", True
        if self._is_repeated_word(inline["name"]) and self._starts_a_block(index):
            return None, f"mehrere Absätze beginnen so; ist das jemand? {_ADVICE_INLINE}", False
        return None

    def _is_unknown_inline(self, inline: re.Match[str]) -> bool:
        """Return whether a line such as `Erika Fremd: Guten Tag.` begins with an unknown label: a full name that is
        similar to a known one or used repeatedly."""
        name = fold_name(inline["name"])
        if name in self.settled or len(name.split()) < 2 or not looks_like_a_name(inline["name"]):
            return False
        return name in self.repeated or bool(self._hint(inline["name"]))

    def _is_repeated_word(self, name: str) -> bool:
        """Return whether more than one line begins with this one word and a colon, and it may be a name."""
        folded = fold_name(name)
        return folded in self.repeated and folded not in self.settled and " " not in folded and looks_like_a_name(name)

    def _hint(self, name: str) -> str:
        if name not in self.hints:
            self.hints[name] = did_you_mean(name, self.names)
        return self.hints[name]

    def _known_label(self, line: str) -> tuple[Label | None, str]:
        """The label and its mark if the line is only a known name; a name may itself contain brackets."""
        bare = line.rstrip(" :;：\u00a0")
        if fold_name(bare) in self.known:
            return _label(bare, None), line[len(bare) :].strip()[:2]
        match = _LABEL.fullmatch(line)
        if match is None or fold_name(match["name"]) not in self.known or re.search(r"\d:\d", match["round"] or ""):
            return None, ""
        return _label(match["name"], match["square"] or match["round"]), match["mark"]

    def _marked(self, index: int, label: Label, mark: str) -> _Verdict:
        if mark in {":", "："}:
            return label, "", False
        if mark:
            return label, f"„{mark}“ statt Doppelpunkt; als Sprecherzeile gelesen.", False
        if label.organisation:
            return label, "der Doppelpunkt fehlt; als Sprecherzeile gelesen.", False
        if not self._speech_follows(index):
            return (
                None,
                "Name allein in der Zeile, kein Text danach; als Unterschrift (Text) gelesen.",
                False,
            )
        if self._starts_a_block(index):
            return label, "der Doppelpunkt fehlt; als Sprecherzeile gelesen.", False
        return None, f"Sprecherzeile oder Text? {_ADVICE}", True

    def _unknown(self, index: int, match: re.Match[str] | None) -> _Verdict:
        line = self.lines[index]
        folded = fold_name(line)
        for known, name in self.known.items():
            if folded.startswith(known) and len(line) < 100 and _ODD_TAIL.match(line, len(name)):
                return None, f"beginnt wie die Sprecherzeile von „{name}“, ist aber keine. {_ADVICE}", True
        if match is None or not _name_shaped(match):
            return _SPEECH
        hint = self._hint(match["name"])
        in_place = self._starts_a_block(index)
        if not (in_place or (hint and match["mark"])):
            return _SPEECH
        signature = not match["mark"] and not self._speech_follows(index)
        return None, f"sieht aus wie eine Sprecherzeile, der Name ist unbekannt.{hint} {_ADVICE}", not signature

    def _starts_a_block(self, index: int) -> bool:
        return index == 0 or not self.lines[index - 1] or not self.has_blank_lines

    def _speech_follows(self, index: int) -> bool:
        if index not in self.next_written:
            return False
        label, mark = self._known_label(self.lines[self.next_written[index]][:_LONGEST_LABEL])
        return not (label is not None and mark)


_ADVICE = (
    "Als Sprecherzeile: Name wie in episode.toml (neue Personen dort unter [[speakers]] eintragen), Doppelpunkt, davor "
    "eine Leerzeile; als Text: die Zeile in episode.toml unter not_labels eintragen."
)
_ADVICE_INLINE = (
    "Als Sprecherzeile: Name wie in episode.toml (neue Personen dort unter [[speakers]] eintragen), Doppelpunkt, der "
    "Text darunter; als Text: die Wörter vor dem Doppelpunkt in episode.toml unter not_labels eintragen."
)


def _repeated_inline_names(lines: Sequence[str]) -> set[str]:
    """The folded names that begin more than one line, as in `Erika Fremd: Ja.`"""
    heads = (_INLINE.match(line[:_LONGEST_LABEL]) for line in lines)
    counted = Counter(fold_name(head["name"]) for head in heads if head is not None)
    return {name for name, count in counted.items() if count > 1}


def _label(name: str, organisation: str | None, *, speech: str = "") -> Label:
    return Label(name=" ".join(name.split()), organisation=" ".join((organisation or "").split()), speech=speech)


def looks_like_a_name(name: str) -> bool:
    """Return whether this looks like a name in front of a colon: one to six capitalised words, titles and particles."""
    words = name.split()
    if len(words) > 1 and words[-1].isdecimal():
        words.pop()
    return 1 <= len(words) <= 6 and _is_proper(words)


def _name_shaped(match: re.Match[str]) -> bool:
    """Return whether the line is a name (of two to five words, if without a colon) or, by its brackets, a label."""
    if match["mark"]:
        return match["square"] is not None or looks_like_a_name(match["name"])
    words = match["name"].split()
    return 2 <= len(words) <= 5 and _is_proper(words)


def _is_proper(words: Sequence[str]) -> bool:
    if words[0].casefold() in SPEECH_STARTS:
        return False
    proper = [word for word in words if word[0].isupper() and re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|\w\.", word)]
    return bool(proper) and all(word in proper or word in PARTICLES or word in TITLES for word in words)


def _short(line: str) -> str:
    return line if len(line) <= 60 else f"{line[:57]} …"
