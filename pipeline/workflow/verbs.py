"""The verbs as functions: produce an episode, publish the show's files, tell the state, release."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.engine import Build, Event, Step, Verdict, load_manifest
from pipeline.build.files import read_text, write_text
from pipeline.build.processes import in_order
from pipeline.errors import MissingFileError, PipelineError, ReleaseError, UsageError
from pipeline.paths import ShowPaths
from pipeline.promises import finished
from pipeline.promises.gate import Gate, foreign_audio, note_imported
from pipeline.show import settings_cache
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_episodes, load_show
from pipeline.steps import episode_run, plan
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import Notice, nobody_listens
from pipeline.values.published import Enclosure, Release
from pipeline.workflow import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.editor.import_feed import Imported, Wishes
    from pipeline.promises.changes import Change
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.transcript.compare import Comparison
    from pipeline.values.show import Episode, Show
    from pipeline.values.speech import VoiceProfile

_WAIT_FOR_SHOW_S = 60.0
_WAIT_FOR_EPISODE_S = 60.0  # a machine that was lost keeps its locks on a shared folder for a while
_REBUILT_FROM_GIT = ("retime", "shownotes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Where and when a command works, and who hears of it. `now` is aware; it decides which episodes are due."""

    root: Path
    now: datetime
    listen: Callable[[Event], None]
    full: bool = False
    take_draft: bool = False  # people want the draft in the place of their transcript, which is then kept aside
    new_audio: bool = False  # a released episode gets a new recording, under a new name
    again: str = ""  # the step that people want to run anew, though it is fresh: `transcribe` or `speakers`
    accept: frozenset[str] = frozenset()  # kinds of changes to what is published that a person wants (publish/gate.py)

    @property
    def paths(self) -> ShowPaths:
        return ShowPaths(self.root)


def produce(session: Session, key: str, *, verb: str | None = None) -> Episode:
    """Bring an episode up to date: all of it and then the show, or one step (`verb`) with all that it needs. A step
    that runs again brings a new draft along."""
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    if session.take_draft:
        _refuse_draft_of_released(session, episode)
    if session.again:
        _refuse_again_of_released(session, episode)
    if episode.speech.model == episode_run.NO_MODEL and (session.take_draft or verb == "split"):
        raise _no_draft(session, episode)
    _tell_frozen_formats(session, episode)
    if verb is not None and session.again:
        _run_again(session, show, episode, verb)
        return episode
    _run_episode(session, show, episode, verbs=None if verb is None else (verb,))
    if verb is None:
        publish(session)
    return episode


def _run_again(session: Session, show: Show, episode: Episode, verb: str) -> None:
    """Run a step anew, and tell where the draft lies that comes of it: a corrected transcript stays as it is."""
    draft = session.paths.episode(episode.folder).draft
    before = read_text(draft) if draft.exists() else None
    _run_episode(session, show, episode, verbs=(verb, "split"))
    if episode.speech.model == episode_run.NO_MODEL:
        return
    where = draft.relative_to(session.root)
    same = read_text(draft) == before
    text = f"Der Entwurf sagt dasselbe wie vorher: {where}" if same else f"Der neue Entwurf liegt in {where}."
    session.listen(Notice(text=text))


def make(session: Session, folder: str) -> None:
    """Bring the steps of one episode up to date, and leave those of the show alone: one of many at the same time."""
    show = load_show(session.root)
    episode = load_episode(session.root, folder, show)
    _tell_frozen_formats(session, episode)
    _run_episode(session, show, episode, verbs=None, wait_s=_WAIT_FOR_EPISODE_S)


def publishable(session: Session) -> tuple[str, ...]:
    """The folders of all episodes. Raises ConfigError and ReleaseError for whatever would stop `publish` later."""
    show = load_show(session.root)
    _gate(session, show).open(accept=session.accept, listen=nobody_listens)
    return tuple(episode.folder for episode in load_episodes(session.root, show))


