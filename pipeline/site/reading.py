"""Turns a transcript and the chapters into what a page shows: headings, turns, and paragraphs with anchors."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from pipeline.values.show import Chapter
    from pipeline.values.transcript import Sentence, Transcript, Turn

SHAPES = 6  # outlines that the style sheet can draw before a name; further speakers reuse them
LONGEST_WORDS = 110  # longer paragraphs are split for the eye …
PIECE_WORDS = 90  # … near this many words, at the end of a sentence
TIME_LINK_GAP_S = 20.0  # a link at every paragraph of a quick dialogue would give keyboard users 160 tab stops a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph on the page.

    `heading` opens a chapter before it, `speaker` names who speaks from here on; each is "" if nothing changes.
    `level` is that of the speaker's heading: 4 below a chapter, else 3. `time` is the label of a link to the paragraph
    itself, "" if nothing says when it begins: every turn and every piece of a long paragraph does. `is_link`: the time
    is a link; it is only text if the last such link is near. `asks`: a host speaks. `opens_turn`: the first
    of a turn.
    """

    anchor: str
    heading: str
    speaker: str
    organisation: str
    level: int
    shape: int
    time: str
    is_link: bool
    asks: bool
    opens_turn: bool
    start_s: float
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterLink:
    """A line of the table of chapters; `anchor` is that of its paragraph, or its own if there is no transcript."""

    title: str
    time: str
    start_s: float
    anchor: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What the page shows as a paragraph: one of the transcript's, or a part of it. `opens`: the turn, or nothing but a
    further piece ("piece") or paragraph ("")."""

    turn: Turn
    sentences: tuple[Sentence, ...]
    opens: Literal["turn", "piece", ""]

    @property
    def start_s(self) -> float:
        return self.sentences[0].start_s


def passages(
    transcript: Transcript | None, chapters: Sequence[Chapter], hosts: Container[str] = ()
) -> tuple[Passage, ...]:
    """Every paragraph of the transcript, in order, with a unique anchor each; long ones in pieces. `hosts` are the
    casefolded names of those who ask."""
    if transcript is None:
        return ()
    spoken = tuple(_pieces(transcript))
    starts_s = [piece.start_s for piece in spoken]
    headings = _headings(chapters, starts_s)
    links = _with_link(starts_s, always=headings)
    shapes = {name: i % SHAPES for i, name in enumerate(dict.fromkeys(turn.speaker for turn in transcript.turns))}
    return tuple(
        Passage(
            anchor=anchor,
            heading=headings.get(i, ""),
            speaker=piece.turn.speaker if piece.opens == "turn" or i in headings else "",
            organisation=piece.turn.organisation if piece.opens == "turn" or i in headings else "",
            level=4 if headings and i >= min(headings) else 3,
            shape=shapes[piece.turn.speaker],
            time=clock(piece.start_s) if i in links or piece.opens else "",
            is_link=i in links,
            asks=piece.turn.speaker.casefold() in hosts,
            opens_turn=piece.opens == "turn",
            start_s=piece.start_s,
            sentences=piece.sentences,
        )
        for i, (piece, anchor) in enumerate(zip(spoken, _anchors_of(spoken), strict=True))
    )


def _pieces(transcript: Transcript) -> Iterator[_Piece]:
    for turn in transcript.turns:
        for place, paragraph in enumerate(turn.paragraphs):
            for part, sentences in enumerate(_parts(paragraph.sentences)):
                yield _Piece(turn=turn, sentences=sentences, opens="piece" if part else "" if place else "turn")


def _parts(sentences: tuple[Sentence, ...]) -> Iterator[tuple[Sentence, ...]]:
    """The sentences of a paragraph: together, or if they are long, in parts of nearly the same length."""
    before = list(accumulate((len(sentence.words) for sentence in sentences), initial=0))
    parts = 1 if before[-1] <= LONGEST_WORDS else max(2, round(before[-1] / PIECE_WORDS))
    begin = 0
    for part in range(1, parts):
        wanted = before[-1] * part / parts
        near = bisect_left(before, wanted)
        end = min((near - 1, near), key=lambda i: abs(before[i] - wanted))
        if begin < end < len(sentences):
            yield sentences[begin:end]
            begin = end
    yield sentences[begin:]


def _anchors_of(spoken: Sequence[_Piece]) -> tuple[str, ...]:
    """The anchor of every piece. Paragraphs come first: theirs stay the same, however long paragraphs are split."""
    order = sorted(range(len(spoken)), key=lambda i: spoken[i].opens == "piece")
    anchors = dict(zip(order, _anchors([spoken[i].start_s for i in order]), strict=True))
    return tuple(anchors[i] for i in range(len(spoken)))


def chapter_links(chapters: Sequence[Chapter], read: Sequence[Passage]) -> tuple[ChapterLink, ...]:
    """The table of chapters, each leading to the paragraph that begins nearest to it."""
    starts_s = [passage.start_s for passage in read]
    own = tuple(_anchors([chapter.start_s for chapter in chapters]))
    return tuple(
        ChapterLink(
            title=chapter.title,
            time=clock(chapter.start_s),
            start_s=chapter.start_s,
            anchor=read[_nearest(chapter.start_s, starts_s)].anchor if read else own[i],
            url=chapter.url,
        )
        for i, chapter in enumerate(chapters)
    )


def _anchors(starts_s: Sequence[float]) -> Iterator[str]:
    """Anchors such as `t=12:34`; a further one in the same second is `t=12:34-2`."""
    seen: Counter[str] = Counter()
    for start_s in starts_s:
        anchor = f"t={clock(start_s)}"
        seen[anchor] += 1
        yield anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}"


def _headings(chapters: Sequence[Chapter], starts_s: Sequence[float]) -> dict[int, str]:
    """Index of the paragraph nearest to a chapter's start → the chapter's title; the first of several chapters."""
    found: dict[int, str] = {}
    for chapter in chapters if starts_s else ():
        found.setdefault(_nearest(chapter.start_s, starts_s), chapter.title)
    return found


def _with_link(starts_s: Sequence[float], *, always: Container[int]) -> set[int]:
    """The paragraphs that show their time: those in `always`, and others far enough from the last one that does."""
    found: set[int] = set()
    last_s = float("-inf")
    for i, start_s in enumerate(starts_s):
        if i in always or start_s - last_s >= TIME_LINK_GAP_S:
            found.add(i)
            last_s = start_s
    return found


def _nearest(start_s: float, starts_s: Sequence[float]) -> int:
    return min(range(len(starts_s)), key=lambda i: abs(starts_s[i] - start_s))
