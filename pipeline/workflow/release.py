"""Releases an episode: freezes its audio and its entry in the feed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.build.files import write_text
from pipeline.build.handwritten import read_handwritten
from pipeline.build.own_files import read_json
from pipeline.errors import ReleaseError
from pipeline.promises.release import broken_promise_lines, make_release, refusals
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.steps.text import manuscript_of
from pipeline.values.json_files import to_json
from pipeline.values.progress import Notice, no_listener
from pipeline.values.published import Enclosure, Release
from pipeline.workflow.episode_steps import episode_context, run_steps
from pipeline.workflow.site import gate_of, update_site

if TYPE_CHECKING:
    from pipeline.values.show import Episode, Show
    from pipeline.workflow.session import Session


def release(session: Session, key: str) -> Episode:
    """Release an episode for good: freeze its audio and its entry in the feed. Raises ReleaseError."""
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    paths = session.paths.episode(episode.folder)
    if paths.release.exists():
        _check_frozen(session, episode)
        session.listen(Notice(text=f"{episode.folder} ist schon veröffentlicht; release.json bleibt, wie es ist."))
        return episode
    enclosure = finished_audio(replace(session, full=True), show, episode, refusals(show, episode))
    write_text(paths.release, to_json(make_release(episode, enclosure)))
    update_site(replace(session, full=True))
    return episode


def finished_audio(session: Session, show: Show, episode: Episode, reasons: tuple[str, ...]) -> Enclosure:
    """Bring an episode that may be released up to date, and return its audio. Raises ReleaseError with `reasons`, or
    with the objections of transcript, show notes or gate."""
    paths = session.paths.episode(episode.folder)
    if not reasons:
        run_steps(session, show, episode, verbs=None)
        reasons = transcript_refusals(session, show, episode)
    if reasons:
        raise ReleaseError(
            "\n".join([f"{episode.folder} lässt sich noch nicht veröffentlichen:", *(f"  {text}" for text in reasons)]),
            where=paths.home,
            advice="Die genannten Punkte klären und `make release` wiederholen. Veröffentlicht wurde nichts.",
        )
    if not paths.release.exists():
        gate_of(session, show).open(accept=session.accept, listen=no_listener)
    return read_json(Enclosure, paths.candidate)


def transcript_refusals(session: Session, show: Show, episode: Episode) -> tuple[str, ...]:
    """The reasons in the transcript, and in show notes that are still the template, why the episode may not be
    released."""
    manuscript = manuscript_of(episode_context(session, show, episode))
    reasons = [f"Transkript, Zeile {finding.line}: {finding.text}" for finding in manuscript.blocking]
    if not manuscript.turns:
        reasons.append("Das Transkript ist leer.")
    notes = session.paths.episode(episode.folder).shownotes_md
    if notes.exists() and ".invalid" in read_handwritten(notes):
        reasons.append("In shownotes.md steht noch eine Platzhalter-Adresse (.invalid).")
    return tuple(reasons)


def _check_frozen(session: Session, episode: Episode) -> None:
    paths = session.paths.episode(episode.folder)
    changes = broken_promise_lines(read_json(Release, paths.release), episode)
    if changes:
        raise ReleaseError(
            "\n".join([f"{episode.folder} ist veröffentlicht, aber geändert:", *(f"  {text}" for text in changes)]),
            where=paths.episode_toml,
            advice="Diese Angaben in episode.toml auf den veröffentlichten Stand (release.json) zurücksetzen.",
        )
