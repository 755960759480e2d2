"""Learns the voice of a speaker from an episode."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import MissingFileError
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.steps.episode import read_timeline
from pipeline.steps.text import timed_transcript
from pipeline.values.progress import Notice
from pipeline.workflow.episode_steps import episode_build, episode_context

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.values.show import Episode, Show
    from pipeline.values.speech import VoiceProfile
    from pipeline.workflow.session import Session


def remember_voice(
    session: Session, name: str, key: str, *, consent: str
) -> tuple[VoiceProfile, Path, tuple[str, ...]]:
    """Learn the voice of a speaker from an episode whose transcript people have corrected. Returns the profile, its
    file, and the names of others in the episode who sound nearly the same."""
    from pipeline.editor import voices

    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    speaker = voices.check_request(name, consent, episode)
    work = episode_context(session, show, episode)
    if episode.recording and len(episode.speakers) > 1:
        voices.check_corrected(work.paths, imported=episode.imported)
    _check_heard(session, show, episode)
    timeline = read_timeline(work.paths, frozen=work.frozen)
    voices.check_recordings(timeline, work.paths.home)
    transcript, _ = timed_transcript(work)
    before = voices.earlier(session.root, speaker)
    profile, alike = voices.learn(
        transcript,
        timeline,
        work.paths.home,
        name=speaker.name,
        speakers=episode.speakers,
        consent=consent,
        episode=episode.folder,
        today=session.now.date(),
        listener=session.listen,
    )
    if before is not None:
        profile = replace(profile, name=before.name)
        known = f"am {before.learned:%d.%m.%Y} aus {before.episode} (Einwilligung: {before.consent})"
        session.listen(Notice(text=f"Die Stimme war schon gemerkt, {known}; das wird ersetzt."))
    return profile, voices.store(session.root, profile), alike


def _check_heard(session: Session, show: Show, episode: Episode) -> None:
    """Raise MissingFileError unless the times of the words are those of the timeline: at other times somebody else
    speaks."""
    for step, verdict in episode_build(session, show, episode).verdicts():
        if step.name in {"assemble", "transcribe"} and verdict.runs:
            raise MissingFileError(
                f"Aufnahme und Zeiten dieser Folge sind nicht auf dem Stand ({verdict.reason}); gelernt würde "
                "womöglich eine fremde Stimme.",
                where=session.paths.episode(episode.folder).home,
                advice=f"Erst `make episode EPISODE={episode.folder}` aufrufen und die Sprecherzeilen prüfen. Es wurde "
                "nichts gespeichert.",
            )
