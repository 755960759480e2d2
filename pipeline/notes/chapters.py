"""Turn the chapters people wrote into the one list that tags, feed, show notes, pages and kapitel.json share."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.values.show import Chapter, Soundbite

JSON_CHAPTERS_VERSION = "1.2.0"  # github.com/Podcastindex-org/podcast-namespace, chapters/jsonChapters.md


def whole_second_chapters(chapters: Sequence[Chapter], duration_s: float) -> tuple[Chapter, ...]:
    """`chapters` in time order, each at the whole second in which it begins; all inside the audio, no two at once.

    `duration_s` is 0 for an imported episode of unknown length: then any time is inside.
    Raises ConfigError, naming each one, if chapters begin after the end of the audio or share a second.
    """
    placed = [replace(chapter, start_s=float(int(chapter.start_s))) for chapter in chapters]
    placed.sort(key=lambda chapter: chapter.start_s)
    problems = [
        f"„{chapter.title}“ beginnt bei {clock(chapter.start_s)}, die Folge endet aber bei {clock(duration_s)}"
        for chapter in placed
        if 0 < duration_s <= chapter.start_s
    ]
    problems += [
        f"„{first.title}“ und „{second.title}“ beginnen beide bei {clock(first.start_s)}"
        for first, second in pairwise(placed)
        if first.start_s == second.start_s
    ]
    if problems:
        raise ConfigError(
            "\n".join(["Diese Kapitelmarken passen nicht zur Folge:", *(f"  {line}" for line in problems)]),
            where="episode.toml, [[chapters]]",
            advice="Die Zeiten gelten in der fertigen Folge. start dort ändern und den Befehl wiederholen.",
        )
    return tuple(placed)


def fitting_soundbites(bites: Sequence[Soundbite], duration_s: float) -> tuple[Soundbite, ...]:
    """`bites` in time order. Raises ConfigError, naming each one, if some end after the audio."""
    late = [bite for bite in bites if bite.end_s > duration_s]
    if late:
        places = [f"  {clock(bite.start_s)} bis {clock(bite.end_s)} {bite.title}".rstrip() for bite in late]
        raise ConfigError(
            "\n".join([f"Diese Hörbeispiele reichen hinter das Ende der Folge ({clock(duration_s)}):", *places]),
            where="episode.toml, [[soundbites]]",
            advice="Die Zeiten gelten in der fertigen Folge. start und end dort ändern und den Befehl wiederholen.",
        )
    return tuple(sorted(bites, key=lambda bite: bite.start_s))


def render_json_chapters(chapters: Sequence[Chapter], *, title: str, image_url: Callable[[str], str] = str) -> str:
    """kapitel.json of an episode called `title` (JSON chapters 1.2), for `chapters` in whole seconds.

    `image_url` returns the address of a chapter's picture for its file.
    """
    entries = []
    for chapter in chapters:
        entry: dict[str, object] = {"startTime": int(chapter.start_s), "title": chapter.title}
        if chapter.url:
            entry["url"] = chapter.url
        if chapter.image:
            entry["img"] = image_url(chapter.image)
        entries.append(entry)
    content = {"version": JSON_CHAPTERS_VERSION, "title": title, "chapters": entries}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
