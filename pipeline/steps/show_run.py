"""What each step of the show does: which episodes are due, and their audio, feed and pages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.files import read_text, stage_bytes, stage_text
from pipeline.errors import MissingFileError
from pipeline.german.slug import slugify
from pipeline.paths import ShowPaths
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import Notice
from pipeline.values.published import EpisodeMoments, Item, ShowNotes
from pipeline.values.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from pipeline.build.engine import Workbench
    from pipeline.paths import SitePaths
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.site.frame import Frame
    from pipeline.values.show import Show

_NEXT_EPISODE = "\f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is written to `feed/` or to `preview/`: the show with these episodes, newest first."""

    show: Show
    entries: tuple[FinishedEpisode, ...]
    paths: SitePaths
    home: Path  # `episodes/`, which the cover and the logo are relative to
    preview: bool
    has_topics: bool = field(init=False, compare=False)
    _places: dict[str, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        places = {entry.episode.folder: place for place, entry in enumerate(self.entries)}
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "has_topics", any(entry.episode.topics for entry in self.entries))

    @property
    def cover(self) -> Path:
        return self.home / self.show.cover

    def around(self, entry: FinishedEpisode) -> tuple[FinishedEpisode | None, FinishedEpisode | None]:
        """What was published after `entry`, and what before."""
        place = self._places[entry.episode.folder]
        newer = self.entries[place - 1] if place else None
        older = self.entries[place + 1] if place + 1 < len(self.entries) else None
        return newer, older

    def words(self, entry: FinishedEpisode) -> Path:
        """What `write_sentences` gathers for the search from one episode; not uploaded."""
        return ShowPaths(self.paths.home.parent).search_words(entry.episode.folder)

    @property
    def indexed_words(self) -> Path:
        """The words of all episodes that the index of the search was made from."""
        return ShowPaths(self.paths.home.parent).indexed_words(self.paths.home.name)


def load_item(entry: FinishedEpisode, *, transcript: bool = True) -> Item:
    """An episode as feed and pages see it, read from its finished files.

    The feed only names the files of a transcript: without `transcript` it is not read, which takes far longer than all
    the rest of a large show.
    """
    paths = entry.paths
    return replace(
        load_listed(entry),
        notes=ShowNotes(html=read_text(paths.notes_html), text=read_text(paths.notes_text)),
        transcript=from_json(Transcript, read_text(paths.retimed)) if transcript and _is_transcribed(entry) else None,
    )


def load_listed(entry: FinishedEpisode) -> Item:
    """An episode as lists show it: without reading its notes and its transcript."""
    return Item(
        episode=entry.episode,
        guid=entry.release.guid if entry.release else entry.episode.guid,
        enclosure=entry.enclosure,
        published=entry.published,
        notes=ShowNotes(html="", text=""),
        transcript=None,
        transcribed=_is_transcribed(entry),
    )


def _is_transcribed(entry: FinishedEpisode) -> bool:
    return entry.has_transcript and entry.paths.retimed.exists()


def copy_audio(tagged: Path, target: Path, bench: Workbench) -> None:
    shutil.copyfile(tagged, bench[target])


def write_episode_pages(site: Site, entry: FinishedEpisode, bench: Workbench) -> None:
    from pipeline.notes.chapters import render_json_chapters, whole_second_chapters
    from pipeline.site.pages import Around, render_episode_page
    from pipeline.site.people import episode_moments
    from pipeline.tags.cover import check_cover, check_picture

    item = load_item(entry)
    folder = entry.episode.folder
    chapters = whole_second_chapters(entry.episode.chapters, entry.enclosure.duration_s)
    texts = {
        addresses.chapters(folder): render_json_chapters(
            chapters,
            title=entry.episode.title,
            image_url=lambda file: addresses.absolute(site.show.base_url, addresses.chapter_image(folder, file)),
        ),
    }
    if item.transcript is not None:
        texts |= _transcript_files(folder, item.transcript, entry.enclosure.duration_s, bench)
    newer, older = site.around(entry)
    around = Around(
        newer=newer.episode if newer else None,
        older=older.episode if older else None,
        sizes={address: len(text.encode("utf-8")) for address, text in texts.items()},
    )
    texts[addresses.page(folder)] = render_episode_page(frame(site), item, chapters, around)
    for address, text in texts.items():
        stage_text(bench[site.paths.file(address)], text)
    for source, address in episode_cover(entry):
        check_cover(source)
        shutil.copyfile(source, bench[site.paths.file(address)])
    for source, address in chapter_pictures(entry):
        check_picture(source)
        shutil.copyfile(source, bench[site.paths.file(address)])
    moments = EpisodeMoments()
    if item.transcript is not None:
        moments = episode_moments(item.transcript, chapters, entry.episode.speakers)
    stage_text(bench[entry.paths.moments], to_json(moments))


