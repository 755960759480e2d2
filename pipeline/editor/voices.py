"""Remembers the voices of people who agreed to it, learned from a corrected transcript and its recording.

Voice profiles are biometric data (DSGVO Art. 9). None is made unless somebody asks for it by name and says when and how
the person agreed. Each is a separate file, for the owner of this machine only, outside git and outside everything that
is uploaded.
"""

from __future__ import annotations

import glob
import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pipeline.build import system
from pipeline.build.files import named_file, read_text, sha256_of, storage_errors, write_private
from pipeline.editor.conflict import read_transcript
from pipeline.editor.voice_files import voice_file, voice_files
from pipeline.errors import ConfigError, MissingFileError, TranscriptError, UsageError, did_you_mean
from pipeline.paths import ShowPaths
from pipeline.speech.voices import KIND, NUMBERS
from pipeline.transcript.labels import fold_name
from pipeline.transcript.ownership import same_text
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import Notice
from pipeline.values.speech import VoiceProfile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.paths import EpisodePaths
    from pipeline.speech.speakers import VoicePrints
    from pipeline.values.audio import Timeline
    from pipeline.values.progress import Listener
    from pipeline.values.show import Episode, Speaker
    from pipeline.values.transcript import Transcript

LEAST_S = 15.0  # of a person's speech, to recognise them
_WINDOW_S = 1.5  # around the middle of a part: the samples that its print was made from
_SLACK_S = 0.1  # how far times of turns may be off
_ALIKE = 0.65  # cosine from which two people's prints can hardly be told apart
_OFF = 0.01  # how far a print's length may be off 1: its numbers are rounded


def check_request(name: str, consent: str, episode: Episode) -> Speaker:
    """The speaker with that name. Raises UsageError if nobody in the episode has it, or if no consent is stated."""
    if len(consent.split()) < 2:
        raise UsageError(
            "Ohne Einwilligung wird keine Stimme gemerkt: Stimmprofile sind biometrische Daten (DSGVO Art. 9).",
            advice="Die Person fragen und festhalten, wann und wie sie zugestimmt hat: "
            'CONSENT="schriftlich, 3. März 2026"',
        )
    known = {fold_name(other): speaker for speaker in episode.speakers for other in (speaker.name, *speaker.aliases)}
    if fold_name(name) not in known:
        names = [speaker.name for speaker in episode.speakers]
        raise UsageError(
            f"In {episode.folder} spricht niemand namens „{name}“.{did_you_mean(name, names)}",
            advice=f"Hier sprechen: {', '.join(names) or 'laut episode.toml niemand'}.",
        )
    return known[fold_name(name)]


def check_corrected(paths: EpisodePaths, *, imported: bool) -> None:
    """Raise TranscriptError if the transcript is still the unedited draft, whose names are proposals. The transcript of
    a released episode counts as read, except that of an imported one, which was published before it had one."""
    draft, transcript = paths.draft, paths.transcript
    read = paths.release.exists() and not imported
    if read or not (draft.exists() and transcript.exists()):
        return
    if same_text(read_transcript(draft), read_transcript(transcript)):
        raise TranscriptError(
            "Dieses Transkript ist noch der unveränderte Entwurf; die Namen darin sind nur Vorschläge.",
            where=transcript,
            advice="Erst die Sprecherzeilen prüfen und korrigieren, sonst könnte die Stimme jemand anderem gehören; "
            "oder eine veröffentlichte Folge nehmen.",
        )


def check_recordings(timeline: Timeline, recordings: Path) -> None:
    """Raise MissingFileError unless the recordings are those that the timeline was made of: in other recordings
    somebody else may speak at the same times."""
    for source in timeline.sources:
        path = named_file(recordings, source.file)
        if path.is_file() and sha256_of(path) != source.sha256:
            raise MissingFileError(
                "Diese Aufnahme ist nicht mehr die, aus der die Folge entstand; gelernt würde womöglich eine fremde "
                "Stimme.",
                where=path,
                advice="Die ursprüngliche Aufnahme zurücklegen oder eine andere Folge nehmen. Es wurde nichts "
                "gespeichert.",
            )


