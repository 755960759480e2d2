"""Checks what `make release` would refuse, and what the gate before feed and upload would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.audio.recordings import missing_recording
from pipeline.build.files import named_file, read_text
from pipeline.build.manifest import Manifest
from pipeline.editor.checks.finding import HOUSE, CheckFinding, error, warning
from pipeline.editor.frozen_audio import kept_by_the_audio
from pipeline.errors import ConfigError, StorageError
from pipeline.paths import ShowPaths
from pipeline.promises.gate import Gate, advice_on
from pipeline.promises.release import episode_refusals
from pipeline.show.config import load_episodes
from pipeline.show.toml_file import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.values.show import Episode, Show

_ADVICE = {
    "example": "Ein Beispiel bleibt, was es ist; eine eigene Folge legt make new an.",
    "draft": "Ist die Folge fertig: draft = false, oder die Zeile streichen.",
    "published": "Den Termin eintragen, etwa published = 2026-05-31T06:00:00+02:00.",
}


def check_refusals(root: Path, episode: Episode, *, named: bool) -> Iterator[CheckFinding]:
    """Why the episode cannot be released yet, besides what other checks find.

    If the episode was `named`, somebody wants to release it, and each reason is an error. In a check of the whole show
    a draft is a warning: it stays in the preview and harms nobody.
    """
    paths = ShowPaths(root).episode(episode.folder)
    toml = paths.episode_toml.relative_to(root).as_posix()
    if paths.release.exists():
        if (text := kept_by_the_audio(paths, episode)) is not None:
            advice = "Soll auch die MP3 neu werden, den genannten Befehl aufrufen; sonst ist nichts zu tun."
            yield warning(toml, text, advice=advice, source=HOUSE)
        return
    make = error if named else warning
    source = read_text(paths.episode_toml)
    for key, text in episode_refusals(episode).items():
        if key == "example" and not named:
            return  # nobody wants to publish it
        line = line_of(source, (key,))
        where = f"{toml}:{line}" if line else f"{toml}: {key}"
        yield make(where, f"{text} Veröffentlicht wird sie so nicht.", advice=_ADVICE[key], source=f"{HOUSE} (release)")
    files = [episode.recording] if episode.recording else [track.file for track in episode.tracks]
    other = missing_recording(paths.home, files)
    for file in files:
        if not named_file(paths.home, file).is_file():
            yield make(
                f"{toml}: {'recording' if episode.recording else 'tracks'}",
                f"Die Aufnahme {file} liegt nicht im Ordner der Folge; ohne sie wird sie nicht veröffentlicht.",
                advice=other.advice if other else "Dorthin legen, oder dort veröffentlichen, wo sie liegt.",
                source=f"{HOUSE} (release)",
            )


def check_promises(root: Path, show: Show, *, now: datetime) -> Iterator[CheckFinding]:
    """Changes to what subscribers already have that the gate refuses; every release passes it."""
    try:
        episodes = load_episodes(root, show)
    except ConfigError:  # other checks report it
        return
    paths = ShowPaths(root)
    files = Manifest.load(paths.work / "manifest.json", root=root)
    try:
        changes = Gate(root=root, show=show, episodes=episodes, now=now, files=files).changes()
    except StorageError as broken:  # published.json
        yield error("episodes/published.json", broken.problem, advice=broken.advice, source=HOUSE)
        return
    for change in changes:
        if change.refused:
            where = f"episodes/{change.folder}" if change.folder else "episodes/show.toml"
            yield error(where, change.text, advice=advice_on([change]), source=f"{HOUSE} (release)")
