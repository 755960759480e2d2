"""What the template of an episode leaves to people, and which of it nobody has filled in yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.files import read_text
from pipeline.errors import ConfigError
from pipeline.show.toml_file import line_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.show.written import KeyPath
    from pipeline.values.show import Episode

SUMMARY = "Ein bis zwei Sätze, worum es geht."
HOST, GUEST = "Moderation", "Gast"
NAMES = frozenset({HOST, GUEST, "Vorname Nachname"})
ORGANISATION = "Organisation"
SHOWNOTES = "Worum geht es in dieser Folge?"


def left_in_toml(episode: Episode) -> tuple[tuple[KeyPath, str], ...]:
    """What the file of `episode` still has of the template, each with its place and a German sentence."""
    found: list[tuple[KeyPath, str]] = []
    if episode.summary.strip() == SUMMARY:
        found.append((("summary",), "summary ist noch der Satz der Vorlage."))
    for index, speaker in enumerate(episode.speakers):
        if speaker.name in NAMES:
            found.append((("speakers", index, "name"), f"Die Person heißt noch „{speaker.name}“."))
        elif speaker.organisation == ORGANISATION:
            found.append((("speakers", index, "organisation"), f"Die Organisation heißt noch „{ORGANISATION}“."))
    return tuple(found)


def left_in_shownotes(markdown: str) -> tuple[int, ...]:
    """The lines (from 1) of show notes that are still those of the template."""
    return tuple(number for number, line in enumerate(markdown.splitlines(), 1) if line.strip() == SHOWNOTES)


def refuse_template(root: Path, toml: Path, episode: Episode) -> None:
    """Raise ConfigError if `episode` still has names, organisations or the summary of the template in its file `toml`:
    Whisper listens for the names, and the transcript has them, so they are needed before it works."""
    found = left_in_toml(episode)
    if not found:
        return
    source = read_text(toml)
    name = toml.relative_to(root).as_posix()
    lines = (f"  {name}:{line_of(source, location) or 1}: {text}" for location, text in found)
    raise ConfigError(
        "\n".join(["Hier steht noch die Vorlage:", *lines]),
        advice=f"Erst ausfüllen, im Texteditor oder mit make set EPISODE={episode.folder}: Whisper achtet beim Hören "
        "auf die Namen, und das Transkript nennt sie. Wer eine Stimme noch nicht kennt, gibt ihr einen vorläufigen "
        "Namen („Stimme 1“). Es wurde noch nichts gehört.",
    )
