"""M4A and Opus from show.toml to the feed, and what a release does to them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from lxml import etree
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from probe_show import FOLDER, podcast

if TYPE_CHECKING:
    from pathlib import Path

NS = {"podcast": "https://podcastindex.org/namespace/1.0"}
NAMES = ("mp3", "m4a", "opus")


def set_formats(show: Path, formats: str) -> None:
    """Set the formats in episode.toml, whose last table is [speech]."""
    path = show / f"episodes/{FOLDER}/episode.toml"
    plain = path.read_text(encoding="utf-8").partition("\n[audio]")[0]
    path.write_text(f"{plain}\n[audio]\nfurther_formats = {formats}\n", encoding="utf-8")


def run(show: Path, *arguments: str) -> str:
    ended = podcast(show, *arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def announced(show: Path) -> dict[str, tuple[str, str]]:
    """Name of the file → its length and hash as the feed states them."""
    feed = etree.parse(show / "feed/feed.xml")
    found = {}
    for element in feed.iterfind(".//podcast:alternateEnclosure", NS):
        source = element.find("podcast:source", NS)
        integrity = element.find("podcast:integrity", NS)
        assert source is not None
        assert integrity is not None
        found[source.attrib["uri"].rpartition("/")[2]] = (element.attrib["length"], integrity.attrib["value"])
    return found


def test_formats_go_from_the_settings_to_the_feed_and_are_frozen_with_the_release(show: Path) -> None:
    audio = {name: show / f"feed/audio/{FOLDER}.{name}" for name in NAMES}
    mp3 = audio["mp3"].read_bytes()
    assert announced(show) == {}

    set_formats(show, '["m4a", "opus"]')
    run(show, "episode", "1")
    assert audio["mp3"].read_bytes() == mp3
    assert {name: size for name, (size, _) in announced(show).items()} == {
        f"{FOLDER}.{name}": str(audio[name].stat().st_size) for name in NAMES
    }
    assert [chapter.start for chapter in MP4(audio["m4a"]).chapters or ()] == [0.0, 5.0]
    assert (OggOpus(audio["opus"]).tags or {})["CHAPTER002"] == ["00:00:05.000"]
    page = (show / f"feed/folgen/{FOLDER}/index.html").read_text(encoding="utf-8")
    assert page.count(f"../../audio/{FOLDER}.") == 5  # the player, its message about errors, and three downloads

    set_formats(show, '["opus"]')
    run(show, "episode", "1")
    assert not audio["m4a"].exists()
    assert list(announced(show)) == [f"{FOLDER}.mp3", f"{FOLDER}.opus"]

    run(show, "release", "1")
    promised = json.loads((show / f"episodes/{FOLDER}/release.json").read_text(encoding="utf-8"))["enclosure"]
    (opus,) = promised["alternates"]
    assert opus["sha256"] == hashlib.sha256(audio["opus"].read_bytes()).hexdigest()
    before = {name: audio[name].read_bytes() for name in ("mp3", "opus")}
    told = announced(show)
    set_formats(show, '["m4a"]')
    said = " ".join(run(show, "episode", "1").split())
    assert "Veröffentlicht ist die Folge als MP3 und Opus, in den Einstellungen steht MP3 und M4A." in said
    assert {name: audio[name].read_bytes() for name in ("mp3", "opus")} == before
    assert not audio["m4a"].exists()
    assert announced(show) == told
