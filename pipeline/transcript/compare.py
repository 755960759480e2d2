"""Find the places where two manuscripts of an episode differ, word by word and speaker by speaker."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from pipeline.german.sentences import ends_sentence
from pipeline.transcript.align import Run, matching_runs, normalised
from pipeline.transcript.labels import fold_name
from pipeline.transcript.moved import moved_passages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.transcript.editorial import Manuscript
    from pipeline.values.show import Speaker

_CONTEXT_WORDS = 4  # shown on each side; changes with at most this many words between them are one place
_LONG_WORDS = 30  # a longer passage is shown by its first and last words
_ENDS_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPart:
    """A stretch of words: in both texts, only as written by the editors, or only in the draft."""

    kind: Literal["both", "written", "drafted"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWords:
    """A place where words differ: its lines in the edited file (from 1), and the words in context, in reading order."""

    line: int
    last_line: int
    pieces: tuple[DiffPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSpeaker:
    """The same words under different names; the name "" stands for text before the first label."""

    line: int
    last_line: int
    written: str
    drafted: str
    words: int
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherName:
    """A speaker whose words mostly have one other name: the voice got the wrong name, or the name is new."""

    written: str
    drafted: str
    words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPlace:
    """A passage that the draft has after another line of the edited file (`after_line`; 0 is the start)."""

    line: int
    last_line: int
    after_line: int
    words: int
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences, in the order of the edited file. `marks` counts words that differ only in punctuation, case,
    hyphens or spaces; `moved` passages are not among the `places`."""

    places: tuple[OtherWords, ...]
    moved: tuple[OtherPlace, ...]
    speakers: tuple[OtherSpeaker, ...]
    names: tuple[OtherName, ...]
    marks: int

    @property
    def count(self) -> int:
        """The number of places that an editor would have to check, not counting marks."""
        return len(self.places) + len(self.moved) + len(self.speakers) + len(self.names)

    @property
    def equal(self) -> bool:
        return not self.count and not self.marks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A word with the wordless tokens after it ("Ja –"), its letters, line and speaker."""

    text: str
    letters: str
    line: int
    speaker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Words `written` (start, end) of the edited text are words `drafted` of the draft."""

    written: tuple[int, int]
    drafted: tuple[int, int]


def compare(written: Manuscript, drafted: Manuscript, *, speakers: Sequence[Speaker] = ()) -> Comparison:
    """Compare the draft with what the editors wrote. Aliases of `speakers` count as their names; organisations,
    paragraphs and white space are ignored."""
    names = {fold_name(name): speaker.name for speaker in speakers for name in (speaker.name, *speaker.aliases)}
    ours, theirs = _said(written, names), _said(drafted, names)
    runs = matching_runs(
        [word.letters for word in ours],
        [word.letters for word in theirs],
        written_break=lambda position: _break(ours, position),
        heard_break=lambda position: _break(theirs, position),
    )
    pairs = [(run.written + step, run.heard + step) for run in runs for step in range(run.length)]
    changes, rejoined = _changes(runs, ours, theirs)
    other_names, other_speakers = _speakers(pairs, ours, theirs)
    moved, changes = _moved(changes, ours, theirs)
    return Comparison(
        moved=moved,
        places=tuple(_place(group, ours, theirs) for group in _groups(changes)),
        speakers=other_speakers,
        names=other_names,
        marks=rejoined + sum(ours[mine].text != theirs[other].text for mine, other in pairs),
    )


def _said(manuscript: Manuscript, names: dict[str, str]) -> list[_Said]:
    said: list[_Said] = []
    for turn in manuscript.turns:
        speaker = names.get(fold_name(turn.speaker), turn.speaker)
        for token in (token for paragraph in turn.paragraphs for token in paragraph):
            letters = normalised(token.text)
            if letters or not said:
                said.append(_Said(text=token.text, letters=letters or token.text, line=token.line, speaker=speaker))
            else:
                last = said[-1]
                text = f"{last.text} {token.text}"
                said[-1] = _Said(text=text, letters=last.letters, line=last.line, speaker=last.speaker)
    return said


def _break(said: Sequence[_Said], position: int) -> float:
    """Rate a cut before `position`: an added or removed passage more likely begins after the end of a sentence."""
    return 1.0 if position == 0 or ends_sentence(said[position - 1].text) else 0.0


def _changes(runs: Sequence[Run], ours: Sequence[_Said], theirs: Sequence[_Said]) -> tuple[list[_Change], int]:
    """The changes between the runs, and the number of our words that are only joined differently ("mv works")."""
    changes: list[_Change] = []
    rejoined = 0
    border = Run(written=len(ours), heard=len(theirs), length=0)
    for left, right in zip((Run(written=0, heard=0, length=0), *runs), (*runs, border), strict=True):
        change = _Change(written=(left.written_end, right.written), drafted=(left.heard_end, right.heard))
        mine, other = ours[slice(*change.written)], theirs[slice(*change.drafted)]
        if not mine and not other:
            continue
        if "".join(word.letters for word in mine) == "".join(word.letters for word in other):
            rejoined += len(mine)
        else:
            changes.append(change)
    return changes, rejoined