def _transcript_files(folder: str, transcript: Transcript, duration_s: float, bench: Workbench) -> dict[str, str]:
    """Address → text of every form of the transcript; the editors hear what apps will stumble over."""
    from pipeline.transcript.cues import cue_notices, make_cues
    from pipeline.transcript.html import render_html
    from pipeline.transcript.plaintext import render_plaintext
    from pipeline.transcript.podcast_json import render_podcast_json
    from pipeline.transcript.srt import render_srt
    from pipeline.transcript.webvtt import render_webvtt, webvtt_notices

    sheet = make_cues(transcript, duration_s=duration_s)
    for text in (*webvtt_notices(transcript), *cue_notices(sheet)):
        bench.listen(Notice(text=text))
    return {
        addresses.transcript_vtt(folder): render_webvtt(transcript, duration_s=duration_s, sheet=sheet),
        addresses.transcript_srt(folder): render_srt(transcript, duration_s=duration_s),
        addresses.transcript_json(folder): render_podcast_json(transcript),
        addresses.transcript_html(folder): render_html(transcript),
        addresses.transcript_text(folder): render_plaintext(transcript),
    }


def write_withdrawn_page(site: Site, entry: FinishedEpisode, bench: Workbench) -> None:
    from pipeline.site.pages import render_withdrawn_page

    assert entry.withdrawn is not None, "the plan has this step for withdrawn episodes only"
    page = render_withdrawn_page(frame(site), entry.episode, entry.withdrawn)
    stage_text(bench[site.paths.file(addresses.page(entry.episode.folder))], page)


def write_feed(site: Site, bench: Workbench) -> None:
    from pipeline.feed.rss import render_feed, render_paged_feed

    if site.show.placeholders:
        keys = ", ".join(site.show.placeholders)
        text = f"In show.toml stehen noch Platzhalter ({keys}); so kann nichts veröffentlicht werden."
        bench.listen(Notice(text=text))
    items = [load_item(entry, transcript=False) for entry in site.entries]
    if site.preview:
        files = {addresses.FEED: render_feed(site.show, items, preview=True)}
    else:
        files = dict(render_paged_feed(site.show, items))
    for address, content in files.items():
        stage_bytes(bench[site.paths.file(address)], content)


def feed_files(site: Site) -> tuple[Path, ...]:
    """Every file of the site's feed; the preview is never paged."""
    if site.preview or not site.show.feed.page_size:
        return (site.paths.feed,)
    from pipeline.feed.rss import feed_addresses  # feedgen

    return tuple(map(site.paths.file, feed_addresses(site.show, len(site.entries))))


def frame(site: Site) -> Frame:
    from pipeline.site.frame import Frame

    return Frame(show=site.show, preview=site.preview, has_topics=site.has_topics)


def person_slugs(site: Site) -> tuple[str, ...]:
    return tuple(sorted({speaker.slug for entry in site.entries for speaker in entry.episode.speakers}))


def topic_slugs(site: Site) -> tuple[str, ...]:
    return tuple(sorted({slugify(topic) for entry in site.entries for topic in entry.episode.topics}))


def with_person(site: Site, slug: str) -> tuple[FinishedEpisode, ...]:
    return tuple(e for e in site.entries if any(speaker.slug == slug for speaker in e.episode.speakers))


