"""What each step of the show does: which episodes are due, and their audio, pages, feed and index."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from pipeline.files import read_text, write_bytes, write_text
from pipeline.formats import from_json
from pipeline.model import Enclosure, Item, Notice, Release, ShowNotes, Transcript
from pipeline.paths import ShowPaths
from pipeline.publish import addresses

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.build import Workbench
    from pipeline.model import Episode, Show
    from pipeline.paths import EpisodePaths, SitePaths


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """An episode whose audio is finished: measured by `tag`, or promised by a release."""

    episode: Episode
    enclosure: Enclosure
    release: Release | None
    paths: EpisodePaths

    @property
    def published(self) -> datetime | None:
        return self.release.published if self.release else self.episode.published

    @property
    def has_transcript(self) -> bool:
        """An imported episode may have none yet; every other one has."""
        return not self.episode.imported or self.paths.transcript.exists()

    def is_due(self, now: datetime) -> bool:
        """Released, or meant to be public at `now`."""
        if self.release is not None:
            return self.release.published <= now
        return not self.episode.draft and self.published is not None and self.published <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is written to `feed/` or to `preview/`: the show with these episodes, newest first."""

    show: Show
    entries: tuple[Produced, ...]
    paths: SitePaths
    cover: Path
    preview: bool


def produced(root: Path, episodes: Sequence[Episode]) -> tuple[Produced, ...]:
    """The episodes that have finished audio; the others are not there yet."""
    found = []
    for episode in episodes:
        paths = ShowPaths(root).episode(episode.folder)
        release = from_json(Release, read_text(paths.release)) if paths.release.exists() else None
        if release is not None:
            found.append(Produced(episode=episode, enclosure=release.enclosure, release=release, paths=paths))
        elif paths.candidate.exists():
            enclosure = from_json(Enclosure, read_text(paths.candidate))
            found.append(Produced(episode=episode, enclosure=enclosure, release=None, paths=paths))
    return tuple(found)


def due_and_later(entries: Sequence[Produced], now: datetime) -> tuple[tuple[Produced, ...], tuple[Produced, ...]]:
    """What is public at `now`, and what only the preview shows; each newest first.

    The example is public only while nothing else is.
    """
    due = [entry for entry in entries if entry.is_due(now)]
    real = [entry for entry in due if not entry.episode.example]
    later = [entry for entry in entries if entry not in due]
    if real:
        due = real
    return _newest_first(due), _newest_first(later)


def next_due(episodes: Sequence[Episode], now: datetime) -> datetime | None:
    """The next moment at which an episode becomes public by its date."""
    coming = [e.published for e in episodes if e.published is not None and not e.draft and e.published > now]
    return min(coming, default=None)


def load_item(entry: Produced) -> Item:
    """An episode as feed and pages see it, read from its finished files."""
    paths = entry.paths
    return Item(
        episode=entry.episode,
        guid=entry.release.guid if entry.release else entry.episode.guid,
        enclosure=entry.enclosure,
        published=entry.published,
        notes=ShowNotes(html=read_text(paths.notes_html), text=read_text(paths.notes_text)),
        transcript=from_json(Transcript, read_text(paths.retimed)) if entry.has_transcript else None,
    )


def copy_audio(tagged: Path, target: Path, bench: Workbench) -> None:
    shutil.copyfile(tagged, bench[target])


def write_episode_pages(site: Site, entry: Produced, bench: Workbench) -> None:
    from pipeline.publish.chapters import render_json_chapters, whole_second_chapters  # noqa: PLC0415
    from pipeline.publish.pages import render_episode_page  # noqa: PLC0415

    item = load_item(entry)
    folder = entry.episode.folder
    chapters = whole_second_chapters(entry.episode.chapters, entry.enclosure.duration_s)
    texts = {
        addresses.page(folder): render_episode_page(site.show, item, chapters, preview=site.preview),
        addresses.chapters(folder): render_json_chapters(chapters, title=entry.episode.title),
    }
    if item.transcript is not None:
        texts |= _transcript_files(folder, item.transcript, entry.enclosure.duration_s, bench)
    for address, text in texts.items():
        write_text(bench[site.paths.file(address)], text)
    for source, address in episode_cover(entry):
        shutil.copyfile(source, bench[site.paths.file(address)])


