"""Brings `feed/` and `preview/` up to date: the RSS feed, the audio files, the pages and the search of the show."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.build.engine import Build, load_manifest
from pipeline.build.left_over import remove_left_over
from pipeline.build.processes import in_order
from pipeline.errors import PipelineError
from pipeline.promises import finished
from pipeline.promises.gate import Gate, foreign_audio
from pipeline.show import settings_cache
from pipeline.show.folders import episode_folders
from pipeline.show.settings_cache import load_episode, load_episodes, load_show
from pipeline.steps import plan
from pipeline.values.progress import Notice, no_listener
from pipeline.workflow.episode_steps import episode_build, run_steps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.step import Event
    from pipeline.values.show import Episode, Show
    from pipeline.workflow.session import Session

_WAIT_FOR_SHOW_S = 60.0
_REBUILT_FROM_GIT = ("retime", "shownotes")


def update_site(session: Session, *, verb: str | None = None, failed: Collection[str] = ()) -> datetime | None:
    """Bring `feed/` and `preview/` up to date, or only the steps of one `verb` in them, through the gate. Returns when
    the next scheduled episode becomes public.

    `failed` are the folders of episodes that stopped half-way: their published pages and transcripts stay as they are,
    and new ones do not appear. Feed and index follow their current files. Raises ReleaseError, and changes nothing, if
    a change would harm subscribers and `session.accept` does not allow it.
    """
    show = load_show(session.root)
    episodes = load_episodes(session.root, show)
    files = load_manifest(session.root, session.paths.work, full=session.full)
    gate = Gate(root=session.root, show=show, episodes=episodes, now=session.now, files=files)
    gate.open(accept=session.accept, listen=session.listen)
    entries = finished.without_new_failures(
        finished.finished_episodes(session.root, episodes), session.now, failed, session.paths
    )
    released = [entry.episode for entry in entries if entry.release is not None and entry.withdrawn is None]
    _rebuild(session, show, [episode for episode in released if episode.folder not in failed])
    due, later = finished.due_and_later(entries, session.now)
    steps = plan.show_steps(
        session.root,
        show,
        due=due,
        later=later,
        failed=failed,
        withdrawn=finished.withdrawn_since(entries, session.now),
        foreign_audio=foreign_audio(entries, files),
    )
    build = Build(steps, root=session.root, work=session.paths.work, full=session.full, manifest=files)
    with build.exclusive(what="Der Podcast", listen=session.listen, wait_s=_WAIT_FOR_SHOW_S):
        remove_left_over(_folders_of_people(session))
        for entry in entries:
            finished.move_withdrawn_audio(entry, session.paths.feed)
        build.run(session.listen, only=None if verb is None else [step for step in steps if step.verb == verb])
        settings_cache.keep(session.root)
    return finished.next_due(episodes, session.now)


def _folders_of_people(session: Session) -> Iterator[Path]:
    """The folders where a killed run may have left a half-written file, beside those that each run empties."""
    paths = session.paths
    yield from (paths.episodes, paths.work, paths.transcripts)
    for folder in episode_folders(session.root):
        yield from (paths.episode(folder).home, paths.episode(folder).work)


def update_after_edits(session: Session, folders: Collection[str]) -> None:
    """Bring the site up to date with what people wrote about these episodes, and with the show as a whole.

    Processes no recording and transcribes nothing; reports which episodes wait for that.
    """
    show = load_show(session.root)
    for folder in folders:
        if session.paths.episode(folder).release.exists():
            continue  # `update_site` does it
        episode = load_episode(session.root, folder, show)
        build = episode_build(session, show, episode)
        steps = [step for step in build.steps if step.verb in _REBUILT_FROM_GIT]
        before = {step.name for step in build.needed(steps)} - {step.name for step in steps}
        if any(verdict.runs for step, verdict in build.verdicts() if step.name in before):
            text = f"{folder}: Ton oder Text sind noch nicht auf dem Stand; das macht `make episode EPISODE={folder}`."
            session.listen(Notice(text=text))
        else:
            run_steps(session, show, episode, verbs=_REBUILT_FROM_GIT, quiet=True)
    update_site(session)


def checked_folders(session: Session) -> tuple[str, ...]:
    """The folders of all episodes. Raises ConfigError and ReleaseError for what would stop `update_site` later."""
    show = load_show(session.root)
    gate_of(session, show).open(accept=session.accept, listen=no_listener)
    return tuple(episode.folder for episode in load_episodes(session.root, show))


def record_published(session: Session) -> None:
    """Record that `feed/` is uploaded as it is: the gate compares with it from now on. Raises ReleaseError."""
    gate_of(session, load_show(session.root)).record()


def next_due(session: Session) -> datetime | None:
    """When the next scheduled episode becomes public."""
    show = load_show(session.root)
    return finished.next_due(load_episodes(session.root, show), session.now)


def gate_of(session: Session, show: Show) -> Gate:
    """The gate that the show has to pass now."""
    files = load_manifest(session.root, session.paths.work, full=session.full)
    return Gate(root=session.root, show=show, episodes=load_episodes(session.root, show), now=session.now, files=files)


def _rebuild(session: Session, show: Show, episodes: Sequence[Episode]) -> None:
    """Rebuild what any clone can rebuild of released episodes, on all cores if it is a lot."""
    work = [episode for episode in episodes if _has_rebuilding(session, show, episode)]
    with closing(in_order(_rebuild_one, (replace(session, listen=_reported_later), show), work)) as results:
        for said, error in results:
            for event in said:
                session.listen(event)
            if error is not None:
                raise error


def _reported_later(_event: Event) -> None:
    """Replaces a listener that cannot be sent to another process."""


def _has_rebuilding(session: Session, show: Show, episode: Episode) -> bool:
    build = episode_build(session, show, episode)
    steps = build.needed([step for step in build.steps if step.verb in _rebuilt(session, episode)])
    return any(build.judge(step).runs for step in steps) or build.manifest.changed


def _rebuild_one(shared: tuple[Session, Show], episode: Episode) -> tuple[tuple[Event, ...], PipelineError | None]:
    """Rebuild one episode, in any process; returns the events and the error that stopped it, if any."""
    session, show = shared
    said: list[Event] = []
    try:
        run_steps(replace(session, listen=said.append), show, episode, verbs=_rebuilt(session, episode), quiet=True)
    except PipelineError as error:
        return tuple(said), error
    return tuple(said), None


def _rebuilt(session: Session, episode: Episode) -> tuple[str, ...]:
    """The verbs that any clone runs again for a released episode. An imported one without a transcript is not
    transcribed: nobody asked for hours of work here."""
    if finished.lacks_transcript(session.paths.episode(episode.folder), episode):
        return ("shownotes",)
    return _REBUILT_FROM_GIT
