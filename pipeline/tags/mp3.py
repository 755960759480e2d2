"""Turn the encoded MP3 into the finished one: the same audio after a complete ID3 v2.3 tag.

The tag has what podcast players read: cover, chapters, transcript, show notes and where the episode comes from.
"""

# mypy: disable-error-code="no-untyped-call"
# mutagen 1.48 says it is typed, but its frames are not.

from __future__ import annotations

import hashlib
import io
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from mutagen import id3

from pipeline import addresses
from pipeline.notes.chapters import whole_second_chapters
from pipeline.notes.text import legal
from pipeline.values import media_types
from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.published import Enclosure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from pipeline.values.show import Chapter, Episode, Show

LANGUAGES = {"de": "deu"}  # ISO 639-2, as ID3 requires
PADDING_BYTES = 1024  # fixed: mutagen's own choice depends on the size of the file
ID3V1_BYTES = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the tags of a finished file say, in every format. `duration_s` is the length of the audio without the
    encoder's delay and padding; `lyrics` is the transcript."""

    show: Show
    episode: Episode
    cover_jpeg: bytes
    lyrics: str
    notes_text: str
    duration_s: float


def tag(encoded: Path, tagged: Path, contents: Contents) -> Enclosure:
    """Write the MP3 `encoded` with its tag to `tagged`; existing tags are dropped.

    The same contents and audio give the same bytes. Raises ConfigError if chapters do not fit the audio.
    """
    show, episode, duration_s = contents.show, contents.episode, contents.duration_s
    chapters = whole_second_chapters(episode.chapters, duration_s)
    frames = [
        *_frames_of_show(show),
        *_frames_of_episode(show, episode),
        _text(id3.TLEN, str(round(duration_s * 1000))),
        id3.COMM(
            encoding=id3.Encoding.UTF16, lang=LANGUAGES[show.language], desc="", text=[legal(contents.notes_text)]
        ),
        _text(id3.TDES, contents.notes_text),
        id3.USLT(encoding=id3.Encoding.UTF16, lang=LANGUAGES[show.language], desc="", text=legal(contents.lyrics)),
        id3.APIC(
            encoding=id3.Encoding.UTF16,
            mime=media_types.BY_SUFFIX[".jpg"],
            type=id3.PictureType.COVER_FRONT,
            desc="Cover",
            data=contents.cover_jpeg,
        ),
        *_chapter_frames(chapters, duration_s),
    ]
    size_bytes, sha256 = _write(encoded, tagged, _tag_bytes(frames))
    return Enclosure(
        path=addresses.audio(episode.folder),
        media_type=AUDIO_FORMATS["mp3"].media_type,
        size_bytes=size_bytes,
        duration_s=duration_s,
        sha256=sha256,
    )


def _frames_of_show(show: Show) -> Iterator[id3.Frame]:
    yield _text(id3.TALB, show.title)
    yield _text(id3.TPE1, show.author)
    yield _text(id3.TPUB, show.author)
    yield _text(id3.TCOP, show.copyright)
    yield _text(id3.TCON, "Podcast")
    yield _text(id3.TLAN, LANGUAGES[show.language])
    yield id3.PCST(value=1)
    if not show.placeholders:  # an address that leads nowhere must not travel with the file
        yield id3.WFED(url=_ascii(addresses.absolute(show.base_url, addresses.FEED)))


def _frames_of_episode(show: Show, episode: Episode) -> Iterator[id3.Frame]:
    yield _text(id3.TIT2, episode.title)
    yield _text(id3.TGID, episode.guid)
    if episode.number is not None:
        yield _text(id3.TRCK, str(episode.number))
    if episode.season is not None:
        yield _text(id3.TPOS, str(episode.season))
    if episode.published is not None:
        # ID3 v2.3 splits TDRC into three frames; mutagen 1.48 makes them from it, but loses TIME at full hours
        yield _text(id3.TYER, f"{episode.published:%Y}")
        yield _text(id3.TDAT, f"{episode.published:%d%m}")
        yield _text(id3.TIME, f"{episode.published:%H%M}")
    if not show.placeholders:
        yield id3.WOAF(url=_ascii(addresses.absolute(show.base_url, addresses.page(episode.folder))))


