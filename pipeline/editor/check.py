"""Runs all checks before publishing, in one list: settings, show, episodes, transcripts, feed, pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.editor.checks.apps import check_apps
from pipeline.editor.checks.episode import check_episode
from pipeline.editor.checks.feed import addresses_in, check_feed
from pipeline.editor.checks.online import check_online
from pipeline.editor.checks.pages import check_links, external_links, read_pages
from pipeline.editor.checks.settings import check_episode_file, check_show_file, read_settings
from pipeline.editor.checks.show import check_show
from pipeline.editor.checks.transcript import check_transcript
from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.editor.checks.finding import CheckFinding
    from pipeline.editor.checks.pages import Page
    from pipeline.paths import SitePaths
    from pipeline.values.progress import Listener
    from pipeline.values.show import Episode, Show


def run_checks(root: Path, key: str | None, *, online: bool, listener: Listener) -> tuple[CheckFinding, ...]:
    """The objections to publishing the show, or one episode of it (`key`) with the show; errors first. Changes nothing,
    and uses the network only if `online`.

    Raises UsageError for an unknown episode, and MissingFileError if there is no show.
    """
    show, episodes, found = read_settings(root, key)
    findings = list(found)
    if show is not None:
        findings += check_show_file(root, show)
        findings += check_show(root, show)
        for episode in episodes:
            findings += _check_one(root, episode)
        findings += _check_built(root, show, episodes if key else None, online=online, listener=listener)
    unique = tuple(dict.fromkeys(findings))
    return tuple(sorted(unique, key=lambda finding: finding.severity))


def _check_one(root: Path, episode: Episode) -> Iterator[CheckFinding]:
    yield from check_episode_file(root, episode)
    yield from check_episode(root, episode)
    yield from check_transcript(root, episode)
    yield from check_apps(root, episode)


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
    homes = {site.episode(episode.folder).resolve() for episode in episodes}
    return [page for page in pages if page.path.parent in homes]
