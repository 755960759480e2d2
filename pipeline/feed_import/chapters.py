"""Convert foreign chapter marks of any source into those of an episode."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.feed_import.elements import one_line, seconds_of, short_title, web_address
from pipeline.values.show import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterable


def chapter_of(start: object, title: object, url: object, losses: list[str]) -> Chapter | None:
    """Read a foreign chapter, `start` in seconds or as a time; None, and a loss, if it has no time or title."""
    try:
        seconds = seconds_of(str(start).strip())
    except ValueError:
        losses.append("Kapitel ohne lesbare Zeit")
        return None
    name = one_line(str(title or ""))
    if not name:
        losses.append("Kapitel ohne Titel")
        return None
    return Chapter(start_s=seconds, title=short_title(name, losses), url=web_address(str(url or "")))


def chapters_in(chapters: Iterable[Chapter], duration_s: float, losses: list[str]) -> tuple[Chapter, ...]:
    """The chapters that fit: inside the audio (if its length is known), in order, at most one per second."""
    ordered = sorted(chapters, key=lambda chapter: chapter.start_s)
    inside = [chapter for chapter in ordered if not duration_s or int(chapter.start_s) < duration_s]
    if len(inside) < len(ordered):
        losses.append("Kapitel hinter dem Ende der Folge")
    doubled = {id(second) for first, second in pairwise(inside) if int(first.start_s) == int(second.start_s)}
    if doubled:
        losses.append("Kapitel, die in derselben Sekunde beginnen wie ein anderes")
    return tuple(chapter for chapter in inside if id(chapter) not in doubled)


def json_chapters(content: bytes, losses: list[str]) -> tuple[Chapter, ...]:
    """The chapters of a JSON chapters file (podcast:chapters), without those that must not be shown (`toc` false)."""
    try:
        marks = json.loads(content)["chapters"]
        read = [
            chapter_of(mark.get("startTime"), mark.get("title"), mark.get("url"), losses)
            for mark in marks
            if mark.get("toc", True)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        losses.append("Kapitel, deren Datei nicht lesbar ist (podcast:chapters)")
        return ()
    return tuple(chapter for chapter in read if chapter is not None)
