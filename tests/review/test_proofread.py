"""What follows from „Fertig“: what the page of the episode says, and that `check` asks until somebody has read it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk import MOMENT, TEXT, make_show

from pipeline.editor.checks.transcript import check_transcript
from pipeline.paths import EpisodePaths
from pipeline.review.session import ReviewSession
from pipeline.show.config import load_episode, load_show
from pipeline.site.frame import Frame
from pipeline.site.pages import Around, render_episode_page
from pipeline.steps.pages import _proofread
from pipeline.transcript.editorial import parse
from pipeline.transcript.retime import retime
from pipeline.transcript.said import said_in_manuscript, said_in_transcript
from pipeline.values.published import Enclosure, Item, ShowNotes
from pipeline.values.show import Speaker
from pipeline.values.transcript import Transcript

SPEAKERS = (Speaker(name="Tom Takt"), Speaker(name="Sina Silbe"))


def due(paths: EpisodePaths) -> None:
    toml = paths.episode_toml.read_text(encoding="utf-8")
    toml = toml.replace("draft = true", "published = 2026-03-01T06:00:00+01:00")
    paths.episode_toml.write_text(toml, encoding="utf-8")


def asked(paths: EpisodePaths, *, now: datetime = MOMENT) -> list[str]:
    """What `check` says about proofreading."""
    show = load_show(paths.root)
    episode = load_episode(paths.root, paths.folder, show)
    found = check_transcript(paths.root, show, episode, now=now)
    return [finding.text for finding in found if "gegengelesen" in finding.text or "Gegenlesen" in finding.text]


def finish(root: Path) -> None:
    ReviewSession(root, "7", now=lambda: MOMENT).finish("")


def test_check_asks_until_somebody_has_read_the_text_as_it_is(tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    assert asked(paths) == [], "a draft is nobody's business yet"
    due(paths)
    assert asked(paths, now=MOMENT - timedelta(days=9)) == []
    assert asked(paths) == ["Dieses Transkript hat noch niemand gegengelesen."]
    finish(tmp_path)
    assert asked(paths) == []
    paths.transcript.write_text(TEXT.replace("\n", "\r\n").replace("Probe.", "Probe. "), encoding="utf-8", newline="")
    assert asked(paths) == [], "line ends and spaces are not words"
    paths.transcript.write_text(TEXT.replace("Probe", "Prüfung"), encoding="utf-8")
    assert asked(paths) == ["Seit dem Gegenlesen am 03.03.2026 wurde das Transkript geändert."]
    finish(tmp_path)
    assert asked(paths) == []


def test_check_does_not_ask_for_what_no_program_heard(tmp_path: Path) -> None:
    paths = make_show(tmp_path, heard=False)
    due(paths)
    assert asked(paths) == []


def timed(model: str) -> Transcript:
    return retime(parse(TEXT, speakers=SPEAKERS), None, duration_s=20.0, model=model).transcript


@pytest.mark.parametrize(
    ("model", "day", "said"),
    [
        ("base", MOMENT, "Automatisch erstellt mit dem Whisper-Modell „base“, von der Redaktion gegengelesen am "),
        ("base", None, "Grundlage: Spracherkennung mit dem Whisper-Modell „base“."),
        ("", MOMENT, "Von der Redaktion gegengelesen am "),
        ("", None, ""),
    ],
)
def test_the_page_says_what_people_did(tmp_path: Path, model: str, day: datetime | None, said: str) -> None:
    paths = make_show(tmp_path)
    show = load_show(paths.root)
    item = Item(
        episode=load_episode(paths.root, paths.folder, show),
        guid="0b8e2b0c-7d0b-4a7e-9d62-000000000007",
        enclosure=Enclosure(path="audio/x.mp3", media_type="audio/mpeg", size_bytes=1, duration_s=20.0, sha256="0"),
        published=MOMENT,
        notes=ShowNotes(html="", text=""),
        transcript=timed(model),
    )
    page = render_episode_page(Frame(show=show), item, (), Around(proofread=day))
    assert said in page
    assert ("gegengelesen" in page) == (day is not None)
    assert bool(re.search(r'am <time datetime="2026-03-03">[^<]*2026</time>\.</p>', page)) == (day is not None)
    assert ("Grundlage" in page) == (bool(model) and day is None)


def test_the_record_counts_for_its_own_text_only(tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    assert _proofread(paths, timed("base")) is None
    finish(tmp_path)
    assert _proofread(paths, timed("base")) == MOMENT
    other = retime(parse(TEXT.replace("Probe", "Prüfung"), speakers=SPEAKERS), None, duration_s=20.0).transcript
    assert _proofread(paths, other) is None
    assert _proofread(paths, None) is None


def test_text_with_and_without_times_say_the_same() -> None:
    for text in (TEXT, "Ohne Namen.\n\nTom Takt:\n\nSina Silbe:\nJa.\n\nSina Silbe:\nNein – doch.\n", ""):
        manuscript = parse(text, speakers=SPEAKERS)
        assert said_in_manuscript(manuscript) == said_in_transcript(retime(manuscript, None, duration_s=9.0).transcript)
    assert said_in_manuscript(parse(TEXT, speakers=SPEAKERS)) != said_in_manuscript(
        parse(TEXT.replace("Ich", "ich"), speakers=SPEAKERS)
    )