def with_topic(site: Site, slug: str) -> tuple[FinishedEpisode, ...]:
    return tuple(entry for entry in site.entries if slug in map(slugify, entry.episode.topics))


def write_index(site: Site, bench: Workbench) -> None:
    from pipeline.site.pages import render_index

    stage_text(bench[site.paths.index], render_index(frame(site), [load_listed(entry) for entry in site.entries]))


def write_people(site: Site, bench: Workbench) -> None:
    from pipeline.site.pages import render_people
    from pipeline.site.people import people

    everybody = people([load_listed(entry) for entry in site.entries], {})
    stage_text(bench[site.paths.file(addresses.PEOPLE)], render_people(frame(site), everybody))


def write_person(site: Site, slug: str, bench: Workbench) -> None:
    from pipeline.site.pages import render_person
    from pipeline.site.people import people

    entries = with_person(site, slug)
    held = [e for e in entries if not e.paths.moments.exists()]  # they stopped before their page was written
    moments = {
        e.episode.folder: from_json(EpisodeMoments, read_text(e.paths.moments)) for e in entries if e not in held
    }
    (person,) = (p for p in people([load_listed(entry) for entry in entries], moments) if p.slug == slug)
    stage_text(bench[site.paths.file(addresses.person(slug))], render_person(frame(site), person))


def write_topics(site: Site, bench: Workbench) -> None:
    from pipeline.site.pages import render_topics
    from pipeline.site.topics import topics

    every = topics([load_listed(entry) for entry in site.entries])
    stage_text(bench[site.paths.file(addresses.TOPICS)], render_topics(frame(site), every))


def write_topic(site: Site, slug: str, bench: Workbench) -> None:
    from pipeline.site.pages import render_topic
    from pipeline.site.topics import topics

    items = [load_listed(entry) for entry in with_topic(site, slug)]
    (topic,) = (topic for topic in topics(items) if topic.slug == slug)
    stage_text(bench[site.paths.file(addresses.topic(slug))], render_topic(frame(site), topic))


def write_guides(site: Site, bench: Workbench) -> None:
    """The pages that no episode changes: how to subscribe, how to use the pages, and where nothing is."""
    from pipeline.site.pages import render_help, render_not_found, render_subscribe

    around = frame(site)
    stage_text(bench[site.paths.file(addresses.SUBSCRIBE)], render_subscribe(around))
    stage_text(bench[site.paths.file(addresses.HELP)], render_help(around))
    stage_text(bench[site.paths.file(addresses.NOT_FOUND)], render_not_found(around))


def search_engine_addresses(site: Site) -> tuple[str, ...]:
    """robots.txt, and a sitemap where pages have a full address."""
    return (addresses.ROBOTS, addresses.SITEMAP) if frame(site).is_public else (addresses.ROBOTS,)


def listed_pages(site: Site) -> tuple[tuple[str, date | None], ...]:
    """Every page that search engines should know, with the day of its last known change."""
    topics = topic_slugs(site)
    fixed = (addresses.INDEX, addresses.PEOPLE, *((addresses.TOPICS,) if topics else ()), addresses.SUBSCRIBE)
    others = (*fixed, *map(addresses.person, person_slugs(site)), *map(addresses.topic, topics))
    return (
        *((address, None) for address in (*others, addresses.HELP)),
        *((addresses.page(entry.episode.folder), _changed(entry)) for entry in site.entries),
    )


def write_search_engines(site: Site, bench: Workbench) -> None:
    from pipeline.site.search_engines import render_robots, render_sitemap

    public = frame(site).is_public
    stage_text(bench[site.paths.file(addresses.ROBOTS)], render_robots(site.show, public=public))
    if public:
        stage_text(bench[site.paths.file(addresses.SITEMAP)], render_sitemap(site.show, listed_pages(site)))


def _changed(entry: FinishedEpisode) -> date | None:
    corrected = entry.episode.corrected
    days = (entry.published.date() if entry.published else None, corrected.date() if corrected else None)
    return max((day for day in days if day is not None), default=None)


