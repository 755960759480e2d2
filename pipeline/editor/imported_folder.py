"""Turns an item of a foreign feed into the folder of a released episode: its name, and the text of its files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.build.files import write_text
from pipeline.editor.new import folder_slug, quoted
from pipeline.feed_import.items import AUDIO_SUFFIXES
from pipeline.german.slug import slugify
from pipeline.timecode import milliseconds_clock
from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.json_files import to_json
from pipeline.values.published import Enclosure, Release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.feed_import.foreign import ForeignItem, ForeignPerson
    from pipeline.paths import EpisodePaths

_HEAD = """\
# Aus einem Feed übernommen. Diese Datei gehört jetzt der Redaktion; das Programm liest sie nur.
# Was Abonnierende schon haben (guid, published, number, season, type, slug), steht fest; release.json hält es fest.
"""
_RECORDING = """\
# Liegt nur hier, wenn sie mit AUDIO=1 geladen wurde; dann macht `make episode` aus ihr ein Transkript.
recording = {recording}
"""
_SUFFIXES = {
    **{entry.media_type: f".{name}" for name, entry in AUDIO_FORMATS.items()},
    AUDIO_FORMATS["opus"].media_type: ".ogg",  # from others it may contain Vorbis
    "audio/x-m4a": ".m4a",
    "audio/opus": ".opus",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An item and the folder that it gets; `losses` are German phrases for what the folder cannot hold."""

    item: ForeignItem
    folder: str
    slug: str
    losses: tuple[str, ...]


def plan_folders(fresh: Sequence[ForeignItem], *, taken: set[str]) -> tuple[Planned, ...]:
    """A folder for each of the `fresh` items, oldest first. Folder names in `taken` are avoided."""
    planned = []
    for item in sorted(fresh, key=_moment):
        losses = list(item.losses)
        if item.chapters_url:
            losses.append("Kapitel in einer eigenen Datei (podcast:chapters); EXTRAS=1 lädt sie beim ersten Übernehmen")
        slug, folder = _free_folder(item, item.number, taken)
        taken = taken | {folder}
        planned.append(Planned(item=item, folder=folder, slug=slug, losses=tuple(losses)))
    return tuple(planned)


def write_folder(paths: EpisodePaths, planned: Planned) -> None:
    """Write the episode's files: episode.toml, shownotes.md if there are notes, and release.json."""
    item = planned.item
    assert item.enclosure is not None and item.published is not None, "refused items get no folder"
    write_text(paths.episode_toml, _episode_toml(planned))
    if item.notes:
        write_text(paths.shownotes_md, item.notes)
    release = Release(
        guid=item.guid,
        enclosure=Enclosure(
            path=item.enclosure.url,
            media_type=item.enclosure.media_type,
            size_bytes=item.enclosure.size_bytes,
            duration_s=item.duration_s,
            sha256="",
        ),
        published=item.published,
        slug=planned.slug,
        number=item.number,
        season=item.season,
        episode_type=item.episode_type,
        title=item.title,
    )
    write_text(paths.release, to_json(release))


def _free_folder(item: ForeignItem, number: int | None, taken: set[str]) -> tuple[str, str]:
    base = folder_slug(item.title) or "folge"
    if number is None and base[0].isdigit():  # a folder's leading number would be read as the episode's
        base = f"folge-{base}"
    for attempt in count(1):
        slug = base if attempt == 1 else f"{base}-{attempt}"
        folder = slug if number is None else f"{number:03}-{slug}"
        if folder not in taken:
            break
    return slug, folder


def _moment(item: ForeignItem) -> tuple[datetime, str]:
    assert item.published is not None, "refused items are never put in order"
    return item.published, item.guid


def _episode_toml(planned: Planned) -> str:
    item = planned.item
    assert item.enclosure is not None and item.published is not None
    lines = [
        _HEAD,
        "imported = true",
        *([f"number = {item.number}"] if item.number is not None else []),
        *([f"season = {item.season}"] if item.season is not None else []),
        f"slug = {quoted(planned.slug)}",
        f"title = {quoted(item.title)}",
        f"summary = {quoted(item.summary)}",
        f"guid = {quoted(item.guid)}",
        f"published = {item.published.isoformat()}",
        f"type = {quoted(item.episode_type)}",
        "",
        _RECORDING.format(recording=quoted("raw" + suffix_of(item.enclosure.url, item.enclosure.media_type))),
    ]
    for place, person in enumerate(item.people, start=1):
        lines += _speaker(person, place)
    for chapter in item.chapters:
        lines += ["[[chapters]]", f"start = {quoted(milliseconds_clock(chapter.start_s))}"]
        lines += [f"title = {quoted(chapter.title)}", *([f"url = {quoted(chapter.url)}"] if chapter.url else []), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _speaker(person: ForeignPerson, place: int) -> list[str]:
    url = [f"url = {quoted(person.url)}"] if person.url else []
    slug = [] if slugify(person.name) else [f'slug = "person-{place}"']
    return ["[[speakers]]", f"name = {quoted(person.name)}", f"role = {quoted(person.role)}", *slug, *url, ""]


def suffix_of(url: str, media_type: str) -> str:
    """The suffix for the audio file, from its address, else from its media type."""
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    return suffix if suffix in AUDIO_SUFFIXES else _SUFFIXES.get(media_type.lower(), ".mp3")
