"""The episode that steps are planned for, and what its steps have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.files import named_file, read_text
from pipeline.build.own_files import read_json
from pipeline.errors import MissingFileError
from pipeline.promises.finished import lacks_transcript
from pipeline.values.audio import Timeline
from pipeline.values.json_files import from_json
from pipeline.values.published import Release
from pipeline.values.speech import SpeakerMap

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.audio import FormatName
    from pipeline.values.show import Episode, Show

NO_MODEL = "none"
"""Replaces the name of a Whisper model if the transcript was written elsewhere: nothing is recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeContext:
    """The episode that steps are planned for, and what people asked for.

    `today` only enters provenance. `take_draft` is the moment at which people asked to replace their transcript by the
    draft, None if they did not. With `new_audio` a released episode is made once more. `again` names the step that
    people want to run again, "" if there is none.
    """

    root: Path
    paths: EpisodePaths
    show: Show
    episode: Episode
    today: date
    take_draft: datetime | None = None
    new_audio: bool = False
    again: str = ""

    @property
    def frozen(self) -> bool:
        """Whether subscribers were promised this episode as it is."""
        return self.paths.release.exists() and not self.new_audio

    @property
    def is_settled(self) -> bool:
        """Whether the steps up to the transcript are frozen, too."""
        return self.frozen and not needs_transcription(self.paths, self.episode)


def needs_transcription(paths: EpisodePaths, episode: Episode) -> bool:
    """Whether an imported episode is still to be transcribed: it has its audio, but no transcript yet. Its steps up to
    the transcript then run, but what subscribers were promised stays frozen."""
    here = bool(episode.recording) and named_file(paths.home, episode.recording).is_file()
    return here and lacks_transcript(paths, episode) and episode.speech.model != NO_MODEL


def finds_speakers(episode: Episode) -> bool:
    """Whether the draft of the transcript or the levels depend on who is heard when."""
    return episode.speech.model != NO_MODEL or episode.audio.levelling == "speakers"


def formats(episode: Episode) -> tuple[FormatName, ...]:
    """The formats that the episode is encoded in; the MP3 comes first."""
    return ("mp3", *episode.audio.further_formats)


def speakers_files(context: EpisodeContext) -> tuple[Path, ...]:
    """speakers.json, if the plan has a step for it."""
    return (context.paths.speakers,) if finds_speakers(context.episode) else ()


def release_or_timeline(context: EpisodeContext) -> Path:
    """The file with the length of the finished episode: release.json if it is frozen, else timeline.json."""
    return context.paths.release if context.frozen else context.paths.timeline


def read_timeline(paths: EpisodePaths, *, frozen: bool = False) -> Timeline:
    """The timeline of the episode. Raises MissingFileError if it was not assembled."""
    found = timeline_or_none(paths.timeline)
    if found is None:
        again = f"Erst `make assemble EPISODE={paths.folder}` aufrufen; das braucht die Aufnahme."
        never = "Sie ist veröffentlicht und wird nicht noch einmal zusammengesetzt: eine andere Folge nehmen."
        raise MissingFileError(
            "Die Folge ist auf diesem Rechner nicht zusammengesetzt.",
            where=paths.timeline,
            advice=never if frozen else again,
        )
    return found


def timeline_or_none(path: Path) -> Timeline | None:
    """The timeline in `path`; None if it is missing or cannot be read."""
    try:
        return from_json(Timeline, read_text(path))
    except (FileNotFoundError, ValueError):
        return None


def read_speakers(paths: EpisodePaths, *, has_speakers: bool) -> SpeakerMap | None:
    """Who is heard when; None if the plan has no such step."""
    return read_json(SpeakerMap, paths.speakers) if has_speakers else None


def read_duration_s(paths: EpisodePaths, *, frozen: bool) -> float:
    """The length of the finished episode, from its release if it is frozen, else from the timeline."""
    if frozen:
        return read_json(Release, paths.release).enclosure.duration_s
    return read_timeline(paths).duration_s
