"""The name of each format of the finished audio for listeners, web servers and apps."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.values.audio import FormatName


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """A format of the finished audio. `codecs` is written as in RFC 6381, "" if the media type says enough."""

    title: str
    media_type: str
    codecs: str = ""


AUDIO_FORMATS: Mapping[FormatName, AudioFormat] = {
    "mp3": AudioFormat(title="MP3", media_type="audio/mpeg"),
    "m4a": AudioFormat(title="M4A", media_type="audio/mp4", codecs="mp4a.40.2"),  # AAC-LC
    "opus": AudioFormat(title="Opus", media_type="audio/ogg", codecs="opus"),  # RFC 7845, section 9
}


def format_of(media_type: str) -> AudioFormat:
    """The format with that media type. An imported episode's format that we do not make is named after its type."""
    known = {entry.media_type: entry for entry in AUDIO_FORMATS.values()}
    return known.get(media_type) or AudioFormat(title=media_type.rpartition("/")[2].upper(), media_type=media_type)


def subresource_integrity(sha256: str) -> str:
    """The hash (64 hex digits) as in the W3C's Subresource Integrity: `sha256-` and base64."""
    return "sha256-" + base64.b64encode(bytes.fromhex(sha256)).decode("ascii")
