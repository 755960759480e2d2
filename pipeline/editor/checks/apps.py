"""Reports what certain podcast apps would show differently from what people wrote."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from pipeline.build.own_files import read_json, read_own_text
from pipeline.editor.checks.finding import (
    ANTENNAPOD,
    APPLE,
    PODCASTING_20,
    SPOTIFY,
    TITLES,
    TRANSISTOR,
    CheckFinding,
    warning,
)
from pipeline.paths import ShowPaths
from pipeline.transcript.webvtt import webvtt_notices
from pipeline.values.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.values.show import Episode

LONG_TITLE = 60  # characters; list views vary; the median of 23 million titles is 36 (pacific-content.com)
_SPOTIFY_CHAPTERS = 3
_SPOTIFY_CHAPTER_TITLE = 40
_NUMBERED = re.compile(r"(?:folge|episode|ep\.|staffel|#)\s*\d+", re.IGNORECASE)
_DROPPED = {  # headings and bold type become plain text, which loses nothing: no word about them
    "blockquote": "Zitate werden nicht eingerückt",
    "hr": "Trennlinien fehlen",
    "nested list": "Listen in Listen verlieren ihre Stufen",
}


def check_apps(root: Path, episode: Episode) -> Iterator[CheckFinding]:
    paths = ShowPaths(root).episode(episode.folder)
    toml = paths.episode_toml.relative_to(root).as_posix()
    if len(episode.title) > LONG_TITLE:
        text = (
            f"Der Titel hat {len(episode.title)} Zeichen; in Listen zeigen Apple Podcasts und Spotify nur den Anfang."
        )
        advice = f"Das Wichtigste in die ersten {LONG_TITLE} Zeichen."
        yield warning(f"{toml}: title", text, advice=advice, source=TITLES)
    if found := _NUMBERED.search(episode.title):
        text = f"Im Titel steht „{found[0]}“; Apple Podcasts zeigt die Nummer selbst und dann doppelt."
        yield warning(f"{toml}: title", text, advice="Nur number und season angeben.", source=APPLE)
    yield from _check_chapters(episode, f"{toml}: chapters")
    if episode.audio.further_formats:
        formats = " und ".join(name.upper() for name in episode.audio.further_formats)
        text = f"{formats} stehen als podcast:alternateEnclosure im Feed; Apps ohne dieses Merkmal spielen die MP3."
        yield warning(f"{toml}: further_formats", text, advice="Nichts zu tun; nur zur Kenntnis.", source=PODCASTING_20)
    if paths.notes_html.exists():
        yield from _check_html(read_own_text(paths.notes_html), paths.shownotes_md.relative_to(root).as_posix())
    if paths.retimed.exists():
        where = paths.transcript.relative_to(root).as_posix()
        for text in webvtt_notices(read_json(Transcript, paths.retimed)):
            yield warning(where, text, advice="In episode.toml und Transkript anders schreiben.", source=ANTENNAPOD)


def _check_chapters(episode: Episode, where: str) -> Iterator[CheckFinding]:
    if 0 < len(episode.chapters) < _SPOTIFY_CHAPTERS:
        text = f"Spotify zeigt Kapitel erst ab {_SPOTIFY_CHAPTERS}; hier sind es {len(episode.chapters)}."
        yield warning(where, text, advice="Weitere Kapitel setzen oder es dabei lassen.", source=SPOTIFY)
    for chapter in episode.chapters:
        if len(chapter.title) > _SPOTIFY_CHAPTER_TITLE:
            length = len(chapter.title)
            text = f"„{chapter.title}“ hat {length} Zeichen; Spotify rät zu höchstens {_SPOTIFY_CHAPTER_TITLE}."
            yield warning(where, text, advice="Kürzen, oder es dabei lassen.", source=SPOTIFY)


def _check_html(html: str, where: str) -> Iterator[CheckFinding]:
    reader = _Tags()
    reader.feed(html)
    reader.close()
    dropped = dict.fromkeys(_DROPPED[tag] for tag in reader.found if tag in _DROPPED)
    if dropped:
        text = f"Apple Podcasts und Spotify zeigen nicht alles: {'; '.join(dropped)}."
        advice = (
            "Der Text muss auch ohne diese Auszeichnung verständlich sein; Absätze, Listen und Links gehen überall."
        )
        yield warning(where, text, advice=advice, source=f"{APPLE}; {TRANSISTOR}")


class _Tags(HTMLParser):
    """Collects the tags of a page, each once; a list within a list is `nested list`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}
        self._lists = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = None
        if tag in {"ul", "ol"}:
            self._lists += 1
            if self._lists > 1:
                self.found["nested list"] = None

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self._lists -= 1
