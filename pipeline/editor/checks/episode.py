"""Checks an episode: date, artwork, chapters, lengths, show notes, and its audio against what was announced."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from pipeline.build.files import named_file, sha256_of
from pipeline.build.handwritten import read_handwritten
from pipeline.build.own_files import read_json
from pipeline.editor import template
from pipeline.editor.checks.finding import (
    APPLE,
    HOUSE,
    PODCASTING_20,
    PSP_1,
    RSS_20,
    WCAG,
    CheckFinding,
    error,
    warning,
)
from pipeline.editor.checks.show import check_artwork
from pipeline.errors import ConfigError
from pipeline.notes.chapters import whole_second_chapters
from pipeline.notes.foreign import unread_marks
from pipeline.notes.plain import plain_text
from pipeline.notes.shownotes import render_shownotes
from pipeline.notes.tables import struck, table_lines
from pipeline.paths import ShowPaths
from pipeline.timecode import clock
from pipeline.values.audio import Timeline
from pipeline.values.dates import german_zone
from pipeline.values.published import Enclosure, Release

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.show import Episode

_SHORTEST_CHAPTER_S = 2.0


def released(paths: EpisodePaths) -> Release | None:
    return read_json(Release, paths.release) if paths.release.exists() else None


def duration_s(paths: EpisodePaths) -> float | None:
    """The length of the finished episode, None if it is unknown."""
    if (release := released(paths)) is not None:
        return release.enclosure.duration_s or None  # 0: an imported episode of unknown length
    if paths.candidate.exists():
        return read_json(Enclosure, paths.candidate).duration_s
    return read_json(Timeline, paths.timeline).duration_s if paths.timeline.exists() else None


def check_episode(root: Path, episode: Episode, *, named: bool) -> Iterator[CheckFinding]:
    """Findings about the episode; it was `named` if somebody wants to release it, draft or not."""
    paths = ShowPaths(root).episode(episode.folder)
    toml = paths.episode_toml.relative_to(root).as_posix()
    length_s = duration_s(paths)
    if episode.published is not None:
        yield from _check_zone(episode.published, f"{toml}: published")
    if episode.cover:
        yield from check_artwork(root, named_file(paths.home, episode.cover), episode.cover_width_px, where=toml)
    yield from _check_chapters(episode, toml, length_s)
    yield from _check_notes(root, episode, length_s, named=named)
    yield from _check_audio(root, episode)


def _check_zone(published: datetime, where: str) -> Iterator[CheckFinding]:
    here = published.astimezone(german_zone())
    if published.utcoffset() not in {here.utcoffset(), UTC.utcoffset(None)}:
        yield warning(
            where,
            f"{published.isoformat()} ist in Deutschland {here:%d.%m.%Y %H:%M} Uhr: der Zeitabstand passt nicht zur "
            "Jahreszeit.",
            advice=f"Ist {published:%H:%M} Uhr gemeint, {here:%z} schreiben (Winter +01:00, Sommer +02:00).",
            source=HOUSE,
        )


def _check_chapters(episode: Episode, toml: str, length_s: float | None) -> Iterator[CheckFinding]:
    where = f"{toml}: chapters"
    if not episode.chapters:
        return
    try:
        placed = whole_second_chapters(episode.chapters, length_s if length_s is not None else float("inf"))
    except ConfigError as mistake:
        for line in mistake.problem.splitlines()[1:]:
            yield error(where, f"{line.strip()}.", advice=mistake.advice, source=PODCASTING_20)
        return
    if placed[0].start_s > 0:
        text = f"Das erste Kapitel beginnt bei {clock(placed[0].start_s)}; was davor liegt, hat keinen Namen."
        yield warning(
            where, text, advice='Das erste Kapitel bei "00:00:00" beginnen.', source=f"{PODCASTING_20}, Spotify"
        )
    if length_s is not None and length_s - placed[-1].start_s < _SHORTEST_CHAPTER_S:
        text = f"„{placed[-1].title}“ beginnt bei {clock(placed[-1].start_s)}, am Ende der Folge ({clock(length_s)})."
        yield warning(where, text, advice="Gehört die Zeit noch zur fertigen Folge?", source=HOUSE)


def _check_notes(root: Path, episode: Episode, length_s: float | None, *, named: bool) -> Iterator[CheckFinding]:
    path = ShowPaths(root).episode(episode.folder).shownotes_md
    where = path.relative_to(root).as_posix()
    if not path.exists():
        text = "Zu dieser Folge gibt es keine Shownotes."
        yield warning(where, text, advice="Schreiben, was zur Folge gehört: Links, Quellen, Personen.", source=HOUSE)
        return
    markdown = read_handwritten(path)
    for number in template.left_in_shownotes(markdown):
        yield error(f"{where}:{number}", "Hier steht noch die Vorlage.", advice="Ausfüllen.", source=HOUSE)
    for number, line in enumerate(markdown.splitlines(), start=1):
        if ".invalid" in line:
            make = warning if episode.example or (episode.draft and not named) else error
            text = "Platzhalter-Adresse („.invalid“); sie führt nirgendwohin."
            yield make(f"{where}:{number}", text, advice="Die richtige Adresse eintragen oder streichen.", source=HOUSE)
        if marked := struck(line):
            make = warning if episode.imported else error
            text = (
                f"„{marked}“: Durchgestrichenes und Tiefgestelltes zeigen Podcast-Apps nicht; hier stünden die Tilden."
            )
            advice = "Den Text streichen oder ohne Tilden schreiben (H₂O mit dem Zeichen ₂)."
            yield make(f"{where}:{number}", text, advice=advice, source=APPLE)
    for number, text in unread_marks(markdown):
        make = warning if episode.imported else error
        advice = "Fremdsprachiges steht als [en: public money] in eckigen Klammern, in einem Absatz."
        yield make(f"{where}:{number}", text, advice=advice, source=f"{WCAG} 3.1.2")
    for start, _ in table_lines(markdown.splitlines()):
        text = "Tabellen zeigen Podcast-Apps nicht; aus jeder Zeile wird eine Textzeile."
        yield warning(f"{where}:{start + 1}", text, advice="Liest sie sich so, ist nichts zu tun.", source=APPLE)
    try:
        notes = render_shownotes(markdown, episode=episode, duration_s=length_s or float("inf"))
    except ConfigError:  # about chapters, which `_check_chapters` reports
        return
    if (whole := plain_text(notes.html).strip()) and whole not in notes.text:
        yield warning(
            where,
            f"Die Shownotes haben {len(whole.encode('utf-8'))} Bytes; in der Kurzfassung des Feeds (höchstens "
            "4000 Bytes mit allem) enden sie früher. Auf der Seite der Folge sind sie ganz.",
            advice="Kürzen, oder das Wichtige an den Anfang.",
            source=f"{PSP_1}, {APPLE}",
        )


def _check_audio(root: Path, episode: Episode) -> Iterator[CheckFinding]:
    """Compare size and bytes of the audio in `feed/` with what was promised or measured."""
    paths = ShowPaths(root).episode(episode.folder)
    release = released(paths)
    if release is None and not paths.candidate.exists():
        text = "Die Folge ist noch nicht produziert."
        advice = f"make episode EPISODE={episode.folder}"
        yield warning(paths.home.relative_to(root).as_posix(), text, advice=advice, source=HOUSE)
        return
    if release is not None and release.withdrawn is not None:
        return
    enclosure = release.enclosure if release else read_json(Enclosure, paths.candidate)
    for file in enclosure.files:
        path = ShowPaths(root).feed.file(file.path)
        if "://" in file.path or (release is None and not path.exists()):
            continue
        where = path.relative_to(root).as_posix()
        if not path.exists():
            text = "Die veröffentlichte Datei liegt auf diesem Rechner nicht."
            yield warning(where, text, advice="Vor einem Hochladen von hier dorthin legen.", source=HOUSE)
        elif path.stat().st_size != file.size_bytes:
            size_bytes = path.stat().st_size
            text = f"Die Datei hat {size_bytes} Bytes, der Feed sagt {file.size_bytes}."
            yield error(where, text, advice=_other_file(release), source=f"{RSS_20} (enclosure length), {PSP_1}")
        elif sha256_of(path) != file.sha256:
            text = "Die Datei hat die richtige Länge, aber anderen Inhalt als freigegeben."
            yield error(where, text, advice=_other_file(release), source=HOUSE)


def _other_file(release: Release | None) -> str:
    if release is None:
        return "`make feed` bringt beides in Einklang."
    return "Die freigegebene Datei zurückholen; eine neue Aufnahme: `make release EPISODE=… NEW_AUDIO=1`."
