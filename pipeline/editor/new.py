"""Creates a new episode's folder: a commented episode.toml with a fresh guid, and a template for the show notes."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import encoded, storage_errors, write_text
from pipeline.build.swap import content_of, short_lock
from pipeline.editor import template
from pipeline.editor.people import registered_names
from pipeline.errors import UsageError
from pipeline.german.slug import slugify
from pipeline.paths import EpisodePaths, ShowPaths
from pipeline.show.folders import episode_folders
from pipeline.transcript.labels import fold_name
from pipeline.values.checked import checked_title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipeline.editor.answers import Person

_SLUG_LENGTH = 48

_EPISODE_TOML = """\
# Diese Datei gehört der Redaktion. `make set` ändert einzelne Zeilen auf Wunsch; sonst liest das Programm sie nur.
number = {number}
slug = {slug}              # Ordner und Adressen heißen danach; nach der Veröffentlichung nicht mehr ändern
title = {title}
summary = "{template.SUMMARY}"
guid = "{guid}"  # Kennung für Podcast-Apps: nie ändern
draft = true                  # solange true: nur in preview/
# published = 2026-01-15T06:00:00+01:00   # Termin mit Zeitzone (Sommerzeit: +02:00); danach draft = false setzen
# season = 1
# type = "full"               # oder "trailer", "bonus"
# corrected = 2026-02-01T09:00:00+01:00   # wann die veröffentlichte Folge berichtigt wurde
# cover = "cover.jpg"         # eigenes Bild dieser Folge, quadratisch, 1400 bis 3000 Pixel
# cover_alt = ""              # was darauf zu sehen ist

# Herausschneiden: Zeiten der Aufnahme
# cut = ["00:12:03.5-00:12:40"]

# Eine Aufnahme mit allen Stimmen …
recording = "raw.wav"
# … oder statt dessen eine je Person:
# [[tracks]]
# file = "raw-moderation.wav"
# speaker = "Vorname Nachname"
# channel = "left"            # nur, wenn die Stimmen einer Datei links und rechts liegen
# stream = 2                  # nur, wenn die Datei mehrere Tonspuren hat
# offset = "00:00:00"         # nur, wenn sich von selbst nicht findet, wie viel später diese Aufnahme beginnt

# Wer spricht, in der Reihenfolge des ersten Auftretens.
[[speakers]]
name = "{template.HOST}"
role = "host"

[[speakers]]
name = "{template.GUEST}"
organisation = "{template.ORGANISATION}"
role = "guest"

# Kapitel: Zeiten der fertigen Folge.
# [[chapters]]
# start = "00:00:00"
# title = "Begrüßung"
# url = "https://beispiel.de/…"           # wenn gewünscht; image = "karte.jpg" geht auch

# Hörbeispiele (15 bis 120 Sekunden), die Apps vorspielen können
# [[soundbites]]
# start = "00:12:30"
# end = "00:13:05"
# title = ""

# [[locations]]
# name = "Schwerin"           # worum es in dieser Folge geht

# [speech]
# model = "small"             # Whisper-Modell nur dieser Folge: tiny, base, small, medium, turbo, large-v3 …
"""

_SHOWNOTES = f"""\
{template.SHOWNOTES}

## Links

