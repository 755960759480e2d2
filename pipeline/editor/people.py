"""Lists who speaks in the show: the people of speakers.toml and of every episode, each once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.show.config import load_episodes, load_registry, load_show
from pipeline.transcript.labels import fold_name

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.values.show import Episode, Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSpeaker:
    """A person who speaks. `organisations` and `aliases` have no repetitions; `episodes` are folders in order."""

    name: str
    organisations: tuple[str, ...]
    aliases: tuple[str, ...]
    episodes: tuple[str, ...]
    registered: bool


def listed_speakers(root: Path) -> tuple[ListedSpeaker, ...]:
    """All speakers: first those of speakers.toml in its order, then the others in order of their first episode."""
    episodes = load_episodes(root, load_show(root))
    registry = load_registry(root)
    known = {fold_name(name): speaker.name for speaker in registry for name in (speaker.name, *speaker.aliases)}
    names = dict.fromkeys(speaker.name for speaker in registry)
    appearances: list[tuple[str, Speaker, Episode]] = []
    for episode in episodes:
        for speaker in episode.speakers:
            name = known.setdefault(fold_name(speaker.name), speaker.name)
            names[name] = None
            appearances.append((name, speaker, episode))
    stored = {speaker.name: speaker for speaker in registry}
    return tuple(
        _person(name, stored.get(name), [entry for entry in appearances if entry[0] == name]) for name in names
    )


def registered_names(root: Path) -> tuple[str, ...]:
    """Every name and alias in speakers.toml. Raises ConfigError with every mistake of that file."""
    return tuple(name for person in load_registry(root) for name in (person.name, *person.aliases))


def _person(name: str, stored: Speaker | None, appearances: list[tuple[str, Speaker, Episode]]) -> ListedSpeaker:
    speakers = [*([stored] if stored else []), *(speaker for _, speaker, _ in appearances)]
    aliases = (
        other
        for speaker in speakers
        for other in (speaker.name, *speaker.aliases)
        if fold_name(other) != fold_name(name)
    )
    return ListedSpeaker(
        name=name,
        organisations=tuple(dict.fromkeys(speaker.organisation for speaker in speakers if speaker.organisation)),
        aliases=tuple(dict.fromkeys(aliases)),
        episodes=tuple(episode.folder for _, _, episode in appearances),
        registered=stored is not None,
    )
