"""Turns the show and its episodes into web pages: episodes, people, topics, how to subscribe, how to use it all.

The pages are complete without JavaScript, request nothing from other hosts, and work from disk and under any path.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pipeline import addresses
from pipeline.german import formatting as german
from pipeline.german.slug import slugify
from pipeline.site import search_engines
from pipeline.site.people import LONG_LIST
from pipeline.site.qr import qr_code
from pipeline.site.reading import chapter_links, passages
from pipeline.timecode import clock
from pipeline.values import media_types
from pipeline.values.audio_formats import format_of
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import jinja2
    from markupsafe import Markup

    from pipeline.site.frame import Frame
    from pipeline.site.people import Person
    from pipeline.site.topics import Topic
    from pipeline.values.published import Item, Withdrawal
    from pipeline.values.show import Chapter, Episode, Show
    from pipeline.values.transcript import Sentence


# Pages may load only our own files from their own host; no inline script, no inline style, no frame, no form.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
EMBED_HEIGHT_PX = 210
NEWEST = 7  # episodes that the front page shows with cover and summary (12 requests); the older ones are listed by year

APPS = (
    ("Apple Podcasts", "podcast://", False),  # opens the app on Apple's devices
    (
        "AntennaPod",
        "https://antennapod.org/deeplink/subscribe?url=",
        True,
    ),  # antennapod.org/documentation/general/deeplinks
    ("Pocket Casts", "pktc://subscribe/", False),  # support.pocketcasts.com: subscribe links
    ("Overcast", "overcast://x-callback-url/add?url=", True),  # overcast.fm/podcasterinfo
)
"""Apps that subscribe by a link: name, what stands before the feed's address, and whether that is whole and quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What an episode's page shows beyond the episode: its neighbours in time, when people proofread its transcript as
    it is (None if they did not), and the size of each file it offers."""

    newer: Episode | None = None
    older: Episode | None = None
    proofread: datetime | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)  # by address


def render_episode_page(frame: Frame, item: Item, chapters: Sequence[Chapter], around: Around | None = None) -> str:
    """The page of one episode; transcript, chapters and show notes may each be missing."""
    read = passages(item.transcript, chapters, hosts_of(item.episode))
    return _render(
        "episode.html",
        addresses.page(item.episode.folder),
        frame,
        item=item,
        episode=item.episode,
        chapters=chapter_links(chapters, read),
        passages=read,
        around=around or Around(),
        topics=[(addresses.topic(slug), title) for slug, title in _topics_of(item.episode)],
    )


def render_embed_page(frame: Frame, item: Item, chapters: Sequence[Chapter] = ()) -> str:
    """The player of an episode alone, which other sites may embed; it has no navigation, and stores nothing."""
    here = addresses.embed(item.episode.folder)
    links = chapter_links(chapters, ())
    return _render("embed.html", here, frame, item=item, episode=item.episode, chapters=links)


def render_withdrawn_page(frame: Frame, episode: Episode, withdrawal: Withdrawal) -> str:
    """The page in place of a withdrawn episode's: its title, and when and why it was withdrawn."""
    return _render("withdrawn.html", addresses.page(episode.folder), frame, episode=episode, withdrawal=withdrawal)


def render_search_page(frame: Frame) -> str:
    """The page for searching all episodes; `search.py` writes the files that it searches."""
    return _render("suche.html", addresses.SEARCH, frame)


def render_index(frame: Frame, items: Sequence[Item]) -> str:
    """The show's front page: what the show is, and all episodes, newest first."""
    ordered = newest_first(items)
    older: dict[int, list[Item]] = {}
    for item in ordered[NEWEST:]:
        older.setdefault(item.published.year if item.published else 0, []).append(item)
    return _render("index.html", addresses.INDEX, frame, newest=ordered[:NEWEST], older=older)


def render_people(frame: Frame, people: Sequence[Person]) -> str:
    """The page of all speakers, by the first letter of the surname."""
    letters: dict[str, list[Person]] = {}
    for person in people:
        letters.setdefault(_initial(person.sort_key[0]), []).append(person)
    return _render("people.html", addresses.PEOPLE, frame, letters=letters)


def render_person(frame: Frame, person: Person) -> str:
    """The page of one person: every episode, the newest ones with the person's moments."""
    return _render("person.html", addresses.person(person.slug), frame, person=person, long_list=LONG_LIST)


def render_moved_person(frame: Frame, former: str, slug: str, name: str) -> str:
    """The page at a former address of a person: it leads to the person's page."""
    return _render("moved.html", addresses.person(former), frame, slug=slug, name=name)


def render_topics(frame: Frame, every: Sequence[Topic]) -> str:
    return _render("topics.html", addresses.TOPICS, frame, topics=every)


def render_topic(frame: Frame, topic: Topic) -> str:
    return _render("topic.html", addresses.topic(topic.slug), frame, topic=topic)


