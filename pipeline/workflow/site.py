"""Brings `feed/` and `preview/` up to date: the RSS feed, the audio files, the pages and the search of the show."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.build.engine import Build, load_manifest
from pipeline.build.files import write_text
from pipeline.build.left_over import remove_left_over
from pipeline.build.processes import in_order
from pipeline.errors import BusyError, PipelineError
from pipeline.promises import finished
from pipeline.promises.gate import Gate, foreign_audio
from pipeline.show import settings_cache
from pipeline.show.folders import episode_folders
from pipeline.show.settings_cache import load_episode, load_episodes, load_show
from pipeline.steps import plan
from pipeline.values.progress import Notice, no_listener
from pipeline.workflow.episode_steps import episode_build, run_steps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.manifest import Manifest
    from pipeline.build.step import Event
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.values.published import Release
    from pipeline.values.show import Episode, Show
    from pipeline.workflow.session import Session

_WAIT_FOR_SHOW_S = 600.0  # a large site takes minutes when it is built for the first time
_WAIT_FOR_EPISODE_S = 20.0  # longer than texts take; a run that hears the recording holds the lock for hours
_REBUILT_FROM_GIT = ("retime", "shownotes")


def update_site(
    session: Session,
    *,
    verb: str | None = None,
    failed: Collection[str] = (),
    planned: Mapping[str, Release] = MappingProxyType({}),
) -> datetime | None:
    """Bring `feed/` and `preview/` up to date, or only the steps of one `verb` in them, through the gate. Returns when
    the next scheduled episode becomes public.

    `failed` are the folders of episodes that stopped half-way: their published pages and transcripts stay as they are,
    and new ones do not appear. So do those of an episode that another run is working on. Feed and index follow their
    current files. `planned` are releases, by folder, that are about to be written: the gate judges them as if they
    were, and reports nothing yet. Raises ReleaseError, and changes nothing, if a change would harm subscribers and
    `session.accept` does not allow it.
    """
    show = load_show(session.root)
    episodes = load_episodes(session.root, show)
    files = load_manifest(session.root, session.paths.work, full=session.full)
    gate = Gate(
        root=session.root,
        show=show,
        episodes=episodes,
        now=session.now,
        files=files,
        planned=planned,
        held=session.held,
    )
    gate.open(accept=session.accept, listen=no_listener if planned else session.listen)
    waits = _being_remade(session, [episode for episode in episodes if episode.folder not in failed])
    waits |= _rebuild(session, show, tuple(_offered(session, episodes, {*failed, *waits})))
    failed = {*failed, *waits}
    lock = Build((), root=session.root, work=session.paths.work, full=session.full, manifest=files)
    with lock.exclusive(what="Der Podcast", listen=session.listen, wait_s=_WAIT_FOR_SHOW_S):
        remove_left_over(_folders_of_people(session))
        # Another run may have withdrawn or released an episode while this one waited: what counts is read now.
        everything = finished.finished_episodes(session.root, episodes, held=session.held)
        entries = finished.without_new_failures(everything, session.now, failed, session.paths)
        _refuse_gaps(waits, everything, entries)
        due, later = finished.due_and_later(entries, session.now)
        steps = plan.show_steps(
            session.root,
            show,
            due=due,
            later=later,
            failed=failed,
            withdrawn=finished.withdrawn_since(entries, session.now),
            foreign_audio=foreign_audio(entries, lock.manifest),
        )
        build = Build(steps, root=session.root, work=session.paths.work, full=session.full, manifest=lock.manifest)
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
            try:
                run_steps(session, show, episode, verbs=_REBUILT_FROM_GIT, quiet=True)
            except BusyError:
                session.listen(Notice(text=_busy(folder)))
    update_site(session)


def checked_folders(session: Session) -> tuple[str, ...]:
    """The folders of all episodes. Raises ConfigError and ReleaseError for what would stop `update_site` later."""
    show = load_show(session.root)
    gate_of(session, show).open(accept=session.accept, listen=no_listener)
    return tuple(episode.folder for episode in load_episodes(session.root, show))


def record_published(session: Session, public: Sequence[FinishedEpisode] | None = None) -> None:
    """Record that `feed/` is uploaded with the `public` episodes (None: those that it lists now): the gate compares
    with it from now on. Raises ReleaseError."""
    gate = gate_of(session, load_show(session.root))
    gate.record(gate.public() if public is None else public)
    write_text(session.paths.uploaded_mark, f"{session.now.isoformat()}\n")


@contextmanager
def undisturbed(session: Session) -> Iterator[Manifest]:
    """Keep `feed/` as it is while the block looks at it; yields the hashes of its files."""
    lock = Build((), root=session.root, work=session.paths.work, full=session.full)
    with lock.exclusive(what="Der Podcast", listen=session.listen, wait_s=_WAIT_FOR_SHOW_S):
        remove_left_over(_folders_of_people(session))
        yield lock.manifest


def next_due(session: Session) -> datetime | None:
    """When the next scheduled episode becomes public."""
    show = load_show(session.root)
    return finished.next_due(load_episodes(session.root, show), session.now)


def gate_of(session: Session, show: Show) -> Gate:
    """The gate that the show has to pass now."""
    return Gate(
        root=session.root,
        show=show,
        episodes=load_episodes(session.root, show),
        now=session.now,
        files=load_manifest(session.root, session.paths.work, full=session.full),
        held=session.held,
    )


def _being_remade(session: Session, episodes: Sequence[Episode]) -> frozenset[str]:
    """The folders of released episodes that are getting a new recording, or were when the run was killed: their words
    and times are no longer those of the published recording. Reports them."""
    found = [episode.folder for episode in episodes if session.paths.episode(episode.folder).new_audio_mark.exists()]
    for folder in found:
        text = (
            f"{folder} bekommt gerade eine neue Aufnahme; bis dahin bleibt ihre Seite, wie sie ist. Läuft dort nichts "
            f"mehr: `make release EPISODE={folder} NEW_AUDIO=1` noch einmal aufrufen."
        )
        session.listen(Notice(text=text))
    return frozenset(found)


def _refuse_gaps(
    waits: Collection[str], everything: Sequence[FinishedEpisode], entries: Sequence[FinishedEpisode]
) -> None:
    """Raise BusyError if a released episode would leave the feed only because another run is working on it."""
    kept = {entry.episode.folder for entry in entries}
    for entry in everything:
        folder = entry.episode.folder
        if folder in waits and folder not in kept and entry.release is not None:
            raise BusyError(
                f"{folder} wird gerade von einem anderen Lauf bearbeitet, und in feed/ fehlt noch ihre Seite.",
                where=entry.paths.home,
                advice="Warten, bis der andere Lauf fertig ist, und den Befehl wiederholen. feed/ ist unverändert.",
            )


def _offered(session: Session, episodes: Sequence[Episode], failed: Collection[str]) -> Iterator[Episode]:
    """The released episodes, except withdrawn ones and those in `failed`."""
    for entry in finished.finished_episodes(session.root, episodes):
        if entry.release is not None and entry.withdrawn is None and entry.episode.folder not in failed:
            yield entry.episode


def _rebuild(session: Session, show: Show, episodes: Sequence[Episode]) -> frozenset[str]:
    """Rebuild what any clone can rebuild of released episodes, on all cores if it is a lot. Returns the folders of
    those that another run is working on."""
    busy: set[str] = set()
    work = [episode for episode in episodes if _has_rebuilding(session, show, episode)]
    with closing(in_order(_rebuild_one, (replace(session, listen=_reported_later), show), work)) as results:
        for episode, (said, error) in zip(work, results, strict=True):
            for event in said:
                session.listen(event)
            if isinstance(error, BusyError):
                busy.add(episode.folder)
                session.listen(Notice(text=_busy(episode.folder)))
            elif error is not None:
                raise error
    return frozenset(busy)


def _busy(folder: str) -> str:
    return (
        f"{folder} wird gerade von einem anderen Lauf bearbeitet; ihre Seite bleibt vorerst, wie sie ist. Ist er "
        "fertig, macht `make feed` den Rest."
    )


def _reported_later(_event: Event) -> None:
    """Replaces a listener that cannot be sent to another process."""


def _has_rebuilding(session: Session, show: Show, episode: Episode) -> bool:
    build = episode_build(session, show, episode)
    steps = build.needed([step for step in build.steps if step.verb in _rebuilt(session, episode)])
    return any(build.judge(step).runs for step in steps) or build.manifest.changed


def _rebuild_one(shared: tuple[Session, Show], episode: Episode) -> tuple[tuple[Event, ...], PipelineError | None]:
    """Rebuild one episode, in any process; returns the events and the error that stopped it, if any."""
    from pipeline.editor.frozen_audio import kept_by_the_audio  # imported late: it reads and compares texts

    session, show = shared
    said: list[Event] = []
    try:
        run_steps(
            replace(session, listen=said.append),
            show,
            episode,
            verbs=_rebuilt(session, episode),
            quiet=True,
            wait_s=_WAIT_FOR_EPISODE_S,
        )
        if (text := kept_by_the_audio(session.paths.episode(episode.folder), episode)) is not None:
            said.append(Notice(text=f"{episode.folder}: {text}"))
    except PipelineError as error:
        return tuple(said), error
    return tuple(said), None


def _rebuilt(session: Session, episode: Episode) -> tuple[str, ...]:
    """The verbs that any clone runs again for a released episode. An imported one without a transcript is not
    transcribed: nobody asked for hours of work here."""
    if finished.lacks_transcript(session.paths.episode(episode.folder), episode):
        return ("shownotes",)
    return _REBUILT_FROM_GIT