def write_assets(site: Site, bench: Workbench) -> None:
    """What all pages share. Raises ConfigError for colours that cannot be read, MissingFileError without the logo."""
    from pipeline.site.files import static_files
    from pipeline.site.theme import check_contrast
    from pipeline.tags.cover import check_cover

    check_contrast(site.show.theme, where=site.home / "show.toml")
    for address, content in static_files(site.show.theme).items():
        stage_bytes(bench[site.paths.file(address)], content)
    check_cover(site.cover)
    shutil.copyfile(site.cover, bench[site.paths.file(cover_address(site.show))])
    for source, address in logo(site):
        if not source.is_file():
            advice = "Das Bild dort ablegen oder logo unter [theme] in show.toml ändern."
            raise MissingFileError("Das Logo fehlt.", where=source, advice=advice)
        shutil.copyfile(source, bench[site.paths.file(address)])


def logo(site: Site) -> tuple[tuple[Path, str], ...]:
    """The logo and its address, if the show has one."""
    name = site.show.theme.logo
    return ((site.home / name, frame(site).logo),) if name else ()


def write_sentences(site: Site, entry: FinishedEpisode, bench: Workbench) -> None:
    from pipeline.site.search import render_sentences, render_words

    item = load_item(entry)
    stage_text(bench[site.paths.file(addresses.search_sentences(entry.episode.folder))], render_sentences(item))
    stage_text(bench[site.words(entry)], render_words(item))


def write_search(site: Site, bench: Workbench) -> None:
    """Words of an episode that stopped before they were gathered are missing; so is the episode in the results."""
    from pipeline.site import search
    from pipeline.site.files import search_files
    from pipeline.site.pages import render_search_page
    from pipeline.site.search_update import update_index

    oldest_first = site.entries[::-1]
    folders = [entry.episode.folder for entry in oldest_first]
    words = [read_text(path) if path.exists() else "" for path in map(site.words, oldest_first)]
    texts: Mapping[str, str] | None = None
    if bench.standing:
        before = read_text(site.indexed_words).split(_NEXT_EPISODE)
        texts = update_index(before, folders, words, lambda address: read_text(site.paths.file(address)))
    if texts is None:
        texts = {**search.render_index(folders, words), addresses.SEARCH: render_search_page(frame(site))}
        for address, content in search_files().items():
            stage_bytes(bench[site.paths.file(address)], content)
    else:
        for address in set(search_addresses(site)) - texts.keys():
            bench.leave(site.paths.file(address))
    for address, text in texts.items():
        stage_text(bench[site.paths.file(address)], text)
    stage_text(bench[site.indexed_words], _NEXT_EPISODE.join(words))


def search_addresses(site: Site) -> tuple[str, ...]:
    """Every file that `write_search` writes, relative to base_url."""
    from pipeline.site.files import shard_addresses

    static = (addresses.SEARCH, addresses.SEARCH_SCRIPT, addresses.SEARCH_STYLE)
    return (*static, *shard_addresses(len(site.entries)))


def episode_cover(entry: FinishedEpisode) -> tuple[tuple[Path, str], ...]:
    """The episode's own cover and its address, if it has one."""
    if not entry.episode.cover:
        return ()
    source = entry.paths.home / entry.episode.cover
    return ((source, addresses.episode_cover(entry.episode.folder, source.suffix.lower())),)


def chapter_pictures(entry: FinishedEpisode) -> tuple[tuple[Path, str], ...]:
    """The pictures of the episode's chapters and their addresses, each once."""
    folder, files = entry.episode.folder, entry.episode.pictures
    return tuple((entry.paths.home / file, addresses.chapter_image(folder, file)) for file in files)


def asset_addresses(site: Site) -> tuple[str, ...]:
    """Every file that all pages share, relative to base_url."""
    from pipeline.site.files import SHARED

    return (
        *SHARED,
        cover_address(site.show),
        *(address for _, address in logo(site)),
    )


def cover_address(show: Show) -> str:
    """Where the show's cover lies, relative to base_url."""
    return addresses.show_cover("." + show.cover.rpartition(".")[2].lower())
