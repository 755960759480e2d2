"""Two microphones in one room: the start of each recording is found by comparing them, and no offset is claimed
otherwise."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sounds import write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.gains import Envelope
from pipeline.audio.tracks import CLOSED_DB, align, gate
from pipeline.german.espeak import Voice, speak, variants
from pipeline.speech.speakers import find_speakers
from pipeline.values.progress import Notice, Progress, no_listener
from pipeline.values.speech import SpeakerSpan
from tools.demo_model.sentences import sentences

if TYPE_CHECKING:
    from pathlib import Path

RATE = 22_050
ECHOES = ((0.004, 1.0), (0.011, 0.5), (0.019, 0.35), (0.031, 0.25))  # delay in seconds, amplitude: over the table
ROOM_S = 0.005  # the offset found may include either voice's way through the room


@cache
def talk(minutes: float, seed: int) -> tuple[np.ndarray, np.ndarray, tuple[tuple[float, float, int], ...]]:
    """What each of two people says, on one clock, and the turns: (start, end, who)."""
    rng = np.random.default_rng(seed)
    texts = sorted(sentences().trained)
    voices = (Voice(variant=variants()[3], pitch=40), Voice(variant=variants()[20], pitch=60))
    own = np.zeros((2, round(minutes * 60 * RATE)), np.float32)
    turns, at, who = [], RATE, 0
    while True:
        spoken = speak(" ".join(rng.choice(texts, size=rng.integers(1, 6))), voices[who]).samples
        if at + len(spoken) > own.shape[1]:
            return own[0], own[1], tuple(turns)
        own[who, at : at + len(spoken)] = spoken
        turns.append((at / RATE, (at + len(spoken)) / RATE, who))
        at += len(spoken) + round(rng.uniform(0.1, 0.8) * RATE)
        who = 1 - who


def microphones(minutes: float, *, bleed_db: float, seed: int = 0) -> list[np.ndarray]:
    """What two microphones hear of a talk; the second is 12 dB less sensitive."""
    rng = np.random.default_rng(seed)
    own = talk(minutes, seed)[:2]
    heard = []
    for who, level in enumerate((1.0, 0.25)):
        other = own[1 - who]
        bleed = sum(gain * np.roll(other, round(later * RATE)) for later, gain in ECHOES)
        noise = 1e-4 * rng.standard_normal(len(other))
        heard.append(level * (own[who] + 10 ** (bleed_db / 20) * bleed) + noise)
    return heard


def later(samples: np.ndarray, seconds: float) -> np.ndarray:
    return samples[round(seconds * RATE) :]


def faster(samples: np.ndarray, ppm: float) -> np.ndarray:
    """The samples as recorded by a device whose clock runs faster: more samples for the same time."""
    count = round(len(samples) * (1 + ppm * 1e-6))
    return np.interp(np.arange(count) / (1 + ppm * 1e-6), np.arange(len(samples)), samples)


def write_pair(folder: Path, first: np.ndarray, second: np.ndarray) -> list[Path]:
    return [write_wav(folder / name, samples, rate=RATE) for name, samples in (("a.wav", first), ("b.wav", second))]


@pytest.mark.parametrize("bleed_db", [-20, -30])
@pytest.mark.parametrize("offset_s", [3.217, -41.5])
def test_the_offset_is_found_by_what_both_microphones_hear(tmp_path: Path, bleed_db: float, offset_s: float) -> None:
    first, second = microphones(3, bleed_db=bleed_db)
    pair = write_pair(tmp_path, later(first, max(0, -offset_s)), later(second, max(0, offset_s)))
    found = align(pair, [None, None])
    assert found[1].found
    assert found[1].offset_s - found[0].offset_s == pytest.approx(offset_s, abs=ROOM_S)
    assert min(track.offset_s for track in found) == 0
    assert abs(found[1].drift_ppm) < 25  # the way through the room changes with who speaks, by 8 ms in three minutes


@pytest.mark.parametrize("seed", range(4))
def test_recordings_with_nothing_in_common_get_no_offset(tmp_path: Path, seed: int) -> None:
    apart = microphones(1.5, bleed_db=-90, seed=seed)  # each in its own room
    assert not align(write_pair(tmp_path, *apart), [None, None])[1].found
    strangers = microphones(1.5, bleed_db=-20, seed=seed)[0], microphones(1.5, bleed_db=-20, seed=seed + 1)[0]
    found = align(write_pair(tmp_path, *strangers), [None, None])
    assert [(track.offset_s, track.found) for track in found] == [(0, False), (0, False)]


def test_given_offsets_stay_and_other_tracks_are_placed_relative_to_them(tmp_path: Path) -> None:
    first, second = microphones(3, bleed_db=-20)
    pair = write_pair(tmp_path, first, later(second, 2.5))
    assert [track.offset_s for track in align(pair, [1.25, 7.0])] == [1.25, 7.0]
    found = align(pair, [10.0, None])
    assert found[0].offset_s == 10
    assert found[1].offset_s == pytest.approx(12.5, abs=ROOM_S)


def test_drift_is_measured_and_the_offset_is_right_in_the_middle(tmp_path: Path) -> None:
    first, second = microphones(5, bleed_db=-20)
    found = align(write_pair(tmp_path, first, faster(second, 80)), [None, None])
    assert found[1].drift_ppm == pytest.approx(80, abs=20)
    assert found[1].offset_s - found[0].offset_s == pytest.approx(-80e-6 * 150, abs=0.006)
    assert found[1].apart_s == pytest.approx(0.012, abs=0.003)


def test_assembling_places_tracks_and_reports_it(tmp_path: Path) -> None:
    first, second = microphones(3, bleed_db=-20)
    write_pair(tmp_path, later(first, 6.0), second)
    events: list[Progress | Notice] = []
    timeline = assemble(tmp_path, [("a.wav", 0, None), ("b.wav", 1, None)], listener=events.append)
    assert [source.offset_s for source in timeline.sources] == [pytest.approx(6, abs=ROOM_S), 0]
    assert any(isinstance(event, Notice) and "a.wav beginnt 6,0 s später" in event.text for event in events)

    write_pair(tmp_path, later(first, 0.02), second)
    events.clear()
    assemble(tmp_path, [("a.wav", 0, None), ("b.wav", 1, None)], listener=events.append)
    assert not any(isinstance(event, Notice) and "später als" in event.text for event in events)

    write_pair(tmp_path, *microphones(1.5, bleed_db=-90))
    events.clear()
    assemble(tmp_path, [("a.wav", 0, None), ("b.wav", 1, None)], listener=events.append)
    assert any(isinstance(event, Notice) and "`offset`" in event.text for event in events)


def test_who_speaks_is_right_at_20_db_of_bleed_with_levels_12_db_apart(tmp_path: Path) -> None:
    first, second = microphones(3, bleed_db=-20)
    write_pair(tmp_path, first, later(second, 4.0))
    timeline = assemble(tmp_path, [("a.wav", 0, None), ("b.wav", 1, None)], listener=no_listener)
    spans = find_speakers(timeline, tmp_path, 2, listener=no_listener).spans
    frames = np.arange(0, 180, 0.01)
    truth, heard = np.full(len(frames), -1), np.full(len(frames), -1)
    for start_s, end_s, who in talk(3, 0)[2]:
        truth[(frames >= start_s) & (frames < end_s)] = who
    for span in spans:
        heard[(frames >= span.start_s) & (frames < span.end_s)] = span.speaker
    spoken = truth >= 0
    assert np.mean(heard[spoken] != truth[spoken]) <= 0.10


def test_the_gate_opens_before_and_closes_after_its_speaker() -> None:
    spans = [
        SpeakerSpan(start_s=1, end_s=2, speaker=0),
        SpeakerSpan(start_s=2, end_s=4, speaker=1),
        SpeakerSpan(start_s=9, end_s=10, speaker=0),
    ]
    envelope = Envelope(*gate(spans, 0, 10))
    assert np.all(np.diff(envelope.times_s) > 0)
    assert envelope.at(np.array([0, 0.85, 2.3, 2.4, 8, 8.85, 10])).tolist() == [CLOSED_DB, 0, 0, *[CLOSED_DB] * 2, 0, 0]
    assert Envelope(*gate(spans, 1, 10)).at(np.array([0, 3, 9])).tolist() == [CLOSED_DB, 0, CLOSED_DB]
    assert Envelope(*gate(spans, 2, 10)).at(np.array([0, 5, 10])).tolist() == [CLOSED_DB] * 3
    assert gate([], 0, 10)[0].tolist() == [0, 10]