def _transcript_files(folder: str, transcript: Transcript, duration_s: float, bench: Workbench) -> dict[str, str]:
    """Address → text of every form of the transcript; the editors hear what apps will stumble over."""
    from pipeline.transcript.cues import cue_notices, make_cues  # noqa: PLC0415
    from pipeline.transcript.html import render_html  # noqa: PLC0415
    from pipeline.transcript.plaintext import render_plaintext  # noqa: PLC0415
    from pipeline.transcript.podcast_json import render_podcast_json  # noqa: PLC0415
    from pipeline.transcript.srt import render_srt  # noqa: PLC0415
    from pipeline.transcript.webvtt import render_webvtt, webvtt_notices  # noqa: PLC0415

    for text in (*webvtt_notices(transcript), *cue_notices(make_cues(transcript, duration_s=duration_s))):
        bench.listen(Notice(text=text))
    return {
        addresses.transcript_vtt(folder): render_webvtt(transcript, duration_s=duration_s),
        addresses.transcript_srt(folder): render_srt(transcript, duration_s=duration_s),
        addresses.transcript_json(folder): render_podcast_json(transcript),
        addresses.transcript_html(folder): render_html(transcript),
        addresses.transcript_text(folder): render_plaintext(transcript),
    }


def write_feed(site: Site, bench: Workbench) -> None:
    from pipeline.publish.feed import render_feed  # noqa: PLC0415

    if site.show.placeholders:
        keys = ", ".join(site.show.placeholders)
        text = f"In show.toml stehen noch Platzhalter ({keys}); so kann nichts veröffentlicht werden."
        bench.listen(Notice(text=text))
    items = [load_item(entry) for entry in site.entries]
    write_bytes(bench[site.paths.feed], render_feed(site.show, items, preview=site.preview))


def write_index(site: Site, bench: Workbench) -> None:
    from pipeline.publish.cover import check_cover  # noqa: PLC0415
    from pipeline.publish.pages import render_index, static_files  # noqa: PLC0415

    items = [load_item(entry) for entry in site.entries]
    write_text(bench[site.paths.index], render_index(site.show, items, preview=site.preview))
    for address, content in static_files().items():
        write_bytes(bench[site.paths.file(address)], content)
    check_cover(site.cover)
    shutil.copyfile(site.cover, bench[site.paths.file(cover_address(site.show))])


def episode_cover(entry: Produced) -> tuple[tuple[Path, str], ...]:
    """The episode's own cover and its address, if it has one."""
    if not entry.episode.cover:
        return ()
    source = entry.paths.home / entry.episode.cover
    return ((source, addresses.episode_cover(entry.episode.folder, source.suffix.lower())),)


def asset_addresses(show: Show) -> tuple[str, ...]:
    """Every file of the site that belongs to no episode, relative to base_url, without the index and the feed."""
    from pipeline.publish.pages import static_files  # noqa: PLC0415

    return (*static_files(), cover_address(show))


def cover_address(show: Show) -> str:
    """Where the show's cover lies, relative to base_url."""
    return addresses.show_cover("." + show.cover.rpartition(".")[2].lower())


@cache
def design_sha256() -> str:
    """The hash of every template and static file: pages are written anew when the design changes."""
    folder = resources.files("pipeline.publish")
    parts = [entry for name in ("templates", "static") for entry in (folder / name).iterdir() if entry.is_file()]
    digest = hashlib.sha256()
    for entry in sorted(parts, key=lambda part: part.name):
        digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.hexdigest()


def _newest_first(entries: Sequence[Produced]) -> tuple[Produced, ...]:
    def key(entry: Produced) -> tuple[bool, float, str]:
        moment = entry.published
        return (moment is None, moment.timestamp() if moment else 0.0, entry.episode.folder)

    return tuple(sorted(entries, key=key, reverse=True))
