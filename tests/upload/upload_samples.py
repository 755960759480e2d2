"""A small `feed/`, the servers that tests send it to, and the examples of docs/server.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FILES = {
    "audio/001-alt.mp3": b"ID3 alt" * 999,
    "audio/002-neu.mp3": b"ID3 neu" * 1001,
    "folgen/001-alt/index.html": b"<p>alt",
    "folgen/001-alt/transkript.vtt": b"WEBVTT\n",
    "folgen/001-alt/transkript.html": b"<p>Wort",
    "folgen/002-neu/index.html": b"<p>neu",
    "folgen/002-neu/kapitel.json": b"{}",
    "folgen/002-neu/lesefassung.epub": b"PK",
    "folgen/002-neu/lesefassung.html": b"<p>Buch",
    "assets/podcast.css": b"p{}",
    "assets/cover.jpg": b"\xff\xd8",
    "index.html": b"<p>alle",
    "feed.xml": b"<rss/>",
}


@dataclass(frozen=True)
class SftpServer:
    """`folder` is served under `url`; `home` is the HOME of a user who may log in and knows the server."""

    url: str
    folder: Path
    home: Path
    port: int


@dataclass(frozen=True)
class S3Server:
    url: str
    endpoint: str
    bucket: str


DOCS = (Path(__file__).parents[2] / "docs/server.md").read_text(encoding="utf-8")


def snippets(language: str) -> list[str]:
    """The examples in docs/server.md in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
