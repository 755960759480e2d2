"""The finished MP3 as other programs read it: mutagen, ffmpeg, and the bytes themselves."""

from __future__ import annotations

import hashlib
import re
import subprocess
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
import pytest
from mutagen.id3 import ID3
from mutagen.mp3 import MP3
from publish_samples import EPISODE, SHOW, episode, jpeg, make_mp3, show

from pipeline.errors import ConfigError
from pipeline.tags.mp3 import Contents, tag
from pipeline.values.published import Enclosure
from pipeline.values.show import Chapter, Episode, Show

if TYPE_CHECKING:
    from pathlib import Path

DURATION_S = 4.6
LYRICS = "Stimme Eins:\nMoin, liebe Zuhörer*innen! 🚢\n"


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_mp3(tmp_path_factory.mktemp("mp3") / "encoded.mp3", seconds=DURATION_S)


def tagged(
    encoded: Path, folder: Path, of: Episode = EPISODE, by: Show = SHOW, **changes: Any
) -> tuple[Path, Enclosure]:
    path = folder / "fertig.mp3"
    values: dict[str, Any] = {
        "cover_jpeg": jpeg(),
        "lyrics": LYRICS,
        "notes_text": "Worum es geht: Leitungen.\n\nKapitel:\n00:00 Begrüßung\n",
        "duration_s": DURATION_S,
    }
    return path, tag(encoded, path, Contents(show=by, episode=of, **{**values, **changes}))


def metadata_by_ffmpeg(path: Path) -> str:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8")


def overview_by_ffmpeg(path: Path) -> str:
    """ffmpeg's overview of a file. Its times are those of the file (an ffmetadata output has the encoder's delay
    subtracted)."""
    done = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path)], check=False, capture_output=True)
    return done.stderr.decode("utf-8")


def test_the_whole_set_of_frames_is_read_back(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path)
    tags = ID3(path, translate=False)
    assert tags.version == (2, 3, 0)
    texts = {name: str(tags[name]) for name in tags if name.startswith("T")}
    assert texts == {
        "TIT2": EPISODE.title,
        "TALB": SHOW.title,
        "TPE1": SHOW.author,
        "TPUB": SHOW.author,
        "TCOP": SHOW.copyright,
        "TRCK": "7",
        "TPOS": "2",
        "TYER": "2026",  # this and the next two are TDRC in ID3 v2.3
        "TDAT": "3105",
        "TIME": "0600",
        "TCON": "Podcast",
        "TLAN": "deu",
        "TLEN": "4600",
        "TGID": EPISODE.guid,
        "TDES": "Worum es geht: Leitungen.\n\nKapitel:\n00:00 Begrüßung\n",
    }
    assert str(ID3(path)["TDRC"]) == "2026-05-31 06:00:00"
    assert tags["PCST"].value == 1
    assert tags["WFED"].url == "https://example.org/podcast/feed.xml"
    assert tags["WOAF"].url == "https://example.org/podcast/folgen/007-breitband/index.html"
    assert str(tags["COMM::deu"]) == texts["TDES"]
    assert tags["USLT::deu"].text == LYRICS
    picture = tags["APIC:Cover"]
    assert (picture.type, picture.mime, picture.data) == (3, "image/jpeg", jpeg())


def test_texts_are_written_in_utf_16(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path)
    tags = ID3(path, translate=False)
    assert {frame.encoding for frame in tags.values() if hasattr(frame, "encoding")} == {1}
    assert EPISODE.title.encode("utf-16-le") in path.read_bytes()


def test_chapters_have_whole_seconds_and_no_gaps(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path)
    tags = ID3(path)
    toc = tags["CTOC:toc"]
    assert int(toc.flags) == 0b11  # top-level, ordered
    chapters = [tags[f"CHAP:{element_id}"] for element_id in toc.child_element_ids]
    assert [(c.start_time, c.end_time) for c in chapters] == [(0, 1000), (1000, 3000), (3000, 4600)]
    assert [str(c.sub_frames["TIT2"]) for c in chapters] == [c.title for c in EPISODE.chapters]
    assert chapters[1].sub_frames["WXXX:"].url == "https://example.org/k2"


@pytest.mark.parametrize("lengths", [(80, 1, 40, 2, 60), (1, 1, 1), (5, 200), (3,)])
def test_the_file_has_chapters_in_time_order_however_long_their_titles_are(
    encoded: Path, tmp_path: Path, lengths: tuple[int, ...]
) -> None:
    chapters = tuple(
        Chapter(start_s=i * 0.9, title=str(i) * length, url="https://example.org/" if i % 2 else "")
        for i, length in enumerate(lengths)
    )
    spread = tuple(Chapter(start_s=float(i), title=c.title, url=c.url) for i, c in enumerate(chapters))
    path, _ = tagged(encoded, tmp_path, episode(chapters=spread), duration_s=99.0)
    found = re.findall(rb"CHAP(.{4})\x00\x00(chp\d{4})\x00(.{4})", path.read_bytes(), re.DOTALL)
    assert len(found) == len(lengths)
    assert len({size for size, _, _ in found}) == 1
    starts_ms = [int.from_bytes(start_ms, "big") for _, _, start_ms in found]
    assert starts_ms == [i * 1000 for i in range(len(lengths))]


