"""The steps of a site's feed, and of the audio that it names."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.files import stage_bytes
from pipeline.build.settings import only
from pipeline.build.step import Step
from pipeline.promises.finished import tagged_file
from pipeline.steps.site import items, with_notes
from pipeline.steps.source import rendering_sha256
from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.build.step import StepContext
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.steps.site import Site, SiteFiles
    from pipeline.values.published import Item
    from pipeline.values.show import Show

_OF_SHOW = (
    *("title", "description", "author", "owner", "language", "category", "subcategory"),
    *(
        "explicit",
        "base_url",
        "cover",
        "cover_alt",
        "cover_width_px",
        "copyright",
        "license",
        "license_url",
        "locked",
        "podcast_type",
    ),
    *("funding", "locations", "update_frequency", "txt", "feed", "placeholders", "social", "seasons"),
)
_OF_EPISODE = (
    *("folder", "title", "summary", "number", "season", "episode_type", "speakers", "chapters", "cover", "cover_alt"),
    *("corrected", "locations", "soundbites", "cover_width_px", "content_links", "social"),
)


def feed_step(site: Site) -> Step:
    notes = (path for entry in site.entries for path in (entry.paths.notes_html, entry.paths.notes_text))
    return Step(
        name=site.named("feed"),
        inputs=tuple(notes),
        outputs=_feed_files(site),
        run=write_feed,
        paths=site.files,
        settings={
            "show": only(site.show, *_OF_SHOW),
            "items": items(site, *_OF_EPISODE),
            "preview": site.preview,
        },
        source=rendering_sha256,
    )


def write_feed(context: StepContext[SiteFiles], *, show: Show, items: Sequence[Item], preview: bool) -> None:
    """Write feed.xml, and the older pages of a paged feed. The preview is never paged."""
    from pipeline.feed.rss import render_feed, render_paged_feed

    if show.placeholders:
        keys = ", ".join(show.placeholders)
        text = f"In show.toml stehen noch Platzhalter ({keys}); so kann nichts veröffentlicht werden."
        context.listen(Notice(text=text))
    complete = [with_notes(context.paths, item) for item in items]
    if preview:
        files = {addresses.FEED: render_feed(show, complete, preview=True)}
    else:
        files = dict(render_paged_feed(show, complete))
    for address, content in files.items():
        stage_bytes(context[context.paths.file(address)], content)


def _feed_files(site: Site) -> tuple[Path, ...]:
    """Every file of the site's feed."""
    if site.preview or not site.show.feed.page_size:
        return (site.files.file(addresses.FEED),)
    from pipeline.feed.rss import feed_addresses  # feedgen

    return tuple(map(site.files.file, feed_addresses(site.show, len(site.entries))))


def audio_steps(site: Site, foreign: frozenset[str]) -> tuple[Step, ...]:
    """The steps that copy finished files into the site. `foreign`: addresses for which our own files have other bytes
    than were promised."""
    return tuple(
        _audio_step(site, entry, file.path, foreign=file.path in foreign)
        for entry in site.entries
        for file in (() if entry.enclosure.is_elsewhere else entry.enclosure.files)
    )


def _audio_step(site: Site, entry: FinishedEpisode, address: str, *, foreign: bool) -> Step:
    """The step for one audio file. A released file stays in the site even if this clone cannot make it, or has made it
    with other bytes."""
    target = site.files.file(address)
    tagged = tagged_file(entry, address)
    return Step(
        name=site.named(f"feed:{target.name}"),
        inputs=(tagged,),
        outputs=(target,),
        run=copy_audio,
        paths=(tagged, target),
        frozen=foreign or not tagged.exists(),
        keep=entry.release is not None and not site.preview,
    )


def copy_audio(context: StepContext[tuple[Path, Path]]) -> None:
    tagged, target = context.paths
    shutil.copyfile(tagged, context[target])
