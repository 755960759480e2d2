"""Tells what people changed in a released episode that its published MP3 cannot follow: the file is frozen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.build.files import read_text
from pipeline.build.manifest import Manifest
from pipeline.build.own_files import read_json
from pipeline.editor.conflict import read_transcript
from pipeline.errors import ConfigError, TranscriptError
from pipeline.notes.chapters import whole_second_chapters
from pipeline.notes.text import legal
from pipeline.paths import ShowPaths
from pipeline.transcript.editorial import parse
from pipeline.values.audio import Timeline
from pipeline.values.json_files import from_json
from pipeline.values.published import Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.paths import EpisodePaths
    from pipeline.tags.reading import Tagged
    from pipeline.values.show import Episode

_LABEL = re.compile(r"^([^\n\[\]:]+?)(?: \[[^\n\]]*\])?:$", re.MULTILINE)  # as `transcript/plaintext.py` writes it


def kept_by_the_audio(paths: EpisodePaths, episode: Episode) -> str | None:
    """A German sentence about what was changed since the MP3 of a released episode was made, and how it gets a new one;
    None if there is nothing, or nothing of it is known on this machine.

    Imported and withdrawn episodes are left alone. Raises DamagedFileError for a broken release.json.
    """
    if episode.imported or not paths.release.exists():
        return None
    release = read_json(Release, paths.release)
    if release.withdrawn is not None:
        return None
    changed = [*_changed_tag(paths, episode, release), *_changed_recording(paths, episode)]
    if not changed:
        return None
    return (
        f"Seit der Veröffentlichung geändert: {'; '.join(changed)}. Die veröffentlichte MP3 behält den alten Stand; "
        f"eine neue, unter neuem Namen, macht: make release EPISODE={episode.folder} NEW_AUDIO=1"
    )


def _changed_tag(paths: EpisodePaths, episode: Episode, release: Release) -> Iterator[str]:
    from pipeline.tags.reading import read_tag

    if release.enclosure.is_elsewhere:
        return
    tag = read_tag(ShowPaths(paths.root).feed.file(release.enclosure.path))
    if tag is None:
        return
    if tag.title != legal(episode.title):
        yield f"der Titel (in der MP3: „{tag.title}“)"
    try:
        chapters = whole_second_chapters(episode.chapters, release.enclosure.duration_s)
    except ConfigError:  # `check` reports it
        return
    now = tuple((int(chapter.start_s), legal(chapter.title)) for chapter in chapters)
    if now != tag.chapters:
        yield f"die Kapitel ({_other_chapters(now, tag)})"
    yield from _changed_names(paths, episode, tag)


def _other_chapters(now: tuple[tuple[int, str], ...], tag: Tagged) -> str:
    gone = [title for start_s, title in tag.chapters if (start_s, title) not in now]
    return f"in der MP3: „{gone[0]}“{' …' if len(gone) > 1 else ''}" if gone else "neue kamen dazu"


def _changed_names(paths: EpisodePaths, episode: Episode, tag: Tagged) -> Iterator[str]:
    """Names that the text in the MP3 has and the transcript no longer has."""
    try:
        written = parse(read_transcript(paths.transcript), speakers=episode.speakers, not_labels=episode.not_labels)
    except (FileNotFoundError, TranscriptError):
        return
    now = {legal(turn.speaker) for turn in written.turns if turn.speaker}
    before = set(_LABEL.findall(tag.lyrics))
    gone, new = sorted(before - now), sorted(now - before)
    if gone and new:
        yield f"Namen (in der MP3: {', '.join(gone)}; jetzt: {', '.join(new)})"


def _changed_recording(paths: EpisodePaths, episode: Episode) -> Iterator[str]:
    try:
        sources = from_json(Timeline, read_text(paths.timeline)).sources
    except (FileNotFoundError, ValueError):
        return
    used = {source.file: source.sha256 for source in sources}
    files = [episode.recording] if episode.recording else [track.file for track in episode.tracks]
    hashes = Manifest.load(paths.work / "manifest.json", root=paths.root)
    here = [file for file in files if (paths.home / file).is_file()]
    changed = [file for file in here if used.get(file) != hashes.sha256(paths.home / file)]
    if changed:
        yield f"die Aufnahme ({', '.join(changed)})"
