"""The TOML files of a show → Show and Episode; every mistake of all files at once, in German."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError, MissingFileError, did_you_mean
from pipeline.german.slug import slugify
from pipeline.paths import ShowPaths
from pipeline.show.categories import CATEGORIES
from pipeline.show.folders import FOLDER, episode_folders
from pipeline.show.schema import (
    AssemblyTable,
    AudioTable,
    EpisodeTable,
    GlossaryTable,
    LocationTable,
    ShowTable,
    SpeakersTable,
    SpeakerTable,
    SpeechTable,
    ThemeTable,
)
from pipeline.show.toml_file import Problems, read_table
from pipeline.values.audio import AssemblySettings, AudioSettings
from pipeline.values.show import (
    Chapter,
    Directory,
    Episode,
    FeedSettings,
    FeedText,
    Funding,
    Glossary,
    LegalLinks,
    Location,
    PublishSettings,
    Show,
    Soundbite,
    Speaker,
    SpeechSettings,
    Theme,
    Track,
    UpdateFrequency,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
            advice="Den Befehl im Ordner des Podcasts aufrufen oder ihn mit --root nennen.",
        )
    table = read_table(paths.show_toml, ShowTable, problems)
    for location, text in _show_contradictions(table[0]) if table else ():
        problems.add(paths.show_toml, text, source=table[1] if table else "", location=location)
    glossary = read_table(paths.glossary_toml, GlossaryTable, problems) if paths.glossary_toml.exists() else None
    _known_speakers(root, problems)
    if problems.lines or table is None:
        raise _config_error(problems)
    return _show(table[0], _glossary(glossary[0]) if glossary else Glossary())


def load_publish_settings(root: Path) -> PublishSettings | None:
    """Where the show in `root` is published to; None while show.toml does not say. Raises ConfigError."""
    problems = Problems(root)
    read = read_table(ShowPaths(root).show_toml, ShowTable, problems)
    if read is None:
        raise _config_error(problems)
    table = read[0].publish
    if table is None:
        return None
    return PublishSettings(target=table.target, endpoint=table.endpoint or "", verify=table.verify)


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


def _glossary(table: GlossaryTable) -> Glossary:
    return Glossary(words=tuple(table.words), safe=tuple(table.safe), corrections=tuple(table.corrections.items()))


def _show(table: ShowTable, glossary: Glossary) -> Show:
    return Show(
        **table.model_dump(include=_PLAIN_SHOW_KEYS),
        owner_name=table.owner.name,
        owner_email=table.owner.email,
        podcast_type=table.type,
        legal=LegalLinks(**table.legal.model_dump()),
        feed=FeedSettings(**table.feed.model_dump()),
        funding=tuple(Funding(**entry.model_dump()) for entry in table.funding),
        locations=_locations(table.locations),
        update_frequency=UpdateFrequency(**table.update_frequency.model_dump()) if table.update_frequency else None,
        txt=tuple(FeedText(**entry.model_dump()) for entry in table.txt),
        directories=tuple(Directory(name=entry.name, url=entry.url) for entry in table.directories),
        theme=_theme(table.theme),
        audio=_audio(AudioSettings(), table.audio),
        assembly=_assembly(AssemblySettings(), table.assembly),
        speech=_speech(SpeechSettings(), table.speech),
        glossary=glossary,
        placeholders=tuple(_placeholders(table.model_dump())),
    )


_PLAIN_SHOW_KEYS = {
    "title",
    "subtitle",
    "description",
    "author",
    "language",
    "category",
    "subcategory",
    "explicit",
    "base_url",
    "cover",
    "cover_alt",
    "copyright",
    "license",
    "license_url",
    "locked",
}


def _show_contradictions(table: ShowTable) -> list[tuple[tuple[int | str, ...], str]]:
    """Where a show.toml says two things that cannot both be."""
    found: list[tuple[tuple[int | str, ...], str]] = []
    known = CATEGORIES[table.category]
    if table.subcategory and table.subcategory not in known:
        choice = f"es gibt: {', '.join(known)}" if known else "dort gibt es keine; den Eintrag weglassen"
        text = f"subcategory: „{table.subcategory}“ gehört nicht zu „{table.category}“; {choice}"
        found.append((("subcategory",), text))
    frequency = table.update_frequency
    if frequency and "COUNT=" in frequency.rrule and frequency.dtstart is None:
        text = "update_frequency.rrule: mit COUNT wird auch dtstart gebraucht, der Beginn der Zählung"
        found.append((("update_frequency", "rrule"), text))
    return found


def _locations(tables: Sequence[LocationTable]) -> tuple[Location, ...]:
    return tuple(Location(**table.model_dump()) for table in tables)


def _theme(table: ThemeTable) -> Theme:
    return Theme(
        light=tuple(table.light.model_dump(exclude_none=True).items()),
        dark=tuple(table.dark.model_dump(exclude_none=True).items()),
        font=table.font,
        logo=table.logo,
    )


def _placeholders(values: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in values.items():
        if isinstance(value, dict):
            found += _placeholders(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            found += _placeholders({f"[{index}]": entry for index, entry in enumerate(value, 1)}, f"{prefix}{key}")
        elif isinstance(value, str) and _PLACEHOLDER.search(value):
            found.append(prefix + key)
    return found


def load_registry(root: Path) -> tuple[Speaker, ...]:
    """The people of speakers.toml, in its order; none without the file. Raises ConfigError with every mistake."""
    problems = Problems(root)
    known = _known_speakers(root, problems)
    if problems.lines:
        raise _config_error(problems)
    return tuple(_speaker(table, None) for name, table in known.items() if name == table.name.casefold())


def _known_speakers(root: Path, problems: Problems) -> dict[str, SpeakerTable]:
    """Who stands in speakers.toml, by name and by each alias, without case."""
    path = ShowPaths(root).speakers_toml
    read = read_table(path, SpeakersTable, problems) if path.exists() else None
    if read is None:
        return {}
    table, source = read
    for location, text in _doubles(table.speakers):
        problems.add(path, text, source=source, location=location)
    return {name.casefold(): speaker for speaker in table.speakers for name in (speaker.name, *speaker.aliases)}


def _doubles(speakers: Sequence[SpeakerTable]) -> list[tuple[tuple[int | str, ...], str]]:
    """Names, aliases and slugs in speakers.toml that two people share, or that cannot be made."""
    found: list[tuple[tuple[int | str, ...], str]] = []
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
    root: Path, folder: str, show: Show, known: dict[str, SpeakerTable], problems: Problems
) -> Episode | None:
    path = ShowPaths(root).episode(folder).episode_toml
    read = read_table(path, EpisodeTable, problems)
    if read is None:
        return None
    table, source = read
    speakers = tuple(_speaker(speaker, known.get(speaker.name.casefold())) for speaker in table.speakers)
    if show.podcast_type == "serial" and table.type == "full" and not table.number and not table.imported:
        text = 'number fehlt: eine Reihe (type = "serial" in show.toml) zählt ihre Folgen ab 1'
        problems.add(path, text, source=source, location=("number",))
    if table.imported and not ShowPaths(root).episode(folder).release.exists():
        text = "imported = true, aber release.json fehlt; die Versionsverwaltung holt sie zurück"
        problems.add(path, text, source=source, location=("imported",))
    for location, text in (*_contradictions(table, folder), *_same_people(speakers)):
        problems.add(path, text, source=source, location=location)
    return Episode(
        **table.model_dump(include=_PLAIN_KEYS),
        folder=folder,
        episode_type=table.type,
        speakers=speakers,
        recording=table.recording or "",
        tracks=tuple(Track(file=track.file, speaker=track.speaker, offset_s=track.offset) for track in table.tracks),
        chapters=tuple(
            Chapter(start_s=entry.start, title=entry.title, url=entry.url or "", image=entry.image or "")
            for entry in table.chapters
        ),
        soundbites=tuple(
            Soundbite(start_s=entry.start, end_s=entry.end, title=entry.title) for entry in table.soundbites
        ),
        locations=_locations(table.locations),
        not_labels=tuple(table.not_labels),
        cover=table.cover or "",
        topics=tuple({slugify(topic): topic for topic in reversed(table.topics)}.values())[::-1],
        audio=_audio(show.audio, table.audio),
        assembly=replace(
            _assembly(AssemblySettings() if table.imported else show.assembly, table.assembly),
            cuts=tuple(sorted(table.cut)),
            accept_truncated=table.accept_truncated,
        ),
        speech=_speech(show.speech, table.speech),
    )


_PLAIN_KEYS = {
    "slug",
    "title",
    "summary",
    "guid",
    "published",
    "corrected",
    "draft",
    "example",
    "imported",
    "number",
    "season",
    "cover_alt",
}


def _contradictions(table: EpisodeTable, folder: str) -> list[tuple[tuple[int | str, ...], str]]:
    """Where an episode.toml says two things that cannot both be."""
    found: list[tuple[tuple[int | str, ...], str]] = []
    match = FOLDER.match(folder)
    if match is None:
        found.append(((), f"Der Ordner heißt „{folder}“; erlaubt ist NNN-slug, wie in 007-digitale-schule"))
    elif (int(match[1]) if match[1] else None) != table.number or match[2] != table.slug:
        number = f"{table.number:03}-" if table.number is not None else ""
        found.append((("slug",), f"number und slug ergeben {number}{table.slug}, der Ordner heißt aber {folder}"))
    if bool(table.recording) == bool(table.tracks) and not (table.imported and not table.tracks):
        text = "entweder recording (eine Aufnahme) oder [[tracks]] (eine je Person) wird gebraucht, nicht beides"
        found.append((("recording",), text))
    if table.published is None and not table.draft:
        found.append((("published",), "published fehlt; für eine Folge ohne Termin draft = true setzen"))
    if table.corrected and (table.published is None or table.corrected < table.published):
        found.append((("corrected",), "corrected: berichtigt wird nach der Veröffentlichung, also nach published"))
    for index, bite in enumerate(table.soundbites):
        if not _SHORTEST_SOUNDBITE_S <= bite.end - bite.start <= _LONGEST_SOUNDBITE_S:
            text = f"soundbites[{index + 1}].end: ein Hörbeispiel dauert 15 bis 120 Sekunden"
            found.append((("soundbites", index, "end"), text))
    found += _pictures_of_one_name(table)
    if not table.speakers and not table.imported:
        found.append((("speakers",), "speakers: mindestens eine Person wird gebraucht"))
    for index, topic in enumerate(table.topics):
        if not slugify(topic):
            found.append((("topics", index), f"topics[{index + 1}]: aus „{topic}“ wird keine Adresse"))
    names = [speaker.name for speaker in table.speakers]
    for index, track in enumerate(table.tracks):
        if track.speaker not in names:
            hint = did_you_mean(track.speaker, names)
            text = f"tracks[{index + 1}].speaker: „{track.speaker}“ steht nicht unter [[speakers]].{hint}"
            found.append((("tracks", index, "speaker"), text))
    return found


def _pictures_of_one_name(table: EpisodeTable) -> list[tuple[tuple[int | str, ...], str]]:
    """Pictures are published under their own names, without the folders they lie in here."""
    found: list[tuple[tuple[int | str, ...], str]] = []
    owners: dict[str, str] = {}
    for index, chapter in enumerate(table.chapters):
        if chapter.image and owners.setdefault(PurePosixPath(chapter.image).name, chapter.image) != chapter.image:
            text = f"chapters[{index + 1}].image: ein anderes Bild heißt auch „{PurePosixPath(chapter.image).name}“"
            found.append((("chapters", index, "image"), text))
    return found


def _same_people(speakers: Sequence[Speaker]) -> list[tuple[tuple[int | str, ...], str]]:
    """Names that one episode uses twice, be it by what speakers.toml adds."""
    found: list[tuple[tuple[int | str, ...], str]] = []
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


def _speaker(own: SpeakerTable, known: SpeakerTable | None) -> Speaker:
    """The speaker of an episode: what episode.toml says, else speakers.toml, else the defaults.

    An episode may call a registered person by an alias: that name is shown, all else is the person's.
    """
    stored = known or SpeakerTable(name=own.name)
    organisation = own.organisation if own.organisation is not None else stored.organisation
    names = (*own.aliases, stored.name, *stored.aliases)
    return Speaker(
        name=own.name,
        slug=own.slug or stored.slug or slugify(stored.name) or _nameless_slug(stored.name),
        organisation=organisation or "",
        role=own.role or stored.role or "guest",
        aliases=tuple(dict.fromkeys(name for name in names if name != own.name)),
        url=own.url or stored.url or "",
    )


def _nameless_slug(name: str) -> str:
    """An address for a name without a letter of ours, always the same for the same name."""
    return f"person-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _audio(base: AudioSettings, table: AudioTable) -> AudioSettings:
    given = {key: value for key, value in table.model_dump().items() if value is not None}
    if "further_formats" in given:
        given["further_formats"] = tuple(dict.fromkeys(given["further_formats"]))
    settings = replace(base, **given)
    target = _MONO_TARGET_LUFS if settings.channels == 1 else AudioSettings().target_lufs
    return replace(settings, target_lufs=target)


def _assembly(base: AssemblySettings, table: AssemblyTable) -> AssemblySettings:
    return replace(base, **{key: value for key, value in table.model_dump().items() if value is not None})


def _speech(base: SpeechSettings, table: SpeechTable) -> SpeechSettings:
    return replace(base, **{key: value for key, value in table.model_dump().items() if value is not None})