- [Titel der Seite](https://www.beispiel.invalid/)
"""


def create_episode(root: Path, number: str, title: str, people: Sequence[Person] = ()) -> Path:
    """Create `episodes/NNN-slug/` for a number and a title; returns its path. Without `people`, those of the template
    speak.

    The folder appears whole. If the same call was made before, perhaps by a run that was killed, and nobody has changed
    anything in the folder since, it stays and is returned. Raises UsageError if `number` is not a number or is taken,
    or if `title` is not allowed, or its slug is empty or taken. Changes nothing that exists.
    """
    if not number.isdecimal():
        raise UsageError(
            f"„{number}“ ist keine Nummer.",
            advice='Die Nummer der neuen Folge angeben, wie in: make new EPISODE=7 TITLE="Digitale Schule"',
        )
    title = _checked(" ".join(title.split()))
    slug = folder_slug(title)
    if not slug:
        raise UsageError(
            f"Aus dem Titel „{title}“ lässt sich kein Ordnername bilden.",
            advice="Einen Titel mit Buchstaben oder Ziffern angeben.",
        )
    paths = ShowPaths(root).episode(f"{int(number):03}-{slug}")
    names = _names(root, people)

    def toml(guid: uuid.UUID | str) -> str:
        return names(
            _EPISODE_TOML.format(
                template=template, number=int(number), slug=quoted(slug), title=quoted(title), guid=guid
            )
        )

    with short_lock(root):
        shutil.rmtree(_stage(root), ignore_errors=True)  # left by a killed run
        if _is_untouched(paths, toml):
            return paths.home
        _refuse_taken(root, int(number), slug)
        if paths.home.exists() and not _is_remainder(paths.home):
            raise UsageError(
                f"Den Ordner {paths.folder} gibt es schon.",
                where=paths.home,
                advice="Ihn umbenennen oder eine andere Nummer wählen; es wurde nichts verändert.",
            )
        _write(paths, toml(guid=uuid.uuid4()))
    return paths.home


def _names(root: Path, people: Sequence[Person]) -> Callable[[str], str]:
    """What puts `people` in the place of the template's names. Raises UsageError if two of them are one."""
    if not people:
        return lambda text: text
    from pipeline.editor.answers import SPEAKER_KEYS, wanted_speakers  # late: tomlkit
    from pipeline.editor.toml_edit import with_tables

    if len({fold_name(person.name) for person in people}) < len(people):
        raise UsageError("Ein Name steht zweimal da.", advice="Jede Person einmal nennen; es wurde nichts angelegt.")
    registered = set(map(fold_name, registered_names(root)))
    wanted = wanted_speakers([{"name": template.HOST}, {"name": template.GUEST}], people, registered)
    return lambda text: with_tables(text, "speakers", wanted, order=SPEAKER_KEYS)


def _refuse_taken(root: Path, number: int, slug: str) -> None:
    for folder in episode_folders(root):
        taken, _, rest = folder.partition("-")
        if taken.isdecimal() and int(taken) == number:
            raise UsageError(
                f"Die Nummer {number} ist vergeben: {folder}.",
                where=ShowPaths(root).episode(folder).home,
                advice="Eine andere Nummer wählen.",
            )
        if slug in {rest, folder}:
            raise UsageError(
                f"Den Kurznamen „{slug}“ gibt es schon: {folder}.",
                where=ShowPaths(root).episode(folder).home,
                advice="Einen anderen Titel wählen.",
            )


def _write(paths: EpisodePaths, toml: str) -> None:
    """Write the folder's files to a staging area, then move it into place as a whole."""
    staged = EpisodePaths(_stage(paths.root), paths.folder)
    try:
        with storage_errors(paths.home):
            write_text(staged.shownotes_md, _SHOWNOTES)
            write_text(staged.episode_toml, toml)
            if paths.home.exists():
                shutil.rmtree(paths.home)
            system.move_folder(staged.home, paths.home)
    finally:
        shutil.rmtree(_stage(paths.root), ignore_errors=True)


def _stage(root: Path) -> Path:
    return ShowPaths(root).work / "new"


def _is_untouched(paths: EpisodePaths, toml: Callable[..., str]) -> bool:
    """Whether the folder is as `create_episode` leaves it: the files of the template, with any guid, and no others."""
    names = {path.name for path in paths.home.iterdir()} if paths.home.is_dir() else set()
    if names != {paths.episode_toml.name, paths.shownotes_md.name}:
        return False
    there = content_of(paths.episode_toml)
    guid = re.search(rb'^guid = "([0-9a-f-]{36})"', there or b"", re.MULTILINE)
    if guid is None or there != encoded(toml(guid=guid[1].decode())):
        return False
    return content_of(paths.shownotes_md) == encoded(_SHOWNOTES)


def _is_remainder(home: Path) -> bool:
    """Whether the folder has nothing but what earlier versions left there when they were killed: an unchanged template
    of the show notes, and files that they were still writing."""
    if not home.is_dir():
        return False
    for path in home.iterdir():
        unfinished = path.name.startswith(".") and path.name.endswith(".neu")
        template = path.name == "shownotes.md" and content_of(path) == encoded(_SHOWNOTES)
        if not (unfinished or template):
            return False
    return True


def _checked(title: str) -> str:
    try:
        return checked_title(title)
    except ValueError as error:
        raise UsageError(
            f"Der Titel {error}.", advice="Einen anderen Titel angeben; es wurde nichts angelegt."
        ) from error


def folder_slug(title: str) -> str:
    """The title's slug, cut at a word so that folder names stay short."""
    slug = slugify(title)
    return slug if len(slug) <= _SLUG_LENGTH else slug[: _SLUG_LENGTH + 1].rpartition("-")[0] or slug[:_SLUG_LENGTH]


def quoted(text: str) -> str:
    """`text` as a TOML basic string; its escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
