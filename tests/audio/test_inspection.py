"""Flaws of a usable recording are found, reported, and repaired if that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sounds import sine, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.media import pcm
from pipeline.values.audio import RecordingsFaults
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import Notice, Progress

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.values.audio import Timeline

RATE = 48_000


def assembled(folder: Path, samples: np.ndarray, *, kind: str = "s16") -> tuple[Timeline, str]:
    write_wav(folder / "raw.wav", samples, kind=kind)
    events: list[Progress | Notice] = []
    timeline = assemble(folder, [("raw.wav", None, 0.0)], listener=events.append)
    return timeline, " ".join(event.text for event in events if isinstance(event, Notice))


def heard(folder: Path, timeline: Timeline) -> np.ndarray:
    return np.concatenate(list(pcm.read_timeline(timeline, folder, sample_rate_hz=RATE, channels=2)))


def test_a_clean_recording_causes_no_notice(tmp_path: Path) -> None:
    stereo = np.hstack((voice(6), voice(6, seed=2)))
    assert assembled(tmp_path, stereo)[1] == ""
    loud = sine(6, 440, -0.05)[:, None]  # up to full scale, and not clipped
    assert assembled(tmp_path, loud, kind="s24")[1] == ""


def test_clipped_places_are_counted_and_named(tmp_path: Path) -> None:
    samples = voice(70)
    for second in (5, 61, 66):
        samples[second * RATE : second * RATE + 4800] *= 100
    text = assembled(tmp_path, samples)[1]
    assert "raw.wav ist an 3 Stellen übersteuert (00:05, 01:01, 01:06)" in text


def test_faults_are_handed_over_with_their_places_on_the_common_clock(tmp_path: Path) -> None:
    samples = voice(20)
    samples[5 * RATE : 5 * RATE + 4800] *= 100
    write_wav(tmp_path / "raw.wav", samples)
    told: list[RecordingsFaults] = []
    assemble(tmp_path, [("raw.wav", 0, 3.0)], listener=lambda _: None, on_faults=told.append)
    (faults,) = told[0].recordings
    assert (faults.file, faults.speaker) == ("raw.wav", 0)
    assert [round(moment_s) for moment_s in faults.clipped_s] == [8]
    assert from_json(RecordingsFaults, to_json(told[0])) == told[0]


@pytest.mark.parametrize("noise_db", [-60, -46, -36])
def test_noise_is_told_by_how_far_speech_is_above_it(tmp_path: Path, noise_db: float) -> None:
    samples = voice(20)
    samples[(np.arange(len(samples)) // RATE) % 4 == 3] = 0  # a pause every four seconds
    loud_db = 10 * np.log10(np.percentile((samples.reshape(-1, RATE // 20) ** 2).mean(axis=1), 95))
    hiss = np.random.default_rng(1).normal(0, 10 ** (noise_db / 20), samples.shape).astype(np.float32)
    write_wav(tmp_path / "raw.wav", samples + hiss)
    assert pcm.probe(tmp_path / "raw.wav").above_noise_db == pytest.approx(loud_db - noise_db, abs=1)


def test_values_that_are_not_numbers_become_silence_and_are_counted(tmp_path: Path) -> None:
    samples = voice(6)
    samples[1000:1003] = np.nan
    samples[2000] = np.inf
    samples[3000] = -np.inf
    timeline, text = assembled(tmp_path, samples, kind="f32")
    assert "enthält 5 Werte, die keine Zahlen sind" in text
    played = heard(tmp_path, timeline)
    assert np.isfinite(played).all()
    assert played[2000, 0] == 0


@pytest.mark.parametrize(("empty", "side"), [(0, "links"), (1, "rechts")])
def test_one_empty_side_plays_the_other_on_both(tmp_path: Path, empty: int, side: str) -> None:
    stereo = np.zeros((6 * RATE, 2))
    stereo[:, 1 - empty] = voice(6)[:, 0]
    stereo += 1e-5 * np.random.default_rng(1).standard_normal(stereo.shape)
    timeline, text = assembled(tmp_path, stereo)
    assert f"raw.wav hat {side} nichts" in text
    assert timeline.sources[0].channels == 1
    played = heard(tmp_path, timeline)
    assert np.array_equal(played[:, 0], played[:, 1])
    assert np.abs(played[:, 0] - stereo[:, 1 - empty]).max() < 1e-4


def test_inverted_sides_do_not_cancel_each_other(tmp_path: Path) -> None:
    timeline, text = assembled(tmp_path, np.hstack((voice(6), -voice(6))))
    assert "heben sich links und rechts auf" in text
    mono = np.concatenate(list(pcm.read_timeline(timeline, tmp_path, sample_rate_hz=RATE, channels=1)))
    assert np.abs(mono - voice(6)).max() < 1e-4
