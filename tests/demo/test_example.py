"""The example episode's raw material: recording, script and settings agree."""

import json
import tomllib
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tools import example
from tools import example_script as script

EPISODE = example.RECORDING.parent


@pytest.fixture(scope="module")
def composed():
    return example.composed()


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert (stream.codec_context.name, stream.channels, stream.rate) == ("flac", 1, example.SAMPLE_RATE_HZ)
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)]).astype(np.float32) / 32767


def level_dbfs(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples**2)))


def spoken_by(recording, name: str) -> np.ndarray:
    places = [(t.start_s, t.end_s) for t in recording.turns if t.speaker == name]
    rate = example.SAMPLE_RATE_HZ
    return np.concatenate([recording.samples[round(a * rate) : round(b * rate)] for a, b in places])


def test_the_recording_in_the_project_is_what_the_script_says(composed):
    samples = decoded(example.RECORDING)
    assert len(samples) == len(composed.samples)
    assert np.abs(samples - composed.samples).max() < 1e-4  # 16 bits


def test_the_same_script_gives_the_same_file(tmp_path, composed):
    for name in ("one.flac", "two.flac"):
        example.write_flac(tmp_path / name, composed.samples)
    assert (tmp_path / "one.flac").read_bytes() == (tmp_path / "two.flac").read_bytes()


def test_the_stored_truth_is_that_of_the_script(composed):
    assert example.TRUTH.read_text(encoding="utf-8") == example.truth_json(composed)
    truth = json.loads(example.TRUTH.read_text(encoding="utf-8"))
    assert [turn["text"] for turn in truth["turns"]] == [" ".join(turn.sentences) for turn in script.SCRIPT]


def test_the_recording_is_about_two_minutes_and_small(composed):
    assert 100 <= composed.duration_s <= 140
    assert example.RECORDING.stat().st_size <= 3_000_000


def test_turns_have_clear_pauses(composed):
    pauses = [after.start_s - before.end_s for before, after in pairwise(composed.turns)]
    assert all(0.55 <= pause <= 1.25 for pause in pauses)
    assert all(before.speaker != after.speaker for before, after in pairwise(composed.turns))


def test_the_speakers_differ_in_level_and_nothing_clips(composed):
    levels = [level_dbfs(spoken_by(composed, member.name)) for member in script.CAST]
    assert max(levels) - min(levels) > 8
    for level, member in zip(levels, script.CAST, strict=True):
        assert level == pytest.approx(member.level_dbfs, abs=1)
    assert np.abs(composed.samples).max() < 0.98


def test_pauses_hold_only_a_faint_noise(composed):
    before_first = composed.samples[: round(0.7 * example.SAMPLE_RATE_HZ)]
    assert -80 < level_dbfs(before_first) < -76


def test_every_voice_says_that_it_is_synthetic():
    words = {
        name: " ".join(" ".join(t.sentences) for t in script.SCRIPT if t.speaker == name)
        for name in (member.name for member in script.CAST)
    }
    assert "synthetische Stimme" in words[script.HOST]
    assert "Stimme ist künstlich" in words[script.TAKT]
    assert "Rechner gesprochen" in words[script.SILBE]


def test_the_episode_file_names_the_cast_and_the_chapters(composed):
    episode = tomllib.loads((EPISODE / "episode.toml").read_text(encoding="utf-8"))
    assert episode["example"] is True
    assert episode["recording"] == example.RECORDING.name
    assert [(s["name"], s.get("organisation", "")) for s in episode["speakers"]] == [
        (member.name, member.organisation) for member in script.CAST
    ]
    begun = [(turn.chapter, turn.start_s) for turn in composed.turns if turn.chapter]
    assert [chapter["title"] for chapter in episode["chapters"]] == [title for title, _ in begun]
    for chapter, (_, start_s) in zip(episode["chapters"], begun, strict=True):
        hours, minutes, seconds = map(int, chapter["start"].split(":"))
        assert 0 <= start_s - (3600 * hours + 60 * minutes + seconds) < 1.0


def test_the_show_notes_contain_text_that_trips_markdown():
    notes = (EPISODE / "shownotes.md").read_text(encoding="utf-8")
    assert notes.count("*innen") >= 2
    assert "31. Mai" in notes
    assert ".invalid/" in notes
