"""A show of released episodes on disk: what one change rewrites, paging switched on and off, pictures of chapters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from feed_episodes import PROJECT, make_episode, make_show
from feed_rules import RULES
from lxml import etree
from publish_samples import make_cover

WISHES = {"podcast:image has a text for those who do not see it"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_show(tmp_path, more='cover_alt = "Ein Bild"')
    for number in range(1, 6):
        make_episode(tmp_path, number, words=100)
    return tmp_path


def podcast(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "pipeline", "--root", str(root), "--today", "2030-01-01", *arguments]
    ended = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True, encoding="utf-8")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def publish(root: Path) -> None:
    podcast(root, "feed")
    podcast(root, "pages")


def published(root: Path) -> dict[str, tuple[int, int]]:
    files = [path for path in (root / "feed").rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def rewritten(root: Path, before: dict[str, tuple[int, int]]) -> set[str]:
    return {name for name, stamp in published(root).items() if before.get(name) != stamp}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_one_new_episode_rewrites_the_feed_the_index_and_its_own_pages_only(root: Path) -> None:
    publish(root)
    before = published(root)
    make_episode(root, 6, words=100)
    publish(root)
    own = {name for name in published(root) if name.startswith("feed/folgen/006-folge/")}
    lists = {name for name in published(root) if name.startswith("feed/personen/")}
    neighbour = "feed/folgen/005-folge/index.html"
    assert rewritten(root, before) == {"feed/feed.xml", "feed/index.html", "feed/sitemap.xml", neighbour, *lists, *own}


def test_a_correction_rewrites_the_feed_and_the_page_that_shows_it(root: Path) -> None:
    publish(root)
    before = published(root)
    toml = root / "episodes/003-folge/episode.toml"
    edit(toml, 'recording = "raw.wav"', 'corrected = 2026-02-03T09:00:00+01:00\nrecording = "raw.wav"')
    edit(root / "episodes/show.toml", "[audio]", '[[funding]]\nurl = "https://example.org/"\ntext = "Mit"\n\n[audio]')
    publish(root)
    page = "feed/folgen/003-folge/index.html"
    books = {page.replace("index.html", f"lesefassung.{suffix}") for suffix in ("epub", "html")}
    assert rewritten(root, before) == {"feed/feed.xml", "feed/sitemap.xml", page, *books}
    feed = (root / "feed/feed.xml").read_text(encoding="utf-8")
    assert "<lastBuildDate>Tue, 03 Feb 2026 09:00:00 +0100</lastBuildDate>" in feed
    assert '<podcast:funding url="https://example.org/">Mit</podcast:funding>' in feed


def test_a_feed_can_be_paged_and_made_whole_again(root: Path) -> None:
    toml = root / "episodes/show.toml"
    podcast(root, "feed")
    whole = (root / "feed/feed.xml").read_bytes()
    edit(toml, "[audio]", "[feed]\npage_size = 2\n\n[audio]")
    podcast(root, "feed")
    feeds = {path.name: path.read_text(encoding="utf-8").count("<item>") for path in (root / "feed").glob("feed*.xml")}
    assert feeds == {"feed.xml": 3, "feed-1.xml": 2}
    make_episode(root, 6, words=100)  # a file is full: another one is added, and feed.xml links to it
    podcast(root, "feed")
    assert ">guid-4<" in (root / "feed/feed-2.xml").read_text(encoding="utf-8")
    before = published(root)
    make_episode(root, 7, words=100)
    podcast(root, "feed")
    assert rewritten(root, before) == {"feed/feed.xml"}
    edit(toml, "page_size = 2", "page_size = 0")
    podcast(root, "feed")
    assert [path.name for path in (root / "feed").glob("feed*.xml")] == ["feed.xml"]
    assert (root / "feed/feed.xml").read_bytes() != whole
    assert (root / "feed/feed.xml").read_text(encoding="utf-8").count("<item>") == 7


def test_two_clones_write_the_same_bytes(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    import shutil

    other = tmp_path_factory.mktemp("clone") / "show"
    shutil.copytree(root, other)
    for folder in (root, other):
        publish(folder)
    ours, theirs = ({name: (folder / name).read_bytes() for name in published(folder)} for folder in (root, other))
    assert ours == theirs


def test_pictures_of_chapters_are_published_where_the_feed_and_kapitel_json_say(root: Path) -> None:
    home = root / "episodes/002-folge"
    (home / "bilder").mkdir()
    make_cover(home / "bilder/karte.png", size=(320, 200))
    edit(home / "episode.toml", 'title = "Begrüßung"', 'title = "Begrüßung"\nimage = "bilder/karte.png"')
    publish(root)
    address = "folgen/002-folge/kapitel/karte.png"
    assert (root / "feed" / address).read_bytes() == (home / "bilder/karte.png").read_bytes()
    chapters = json.loads((root / "feed/folgen/002-folge/kapitel.json").read_text(encoding="utf-8"))["chapters"]
    assert chapters[0]["img"] == f"https://example.org/podcast/{address}"
    assert f'image="https://example.org/podcast/{address}"' in (root / "feed/feed.xml").read_text(encoding="utf-8")


def test_the_feed_on_disk_keeps_every_rule(root: Path) -> None:
    podcast(root, "feed")
    rss = etree.fromstring((root / "feed/feed.xml").read_bytes())
    assert [rule.text for rule in RULES if not rule.holds(rss)] == []


def test_the_show_as_shipped_keeps_every_rule_except_the_text_of_its_cover(tmp_path: Path) -> None:
    make_show(tmp_path)
    make_episode(tmp_path, 1, words=100)
    podcast(tmp_path, "feed")
    rss = etree.fromstring((tmp_path / "feed/feed.xml").read_bytes())
    assert {rule.text for rule in RULES if not rule.holds(rss)} <= WISHES


def test_chapters_are_proposed_without_changing_anything(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "pipeline", "--root", str(root), "chapters", "propose"]
    environment = {**os.environ, "PODCAST_EPISODE": "3"}
    ended = subprocess.run(
        command, cwd=PROJECT, check=False, capture_output=True, text=True, encoding="utf-8", env=environment
    )
    assert ended.returncode == 0, ended.stderr
    assert tomllib.loads(ended.stdout)["chapters"][0] == {"start": "00:00:00", "title": "Begrüßung"}
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    (root / "episodes/003-folge/words.json").unlink()
    ended = subprocess.run([*command, "3"], cwd=PROJECT, check=False, capture_output=True, text=True, encoding="utf-8")
    assert ended.returncode == 4
    assert "noch keine Zeiten" in ended.stderr
