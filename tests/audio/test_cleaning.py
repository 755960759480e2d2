"""Hum and noise are removed; the voice stays unchanged and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sounds import sine, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.cleaning import noise_floor_dbfs, without_hum, without_noise
from pipeline.audio.normalise import normalise
from pipeline.media import pcm
from pipeline.values.audio import AudioSettings
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    from pathlib import Path


def blocks_of(samples: np.ndarray, size: int = 30_011) -> list[np.ndarray]:
    return [samples[at : at + size] for at in range(0, len(samples), size)]


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples))))


def test_hum_is_removed_and_the_voice_stays() -> None:
    speech = voice(8, rate=44_100).astype(np.float32)
    hum = sum(sine(8, 50 * k, -40, rate=44_100) for k in (1, 2, 3, 5))[:, None].astype(np.float32)
    cleaned = np.concatenate(list(without_hum(blocks_of(speech + hum), sample_rate_hz=44_100)))
    only_voice = np.concatenate(list(without_hum(blocks_of(speech), sample_rate_hz=44_100)))
    rest = (cleaned - only_voice)[44_100:]
    assert level_db(rest) < level_db(hum) - 30
    assert abs(level_db(cleaned) - level_db(speech)) < 0.5


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 1), (48_000, 2)])
def test_noise_is_reduced_in_place(rate: int, channels: int) -> None:
    speech = np.repeat(voice(12, rate=rate), channels, axis=1).astype(np.float32)
    noise = (0.003 * np.random.default_rng(1).standard_normal(speech.shape)).astype(np.float32)
    noisy = blocks_of(speech + noise)
    floor_dbfs = noise_floor_dbfs(noisy, sample_rate_hz=rate)
    assert floor_dbfs == pytest.approx(level_db(noise), abs=1.5)
    cleaned = np.concatenate(list(without_noise(noisy, floor_dbfs=floor_dbfs, sample_rate_hz=rate)))
    assert cleaned.shape == speech.shape
    assert (
        level_db((cleaned - speech)[rate:]) < level_db(noise[rate:]) - 2
    )  # in time to the sample, or it would be more
    quiet = np.abs(speech).max(axis=1) < 0.002
    quiet &= np.convolve(quiet, np.ones(rate // 10), "same") >= rate // 10 - 1
    quiet[:rate] = False
    assert quiet.sum() > rate // 2
    assert level_db(cleaned[quiet]) < level_db((speech + noise)[quiet]) - 6


def test_silence_has_the_lowest_floor() -> None:
    assert noise_floor_dbfs([np.zeros((48_000, 1), np.float32)], sample_rate_hz=48_000) == -80


def test_the_switches_reach_the_flac(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(6) + 0.003 * np.random.default_rng(1).standard_normal((288_000, 1)))
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    heard = {}
    for reduce_noise in (False, True):
        settings = AudioSettings(reduce_noise=reduce_noise, remove_hum=reduce_noise)
        normalise(timeline, tmp_path, settings, tmp_path / "n.flac", listener=no_listener)
        assert pcm.probe(tmp_path / "n.flac").duration_s == 6
        blocks = pcm.read_blocks(tmp_path / "n.flac", sample_rate_hz=44_100, channels=1)
        heard[reduce_noise] = noise_floor_dbfs(blocks, sample_rate_hz=44_100)
    assert heard[True] < heard[False] - 4
