"""The name of each format of the published transcript for readers, web servers and apps.

This is the only list of them: another format is one line here and one module in pipeline/transcript that renders it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptFormat:
    """`module` names the module of pipeline/transcript that renders the format; `label` is German, for the link on the
    episode's page. The feed names the file if `in_feed`, with `rel` (Podcasting 2.0: "captions" has a time per cue)."""

    module: str
    suffix: str
    label: str
    media_type: str
    in_feed: bool = False
    rel: Literal["", "captions"] = ""


TRANSCRIPT_FORMATS = (  # in the order of the links on the page and in the feed
    TranscriptFormat(module="plaintext", suffix=".txt", label="Text", media_type="text/plain"),
    TranscriptFormat(
        module="webvtt",
        suffix=".vtt",
        label="Untertitel, WebVTT",
        media_type="text/vtt",
        in_feed=True,
        rel="captions",
    ),
    TranscriptFormat(
        module="srt",
        suffix=".srt",
        label="Untertitel, SRT",
        media_type="application/x-subrip",
        in_feed=True,
        rel="captions",
    ),
    TranscriptFormat(module="html", suffix=".html", label="HTML", media_type="text/html"),
    TranscriptFormat(module="podcast_json", suffix=".json", label="JSON", media_type="application/json", in_feed=True),
)
