"""Checks the TOML files: mistakes that the schema finds, and some that it cannot find."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pipeline.build.files import read_text
from pipeline.editor import template
from pipeline.editor.checks.finding import BITV, HOUSE, PODCASTING_20, RSS_20, CheckFinding, error, warning
from pipeline.errors import ConfigError
from pipeline.paths import ShowPaths
from pipeline.show.config import load_episode, load_episodes, load_registry, load_show
from pipeline.show.folders import episode_folders, find_episode
from pipeline.show.toml_file import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.values.show import Episode, Show


def read_settings(root: Path, key: str | None) -> tuple[Show | None, tuple[Episode, ...], tuple[CheckFinding, ...]]:
    """The show and its episodes (or only `key`'s), as far as they can be read, and every mistake in their files.

    Raises UsageError for an unknown episode, and MissingFileError if there is no show.
    """
    folders = episode_folders(root) if key is None else (find_episode(root, key),)
    try:
        show = load_show(root)
    except ConfigError as mistakes:
        return None, (), tuple(_from_config(mistakes))
    found: dict[CheckFinding, None] = {}
    episodes = []
    for folder in folders:
        try:
            episodes.append(load_episode(root, folder, show))
        except ConfigError as mistakes:
            found |= dict.fromkeys(_from_config(mistakes))
    if not found:
        try:
            load_episodes(root, show)  # finds what only shows in all of them together: a guid that is used twice
        except ConfigError as mistakes:
            folder_names = {f"episodes/{folder}/" for folder in folders}
            found |= dict.fromkeys(
                entry for entry in _from_config(mistakes) if any(name in entry.where for name in folder_names)
            )
    return show, tuple(episodes), tuple(found)


def check_show_file(root: Path, show: Show) -> Iterator[CheckFinding]:
    """Findings about placeholders and settings that are no longer used in show.toml."""
    source = read_text(ShowPaths(root).show_toml)
    yield from _check_vbr(source, "episodes/show.toml")
    yield from _check_legal(show, source)
    for key in show.placeholders:
        line = line_of(source, tuple(key.split(".")))
        yield error(
            f"episodes/show.toml:{line}" if line else "episodes/show.toml",
            f"{key}: Platzhalter („.invalid“); die Adresse führt nirgendwohin.",
            advice="Die richtige Adresse eintragen.",
            source=HOUSE,
        )


def _check_legal(show: Show, source: str) -> Iterator[CheckFinding]:
    for key, what in (("easy_language", "Leichter Sprache"), ("sign_language", "Deutscher Gebärdensprache (DGS)")):
        if not getattr(show.legal, key) and key not in show.legal.none_required:
            line = line_of(source, ("legal",))
            yield warning(
                f"episodes/show.toml:{line}" if line else "episodes/show.toml",
                f"legal.{key} fehlt: Die Seiten verweisen auf keine Erläuterung in {what}.",
                advice=f'Unter [legal] eintragen; ist keine vorgeschrieben, dort none_required = ["{key}"].',
                source=BITV,
            )


def check_episode_file(root: Path, episode: Episode) -> Iterator[CheckFinding]:
    """Findings about leftovers of the template, an empty summary, people without a role, and unused settings."""
    path = ShowPaths(root).episode(episode.folder).episode_toml
    source = read_text(path)
    table = tomllib.loads(source)
    name = path.relative_to(root).as_posix()

    def at(*location: int | str) -> str:
        line = line_of(source, location)
        return f"{name}:{line}" if line else name

    yield from _check_vbr(source, name)
    for location, text in template.left_in_toml(episode):
        yield error(at(*location), text, advice="Ausfüllen, was die Vorlage offen lässt.", source=HOUSE)
    if not episode.summary.strip():
        advice = "In ein bis zwei Sätzen sagen, worum es geht; Apps zeigen sie unter dem Titel."
        yield warning(at("summary"), "summary ist leer.", advice=advice, source=RSS_20)
    roles = _roles(root)
    for index, speaker in enumerate(table.get("speakers", [])):
        yield from _check_speaker(speaker, at("speakers", index, "name"), roles)
    if episode.speakers and not any(speaker.role == "host" for speaker in episode.speakers):
        text = 'Niemand moderiert: keine Person hat role = "host".'
        yield warning(at("speakers", 0), text, advice='Der Moderation role = "host" geben.', source=PODCASTING_20)


def _check_vbr(source: str, name: str) -> Iterator[CheckFinding]:
    if tomllib.loads(source).get("audio", {}).get("vbr"):
        line = line_of(source, ("audio", "vbr"))
        yield warning(
            f"{name}:{line}" if line else name,
            "vbr gilt nicht mehr: neue MP3s haben eine feste Bitrate.",
            advice="Die Zeile löschen. In MP3s mit veränderlicher Bitrate springen Browser an falsche Stellen, bis zu "
            "20 Sekunden daneben. Veröffentlichte Folgen bleiben, wie sie sind.",
            source=HOUSE,
        )


def _check_speaker(speaker: dict[str, Any], where: str, roles: dict[str, bool]) -> Iterator[CheckFinding]:
    if "role" not in speaker and not roles.get(speaker["name"].casefold(), False):
        yield warning(
            where,
            f"„{speaker['name']}“ hat keine Rolle und gilt als Gast.",
            advice='role = "host" oder role = "guest" angeben, hier oder in speakers.toml.',
            source=PODCASTING_20,
        )


def _roles(root: Path) -> dict[str, bool]:
    """Casefolded name or alias of each person in speakers.toml → whether they have a role there."""
    path = ShowPaths(root).speakers_toml
    with suppress(FileNotFoundError):
        stored = {entry["name"]: "role" in entry for entry in tomllib.loads(read_text(path)).get("speakers", ())}
        return {
            name.casefold(): stored.get(person.name, False)
            for person in load_registry(root)
            for name in (person.name, *person.aliases)
        }
    return {}


def _from_config(mistakes: ConfigError) -> Iterator[CheckFinding]:
    for line in mistakes.problem.splitlines()[1:]:
        where, _, text = line.strip().partition(": ")
        zone = "die Zeitzone fehlt" in text
        yield error(
            where,
            text,
            advice="Diese Zeile ändern; `docs/redaktion.md` zeigt, was in die Datei gehört.",
            source=f"{RSS_20} (pubDate)" if zone else HOUSE,
        )