def publish(session: Session, *, verb: str | None = None, held: Collection[str] = ()) -> datetime | None:
    """Bring `feed/` and `preview/` up to date, or only their feeds or pages (`verb`), through the gate; gives when the
    next scheduled episode becomes public.

    `held` are the folders of episodes that stopped half-way: their pages and transcripts stay as they were published,
    and what was not there yet does not come. Feed and index name them as their files now say. Raises ReleaseError,
    having changed nothing, when subscribers would be harmed and `session.accept` does not allow it.
    """
    show = load_show(session.root)
    episodes = load_episodes(session.root, show)
    files = load_manifest(session.root, session.paths.work, full=session.full)
    gate = Gate(root=session.root, show=show, episodes=episodes, now=session.now, files=files)
    gate.open(accept=session.accept, listen=session.listen)
    entries = finished.without_newcomers(
        finished.finished_episodes(session.root, episodes), session.now, held, session.paths
    )
    released = [entry.episode for entry in entries if entry.release is not None and entry.withdrawn is None]
    _rebuild(session, show, [episode for episode in released if episode.folder not in held])
    due, later = finished.due_and_later(entries, session.now)
    steps = plan.show_steps(
        session.root,
        show,
        due=due,
        later=later,
        held=held,
        withdrawn=finished.withdrawn_since(entries, session.now),
        foreign_audio=foreign_audio(session.root, entries, files),
    )
    build = Build(steps, root=session.root, work=session.paths.work, full=session.full, manifest=files)
    with build.exclusive(what="Der Podcast", listen=session.listen, wait_s=_WAIT_FOR_SHOW_S):
        for entry in entries:
            finished.settle_audio(entry, session.paths.feed)
        build.run(session.listen, only=None if verb is None else [step for step in steps if step.verb == verb])
        settings_cache.keep(session.root)
    return finished.next_due(episodes, session.now)


def record_published(session: Session) -> None:
    """Write down that `feed/` is uploaded as it stands: the gate compares with it from now on. Raises ReleaseError."""
    _gate(session, load_show(session.root)).record()


def import_feed(session: Session, source: str, wishes: Wishes) -> Imported:
    """Bring a show along from its feed, and note that its subscribers have these episodes. Raises FeedError."""
    from pipeline.editor.import_feed import import_feed as take

    note = partial(note_imported, session.root, session.now)
    return take(session.root, source, wishes, listen=session.listen, taken=note)


def changes(session: Session) -> tuple[Change, ...]:
    """What subscribers will see when `feed/` is uploaded, compared with what they have; nothing is changed."""
    return _gate(session, load_show(session.root)).changes()


def _gate(session: Session, show: Show) -> Gate:
    files = load_manifest(session.root, session.paths.work, full=session.full)
    return Gate(root=session.root, show=show, episodes=load_episodes(session.root, show), now=session.now, files=files)


def refresh(session: Session, folders: Collection[str]) -> None:
    """Bring the site up to date with what people wrote about these episodes, and with the show as a whole.

    No recording is worked on and nothing is transcribed: what has to wait for that is told.
    """
    show = load_show(session.root)
    for folder in folders:
        if session.paths.episode(folder).release.exists():
            continue  # `publish` looks after it
        episode = load_episode(session.root, folder, show)
        build = _build(session, show, episode)
        steps = [step for step in build.steps if step.verb in _REBUILT_FROM_GIT]
        before = {step.name for step in build.needed(steps)} - {step.name for step in steps}
        if any(verdict.runs for step, verdict in build.verdicts() if step.name in before):
            text = f"{folder}: Ton oder Text sind noch nicht auf dem Stand; das macht `make episode EPISODE={folder}`."
            session.listen(Notice(text=text))
        else:
            _run_episode(session, show, episode, verbs=_REBUILT_FROM_GIT, quiet=True)
    publish(session)


