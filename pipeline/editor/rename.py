"""Renames a speaker in speakers.toml, every episode.toml and the labels of every transcript: all or nothing."""

from __future__ import annotations

import re
import unicodedata
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.build.files import dated_copy
from pipeline.build.handwritten import encoding_of
from pipeline.build.locks import locked
from pipeline.build.swap import short_lock
from pipeline.editor.people import listed_speakers
from pipeline.editor.toml_names import LineEdit, NotByLineError, renamed_toml
from pipeline.editor.trial import trial_show
from pipeline.errors import (
    BusyError,
    ChangedError,
    ConfigError,
    StorageError,
    TranscriptError,
    UsageError,
    did_you_mean,
)
from pipeline.paths import ShowPaths
from pipeline.show.config import load_episodes, load_registry, load_show
from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.labels import fold_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.values.show import Episode

_FORBIDDEN = re.compile(r"[\[\]:;\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """A file with its changed lines, and its bytes before and after."""

    path: Path
    lines: tuple[LineEdit, ...]
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A line of running text that contains the old name and stays as it is."""

    path: Path
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """All that `rename` would do. `files` are in the order of writing; `joins`: somebody already has the name `new`."""

    old: str
    new: str
    files: tuple[FileEdit, ...]
    mentions: tuple[Mention, ...]
    joins: bool


def plan_renaming(root: Path, old: str, new: str, *, keep_alias: bool) -> Renaming:
    """Compute every edit, and check that settings still load and transcripts read the same under the new name.

    Raises UsageError for an unknown old name or an impossible new one, TranscriptError and ConfigError for files that
    cannot be changed. Writes nothing.
    """
    old, new = (" ".join(unicodedata.normalize("NFC", name).split()) for name in (old, new))
    everybody = listed_speakers(root)
    known = [name for person in everybody for name in (person.name, *person.aliases)]
    _check_names(old, new, known)
    old = next(name for name in known if fold_name(name) == fold_name(old))
    episodes = load_episodes(root, load_show(root))
    tomls = _toml_edits(root, episodes, old, new, keep_alias=keep_alias)
    if not tomls:
        owner = next((person.name for person in everybody if fold_name(old) in map(fold_name, person.aliases)), None)
        if owner is None:  # they had the name a moment ago
            raise BusyError(
                f"„{old}“ wurde während des Lesens von jemand anderem umbenannt.",
                where=ShowPaths(root).episodes,
                advice="Mit `make speaker-list` nachsehen, wie die Namen jetzt lauten. Es wurde nichts verändert.",
            )
        raise UsageError(
            f"„{old}“ ist nur eine andere Schreibweise (aliases) von „{owner}“.",
            advice=f"„{owner}“ umbenennen, oder die Schreibweise in der TOML-Datei von Hand ändern.",
        )
    renamed = {episode.folder: episode for episode in _loaded_with(root, tomls, old)}
    labels = [
        edit
        for episode in episodes
        if (edit := _label_edit(root, episode, renamed[episode.folder], old, new)) is not None
    ]
    files = (*labels, *tomls)
    return Renaming(
        old=old,
        new=new,
        files=files,
        mentions=tuple(_mentions(root, episodes, old, new, files)),
        joins=fold_name(new) != fold_name(old) and fold_name(new) in map(fold_name, known),
    )


def rename(root: Path, renaming: Renaming, *, moment: datetime) -> tuple[Path, ...]:
    """Make a dated copy of each file, then the edits; returns the copies.

    Holds the locks of the episodes meanwhile. If it is killed, the same call does the rest. Raises BusyError if another
    run is at work or a file was changed meanwhile, and StorageError; in both cases nothing is changed.
    """
    folders = {edit.path: _work(root, edit.path) for edit in renaming.files}
    with ExitStack() as locks:
        for work in sorted(set(folders.values())):
            what = f"{work.parent.name} (Ordner)"
            locks.enter_context(locked(work / "lock", what=what, wait_s=0, on_wait=lambda: None))
        swap = locks.enter_context(short_lock(root))
        for edit in renaming.files:
            if edit.path.read_bytes() != edit.before:
                raise ChangedError(
                    f"{edit.path.name} wurde inzwischen geändert.", where=edit.path, advice="Den Befehl wiederholen."
                )
        copies = tuple(
            dated_copy(edit.path, folders[edit.path] / "gesichert", moment=moment) for edit in renaming.files
        )
        done: list[FileEdit] = []
        try:
            for edit in renaming.files:
                swap.write(edit.path, edit.after, before=edit.before)
                done.append(edit)
        except (StorageError, ChangedError):
            for edit in done:
                with suppress(ChangedError):  # somebody wrote it since, from what they saw
                    swap.write(edit.path, edit.before, before=edit.after)
            raise
    return copies


def _check_names(old: str, new: str, known: list[str]) -> None:
    if fold_name(old) not in map(fold_name, known):
        raise UsageError(
            f"Niemand heißt „{old}“.{did_you_mean(old, known)}",
            advice="`make speaker-list` zeigt alle Namen.",
        )
    if not any(sign.isalnum() for sign in new) or _FORBIDDEN.search(new):
        raise UsageError(
            f"„{new}“ kann kein Name sein.",
            advice="Der Name steht im Transkript als Sprecherzeile: ohne eckige Klammern, Doppelpunkt und Semikolon.",
        )
    if old == new:
        raise UsageError("Der alte und der neue Name sind gleich.", advice="Es ist nichts zu tun.")


def _toml_edits(
    root: Path, episodes: tuple[Episode, ...], old: str, new: str, *, keep_alias: bool
) -> tuple[FileEdit, ...]:
    """The edits of TOML files. speakers.toml is last: until it is written, a repeated call still finds the old name."""
    registry = ShowPaths(root).speakers_toml
    registered = fold_name(old) in {fold_name(speaker.name) for speaker in load_registry(root)}
    paths = [ShowPaths(root).episode(episode.folder).episode_toml for episode in episodes]
    found = []
    for path in [*paths, *([registry] if registry.exists() else [])]:
        raw = path.read_bytes()
        alias = keep_alias and (path == registry or not registered)
        try:
            text, lines = renamed_toml(raw.decode("utf-8"), old, new, keep_alias=alias)
        except NotByLineError as error:
            raise ConfigError(
                f"„{old}“ steht hier so, dass sich die Zeile nicht sicher ändern lässt; es wurde nichts verändert.",
                where=path,
                advice=f'Den Namen dort in der Form name = "{old}" in eine eigene Zeile schreiben und wiederholen.',
            ) from error
        if lines:
            found.append(FileEdit(path=path, lines=lines, before=raw, after=text.encode("utf-8")))
    return tuple(found)


def _loaded_with(root: Path, tomls: tuple[FileEdit, ...], old: str) -> tuple[Episode, ...]:
    """The episodes as they will load with the changed TOML files. Raises UsageError if they would not load."""
    with trial_show(root, {edit.path: edit.after for edit in tomls}) as trial:
        try:
            return load_episodes(trial, load_show(trial))
        except ConfigError as error:
            raise UsageError(
                f"So lässt sich „{old}“ nicht umbenennen, danach gäbe es {error.problem}",
                advice="Diese Stellen zuerst von Hand ändern, oder einen anderen Namen wählen. "
                "Es wurde nichts verändert.",
            ) from error


def _label_edit(root: Path, before: Episode, after: Episode, old: str, new: str) -> FileEdit | None:
    """The edit of a transcript's labels; None if it has none with the old name."""
    path = ShowPaths(root).episode(before.folder).transcript
    if not path.exists():
        return None
    raw = path.read_bytes()
    text = decode(raw)
    manuscript = parse(text, speakers=before.speakers, not_labels=before.not_labels)
    numbers = {turn.line for turn in manuscript.turns if turn.line and fold_name(turn.speaker) == fold_name(old)}
    if not numbers:
        return None
    pattern = _as_written(old)
    edited = [
        pattern.sub(lambda match: match[1] + new, line.raw, count=1) if line.number in numbers else line.raw
        for line in manuscript.lines
    ]
    again = parse("".join(edited), speakers=after.speakers, not_labels=after.not_labels)
    expected = [
        (new if turn.line in numbers else turn.speaker, turn.line, turn.paragraphs) for turn in manuscript.turns
    ]
    if [(turn.speaker, turn.line, turn.paragraphs) for turn in again.turns] != expected:
        raise TranscriptError(
            f"Mit „{new}“ würden die Sprecherzeilen nicht mehr sicher erkannt; es wurde nichts verändert.",
            where=path,
            advice="Einen Namen wählen, der wie ein Name aussieht, oder diese Datei von Hand ändern.",
        )
    lines = tuple(
        LineEdit(line=line.number, before=line.raw.strip(), after=new_raw.strip())
        for line, new_raw in zip(manuscript.lines, edited, strict=True)
        if line.raw != new_raw
    )
    return FileEdit(path=path, lines=lines, before=raw, after=_encoded("".join(edited), raw, path, new))


def _as_written(name: str) -> re.Pattern[str]:
    """Matches the name at a line's start, in any case, composed or decomposed, with any white space between words."""
    words = [
        f"(?:{re.escape(word)}|{re.escape(unicodedata.normalize('NFD', word))})"
        for word in unicodedata.normalize("NFC", name).split()
    ]
    return re.compile(r"\A([\ufeff\s]*)" + r"\s+".join(words), re.IGNORECASE)


def _encoded(text: str, raw: bytes, path: Path, new: str) -> bytes:
    """`text` in the encoding of `raw`, with its byte-order mark if it had one."""
    codec = encoding_of(raw)
    if codec == "utf-16":
        codec = "utf-16-le" if raw.startswith(b"\xff\xfe") else "utf-16-be"
        text = "\ufeff" + text
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        raise TranscriptError(
            f"„{new}“ lässt sich in dieser Datei (Windows-1252) nicht schreiben; es wurde nichts verändert.",
            where=path,
            advice="Die Datei als UTF-8 speichern (`make transcript-format` tut das) und wiederholen.",
        ) from error


def _mentions(
    root: Path, episodes: tuple[Episode, ...], old: str, new: str, edits: tuple[FileEdit, ...]
) -> Iterator[Mention]:
    """Lines outside the edits with a word of the old name that the new one does not have, mostly the surname."""
    kept = {fold_name(word) for word in new.split()}
    gone = [re.escape(word) for word in old.split() if fold_name(word) not in kept and len(word.strip(".")) > 2]
    if not gone:
        return
    pattern = re.compile(rf"\b(?:{'|'.join(gone)})(?:s|')?\b")
    changed = {(edit.path, line.line) for edit in edits for line in edit.lines}
    show = ShowPaths(root)
    paths = [show.show_toml, show.speakers_toml, show.glossary_toml]
    for episode in episodes:
        here = show.episode(episode.folder)
        paths += [here.episode_toml, here.shownotes_md, here.transcript]
    for path in filter(Path.exists, paths):
        for number, line in enumerate(_lines(path), start=1):
            if (path, number) not in changed and pattern.search(line):
                yield Mention(path=path, line=number, text=_excerpt(line, pattern))


def _lines(path: Path) -> list[str]:
    text = unicodedata.normalize("NFC", decode(path.read_bytes()))
    return re.split(r"\r\n|\r|\n", text)


def _excerpt(line: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(line)
    assert found is not None
    start, end = max(found.start() - 30, 0), found.end() + 30
    return ("…" if start else "") + line[start:end].strip() + ("…" if end < len(line) else "")


def _work(root: Path, path: Path) -> Path:
    """The folder for the lock and the copies of a file: its episode's work folder, or the show's."""
    show = ShowPaths(root)
    if path == show.speakers_toml:
        return show.work
    folder = path.stem if path.parent == show.transcripts else path.parent.name
    return show.episode(folder).work
