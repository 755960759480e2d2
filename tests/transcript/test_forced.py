"""Times for a text without recognition: a synthetic reading, found in a recording whose true times are known."""

from __future__ import annotations

import itertools
import json
import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile
from transcript_samples import HOST, SPEAKERS, words_of

from pipeline.german import espeak
from pipeline.media import pcm
from pipeline.transcript import mfcc as features
from pipeline.transcript.dtw import warp
from pipeline.transcript.editorial import Manuscript, parse
from pipeline.transcript.forced import estimate
from pipeline.transcript.mfcc import HOP_S, RATE_HZ, mfcc, normalised_features
from pipeline.transcript.retime import retime
from pipeline.values.progress import Progress
from pipeline.values.speech import Recognition

ROOT = Path(__file__).parents[2]
HUMANS = ROOT / "../shared/data"
SENTENCES = (
    "Im Hafen liegen heute drei Schiffe.",
    "Die Möwen streiten laut um ein Brötchen.",
    "Gegen Mittag kommt die Fähre aus Schweden.",
    "Niemand hat den Fahrplan gelesen.",
    "Am Kai steht eine alte Waage.",
    "Sie zeigt seit Jahren dasselbe Gewicht an.",
)


def speech(text: str, variant: str, speed_wpm: int = 150) -> np.ndarray:
    spoken = espeak.speak(text, espeak.Voice(variant=variant, speed_wpm=speed_wpm))
    samples = np.interp(
        np.arange(0, len(spoken.samples), spoken.sample_rate_hz / RATE_HZ),
        np.arange(len(spoken.samples)),
        spoken.samples,
    )
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1]].astype(np.float32) * 0.5


def recorded(path: Path, parts: list[np.ndarray], pauses_s: list[float], *, lead: np.ndarray, seed: int) -> list[float]:
    """Write the parts one after the other, a pause after each, over a little noise; return where each begins."""
    starts, pieces, now = [], [lead], len(lead)
    for part, pause_s in zip(parts, pauses_s, strict=True):
        starts.append(now / RATE_HZ)
        silence = np.zeros(round(pause_s * RATE_HZ), np.float32)
        pieces += [part, silence]
        now += len(part) + len(silence)
    samples = np.concatenate(pieces)
    samples += np.random.default_rng(seed).normal(0, 3e-4, len(samples)).astype(np.float32)
    wavfile.write(path, RATE_HZ, (samples * 32767).astype(np.int16))
    return starts


def text_of(paragraphs: list[str] | tuple[str, ...]) -> Manuscript:
    return parse(f"{HOST.name}:\n" + "\n\n".join(paragraphs) + "\n", speakers=SPEAKERS)


def heard(manuscript: Manuscript, audio: Path) -> Recognition:
    return estimate(manuscript, audio, fingerprint="0" * 64, today=date(2026, 1, 2))


def paragraph_starts(manuscript: Manuscript, audio: Path) -> list[float]:
    duration_s = len(pcm.read_mono_16k(audio)) / RATE_HZ
    transcript = retime(manuscript, heard(manuscript, audio), duration_s=duration_s).transcript
    return [paragraph.start_s for turn in transcript.turns for paragraph in turn.paragraphs]


@pytest.mark.parametrize("pause_s", [0.3, 4.0])
def test_paragraphs_are_found_in_another_voice_at_another_pace(tmp_path, pause_s):
    parts = [speech(text, "f4", 180) for text in SENTENCES]
    truth = recorded(tmp_path / "a.wav", parts, [pause_s] * len(parts), lead=np.zeros(16_000, np.float32), seed=1)
    found = paragraph_starts(text_of(SENTENCES), tmp_path / "a.wav")
    assert np.abs(np.subtract(found, truth)).max() < 0.3


def test_music_before_the_first_word_is_waited_out(tmp_path):
    time_s = np.arange(12 * RATE_HZ) / RATE_HZ
    music = (0.1 * np.sin(2 * np.pi * 220 * time_s) * (1 + np.sin(2 * np.pi * 2 * time_s))).astype(np.float32)
    parts = [speech(text, "m3") for text in SENTENCES]
    truth = recorded(tmp_path / "a.wav", parts, [0.5] * len(parts), lead=music, seed=2)
    found = paragraph_starts(text_of(SENTENCES), tmp_path / "a.wav")
    assert np.quantile(np.abs(np.subtract(found, truth)), 0.8) < 0.5