def learn(
    transcript: Transcript,
    timeline: Timeline,
    recordings: Path,
    *,
    name: str,
    speakers: Sequence[Speaker],
    consent: str,
    episode: str,
    today: date,
    listener: Listener,
) -> tuple[VoiceProfile, tuple[str, ...]]:
    """The profile of the speaker `name`, made from what they say in the recordings of the timeline, and the names of
    those in this episode whose voices are nearly the same. Times are those of the transcript, whose labels may call the
    `speakers` by any of their names.

    Raises TranscriptError if less than 15 s of their speech are in long enough stretches, and what reading recordings
    raises.
    """
    from pipeline.speech.profiles import mean_print
    from pipeline.speech.speakers import blocks_of, hear

    heard = hear(partial(blocks_of, timeline, recordings), timeline.duration_s, listener)
    own: NDArray[np.float32] | None = None
    others: dict[str, NDArray[np.float32]] = {}
    speech_s = 0.0
    whose = {fold_name(other): speaker.name for speaker in speakers for other in (speaker.name, *speaker.aliases)}
    said_by = [whose.get(fold_name(turn.speaker), turn.speaker) for turn in transcript.turns]
    for speaker in dict.fromkeys(said_by):
        own_turns = (turn for turn, by in zip(transcript.turns, said_by, strict=True) if by == speaker)
        turns = [(turn.start_s, turn.end_s) for turn in own_turns]
        rows = rows_within(heard, turns)
        if speaker == name:
            speech_s = sum(heard.parts[row].duration_s for row in rows)
        if rows and speaker == name:
            own = mean_print(heard.prints[rows])
            _report_doubt(heard, rows, speaker, listener)
        elif rows:
            others[speaker] = mean_print(heard.prints[rows])
    if own is None or speech_s < LEAST_S:
        raise TranscriptError(
            f"Von {name} ist hier zu wenig zu hören, um die Stimme wiederzuerkennen: "
            f"{speech_s:.0f} Sekunden, nötig sind {LEAST_S:.0f}.",
            where=episode,
            advice="Eine Folge nehmen, in der die Person länger am Stück spricht. Es wurde nichts gespeichert.",
        )
    profile = VoiceProfile(
        name=name,
        consent=" ".join(consent.split()),
        learned=today,
        episode=episode,
        speech_s=round(speech_s, 1),
        voice_print=tuple(round(float(value), 6) for value in own),
        prints=KIND,
    )
    return profile, tuple(speaker for speaker, mean in others.items() if float(own @ mean) >= _ALIKE)


def _report_doubt(heard: VoicePrints, rows: Sequence[int], name: str, listener: Listener) -> None:
    """Report if the speech under one name sounds like more than one person: the other one may not have agreed."""
    from pipeline.speech.clustering import group_voices
    from pipeline.speech.headcount import count_doubt

    prints, weights = heard.prints[rows], heard.weights[rows]
    voices = group_voices(prints, weights, 1)
    if count_doubt(voices, prints, weights, [heard.parts[row].start_s for row in rows]):
        listener(
            Notice(
                text=f"Unter „{name}“ scheint hier mehr als eine Stimme zu sprechen. Bitte die Sprecherzeilen prüfen; "
                "ist es so, die Stimme wieder vergessen."
            )
        )


def rows_within(heard: VoicePrints, turns: Sequence[tuple[float, float]]) -> list[int]:
    """The rows of the prints that were made from full windows inside these turns, (start, end) in seconds."""
    half_s = _WINDOW_S / 2 - _SLACK_S
    middles = [(part.start_s + part.end_s) / 2 for part in heard.parts]
    return [
        row
        for row, middle in enumerate(middles)
        if heard.weights[row] == 1
        and any(start_s <= middle - half_s and middle + half_s <= end_s for start_s, end_s in turns)
    ]