def next_due(session: Session) -> datetime | None:
    """When the next scheduled episode becomes public."""
    show = load_show(session.root)
    return finished.next_due(load_episodes(session.root, show), session.now)


def status(session: Session, key: str) -> tuple[Episode, tuple[tuple[Step, Verdict], ...]]:
    """What would run for an episode, and why; nothing is changed."""
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    return episode, _build(session, show, episode).verdicts()


def differences(session: Session, key: str) -> tuple[Episode, Comparison]:
    """How the draft of an episode differs from its edited transcript; nothing is changed."""
    from pipeline.editor.conflict import compare_with_draft

    episode = load_episode(session.root, find_episode(session.root, key), load_show(session.root))
    return episode, compare_with_draft(session.paths.episode(episode.folder), episode)


def proposed_chapters(session: Session, key: str) -> str:
    """Chapters to consider for an episode, as TOML; made from its transcript as it now stands, nothing is changed."""
    from pipeline.editor.chapter_proposals import as_toml, propose_chapters

    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    transcript, duration_s = episode_run.timed_transcript(_work(session, show, episode))
    proposals = propose_chapters(transcript, episode.speakers, duration_s=duration_s)
    return as_toml(proposals, folder=episode.folder, existing=len(episode.chapters))


def remember_voice(
    session: Session, name: str, key: str, *, consent: str
) -> tuple[VoiceProfile, Path, tuple[str, ...]]:
    """Learn the voice of a speaker from an episode whose transcript people have corrected. Gives the profile, its file,
    and who else in the episode sounds nearly the same."""
    from pipeline.editor import voices

    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    speaker = voices.check_request(name, consent, episode)
    work = _work(session, show, episode)
    if episode.recording and len(episode.speakers) > 1:
        voices.check_corrected(work.paths, imported=episode.imported)
    _check_heard(session, show, episode)
    timeline = episode_run.timeline(work)
    voices.check_recordings(timeline, work.paths.home)
    transcript, _ = episode_run.timed_transcript(work)
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
    """Raises MissingFileError unless the times of the words are those of the timeline: at other times somebody else
    speaks."""
    for step, verdict in _build(session, show, episode).verdicts():
        if step.name in {"assemble", "transcribe"} and verdict.runs:
            raise MissingFileError(
                f"Aufnahme und Zeiten dieser Folge sind nicht auf dem Stand ({verdict.reason}); gelernt würde "
                "womöglich eine fremde Stimme.",
                where=session.paths.episode(episode.folder).home,
                advice=f"Erst `make episode EPISODE={episode.folder}` aufrufen und die Sprecherzeilen prüfen. Es wurde "
                "nichts gespeichert.",
            )


def overview(session: Session) -> tuple[tuple[Episode, str], ...]:
    """Every episode with one German phrase on where it stands."""
    show = load_show(session.root)
    episodes = load_episodes(session.root, show)
    made = {entry.episode.folder: entry for entry in finished.finished_episodes(session.root, episodes)}
    return tuple((episode, _standing(made.get(episode.folder), session.now)) for episode in episodes)


def release(session: Session, key: str) -> Episode:
    """Release an episode for good: freeze its audio and what subscribers will see of it. Raises ReleaseError."""
    from pipeline.promises.release import make_release, refusals

    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    paths = session.paths.episode(episode.folder)
    if paths.release.exists():
        _check_frozen(session, episode)
        session.listen(Notice(text=f"{episode.folder} ist schon veröffentlicht; release.json bleibt, wie es ist."))
        return episode
    enclosure = finished_audio(replace(session, full=True), show, episode, refusals(show, episode))
    write_text(paths.release, to_json(make_release(episode, enclosure)))
    publish(replace(session, full=True))
    return episode


