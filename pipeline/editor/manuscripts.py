"""Checks a transcript, rewrites it in the house format, or imports one from elsewhere, without losing any words."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.build.files import dated_copy, encoded, read_text
from pipeline.build.locks import locked
from pipeline.build.own_files import read_own_text
from pipeline.build.swap import content_of, short_lock
from pipeline.editor.imported import is_untouched, remember, take_back
from pipeline.editor.review_file import judged
from pipeline.errors import MissingFileError, TranscriptError
from pipeline.paths import ShowPaths
from pipeline.show.config import load_episode, load_episodes, load_show
from pipeline.show.folders import find_episode
from pipeline.transcript.editorial import decode, parse, render, without_invisible
from pipeline.transcript.labels import LabelFinding
from pipeline.transcript.ownership import Decision, adopt
from pipeline.transcript.proofread import proofread
from pipeline.transcript.retime import retime
from pipeline.transcript.spellings import house_spellings, misspellings
from pipeline.values.json_files import recognition_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.swap import Swap
    from pipeline.editor.imported import TakenBack
    from pipeline.paths import EpisodePaths
    from pipeline.transcript.editorial import Manuscript
    from pipeline.transcript.retime import Retimed
    from pipeline.values.show import Episode

_LISTED_FINDINGS = 5
_NOTHING_SETTLED: Mapping[str, str] = MappingProxyType({})
_HOW_TO_FIX = "Die genannten Zeilen ändern und `make transcript-check EPISODE={folder}` aufrufen, bis keine mehr kommt."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The result of checking one file. `findings` are in the order of the lines; line 0 is the file as a whole.
    `manuscript` is what was parsed, None if the file is no text; `timed` is it with the times of what was heard, None
    if nothing was heard."""

    path: Path
    turns: int
    people: int
    words: int
    findings: tuple[LabelFinding, ...]
    manuscript: Manuscript | None = None
    timed: Retimed | None = None

    @property
    def blocking(self) -> tuple[LabelFinding, ...]:
        return tuple(finding for finding in self.findings if finding.blocking)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """The result of rewriting a transcript. `copy` is the copy of the old file; `removed` is the number of invisible
    characters removed."""

    path: Path
    changed: bool
    copy: Path | None = None
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """The result of importing a transcript; `notices` are German."""

    rewritten: Rewritten
    notices: tuple[str, ...]
    checked: Checked


def check_transcripts(root: Path, key: str | None) -> tuple[Checked, ...]:
    """Check the transcript of one episode, or of all (`key` None) that have one. Changes nothing.

    A file that cannot be read is a blocking finding among the others. Raises MissingFileError if the one episode has no
    transcript.
    """
    if key is not None:
        episode = _episode(root, key)
        _existing(root, episode)
        return (check_transcript(ShowPaths(root).episode(episode.folder), episode, load_show(root).glossary.names),)
    show = load_show(root)
    episodes = load_episodes(root, show)
    places = [(ShowPaths(root).episode(episode.folder), episode) for episode in episodes]
    strays = sorted(set(ShowPaths(root).transcripts.glob("*.txt")) - {paths.transcript for paths, _ in places})
    checked = [
        check_transcript(paths, episode, show.glossary.names) for paths, episode in places if paths.transcript.exists()
    ]
    return (*checked, *map(_stray, strays))


def format_transcript(root: Path, key: str, *, moment: datetime) -> Rewritten:
    """Rewrite the transcript in the house format, word for word; the old file is kept as a dated copy.

    Raises TranscriptError, and changes nothing, if it has lines that belong to no speaker.
    """
    episode = _episode(root, key)
    paths = ShowPaths(root).episode(episode.folder)
    with _alone(paths), short_lock(root) as swap:
        path = _existing(root, episode)
        raw = path.read_bytes()
        with _naming(path):
            text = decode(raw)
        manuscript = _parse(text, episode)
        if manuscript.blocking:
            raise _unplaced(path, episode, manuscript.blocking)
        canonical = render(manuscript.plain())
        _assert_same_words(manuscript, _parse(canonical, episode), path)
        if canonical.encode() == raw:
            return Rewritten(path=path, changed=False)
        copy = dated_copy(path, paths.kept_aside, moment=moment)
        swap.write(path, encoded(canonical), before=raw)
    return Rewritten(path=path, changed=True, copy=copy, removed=len(text) - len(without_invisible(text)))