def test_speech_that_is_not_in_the_text_is_skipped(tmp_path):
    stranger = speech("Zwischendurch erzählt jemand von ganz anderen Dingen, die niemand aufgeschrieben hat.", "m3")
    parts = [speech(text, "m3") for text in SENTENCES]
    parts.insert(3, stranger)
    truth = recorded(tmp_path / "a.wav", parts, [0.5] * len(parts), lead=np.zeros(8000, np.float32), seed=3)
    del truth[3]
    found = paragraph_starts(text_of(SENTENCES), tmp_path / "a.wav")
    assert np.median(np.abs(np.subtract(found, truth))) < 0.3


def test_the_turns_of_the_example_are_found():
    truth = json.loads((ROOT / "tests/demo/example_truth.json").read_text("utf-8"))["turns"]
    found = paragraph_starts(text_of([turn["text"] for turn in truth]), ROOT / "episodes/000-beispiel/raw.flac")
    assert np.abs(np.subtract(found, [turn["start_s"] for turn in truth])).max() < 0.5


@pytest.mark.skipif(not HUMANS.exists(), reason="the recordings lie outside the repository")
def test_nine_in_ten_paragraphs_of_human_speech_are_found_within_half_a_second(tmp_path):
    clips = {
        "thorsten/sample01-gt.wav": "Eure Schoko-Bonbons sind sagenhaft lecker!",
        "thorsten/sample02-gt.wav": "Eure Tröte nervt.",
        "thorsten/sample03-gt.wav": "Europa und Asien zusammengenommen wird auch als Eurasien bezeichnet.",
        "thorsten/sample04-gt.wav": "Euer Plan hat ja toll geklappt.",
        "picovoice/leopard_test_de.wav": "Der hinter diesem Portal liegende Raum wurde als Leichenhalle genutzt.",
        "picovoice/cheetah_test_de.wav": "Die Werbung vermittelt einen falschen Eindruck.",
    }
    dice = random.Random(4)
    order = [dice.choice(sorted(clips)) for _ in range(40)]
    parts = []
    for name in order:
        samples = pcm.read_mono_16k(HUMANS / name)
        loud = np.flatnonzero(np.abs(samples) > 0.12 * np.abs(samples).max())
        parts.append(samples[loud[0] :] / np.abs(samples).max() * np.float32(dice.uniform(0.2, 0.6)))
    pauses_s = [dice.choice((0.1, 0.3, 0.6, 1.5)) for _ in order]
    truth = recorded(tmp_path / "a.wav", parts, pauses_s, lead=np.zeros(40_000, np.float32), seed=4)
    found = paragraph_starts(text_of([clips[name] for name in order]), tmp_path / "a.wav")
    assert np.quantile(np.abs(np.subtract(found, truth)), 0.9) < 0.5


def test_no_time_is_certain_and_all_are_in_order(tmp_path):
    parts = [speech(text, "f4") for text in SENTENCES]
    recorded(tmp_path / "a.wav", parts, [0.4] * len(parts), lead=np.zeros(8000, np.float32), seed=5)
    manuscript = text_of(["[Musik] " + SENTENCES[0], "– " + SENTENCES[1] + " [lacht]", *SENTENCES[2:]])
    recognition = heard(manuscript, tmp_path / "a.wav")
    assert recognition.provenance.model == "none"
    assert {segment.times for segment in recognition.segments} == {"paragraph"}
    transcript = retime(manuscript, recognition, duration_s=30).transcript
    words = words_of(transcript)
    assert transcript.level == "paragraph"
    assert not any(word.certain for word in words)
    assert [w.text for w in words] == [t.text for turn in manuscript.turns for p in turn.paragraphs for t in p]
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(words))


@pytest.mark.parametrize("text", ["", f"{HOST.name}:\n", f"{HOST.name}:\n[Musik] – …\n"])
def test_a_text_without_a_word_to_read_does_not_fail(tmp_path, text):
    recorded(tmp_path / "a.wav", [speech(SENTENCES[0], "f4")], [0.1], lead=np.zeros(100, np.float32), seed=6)
    manuscript = parse(text, speakers=SPEAKERS)
    assert len(heard(manuscript, tmp_path / "a.wav").segments) <= 1