def test_ffmpeg_reads_the_same_tags_and_chapters(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path, episode(title="Über die Küste 🚢"))
    text = metadata_by_ffmpeg(path)
    assert "title=Über die Küste 🚢\n" in text
    assert f"album={SHOW.title}\n" in text
    assert "genre=Podcast\n" in text
    assert "track=7\n" in text
    assert re.findall(r"Chapter #0:\d+: start (\S+), end (\S+)", overview_by_ffmpeg(path)) == [
        ("0.000000", "1.000000"),
        ("1.000000", "3.000000"),
        ("3.000000", "4.600000"),
    ]
    for chapter in EPISODE.chapters:
        assert f"title={chapter.title}\n" in text


def test_an_episode_without_chapters_has_neither_chapters_nor_their_table(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path, episode(chapters=()))
    assert not [name for name in ID3(path) if name.startswith(("CHAP", "CTOC"))]


def test_an_episode_has_no_tags_for_what_it_lacks(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path, episode(number=None, season=None, published=None))
    assert not {"TRCK", "TPOS", "TDRC", "TYER"} & set(ID3(path))


def test_no_address_is_written_while_placeholders_remain(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path, by=show(placeholders=("base_url",), base_url="https://podcast.invalid/"))
    assert not {"WFED", "WOAF"} & set(ID3(path))
    assert b".invalid" not in path.read_bytes()


def test_the_audio_after_the_tag_is_untouched(encoded: Path, tmp_path: Path) -> None:
    path, _ = tagged(encoded, tmp_path)
    assert path.read_bytes().endswith(encoded.read_bytes())
    assert MP3(path).info.length == pytest.approx(MP3(encoded).info.length)


def test_tags_of_the_encoder_are_dropped(encoded: Path, tmp_path: Path) -> None:
    foreign = make_mp3(tmp_path / "fremd.mp3", seconds=DURATION_S, id3=True)
    assert foreign.read_bytes()[-128:-125] == b"TAG"
    path, _ = tagged(foreign, tmp_path)
    assert b"fremd" not in path.read_bytes()
    assert path.read_bytes().endswith(encoded.read_bytes())
    assert path.read_bytes().count(b"ID3\x03\x00") == 1


def test_the_enclosure_describes_the_finished_file(encoded: Path, tmp_path: Path) -> None:
    path, enclosure = tagged(encoded, tmp_path)
    assert enclosure == Enclosure(
        path="audio/007-breitband.mp3",
        media_type="audio/mpeg",
        size_bytes=path.stat().st_size,
        duration_s=DURATION_S,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def test_the_same_input_gives_the_same_bytes(encoded: Path, tmp_path: Path) -> None:
    first, _ = tagged(encoded, tmp_path)
    before = first.read_bytes()
    second, _ = tagged(encoded, tmp_path)
    assert second.read_bytes() == before


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Größe & „Maß“ <b>", "Größe & „Maß“ <b>"),
        ("ein ]]> und 🚢👩🏽‍💻", "ein ]]> und 🚢👩🏽‍💻"),
        ("vor\x00nach", "vornach"),  # a NUL would make two titles of one
        ("a/b; c", "a/b; c"),
    ],
)
def test_titles_arrive_as_they_were_written(encoded: Path, tmp_path: Path, written: str, read: str) -> None:
    chapters = (Chapter(start_s=0.0, title=written),)
    path, _ = tagged(encoded, tmp_path, episode(title=written, chapters=chapters))
    tags = ID3(path)
    assert tags["TIT2"].text == [read]
    assert tags["CHAP:chp0000"].sub_frames["TIT2"].text == [read]


def test_an_address_with_characters_beyond_latin_1_is_escaped(encoded: Path, tmp_path: Path) -> None:
    chapters = (Chapter(start_s=0.0, title="x", url="https://example.org/Ł?a=1&b=%20#ü"),)
    path, _ = tagged(encoded, tmp_path, episode(chapters=chapters))
    assert ID3(path)["CHAP:chp0000"].sub_frames["WXXX:"].url == "https://example.org/%C5%81?a=1&b=%20#%C3%BC"


def test_a_long_transcript_fits(encoded: Path, tmp_path: Path) -> None:
    lyrics = "Stimme Eins:\n" + "Ein Satz über Breitband. " * 4000
    path, _ = tagged(encoded, tmp_path, lyrics=lyrics)
    assert ID3(path)["USLT::deu"].text == lyrics


def test_a_chapter_after_the_end_stops_the_tagging(encoded: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="die Folge endet aber bei 00:02"):
        tagged(encoded, tmp_path, duration_s=2.5)
    assert not (tmp_path / "fertig.mp3").exists()
