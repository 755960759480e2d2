"""Creates a new episode's folder: a commented episode.toml with a fresh guid, and a template for the show notes."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from pipeline.build.files import write_text
from pipeline.errors import UsageError
from pipeline.german.slug import slugify
from pipeline.paths import ShowPaths
from pipeline.show.folders import episode_folders
from pipeline.values.checked import checked_title

if TYPE_CHECKING:
    from pathlib import Path

_SLUG_LENGTH = 48

_EPISODE_TOML = """\
# Diese Datei gehört der Redaktion; das Programm liest sie nur.
number = {number}
slug = {slug}              # Ordner und Adressen heißen danach; nach der Veröffentlichung nicht mehr ändern
title = {title}
summary = "Ein bis zwei Sätze, worum es geht."
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
name = "Moderation"
role = "host"

[[speakers]]
name = "Gast"
organisation = "Organisation"
role = "guest"

# Kapitel: Zeiten der fertigen Folge.
# [[chapters]]
# start = "00:00:00"
# title = "Begrüßung"
# url = "https://…"           # wenn gewünscht; image = "karte.jpg" geht auch

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

_SHOWNOTES = """\
Worum geht es in dieser Folge?

## Links

- [Titel der Seite](https://www.beispiel.invalid/)
"""


def create_episode(root: Path, number: str, title: str) -> Path:
    """Create `episodes/NNN-slug/` for a number and a title; returns its path.

    Raises UsageError if `number` is not a number or is taken, or if `title` is not allowed, or its slug is empty or
    taken. Changes nothing that exists.
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
    for folder in episode_folders(root):
        taken, _, rest = folder.partition("-")
        if taken.isdecimal() and int(taken) == int(number):
            raise UsageError(
                f"Die Nummer {int(number)} ist vergeben: {folder}.",
                where=ShowPaths(root).episode(folder).home,
                advice="Eine andere Nummer wählen.",
            )
        if slug in {rest, folder}:
            raise UsageError(
                f"Den Kurznamen „{slug}“ gibt es schon: {folder}.",
                where=ShowPaths(root).episode(folder).home,
                advice="Einen anderen Titel wählen.",
            )
    paths = ShowPaths(root).episode(f"{int(number):03}-{slug}")
    if paths.home.exists():
        raise UsageError(
            f"Den Ordner {paths.folder} gibt es schon.",
            where=paths.home,
            advice="Ihn umbenennen oder eine andere Nummer wählen; es wurde nichts verändert.",
        )
    write_text(paths.shownotes_md, _SHOWNOTES)
    text = _EPISODE_TOML.format(number=int(number), slug=quoted(slug), title=quoted(title), guid=uuid.uuid4())
    write_text(paths.episode_toml, text)
    return paths.home


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