def store(root: Path, profile: VoiceProfile) -> Path:
    """Write the profile, replacing an earlier one of the same name; returns its file."""
    path = ShowPaths(root).voice(profile.name)
    write_private(path, to_json(profile))
    return path


def forget_voice(root: Path, name: str) -> Path:
    """Delete a remembered voice for good, even if its file is unreadable; returns the deleted file. Raises UsageError
    if there is none."""
    stored = {_name_in(path): path for path in voice_files(root)}
    path = {fold_name(known): path for known, path in stored.items()}.get(fold_name(name))
    if path is None:
        known = ", ".join(stored)
        raise UsageError(
            f"Von „{name}“ ist keine Stimme gemerkt.{did_you_mean(name, stored)}",
            advice=f"Gemerkt sind: {known}." if known else "Es ist keine einzige Stimme gemerkt.",
        )
    with storage_errors(path):
        for unfinished in path.parent.glob(f".{glob.escape(path.name)}.*.neu"):  # left by a killed run
            system.remove(unfinished, missing_ok=True)
        system.remove(path, missing_ok=True)
    return path


def remembered(root: Path) -> tuple[VoiceProfile, ...]:
    """All remembered voices, by name. Raises ConfigError for a file that is not a profile."""
    return tuple(_read(path) for path in voice_files(root))


def is_outdated(profile: VoiceProfile) -> bool:
    """Whether the profile is of a kind that current voice prints cannot be compared with."""
    return profile.prints != KIND


def read_profiles(root: Path, names: Mapping[str, str]) -> dict[int, VoiceProfile]:
    """The remembered voices in the files that `profile_paths` returned, by the index of the speaker. `names` maps the
    index, as text, to the file name, as settings have it."""
    return {int(number): _read(ShowPaths(root).voices / name) for number, name in names.items()}


def earlier(root: Path, speaker: Speaker) -> VoiceProfile | None:
    """The profile of a speaker that is already stored, None if there is none."""
    path = voice_file(root, speaker)
    return None if path is None else _read(path)


def of_name(root: Path, name: str) -> VoiceProfile | None:
    """The voice that is remembered under exactly this name, None if there is none."""
    path = ShowPaths(root).voice(name)
    return _read(path) if path.is_file() else None


def move(root: Path, profile: VoiceProfile, new: str) -> bool:
    """Move the remembered voice of a person who is called `new` now. Returns whether it is kept: if a voice is already
    remembered under that name, that one stays with its consent, and `profile` is deleted."""
    paths = ShowPaths(root)
    old, target = paths.voice(profile.name), paths.voice(new)
    same = target.is_file() and target.samefile(old)  # some file systems ignore case
    kept = same or not target.is_file()
    if kept:
        store(root, replace(profile, name=new))
    if same:
        return kept
    with storage_errors(old):
        system.remove(old)
    return kept


def _name_in(path: Path) -> str:
    """The name of the person whose voice a file holds; taken from the file's name if it cannot be read."""
    try:
        return _read(path).name
    except ConfigError:
        return unquote(path.stem)


def _read(path: Path) -> VoiceProfile:
    try:
        profile = from_json(VoiceProfile, read_text(path))
    except (ValueError, OSError) as error:
        raise _unreadable(path) from error
    numbers = len(profile.voice_print) if is_outdated(profile) else NUMBERS
    if len(profile.voice_print) != numbers or not abs(math.hypot(*profile.voice_print) - 1) < _OFF:
        raise _unreadable(path)
    return profile


def _unreadable(path: Path) -> ConfigError:
    return ConfigError(
        "Diese gemerkte Stimme kann nicht gelesen werden.",
        where=path,
        advice=f'Mit `make speaker-forget SPEAKER="{unquote(path.stem)}"` löschen und die Stimme neu merken.',
    )
