"""Fetches the audio of an imported episode once, checks it, and keeps it as the episode's recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.files import move_into_place, named_file, sha256_of, storage_errors
from pipeline.build.own_files import read_json
from pipeline.errors import AudioError, ChangedError
from pipeline.feed_import.download import discard_part, download
from pipeline.media.pcm import probe, read_header
from pipeline.promises.release_file import change_release
from pipeline.values.progress import Notice
from pipeline.values.published import Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.published import Enclosure
    from pipeline.values.show import Episode


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTaken:
    """The result for one episode's audio: its size, and the size that the feed announced if it `differs_from` that (0
    if it agrees or is unknown); or the German `problem` that prevented the download."""

    folder: str
    size_bytes: int = 0
    differs_from: int = 0
    problem: str = ""


def fetch_audio(
    paths: EpisodePaths, episode: Episode, *, named: str, host: bool, listen: Callable[[Notice], None]
) -> AudioTaken | None:
    """Download the audio of `episode` to its `recording`, unless it is there, and record its sha256 in release.json.

    `named` is the address of the feed as people gave it: only its server may be one in a private network.
    The address that subscribers know stays; with `host` it becomes one of ours, with the same bytes under the same
    guid. Returns None if there was nothing to do. Raises FeedError if the file does not arrive complete.
    """
    recording = named_file(paths.home, episode.recording)
    release = read_json(Release, paths.release)
    taken = None
    if not recording.exists():
        if not release.enclosure.is_elsewhere:
            return AudioTaken(folder=episode.folder, problem=f"{recording.name} liegt nicht mehr im Ordner der Folge.")
        release, taken = _fetch(paths, episode, release, named, listen)
    if taken is not None and taken.problem:
        return taken
    if host and release.enclosure.is_elsewhere:
        return _host(paths, episode, release, recording, taken)
    return taken


def _fetch(
    paths: EpisodePaths, episode: Episode, release: Release, named: str, listen: Callable[[Notice], None]
) -> tuple[Release, AudioTaken]:
    """Download the file, and return the release with its facts. release.json is written before the file gets its name,
    so a file with that name but without a sha256 in the release is a person's own."""
    listen(Notice(text=f"{episode.folder}: die Audiodatei wird geladen …"))
    recording = named_file(paths.home, episode.recording)
    part = paths.work / f"{recording.name}.part"
    announced = release.enclosure.size_bytes
    got = download(release.enclosure.path, part, named=named)
    try:
        measured_s = read_header(part).duration_s or probe(part, accept_truncated=True).duration_s
    except AudioError as error:
        discard_part(part)
        return release, AudioTaken(folder=episode.folder, problem=f"Was ankam, ist kein Ton. {error.problem}")
    if any(chapter.start_s >= measured_s for chapter in episode.chapters):
        measured_s = release.enclosure.duration_s
    facts = replace(
        release.enclosure,
        sha256=got.sha256,
        size_bytes=announced or got.size_bytes,
        duration_s=measured_s or release.enclosure.duration_s,
    )
    release = _with_enclosure(paths, facts, instead_of=release.enclosure)
    with storage_errors(recording):
        move_into_place(part, recording)
    discard_part(part)
    differs = announced if announced != got.size_bytes else 0
    return release, AudioTaken(folder=episode.folder, size_bytes=got.size_bytes, differs_from=differs)


def _host(
    paths: EpisodePaths, episode: Episode, release: Release, recording: Path, taken: AudioTaken | None
) -> AudioTaken:
    if sha256_of(recording) != release.enclosure.sha256:
        text = f"{recording.name} ist nicht die Datei, die Abonnierende haben; ihre Adresse bleibt, wie sie ist."
        return AudioTaken(folder=episode.folder, problem=text)
    size_bytes = recording.stat().st_size
    ours = replace(
        release.enclosure, path=addresses.audio(episode.folder, name=recording.suffix[1:]), size_bytes=size_bytes
    )
    _with_enclosure(paths, ours, instead_of=release.enclosure)
    return taken or AudioTaken(folder=episode.folder, size_bytes=size_bytes)


def _with_enclosure(paths: EpisodePaths, enclosure: Enclosure, *, instead_of: Enclosure) -> Release:
    """Write the `enclosure` into the release as it is now. Raises ChangedError if its audio was changed meanwhile."""

    def decide(current: Release | None) -> Release:
        if current is None or current.enclosure != instead_of:
            raise ChangedError(
                f"Die veröffentlichte Aufnahme von {paths.folder} wurde inzwischen geändert.",
                where=paths.release,
                advice="release.json ansehen und den Befehl wiederholen. release.json ist, wie es war.",
            )
        return replace(current, enclosure=enclosure)

    return change_release(paths, decide)
