"""One episode while it is being corrected: what the page asks, answered from the episode's files."""

from __future__ import annotations

import secrets
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.build.files import read_text
from pipeline.build.own_files import read_json
from pipeline.build.swap import content_of
from pipeline.editor.chapter_proposals import propose_chapters
from pipeline.editor.review_file import read_review, recording_sha256
from pipeline.errors import BusyError, MissingFileError
from pipeline.paths import ShowPaths
from pipeline.review.history import History, words_changed
from pipeline.review.judging import finish, hear, heard_of, settle
from pipeline.review.owner import Ownership
from pipeline.review.places import Sources, places
from pipeline.review.saving import TranscriptFile
from pipeline.review.sound import PEAKS_PER_S, Sounds
from pipeline.review.stamps import stamp
from pipeline.review.state import (
    Audio,
    Changes,
    ChapterMark,
    Chapters,
    Peaks,
    ReviewState,
    ShownSpeaker,
    Times,
    chapter_marks,
    shown_speaker,
)
from pipeline.review.timing import timed_text
from pipeline.review.vocabulary import OtherTranscripts
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.steps.episode import NO_MODEL, timeline_or_none
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
    from pipeline.review.cuts import CutDesk
    from pipeline.review.state import PlaceToHear, Verdict
    from pipeline.review.timing import TimedText
    from pipeline.review.vocabulary import Vocabulary
    from pipeline.values.review import Proofread
    from pipeline.values.show import Episode, Show
    from pipeline.values.speech import Recognition

_POLL_S = 0.5
_LONGEST_POLL_S = 25.0


