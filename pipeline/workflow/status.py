"""The status of an episode: what would run for it and why. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.workflow.episode_steps import episode_build

if TYPE_CHECKING:
    from pipeline.build.step import Step, Verdict
    from pipeline.errors import PipelineError
    from pipeline.values.show import Episode
    from pipeline.workflow.session import Session


def episode_status(session: Session, key: str) -> tuple[Episode, tuple[tuple[Step, Verdict], ...]]:
    """What would run for an episode, and why. Changes nothing."""
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    return episode, episode_build(session, show, episode).verdicts()


def missing_recording(session: Session, episode: Episode) -> PipelineError | None:
    """What to do about a recording that is not there while others are; None if there is nothing to do or to say."""
    from pipeline.audio.recordings import missing_recording as missing

    paths = session.paths.episode(episode.folder)
    if paths.release.exists():
        return None
    return missing(paths.home, [episode.recording] if episode.recording else [track.file for track in episode.tracks])