def _chapter_frames(chapters: Sequence[Chapter], duration_s: float) -> Iterator[id3.Frame]:
    """CHAP for each chapter, and the CTOC without which some players show none.

    mutagen 1.48 orders frames by size. All CHAP frames are made equally long, so that their ids decide, which ascend
    with time: players that take chapters in the order of the file then show them correctly.
    """
    if not chapters:
        return
    starts_ms = [int(chapter.start_s) * 1000 for chapter in chapters]
    ends_ms = [*starts_ms[1:], round(duration_s * 1000)]
    ids = [f"chp{index:04}" for index in range(len(chapters))]
    inside = [_inside_chapter(chapter) for chapter in chapters]
    longest = max(_length(frames) for frames in inside)
    for element_id, start_ms, end_ms, frames in zip(ids, starts_ms, ends_ms, inside, strict=True):
        pad = id3.PRIV(owner="padding", data=bytes(longest - _length(frames)))
        yield id3.CHAP(element_id=element_id, start_time=start_ms, end_time=end_ms, sub_frames=[*frames, pad])
    yield id3.CTOC(
        element_id="toc",
        flags=id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED,
        child_element_ids=ids,
        sub_frames=[_text(id3.TIT2, "Kapitel")],
    )


def _text(kind: type[id3.TextFrame], text: str) -> id3.Frame:
    return kind(encoding=id3.Encoding.UTF16, text=[legal(text)])


def _ascii(url: str) -> str:
    """`url`, percent-encoded for ID3, whose URL frames are Latin-1."""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")


def _inside_chapter(chapter: Chapter) -> list[id3.Frame]:
    frames: list[id3.Frame] = [_text(id3.TIT2, chapter.title)]
    if chapter.url:
        frames.append(id3.WXXX(encoding=id3.Encoding.UTF16, desc="", url=_ascii(chapter.url)))
    return frames


def _length(frames: Sequence[id3.Frame]) -> int:
    return len(_tag_bytes(frames))


def _tag_bytes(frames: Sequence[id3.Frame]) -> bytes:
    """`frames` as a whole ID3 v2.3 tag."""
    tags = id3.ID3()
    for frame in frames:
        tags.add(frame)
    tags.update_to_v23()
    buffer = io.BytesIO()
    tags.save(buffer, v1=0, v2_version=3, padding=lambda _: PADDING_BYTES)
    return buffer.getvalue()


def _write(encoded: Path, tagged: Path, tag_bytes: bytes) -> tuple[int, str]:
    """Write the tag, then the bare audio of `encoded`; return size and sha256 of the new file."""
    with encoded.open("rb") as source, tagged.open("wb+") as target:
        target.write(tag_bytes)
        source.seek(_audio_start(source))
        shutil.copyfileobj(source, target, 1 << 20)
        _drop_id3v1(target)
        size_bytes = target.seek(0, io.SEEK_END)
        target.seek(0)
        return size_bytes, hashlib.file_digest(target, "sha256").hexdigest()


def _audio_start(mp3: BinaryIO) -> int:
    """Where the first MPEG frame may be: after an ID3v2 tag, if there is one (id3.org, ID3v2.3 section 3.1)."""
    head = mp3.read(10)
    if not head.startswith(b"ID3"):
        return 0
    size = 0
    for seven_bits in head[6:10]:
        size = size << 7 | seven_bits
    return 10 + size


def _drop_id3v1(mp3: BinaryIO) -> None:
    size = mp3.seek(0, io.SEEK_END)
    if size < ID3V1_BYTES:
        return
    start = mp3.seek(size - ID3V1_BYTES)
    if mp3.read(3) == b"TAG":
        mp3.truncate(start)
