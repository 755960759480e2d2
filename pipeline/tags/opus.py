"""Turn the encoded Opus file into the finished one: the same packets with Vorbis comments, cover and chapters."""

# mypy: disable-error-code="no-untyped-call"
# mutagen 1.48 says it is typed, but its Ogg files are not.

from __future__ import annotations

import base64
import shutil
from typing import TYPE_CHECKING

from mutagen.flac import Picture
from mutagen.id3 import PictureType
from mutagen.oggopus import OggOpus

from pipeline import addresses
from pipeline.build.files import sha256_of
from pipeline.notes.chapters import whole_second_chapters
from pipeline.notes.text import legal
from pipeline.tags.mp3 import LANGUAGES, PADDING_BYTES
from pipeline.timecode import milliseconds_clock
from pipeline.values import media_types
from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.published import AlternateEnclosure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.tags.mp3 import Contents
    from pipeline.values.show import Chapter, Episode, Show


def tag_opus(encoded: Path, tagged: Path, contents: Contents) -> AlternateEnclosure:
    """Write the Opus file `encoded` with its comments to `tagged`; existing ones are dropped. The same contents and
    audio give the same bytes. Raises ConfigError if chapters do not fit the audio."""
    show, episode = contents.show, contents.episode
    chapters = whole_second_chapters(episode.chapters, contents.duration_s)
    shutil.copyfile(encoded, tagged)
    file = OggOpus(tagged)
    assert file.tags is not None, "every Opus file has a comment header (RFC 7845)"
    file.tags.clear()
    comments = [
        *_comments_of_show(show),
        *_comments_of_episode(show, episode),
        ("DESCRIPTION", contents.notes_text),
        ("LYRICS", contents.lyrics),
        *_chapter_comments(chapters),
        ("METADATA_BLOCK_PICTURE", _picture(contents.cover_jpeg)),
    ]
    file.tags.extend((name, legal(value)) for name, value in comments)
    file.save(padding=lambda _: PADDING_BYTES)
    return AlternateEnclosure(
        path=addresses.audio(episode.folder, name="opus"),
        media_type=AUDIO_FORMATS["opus"].media_type,
        size_bytes=tagged.stat().st_size,
        sha256=sha256_of(tagged),
    )


def _comments_of_show(show: Show) -> Iterator[tuple[str, str]]:
    yield "ALBUM", show.title
    yield "ARTIST", show.author
    yield "ORGANIZATION", show.author
    yield "COPYRIGHT", show.copyright
    yield "GENRE", "Podcast"
    yield "LANGUAGE", LANGUAGES[show.language]


def _comments_of_episode(show: Show, episode: Episode) -> Iterator[tuple[str, str]]:
    yield "TITLE", episode.title
    if episode.number is not None:
        yield "TRACKNUMBER", str(episode.number)
    if episode.season is not None:
        yield "DISCNUMBER", str(episode.season)
    if episode.published is not None:
        yield "DATE", f"{episode.published:%Y-%m-%d}"
    if not show.placeholders:  # an address that leads nowhere must not travel with the file
        yield "CONTACT", addresses.absolute(show.base_url, addresses.page(episode.folder))


def _chapter_comments(chapters: Sequence[Chapter]) -> Iterator[tuple[str, str]]:
    """Chapters as defined by wiki.xiph.org/Chapter_Extension."""
    for number, chapter in enumerate(chapters, start=1):
        name = f"CHAPTER{number:03}"
        yield name, milliseconds_clock(chapter.start_s)
        yield f"{name}NAME", chapter.title
        if chapter.url:
            yield f"{name}URL", chapter.url


def _picture(jpeg: bytes) -> str:
    picture = Picture()
    picture.type = PictureType.COVER_FRONT
    picture.mime = media_types.BY_SUFFIX[".jpg"]
    picture.desc = "Cover"
    picture.data = jpeg
    return base64.b64encode(picture.write()).decode("ascii")
