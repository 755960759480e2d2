"""What the page plays: a file of the finished episode in which browsers find every moment, tracks, and the waveform.

Files that must be made first are kept in `work/review/`, under a name that says from which file they were made.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import move_into_place
from pipeline.build.own_files import read_json
from pipeline.errors import MissingFileError, PipelineError
from pipeline.media.headers import has_constant_rate
from pipeline.paths import ShowPaths
from pipeline.review.state import Audio, TrackSound
from pipeline.steps.episode import timeline_or_none
from pipeline.values import media_types
from pipeline.values.published import Release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.show import Episode

PEAKS_PER_S = 100
_RATE_HZ = 8_000  # is enough for the picture of a waveform
_FLAC = "audio/flac"
_M4A = media_types.BY_SUFFIX[".m4a"]
_OPTIONS = ("-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", "-f", "ipod")
_TRACK_RATE_HZ = 44_100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A file and its media type. `steady` is false if browsers do not find moments in it, so that it is played from a
    converted copy: in an MP3 of variable rate Chromium's seeks miss by up to 20 s in 45 minutes."""

    path: Path
    media_type: str
    steady: bool


def sound_of(paths: EpisodePaths, episode: Episode) -> Sound | None:
    """The sound of the finished episode on this machine; None if there is none. normalised.flac comes after what has
    the final loudness: it is 12 dB softer, to leave room for peaks."""
    there = [path for path in _finished(paths, episode) if path.is_file()]
    sounds = [Sound(path=path, media_type=media_types.of(path.name), steady=_is_steady(path)) for path in there]
    if paths.normalised.is_file():
        sounds.append(Sound(path=paths.normalised, media_type=_FLAC, steady=True))
    return next((sound for sound in sounds if sound.steady), sounds[0] if sounds else None)


def _finished(paths: EpisodePaths, episode: Episode) -> Iterator[Path]:
    yield paths.encoded("mp3")
    yield paths.tagged("mp3")
    if paths.release.exists():
        enclosure = read_json(Release, paths.release).enclosure
        if not enclosure.is_elsewhere:
            yield ShowPaths(paths.root).feed.file(enclosure.path)
    if episode.imported and episode.recording:  # what subscribers have is the recording itself
        yield paths.home / episode.recording


def _is_steady(path: Path) -> bool:
    return path.suffix.lower() != ".mp3" or has_constant_rate(path)


