"""Turn the show and its episodes into feed.xml: RSS 2.0 with what podcast apps and directories read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # feedgen 1.0.0 has no types

from pipeline import addresses
from pipeline.errors import ConfigError
from pipeline.feed.podcast_namespace import (
    AudioLink,
    ChannelExtension,
    ChannelTags,
    ImageLink,
    ItemExtension,
    ItemTags,
    Trailer,
    TranscriptLink,
    feed_guid,
)
from pipeline.notes.chapters import fitting_soundbites, whole_second_chapters
from pipeline.notes.shownotes import whole_html
from pipeline.notes.text import clip_bytes, html_paragraphs, html_proof, legal
from pipeline.values import media_types
from pipeline.values.audio_formats import format_of, subresource_integrity
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # as above

    from pipeline.values.published import Enclosure, Item
    from pipeline.values.show import Chapter, Episode, Show, Speaker

NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # lastBuildDate of a feed without episodes: bytes never depend on the clock
DESCRIPTION_LIMIT_BYTES = 4000  # Apple Podcasts cuts longer ones
GENERATOR = "podcast pipeline (python-feedgen)"
COVER_SUFFIXES = (".jpg", ".png")


def render_feed(show: Show, items: Sequence[Item], *, preview: bool = False) -> bytes:
    """feed.xml with all `items`, the newest first; the same bytes for the same values.

    With `preview`, directories are asked not to list the feed, and items without a date come first. Raises ConfigError
    if a cover's name ends in neither .jpg nor .png, or if chapters or soundbites do not fit the audio.
    """
    newest_first = _newest_first(items)
    part = _Part(
        address=addresses.FEED,
        items=newest_first,
        hosts=_hosts(newest_first),
        trailers=_trailers(show, newest_first),
        preview=preview,
    )
    return _render(show, part)


def render_paged_feed(show: Show, items: Sequence[Item]) -> Mapping[str, bytes]:
    """Address → content of feed.xml with the newest items, and of the files with the older ones, `page_size` each.

    The older files are filled from the oldest episode on: a new episode changes only feed.xml, unless a file becomes
    full. Raises what `render_feed` raises.
    """
    newest_first = _newest_first(items)
    names = feed_addresses(show, len(newest_first))
    common = _Part(address="", items=(), hosts=_hosts(newest_first), trailers=_trailers(show, newest_first))
    size = show.feed.page_size or 1  # unused if all episodes are in feed.xml
    cut = len(newest_first) - size * (len(names) - 1)
    rest = [newest_first[start : start + size] for start in range(cut, len(newest_first), size)]
    return {
        name: _render(show, replace(common, address=name, items=part, pages=_page_links(show, names, place)))
        for place, (name, part) in enumerate(zip(names, (newest_first[:cut], *rest), strict=True))
    }


def feed_addresses(show: Show, count: int) -> tuple[str, ...]:
    """The files that list `count` episodes, from the newest to the oldest: feed.xml, and those of older ones.

    feed.xml keeps at least a whole page, so that the newest episodes stay in it when a file becomes full.
    """
    size = show.feed.page_size
    archives = max(count // size - 1, 0) if size else 0
    return (addresses.FEED, *(addresses.archive_feed(number) for number in range(archives, 0, -1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One file of a feed: its items, the newest first, and what it says about the show beyond the show's settings."""

    address: str
    items: Sequence[Item]
    hosts: tuple[Speaker, ...]
    trailers: tuple[Trailer, ...]
    preview: bool = False
    pages: tuple[tuple[str, str], ...] = ()


def _page_links(show: Show, names: Sequence[str], place: int) -> tuple[tuple[str, str], ...]:
    """The links of RFC 5005, section 3; none if there is only one file."""
    if len(names) == 1:
        return ()
    found = {"first": names[0], "last": names[-1]}
    if place > 0:
        found["previous"] = names[place - 1]
    if place + 1 < len(names):
        found["next"] = names[place + 1]
    return tuple((rel, addresses.absolute(show.base_url, found[rel])) for rel in sorted(found))


def _render(show: Show, part: _Part) -> bytes:
    feed = FeedGenerator()
    feed.load_extension("podcast")
    feed.register_extension("namespaces", ChannelExtension, ItemExtension, atom=False)
    _describe_show(feed, show, part)
    for item in part.items:
        _describe_item(feed.add_entry(order="append"), show, item)
    xml: bytes = feed.rss_str(pretty=True)
    return xml


def _newest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=_rank, reverse=True)


def _rank(item: Item) -> tuple[bool, datetime, str]:
    return (item.published is None, item.published or NEVER, item.episode.folder)


