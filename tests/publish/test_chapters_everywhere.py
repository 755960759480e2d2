"""One list of chapters in episode.toml gives the same chapters in every place that listeners see."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest
from lxml import etree
from mutagen.id3 import ID3
from publish_samples import SHOW, episode, item, jpeg, make_mp3

from pipeline.feed.rss import render_feed
from pipeline.notes.chapters import render_json_chapters, whole_second_chapters
from pipeline.notes.shownotes import render_shownotes
from pipeline.site.frame import Frame
from pipeline.site.pages import render_episode_page
from pipeline.tags.mp3 import Contents, tag
from pipeline.timecode import clock, full_clock, parse_timecode
from pipeline.values.published import Item, ShowNotes
from pipeline.values.show import Chapter

DURATION_S = 5.0
PSC = "{http://podlove.org/simple-chapters}"
WRITTEN = (  # as people write: out of order, with fractions, one with a link, one with a picture, one with markup
    Chapter(start_s=4.2, title="Ende & <Schluss>"),
    Chapter(start_s=0.0, title="Begrüßung", image="bilder/moin.jpg"),
    Chapter(start_s=2.9, title="Ein langer Titel " * 6 + "🚢", url="https://example.org/k?a=1&b=2"),
    Chapter(start_s=1.5, title="„Zwei“"),
)
EPISODE = episode(chapters=WRITTEN)
EXPECTED = [(int(chapter.start_s), chapter.title.strip()) for chapter in sorted(WRITTEN, key=lambda c: c.start_s)]
Marks = list[tuple[int, str]]


@pytest.fixture(scope="module")
def notes() -> ShowNotes:
    return render_shownotes("Mehr dazu.", episode=EPISODE, duration_s=DURATION_S)


@pytest.fixture(scope="module")
def mp3(notes: ShowNotes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mp3")
    encoded = make_mp3(home / "encoded.mp3", seconds=DURATION_S)
    contents = Contents(
        show=SHOW, episode=EPISODE, cover_jpeg=jpeg(), lyrics="Moin.", notes_text=notes.text, duration_s=DURATION_S
    )
    tag(encoded, home / "fertig.mp3", contents)
    return home / "fertig.mp3"


@pytest.fixture(scope="module")
def made(notes: ShowNotes) -> Item:
    plain = item(EPISODE, notes=notes, transcript=None)
    return replace(plain, enclosure=replace(plain.enclosure, duration_s=DURATION_S))


def listed(text: str) -> Marks:
    """The lines of a text that begin with a time."""
    found = re.findall(r"^(\d\d:\d\d) (.+)$", text, re.MULTILINE)
    return [(int(parse_timecode(time)), title.strip()) for time, title in found]


def test_the_mp3_has_the_chapters_in_time_order_and_in_its_table_of_contents(mp3: Path) -> None:
    tags = ID3(mp3, translate=False)
    chapters = tags.getall("CHAP")
    marks = [(chapter.start_time // 1000, chapter.sub_frames["TIT2"].text[0].strip()) for chapter in chapters]
    assert marks == EXPECTED
    (contents,) = tags.getall("CTOC")
    assert contents.child_element_ids == [chapter.element_id for chapter in chapters]
    ends = [chapter.end_time for chapter in chapters]
    assert ends == [chapter.start_time for chapter in chapters[1:]] + [round(DURATION_S * 1000)]


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed (Debian: apt-get install ffmpeg)")
def test_ffprobe_finds_the_chapters_in_the_mp3(mp3: Path) -> None:
    command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(mp3)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["chapters"]
    assert [(round(float(chapter["start_time"])), chapter["tags"]["title"].strip()) for chapter in found] == EXPECTED


def test_kapitel_json_has_the_chapters_with_links_and_pictures() -> None:
    chapters = whole_second_chapters(WRITTEN, DURATION_S)
    read = json.loads(render_json_chapters(chapters, title="x", image_url=lambda file: f"https://example.org/{file}"))
    assert [(entry["startTime"], entry["title"].strip()) for entry in read["chapters"]] == EXPECTED
    assert [entry.get("img") for entry in read["chapters"]] == ["https://example.org/bilder/moin.jpg", None, None, None]
    assert [entry.get("url") for entry in read["chapters"]] == [None, None, "https://example.org/k?a=1&b=2", None]


def test_psc_and_the_lists_in_the_feed_have_the_chapters(made: Item) -> None:
    (found,) = etree.fromstring(render_feed(SHOW, [made])).iter("item")
    entries = list(found.iter(f"{PSC}chapter"))
    marks = [(int(parse_timecode(entry.get("start", ""))), entry.get("title", "").strip()) for entry in entries]
    assert marks == EXPECTED
    assert entries[0].get("image") == "https://example.org/podcast/folgen/007-breitband/kapitel/moin.jpg"
    for path in ("{http://purl.org/rss/1.0/modules/content/}encoded", "description"):
        html = (found.findtext(path) or "").replace("<br>", "<br>\n").replace("</p>", "</p>\n")
        assert listed(lxml.html.fragment_fromstring(html, create_parent="div").text_content()) == EXPECTED


def test_the_text_of_tags_and_the_page_have_the_chapters(made: Item, notes: ShowNotes) -> None:
    assert listed(notes.text) == EXPECTED
    chapters = whole_second_chapters(WRITTEN, DURATION_S)
    page = lxml.html.fromstring(render_episode_page(Frame(show=SHOW), made, chapters))
    links = page.xpath("//ol[@class='chapters']/li/a[@data-start]")
    assert [(int(link.get("data-start")), link.text_content().split(" ", 1)[1].strip()) for link in links] == EXPECTED


def test_times_are_written_the_same_for_people_and_for_programs() -> None:
    for seconds in (0, 59, 60, 3599, 3600, 36_000):
        assert parse_timecode(clock(seconds)) == parse_timecode(full_clock(seconds)) == seconds