def _moved(
    changes: Sequence[_Change], ours: Sequence[_Said], theirs: Sequence[_Said]
) -> tuple[tuple[OtherPlace, ...], list[_Change]]:
    """The passages that were only moved, and the changes that have other words, too."""
    written, drafted = [""] * len(ours), [""] * len(theirs)
    for change in changes:
        for position in range(*change.written):
            written[position] = ours[position].letters
        for position in range(*change.drafted):
            drafted[position] = theirs[position].letters
    passages = moved_passages(written, drafted)
    places = []
    for passage in passages:
        words = ours[slice(*passage.written)]
        before = max((change.written[0] for change in changes if change.drafted[0] <= passage.other[0]), default=0)
        places.append(
            OtherPlace(
                line=words[0].line,
                last_line=words[-1].line,
                after_line=ours[before - 1].line if before else 0,
                words=len(words),
                excerpt=_shown([word.text for word in words]),
            )
        )
    mine = {position for passage in passages for position in range(*passage.written)}
    other = {position for passage in passages for position in range(*passage.other)}
    rest = [
        change
        for change in changes
        if not (mine.issuperset(range(*change.written)) and other.issuperset(range(*change.drafted)))
    ]
    return tuple(places), rest


def _groups(changes: Sequence[_Change]) -> list[list[_Change]]:
    """Group changes with few words between them: each group is one place."""
    groups: list[list[_Change]] = []
    for change in changes:
        if groups and change.written[0] - groups[-1][-1].written[1] <= _CONTEXT_WORDS:
            groups[-1].append(change)
        else:
            groups.append([change])
    return groups


def _place(group: Sequence[_Change], ours: Sequence[_Said], theirs: Sequence[_Said]) -> OtherWords:
    first, last = group[0].written[0], group[-1].written[1]
    start, end = max(first - _CONTEXT_WORDS, 0), min(last + _CONTEXT_WORDS, len(ours))
    pieces = []
    before = start
    for change in group:
        pieces.append(_piece("both", ours[before : change.written[0]], cut=before == start > 0))
        pieces.append(_piece("written", ours[slice(*change.written)]))
        pieces.append(_piece("drafted", theirs[slice(*change.drafted)]))
        before = change.written[1]
    tail = _piece("both", ours[before:end])
    pieces.append(DiffPart(kind="both", text=f"{tail.text} …") if end < len(ours) else tail)
    lines = [word.line for word in ours[first:last]] or [word.line for word in ours[max(first - 1, 0) : first + 1]][:1]
    return OtherWords(
        line=lines[0] if lines else 1,
        last_line=lines[-1] if lines else 1,
        pieces=tuple(piece for piece in pieces if piece.text),
    )


def _piece(kind: Literal["both", "written", "drafted"], said: Sequence[_Said], *, cut: bool = False) -> DiffPart:
    return DiffPart(kind=kind, text=("… " if cut else "") + _shown([word.text for word in said]))


def _shown(words: Sequence[str]) -> str:
    if len(words) <= _LONG_WORDS:
        return " ".join(words)
    left_out = len(words) - 2 * _ENDS_SHOWN
    return " ".join([*words[:_ENDS_SHOWN], f"… ({left_out} Wörter) …", *words[-_ENDS_SHOWN:]])


def _speakers(
    pairs: Iterable[tuple[int, int]], ours: Sequence[_Said], theirs: Sequence[_Said]
) -> tuple[tuple[OtherName, ...], tuple[OtherSpeaker, ...]]:
    """The names that differ throughout, once each, and the passages whose speaker differs apart from that."""
    said = [(ours[mine], theirs[other].speaker) for mine, other in pairs]
    renamed = _renamed(Counter((word.speaker, drafted) for word, drafted in said))
    exceptions: list[OtherSpeaker] = []
    for (written, drafted), run in groupby(said, key=lambda pair: (pair[0].speaker, pair[1])):
        if fold_name(written) == fold_name(renamed.get(drafted, drafted)):
            continue
        words = [word for word, _ in run]
        excerpt = [word.text for word in words]
        exceptions.append(
            OtherSpeaker(
                line=words[0].line,
                last_line=words[-1].line,
                written=written,
                drafted=renamed.get(drafted, drafted),
                words=len(words),
                excerpt=" ".join(excerpt[:_ENDS_SHOWN]) + (" …" if len(excerpt) > _ENDS_SHOWN else ""),
            )
        )
    counts = Counter(drafted for word, drafted in said if renamed.get(drafted) == word.speaker)
    names = tuple(OtherName(written=renamed[name], drafted=name, words=counts[name]) for name in renamed)
    return names, tuple(exceptions)


def _renamed(counts: Counter[tuple[str, str]]) -> dict[str, str]:
    """Draft name → written name, for each pair that shares most of the words of both speakers."""
    by_drafted: Counter[str] = Counter()
    by_written: Counter[str] = Counter()
    for (written, drafted), words in counts.items():
        by_drafted[drafted] += words
        by_written[written] += words
    return {
        drafted: written
        for (written, drafted), words in counts.items()
        if fold_name(written) != fold_name(drafted)
        and 2 * words > by_drafted[drafted]
        and 2 * words > by_written[written]
    }
