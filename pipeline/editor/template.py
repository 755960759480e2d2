"""What the template of an episode leaves to people, and which of it nobody has filled in yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.files import read_text
from pipeline.errors import ConfigError
from pipeline.show.toml_file import line_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.values.show import Episode

SUMMARY = "Ein bis zwei Sätze, worum es geht."
HOST, GUEST = "Moderation", "Gast"
NAMES = frozenset({HOST, GUEST, "Vorname Nachname"})
ORGANISATION = "Organisation"
SHOWNOTES = "Worum geht es in dieser Folge?"


def refuse_template(root: Path, toml: Path, episode: Episode) -> None:
    """Raise ConfigError if `episode` still has names or the summary of the template in its file `toml`: Whisper listens
    for the names, and the transcript has them, so they are needed before it works."""
    source = read_text(toml)
    found: list[tuple[tuple[int | str, ...], str]] = [
        (("speakers", index, "name"), f"Die Person heißt noch „{speaker.name}“.")
        for index, speaker in enumerate(episode.speakers)
        if speaker.name in NAMES
    ]
    if episode.summary.strip() == SUMMARY:
        found.insert(0, (("summary",), "summary ist noch der Satz der Vorlage."))
    if not found:
        return
    name = toml.relative_to(root).as_posix()
    lines = (f"  {name}:{line_of(source, location) or 1}: {text}" for location, text in found)
    raise ConfigError(
        "\n".join(["Hier steht noch die Vorlage:", *lines]),
        advice="Erst ausfüllen: Whisper achtet beim Hören auf die Namen, und das Transkript nennt sie. Wer eine Stimme "
        "noch nicht kennt, gibt ihr einen vorläufigen Namen („Stimme 1“). Es wurde noch nichts gehört.",
    )