def test_silence_does_not_fail(tmp_path):
    wavfile.write(tmp_path / "a.wav", RATE_HZ, np.zeros(3 * RATE_HZ, np.int16))
    found = paragraph_starts(text_of(SENTENCES), tmp_path / "a.wav")
    assert all(0 <= start_s <= 3 for start_s in found)


def test_progress_reaches_the_end(tmp_path):
    recorded(tmp_path / "a.wav", [speech(SENTENCES[0], "f4")], [30.0], lead=np.zeros(100, np.float32), seed=7)
    events: list[Progress] = []
    estimate(
        text_of(SENTENCES[:1]),
        tmp_path / "a.wav",
        fingerprint="0" * 64,
        today=date(2026, 1, 2),
        listener=events.append,
    )
    assert events[-1].done_s == events[-1].total_s
    assert [event.done_s for event in events] == sorted(event.done_s for event in events)


def test_a_frame_is_forty_milliseconds_and_features_do_not_depend_on_the_level():
    samples = speech(SENTENCES[0], "f4")
    loud, quiet = mfcc(samples), mfcc(samples / 8)
    assert loud.shape == (int(len(samples) / RATE_HZ / HOP_S), 13)
    assert np.allclose(normalised_features(loud)[:, 1:], normalised_features(quiet)[:, 1:], atol=0.02)
    assert np.allclose(np.linalg.norm(normalised_features(loud), axis=1), 1, atol=1e-5)


def test_long_recordings_are_computed_in_parts_that_fit_together(monkeypatch):
    samples = np.random.default_rng(8).normal(0, 0.1, 3 * RATE_HZ).astype(np.float32)
    whole = mfcc(samples)
    monkeypatch.setattr(features, "_FRAMES", 7)
    assert np.allclose(mfcc(samples), whole, atol=1e-4)


def one_by_one(recording: np.ndarray, reading: np.ndarray, pauses: np.ndarray, silent: np.ndarray) -> float:
    """The least cost of any path, found slowly over the whole table."""
    n, m = len(recording), len(reading)
    best = np.full((n + 1, m), np.inf)
    best[0, 0] = 0
    for row in range(n):
        for column in range(m):
            if pauses[column]:
                cost = 0.0 if silent[row] else 0.8
            else:
                cost = 1 - recording[row] @ reading[column] + (0.5 if silent[row] else 0.0)
            steps = [best[row, column - back] + 0.1 * max(back - 1, 0) for back in range(min(column, 3) + 1)]
            best[row + 1, column] = cost + min(steps)
    return best[n, m - 1]


@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_as_cheap_as_the_best_of_all_paths(seed):
    dice = np.random.default_rng(seed)
    recording, reading = (
        part / np.linalg.norm(part, axis=1, keepdims=True)
        for part in (dice.normal(size=(40, 4)).astype(np.float32), dice.normal(size=(23, 4)).astype(np.float32))
    )
    pauses = dice.random(23) < 0.2
    pauses[[0, -1]] = True
    silent = dice.random(40) < 0.2
    path = warp(recording, reading, pauses=pauses, silent=silent, begin=0, end=39, band=40)
    assert path[-1] == 22
    assert set(np.diff(path)) <= {0, 1, 2, 3}
    costs = [
        (0.0 if silent[row] else 0.8) if pauses[at] else 1 - recording[row] @ reading[at] + 0.5 * silent[row]
        for row, at in enumerate(path)
    ]
    steps = np.diff(np.concatenate(([0], path)))
    assert sum(costs) + 0.1 * np.maximum(steps - 1, 0).sum() == pytest.approx(
        one_by_one(recording, reading, pauses, silent), abs=1e-3
    )


def test_a_reading_far_longer_than_the_recording_still_has_a_path():
    recording = np.ones((20, 1), np.float32)
    reading = np.ones((900, 1), np.float32)
    pauses = np.zeros(900, np.bool_)
    path = warp(recording, reading, pauses=pauses, silent=np.zeros(20, np.bool_), begin=0, end=19, band=5)
    assert len(path) == 20
    assert all(np.diff(path) >= 0)
    assert 0 <= path[0] <= path[-1] <= 899