class Preparation:
    """Makes files in other threads, each once. `failures` are German sentences."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failures: dict[str, str] = {}
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def ready(self, kind: str, suffix: str, sources: tuple[Path, ...], make: Callable[[Path], None]) -> Path | None:
        """The file of this kind made from `sources`; None while it is being made, or if that failed.

        `make` writes the file to the path that it gets; it appears whole or not at all. Raises MissingFileError if it
        cannot be made.
        """
        name = f"{kind}-{_state_of(sources)}{suffix}"
        path = self.folder / name
        if path.is_file():
            return path
        if name in self.failures:
            raise MissingFileError(self.failures[name], where=sources[0], advice="Die Datei prüfen.")
        with self._lock:
            if name not in self._running and name not in self.failures:
                self._running.add(name)
                threading.Thread(
                    target=self._make, args=(kind, path, make), name=f"prepare {kind}", daemon=True
                ).start()
        return None

    def _make(self, kind: str, path: Path, make: Callable[[Path], None]) -> None:
        staged = path.with_name(f".{path.name}.neu{path.suffix}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            make(staged)
            move_into_place(staged, path)
            for old in self.folder.glob(f"{kind}-*{path.suffix}"):
                if old != path:
                    system.discard(old)
        except (PipelineError, OSError) as error:
            self.failures[path.name] = error.problem if isinstance(error, PipelineError) else str(error)
        finally:
            system.discard(staged)
            self._running.discard(path.name)


def _state_of(sources: tuple[Path, ...]) -> str:
    stats = [source.stat() for source in sources]
    known = "\n".join(f"{path}:{stat.st_size}:{stat.st_mtime_ns}" for path, stat in zip(sources, stats, strict=True))
    return hashlib.sha256(known.encode("utf-8", "surrogateescape")).hexdigest()[:16]


class Sounds:
    """The sound of one episode. Every file is None while it is being prepared."""

    def __init__(self, paths: EpisodePaths) -> None:
        self.paths = paths
        self.preparation = Preparation(paths.work / "review")

    def state(self, episode: Episode) -> Audio | None:
        """What the page may play; None without sound on this machine. Begins what must be prepared."""
        sound = sound_of(self.paths, episode)
        if sound is None:
            return None
        timeline = timeline_or_none(self.paths.timeline)
        sources = timeline.sources if timeline is not None and episode.tracks else ()
        tracks = tuple(
            TrackSound(speaker=source.speaker, url=f"audio/{number}", type=_M4A, ready=False)
            for number, source in enumerate(sources)
            if source.speaker is not None and (self.paths.home / source.file).is_file()
        )
        ready = self.audio_file(episode) is not None
        return Audio(url="audio", type=sound.media_type if sound.steady else _M4A, ready=ready, tracks=tracks)

    def audio_file(self, episode: Episode) -> Path | None:
        """The file to play: the sound itself, or its copy as M4A. Raises MissingFileError if there is none."""
        sound = self._sound(episode)
        if sound.steady:
            return sound.path

        def make(path: Path) -> None:
            from pipeline.audio.ffmpeg import encode_stream
            from pipeline.media.pcm import read_blocks

            blocks = read_blocks(sound.path, sample_rate_hz=_TRACK_RATE_HZ, channels=2)
            encode_stream(blocks, path, sample_rate_hz=_TRACK_RATE_HZ, channels=2, options=_OPTIONS)

        return self.preparation.ready("ton", ".m4a", (sound.path,), make)

    def track_file(self, number: int) -> Path | None:
        """Source `number` of the timeline alone, on the clock of the episode. Raises MissingFileError if it is not one
        speaker's track."""
        timeline = timeline_or_none(self.paths.timeline)
        if timeline is None or number >= len(timeline.sources) or timeline.sources[number].speaker is None:
            raise self._missing()
        source = timeline.sources[number]
        if not (self.paths.home / source.file).is_file():
            raise self._missing()

        def make(path: Path) -> None:
            from pipeline.audio.ffmpeg import encode_stream
            from pipeline.media.pcm import read_timeline

            alone = replace(timeline, sources=(source,))
            blocks = read_timeline(alone, self.paths.home, sample_rate_hz=_TRACK_RATE_HZ, channels=1)
            encode_stream(blocks, path, sample_rate_hz=_TRACK_RATE_HZ, channels=1, options=_OPTIONS)

        return self.preparation.ready(
            f"spur{number}", ".m4a", (self.paths.home / source.file, self.paths.timeline), make
        )

    def peaks_file(self, episode: Episode) -> Path | None:
        """The loudest sample of every 10 ms, 0 to 127, one byte each. Raises MissingFileError without sound."""
        sound = self._sound(episode)

        def make(path: Path) -> None:
            import numpy as np

            from pipeline.media.pcm import read_blocks

            size = _RATE_HZ // PEAKS_PER_S
            parts = []
            for block in read_blocks(sound.path, sample_rate_hz=_RATE_HZ, channels=1):
                whole = np.zeros(-(-len(block) // size) * size, np.float32)
                whole[: len(block)] = np.abs(block[:, 0])
                parts.append(np.minimum(127, whole.reshape(-1, size).max(axis=1) * 127).astype(np.int8).tobytes())
            path.write_bytes(b"".join(parts))

        return self.preparation.ready("wellen", ".bin", (sound.path,), make)

    def _sound(self, episode: Episode) -> Sound:
        sound = sound_of(self.paths, episode)
        if sound is None:
            raise self._missing()
        return sound

    def _missing(self) -> MissingFileError:
        return MissingFileError(
            "Auf diesem Rechner liegt kein Ton dieser Folge.",
            where=self.paths.work,
            advice=f"`make episode EPISODE={self.paths.folder}` stellt ihn her; das braucht die Aufnahme.",
        )


def media_type(path: Path) -> str:
    """The media type of a file that the page plays."""
    return _FLAC if path.suffix == ".flac" else media_types.of(path.name)