def import_transcript(
    root: Path, key: str, file: Path, *, replace: bool, moment: datetime, settled: Mapping[str, str] = _NOTHING_SETTLED
) -> TakenOver:
    """Make `file` the transcript of the episode, in the house format.

    `settled` maps names of the file to names of the episode, or to "" if they are part of the text. A transcript that
    people have edited stays, and the call raises TranscriptError, unless `replace` is true; then it is kept as a dated
    copy. Names that the episode does not know are findings of the result.
    """
    from pipeline.transcript.imports.door import read_foreign  # imported late: only this verb needs it

    episode = _episode(root, key)
    paths = ShowPaths(root).episode(episode.folder)
    with _naming(file):
        imported = read_foreign(
            _foreign(file), file.suffix, speakers=episode.speakers, not_labels=episode.not_labels, settled=settled
        )
    if not imported.text.split():
        raise TranscriptError(
            "Die Datei enthält keinen Text.", where=file, advice="Prüfen, ob es die richtige Datei ist."
        )
    with _alone(paths), short_lock(root) as swap:
        rewritten = _put(swap, paths, imported.text, replace=replace, moment=moment)
    checked = check_transcript(paths, episode, load_show(root).glossary.names)
    return TakenOver(rewritten=rewritten, notices=imported.notices, checked=checked)


def undo_import(root: Path, key: str, *, moment: datetime) -> TakenBack:
    """Take the last import into the episode back. Raises TranscriptError if there was none."""
    episode = _episode(root, key)
    paths = ShowPaths(root).episode(episode.folder)
    with _alone(paths), short_lock(root) as swap:
        return take_back(swap, paths, moment=moment)


def _put(swap: Swap, paths: EpisodePaths, text: str, *, replace: bool, moment: datetime) -> Rewritten:
    """Write `text` if the ownership rule allows it or `replace` asks for it. Raises TranscriptError otherwise."""
    there = paths.transcript
    existing = content_of(there)
    draft = read_own_text(paths.draft) if paths.draft.exists() else None
    decision = Decision.KEEP
    with suppress(TranscriptError):  # an unreadable file is not our draft
        decision = adopt(None if existing is None else decode(existing), draft, text)
    if decision is Decision.UNCHANGED:
        return Rewritten(path=there, changed=False)
    copy = None
    if decision is Decision.KEEP and not is_untouched(paths):
        if not replace:
            raise TranscriptError(
                "Es gibt schon ein bearbeitetes Transkript; es wurde nichts verändert.",
                where=there,
                advice="Soll der eingelesene Text an seine Stelle, den Befehl mit REPLACE=1 wiederholen; "
                "der jetzige Text bleibt dann als datierte Kopie in work/gesichert/ erhalten.",
            )
        copy = dated_copy(there, paths.kept_aside, moment=moment)
    remember(paths, text)
    swap.write(there, encoded(text), before=existing)
    return Rewritten(path=there, changed=True, copy=copy)


def check_transcript(paths: EpisodePaths, episode: Episode, glossary: tuple[str, ...]) -> Checked:
    """Check the transcript of one episode; `glossary` has the show's names. Changes nothing."""
    path = paths.transcript
    raw = path.read_bytes()
    try:
        manuscript = _parse(decode(raw), episode)
    except TranscriptError as error:
        return _unreadable(path, f"{error.problem} {error.advice}")
    names = {turn.speaker for turn in manuscript.turns if turn.speaker}
    aliases = {alias: speaker.name for speaker in episode.speakers for alias in speaker.aliases}
    spellings = misspellings(manuscript, house_spellings(episode.speakers, glossary))
    timed = _timed(manuscript, paths)
    uncertain = () if timed is None else timed.findings  # places where times are guesses
    findings = (*proofread(manuscript, raw, episode.speakers), *spellings, *uncertain)
    return Checked(
        path=path,
        turns=sum(1 for turn in manuscript.turns if turn.speaker),
        people=len({aliases.get(name, name) for name in names}),
        words=len(_words(manuscript)),
        findings=tuple(sorted(findings, key=lambda finding: finding.line)),
        manuscript=manuscript,
        timed=timed,
    )


