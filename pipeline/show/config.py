"""Reads the TOML files of a show into Show and Episode, and reports all mistakes in all files at once, in German."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError, MissingFileError, did_you_mean
from pipeline.german.slug import slugify
from pipeline.paths import ShowPaths, is_reserved, same_file
from pipeline.show.folders import FOLDER, episode_folders
from pipeline.show.toml_file import Problems, read_table
from pipeline.show.written import Mistake, Written
from pipeline.values.audio import AssemblySettings, AudioSettings
from pipeline.values.categories import CATEGORIES
from pipeline.values.checked import Cut, recurs
from pipeline.values.fields import toml_keys
from pipeline.values.show import Episode, Glossary, Registry, Show, Speaker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.values.feed_tags import SocialPost

_PLACEHOLDER = re.compile(r"\.invalid\b")
_SHORTEST_SOUNDBITE_S, _LONGEST_SOUNDBITE_S = 15.0, 120.0  # Podcasting 2.0, docs/tags/soundbite.md
_MONO_TARGET_LUFS = -19.0  # a mono file plays from two speakers: 3 LU louder than its own level


def load_show(root: Path) -> Show:
    """The show in `root`. Raises ConfigError with every mistake, MissingFileError without a show.toml."""
    problems = Problems(root)
    paths = ShowPaths(root)
    if not paths.show_toml.is_file():
        raise MissingFileError(
            "Hier ist kein Podcast: die Datei episodes/show.toml fehlt.",
            where=root,
            advice="Den Befehl im Ordner des Podcasts aufrufen, oder mit `make init TITLE=…` einen anlegen.",
        )
    show = _read_show(paths.show_toml, problems)
    glossary = read_table(paths.glossary_toml, Glossary, problems) if paths.glossary_toml.exists() else None
    _known_speakers(root, problems)
    if problems.lines or show is None:
        raise _config_error(problems)
    return replace(show, glossary=glossary[0].value()) if glossary else show


def load_episode(root: Path, folder: str, show: Show) -> Episode:
    """The episode in `episodes/<folder>`. Raises ConfigError with every mistake of its files."""
    problems = Problems(root)
    known = _known_speakers(root, problems)
    episode = _read_episode(root, folder, show, known, problems)
    if episode is None or problems.lines:
        raise _config_error(problems)
    return episode


def load_episodes(root: Path, show: Show) -> tuple[Episode, ...]:
    """All episodes, in order of their folders. Raises ConfigError with every mistake of every file."""
    problems = Problems(root)
    known = _known_speakers(root, problems)
    episodes = [_read_episode(root, folder, show, known, problems) for folder in episode_folders(root)]
    complete = tuple(episode for episode in episodes if episode is not None)
    guids: dict[str, str] = {}
    for episode in complete:
        if episode.guid in guids:
            path = ShowPaths(root).episode(episode.folder).episode_toml
            problems.add(path, f"guid: steht schon in {guids[episode.guid]}; jede Folge braucht ihre eigene")
        guids[episode.guid] = episode.folder
    if problems.lines:
        raise _config_error(problems)
    return complete


def _config_error(problems: Problems) -> ConfigError:
    count = len(problems.lines)
    head = "1 Fehler in den Einstellungen:" if count == 1 else f"{count} Fehler in den Einstellungen:"
    return ConfigError(
        "\n".join([head, *(f"  {line}" for line in problems.lines)]),
        advice="Die genannten Stellen ändern und den Befehl wiederholen. Es wurde nichts verändert.",
    )


def _read_show(path: Path, problems: Problems) -> Show | None:
    read = read_table(path, Show, problems)
    if read is None:
        return None
    written, source = read
    show = written.value(placeholders=tuple(_placeholders(written)))
    for location, text in _show_contradictions(show):
        problems.add(path, text, source=source, location=location)
    return replace(show, audio=_completed(show.audio))


def _show_contradictions(show: Show) -> list[Mistake]:
    """The contradictions in a show.toml, each with its place."""
    found: list[Mistake] = []
    known = CATEGORIES[show.category]
    if show.subcategory and show.subcategory not in known:
        choice = f"es gibt: {', '.join(known)}" if known else "dort gibt es keine; den Eintrag weglassen"
        text = f"subcategory: „{show.subcategory}“ gehört nicht zu „{show.category}“; {choice}"
        found.append((("subcategory",), text))
    frequency = show.update_frequency
    if frequency and "COUNT=" in frequency.rrule and frequency.dtstart is None:
        text = "update_frequency.rrule: mit COUNT wird auch dtstart gebraucht, der Beginn der Zählung"
        found.append((("update_frequency", "rrule"), text))
    if frequency and frequency.rrule and frequency.dtstart and not recurs(frequency.rrule, frequency.dtstart):
        text = "update_frequency.rrule: passt nicht zu dtstart; UNTIL etwa braucht dann UTC, wie in 20261231T225900Z"
        found.append((("update_frequency", "rrule"), text))
    numbers = [season.number for season in show.seasons]
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            found.append((("seasons", index, "number"), f"seasons[{index + 1}].number: {number} hat schon einen Namen"))
    return found + _unclear_posts(show.social)


def _unclear_posts(posts: Sequence[SocialPost]) -> list[Mistake]:
    """Posts without an address, and the wish for no comments beside one."""
    found: list[Mistake] = []
    for index, post in enumerate(posts):
        place = f"social[{index + 1}]"
        if post.protocol != "disabled" and not post.url:
            text = f"{place}.url fehlt: die Adresse des Beitrags, unter dem über die Folge gesprochen wird"
            found.append((("social", index, "url"), text))
        elif post.protocol == "disabled" and (len(posts) > 1 or post.url or post.account or post.account_url):
            text = f'{place}: "disabled" (keine Kommentare) steht allein, ohne url und ohne weitere Einträge'
            found.append((("social", index, "protocol"), text))
    return found


def _placeholders(entry: object, path: str = "") -> Iterator[str]:
    """The keys of all texts that name an `.invalid` host, such as `owner.email` and `funding[1].url`."""
    if isinstance(entry, Written):
        keys = toml_keys(entry.kind)
        for name, inner in entry.given.items():
            yield from _placeholders(inner, f"{path}.{keys[name]}" if path else keys[name])
    elif isinstance(entry, tuple):
        for index, inner in enumerate(entry, 1):
            yield from _placeholders(inner, f"{path}[{index}]")
    elif isinstance(entry, str) and _PLACEHOLDER.search(entry):
        yield path


def load_registry(root: Path) -> tuple[Speaker, ...]:
    """The people of speakers.toml, in its order; empty without the file. Raises ConfigError with every mistake."""
    problems = Problems(root)
    known = _known_speakers(root, problems)
    if problems.lines:
        raise _config_error(problems)
    return tuple(speaker for name, speaker in known.items() if name == speaker.name.casefold())


def _known_speakers(root: Path, problems: Problems) -> dict[str, Speaker]:
    """The people of speakers.toml, by name and by each alias, casefolded."""
    path = ShowPaths(root).speakers_toml
    read = read_table(path, Registry, problems) if path.exists() else None
    if read is None:
        return {}
    written, source = read
    for location, text in _doubles(written.value().speakers):
        problems.add(path, text, source=source, location=location)
    speakers = [_speaker(own, {}) for own in written.given.get("speakers", ())]
    return {name.casefold(): speaker for speaker in speakers for name in (speaker.name, *speaker.aliases)}


def _doubles(speakers: Sequence[Speaker]) -> list[Mistake]:
    """Names, aliases and slugs in speakers.toml that two people share, and names that give no slug."""
    found: list[Mistake] = []
    names: dict[str, int] = {}
    slugs: dict[str, int] = {}
    for index, speaker in enumerate(speakers):
        place = f"speakers[{index + 1}]"
        for key, name in [("name", speaker.name), *(("aliases", alias) for alias in speaker.aliases)]:
            if name.casefold() in names:
                owner = speakers[names[name.casefold()]].name
                found.append((("speakers", index, key), f"{place}.{key}: „{name}“ steht schon bei „{owner}“"))
            names.setdefault(name.casefold(), index)
        key, slug = ("slug", speaker.slug) if speaker.slug else ("name", slugify(speaker.name))
        if not slug:
            text = f'{place}.name: aus „{speaker.name}“ wird keine Adresse; slug = "…" angeben'
            found.append((("speakers", index, key), text))
        elif slug in slugs:
            owner = speakers[slugs[slug]].name
            text = f'{place}.{key}: die Adresse „{slug}“ hat schon „{owner}“; hier slug = "…" anders angeben'
            found.append((("speakers", index, key), text))
        slugs.setdefault(slug, index)
    return found


def _read_episode(
    root: Path, folder: str, show: Show, known: Mapping[str, Speaker], problems: Problems
) -> Episode | None:
    path = ShowPaths(root).episode(folder).episode_toml
    read = read_table(path, Episode, problems, cut=tuple[Cut, ...], accept_truncated=bool)
    if read is None:
        return None
    written, source = read
    assembly = AssemblySettings() if written.given.get("imported") else show.assembly
    episode = written.value(folder=folder, audio=show.audio, assembly=assembly, speech=show.speech)
    speakers = tuple(_speaker(own, known) for own in written.given.get("speakers", ()))
    if show.podcast_type == "serial" and episode.episode_type == "full" and not episode.number and not episode.imported:
        text = 'number fehlt: eine Reihe (type = "serial" in show.toml) zählt ihre Folgen ab 1'
        problems.add(path, text, source=source, location=("number",))
    if episode.imported and not ShowPaths(root).episode(folder).release.exists():
        text = "imported = true, aber release.json fehlt; die Versionsverwaltung holt sie zurück"
        problems.add(path, text, source=source, location=("imported",))
    for location, text in (*_contradictions(episode), *_same_people(speakers)):
        problems.add(path, text, source=source, location=location)
    return replace(
        episode,
        speakers=speakers,
        topics=tuple({slugify(topic): topic for topic in reversed(episode.topics)}.values())[::-1],
        audio=_completed(episode.audio),
        assembly=replace(
            episode.assembly,
            cuts=tuple(sorted(written.given.get("cut", ()))),
            accept_truncated=written.given.get("accept_truncated", False),
        ),
    )


def _contradictions(episode: Episode) -> list[Mistake]:
    """The contradictions in an episode.toml, each with its place."""
    found = [*_wrong_folder(episode), *_unclear_recordings(episode)]
    if episode.published is None and not episode.draft:
        found.append((("published",), "published fehlt; für eine Folge ohne Termin draft = true setzen"))
    if episode.corrected and (episode.published is None or episode.corrected < episode.published):
        found.append((("corrected",), "corrected: berichtigt wird nach der Veröffentlichung, also nach published"))
    for index, bite in enumerate(episode.soundbites):
        if not _SHORTEST_SOUNDBITE_S <= bite.end_s - bite.start_s <= _LONGEST_SOUNDBITE_S:
            text = f"soundbites[{index + 1}].end: ein Hörbeispiel dauert 15 bis 120 Sekunden"
            found.append((("soundbites", index, "end"), text))
    found += [*_pictures_of_one_name(episode), *_unclear_posts(episode.social)]
    if episode.cover_width_px and not episode.cover:
        found.append((("cover_width",), "cover_width gehört zu cover, und diese Folge hat kein eigenes"))
    if not episode.speakers and not episode.imported:
        found.append((("speakers",), "speakers: mindestens eine Person wird gebraucht"))
    for index, topic in enumerate(episode.topics):
        if not slugify(topic):
            found.append((("topics", index), f"topics[{index + 1}]: aus „{topic}“ wird keine Adresse"))
    names = [speaker.name for speaker in episode.speakers]
    for index, track in enumerate(episode.tracks):
        if track.speaker not in names:
            hint = did_you_mean(track.speaker, names)
            text = f"tracks[{index + 1}].speaker: „{track.speaker}“ steht nicht unter [[speakers]].{hint}"
            found.append((("tracks", index, "speaker"), text))
    return found


def _wrong_folder(episode: Episode) -> list[Mistake]:
    """A folder whose name is none, is reserved by Windows, or says another number or short name."""
    match = FOLDER.match(episode.folder)
    if match is None:
        return [((), f"Der Ordner heißt „{episode.folder}“; erlaubt ist NNN-slug, wie in 007-digitale-schule")]
    if is_reserved(episode.folder):
        return [(("slug",), f"„{episode.folder}“ hält Windows für ein Gerät; den Ordner und slug anders nennen")]
    if (int(match[1]) if match[1] else None) != episode.number or match[2] != episode.slug:
        name = episode.slug if episode.number is None else f"{episode.number:03}-{episode.slug}"
        return [(("slug",), f"number und slug ergeben {name}, der Ordner heißt aber {episode.folder}")]
    return []


def _unclear_recordings(episode: Episode) -> list[Mistake]:
    """Both kinds of recordings or none, and a choice that belongs to the other kind."""
    found: list[Mistake] = []
    if bool(episode.recording) == bool(episode.tracks) and not (episode.imported and not episode.tracks):
        text = "entweder recording (eine Aufnahme) oder [[tracks]] (eine je Person) wird gebraucht, nicht beides"
        found.append((("recording",), text))
    if episode.stream and not episode.recording:
        found.append((("stream",), "stream gehört zu recording; bei [[tracks]] steht es in der Spur selbst"))
    return found


def _pictures_of_one_name(episode: Episode) -> list[Mistake]:
    """Different pictures with the same file name: they are published without the folders that they are in here."""
    found: list[Mistake] = []
    owners: dict[str, str] = {}
    for index, chapter in enumerate(episode.chapters):
        name = same_file(PurePosixPath(chapter.image).name)
        if chapter.image and owners.setdefault(name, chapter.image) != chapter.image:
            text = f"chapters[{index + 1}].image: ein anderes Bild heißt auch „{PurePosixPath(chapter.image).name}“"
            found.append((("chapters", index, "image"), text))
    return found


def _same_people(speakers: Sequence[Speaker]) -> list[Mistake]:
    """Names that one episode uses twice, those added by speakers.toml included."""
    found: list[Mistake] = []
    owners: dict[str, Speaker] = {}
    for index, speaker in enumerate(speakers):
        for name in (speaker.name, *speaker.aliases):
            owner = owners.setdefault(name.casefold(), speaker)
            if owner is speaker:
                continue
            if name.casefold() == speaker.name.casefold() == owner.name.casefold():
                text = f"speakers: „{name}“ steht zweimal da"
            else:
                text = f"speakers: „{owner.name}“ und „{speaker.name}“ heißen beide auch „{name}“; ist es eine Person?"
            found.append((("speakers", index, "name"), text))
            break
    return found


def _speaker(own: Written[Speaker], known: Mapping[str, Speaker]) -> Speaker:
    """The speaker of an episode: what episode.toml says, else speakers.toml, else the defaults.

    An episode may call a registered person by an alias: that name is shown, everything else comes from the registry.
    """
    name, aliases = own.given["name"], own.given.get("aliases", ())
    stored = known.get(name.casefold()) or Speaker(name=name, slug=slugify(name) or _nameless_slug(name))
    names = dict.fromkeys((*aliases, stored.name, *stored.aliases))
    return replace(own.over(stored), aliases=tuple(other for other in names if other != name))


def _nameless_slug(name: str) -> str:
    """A slug for a name without any Latin letter or digit, always the same for the same name."""
    return f"person-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _completed(settings: AudioSettings) -> AudioSettings:
    target = _MONO_TARGET_LUFS if settings.channels == 1 else AudioSettings().target_lufs
    return replace(settings, target_lufs=target, vbr=False)  # new MP3s have a constant bit rate (audio/codecs.py)
