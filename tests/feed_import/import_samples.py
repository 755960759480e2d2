"""Feeds made by the tests, and the real command that imports them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
FEEDS = Path(__file__).parent / "feeds"
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def item(
    number: int = 1,
    *,
    title: str = "Erste Folge",
    guid: str | None = "kennung-1",
    date: str | None = "Mon, 06 Jan 2025 06:00:00 +0100",
    enclosure: str | None = '<enclosure url="https://audio.example/1.mp3" length="1234" type="audio/mpeg"/>',
    more: str = "<itunes:duration>60</itunes:duration>",
) -> str:
    return "".join(
        (
            f"<item><title>{title}</title><itunes:episode>{number}</itunes:episode>",
            "" if guid is None else f"<guid>{guid}</guid>",
            "" if date is None else f"<pubDate>{date}</pubDate>",
            enclosure or "",
            more,
            "</item>",
        )
    )


def feed(*items: str, channel: str = "") -> bytes:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {NAMESPACES}><channel><title>Probe</title>'
    return (text + channel + "".join(items) + "</channel></rss>").encode()


def podcast(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a separate process, on 2026-03-01; of the network it should reach only loopback."""
    import os

    command = [
        sys.executable,
        "-m",
        "pipeline",
        "--root",
        str(root),
        "--today",
        "2026-03-01T12:00:00+01:00",
        *arguments,
    ]
    env = {**os.environ, "NO_PROXY": "127.0.0.1", **environment}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=PROJECT, env=env)


def import_ok(root: Path, source: Path | str, *options: str) -> str:
    ended = podcast(root, "import-feed", str(source), *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def folders(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.glob("episodes/*/episode.toml"))


def toml(root: Path, folder: str) -> dict[str, Any]:
    return tomllib.loads((root / "episodes" / folder / "episode.toml").read_text(encoding="utf-8"))


def notes(root: Path, folder: str) -> str:
    return (root / "episodes" / folder / "shownotes.md").read_text(encoding="utf-8")


def snapshot(root: Path) -> dict[str, str]:
    """Every file with its hash, without locks."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name.rpartition(".")[2] != "lock")
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
