"""What a run reports about words that were heard before the show got new names, or by an older version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.build.step import State, Verdict
from pipeline.paths import ShowPaths
from pipeline.show.config import load_episode, load_show
from pipeline.steps.episode import EpisodeContext
from pipeline.steps.hearing import remarks_on_words
from pipeline.values.json_files import recognition_to_json
from pipeline.values.show import Glossary
from pipeline.values.speech import Provenance, Recognition

PROJECT = Path(__file__).parents[2]
FOLDER = "007-probe"
FRESH, OLDER = Verdict(state=State.FRESH), Verdict(state=State.OLDER)
AGAIN = f"make transcribe EPISODE={FOLDER} AGAIN=1"
DRAFT = "Tom Takt:\nGuten Tag.\n"
SPEAKERS = ("Tom Takt", "Sina Silbe")
EPISODE = """\
number = 7
slug = "probe"
title = "Probe"
summary = "Probe."
guid = "0b8e2b0c-7d0b-4a7e-9d62-000000000007"
published = 2026-01-15T06:00:00+01:00
recording = "raw.wav"
[[speakers]]
name = "Tom Takt"
role = "host"
[[speakers]]
name = "Sina Silbe"
"""


@pytest.fixture
def work(tmp_path: Path) -> EpisodeContext:
    """An episode that was heard with the names of its speakers and whose draft is unedited."""
    paths = ShowPaths(tmp_path).episode(FOLDER)
    paths.home.mkdir(parents=True)
    (tmp_path / "transcripts").mkdir()
    (tmp_path / "episodes/show.toml").write_bytes((PROJECT / "episodes/show.toml").read_bytes())
    (tmp_path / "episodes/cover.jpg").write_bytes(b"")
    (paths.home / "raw.wav").write_bytes(b"")
    paths.episode_toml.write_text(EPISODE, encoding="utf-8")
    for path in (paths.draft, paths.transcript):
        path.write_text(DRAFT, encoding="utf-8")
    show = load_show(tmp_path)
    episode = load_episode(tmp_path, FOLDER, show)
    work = EpisodeContext(root=tmp_path, paths=paths, show=show, episode=episode, today=date(2026, 3, 1))
    heard_with(work, SPEAKERS)
    return work


def heard_with(work: EpisodeContext, names: tuple[str, ...] | None) -> None:
    provenance = Provenance(model="base", model_sha256="", engine="x", versions=(), date="2026-03-01", demo=False)
    heard = Recognition(fingerprint="f", provenance=provenance, segments=(), vocabulary=names)
    work.paths.words.write_text(recognition_to_json(heard), encoding="utf-8")


def with_names(work: EpisodeContext, *names: str) -> EpisodeContext:
    return replace(work, show=replace(work.show, glossary=Glossary(words=names)))


def test_words_heard_with_every_name_get_no_remark(work: EpisodeContext) -> None:
    assert remarks_on_words(work, FRESH) == ()


def test_names_added_later_are_reported(work: EpisodeContext) -> None:
    text = f"Gehört ohne: Kuratorium. Wer neu hören lassen will: {AGAIN}"
    assert remarks_on_words(with_names(work, "Kuratorium", "Sina Silbe"), FRESH) == (text,)


def test_a_speaker_added_later_is_reported(work: EpisodeContext) -> None:
    heard_with(work, ("Tom Takt",))
    assert remarks_on_words(work, FRESH)[0].startswith("Gehört ohne: Sina Silbe.")


def test_some_of_many_names_are_listed_and_the_others_counted(work: EpisodeContext) -> None:
    told = remarks_on_words(with_names(work, *(f"Name{number}" for number in range(9))), FRESH)
    assert told[0].startswith("Gehört ohne: Name0, Name1, Name2, Name3, Name4 und 4 weitere. ")


def test_removed_names_are_not_reported(work: EpisodeContext) -> None:
    heard_with(work, (*SPEAKERS, "Kuratorium"))
    assert remarks_on_words(work, FRESH) == ()


@pytest.mark.parametrize("names", [None, ()], ids=["by an older version", "without any"])
def test_no_names_are_reported_if_the_vocabulary_is_unknown(
    work: EpisodeContext, names: tuple[str, ...] | None
) -> None:
    heard_with(work, names)
    assert bool(remarks_on_words(work, FRESH)) == (names == ())


def test_names_are_reported_for_a_corrected_transcript_too(work: EpisodeContext) -> None:
    work.paths.transcript.write_text(DRAFT.replace("Tag", "Morgen"), encoding="utf-8")
    (told,) = remarks_on_words(with_names(work, "Kuratorium"), FRESH)
    assert "Gehört ohne: Kuratorium." in told


@pytest.mark.parametrize("corrected", [False, True])
def test_an_older_version_is_reported_without_the_names(work: EpisodeContext, corrected: bool) -> None:
    if corrected:
        work.paths.transcript.write_text(DRAFT.replace("Tag", "Morgen"), encoding="utf-8")
    told = f"Diese Folge wurde mit einer älteren Fassung gehört; das bleibt so. Neu hören: {AGAIN}"
    assert remarks_on_words(with_names(work, "Kuratorium"), OLDER) == (told,)


@pytest.mark.parametrize("verdict", [FRESH, OLDER])
def test_a_released_episode_gets_no_remark(work: EpisodeContext, verdict: Verdict) -> None:
    work.paths.release.write_text("{}", encoding="utf-8")
    assert remarks_on_words(with_names(work, "Kuratorium"), verdict) == ()


def test_a_damaged_words_json_gets_no_remark_and_no_error(work: EpisodeContext) -> None:
    work.paths.words.write_text("{", encoding="utf-8")
    assert remarks_on_words(work, FRESH) == ()
