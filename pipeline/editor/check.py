"""Runs all checks before publishing, in one list: settings, show, episodes, transcripts, feed, pages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.build.files import storage_errors
from pipeline.editor.checks.apps import check_apps
from pipeline.editor.checks.episode import check_episode
from pipeline.editor.checks.feed import addresses_in, check_feed
from pipeline.editor.checks.finding import HOUSE, error
from pipeline.editor.checks.online import check_online
from pipeline.editor.checks.pages import check_links, external_links, read_pages
from pipeline.editor.checks.refusals import check_promises, check_refusals
from pipeline.editor.checks.settings import check_episode_file, check_show_file, read_settings
from pipeline.editor.checks.show import check_show
from pipeline.editor.checks.transcript import check_transcript
from pipeline.errors import PipelineError
from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pipeline.editor.checks.finding import CheckFinding
    from pipeline.editor.checks.pages import Page
    from pipeline.paths import SitePaths
    from pipeline.values.progress import Listener
    from pipeline.values.show import Episode, Show


def run_checks(
    root: Path, key: str | None, *, now: datetime, online: bool, listener: Listener
) -> tuple[CheckFinding, ...]:
    """The objections to publishing the show, or one episode of it (`key`) with the show; errors first. Changes nothing,
    and uses the network only if `online`. All that `release` would refuse at the moment `now` is among the errors; in a
    check of the whole show, drafts are only warnings.

    Raises UsageError for an unknown episode, and MissingFileError if there is no show.
    """
    show, episodes, found = read_settings(root, key)
    findings = list(found)
    if show is not None:
        findings += check_show_file(root, show)
        findings += _until_stopped(root, check_show(root, show))
        findings += _until_stopped(root, check_promises(root, show, now=now))
        for episode in episodes:
            findings += _check_one(root, show, episode, now=now, named=key is not None)
        built = _check_built(root, show, episodes if key else None, online=online, listener=listener)
        findings += _until_stopped(root, built)
    unique = tuple(dict.fromkeys(findings))
    return tuple(sorted(unique, key=lambda finding: finding.severity))


def _check_one(root: Path, show: Show, episode: Episode, *, now: datetime, named: bool) -> Iterator[CheckFinding]:
    for check in (
        check_refusals(root, episode, named=named),
        check_episode_file(root, episode),
        check_episode(root, episode, named=named),
        check_transcript(root, show, episode, now=now),
        check_apps(root, episode),
    ):
        yield from _until_stopped(root, check)


def _until_stopped(root: Path, findings: Iterable[CheckFinding]) -> Iterator[CheckFinding]:
    """The findings up to a file that cannot be read, which is one more."""
    try:
        with storage_errors(root):
            yield from findings
    except PipelineError as stopped:
        where = str(stopped.where or root).removeprefix(f"{root}/")
        yield error(where, stopped.problem, advice=stopped.advice, source=HOUSE)


def _check_built(
    root: Path, show: Show, episodes: Sequence[Episode] | None, *, online: bool, listener: Listener
) -> Iterator[CheckFinding]:
    """Findings in the built feed and pages; with `episodes` only in their pages."""
    paths = ShowPaths(root)
    yield from check_feed(root, paths.feed.feed, show.base_url)
    external: dict[str, str] = {}
    for site in (paths.feed, paths.preview):
        pages = read_pages(site.home)
        wanted = _wanted(pages, site, episodes)
        yield from check_links(root, site.home, pages, wanted=wanted, base=urlsplit(show.base_url).path)
        external |= {url: where.removeprefix(f"{root}/") for url, where in external_links(wanted).items()}
    if online:
        if episodes is None:
            external = dict.fromkeys(addresses_in(paths.feed.feed), "feed/feed.xml") | external
        outside = {url: where for url, where in external.items() if not url.startswith(show.base_url)}
        yield from check_online(outside, base_url=show.base_url, listener=listener)


def _wanted(pages: Sequence[Page], site: SitePaths, episodes: Sequence[Episode] | None) -> Sequence[Page]:
    if episodes is None:
        return pages
    homes = {Path(os.path.realpath(site.episode(episode.folder))) for episode in episodes}
    return [page for page in pages if page.path.parent in homes]
