"""The ways of two other editors to correct a transcript, written down from their sources, as key presses and pointings.

noScribeEdit (kaixxx/noScribeEditor, commit 32f56c6, noScribeEdit.py): play and pause Ctrl+Space (line 333), find and
replace over the whole text in one dialog Ctrl+F (line 405; search_and_replace_dialog.py, "Replace All"). A label is
text: it is selected and typed over. oTranscribe (commit 758d2d7, src/js/app/settings/defaults.json): play and pause
Esc; no find and replace. Neither puts the cursor at what is heard, so a place is pointed at.

A click counts as a key press. Every key of a combination counts, unless `chord` is 1: then a combination is one key.
"""

from __future__ import annotations

from dataclasses import dataclass

CLICK, DOUBLE, TRIPLE = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Key presses, pointings with the mouse, and decisions (M of the keystroke-level model)."""

    keys: int = 0
    points: int = 0
    thoughts: int = 0

    def __add__(self, other: Effort) -> Effort:
        return Effort(
            keys=self.keys + other.keys, points=self.points + other.points, thoughts=self.thoughts + other.thoughts
        )

    @property
    def seconds(self) -> float:
        """By the keystroke-level model: K 0.2 s, P 1.1 s, M 1.35 s."""
        return 0.2 * self.keys + 1.1 * self.points + 1.35 * self.thoughts


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """An editor: the keys of its pause, and whether it replaces in the whole text."""

    name: str
    pause: int
    replaces_all: bool
    chord: int = 2  # Ctrl and a letter

    def word(self, typed: int, mended: int) -> Effort:
        """Pause, double-click the word and type the right one, or click into it and mend its letters; go on."""
        keys = min(DOUBLE + typed, CLICK + mended)
        return Effort(keys=2 * self.pause + keys, points=1, thoughts=1)

    def speaker(self, label: int) -> Effort:
        """Pause, select the label's line, type the other one, go on."""
        return Effort(keys=2 * self.pause + TRIPLE + label, points=1, thoughts=1)

    def border(self) -> Effort:
        """Pause, cut the word, paste it on the other side with a space, go on."""
        return Effort(keys=2 * self.pause + DOUBLE + self.chord + CLICK + self.chord + 1, points=2, thoughts=1)

    def missing(self, typed: int) -> Effort:
        """Pause, click where it belongs, type it with a space, go on."""
        return Effort(keys=2 * self.pause + CLICK + typed, points=1, thoughts=1)

    def repeated(self, count: int, wrong: int, right: int, mended: int) -> Effort:
        """The same word, `count` times: in one dialog where there is one, else each by itself."""
        if not self.replaces_all:
            return sum((self.word(right, mended) for _ in range(count)), Effort())
        return Effort(keys=2 * self.pause + self.chord + wrong + 1 + right + CLICK + 1, points=1, thoughts=1)


PEERS = (
    Peer(name="noScribeEdit", pause=2, replaces_all=True),
    Peer(name="oTranscribe", pause=1, replaces_all=False),
)
