"""A made-up show on disk with released episodes without audio, as a fresh clone has them; for tests and benchmarks."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.paths import ShowPaths
from pipeline.values.json_files import recognition_to_json, to_json
from pipeline.values.published import Enclosure, Release
from pipeline.values.speech import Provenance, Recognition, Segment, Word

PROJECT = Path(__file__).parents[2]
START = datetime(2006, 1, 5, 6, 0, tzinfo=UTC)
WORD_S = 0.4

EPISODE = """\
number = {number}
slug = "folge"
title = "Folge {number}: „Erfundenes“ & mehr"
summary = "Worum es in Folge {number} geht."
guid = "guid-{number}"
published = {published}
recording = "raw.wav"

[[speakers]]
name = "Klara Klang"
role = "host"

[[speakers]]
name = "Tom Takt"
organisation = "Testwerk"

[[chapters]]
start = "00:00:00"
title = "Begrüßung"

[[chapters]]
start = "00:00:30"
title = "Kapitel zwei von Folge {number}"
"""


def make_show(root: Path, *, base_url: str = "https://example.org/podcast/", more: str = "") -> None:
    """Write the project's own show.toml and cover, with `base_url`; `more` are further top-level keys and tables."""
    paths = ShowPaths(root)
    paths.episodes.mkdir(parents=True)
    (root / "transcripts").mkdir()
    text = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8")
    text = text.replace("https://digitales-mv.invalid/podcast/", base_url).replace(
        "digitales-mv.invalid", "example.org"
    )
    top, tables = text.split("\n[", 1)
    paths.show_toml.write_text(f"{top}\n{more}\n[{tables}", encoding="utf-8")
    shutil.copy(PROJECT / "episodes/cover.jpg", paths.episodes / "cover.jpg")


def make_episode(root: Path, number: int, *, words: int = 300, size_bytes: int = 1_000_000) -> Release:
    """Write a released episode: TOML, show notes, transcript, recognised words, and release."""
    paths = ShowPaths(root).episode(f"{number:03}-folge")
    paths.home.mkdir()
    published = START + timedelta(weeks=number)
    paths.episode_toml.write_text(EPISODE.format(number=number, published=published.isoformat()), encoding="utf-8")
    paths.shownotes_md.write_text(
        f"Mehr zu Folge {number}.\n\n- [Link](https://example.org/{number})\n", encoding="utf-8"
    )
    said = [f"wort{n}" if n % 12 else "Satz." for n in range(1, words + 1)]
    halves = said[: words // 2], said[words // 2 :]
    text = "\n\n".join(
        f"{name}:\n{' '.join(half)}" for name, half in zip(("Klara Klang", "Tom Takt"), halves, strict=True)
    )
    paths.transcript.write_text(text + "\n", encoding="utf-8")
    heard = tuple(
        Word(text=word, start_s=n * WORD_S, end_s=(n + 1) * WORD_S - 0.05, probability=0.9)
        for n, word in enumerate(said)
    )
    segments = tuple(
        Segment(start_s=part[0].start_s, end_s=part[-1].end_s, times="word", words=part)
        for part in (heard[start : start + 20] for start in range(0, words, 20))
    )
    provenance = Provenance(
        model="small", model_sha256="1" * 64, engine="made up", versions=(), date="2026-01-01", demo=False
    )
    recognition = Recognition(fingerprint="0" * 64, provenance=provenance, segments=segments)
    paths.words.write_text(recognition_to_json(recognition), encoding="utf-8")
    release = Release(
        guid=f"guid-{number}",
        enclosure=Enclosure(
            path=f"audio/{paths.folder}.mp3",
            media_type="audio/mpeg",
            size_bytes=size_bytes,
            duration_s=words * WORD_S,
            sha256="0" * 64,
        ),
        published=published,
        slug="folge",
        number=number,
        season=None,
        episode_type="full",
        title=f"Folge {number}",
    )
    paths.release.write_text(to_json(release), encoding="utf-8")
    return release
