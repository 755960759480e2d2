"""Real podcast clients subscribe over loopback, download and update: Debian's gPodder and newsboat, where installed."""

from __future__ import annotations

import functools
import http.server
import io
import os
import re
import select
import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import podcastparser
import pytest
from publish_samples import EPISODE, FULL_ENCLOSURE, FULL_EPISODE, FULL_SHOW, episode, item, jpeg, make_mp3, show

from pipeline.feed.rss import render_feed
from pipeline.tags.mp3 import Contents, tag
from pipeline.values.show import Show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GPO = shutil.which("gpo")
NEWSBOAT, PODBOAT = shutil.which("newsboat"), shutil.which("podboat")
with_gpodder = pytest.mark.skipif(
    GPO is None, reason="gPodder's gpo is not installed (Debian: apt-get install gpodder)"
)
with_newsboat = pytest.mark.skipif(
    NEWSBOAT is None or PODBOAT is None, reason="newsboat is not installed (Debian: apt-get install newsboat)"
)
PATIENCE_S = 60


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its interface
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Show, Path]]:
    """A show whose address is on loopback, and the folder that is served."""
    home = tmp_path / "site"
    (home / "audio").mkdir(parents=True)
    handler = functools.partial(_Quiet, directory=str(home))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield show(base_url=f"http://127.0.0.1:{server.server_port}/"), home
        server.shutdown()
        thread.join()


def proxyless(**more: str) -> dict[str, str]:
    return {**{key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}, **more}


def publish(by: Show, served: Path, count: int) -> None:
    """Write a feed with `count` episodes, each with its own audio; more episodes give the file a later time."""
    items = []
    for number in range(1, count + 1):
        audio = served / "audio" / f"{number:03}-folge.mp3"
        if not audio.exists():
            make_mp3(audio, seconds=1.0 + number / 10)
        of = episode(
            folder=f"{number:03}-folge",
            guid=f"guid-{number}",
            number=number,
            title=f"Folge {number}",
            published=EPISODE.published + timedelta(days=number),
            chapters=(),
        )
        plain = item(of)
        items.append(replace(plain, enclosure=replace(plain.enclosure, size_bytes=audio.stat().st_size)))
    (served / "feed.xml").write_bytes(render_feed(by, items))
    os.utime(served / "feed.xml", (1_800_000_000 + count, 1_800_000_000 + count))  # servers answer "not modified" by it


def gpo(home: Path, *arguments: str) -> str:
    # TERM=dumb keeps gpo from paging; it downloads below its own home
    environment = proxyless(GPODDER_HOME=str(home), TERM="dumb", LANGUAGE="en", LC_ALL="C.UTF-8")
    assert GPO is not None
    done = subprocess.run(
        [GPO, *arguments], check=True, capture_output=True, env=environment, timeout=120, stdin=subprocess.DEVNULL
    )
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode("utf-8"))


@with_gpodder
def test_gpodder_subscribes_lists_and_downloads_the_same_file(tmp_path: Path, site: tuple[Show, Path]) -> None:
    by, served = site
    audio = served / "audio" / f"{EPISODE.folder}.mp3"
    encoded = make_mp3(tmp_path / "encoded.mp3")
    contents = Contents(show=by, episode=EPISODE, cover_jpeg=jpeg(), lyrics="Moin.", notes_text="Kurz.", duration_s=4.6)
    enclosure = tag(encoded, audio, contents)
    (served / "feed.xml").write_bytes(render_feed(by, [item(enclosure=enclosure)]))
    home = tmp_path / "gpodder"

    gpo(home, "subscribe", by.base_url + "feed.xml")
    assert by.title in gpo(home, "list")
    assert EPISODE.title in gpo(home, "episodes")
    gpo(home, "download")
    (downloaded,) = (home / "Downloads").rglob("*.mp3")
    assert downloaded.read_bytes() == audio.read_bytes()


@with_gpodder
def test_gpodder_finds_exactly_one_new_episode_after_one_was_published(tmp_path: Path, site: tuple[Show, Path]) -> None:
    by, served = site
    home = tmp_path / "gpodder"
    publish(by, served, 3)
    gpo(home, "subscribe", by.base_url + "feed.xml")
    gpo(home, "download")
    assert len(list((home / "Downloads").rglob("*.mp3"))) == 3
    assert "0 new episodes" in gpo(home, "update")
    publish(by, served, 4)
    assert "1 new episode\n" in gpo(home, "update")
    assert "Folge 4" in gpo(home, "pending")
    gpo(home, "download")
    downloaded = {path.read_bytes() for path in (home / "Downloads").rglob("*.mp3")}
    assert downloaded == {path.read_bytes() for path in (served / "audio").iterdir()}