class ReviewSession:
    """The episode `key` of the show in `root`. Raises UsageError for an unknown one, and MissingFileError if it has no
    transcript yet."""

    def __init__(self, root: Path, key: str, *, now: Callable[[], datetime]) -> None:
        self.root = root
        self.now = now
        self.paths: EpisodePaths = ShowPaths(root).episode(find_episode(root, key))
        self.file = TranscriptFile(self.paths, now=now)
        self.ownership = Ownership(self.paths.work / "review-owner.json")
        self.sounds = Sounds(self.paths)
        self.history = History(self.file)
        self.others = OtherTranscripts(root, self.paths.transcript)
        self._recognition: tuple[object, Recognition | None] = (None, None)
        self._timing = threading.Lock()
        self._timed: tuple[object, TimedText] | None = None
        self.ended = threading.Event()
        self.settings()
        if not self.paths.transcript.exists():
            raise MissingFileError(
                f"{self.paths.folder} hat noch kein Transkript.",
                where=self.paths.transcript,
                advice=f"make episode EPISODE={self.paths.folder} legt den Entwurf an, make transcript-import "
                "liest einen fertigen Text ein.",
            )
        self.file.read()

    @cached_property
    def cuts(self) -> CutDesk:
        from pipeline.review.cuts import CutDesk  # late: it loads scipy, and the page opens without it

        return CutDesk(
            self.paths,
            episode=lambda: self.settings()[1],
            recognition=self.recognition,
            speaker_map=self.speaker_map,
            now=self.now,
        )

    def settings(self) -> tuple[Show, Episode]:
        """The show and the episode as their TOML files say now; what is unchanged is not read again."""
        show = load_show(self.root)
        return show, load_episode(self.root, self.paths.folder, show)

    def state(self, tab: str) -> ReviewState:
        """Everything that the page begins with. `tab` is the page's own name, "" for a new one."""
        tab = tab or secrets.token_hex(8)
        show, episode = self.settings()
        version = self.file.read()
        timed = self.timed(version.text, version.base, episode)
        release = self.release()
        recording = self.sounds.state(episode)
        return ReviewState(
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
            speakers=tuple(map(shown_speaker, episode.speakers)),
            people=self._people(episode),
            times=timed.flat(),
            places=self.places(timed, show, episode),
            audio=recording,
            peaks=None if recording is None else Peaks(url="peaks.bin", per_s=PEAKS_PER_S),
            voices=self._voices(),
            seen=self.seen(),
            chapters=chapter_marks(episode),
            notices=tuple(self._notices(episode, recording, version.text, released=release is not None)),
        )

    def times(self) -> Times:
        """The times of the text on disk."""
        timed, base, found = self._looked_through()
        return Times(base=base, level=timed.level, times=timed.flat(), places=found)

    def places(self, timed: TimedText, show: Show, episode: Episode) -> tuple[PlaceToHear, ...]:
        """The places to look at in this text."""
        sources = Sources(
            timed=timed,
            episode=episode,
            glossary=show.glossary,
            recognition=self.recognition(),
            speaker_map=self.speaker_map(),
            known=self.others.known_words(_names(show, episode)),
            review=read_review(self.paths),
            recording=recording_sha256(self.paths),
        )
        return places(sources)

    def settle(self, place: str, verdict: Verdict | None) -> tuple[PlaceToHear, ...]:
        """Note what people decided about a place, or (None) open it again; returns all places. Raises ValueError if
        there is no such place any more, or it cannot be settled so."""
        _, _, found = self._looked_through()
        chosen = next((entry for entry in found if entry.id == place), None)
        if chosen is None or (verdict is not None and verdict not in chosen.allows):
            raise ValueError(f"no place {place} to be settled as {verdict}")
        recording = recording_sha256(self.paths)
        recognition = self.recognition()
        settle(self.paths, chosen, verdict, recognition=recognition, recording=recording, moment=self.now())
        return self._looked_through()[2]

    def seen(self) -> tuple[tuple[int, int], ...]:
        """The stretches that were played, in milliseconds."""
        heard = heard_of(read_review(self.paths), recording_sha256(self.paths))
        return tuple((round(1000 * start_s), round(1000 * end_s)) for start_s, end_s in heard)

    def hear(self, intervals_ms: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        """Add what was played; returns all of it."""
        intervals_s = [(start / 1000, end / 1000) for start, end in intervals_ms]
        hear(self.paths, intervals_s, recording=recording_sha256(self.paths), duration_s=self.duration_s())
        return self.seen()

    def finish(self, name: str) -> Proofread:
        """Note that the text was proofread as it is on disk."""
        _, episode = self.settings()
        timed, _, found = self._looked_through()
        return finish(
            self.paths,
            timed.manuscript,
            found,
            name=name,
            recording=recording_sha256(self.paths),
            changed_words=words_changed(self.paths, timed.manuscript, episode),
            moment=self.now().astimezone(),  # pages show its day
        )

    def chapters(self) -> Chapters:
        """The chapters that the episode has, and proposals out of its text."""
        _, episode = self.settings()
        timed, _, _ = self._looked_through()
        found = propose_chapters(timed.retimed.transcript, episode.speakers, duration_s=self.duration_s())
        return Chapters(
            proposals=tuple(
                ChapterMark(start_ms=round(1000 * entry.start_s), title=entry.title, reason=entry.reason)
                for entry in found
            ),
            current=chapter_marks(episode),
        )

    def _looked_through(self) -> tuple[TimedText, str, tuple[PlaceToHear, ...]]:
        """The text on disk with its times, its sha256, and its places."""
        show, episode = self.settings()
        version = self.file.read()
        timed = self.timed(version.text, version.base, episode)
        return timed, version.base, self.places(timed, show, episode)

    def vocabulary(self) -> Vocabulary:
        """The words that the page may propose."""
        show, episode = self.settings()
        people = (person.name for person in self._people(episode))
        return self.others.vocabulary((*_names(show, episode), *people), self.recognition())

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
        key = stamp(self.paths.words)
        if key != self._recognition[0]:
            try:
                recognition = None if key is None else recognition_from_json(read_text(self.paths.words))
            except (FileNotFoundError, ValueError):
                recognition = None
            self._recognition = (key, recognition)
        return self._recognition[1]

    def release(self) -> Release | None:
        return read_json(Release, self.paths.release) if self.paths.release.exists() else None

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
        first = Changes(base=self.file.base(), running=self.is_running(), owner=self.ownership.is_owner(tab))
        if first.base != base:
            return first
        until = time.monotonic() + _LONGEST_POLL_S
        seen = stamp(self.paths.transcript)
        while time.monotonic() < until and not self.ended.wait(_POLL_S):
            running, owner = self.is_running(), self.ownership.is_owner(tab)
            latest = stamp(self.paths.transcript)
            now_base = base if latest == seen else self.file.base()
            seen = latest
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

    def close(self) -> None:
        """End: waiting requests are answered, and the text is free for others."""
        self.ended.set()
        self.ownership.close()

    def speaker_map(self) -> SpeakerMap | None:
        """Who is heard when; None without a readable speakers.json."""
        try:
            return from_json(SpeakerMap, read_text(self.paths.speakers))
        except (FileNotFoundError, ValueError):
            return None

    def _voices(self) -> tuple[tuple[int, int, int], ...]:
        found = self.speaker_map()
        spans = found.spans if found is not None else ()
        return tuple((span.speaker, round(1000 * span.start_s), round(1000 * span.end_s)) for span in spans)

    def _people(self, episode: Episode) -> tuple[ShownSpeaker, ...]:
        """The people of speakers.toml who are not in the episode."""
        if not ShowPaths(self.root).speakers_toml.exists():
            return ()
        from pipeline.show.config import load_registry

        here = {fold_name(name) for speaker in episode.speakers for name in (speaker.name, *speaker.aliases)}
        return tuple(
            shown_speaker(speaker) for speaker in load_registry(self.root) if fold_name(speaker.name) not in here
        )

    def _notices(self, episode: Episode, recording: Audio | None, text: str, *, released: bool) -> Sequence[str]:
        notices = []
        if recording is None:
            notices.append("Auf diesem Rechner liegt kein Ton dieser Folge: nur der Text lässt sich bearbeiten.")
        elif not recording.ready:
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
        if self.file.aside.exists():
            where = self.file.aside.relative_to(self.root)
            notices.append(f"Aus einer früheren Sitzung liegt Text, der nicht gespeichert wurde, in {where}.")
        return notices


def _names(show: Show, episode: Episode) -> tuple[str, ...]:
    return *show.glossary.names, *(speaker.name for speaker in episode.speakers)
