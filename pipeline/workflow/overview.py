"""Where every episode stands, and the command that comes next. Reads files of this machine only and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.files import named_file
from pipeline.build.own_files import read_json
from pipeline.errors import ConfigError, PipelineError
from pipeline.show.folders import FOLDER, episode_folders
from pipeline.show.settings_cache import load_episode, load_episodes, load_show
from pipeline.values.published import Release

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pipeline.paths import EpisodePaths
    from pipeline.values.show import Episode, Show
    from pipeline.workflow.session import Session

_OF_THE_SOUND = frozenset({"assemble", "speakers", "normalise", "transcribe", "split", "encode"})
_UNMADE = "Änderungen noch nicht eingearbeitet"
NOW, SOON, LATER = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an episode stands. `states` are German phrases; `command` is what comes next, as it is typed with make, ""
    if nothing is to be done. `hint` says what people have to do themselves before it. A `finished` episode is with
    subscribers as it is here, or withdrawn."""

    folder: str
    title: str = ""
    published: datetime | None = None
    states: tuple[str, ...] = ()
    hint: str = ""
    command: str = ""
    urgency: int = SOON
    finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All episodes by folder. `problem` is what is wrong with the TOML files together, "" if nothing is."""

    episodes: tuple[Standing, ...]
    next_command: str
    problem: str = ""
    of: Standing | None = None  # the episode that `next_command` is about


def overview(session: Session) -> Overview:
    """Where every episode stands, and what to do next. An episode whose files cannot be read is one of them. Raises
    ConfigError if show.toml or speakers.toml cannot."""
    show = load_show(session.root)
    found: list[Standing] = []
    desk = _Desk(session, show)
    problem = ""
    try:
        episodes: Sequence[Episode | Standing] = load_episodes(session.root, show)
    except ConfigError as error:
        episodes = tuple(_loaded(session, show))
        if not any(isinstance(each, Standing) for each in episodes):  # two episodes with one guid
            problem = _first(error)
    for episode in episodes:
        found.append(episode if isinstance(episode, Standing) else desk.standing(episode))
    first = min((each for each in found if each.command), key=_order, default=None)
    if problem:
        return Overview(episodes=tuple(found), next_command="make check", problem=problem)
    if first is not None and first.urgency is not LATER:
        return Overview(episodes=tuple(found), next_command=first.command, of=first)
    return Overview(episodes=tuple(found), next_command=_new(session, found))


def standing(session: Session, folder: str) -> Standing:
    """Where one episode stands."""
    show = load_show(session.root)
    try:
        return _Desk(session, show).standing(load_episode(session.root, folder, show))
    except ConfigError as error:
        return _broken(folder, error)


def _loaded(session: Session, show: Show) -> Iterator[Episode | Standing]:
    for folder in episode_folders(session.root):
        try:
            yield load_episode(session.root, folder, show)
        except ConfigError as error:
            yield _broken(folder, error)


def _broken(folder: str, error: ConfigError) -> Standing:
    states, command = ("Fehler in den Einstellungen",), f"make check EPISODE={folder}"
    return Standing(folder=folder, states=states, hint=_first(error), command=command, urgency=NOW)


def _first(error: PipelineError) -> str:
    """The first mistake of an error that may list many, after its headline."""
    lines = error.problem.splitlines()
    return lines[min(1, len(lines) - 1)].strip()


def _order(entry: Standing) -> tuple[int, bool, float, str]:
    date = entry.published
    return (entry.urgency, date is None, date.timestamp() if date else 0.0, entry.folder)


def _new(session: Session, found: Sequence[Standing]) -> str:
    numbers = [
        int(match[1]) for folder in episode_folders(session.root) if (match := FOLDER.match(folder)) and match[1]
    ]
    return f'make new EPISODE={max(numbers, default=0) + 1} TITLE="…"'


class _Desk:
    """What the standings of all episodes need, read once."""

    def __init__(self, session: Session, show: Show) -> None:
        self.session = session
        self.show = show
        parts = [match for folder in episode_folders(session.root) if (match := FOLDER.match(folder))]
        numbers = [int(match[1]) for match in parts if match[1]]
        self._keys = {match[0]: match[1] for match in parts if match[1] and numbers.count(int(match[1])) == 1}
        self._uploaded: frozenset[str] | None = None
        try:
            self._uploaded_at = session.paths.uploaded_mark.stat().st_mtime_ns
        except OSError:
            self._uploaded_at = 0

    def key(self, folder: str) -> str:
        """How people name the episode: its number if no other has it."""
        return str(int(self._keys[folder])) if folder in self._keys else folder

    def standing(self, episode: Episode) -> Standing:
        paths = self.session.paths.episode(episode.folder)
        try:
            if paths.release.exists():
                return self._of_released(episode, paths, read_json(Release, paths.release))
            return self._of_unreleased(episode, paths)
        except PipelineError as error:
            command = f"make check EPISODE={self.key(episode.folder)}"
            return self._told(episode, ("nicht lesbar",), command, hint=_first(error), urgency=NOW)

    def _told(
        self, episode: Episode, states: Sequence[str], command: str, *, hint: str = "", urgency: int = SOON
    ) -> Standing:
        return Standing(
            folder=episode.folder,
            title=episode.title,
            published=episode.published,
            states=tuple(states),
            hint=hint,
            command=command,
            urgency=urgency,
        )

    def _of_released(self, episode: Episode, paths: EpisodePaths, release: Release) -> Standing:
        state = "übernommen" if episode.imported else "veröffentlicht"
        if release.withdrawn is not None:
            state = "zurückgezogen"
        elif release.published > self.session.now:
            command = "make publish" if self.show.publish else "make feed pages search"
            return self._told(episode, ("freigegeben, wartet auf ihren Termin",), command, urgency=LATER)
        if paths.new_audio_mark.exists():
            command = f"make release EPISODE={self.key(episode.folder)} NEW_AUDIO=1"
            return self._told(episode, (state, "neue Aufnahme angefangen"), command, urgency=NOW)
        known = episode.folder in self.uploaded
        if known == (release.withdrawn is not None):
            return self._to_upload(episode, (state, "noch nicht hochgeladen"))
        if self._changed_since_upload(paths):
            return self._to_upload(episode, (state, "seit dem Hochladen geändert"))
        states = (state, "hochgeladen") if known else (state,)
        date = release.published
        return Standing(folder=episode.folder, title=episode.title, published=date, states=states, finished=True)

    def _to_upload(self, episode: Episode, states: Sequence[str]) -> Standing:
        if self.show.publish is not None:
            return self._told(episode, states, "make publish", urgency=NOW)
        return self._told(episode, states, "make feed UPLOADED=1", hint="Den Ordner feed/ hochladen, dann", urgency=NOW)

    @property
    def uploaded(self) -> frozenset[str]:
        """The folders of the episodes that subscribers got with the last upload."""
        if self._uploaded is None:
            from pipeline.promises.gate import published_state

            self._uploaded = frozenset(entry.folder for entry in published_state(self.session.root).episodes)
        return self._uploaded

    def _changed_since_upload(self, paths: EpisodePaths) -> bool:
        """Whether a file that pages or feed are made of is newer than the last upload from this machine."""
        if not self._uploaded_at:
            return False
        page = self.session.paths.feed.episode(paths.folder) / "index.html"
        for path in (paths.episode_toml, paths.shownotes_md, paths.transcript, paths.release, page):
            try:
                if path.stat().st_mtime_ns > self._uploaded_at:
                    return True
            except OSError:
                continue
        return False

    def _of_unreleased(self, episode: Episode, paths: EpisodePaths) -> Standing:
        make = f"make episode EPISODE={self.key(episode.folder)}"
        states = [self._date(episode)]
        made = paths.candidate.exists()
        if not made and (text := self._template(episode, paths)):
            fill_in = f"make set EPISODE={self.key(episode.folder)}"
            return self._told(episode, (*states, "Vorlage noch nicht ausgefüllt"), fill_in, hint=f"Ausfüllen: {text}")
        if (lost := self._lost(episode, paths)) is not None:
            return self._told(episode, (*states, "Aufnahme fehlt"), lost[1] or make, hint=lost[0])
        runs = self._running(episode)
        if not made or runs & _OF_THE_SOUND:
            return self._told(episode, (*states, _UNMADE if made else "noch nicht produziert"), make)
        return self._of_produced(episode, paths, [*states, "produziert"], make if runs else "")

    def _of_produced(self, episode: Episode, paths: EpisodePaths, states: list[str], make: str) -> Standing:
        """The standing of an episode whose sound is up to date; `make` is the command if its texts are not."""
        key = self.key(episode.folder)
        if self._is_draft(paths):
            return self._told(episode, (*states, "Transkript: Entwurf"), f"make review EPISODE={key}")
        if paths.transcript.exists():
            states.append(f"Transkript: {self._transcript(episode, paths)}")
        if episode.example:
            return Standing(folder=episode.folder, title=episode.title, states=tuple(states), finished=True)
        if reasons := self._refusals(episode):
            states.append(f"Prüfung: {'1 Punkt' if len(reasons) == 1 else f'{len(reasons)} Punkte'} offen")
            return self._told(episode, states, f"make check EPISODE={key}", hint=reasons[0])
        states.append("Prüfung: nichts offen")
        if make:
            return self._told(episode, (*states, _UNMADE), make)
        is_due = episode.published is not None and episode.published <= self.session.now
        command = "make publish" if self.show.publish is not None else f"make release EPISODE={key}"
        return self._told(episode, states, command, urgency=NOW if is_due else LATER)

    def _date(self, episode: Episode) -> str:
        if episode.example:
            return "Beispiel"
        if episode.draft:
            return "Entwurf"
        return "fällig" if episode.published is not None and episode.published <= self.session.now else "geplant"

    def _template(self, episode: Episode, paths: EpisodePaths) -> str:
        """What of the template is not filled in, with its place; "" if nothing."""
        from pipeline.editor.template import refuse_template

        try:
            refuse_template(self.session.root, paths.episode_toml, episode)
        except ConfigError as error:
            return _first(error)
        return ""

    def _lost(self, episode: Episode, paths: EpisodePaths) -> tuple[str, str] | None:
        """What to say about the first recording that is not there, and the command that mends it, or says more."""
        from pipeline.audio.recordings import command_that_takes, missing_recording, only_other

        files = [episode.recording] if episode.recording else [track.file for track in episode.tracks]
        lost = [file for file in files if not named_file(paths.home, file).is_file()]
        if not lost:
            return None
        if (other := missing_recording(paths.home, files)) is not None:
            key = self.key(episode.folder)
            found = only_other(paths.home, episode.recording) if episode.recording else None
            return other.problem, command_that_takes(key, found) if found else f"make status EPISODE={key}"
        return f"{lost[0]} nach episodes/{episode.folder}/ legen, dann", ""

    def _running(self, episode: Episode) -> frozenset[str]:
        """The verbs of the steps that would run now."""
        from pipeline.workflow.episode_steps import episode_build

        verdicts = episode_build(self.session, self.show, episode).verdicts()
        return frozenset(step.verb for step, verdict in verdicts if verdict.runs)

    def _is_draft(self, paths: EpisodePaths) -> bool:
        from pipeline.editor.conflict import is_unchanged_draft

        return is_unchanged_draft(paths)

    def _transcript(self, episode: Episode, paths: EpisodePaths) -> str:
        from pipeline.editor.review_file import read_review
        from pipeline.steps.text import manuscript_of
        from pipeline.transcript.said import said_in_manuscript
        from pipeline.workflow.episode_steps import episode_context

        proofread = read_review(paths).proofread
        if proofread is None:
            return "korrigiert"
        said = said_in_manuscript(manuscript_of(episode_context(self.session, self.show, episode)))
        return "gegengelesen" if said == proofread.said_sha256 else "seit dem Gegenlesen geändert"

    def _refusals(self, episode: Episode) -> tuple[str, ...]:
        from pipeline.promises.release import refusals
        from pipeline.workflow.release import transcript_refusals

        return (*refusals(self.show, episode), *transcript_refusals(self.session, self.show, episode))
