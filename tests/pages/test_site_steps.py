"""The steps of the site on real files: one edited word rewrites one page and what lists it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import page_samples as samples
import pytest

from pipeline import addresses
from pipeline.build.engine import Build
from pipeline.build.files import sha256_of
from pipeline.build.step import StepStarted
from pipeline.errors import ConfigError
from pipeline.paths import ShowPaths
from pipeline.promises.finished import FinishedEpisode
from pipeline.site.files import shard_addresses, shard_count
from pipeline.site.search import shard_of
from pipeline.steps.plan import show_steps
from pipeline.upload.send import local_files
from pipeline.values.json_files import to_json
from pipeline.values.published import Item
from pipeline.values.show import Palette, Theme

if TYPE_CHECKING:
    from pipeline.build.step import Event

COVER = Path(__file__).parents[2] / "episodes/cover.jpg"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "episodes").mkdir()
    shutil.copy(COVER, tmp_path / "episodes/cover.jpg")
    return tmp_path


def made(root: Path, number: int, **changes: object) -> FinishedEpisode:
    """An episode with the files that the steps before the site leave."""
    words = samples.transcript(
        ("Stimme Eins", "", [["Guten Tag.", "Schön hier."]]),
        ("Stimme Zwei", "", [["Ich rede und rede und rede und rede und rede und rede und rede und rede lange."]]),
    )
    published = datetime(2026, 1, 1, 6, 0, tzinfo=samples.CET) + timedelta(days=number)
    item: Item = samples.item(
        transcript=words, duration_s=60.0, folder=f"{number:03}-folge", number=number, published=published, **changes
    )
    paths = ShowPaths(root).episode(item.episode.folder)
    paths.work.mkdir(parents=True, exist_ok=True)
    for path, text in (
        (paths.candidate, to_json(item.enclosure)),
        (paths.retimed, to_json(words)),
        (paths.notes_html, ""),
        (paths.notes_text, "Notizen\n"),
    ):
        path.write_text(text, encoding="utf-8")
    paths.tagged("mp3").write_bytes(b"sound")
    return FinishedEpisode(episode=item.episode, enclosure=item.enclosure, release=None, paths=paths)


def run(root: Path, *entries: FinishedEpisode, **changes: object) -> list[str]:
    """Run the steps of a show with `entries`, newest first; return the names of those that ran, without the search."""
    steps = show_steps(root, samples.show(**changes), due=entries, later=())
    started: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, StepStarted):
            started.append(event.step.name)

    build = Build(steps, root=root, work=root / "episodes/.work")
    with build.exclusive(what="Der Podcast", listen=listen):
        build.run(listen)
    return [name for name in started if not name.startswith("search")]  # for these see test_search.py


def search_order(root: Path) -> list[str]:
    script = (root / "feed" / addresses.SEARCH_DIRECTORY).read_text(encoding="utf-8")
    episodes = json.loads(script[script.index("(") + 1 : script.rindex(")")])["episodes"]
    return [folder for folder, _, _ in episodes]


def search_files(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Address → content, mtime and inode of every file of the search index on disk."""
    feed = root / "feed"
    found = {path.relative_to(feed).as_posix(): path for path in feed.glob("suche/*.js")}
    return {
        address: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for address, path in found.items()
    }


def test_every_linked_page_exists(root: Path) -> None:
    run(root, made(root, 2, topics=("Häfen",)), made(root, 1))
    feed = root / "feed"
    for page in feed.rglob("*.html"):
        if page.name != "index.html":
            continue
        for href in samples.parsed(page.read_text(encoding="utf-8")).xpath("//a/@href | //link/@href | //@src"):
            if "://" not in href and not href.startswith(("#", "mailto:")):
                assert (page.parent / href.partition("#")[0]).resolve().is_file(), (page, href)
    sitemap = (feed / "sitemap.xml").read_text(encoding="utf-8")
    assert "themen/haefen/index.html" in sitemap
    assert sitemap.count("<lastmod>2026-01-0") == 2, "the days on which the two episodes were published"


def test_the_logo_on_disk_is_only_what_draws_and_what_its_name_says(root: Path) -> None:
    theme = Theme(logo="logo.svg")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><path d="M0 0"/></svg>'
    (root / "episodes/logo.svg").write_text(svg, encoding="utf-8")
    run(root, made(root, 1), theme=theme)
    published = (root / "feed/assets/logo.svg").read_text(encoding="utf-8")
    assert 'd="M0 0"' in published
    assert "x()" not in published
    (root / "episodes/logo.svg").write_text(svg.replace("<svg", "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg"))
    with pytest.raises(ConfigError, match="Entitäten"):
        run(root, made(root, 1), theme=theme)
    (root / "episodes/logo.png").write_text("<script>x()</script>", encoding="utf-8")
    with pytest.raises(ConfigError, match="kein PNG"):
        run(root, made(root, 1), theme=Theme(logo="logo.png"))