def _describe_show(feed: FeedGenerator, show: Show, part: _Part) -> None:
    own_url = addresses.absolute(show.base_url, part.address)
    preview = part.preview
    cover_url = addresses.absolute(show.base_url, addresses.show_cover(_cover_suffix(show.cover)))
    title = legal(show.title) + (" (Vorschau)" if preview else "")
    feed.title(title)
    feed.description(_channel_description(legal(show.description).strip() or title))
    feed.link(href=own_url, rel="self", type=media_types.FEED)  # feedgen writes the first "self" only,
    feed.link(href=show.base_url, rel="alternate")  # and the last link of any kind as the channel's
    feed.language(show.language)
    feed.copyright(legal(show.copyright))
    feed.image(url=cover_url, title=title, link=show.base_url)
    feed.generator(GENERATOR)
    feed.lastBuildDate(_last_change(part.items))
    feed.podcast.itunes_author(legal(show.author))
    feed.podcast.itunes_category([_category(show)])
    feed.podcast.itunes_image(cover_url)
    feed.podcast.itunes_owner(name=legal(show.owner.name), email=legal(show.owner.email))
    feed.podcast.itunes_type(show.podcast_type)
    if preview:
        feed.podcast.itunes_block(True)
    elif show.feed.new_feed_url:
        feed.podcast.itunes_new_feed_url(show.feed.new_feed_url)
    if show.update_frequency is not None and show.update_frequency.complete:
        feed.podcast.itunes_complete(True)
    feed.namespaces.tags = ChannelTags(
        guid="" if show.placeholders or preview else _guid(show),
        explicit=show.explicit,
        locked=show.locked,
        owner_email=show.owner.email,
        license=show.license,
        license_url=show.license_url,
        image=_image_link(cover_url, show.cover_alt, show.cover_width_px),
        people=part.hosts,
        funding=show.funding,
        locations=show.locations,
        update_frequency=show.update_frequency,
        txt=() if preview else show.txt,
        social=show.social,
        trailers=part.trailers,
        pages=part.pages,
    )


def _guid(show: Show) -> str:
    """The podcast:guid: the one in show.toml, which a show keeps when it moves, else that of its feed's address."""
    return show.feed.guid or feed_guid(addresses.absolute(show.base_url, addresses.FEED))


def _category(show: Show) -> dict[str, str]:
    both = {"cat": legal(show.category), "sub": legal(show.subcategory)}
    return both if show.subcategory else {"cat": both["cat"]}


def _last_change(items: Sequence[Item]) -> datetime:
    """When the content of the feed last changed: the newest publication or correction."""
    moments = (moment for item in items for moment in (item.published, item.published and item.episode.corrected))
    return max((moment for moment in moments if moment), default=NEVER)


def _describe_item(entry: FeedEntry, show: Show, item: Item) -> None:
    episode = item.episode
    chapters = whole_second_chapters(episode.chapters, item.enclosure.duration_s)
    audio_url = addresses.absolute(show.base_url, item.enclosure.path)
    entry.title(legal(episode.title))
    entry.guid(legal(item.guid), permalink=False)
    entry.link(href=addresses.absolute(show.base_url, addresses.page(episode.folder)))
    entry.description(_item_description(legal(item.notes.text).strip()))
    entry.content(whole_html(legal(item.notes.html), episode=episode, chapters=chapters).strip())
    entry.enclosure(audio_url, str(item.enclosure.size_bytes), item.enclosure.media_type)
    if item.published is not None:
        entry.published(item.published)
    entry.podcast.itunes_title(legal(episode.title))
    if item.enclosure.duration_s:
        entry.podcast.itunes_duration(round(item.enclosure.duration_s))
    entry.podcast.itunes_episode_type(episode.episode_type)
    cover_url = _item_cover_url(show, episode)
    entry.podcast.itunes_image(cover_url)
    if episode.number:  # Apple counts from 1
        entry.podcast.itunes_episode(episode.number)
    if episode.season is not None:
        entry.podcast.itunes_season(episode.season)
    entry.namespaces.tags = ItemTags(
        explicit=show.explicit,
        image=_item_image(show, episode),
        season=episode.season,
        season_name=next((season.name for season in show.seasons if season.number == episode.season), ""),
        number=episode.number,
        people=episode.speakers,
        transcripts=_transcript_links(show, item),
        chapters=tuple(_with_image_url(show, episode, chapter) for chapter in chapters),
        chapters_url=addresses.absolute(show.base_url, addresses.chapters(episode.folder)),
        soundbites=fitting_soundbites(episode.soundbites, item.enclosure.duration_s),
        locations=episode.locations,
        content_links=episode.content_links,
        social=episode.social,
        audio=_audio_links(show, item.enclosure),
    )


