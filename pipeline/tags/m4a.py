"""Write iTunes tags into a finished M4A, which already has its chapters as a separate track."""

# mypy: disable-error-code="no-untyped-call"
# mutagen 1.48 says it is typed, but its MP4 tags are not.

from __future__ import annotations

from typing import TYPE_CHECKING

from mutagen.mp4 import AtomDataType, MP4Cover, MP4FreeForm, MP4Tags

from pipeline import addresses
from pipeline.build.files import sha256_of
from pipeline.notes.text import clip_bytes, legal
from pipeline.tags.mp3 import LANGUAGES, PADDING_BYTES
from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.published import AlternateEnclosure

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.tags.mp3 import Contents

MEDIA_KIND_PODCAST = 21  # of iTunes' `stik`
DESCRIPTION_LIMIT_BYTES = 255  # of `desc`; `ldes` has the whole text


def tag_m4a(path: Path, contents: Contents) -> AlternateEnclosure:
    """Tag the M4A at `path` in place; sound and chapters stay. The same contents and file give the same bytes."""
    tags = MP4Tags()
    for key, text in _texts(contents).items():
        tags[key] = [legal(text)]
    if contents.episode.number is not None:
        tags["trkn"] = [(contents.episode.number, 0)]
    if contents.episode.season is not None:
        tags["disk"] = [(contents.episode.season, 0)]
    tags["pcst"] = True
    tags["stik"] = [MEDIA_KIND_PODCAST]
    tags["covr"] = [MP4Cover(contents.cover_jpeg, imageformat=MP4Cover.FORMAT_JPEG)]
    language = LANGUAGES[contents.show.language].encode("ascii")
    tags["----:com.apple.iTunes:LANGUAGE"] = [MP4FreeForm(language, dataformat=AtomDataType.UTF8)]
    tags.save(path, padding=lambda _: PADDING_BYTES)
    return AlternateEnclosure(
        path=addresses.audio(contents.episode.folder, name="m4a"),
        media_type=AUDIO_FORMATS["m4a"].media_type,
        size_bytes=path.stat().st_size,
        sha256=sha256_of(path),
    )


def _texts(contents: Contents) -> dict[str, str]:
    """Text by atom; those that begin with © are Apple's original ones."""
    show, episode = contents.show, contents.episode
    texts = {
        "\xa9nam": episode.title,
        "\xa9alb": show.title,
        "\xa9ART": show.author,
        "aART": show.author,
        "\xa9pub": show.author,
        "\xa9gen": "Podcast",
        "catg": show.category,
        "cprt": show.copyright,
        "desc": clip_bytes(legal(episode.summary), DESCRIPTION_LIMIT_BYTES),
        "ldes": contents.notes_text,
        "\xa9cmt": contents.notes_text,
        "\xa9lyr": contents.lyrics,
        "egid": episode.guid,
    }
    if episode.published is not None:
        texts["\xa9day"] = episode.published.isoformat()
    if not show.placeholders:  # an address that leads nowhere must not travel with the file
        texts["purl"] = addresses.absolute(show.base_url, addresses.FEED)
    return texts
