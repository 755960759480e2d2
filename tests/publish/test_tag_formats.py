"""The finished M4A and Opus as other programs read them: mutagen and ffmpeg."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
import numpy as np
import pytest
from mutagen.flac import Picture
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from publish_samples import EPISODE, SHOW, episode, jpeg, show

from pipeline.audio.chapters import write_chapters
from pipeline.audio.codecs import codec
from pipeline.audio.ffmpeg import encode_stream
from pipeline.errors import ConfigError
from pipeline.media import pcm
from pipeline.notes.chapters import whole_second_chapters
from pipeline.tags.m4a import tag_m4a
from pipeline.tags.mp3 import Contents
from pipeline.tags.opus import tag_opus
from pipeline.values.audio import AudioSettings
from pipeline.values.published import AlternateEnclosure
from pipeline.values.show import Episode

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.values.audio import FormatName

DURATION_S = 4.6
LYRICS = "Stimme Eins:\nMoin, liebe Zuhörer*innen! 🚢\n"
NOTES = "Worum es geht: Leitungen.\n\nKapitel:\n00:00 Begrüßung\n"
STARTS = [("0.000000", "Begrüßung"), ("1.000000", EPISODE.chapters[1].title), ("3.000000", "Ende")]
FORMATS: tuple[FormatName, ...] = ("m4a", "opus")


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> dict[FormatName, Path]:
    folder = tmp_path_factory.mktemp("encoded")
    time = np.arange(round(DURATION_S * 44_100)) / 44_100
    samples = (0.2 * np.sin(2 * np.pi * 330 * time)).astype(np.float32)[:, None].repeat(2, axis=1)
    for name in FORMATS:
        options = codec(name, AudioSettings()).options
        encode_stream([samples], folder / f"a.{name}", sample_rate_hz=44_100, channels=2, options=options)
    return {name: folder / f"a.{name}" for name in FORMATS}


def tagged(
    name: FormatName, encoded: dict[FormatName, Path], folder: Path, of: Episode = EPISODE, **changes: Any
) -> tuple[Path, AlternateEnclosure]:
    """Tag as the episode's step does: an M4A gets its chapters with the sound, then its tags."""
    values: dict[str, Any] = {
        "show": SHOW,
        "episode": of,
        "cover_jpeg": jpeg(),
        "lyrics": LYRICS,
        "notes_text": NOTES,
        "duration_s": DURATION_S,
    }
    contents = Contents(**{**values, **changes})
    path = folder / f"fertig.{name}"
    if name == "opus":
        return path, tag_opus(encoded[name], path, contents)
    chapters = whole_second_chapters(of.chapters, contents.duration_s)
    write_chapters(encoded[name], path, chapters, duration_s=contents.duration_s, language="deu")
    return path, tag_m4a(path, contents)


def overview_by_ffmpeg(path: Path) -> str:
    done = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path)], check=False, capture_output=True)
    return done.stderr.decode("utf-8")


def test_an_m4a_has_all_tags_that_itunes_and_players_read(encoded: dict[FormatName, Path], tmp_path: Path) -> None:
    path, _ = tagged("m4a", encoded, tmp_path)
    tags = MP4(path).tags
    assert tags is not None
    texts = {key: value[0] for key, value in tags.items() if isinstance(value, list) and isinstance(value[0], str)}
    assert texts == {
        "\xa9nam": EPISODE.title,
        "\xa9alb": SHOW.title,
        "\xa9ART": SHOW.author,
        "aART": SHOW.author,
        "\xa9pub": SHOW.author,
        "\xa9gen": "Podcast",
        "catg": SHOW.category,
        "cprt": SHOW.copyright,
        "desc": EPISODE.summary,
        "ldes": NOTES,
        "\xa9cmt": NOTES,
        "\xa9lyr": LYRICS,
        "egid": EPISODE.guid,
        "\xa9day": "2026-05-31T06:00:00+02:00",
        "purl": "https://example.org/podcast/feed.xml",
    }
    assert (tags["trkn"], tags["disk"], tags["pcst"], tags["stik"]) == ([(7, 0)], [(2, 0)], True, [21])
    assert bytes(tags["covr"][0]) == jpeg()
    assert bytes(tags["----:com.apple.iTunes:LANGUAGE"][0]) == b"deu"


