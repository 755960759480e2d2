"""Turns a transcript and the chapters into what a page shows: headings, turns, and paragraphs with anchors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from pipeline.values.show import Chapter
    from pipeline.values.transcript import Sentence, Transcript

SHAPES = 6  # outlines that the style sheet can draw before a name; further speakers reuse them
TIME_LINK_GAP_S = 20.0  # a link at every paragraph of a quick dialogue would give keyboard users 160 tab stops a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph on the page.

    `heading` opens a chapter before it, `speaker` names who speaks from here on; each is "" if nothing changes.
    `level` is that of the speaker's heading: 4 below a chapter, else 3. `time` is the label of a link to the paragraph
    itself, "" if the last such link is near.
    """

    anchor: str
    heading: str
    speaker: str
    organisation: str
    level: int
    shape: int
    time: str
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


def passages(transcript: Transcript | None, chapters: Sequence[Chapter]) -> tuple[Passage, ...]:
    """Every paragraph of the transcript, in order, with a unique anchor each."""
    if transcript is None:
        return ()
    spoken = [
        (turn, paragraph, place == 0) for turn in transcript.turns for place, paragraph in enumerate(turn.paragraphs)
    ]
    starts_s = [paragraph.start_s for _, paragraph, _ in spoken]
    headings = _headings(chapters, starts_s)
    links = _with_link(starts_s, always=headings)
    shapes = {name: i % SHAPES for i, name in enumerate(dict.fromkeys(turn.speaker for turn in transcript.turns))}
    return tuple(
        Passage(
            anchor=anchor,
            heading=headings.get(i, ""),
            speaker=turn.speaker if opens_turn or i in headings else "",
            organisation=turn.organisation if opens_turn or i in headings else "",
            level=4 if headings and i >= min(headings) else 3,
            shape=shapes[turn.speaker],
            time=clock(paragraph.start_s) if i in links else "",
            start_s=paragraph.start_s,
            sentences=paragraph.sentences,
        )
        for i, ((turn, paragraph, opens_turn), anchor) in enumerate(zip(spoken, _anchors(starts_s), strict=True))
    )


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
