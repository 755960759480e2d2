"""Makes an episode, from its recording to feed and pages, or runs one of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.own_files import read_json, read_own_text
from pipeline.errors import ReleaseError, UsageError
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.steps.episode import NO_MODEL, needs_transcription
from pipeline.values.progress import Notice
from pipeline.values.published import Release
from pipeline.workflow.episode_steps import run_steps
from pipeline.workflow.site import update_site

if TYPE_CHECKING:
    from pipeline.values.show import Episode, Show
    from pipeline.workflow.session import Session

_HEARING = ("speakers", "transcribe", "split", "retime")  # verbs that let Whisper hear, or need what it heard
_WAIT_FOR_EPISODE_S = 60.0  # a lost machine keeps its locks on a shared folder for a while


def produce(session: Session, key: str, *, verb: str | None = None) -> Episode:
    """Bring an episode up to date: all of it and then the show, or one step (`verb`) and the ones it needs. A step that
    runs again also makes a new draft."""
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    if session.take_draft:
        _refuse_draft_of_released(session, episode)
    if session.again:
        _refuse_again_of_released(session, episode)
    if episode.speech.model == NO_MODEL and (session.take_draft or verb == "split"):
        raise _no_draft(session, episode)
    if verb in {None, *_HEARING}:
        _refuse_template(session, episode)
    _report_frozen_formats(session, episode)
    if verb is not None and session.again:
        _run_again(session, show, episode, verb)
        return episode
    run_steps(session, show, episode, verbs=None if verb is None else (verb,))
    if verb is None:
        update_site(session)
    return episode


def update_episode(session: Session, folder: str) -> None:
    """Bring the steps of one episode up to date, without those of the show, while others are made at the same time. An
    episode that is getting a new recording is left to the run that makes it."""
    if session.paths.episode(folder).new_audio_mark.exists():
        return
    show = load_show(session.root)
    episode = load_episode(session.root, folder, show)
    _refuse_template(session, episode)
    _report_frozen_formats(session, episode)
    run_steps(session, show, episode, verbs=None, wait_s=_WAIT_FOR_EPISODE_S)


def _run_again(session: Session, show: Show, episode: Episode, verb: str) -> None:
    """Run a step again, and report where the resulting draft is. A corrected transcript stays as it is."""
    draft = session.paths.episode(episode.folder).draft
    before = read_own_text(draft) if draft.exists() else None
    run_steps(session, show, episode, verbs=(verb, "split"))
    if episode.speech.model == NO_MODEL:
        return
    where = draft.relative_to(session.root)
    same = read_own_text(draft) == before
    text = f"Der Entwurf sagt dasselbe wie vorher: {where}" if same else f"Der neue Entwurf liegt in {where}."
    session.listen(Notice(text=text))


def _refuse_template(session: Session, episode: Episode) -> None:
    """Raise ConfigError if Whisper is to hear the episode and its template is not filled in yet."""
    paths = session.paths.episode(episode.folder)
    if episode.speech.model != NO_MODEL and not paths.words.exists() and not paths.release.exists():
        from pipeline.editor.template import refuse_template  # late: most runs hear nothing new

        refuse_template(session.root, paths.episode_toml, episode)


def _refuse_draft_of_released(session: Session, episode: Episode) -> None:
    paths = session.paths.episode(episode.folder)
    if paths.release.exists():
        raise ReleaseError(
            f"{episode.folder} ist veröffentlicht, eingefroren: ein neuer Entwurf ersetzt das Transkript nicht mehr.",
            where=paths.transcript,
            advice="Das Transkript von Hand verbessern; den Text des Entwurfs gibt es in draft.txt. "
            "Es wurde nichts verändert.",
        )


def _refuse_again_of_released(session: Session, episode: Episode) -> None:
    paths = session.paths.episode(episode.folder)
    if paths.release.exists() and not needs_transcription(paths, episode):
        raise ReleaseError(
            f"{episode.folder} ist veröffentlicht, eingefroren: sie wird nicht noch einmal gehört.",
            where=paths.words,
            advice="Das Transkript von Hand verbessern; Seite und Untertitel folgen ihm. Es wurde nichts verändert.",
        )


def _report_frozen_formats(session: Session, episode: Episode) -> None:
    """Report formats that were added to the settings after the release: the released episode does not get them."""
    from pipeline.promises.release import frozen_formats

    path = session.paths.episode(episode.folder).release
    if path.exists() and (text := frozen_formats(read_json(Release, path), episode)):
        session.listen(Notice(text=text))


def _no_draft(session: Session, episode: Episode) -> UsageError:
    return UsageError(
        f'{episode.folder} entsteht ohne Whisper (model = "none"): einen neuen Entwurf gibt es nicht.',
        where=session.paths.episode(episode.folder).episode_toml,
        advice="Ein fertiges Transkript liest `make transcript-import` ein. Für einen Entwurf in episode.toml unter "
        "[speech] ein Modell einstellen. Es wurde nichts verändert.",
    )