def _timed(manuscript: Manuscript, paths: EpisodePaths) -> Retimed | None:
    try:
        recognition = recognition_from_json(read_text(paths.words))
    except (FileNotFoundError, ValueError):  # nothing recognised yet, or a damaged file, which `transcribe` replaces
        return None
    ends = [segment.end_s for segment in recognition.segments]
    not_spoken_s = judged(paths, recognition).not_spoken_s
    return retime(manuscript, recognition, duration_s=max(ends, default=0.0), not_spoken_s=not_spoken_s)


def _stray(path: Path) -> Checked:
    return _unreadable(
        path,
        "Zu dieser Datei gibt es keine Folge. Sie muss heißen wie der Ordner der Folge, mit .txt am Ende; "
        "zum Einlesen dient `make transcript-import`.",
        blocking=False,
    )


def _unreadable(path: Path, text: str, *, blocking: bool = True) -> Checked:
    return Checked(
        path=path, turns=0, people=0, words=0, findings=(LabelFinding(line=0, text=text, blocking=blocking),)
    )


def _parse(text: str, episode: Episode) -> Manuscript:
    return parse(text, speakers=episode.speakers, not_labels=episode.not_labels)


def _words(manuscript: Manuscript) -> list[str]:
    return [token.text for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]


def _assert_same_words(before: Manuscript, after: Manuscript, path: Path) -> None:
    """Raise TranscriptError if the parser would read the rewritten text differently, whatever the reason."""
    if before.plain() == after.plain() and not after.blocking:
        return
    turn = next((old for old, new in zip(before.turns, after.turns, strict=False) if old != new), before.turns[-1])
    raise TranscriptError(
        "Umgeschrieben würde dieser Text anders gelesen; es wurde nichts verändert.",
        where=f"{path}, ab Zeile {turn.line}",
        advice="Dort die Sprecherzeilen ansehen: jede allein in ihrer Zeile, mit Doppelpunkt, davor eine Leerzeile.",
    )


def _unplaced(path: Path, episode: Episode, findings: tuple[LabelFinding, ...]) -> TranscriptError:
    lines = [f"  Zeile {finding.line}: {finding.text}" for finding in findings[:_LISTED_FINDINGS]]
    if len(findings) > _LISTED_FINDINGS:
        lines.append(f"  und {len(findings) - _LISTED_FINDINGS} weitere")
    return TranscriptError(
        "\n".join([f"{path.name} wurde nicht umgeschrieben; erst sind diese Zeilen zu klären:", *lines]),
        where=path,
        advice=_HOW_TO_FIX.format(folder=episode.folder),
    )


def _existing(root: Path, episode: Episode) -> Path:
    path = ShowPaths(root).episode(episode.folder).transcript
    if not path.is_file():
        raise MissingFileError(
            f"{episode.folder} hat noch kein Transkript.",
            where=path,
            advice="`make split` legt den Entwurf an, `make transcript-import` liest ein fertiges ein.",
        )
    return path


def _foreign(file: Path) -> bytes:
    if not file.is_file():
        problem = "Das ist ein Ordner, keine Datei." if file.is_dir() else "Diese Datei gibt es nicht."
        raise MissingFileError(problem, where=file, advice="Den Namen der Datei prüfen, samt Ordner und Endung.")
    return file.read_bytes()


def _episode(root: Path, key: str) -> Episode:
    return load_episode(root, find_episode(root, key), load_show(root))


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Add the file to a TranscriptError that does not name one."""
    try:
        yield
    except TranscriptError as error:
        raise TranscriptError(error.problem, where=error.where or file, advice=error.advice) from error


@contextmanager
def _alone(paths: EpisodePaths) -> Iterator[None]:
    """Hold the episode's lock, so that no run writes its transcript meanwhile. Raises BusyError."""
    with locked(paths.work / "lock", what=f"Die Folge {paths.folder}", wait_s=0, on_wait=lambda: None):
        yield