def test_an_opus_file_has_all_tags_that_players_read(encoded: dict[FormatName, Path], tmp_path: Path) -> None:
    path, _ = tagged("opus", encoded, tmp_path)
    tags = OggOpus(path).tags
    assert tags is not None
    found = {key.upper(): value for key, (value,) in tags.as_dict().items()}
    picture = Picture(base64.b64decode(found.pop("METADATA_BLOCK_PICTURE")))
    assert (picture.type, picture.mime, picture.data) == (3, "image/jpeg", jpeg())
    assert found == {
        "ALBUM": SHOW.title,
        "ARTIST": SHOW.author,
        "ORGANIZATION": SHOW.author,
        "COPYRIGHT": SHOW.copyright,
        "GENRE": "Podcast",
        "LANGUAGE": "deu",
        "TITLE": EPISODE.title,
        "TRACKNUMBER": "7",
        "DISCNUMBER": "2",
        "DATE": "2026-05-31",
        "CONTACT": "https://example.org/podcast/folgen/007-breitband/index.html",
        "DESCRIPTION": NOTES,
        "LYRICS": LYRICS,
        "CHAPTER001": "00:00:00.000",
        "CHAPTER001NAME": "Begrüßung",
        "CHAPTER002": "00:00:01.000",
        "CHAPTER002NAME": EPISODE.chapters[1].title,
        "CHAPTER002URL": "https://example.org/k2",
        "CHAPTER003": "00:00:03.000",
        "CHAPTER003NAME": "Ende",
    }


@pytest.mark.parametrize("name", FORMATS)
def test_ffmpeg_reads_the_chapters_at_their_exact_seconds(
    name: FormatName, encoded: dict[FormatName, Path], tmp_path: Path
) -> None:
    path, _ = tagged(name, encoded, tmp_path, lyrics="Ein Satz über Breitband. " * 4000)
    overview = overview_by_ffmpeg(path)
    assert re.findall(r"Chapter #0:\d+: start (\S+), end \S+\n.*\n\s+title\s+: (.*)", overview) == STARTS
    assert EPISODE.title in overview
    assert "attached pic" in overview


@pytest.mark.parametrize("name", FORMATS)
def test_the_sound_is_untouched(name: FormatName, encoded: dict[FormatName, Path], tmp_path: Path) -> None:
    path, _ = tagged(name, encoded, tmp_path, cover_jpeg=jpeg(900), lyrics=LYRICS * 5000)
    before, after = (
        np.concatenate(list(pcm.read_blocks(file, sample_rate_hz=48_000, channels=2))) for file in (encoded[name], path)
    )
    assert np.array_equal(before, after)


@pytest.mark.parametrize("name", FORMATS)
def test_an_episode_has_no_tags_for_what_it_lacks(
    name: FormatName, encoded: dict[FormatName, Path], tmp_path: Path
) -> None:
    bare = episode(number=None, season=None, published=None, chapters=())
    at_nobody = show(placeholders=("base_url",), base_url="https://podcast.invalid/")
    path, _ = tagged(name, encoded, tmp_path, bare, show=at_nobody)
    tags = (MP4(path) if name == "m4a" else OggOpus(path)).tags
    absent = {"trkn", "disk", "\xa9day", "purl"} | {"TRACKNUMBER", "DISCNUMBER", "DATE", "CONTACT", "CHAPTER001"}
    assert tags is not None
    assert not absent & {str(key) for key in tags}
    assert "Chapter" not in overview_by_ffmpeg(path)
    assert b".invalid" not in path.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_input_gives_the_same_bytes_and_the_enclosure_describes_them(
    name: FormatName, encoded: dict[FormatName, Path], tmp_path: Path
) -> None:
    path, enclosure = tagged(name, encoded, tmp_path)
    content = path.read_bytes()
    assert tagged(name, encoded, tmp_path) == (path, enclosure)
    assert path.read_bytes() == content
    assert enclosure == AlternateEnclosure(
        path=f"audio/007-breitband.{name}",
        media_type={"m4a": "audio/mp4", "opus": "audio/ogg"}[name],
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


@pytest.mark.parametrize("name", FORMATS)
def test_a_chapter_after_the_end_stops_the_tagging(
    name: FormatName, encoded: dict[FormatName, Path], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="die Folge endet aber bei 00:02"):
        tagged(name, encoded, tmp_path, duration_s=2.5)
    assert not (tmp_path / f"fertig.{name}").exists()


def test_titles_arrive_as_they_were_written(encoded: dict[FormatName, Path], tmp_path: Path) -> None:
    of = episode(title="vor\x00nach = ]]> 🚢👩🏽‍💻", chapters=())
    m4a, _ = tagged("m4a", encoded, tmp_path, of)
    opus, _ = tagged("opus", encoded, tmp_path, of)
    read = [(MP4(m4a).tags or {})["\xa9nam"], (OggOpus(opus).tags or {})["TITLE"]]
    assert read == [["vornach = ]]> 🚢👩🏽‍💻"]] * 2