def render_subscribe(frame: Frame) -> str:
    """The page on how to subscribe."""
    show = frame.show
    feed = addresses.absolute(show.base_url, addresses.FEED) if frame.is_public else ""
    listed = [directory for directory in show.directories if not addresses.is_placeholder(directory.url)]
    place = feed.partition("://")[2]
    apps = [(name, address + (quote(feed, safe="") if whole else place)) for name, address, whole in APPS if feed]
    return _render("subscribe.html", addresses.SUBSCRIBE, frame, feed=feed, apps=apps, directories=listed)


def render_help(frame: Frame) -> str:
    return _render("help.html", addresses.HELP, frame)


def render_not_found(frame: Frame) -> str:
    """The page for addresses that do not exist. A server shows it under any path, so its links start at the host."""
    base = urlsplit(frame.show.base_url).path if frame.is_public else ""
    return _render("404.html", addresses.NOT_FOUND, frame, base=base)


def hosts_of(episode: Episode) -> frozenset[str]:
    """The casefolded names of those who ask."""
    return frozenset(
        name.casefold()
        for speaker in episode.speakers
        if speaker.role == "host"
        for name in (speaker.name, *speaker.aliases)
    )


def label(episode: Episode) -> str:
    """`Folge 7`, `Staffel 2, Folge 7`, `Trailer`, `Bonusfolge`: only full episodes show their number."""
    kind = {"full": "Folge", "trailer": "Trailer", "bonus": "Bonusfolge"}[episode.episode_type]
    counted = episode.episode_type == "full" and episode.number is not None
    numbered = f"{kind}{german.NBSP}{episode.number}" if counted else kind
    return numbered if episode.season is None else f"Staffel{german.NBSP}{episode.season}, {numbered}"


def newest_first(items: Sequence[Item]) -> list[Item]:
    """The items, newest first; drafts without a date come before all others."""
    dated = sorted((item for item in items if item.published), key=_moment, reverse=True)
    return [item for item in items if item.published is None] + dated


def fill_in(template: str, frame: Frame, values: Mapping[str, object]) -> str:
    """A template that is no page of the site, so that it has no address to link from."""
    return _environment().get_template(template).render(frame=frame, show=frame.show, **values)


def _render(template: str, here: str, frame: Frame, *, base: str = "", **values: object) -> str:
    def link(address: str) -> str:
        return base + addresses.relative(address, seen_from="" if base else here)

    show = frame.show
    return _environment().get_template(template).render(here=here, link=link, frame=frame, show=show, **values)


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # imported late: `--help` needs no templates
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline.site", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "clock": clock,
        "audio_title": lambda media_type: format_of(media_type).title,
        "day": german.day,
        "duration": german.duration,
        "in_languages": _in_languages,
        "iso_duration": german.iso_duration,
        "label": label,
        "sanitised": Markup,  # only for show notes, which nh3 has sanitised
        "qr_code": qr_code,
        "seconds": _seconds,
        "size": german.size,
    }
    environment.globals |= {
        "addresses": addresses,
        "content_security_policy": CONTENT_SECURITY_POLICY,
        "embed_height_px": EMBED_HEIGHT_PX,
        "cover": _cover,
        "shown_cover": _shown_cover,
        "media_types": media_types,
        "transcript_formats": TRANSCRIPT_FORMATS,
        "episode_data": lambda show, item: Markup(search_engines.episode_data(show, item)),
        "show_data": lambda show: Markup(search_engines.show_data(show)),
    }
    return environment


def _cover(show: Show, episode: Episode | None = None) -> str:
    """The address of the episode's own cover, or of the show's."""
    if episode is not None and episode.cover:
        return addresses.episode_cover(episode.folder, PurePosixPath(episode.cover).suffix.lower())
    return addresses.show_cover(PurePosixPath(show.cover).suffix.lower())


def _shown_cover(episode: Episode | None = None, *, small: bool = False) -> str:
    """The address of the picture that pages show: of the episode's own cover, or of the show's."""
    return addresses.shown_cover(episode.folder if episode is not None and episode.cover else "", small=small)


def _in_languages(sentence: Sentence, *, xml: bool = False) -> str | Markup:
    """The sentence, with the language of passages that have another one than the page (WCAG 3.1.2); in `xml` also as
    XML says it."""
    from markupsafe import Markup, escape

    parts = sentence.parts
    if len(parts) == 1 and not parts[0][0]:
        return sentence.text
    span = Markup('<span lang="{0}" xml:lang="{0}">{1}</span>' if xml else '<span lang="{0}">{1}</span>')
    return Markup().join(span.format(language, text) if language else escape(text) for language, text in parts)


def _topics_of(episode: Episode) -> list[tuple[str, str]]:
    return [(slugify(title), title) for title in episode.topics]


def _initial(surname: str) -> str:
    """The letter that a sort key is listed under; # if it does not begin with a letter."""
    return surname[0].upper() if surname[0].isalpha() else "#"


def _moment(item: Item) -> float:
    assert item.published is not None
    return item.published.timestamp()


def _seconds(value: float) -> str:
    """Seconds to the hundredth without trailing zeros, as in `754.2`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
