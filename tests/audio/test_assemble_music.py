"""Intro, outro and bed around a conversation: places, levels, crossfades, memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from sounds import sine, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.loudness import LoudnessMeter
from pipeline.audio.music import with_music
from pipeline.errors import AudioError, MissingFileError, PipelineError
from pipeline.media import pcm
from pipeline.values.audio import AssemblySettings, Timeline
from pipeline.values.progress import no_listener

RATE = 48_000
LEVEL_LUFS = -28.0


def noise(seconds: float, *, seed: int, channels: int = 1) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal((round(seconds * RATE), channels))


def loudness_lufs(samples: np.ndarray) -> float:
    meter = LoudnessMeter(sample_rate_hz=RATE, channels=samples.shape[1])
    meter.add(samples.astype(np.float32))
    return meter.result().integrated_lufs


def power_db(samples: np.ndarray) -> np.ndarray:
    """The power of every 100 ms."""
    steps = samples[: len(samples) // 4800 * 4800].reshape(-1, 4800 * samples.shape[1])
    return 10 * np.log10((steps**2).mean(axis=1))


def episode(root: Path, talk: np.ndarray, **settings: object) -> Timeline:
    """An episode of `talk` under `root`, with its music already in `root`."""
    (root / "001").mkdir()
    write_wav(root / "001/raw.wav", talk, kind="f32")
    assembly = AssemblySettings(**settings)  # type: ignore[arg-type]
    return assemble(root / "001", [("raw.wav", None, 0.0)], assembly=assembly, listener=no_listener)


def mixed(root: Path, timeline: Timeline, channels: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """The conversation at LEVEL_LUFS without and with its music."""
    blocks = list(pcm.read_timeline(timeline, root / "001", sample_rate_hz=RATE, channels=channels, block_s=1.7))
    gain = 10 ** ((LEVEL_LUFS - loudness_lufs(np.concatenate(blocks))) / 20)
    dry = [(block * gain).astype(np.float32) for block in blocks]
    wet = list(with_music(dry, timeline, root, sample_rate_hz=RATE, channels=channels, level_lufs=LEVEL_LUFS))
    return np.concatenate(dry), np.concatenate(wet)


def test_intro_and_outro_cross_the_conversation_with_the_same_power(tmp_path: Path) -> None:
    write_wav(tmp_path / "intro.wav", 4 * noise(6, seed=1, channels=2))
    write_wav(tmp_path / "outro.wav", 0.1 * noise(5, seed=2, channels=2))
    timeline = episode(tmp_path, noise(12, seed=3), intro="intro.wav", outro="outro.wav", crossfade_s=2.0)
    assert timeline.duration_s == 6 - 2 + 12 - 2 + 5
    assert [(music.role, music.at_s, music.duration_s) for music in timeline.music] == [
        ("intro", 0.0, 6.0),
        ("outro", 14.0, 5.0),
    ]
    dry, wet = mixed(tmp_path, timeline)
    assert len(wet) == len(dry) == 19 * RATE
    assert not dry[: 4 * RATE].any()
    assert not dry[16 * RATE :].any()
    # left and right of the music are unrelated, the conversation is the same in both: all have the same loudness
    assert np.ptp(power_db(wet)[:-1]) < 1.0
    assert loudness_lufs(wet[: 4 * RATE]) == pytest.approx(LEVEL_LUFS, abs=0.2)
    assert loudness_lufs(wet[16 * RATE :]) == pytest.approx(LEVEL_LUFS, abs=0.2)
    assert np.array_equal(wet[6 * RATE : 14 * RATE], dry[6 * RATE : 14 * RATE])


def test_fades_in_a_crossfade_are_smooth(tmp_path: Path) -> None:
    write_wav(tmp_path / "intro.wav", sine(4, 50, -10))
    timeline = episode(tmp_path, sine(5, 50, -10), intro="intro.wav", crossfade_s=1.0)
    _, wet = mixed(tmp_path, timeline, channels=1)
    steady = np.abs(np.diff(wet[: 2 * RATE, 0])).max()
    assert np.abs(np.diff(wet[:, 0])).max() < 1.5 * steady  # in phase: 3 dB more where both are half way


@pytest.mark.parametrize("channels", [1, 2])
def test_the_bed_is_its_loudness_units_below_the_speech(tmp_path: Path, channels: int) -> None:
    write_wav(tmp_path / "bed.wav", np.tile(np.hstack((voice(10, seed=7), voice(10, seed=8))), (3, 1)))
    timeline = episode(tmp_path, np.tile(voice(10), (3, 1)), bed="bed.wav", bed_s=20.0, bed_lu=-18.0)
    assert timeline.duration_s == 30.0
    dry, wet = mixed(tmp_path, timeline, channels)
    bed = wet - dry
    assert loudness_lufs(bed[1 * RATE : 16 * RATE]) == pytest.approx(LEVEL_LUFS - 18, abs=0.5)
    assert loudness_lufs(bed) == pytest.approx(LEVEL_LUFS - 18, abs=1.0)  # with its fades
    assert np.abs(bed[:10]).max() < 1e-4
    assert np.abs(bed[20 * RATE - 10 :]).max() < 1e-4
    assert np.abs(bed[20 * RATE :]).max() == 0


def test_everything_together_is_where_the_timeline_says(tmp_path: Path) -> None:
    """Another rate, an odd length and cuts are still exact to the sample."""
    write_wav(tmp_path / "intro.wav", noise(3.21, seed=1), rate=44_100)
    write_wav(tmp_path / "bed.wav", noise(4, seed=2), rate=44_100)
    write_wav(tmp_path / "outro.wav", noise(2.718, seed=3), rate=44_100)
    music = {"intro": "intro.wav", "bed": "bed.wav", "outro": "outro.wav"}
    timeline = episode(tmp_path, noise(9.4321, seed=4), **music, cuts=((1.0, 2.5), (7.0, 7.77)), crossfade_s=0.333)
    roles = {entry.role: entry for entry in timeline.music}
    body_s = 9.4321 - 1.5 - 0.77
    lasting_s = [round(len_s * RATE) / 44_100 for len_s in (3.21, 2.718)]
    assert timeline.pieces[0].at_s == roles["bed"].at_s == pytest.approx(lasting_s[0] - 0.33, abs=1e-5)
    assert timeline.duration_s == pytest.approx(sum(lasting_s) - 2 * 0.33 + body_s, abs=1e-4)
    dry, wet = mixed(tmp_path, timeline)
    assert len(dry) == len(wet) == round(timeline.duration_s * RATE)
    assert (np.abs(wet).max(axis=1) > 1e-6).mean() > 0.99


@pytest.mark.parametrize(("intro_s", "talk_s", "start_s"), [(0.6, 8.0, 0.0), (6.0, 3.0, 4.5), (6.0, 8.0, 3.0)])
def test_a_crossfade_takes_at_most_the_whole_music_and_half_the_talk(
    tmp_path: Path, intro_s: float, talk_s: float, start_s: float
) -> None:
    write_wav(tmp_path / "intro.wav", noise(intro_s, seed=1))
    timeline = episode(tmp_path, noise(talk_s, seed=2), intro="intro.wav", crossfade_s=3.0)
    assert timeline.pieces[0].at_s == start_s
    _, wet = mixed(tmp_path, timeline)
    assert len(wet) == round((start_s + talk_s) * RATE)


def test_without_a_crossfade_the_talk_follows_the_intro(tmp_path: Path) -> None:
    write_wav(tmp_path / "intro.wav", noise(2, seed=1))
    timeline = episode(tmp_path, noise(4, seed=2), intro="intro.wav", crossfade_s=0.0)
    assert (timeline.pieces[0].at_s, timeline.duration_s) == (2.0, 6.0)
    _, wet = mixed(tmp_path, timeline)
    assert np.ptp(power_db(wet)) < 1.0


def test_long_music_is_streamed(tmp_path: Path) -> None:
    tune = np.tile(noise(10, seed=1, channels=2), (24, 1))
    write_wav(tmp_path / "intro.wav", tune)
    timeline = episode(tmp_path, noise(4, seed=2), intro="intro.wav")
    blocks = pcm.read_timeline(timeline, tmp_path / "001", sample_rate_hz=RATE, channels=2)
    tracemalloc.start()
    count = sum(
        len(block)
        for block in with_music(blocks, timeline, tmp_path, sample_rate_hz=RATE, channels=2, level_lufs=LEVEL_LUFS)
    )
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == round(timeline.duration_s * RATE)
    assert peak_bytes < tune.size * 4 / 2  # float32 samples of the whole: 92 MB


MISTAKES = {
    "no such file": (lambda path: None, MissingFileError, "Die Musik fehlt"),
    "silent": (lambda path: write_wav(path, np.zeros(RATE)), AudioError, "still oder kürzer"),
    "too short": (lambda path: write_wav(path, noise(0.3, seed=1)), AudioError, "still oder kürzer"),
    "no audio": (lambda path: path.write_text("Kein Ton", encoding="utf-8"), AudioError, "keine lesbare"),
}


@pytest.mark.parametrize("role", ["intro", "outro", "bed"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_music_that_cannot_be_played_is_named_with_its_key(tmp_path: Path, role: str, mistake: str) -> None:
    make, kind, text = MISTAKES[mistake]
    make(tmp_path / "musik.wav")
    with pytest.raises(PipelineError) as caught:
        episode(tmp_path, noise(4, seed=1), **{role: "musik.wav"})
    assert isinstance(caught.value, kind)
    assert text in str(caught.value)
    assert f"`{role}` unter [assembly]" in str(caught.value)
    assert str(tmp_path / "musik.wav") in str(caught.value)