def _channel_description(text: str) -> str:
    """A text that reads the same as plain text, as in directories, and as HTML, as in feed readers (RSS 2.0)."""
    return _shortened(text, html_proof)


def _item_description(text: str) -> str:
    """HTML, as RSS 2.0 defines it: plain text would lose its line breaks and anything that looks like a tag."""
    return _shortened(text, html_paragraphs)


def _shortened(text: str, render: Callable[[str], str]) -> str:
    """`render(text)`, with the text cut so that the result stays within the limit."""
    room = DESCRIPTION_LIMIT_BYTES
    while (excess := len((rendered := render(clip_bytes(text, room))).encode("utf-8")) - DESCRIPTION_LIMIT_BYTES) > 0:
        room -= min(excess, room // 2)
    return rendered


def _transcript_links(show: Show, item: Item) -> tuple[TranscriptLink, ...]:
    """The files of the transcript that the feed names, and the page, on which people read it."""
    if not item.transcribed:
        return ()
    folder = item.episode.folder

    def link(address: str, media_type: str, rel: str = "") -> TranscriptLink:
        url = addresses.absolute(show.base_url, address)
        return TranscriptLink(url=url, media_type=media_type, language=show.language, rel=rel)

    files = (
        link(addresses.transcript(folder, form.suffix), form.media_type, form.rel)
        for form in TRANSCRIPT_FORMATS
        if form.in_feed
    )
    return (*files, link(addresses.page(folder), media_types.BY_SUFFIX[".html"]))


def _audio_links(show: Show, enclosure: Enclosure) -> tuple[AudioLink, ...]:
    """The enclosure and its alternates; none if it has no alternates: then the RSS enclosure suffices."""
    if not enclosure.alternates:
        return ()
    return tuple(
        AudioLink(
            url=addresses.absolute(show.base_url, file.path),
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            bitrate_bps=round(file.size_bytes * 8 / enclosure.duration_s),
            language=show.language,
            title=format_of(file.media_type).title,
            codecs=format_of(file.media_type).codecs,
            integrity=subresource_integrity(file.sha256),
            default=file is enclosure,
        )
        for file in enclosure.files
    )


def _hosts(items: Sequence[Item]) -> tuple[Speaker, ...]:
    """The hosts of the show: every host of an episode once, by name, as in the newest episode."""
    hosts: dict[str, Speaker] = {}
    for item in items:
        for speaker in item.episode.speakers:
            if speaker.role == "host":
                hosts.setdefault(speaker.name, speaker)
    return tuple(hosts.values())


def _trailers(show: Show, items: Sequence[Item]) -> tuple[Trailer, ...]:
    """The trailers among `items`, if the show names them as such; a trailer needs a date."""
    return tuple(
        Trailer(
            url=addresses.absolute(show.base_url, item.enclosure.path),
            media_type=item.enclosure.media_type,
            size_bytes=item.enclosure.size_bytes,
            title=legal(item.episode.title),
            published=item.published,
            season=item.episode.season,
        )
        for item in items
        if show.feed.trailers and item.episode.episode_type == "trailer" and item.published is not None
    )


def _with_image_url(show: Show, episode: Episode, chapter: Chapter) -> Chapter:
    if not chapter.image:
        return chapter
    address = addresses.chapter_image(episode.folder, chapter.image)
    return replace(chapter, image=addresses.absolute(show.base_url, address))


def _image_link(url: str, alt: str, width_px: int | None) -> ImageLink:
    return ImageLink(url=url, media_type=media_types.BY_SUFFIX[PurePosixPath(url).suffix], alt=alt, width_px=width_px)


def _item_image(show: Show, episode: Episode) -> ImageLink:
    of = episode if episode.cover else show
    return _image_link(_item_cover_url(show, episode), of.cover_alt, of.cover_width_px)


def _item_cover_url(show: Show, episode: Episode) -> str:
    if episode.cover:
        address = addresses.episode_cover(episode.folder, _cover_suffix(episode.cover))
    else:
        address = addresses.show_cover(_cover_suffix(show.cover))
    return addresses.absolute(show.base_url, address)


def _cover_suffix(cover: str) -> str:
    """`.jpg` or `.png`; raises ConfigError for any other, with which feedgen 1.0.0 silently drops the show's cover."""
    suffix = PurePosixPath(cover).suffix.lower()
    if suffix not in COVER_SUFFIXES:
        raise ConfigError(
            f"Das Cover „{cover}“ endet weder auf .jpg noch auf .png; Podcast-Verzeichnisse nehmen nur diese.",
            where="cover in show.toml oder episode.toml",
            advice="Das Bild als JPEG oder PNG mit dieser Endung speichern und den Eintrag cover ändern.",
        )
    return suffix
