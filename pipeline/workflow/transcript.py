"""Reads the transcript of an episode: how the draft differs from it, and which chapters and cuts it suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.files import read_text
from pipeline.build.own_files import read_json
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.steps.episode import timeline_or_none
from pipeline.steps.text import timed_transcript
from pipeline.values.json_files import recognition_from_json
from pipeline.values.speech import SpeakerMap
from pipeline.workflow.episode_steps import episode_context

if TYPE_CHECKING:
    from pipeline.transcript.compare import Comparison
    from pipeline.values.show import Episode
    from pipeline.workflow.session import Session


def differences(session: Session, key: str) -> tuple[Episode, Comparison]:
    """How the draft of an episode differs from its edited transcript. Changes nothing."""
    from pipeline.editor.conflict import compare_with_draft

    episode = load_episode(session.root, find_episode(session.root, key), load_show(session.root))
    return episode, compare_with_draft(session.paths.episode(episode.folder), episode)


def proposed_chapters(session: Session, key: str) -> str:
    """Chapters to consider for an episode, as TOML, made from its current transcript. Changes nothing."""
    from pipeline.editor.chapter_proposals import as_toml, propose_chapters

    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    transcript, duration_s = timed_transcript(episode_context(session, show, episode))
    proposals = propose_chapters(transcript, episode.speakers, duration_s=duration_s)
    return as_toml(proposals, folder=episode.folder, existing=len(episode.chapters))


def proposed_cuts(session: Session, key: str) -> str:
    """Cuts to consider for an episode, as TOML, made from what was heard and its sound. Changes nothing."""
    from pipeline.editor.cut_lines import as_toml, cut_lines, with_refusals

    episode = load_episode(session.root, find_episode(session.root, key), load_show(session.root))
    paths = session.paths.episode(episode.folder)
    try:
        recognition = recognition_from_json(read_text(paths.words))
    except (FileNotFoundError, ValueError):
        recognition = None  # damaged: `transcribe` replaces it
    spoken = read_json(SpeakerMap, paths.speakers) if paths.speakers.exists() else None
    lines = cut_lines(paths, episode, recognition, timeline_or_none(paths.timeline), spoken)
    return as_toml(with_refusals(lines, paths), episode, released=paths.release.exists())