def finished_audio(session: Session, show: Show, episode: Episode, reasons: tuple[str, ...]) -> Enclosure:
    """The audio of an episode that may be released, brought up to date before. Raises ReleaseError with `reasons`, or
    with what the transcript or the gate has against it."""
    paths = session.paths.episode(episode.folder)
    if not reasons:
        _run_episode(session, show, episode, verbs=None)
        reasons = transcript_refusals(session, show, episode)
    if reasons:
        raise ReleaseError(
            "\n".join([f"{episode.folder} lässt sich noch nicht veröffentlichen:", *(f"  {text}" for text in reasons)]),
            where=paths.home,
            advice="Die genannten Punkte klären und `make release` wiederholen. Veröffentlicht wurde nichts.",
        )
    if not paths.release.exists():
        _gate(session, show).open(accept=session.accept, listen=nobody_listens)
    return from_json(Enclosure, read_text(paths.candidate))


def transcript_refusals(session: Session, show: Show, episode: Episode) -> tuple[str, ...]:
    """Why the transcript that is there stops a release."""
    return _transcript_refusals(_work(session, show, episode))


def _transcript_refusals(work: episode_run.Work) -> tuple[str, ...]:
    """Why the transcript stops a release; the show notes' template counts as unwritten, too."""
    manuscript = episode_run.read_manuscript(work)
    reasons = [f"Transkript, Zeile {finding.line}: {finding.text}" for finding in manuscript.blocking]
    if not manuscript.turns:
        reasons.append("Das Transkript ist leer.")
    notes = work.paths.shownotes_md
    if notes.exists() and ".invalid" in read_text(notes):
        reasons.append("In shownotes.md steht noch eine Platzhalter-Adresse (.invalid).")
    return tuple(reasons)


def _run_episode(
    session: Session,
    show: Show,
    episode: Episode,
    *,
    verbs: tuple[str, ...] | None,
    quiet: bool = False,
    wait_s: float = 0.0,
) -> None:
    if not quiet:
        build_of = partial(_planned, session, show)
        episode = stand_in.with_weights(episode, build_of, session.root, verbs=verbs, listener=session.listen)
    build = _build(session, show, episode)
    only = None if verbs is None else [step for step in build.steps if step.verb in verbs]
    if quiet and only is not None and build.rests(only):
        return
    with build.exclusive(what=f"Die Folge {episode.folder}", listen=session.listen, wait_s=wait_s):
        build.run(_without_skips(session.listen) if quiet else session.listen, only=only)


def _build(session: Session, show: Show, episode: Episode) -> Build:
    """The steps of an episode as they stand on this machine."""
    build_of = partial(_planned, session, show)
    return build_of(stand_in.as_heard(episode, build_of, session.root))


def _planned(session: Session, show: Show, episode: Episode) -> Build:
    from pipeline.speech import models

    paths = session.paths.episode(episode.folder)
    identity, file = "", None
    if episode.speech.model == episode_run.NO_MODEL:
        identity = episode_run.NO_MODEL
    elif session.new_audio or not paths.release.exists() or episode_run.hears_imported(paths, episode):
        # Else nothing is transcribed: its model need not be there.
        identity = models.model_identity(episode.speech.model, session.root)
        file = models.model_file(episode.speech.model, session.root)
    day = session.now.date()
    steps = plan.episode_steps(
        session.root,
        show,
        episode,
        today=day,
        model_identity=identity,
        model_file=file,
        take_draft=session.now if session.take_draft else None,
        new_audio=session.new_audio,
        again=session.again,
    )
    return Build(steps, root=session.root, work=paths.work, full=session.full)


def _rebuild(session: Session, show: Show, episodes: Sequence[Episode]) -> None:
    """Make what any clone makes anew of released episodes, on all cores where it is a lot."""
    work = [episode for episode in episodes if _has_rebuilding(session, show, episode)]
    with closing(in_order(_rebuild_one, (replace(session, listen=_told_later), show), work)) as results:
        for said, error in results:
            for event in said:
                session.listen(event)
            if error is not None:
                raise error