def test_an_edited_word_rewrites_one_page_and_a_quoted_one_the_pages_of_people_too(root: Path) -> None:
    new, old = made(root, 2), made(root, 1)
    run(root, new, old)
    assert run(root, new, old) == []
    text = old.paths.retimed.read_text(encoding="utf-8")
    old.paths.retimed.write_text(text.replace("Schön", "Nett"), encoding="utf-8")
    assert run(root, new, old) == ["pages:001-folge"]
    old.paths.retimed.write_text(text.replace("Tag.", "Abend!"), encoding="utf-8")
    people = [f"pages:personen/{speaker.slug}" for speaker in samples.SPEAKERS]
    assert run(root, new, old) == ["pages:001-folge", *sorted(people)]
    assert run(root, new, old) == []


def test_an_edited_word_changes_only_the_search_files_with_the_old_or_the_new_word(root: Path) -> None:
    new, old = made(root, 2), made(root, 1)
    run(root, new, old)
    before = search_files(root)
    sent = {file.address: file.content for file in local_files(root / "feed", sha256_of)}
    text = old.paths.retimed.read_text(encoding="utf-8").replace("Schön", "Nett")
    old.paths.retimed.write_text(text, encoding="utf-8")
    run(root, new, old)
    after = search_files(root)
    grams = ("sch", "cho", "hoe", "oen", "net", "ett")
    written = {address for address in after if after[address] != before.get(address)}
    assert written == {addresses.search_shard(shard_of(gram, shard_count(2))) for gram in grams}
    files = local_files(root / "feed", sha256_of)
    to_send = {file.address for file in files if sent.get(file.address) != file.content}
    assert to_send & after.keys() == written

    clean = root / "clean"
    shutil.copytree(root / "episodes", clean / "episodes", ignore=shutil.ignore_patterns(".work"))
    run(clean, *(replace(entry, paths=ShowPaths(clean).episode(entry.episode.folder)) for entry in (new, old)))
    anew = search_files(clean)
    assert {address: content for address, (content, *_) in after.items()} == {
        address: content for address, (content, *_) in anew.items()
    }


def test_a_smaller_show_keeps_no_search_files_of_the_larger_one(root: Path) -> None:
    entries = [made(root, number) for number in (6, 5, 4, 3, 2, 1)]
    run(root, *entries)
    assert search_files(root).keys() == set(shard_addresses(6)) > set(shard_addresses(5))
    run(root, *entries[1:])
    assert search_files(root).keys() == set(shard_addresses(5))


def test_a_new_episode_rewrites_the_page_of_its_neighbour_and_no_older_one(root: Path) -> None:
    three, two, one = made(root, 3), made(root, 2), made(root, 1)
    run(root, two, one)
    ran = run(root, three, two, one)
    assert "pages:002-folge" in ran
    assert "pages:001-folge" not in ran
    assert "pages:assets/" not in ran


def test_episodes_whose_dates_are_swapped_are_swapped_in_the_search(root: Path) -> None:
    two, one = made(root, 2), made(root, 1)
    run(root, two, one)
    assert search_order(root) == ["001-folge", "002-folge"]
    dated_two, dated_one = (
        replace(entry, episode=replace(entry.episode, published=other.published))
        for entry, other in ((two, one), (one, two))
    )
    run(root, dated_one, dated_two)
    assert search_order(root) == ["002-folge", "001-folge"]


def test_other_colours_rewrite_only_the_style_sheet(root: Path) -> None:
    only = made(root, 1)
    run(root, only)
    assert run(root, only, theme=Theme(light=Palette(paper="#ffffff"))) == ["pages:assets/"]


def test_a_person_under_a_new_name_is_still_found_at_the_old_address(root: Path) -> None:
    entry = made(root, 1)
    former, other = entry.episode.speakers[:2]
    renamed = replace(former, name="Stimme Neu", slug="stimme-neu", aliases=(former.name, other.name))
    run(root, entry)
    old = root / "feed" / addresses.person(former.slug)
    run(root, replace(entry, episode=replace(entry.episode, speakers=(renamed, *entry.episode.speakers[1:]))))
    page = old.read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="0; url=../stimme-neu/index.html">' in page
    assert '<a href="../stimme-neu/index.html">Stimme Neu</a>' in page
    kept = (root / "feed" / addresses.person(other.slug)).read_text(encoding="utf-8")
    assert 'http-equiv="refresh"' not in kept  # somebody else's page is never replaced
    assert former.slug not in (root / "feed" / addresses.SITEMAP).read_text(encoding="utf-8")


def test_the_page_of_a_person_who_no_longer_speaks_is_deleted(root: Path) -> None:
    run(root, made(root, 1))
    page = root / "feed/personen/stimme-drei/index.html"
    assert page.is_file()
    run(root, made(root, 1, speakers=samples.SPEAKERS[:2]))
    assert not page.exists()


def test_reading_editions_stay_as_they_are_and_go_with_their_episode(root: Path) -> None:
    entry = made(root, 1)
    run(root, entry)
    editions = [root / "feed" / name("001-folge") for name in (addresses.book, addresses.document)]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in editions]
    run(root, made(root, 2), entry)
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in editions] == before
    run(root, made(root, 2))
    assert not any(path.exists() for path in editions)
