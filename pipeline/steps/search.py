"""The steps of a site's search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.files import stage_bytes, stage_text
from pipeline.build.own_files import read_own_text
from pipeline.build.step import Step
from pipeline.site.files import search_files, shard_addresses
from pipeline.steps.site import IN_LISTS, frame, item, with_transcript
from pipeline.steps.source import rendering_sha256

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pipeline.build.step import StepContext
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.site.frame import Frame
    from pipeline.steps.site import Site, SiteFiles
    from pipeline.values.published import Item


def sentences_steps(site: Site, failed: Collection[str]) -> tuple[Step, ...]:
    """The steps of each episode's sentences, which the search shows, and its words, which it finds."""
    return tuple(_sentences_step(site, entry, frozen=entry.episode.folder in failed) for entry in site.entries)


def _sentences_step(site: Site, entry: FinishedEpisode, *, frozen: bool) -> Step:
    folder = entry.episode.folder
    return Step(
        name=site.named(f"search:{folder}"),
        inputs=(entry.paths.retimed,) if entry.has_transcript else (),
        outputs=(site.files.file(addresses.search_sentences(folder)), site.files.words(folder)),
        run=write_sentences,
        paths=site.files,
        settings={"item": item(entry, *IN_LISTS)},
        source=rendering_sha256,
        frozen=frozen,
        parallel=True,
    )


def write_sentences(context: StepContext[SiteFiles], *, item: Item) -> None:
    from pipeline.site.search import render_sentences, render_words

    files, folder = context.paths, item.episode.folder
    complete = with_transcript(files, item)
    stage_text(context[files.file(addresses.search_sentences(folder))], render_sentences(complete))
    stage_text(context[files.words(folder)], render_words(complete))


def search_step(site: Site) -> Step:
    """The step of the search page, and of the index that is made of all episodes' words."""
    fixed = (addresses.SEARCH, addresses.SEARCH_SCRIPT, addresses.SEARCH_STYLE)
    written = (*fixed, *shard_addresses(len(site.entries)))
    return Step(
        name=site.named("search"),
        inputs=tuple(site.files.words(entry.episode.folder) for entry in site.entries),
        outputs=tuple(map(site.files.file, written)),
        run=write_search,
        paths=site.files,
        settings={"frame": frame(site), "items": tuple(item(entry, *IN_LISTS) for entry in site.entries)},
        source=rendering_sha256,
    )


def write_search(context: StepContext[SiteFiles], *, frame: Frame, items: Sequence[Item]) -> None:
    """Write the search page, its assets and the index. An episode that failed before its words were written is not
    found."""
    from pipeline.site import search
    from pipeline.site.pages import render_search_page

    files = context.paths
    oldest_first = items[::-1]
    paths = [files.words(item.episode.folder) for item in oldest_first]
    words = [read_own_text(path) if path.exists() else "" for path in paths]
    stage_text(context[files.file(addresses.SEARCH)], render_search_page(frame))
    for address, content in search_files().items():
        stage_bytes(context[files.file(address)], content)
    for address, text in search.render_index(oldest_first, words).items():
        stage_text(context[files.file(address)], text)