def _told_later(_event: Event) -> None:
    """Stands where a listener is that cannot go to another process."""


def _has_rebuilding(session: Session, show: Show, episode: Episode) -> bool:
    build = _build(session, show, episode)
    steps = build.needed([step for step in build.steps if step.verb in _rebuilt(session, episode)])
    return any(build.judge(step).runs for step in steps) or build.manifest.changed


def _rebuild_one(shared: tuple[Session, Show], episode: Episode) -> tuple[tuple[Event, ...], PipelineError | None]:
    """What happened, in whichever process, and what people have to mend."""
    session, show = shared
    said: list[Event] = []
    try:
        _run_episode(replace(session, listen=said.append), show, episode, verbs=_rebuilt(session, episode), quiet=True)
    except PipelineError as error:
        return tuple(said), error
    return tuple(said), None


def _rebuilt(session: Session, episode: Episode) -> tuple[str, ...]:
    """What any clone makes anew of a released episode. One that was imported and waits to be heard goes on waiting:
    nobody asked for hours of transcription here."""
    if episode_run.lacks_transcript(session.paths.episode(episode.folder), episode):
        return ("shownotes",)
    return _REBUILT_FROM_GIT


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
    if paths.release.exists() and not episode_run.hears_imported(paths, episode):
        raise ReleaseError(
            f"{episode.folder} ist veröffentlicht, eingefroren: sie wird nicht noch einmal gehört.",
            where=paths.words,
            advice="Das Transkript von Hand verbessern; Seite und Untertitel folgen ihm. Es wurde nichts verändert.",
        )


def _tell_frozen_formats(session: Session, episode: Episode) -> None:
    """A format that the settings name later never comes to a released episode by itself."""
    from pipeline.promises.release import frozen_formats

    path = session.paths.episode(episode.folder).release
    if path.exists() and (text := frozen_formats(from_json(Release, read_text(path)), episode)):
        session.listen(Notice(text=text))


def _no_draft(session: Session, episode: Episode) -> UsageError:
    return UsageError(
        f'{episode.folder} entsteht ohne Whisper (model = "none"): einen neuen Entwurf gibt es nicht.',
        where=session.paths.episode(episode.folder).episode_toml,
        advice="Ein fertiges Transkript liest `make transcript-import` ein. Für einen Entwurf in episode.toml unter "
        "[speech] ein Modell einstellen. Es wurde nichts verändert.",
    )


def _work(session: Session, show: Show, episode: Episode) -> episode_run.Work:
    paths = session.paths.episode(episode.folder)
    return episode_run.Work(
        root=session.root,
        paths=paths,
        show=show,
        episode=episode,
        today=session.now.date(),
        new_audio=session.new_audio,
    )


def _check_frozen(session: Session, episode: Episode) -> None:
    from pipeline.promises.release import check_unchanged

    paths = session.paths.episode(episode.folder)
    changes = check_unchanged(from_json(Release, read_text(paths.release)), episode)
    if changes:
        raise ReleaseError(
            "\n".join([f"{episode.folder} ist veröffentlicht, aber geändert:", *(f"  {text}" for text in changes)]),
            where=paths.episode_toml,
            advice="Diese Angaben in episode.toml auf den veröffentlichten Stand (release.json) zurücksetzen.",
        )


def _without_skips(listen: Callable[[Event], None]) -> Callable[[Event], None]:
    from pipeline.build.engine import StepSkipped

    return lambda event: None if isinstance(event, StepSkipped) else listen(event)


def _standing(entry: FinishedEpisode | None, now: datetime) -> str:
    if entry is None:
        return "noch nicht produziert"
    if entry.withdrawn is not None:
        return "zurückgezogen"
    if entry.release is not None:
        return "veröffentlicht" if entry.is_due(now) else "freigegeben, wartet auf ihren Termin"
    if entry.episode.draft:
        return "Entwurf"
    return "fällig" if entry.is_due(now) else "geplant"
