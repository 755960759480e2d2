"""Writes what people say about an episode into its episode.toml: shows it first, and tells what follows from it."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.build.files import dated_copy
from pipeline.build.handwritten import read_handwritten
from pipeline.build.own_files import read_json
from pipeline.build.swap import content_of, short_lock
from pipeline.editor import template
from pipeline.editor.answers import (
    CHAPTER_KEYS,
    LABELS,
    SPEAKER_KEYS,
    NamedPerson,
    read_answer,
    wanted_chapters,
    wanted_speakers,
)
from pipeline.editor.frozen_audio import kept_by_the_audio
from pipeline.editor.people import registered_names
from pipeline.editor.toml_edit import ChangedLines, WantedTable, changed_lines, with_tables, with_value
from pipeline.editor.trial import trial_show
from pipeline.errors import UsageError, did_you_mean
from pipeline.paths import ShowPaths
from pipeline.promises.changes import Change
from pipeline.promises.release import broken_promises
from pipeline.show.config import load_episode, load_show
from pipeline.show.folders import episode_folders, find_episode
from pipeline.transcript.labels import fold_name
from pipeline.values.dates import german_moment, is_shown_twice
from pipeline.values.published import Release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from pipeline.values.show import Episode

_ORDER = (
    *("number", "slug", "title", "summary", "guid", "draft", "published", "season", "type", "topics", "corrected"),
    *("cover", "cover_alt", "cut", "recording"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A TOML file with its content before and after; `before` is None if there is none."""

    path: Path
    before: bytes | None
    after: bytes

    @property
    def lines(self) -> tuple[ChangedLines, ...]:
        return changed_lines(*(_text(content or b"") for content in (self.before, self.after)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """All that `write_setting` would do, and what people should know before. `broken` are promises to subscribers that
    it breaks. `strangers` are the people who are named for the first time and are not in speakers.toml."""

    folder: str
    edits: tuple[Edit, ...]
    notes: tuple[str, ...] = ()
    broken: tuple[Change, ...] = ()
    strangers: tuple[NamedPerson, ...] = ()


def read_episode_file(root: Path, key: str) -> tuple[str, dict[str, Any]]:
    """The folder of the episode that `key` means, and what its episode.toml says. Raises UsageError for an unknown
    episode, and ConfigError if the file is not TOML."""
    folder = find_episode(root, key)
    path = ShowPaths(root).episode(folder).episode_toml
    return folder, _table(root, folder, path.read_bytes())


def plan_setting(root: Path, key: str, answers: Mapping[str, str], *, now: datetime) -> Setting:
    """Compute the edits that `answers` (key in episode.toml → what people said) ask for. The result is read by the
    real reader of the settings. Raises UsageError for an answer that means nothing, and ConfigError if the file would
    have mistakes. Writes nothing."""
    folder, table = read_episode_file(root, key)
    path = ShowPaths(root).episode(folder).episode_toml
    before = path.read_bytes()
    values = {name: _read(name, text, table, now) for name, text in answers.items()}
    text = _text(before)
    for name, value in values.items():
        text = _with(root, text, table, name, value)
    edit = Edit(path=path, before=before, after=text.encode("utf-8"))
    if edit.after == before:
        return Setting(folder=folder, edits=())
    episode = _loaded(root, folder, (edit,))
    return Setting(
        folder=folder,
        edits=(edit,),
        notes=tuple(_notes(root, table, episode, values, now)),
        broken=_broken(root, episode),
        strangers=_strangers(root, table, values.get("speakers", ())),
    )


def with_registration(root: Path, setting: Setting, people: tuple[NamedPerson, ...]) -> Setting:
    """`setting`, with `people` entered in speakers.toml too. Raises ConfigError if they cannot be."""
    path = ShowPaths(root).speakers_toml
    before = content_of(path)
    known = len(tomllib.loads(_text(before or b"").removeprefix("\ufeff")).get("speakers", ()))
    wanted = [
        *(WantedTable(index=index, values={}) for index in range(known)),
        *(
            WantedTable(values={"name": one.name, "organisation": one.organisation or None, "role": one.role})
            for one in people
        ),
    ]
    text = with_tables(_text(before or b""), "speakers", wanted, order=SPEAKER_KEYS)
    edits = (*setting.edits, Edit(path=path, before=before, after=text.encode("utf-8")))
    _loaded(root, setting.folder, edits)
    return replace(setting, edits=edits)


def write_setting(root: Path, setting: Setting, *, moment: datetime) -> tuple[Path, ...]:
    """Make a dated copy of each file, then the edits; returns the copies. Raises ChangedError if a file was changed
    since, and StorageError; the file then has what it had."""
    copies = []
    with short_lock(root) as swap:
        for edit in setting.edits:
            work = ShowPaths(root).work if edit.path.parent == ShowPaths(root).episodes else edit.path.parent / "work"
            if edit.before is not None:
                copies.append(dated_copy(edit.path, work / "gesichert", moment=moment))
            swap.write(edit.path, edit.after, before=edit.before)
    return tuple(copies)


def _read(name: str, text: str, table: Mapping[str, Any], now: datetime) -> Any:
    before = table.get("published")
    try:
        return read_answer(name, text, now=now, before=before if getattr(before, "tzinfo", None) else None)
    except ValueError as error:
        raise UsageError(
            f"{LABELS[name]}: {error}", advice="Noch einmal angeben. Es wurde nichts verändert."
        ) from error


def _with(root: Path, text: str, table: Mapping[str, Any], name: str, value: Any) -> str:
    if name == "speakers":
        wanted = wanted_speakers(table.get(name, ()), value, set(map(fold_name, registered_names(root))))
        return with_tables(text, name, wanted, order=SPEAKER_KEYS)
    if name == "chapters":
        return with_tables(text, name, wanted_chapters(table.get(name, ()), value or ()), order=CHAPTER_KEYS)
    return with_value(text, name, value, order=_ORDER)


def _table(root: Path, folder: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(content).removeprefix("\ufeff"))
    except ValueError:  # TOMLDecodeError and UnicodeDecodeError are both
        load_episode(root, folder, load_show(root))  # raises, with every mistake in German
        raise


def _strangers(root: Path, table: Mapping[str, Any], people: tuple[NamedPerson, ...]) -> tuple[NamedPerson, ...]:
    names = [*registered_names(root), *(str(speaker.get("name", "")) for speaker in table.get("speakers", ()))]
    known = set(map(fold_name, names))
    return tuple(person for person in people if fold_name(person.name) not in known)


def _loaded(root: Path, folder: str, edits: tuple[Edit, ...]) -> Episode:
    """The episode as it will load with the edits. Raises ConfigError with every mistake that it would have."""
    with trial_show(root, {edit.path: edit.after for edit in edits}) as trial:
        return load_episode(trial, folder, load_show(trial))


def _notes(
    root: Path, table: Mapping[str, Any], episode: Episode, values: Mapping[str, Any], now: datetime
) -> list[str]:
    """What follows from the new `values`, and what to look at once more."""
    paths = ShowPaths(root).episode(episode.folder)
    notes: list[str] = []
    if {"published", "draft"} & values.keys() and episode.published is not None and not episode.example:
        notes += _about_date(episode, episode.published, now, released=paths.release.exists())
    if "speakers" in values:
        notes += _about_people(root, table, episode, values["speakers"])
    if (kept := kept_by_the_audio(paths, episode)) is not None:
        notes.append(kept)
    return notes


def _about_date(episode: Episode, published: datetime, now: datetime, *, released: bool) -> Iterator[str]:
    day = german_moment(published)
    if is_shown_twice(published):
        offset = f"{published:%z}"
        yield f"{day}, gibt es zweimal (Ende der Sommerzeit); gemeint ist {offset[:3]}:{offset[3:]}."
    if released:
        return
    if episode.draft:
        yield (
            f"{day}: Entwürfe erscheinen auch dann nicht. Ist die Folge fertig: "
            f"make set EPISODE={episode.folder if episode.number is None else episode.number} DRAFT=nein"
        )
    elif published <= now:
        yield f"{day}: das ist vorbei. Der nächste Aufruf von `make publish` veröffentlicht die Folge mit diesem Datum."
    else:
        yield f"{day}: der erste Aufruf von `make publish` danach veröffentlicht die Folge."


def _about_people(
    root: Path, table: Mapping[str, Any], episode: Episode, people: tuple[NamedPerson, ...]
) -> Iterator[str]:
    known = _known_names(root)
    folded = {fold_name(name) for name in known}
    for person in people:
        if fold_name(person.name) not in folded and (hint := did_you_mean(person.name, known)):
            yield f"„{person.name}“ spricht zum ersten Mal.{hint}"
    if not any(speaker.role == "host" for speaker in episode.speakers):
        yield f"Niemand moderiert. Wer es tut, bekommt „(Moderation)“ dahinter, wie in: {people[0].name} (Moderation)"
    transcript = ShowPaths(root).episode(episode.folder).transcript
    if not transcript.exists():
        return
    now = {fold_name(name) for speaker in episode.speakers for name in (speaker.name, *speaker.aliases)}
    lines = [fold_name(line) for line in read_handwritten(transcript).splitlines()]
    for name in (str(speaker.get("name", "")) for speaker in table.get("speakers", ())):
        label = fold_name(name)
        if label not in now and any(line.startswith((f"{label}:", f"{label} [")) for line in lines):
            yield (
                f"„{name}“ steht im Transkript. Heißt die NamedPerson nur anders, statt dessen: "
                f'make speaker-rename FROM="{name}" TO="…" ändert den Namen auch dort.'
            )


def _known_names(root: Path) -> list[str]:
    """The names of everybody in speakers.toml and in the episodes, as far as these can be read."""
    names = [*registered_names(root)]
    for folder in episode_folders(root):
        with suppress(ValueError):
            table = tomllib.loads(
                _text(ShowPaths(root).episode(folder).episode_toml.read_bytes()).removeprefix("\ufeff")
            )
            names += [str(speaker["name"]) for speaker in table.get("speakers", ()) if "name" in speaker]
    return list(dict.fromkeys(name for name in names if name not in template.NAMES))


def _broken(root: Path, episode: Episode) -> tuple[Change, ...]:
    """What the change would break of what subscribers were promised."""
    path = ShowPaths(root).episode(episode.folder).release
    release = read_json(Release, path) if path.exists() else None
    if release is None or release.withdrawn is not None:
        return ()
    return tuple(
        Change(kind=key, folder=episode.folder, text=f"{key}: {text}", refused=True)
        for key, text in broken_promises(release, episode)
    )


def _text(content: bytes) -> str:
    return content.decode("utf-8")
