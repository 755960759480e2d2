"""One episode while it is being corrected: what the page asks, answered from the episode's files."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.files import read_text
from pipeline.build.swap import content_of
from pipeline.errors import BusyError, MissingFileError, PipelineError
from pipeline.paths import ShowPaths
from pipeline.review import sound
from pipeline.review.owner import Ownership
from pipeline.review.saving import Manuscript
from pipeline.review.state import Audio, ChapterMark, Peaks, Person, State, Times, Track
from pipeline.review.timing import timed_text
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.steps.episode import NO_MODEL, timeline_or_none
from pipeline.transcript.editorial import label_line
from pipeline.transcript.labels import fold_name
from pipeline.transcript.ownership import same_text
from pipeline.values.json_files import from_json, recognition_from_json
from pipeline.values.published import Release
from pipeline.values.speech import SpeakerMap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.review.timing import TimedText
    from pipeline.values.show import Episode, Show, Speaker
    from pipeline.values.speech import Recognition

_POLL_S = 0.5
_LONGEST_POLL_S = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a page learns by waiting: the text on disk, whether a run works on the episode, and whether it may write."""

    base: str | None
    running: bool
    owner: bool


class ReviewSession:
    """The episode `key` of the show in `root`. Raises UsageError for an unknown one, and MissingFileError if it has no
    transcript yet."""

    def __init__(self, root: Path, key: str, *, now: Callable[[], datetime]) -> None:
        self.root = root
        self.now = now
        self.paths: EpisodePaths = ShowPaths(root).episode(find_episode(root, key))
        self.manuscript = Manuscript(self.paths, now=now)
        self.ownership = Ownership(self.paths.work / "review-owner.json")
        self.preparation = sound.Preparation(self.paths.work / "review")
        self._recognition: tuple[object, Recognition | None] = (None, None)
        self._timing = threading.Lock()
        self._timed: tuple[object, TimedText] | None = None
        self.ended = threading.Event()
        self.settings()
        self.manuscript.read()

    def settings(self) -> tuple[Show, Episode]:
        """The show and the episode as their TOML files say now; what is unchanged is not read again."""
        show = load_show(self.root)
        return show, load_episode(self.root, self.paths.folder, show)

    def state(self, tab: str) -> State:
        """Everything that the page begins with. `tab` is the page's own name, "" for a new one."""
        tab = tab or secrets.token_hex(8)
        _, episode = self.settings()
        version = self.manuscript.read()
        timed = self.timed(version.text, version.base, episode)
        release = self.release()
        recording = sound.sound_of(self.paths, episode)
        return State(
            folder=episode.folder,
            number=episode.number,
            title=episode.title,
            released=release is not None,
            running=self.is_running(),
            duration_ms=round(1000 * self.duration_s()),
            level=timed.level,
            text=version.text,
            base=version.base,
            encoding=version.encoding,
            tab=tab,
            owner=self.ownership.is_owner(tab),
            speakers=tuple(map(_person, episode.speakers)),
            people=self._people(episode),
            times=timed.flat(),
            places=(),
            audio=self._audio(episode, recording),
            peaks=None if recording is None else Peaks(url="peaks.bin", per_s=sound.PEAKS_PER_S),
            voices=self._voices(),
            seen=(),
            chapters=tuple(
                ChapterMark(start_ms=round(1000 * chapter.start_s), title=chapter.title) for chapter in episode.chapters
            ),
            notices=tuple(self._notices(episode, recording, version.text, released=release is not None)),
        )

    def times(self) -> Times:
        """The times of the text on disk."""
        _, episode = self.settings()
        version = self.manuscript.read()
        timed = self.timed(version.text, version.base, episode)
        return Times(base=version.base, level=timed.level, times=timed.flat(), places=())

    def timed(self, text: str, base: str, episode: Episode) -> TimedText:
        """The text with its times; kept for the next call. One call computes, others wait."""
        with self._timing:
            recognition = self.recognition()
            key = (base, self._recognition[0], episode.speakers, episode.not_labels)
            if self._timed is None or self._timed[0] != key:
                duration_s = self.duration_s()
                self._timed = (key, timed_text(text, episode, recognition, duration_s=duration_s))
            return self._timed[1]

    def recognition(self) -> Recognition | None:
        """What was heard; None without words.json, or if it is damaged (`transcribe` replaces it)."""
        key = _stamp(self.paths.words)
        if key != self._recognition[0]:
            try:
                recognition = None if key is None else recognition_from_json(read_text(self.paths.words))
            except (FileNotFoundError, ValueError):
                recognition = None
            self._recognition = (key, recognition)
        return self._recognition[1]

    def release(self) -> Release | None:
        return from_json(Release, read_text(self.paths.release)) if self.paths.release.exists() else None

    def duration_s(self) -> float:
        """The length of the finished episode; where nothing tells it, until the last word that was heard, else 0."""
        release = self.release()
        if release is not None and release.enclosure.duration_s:
            return release.enclosure.duration_s
        timeline = timeline_or_none(self.paths.timeline)
        if timeline is not None:
            return timeline.duration_s
        recognition = self.recognition()
        return recognition.segments[-1].end_s if recognition is not None and recognition.segments else 0.0

    def is_running(self) -> bool:
        """Whether a run works on the episode. Its lock is only tried while there is a run's folder: a run does not
        wait for it."""
        from filelock import FileLock, Timeout

        if not (self.paths.work / ".staging").exists():
            return False
        try:
            with FileLock(self.paths.work / "lock", timeout=0):
                return False
        except Timeout:
            return True

    def changes(self, base: str, tab: str) -> Changes:
        """Wait, up to 25 s, until the text on disk is another one than `base`, or something else changes."""
        first = Changes(base=self.manuscript.base(), running=self.is_running(), owner=self.ownership.is_owner(tab))
        if first.base != base:
            return first
        until = time.monotonic() + _LONGEST_POLL_S
        seen = _stamp(self.paths.transcript)
        while time.monotonic() < until and not self.ended.wait(_POLL_S):
            running, owner = self.is_running(), self.ownership.is_owner(tab)
            stamp = _stamp(self.paths.transcript)
            now_base = base if stamp == seen else self.manuscript.base()
            seen = stamp
            now = Changes(base=now_base, running=running, owner=owner)
            if now != first:
                return now
        return first

    def require_owner(self, tab: str) -> None:
        """Raise BusyError unless the tab may write."""
        if not self.ownership.is_owner(tab):
            raise BusyError(
                "Dieses Transkript wird gerade in einem anderen Fenster bearbeitet.",
                where=self.paths.transcript,
                advice="Dort weiterarbeiten, oder hier „Übernehmen“ wählen; das andere Fenster zeigt den Text dann nur "
                "noch an.",
            )

    def audio_file(self) -> Path | None:
        """The file that the page plays; None while it is being prepared. Raises MissingFileError if there is none."""
        recording = sound.sound_of(self.paths, self.settings()[1])
        if recording is None:
            raise _no_audio(self.paths)
        return sound.converted(self.preparation, recording)

    def track_file(self, number: int) -> Path | None:
        """One speaker's track; None while it is being prepared. Raises MissingFileError if there is no such track."""
        timeline = timeline_or_none(self.paths.timeline)
        if timeline is None or not 0 <= number < len(timeline.sources) or timeline.sources[number].speaker is None:
            raise _no_audio(self.paths)
        return sound.track(self.preparation, self.paths, timeline, number)

    def peaks_file(self) -> Path | None:
        """The waveform; None while it is being prepared. Raises MissingFileError if there is no sound."""
        recording = sound.sound_of(self.paths, self.settings()[1])
        if recording is None:
            raise _no_audio(self.paths)
        return sound.peaks(self.preparation, recording)

    def close(self) -> None:
        """End: waiting requests are answered, and the text is free for others."""
        self.ended.set()
        self.ownership.close()

    def _audio(self, episode: Episode, recording: sound.Sound | None) -> Audio | None:
        if recording is None:
            return None
        timeline = timeline_or_none(self.paths.timeline)
        sources = timeline.sources if timeline is not None and episode.tracks else ()
        tracks = tuple(
            Track(speaker=source.speaker, url=f"audio/{number}", type="audio/mp4", ready=False)
            for number, source in enumerate(sources)
            if source.speaker is not None and (self.paths.home / source.file).is_file()
        )
        ready = sound.converted(self.preparation, recording) is not None
        kind = recording.media_type if recording.steady else "audio/mp4"
        return Audio(url="audio", type=kind, ready=ready, tracks=tracks)

    def _voices(self) -> tuple[tuple[int, int, int], ...]:
        try:
            spans = from_json(SpeakerMap, read_text(self.paths.speakers)).spans
        except (FileNotFoundError, ValueError):
            return ()
        return tuple((span.speaker, round(1000 * span.start_s), round(1000 * span.end_s)) for span in spans)

    def _people(self, episode: Episode) -> tuple[Person, ...]:
        """The people of speakers.toml who are not in the episode."""
        if not ShowPaths(self.root).speakers_toml.exists():
            return ()
        from pipeline.show.config import load_registry

        here = {fold_name(name) for speaker in episode.speakers for name in (speaker.name, *speaker.aliases)}
        return tuple(_person(speaker) for speaker in load_registry(self.root) if fold_name(speaker.name) not in here)

    def _notices(self, episode: Episode, recording: sound.Sound | None, text: str, *, released: bool) -> Sequence[str]:
        notices = []
        if recording is None:
            notices.append("Auf diesem Rechner liegt kein Ton dieser Folge: nur der Text lässt sich bearbeiten.")
        elif sound.converted(self.preparation, recording) is None:
            notices.append("Der Ton wird zum Abspielen vorbereitet; das dauert beim ersten Mal etwas.")
        if self.recognition() is None:
            notices.append("Zu dieser Folge wurde nichts gehört: alle Zeiten sind geschätzt (≈).")
        elif episode.speech.model == NO_MODEL:
            notices.append("Ohne Whisper-Modell sind die Zeiten nur auf Absätze genau.")
        if released:
            notices.append("Diese Folge ist veröffentlicht: Seite und Untertitel folgen dem Text, die MP3 bleibt.")
        draft = content_of(self.paths.draft)
        if draft is not None and same_text(draft.decode("utf-8", "replace"), text):
            notices.append("Das ist noch der unveränderte Entwurf; die Namen der Stimmen sind Vorschläge.")
        if self.manuscript.aside.exists():
            where = self.manuscript.aside.relative_to(self.root)
            notices.append(f"Aus einer früheren Sitzung liegt Text, der nicht gespeichert wurde, in {where}.")
        return notices


def _person(speaker: Speaker) -> Person:
    organisation = speaker.organisation if speaker.role == "guest" else ""
    return Person(
        name=speaker.name,
        organisation=speaker.organisation,
        role=speaker.role,
        label=label_line(speaker.name, organisation),
    )


def _no_audio(paths: EpisodePaths) -> PipelineError:
    return MissingFileError(
        "Auf diesem Rechner liegt kein Ton dieser Folge.",
        where=paths.work,
        advice=f"`make episode EPISODE={paths.folder}` stellt ihn her; das braucht die Aufnahme.",
    )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written; None without a file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
