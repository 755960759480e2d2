"""Tell editors where their text and what was heard differ, and which passages only stand at another place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timecode import clock
from pipeline.transcript.align import normalised
from pipeline.transcript.labels import LabelFinding
from pipeline.transcript.moved import moved_passages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.transcript.editorial import Token
    from pipeline.transcript.gaps import Gap, HeardWord
    from pipeline.transcript.moved import MovedPassage

_NOTABLE_INSERTION = 8  # written words that were not heard
NOTABLE_DELETION = 15  # heard words that are not written


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A gap with its first positions among the spoken and the heard words, and the line before it (0 at the start)."""

    gap: Gap
    first: int
    first_heard: int
    line_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """The `tokens` that are spoken, what was heard, and the places where they differ."""

    tokens: Sequence[Token]
    heard: Sequence[HeardWord]
    places: Sequence[Place]

    def moved(self) -> tuple[MovedPassage, ...]:
        written = [""] * len(self.tokens)
        heard = [""] * len(self.heard)
        for place in self.places:
            for step, token in enumerate(place.gap.tokens):
                written[place.first + step] = normalised(token.text)
            for step, word in enumerate(place.gap.heard):
                heard[place.first_heard + step] = word.letters
        return moved_passages(written, heard)

    def span_s(self, passage: MovedPassage) -> tuple[float, float]:
        """When the passage is heard."""
        first, end = passage.other
        return self.heard[first].start_s, self.heard[end - 1].end_s

    def line_at(self, heard: int) -> int:
        """The line of the last word that was heard as written before the heard word `heard`; 0 at the start."""
        return max((place.line_before for place in self.places if place.first_heard <= heard), default=0)


def tell(
    differences: Differences, moved: Sequence[MovedPassage], not_spoken_s: Sequence[tuple[float, float]]
) -> tuple[LabelFinding, ...]:
    """The findings about the places, and about passages that were moved, by line."""
    elsewhere = {position for passage in moved for position in range(*passage.written)}
    heard_elsewhere = {position for passage in moved for position in range(*passage.other)}
    found = [_moved_finding(differences, passage) for passage in moved]
    for place in differences.places:
        tokens = [token for step, token in enumerate(place.gap.tokens) if place.first + step not in elsewhere]
        heard = [
            word
            for step, word in enumerate(place.gap.heard)
            if place.first_heard + step not in heard_elsewhere and not _is_within(word, not_spoken_s)
        ]
        finding = _finding(place, tokens, heard)
        if finding is not None:
            found.append(finding)
    return tuple(sorted(found, key=lambda finding: finding.line))


def _is_within(word: HeardWord, spans_s: Sequence[tuple[float, float]]) -> bool:
    middle_s = (word.start_s + word.end_s) / 2
    return any(start_s <= middle_s <= end_s for start_s, end_s in spans_s)


def _finding(place: Place, tokens: Sequence[Token], heard_words: Sequence[HeardWord]) -> LabelFinding | None:
    """The finding about a place, of which `tokens` and `heard_words` are not accounted for."""
    written, heard = len(tokens), len(heard_words)
    start = clock(place.gap.start_s)
    if written >= _NOTABLE_INSERTION and written > 2 * heard:
        text = f"{_until(tokens)}{written} Wörter ab {start} sind im Ton nicht zu finden ({_ends(tokens)})."
        return _not_blocking(tokens[0].line, text)
    if heard >= NOTABLE_DELETION and heard > 2 * written:
        span = f"von {clock(heard_words[0].start_s)} bis {clock(heard_words[-1].end_s)}"
        after = "nach dieser Zeile: " if place.line_before else "am Anfang: "
        text = f"{after}{heard} Wörter {span} sind im Ton zu hören und fehlen im Text."
        return _not_blocking(place.line_before, text)
    if max(written, heard) >= NOTABLE_DELETION:
        text = f"ab {start} weicht der Text stark vom Ton ab; die Zeiten sind geschätzt."
        return _not_blocking(tokens[0].line, text)
    return None


def _moved_finding(differences: Differences, passage: MovedPassage) -> LabelFinding:
    """Tells where in the recording, and near which line of the text, a moved passage is heard."""
    tokens = differences.tokens[slice(*passage.written)]
    line = differences.line_at(passage.other[0])
    place = f"nach Zeile {line}" if line else "am Anfang"
    text = (
        f"{_until(tokens)}{len(tokens)} Wörter sind im Ton an anderer Stelle zu hören, ab "
        f"{clock(differences.span_s(passage)[0])} ({place}); ihre Zeiten sind geschätzt ({_ends(tokens)})."
    )
    return _not_blocking(tokens[0].line, text)


def _until(tokens: Sequence[Token]) -> str:
    return "" if tokens[0].line == tokens[-1].line else f"(bis Zeile {tokens[-1].line}) "


def _ends(tokens: Sequence[Token]) -> str:
    return f"„{tokens[0].text} … {tokens[-1].text}“"


def _not_blocking(line: int, text: str) -> LabelFinding:
    advice = "Die Stelle anhören; stimmt der Text, ist nichts zu tun."
    return LabelFinding(line=line, text=text, blocking=False, advice=advice)