@with_gpodder
def test_gpodder_takes_the_newest_200_of_a_long_feed_and_later_only_the_new_one_is_new(
    tmp_path: Path, site: tuple[Show, Path]
) -> None:
    """The rest comes with the first update, as already heard (gPodder 3.11, limit.episodes); episodes in the future
    would be new as well, but our feed never has any."""
    by, served = site
    home = tmp_path / "gpodder"

    def offer(count: int) -> None:
        made = (
            episode(
                folder=f"{number:03}-folge",
                guid=f"guid-{number}",
                title=f"Folge {number}",
                published=datetime(2015, 1, 1, 6, tzinfo=UTC) + timedelta(weeks=number),
                chapters=(),
            )
            for number in range(1, count + 1)
        )
        (served / "feed.xml").write_bytes(render_feed(by, [item(each) for each in made]))
        os.utime(served / "feed.xml", (1_800_000_000 + count, 1_800_000_000 + count))

    offer(260)
    gpo(home, "subscribe", by.base_url + "feed.xml")
    assert "200 new episodes\n" in gpo(home, "pending")
    offer(261)
    assert "201 new episodes\n" in gpo(home, "update")
    assert gpo(home, "episodes").count("Folge ") == 261


@with_newsboat
def test_newsboat_queues_and_podboat_downloads_exactly_the_one_new_episode(
    tmp_path: Path, site: tuple[Show, Path]
) -> None:
    by, served = site
    home, downloads = tmp_path / "home", tmp_path / "downloads"
    (home / ".newsboat").mkdir(parents=True)
    (home / ".newsboat/urls").write_text(by.base_url + "feed.xml\n", encoding="utf-8")
    settings = f'podcast-auto-enqueue yes\ndownload-path "{downloads}/"\n'
    (home / ".newsboat/config").write_text(settings, encoding="utf-8")
    queue = home / ".newsboat/queue"

    publish(by, served, 3)
    newsboat(home, "-x", "reload")
    assert newsboat(home, "-x", "print-unread").startswith("3 ")
    assert [line.split()[0] for line in queue.read_text(encoding="utf-8").splitlines()] == [
        f"{by.base_url}audio/{number:03}-folge.mp3" for number in (3, 2, 1)
    ]
    queue.unlink()
    publish(by, served, 4)
    newsboat(home, "-x", "reload")
    assert newsboat(home, "-x", "print-unread").startswith("4 ")
    (line,) = queue.read_text(encoding="utf-8").splitlines()
    assert line.split()[0] == f"{by.base_url}audio/004-folge.mp3"

    podboat(home, until=downloads / "004-folge.mp3")
    (downloaded,) = downloads.iterdir()
    assert downloaded.read_bytes() == (served / "audio/004-folge.mp3").read_bytes()


def newsboat(home: Path, *arguments: str) -> str:
    assert NEWSBOAT is not None
    done = subprocess.run(
        [NEWSBOAT, "-q", *arguments],
        check=True,
        capture_output=True,
        env=proxyless(HOME=str(home), TERM="xterm"),
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.decode("utf-8")


def podboat(home: Path, *, until: Path) -> None:
    """Run podboat, which needs a terminal, until it has renamed its finished download to `until`."""
    import pty  # not on Windows

    assert PODBOAT is not None
    ours, its = pty.openpty()
    running = subprocess.Popen(
        [PODBOAT, "-a"], stdin=its, stdout=its, stderr=its, env=proxyless(HOME=str(home), TERM="xterm")
    )
    os.close(its)
    try:
        while not until.exists():
            ready, _, _ = select.select([ours], [], [], PATIENCE_S)
            assert ready, "podboat says nothing any more"
            os.read(ours, 65536)
    finally:
        running.terminate()
        running.wait(PATIENCE_S)
        os.close(ours)


def test_podcastparser_reads_what_gpodder_and_others_rely_on() -> None:
    feed = render_feed(FULL_SHOW, [item(FULL_EPISODE, enclosure=FULL_ENCLOSURE)])
    read = podcastparser.parse(FULL_SHOW.base_url + "feed.xml", io.BytesIO(feed))
    assert (read["title"], read["link"], read["language"]) == (FULL_SHOW.title, FULL_SHOW.base_url, "de")
    assert read["cover_url"] == "https://example.org/podcast/assets/cover.jpg"
    assert read["new_url"] == "https://neu.example.org/feed.xml"
    assert read["itunes_categories"] == [["Society & Culture", "Places & Travel"]]
    (entry,) = read["episodes"]
    assert (entry["guid"], entry["title"], entry["number"], entry["season"]) == (
        FULL_EPISODE.guid,
        FULL_EPISODE.title,
        7,
        2,
    )
    assert entry["total_time"] == 60
    assert [(chapter["start"], chapter["title"]) for chapter in entry["chapters"]] == [
        (0, "Begrüßung"),
        (1, FULL_EPISODE.chapters[1].title),
        (3, "Ende"),
    ]
    assert entry["enclosures"][0]["file_size"] == 960_000
    assert entry["chapters"][2]["image"] == "https://example.org/podcast/folgen/007-breitband/kapitel/ende.jpg"
    assert entry["episode_art_url"] == "https://example.org/podcast/folgen/007-breitband/cover.png"
    assert entry["description_html"].startswith("<p>Worum es geht")
