"""Releases an episode: freezes its audio and its entry in the feed.

Everything that can fail is tried first, and the promise is written last. A repeated call does what a killed one left
undone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.build.handwritten import read_handwritten
from pipeline.build.own_files import read_json
from pipeline.editor.conflict import is_unchanged_draft
from pipeline.editor.template import left_in_shownotes, left_in_toml
from pipeline.errors import ChangedError, ReleaseError, UncorrectedError
from pipeline.promises.release import broken_promise_lines, make_release, refusals
from pipeline.promises.release_file import change_release
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.steps.text import manuscript_of
from pipeline.values.progress import Notice
from pipeline.values.published import Enclosure, Release
from pipeline.workflow.episode_steps import episode_context, run_steps
from pipeline.workflow.site import update_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.show import Episode, Show
    from pipeline.workflow.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An episode that may be released, and what would be promised."""

    show: Show
    episode: Episode
    release: Release


Confirms = Callable[[str], bool]
"""Asks whether the transcript of an episode (its folder) may be published although nobody corrected it."""


def release(session: Session, key: str, *, confirms: Confirms) -> Episode:
    """Release an episode for good: freeze its audio and its entry in the feed. Raises ReleaseError or UncorrectedError,
    and then nothing was promised. If it is released already, whatever is left to do in `feed/` is done."""
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    if session.paths.episode(episode.folder).release.exists():
        _check_frozen(session, episode)
        session.listen(Notice(text=f"{episode.folder} ist schon veröffentlicht; release.json bleibt, wie es ist."))
    else:
        prepared = prepare(session, show, episode)
        refuse_uncorrected(session, episode.folder, confirms)
        update_site(replace(session, full=True), planned={episode.folder: prepared.release})  # whatever else can fail
        promise(session, prepared)
    update_site(session)
    return episode


def refuse_uncorrected(session: Session, folder: str, confirms: Confirms) -> None:
    """Raise UncorrectedError if the transcript is the unchanged draft and nobody `confirms` that this is wanted."""
    paths = session.paths.episode(folder)
    if is_unchanged_draft(paths) and not confirms(folder):
        raise UncorrectedError(
            f"{folder}: das Transkript ist der unveränderte Entwurf. Veröffentlicht wurde nichts.",
            where=paths.transcript,
            advice="Den Text gegenlesen und dabei hören, oder, wenn er so bleiben soll: "
            f"make release EPISODE={folder} YES=1.",
        )


def prepare(session: Session, show: Show, episode: Episode) -> Prepared:
    """Bring an episode that is to be released up to date, and check whether it may be. Promises nothing; the gate and
    the site have to be tried before that (`update_site` with `planned`). Raises ReleaseError, and what its steps raise.
    """
    enclosure = finished_audio(replace(session, full=True), show, episode, refusals(show, episode))
    return Prepared(show=show, episode=episode, release=make_release(episode, enclosure))


def promise(session: Session, prepared: Prepared) -> None:
    """Write the release of a prepared episode. Raises ChangedError or ReleaseError, and promises nothing, if the
    episode is no longer what was checked."""
    paths = session.paths.episode(prepared.episode.folder)

    def decide(current: Release | None) -> Release:
        if current not in {None, prepared.release}:
            raise _changed_meanwhile(paths.release)
        if load_episode(session.root, prepared.episode.folder, load_show(session.root)) != prepared.episode:
            raise _changed_meanwhile(paths.episode_toml)
        if read_json(Enclosure, paths.candidate) != prepared.release.enclosure:
            raise _changed_meanwhile(paths.candidate)
        _refuse(paths, transcript_refusals(session, prepared.show, prepared.episode))
        return prepared.release

    change_release(paths, decide)


def finished_audio(session: Session, show: Show, episode: Episode, reasons: tuple[str, ...]) -> Enclosure:
    """Bring an episode that may be released up to date, and return its audio. Raises ReleaseError with `reasons`, or
    with the objections of transcript or show notes."""
    paths = session.paths.episode(episode.folder)
    _refuse(paths, reasons)
    run_steps(session, show, episode, verbs=None)
    _refuse(paths, transcript_refusals(session, show, episode))
    return read_json(Enclosure, paths.candidate)


def transcript_refusals(session: Session, show: Show, episode: Episode) -> tuple[str, ...]:
    """The reasons in the transcript, and in what is still the template, why the episode may not be released."""
    manuscript = manuscript_of(episode_context(session, show, episode))
    reasons = [f"Transkript, Zeile {finding.line}: {finding.text}" for finding in manuscript.blocking]
    if not manuscript.turns:
        reasons.append("Das Transkript ist leer.")
    reasons += [text for _, text in left_in_toml(episode)]
    notes = session.paths.episode(episode.folder).shownotes_md
    markdown = read_handwritten(notes) if notes.exists() else ""
    if left_in_shownotes(markdown):
        reasons.append("In shownotes.md steht noch die Vorlage.")
    if ".invalid" in markdown:
        reasons.append("In shownotes.md steht noch eine Platzhalter-Adresse (.invalid).")
    return tuple(reasons)


def _refuse(paths: EpisodePaths, reasons: Sequence[str]) -> None:
    if reasons:
        raise ReleaseError(
            "\n".join([f"{paths.folder} lässt sich noch nicht veröffentlichen:", *(f"  {text}" for text in reasons)]),
            where=paths.home,
            advice="Die genannten Punkte klären und `make release` wiederholen. Veröffentlicht wurde nichts.",
        )


def _changed_meanwhile(path: Path) -> ChangedError:
    return ChangedError(
        f"{path.name} wurde geändert, während die Folge geprüft wurde.",
        where=path,
        advice="Den Befehl wiederholen; er prüft dann den neuen Stand. Veröffentlicht wurde nichts.",
    )


def _check_frozen(session: Session, episode: Episode) -> None:
    paths = session.paths.episode(episode.folder)
    changes = broken_promise_lines(read_json(Release, paths.release), episode)
    if changes:
        raise ReleaseError(
            "\n".join([f"{episode.folder} ist veröffentlicht, aber geändert:", *(f"  {text}" for text in changes)]),
            where=paths.episode_toml,
            advice="Diese Angaben in episode.toml auf den veröffentlichten Stand (release.json) zurücksetzen.",
        )
