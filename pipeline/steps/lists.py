"""The steps of pages that list episodes or do not depend on them; each has exactly what it shows as its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.files import stage_text
from pipeline.build.own_files import read_json
from pipeline.build.settings import only
from pipeline.build.step import Step
from pipeline.german.slug import slugify
from pipeline.steps.site import IN_LISTS, frame, item
from pipeline.steps.source import rendering_sha256
from pipeline.values.published import EpisodeMoments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from pipeline.build.step import StepContext
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.site.frame import Frame
    from pipeline.steps.site import Site, SiteFiles
    from pipeline.values.published import Item
    from pipeline.values.show import Show


def list_steps(site: Site) -> tuple[Step, ...]:
    around, topics, people = frame(site), _topic_slugs(site), _person_slugs(site)
    with_show = frame(site, "subtitle", "description", "author")
    return (
        _list_step(site, "pages", addresses.INDEX, around=with_show, entries=site.entries, write=write_index),
        _list_step(site, "pages:personen/", addresses.PEOPLE, around=around, entries=site.entries, write=write_people),
        *(_person_step(site, around, slug) for slug in people),
        *(_moved_step(site, around, former, slug, name) for former, (slug, name) in _former_people(site).items()),
        *(
            (
                _list_step(
                    site, "pages:themen/", addresses.TOPICS, around=around, entries=site.entries, write=write_topics
                ),
            )
            if topics
            else ()
        ),
        *(_topic_step(site, around, slug) for slug in topics),
        _guides_step(site),
        _search_engines_step(site, around),
    )


def _list_step(
    site: Site,
    name: str,
    address: str,
    *,
    around: Frame,
    entries: Sequence[FinishedEpisode],
    write: Callable[..., None],
    inputs: tuple[Path, ...] = (),
    **settings: object,
) -> Step:
    """The step of a page at `address` that lists `entries`."""
    items = tuple(item(entry, *IN_LISTS) for entry in entries)
    return Step(
        name=site.named(name),
        inputs=inputs,
        outputs=(site.files.file(address),),
        run=write,
        paths=site.files,
        settings={"frame": around, "items": items, **settings},
        source=rendering_sha256,
    )


def write_index(context: StepContext[SiteFiles], *, frame: Frame, items: Sequence[Item]) -> None:
    from pipeline.site.pages import render_index

    stage_text(context[context.paths.file(addresses.INDEX)], render_index(frame, items))


def write_people(context: StepContext[SiteFiles], *, frame: Frame, items: Sequence[Item]) -> None:
    from pipeline.site.pages import render_people
    from pipeline.site.people import people

    stage_text(context[context.paths.file(addresses.PEOPLE)], render_people(frame, people(items, {})))


def _person_slugs(site: Site) -> tuple[str, ...]:
    return tuple(sorted({speaker.slug for entry in site.entries for speaker in entry.episode.speakers}))


def _person_step(site: Site, around: Frame, slug: str) -> Step:
    entries = [e for e in site.entries if any(speaker.slug == slug for speaker in e.episode.speakers)]
    moments = tuple(entry.paths.moments for entry in entries)
    name, address = f"pages:personen/{slug}", addresses.person(slug)
    return _list_step(
        site, name, address, around=around, entries=entries, write=write_person, inputs=moments, slug=slug
    )


def write_person(context: StepContext[SiteFiles], *, frame: Frame, items: Sequence[Item], slug: str) -> None:
    """Write the page about one person. Episodes that failed before their page was written have no moments yet."""
    from pipeline.site.pages import render_person
    from pipeline.site.people import people

    files = {item.episode.folder: context.paths.episode(item.episode.folder).moments for item in items}
    moments = {folder: read_json(EpisodeMoments, path) for folder, path in files.items() if path.exists()}
    (person,) = (person for person in people(items, moments) if person.slug == slug)
    stage_text(context[context.paths.file(addresses.person(slug))], render_person(frame, person))


def _former_people(site: Site) -> dict[str, tuple[str, str]]:
    """The addresses that people have by their other names (`aliases`) → address and name, where nobody else has them.
    Whoever was renamed and kept the old name there is still found by old links."""
    found: dict[str, tuple[str, str]] = {}
    taken = set(_person_slugs(site))
    for entry in site.entries:
        for speaker in entry.episode.speakers:
            for former in {slugify(alias) for alias in speaker.aliases} - taken - {""}:
                found.setdefault(former, (speaker.slug, speaker.name))
    return dict(sorted(found.items()))


def _moved_step(site: Site, around: Frame, former: str, slug: str, name: str) -> Step:
    return Step(
        name=site.named(f"pages:personen/{former}"),
        inputs=(),
        outputs=(site.files.file(addresses.person(former)),),
        run=write_moved,
        paths=site.files,
        settings={"frame": around, "former": former, "slug": slug, "name": name},
        source=rendering_sha256,
    )


def write_moved(context: StepContext[SiteFiles], *, frame: Frame, former: str, slug: str, name: str) -> None:
    from pipeline.site.pages import render_moved_person

    text = render_moved_person(frame, former, slug, name)
    stage_text(context[context.paths.file(addresses.person(former))], text)


def write_topics(context: StepContext[SiteFiles], *, frame: Frame, items: Sequence[Item]) -> None:
    from pipeline.site.pages import render_topics
    from pipeline.site.topics import topics

    stage_text(context[context.paths.file(addresses.TOPICS)], render_topics(frame, topics(items)))


def _topic_slugs(site: Site) -> tuple[str, ...]:
    return tuple(sorted({slugify(topic) for entry in site.entries for topic in entry.episode.topics}))


def _topic_step(site: Site, around: Frame, slug: str) -> Step:
    entries = [entry for entry in site.entries if slug in map(slugify, entry.episode.topics)]
    return _list_step(
        site,
        f"pages:themen/{slug}",
        addresses.topic(slug),
        around=around,
        entries=entries,
        write=write_topic,
        slug=slug,
    )


def write_topic(context: StepContext[SiteFiles], *, frame: Frame, items: Sequence[Item], slug: str) -> None:
    from pipeline.site.pages import render_topic
    from pipeline.site.topics import topics

    (topic,) = (topic for topic in topics(items) if topic.slug == slug)
    stage_text(context[context.paths.file(addresses.topic(slug))], render_topic(frame, topic))


def _guides_step(site: Site) -> Step:
    return Step(
        name=site.named("pages:hinweise/"),
        inputs=(),
        outputs=tuple(map(site.files.file, (addresses.SUBSCRIBE, addresses.HELP, addresses.NOT_FOUND))),
        run=write_guides,
        paths=site.files,
        settings={"frame": frame(site, "directories")},
        source=rendering_sha256,
    )


def write_guides(context: StepContext[SiteFiles], *, frame: Frame) -> None:
    """Write the pages that do not depend on episodes: how to subscribe, how to use the pages, and page not found."""
    from pipeline.site.pages import render_help, render_not_found, render_subscribe

    file = context.paths.file
    stage_text(context[file(addresses.SUBSCRIBE)], render_subscribe(frame))
    stage_text(context[file(addresses.HELP)], render_help(frame))
    stage_text(context[file(addresses.NOT_FOUND)], render_not_found(frame))


def _search_engines_step(site: Site, around: Frame) -> Step:
    """The step of robots.txt, and of a sitemap if pages have full addresses."""
    written = (addresses.ROBOTS, addresses.SITEMAP) if around.is_public else (addresses.ROBOTS,)
    return Step(
        name=site.named("pages:sitemap/"),
        inputs=(),
        outputs=tuple(map(site.files.file, written)),
        run=write_search_engines,
        paths=site.files,
        settings={"show": only(site.show, "base_url"), "public": around.is_public, "pages": _listed_pages(site)},
        source=rendering_sha256,
    )


def write_search_engines(
    context: StepContext[SiteFiles], *, show: Show, public: bool, pages: Sequence[tuple[str, date | None]]
) -> None:
    from pipeline.site.search_engines import render_robots, render_sitemap

    file = context.paths.file
    stage_text(context[file(addresses.ROBOTS)], render_robots(show, public=public))
    if public:
        stage_text(context[file(addresses.SITEMAP)], render_sitemap(show, pages))


def _listed_pages(site: Site) -> tuple[tuple[str, date | None], ...]:
    """Every page that search engines should know, with the day of its last known change."""
    topics = _topic_slugs(site)
    fixed = (addresses.INDEX, addresses.PEOPLE, *((addresses.TOPICS,) if topics else ()), addresses.SUBSCRIBE)
    others = (*fixed, *map(addresses.person, _person_slugs(site)), *map(addresses.topic, topics))
    return (
        *((address, None) for address in (*others, addresses.HELP)),
        *((addresses.page(entry.episode.folder), _changed(entry)) for entry in site.entries),
    )


def _changed(entry: FinishedEpisode) -> date | None:
    corrected = entry.episode.corrected
    days = (entry.published.date() if entry.published else None, corrected.date() if corrected else None)
    return max((day for day in days if day is not None), default=None)
