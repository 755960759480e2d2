"""Speakers brought to one level: the result is decoded and measured, speaker by speaker, by an independent meter."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sounds import SHARED, ebur128, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.encode import encode
from pipeline.audio.gains import Envelope, shaped
from pipeline.audio.limiter import Limiter
from pipeline.audio.loudness import GatedLoudness, LoudnessMeter
from pipeline.audio.normalise import normalise
from pipeline.audio.speaker_levels import LARGEST_GAIN_DB, RAMP_S, envelope_of, matched, slow_envelope, spread_lu
from pipeline.media import pcm
from pipeline.speech.speakers import find_speakers
from pipeline.values.audio import AudioReport, AudioSettings, SpeakerLevel
from pipeline.values.progress import no_listener
from pipeline.values.speech import SpeakerMap, SpeakerSpan

if TYPE_CHECKING:
    from pathlib import Path

RATE = 48_000
TURN_S = 6.0
TURNS = (0, 1, 0, 1, 1, 0)  # who speaks, turn by turn


def conversation(*, second_db: float) -> np.ndarray:
    """Two voices taking turns; the second is `second_db` above the first."""
    levels = (0.1, 0.1 * 10 ** (second_db / 20))
    return np.concatenate([voice(TURN_S, seed=who + 1, level=levels[who]) for who in TURNS])


def turns(owners: tuple[int, ...] = TURNS, *, method: str = "clustering") -> SpeakerMap:
    spans = (SpeakerSpan(start_s=at * TURN_S, end_s=(at + 1) * TURN_S, speaker=who) for at, who in enumerate(owners))
    return SpeakerMap(method=method, count=2, spans=tuple(spans))  # type: ignore[arg-type]


def produce(
    folder: Path,
    sources: list[tuple[str, int | None, float]],
    speakers: SpeakerMap | None,
    settings: AudioSettings | None = None,
) -> AudioReport:
    settings = settings or AudioSettings()
    timeline = assemble(folder, sources, listener=no_listener)
    before = normalise(timeline, folder, settings, folder / "n.flac", speakers=speakers, listener=no_listener)
    spans = speakers.spans if speakers else ()
    return encode(folder / "n.flac", {"mp3": folder / "a.mp3"}, settings, before, spans=spans, listener=no_listener)


def heard_lufs(folder: Path) -> list[float]:
    """The loudness of each voice in the finished MP3, by ffmpeg."""
    samples = np.concatenate(list(pcm.read_blocks(folder / "a.mp3", sample_rate_hz=RATE, channels=2)))
    parts = np.split(samples, range(round(TURN_S * RATE), len(samples), round(TURN_S * RATE)))[: len(TURNS)]
    found = []
    for who in (0, 1):
        own = np.concatenate([part for part, owner in zip(parts, TURNS, strict=True) if owner == who])
        found.append(ebur128(write_wav(folder / "one.wav", own, kind="f32"))[0])
    return found


@pytest.mark.parametrize("second_db", [12.0, -12.0])
def test_voices_12_lu_apart_come_out_equally_loud(tmp_path: Path, second_db: float) -> None:
    write_wav(tmp_path / "raw.wav", conversation(second_db=second_db), kind="s24")
    report = produce(tmp_path, [("raw.wav", None, 0.0)], turns())
    first, second = heard_lufs(tmp_path)
    assert abs(first - second) <= 0.5
    assert ebur128(tmp_path / "a.mp3")[0] == pytest.approx(-16, abs=0.25)
    was = [level.before_lufs for level in report.speakers]
    assert was[1] - was[0] == pytest.approx(second_db, abs=0.3)
    assert spread_lu(report.speakers) == pytest.approx(abs(first - second), abs=0.2)
    assert [level.spoken_s for level in report.speakers] == [18.0, 18.0]
    assert not any("LU" in notice for notice in report.notices)


def test_without_speakers_or_switched_off_there_is_one_gain(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", conversation(second_db=12), kind="s24")
    for speakers, settings in ((None, AudioSettings()), (turns(), AudioSettings(levelling="off"))):
        produce(tmp_path, [("raw.wav", None, 0.0)], speakers, settings)
        first, second = heard_lufs(tmp_path)
        assert second - first > 9  # the limiter takes some of the twelve


def test_the_slow_leveller_narrows_the_difference_without_speakers(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", conversation(second_db=12), kind="s24")
    produce(tmp_path, [("raw.wav", None, 0.0)], None, AudioSettings(levelling="slow"))
    first, second = heard_lufs(tmp_path)
    assert abs(second - first) < 7


def test_a_wrong_guess_of_the_speaker_is_never_too_loud(tmp_path: Path) -> None:
    owners = (0, 1, 0, 0, 1, 0)  # the fourth turn is the loud voice's
    write_wav(tmp_path / "raw.wav", conversation(second_db=18), kind="s24")
    produce(tmp_path, [("raw.wav", None, 0.0)], turns(owners))
    samples = np.concatenate(list(pcm.read_blocks(tmp_path / "a.mp3", sample_rate_hz=RATE, channels=2)))
    wrong = samples[round(3 * TURN_S * RATE) : round(4 * TURN_S * RATE)]
    assert ebur128(write_wav(tmp_path / "one.wav", wrong, kind="f32"))[0] < -10


def test_real_voices_12_lu_apart_come_out_close_with_an_imperfect_split(tmp_path: Path) -> None:
    """The real recordings of two microphones in turns, split by our own speech room, which gets some turns wrong."""
    voices = [
        sorted((SHARED / "data" / "thorsten").glob("*.wav")),
        sorted((SHARED / "data" / "picovoice").glob("*_de*.wav")),
    ]
    if not all(voices):
        pytest.skip("real recordings are not part of the project")
    parts: list[np.ndarray] = []
    truth: list[tuple[int, int, int]] = []
    for turn in range(14):
        who = turn % 2
        path = voices[who][turn // 2 % len(voices[who])]
        samples = np.concatenate(list(pcm.read_blocks(path, sample_rate_hz=RATE, channels=1)))
        loudness = 10 ** ((-38.0, -26.0)[who] / 20)
        first = sum(map(len, parts))
        parts += [samples * (loudness / np.sqrt(np.mean(samples**2))), np.zeros((RATE // 2, 1), np.float32)]
        truth.append((first, first + len(samples), who))
    write_wav(tmp_path / "raw.wav", np.concatenate(parts), kind="s24")
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    produce(tmp_path, [("raw.wav", None, 0.0)], find_speakers(timeline, tmp_path, 2, listener=no_listener))
    assert ebur128(tmp_path / "a.mp3")[0] == pytest.approx(-16, abs=0.25)
    heard = np.concatenate(list(pcm.read_blocks(tmp_path / "a.mp3", sample_rate_hz=RATE, channels=2)))
    levels = []
    for who in (0, 1):
        own = [heard[first:last] for first, last, owner in truth if owner == who]
        levels.append(ebur128(write_wav(tmp_path / "one.wav", np.concatenate(own), kind="f32"))[0])
    assert abs(levels[0] - levels[1]) <= 2


def test_tracks_are_levelled_and_their_crosstalk_is_turned_down(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    own = [np.zeros((round(len(TURNS) * TURN_S * RATE), 1)) for _ in range(2)]
    for at, who in enumerate(TURNS):
        place = slice(round(at * TURN_S * RATE), round((at + 1) * TURN_S * RATE))
        own[who][place] = voice(TURN_S, seed=who + 1, level=(0.04, 0.2)[who])
    for who in (0, 1):
        noise = 0.0001 * rng.standard_normal(own[who].shape)
        write_wav(tmp_path / f"{who}.wav", own[who] + 0.1 * own[1 - who] + noise, kind="s24")
    report = produce(tmp_path, [("0.wav", 0, 0.0), ("1.wav", 1, 0.0)], turns(method="tracks"))
    first, second = heard_lufs(tmp_path)
    assert abs(first - second) <= 2
    assert report.speakers[1].before_lufs - report.speakers[0].before_lufs == pytest.approx(14, abs=1)


def test_more_than_the_cap_is_reported_and_left() -> None:
    levels = [
        SpeakerLevel(speaker=who, spoken_s=60, before_lufs=lufs, gain_db=0, capped=False)
        for who, lufs in enumerate((-20.0, -50.0, -24.0))
    ]
    levels.append(SpeakerLevel(speaker=3, spoken_s=0.5, before_lufs=-60, gain_db=0, capped=False))
    found = matched(levels, reference_lufs=-22)
    assert [level.gain_db for level in found] == [-2, LARGEST_GAIN_DB, 2, 0]
    assert [level.capped for level in found] == [False, True, False, False]


def test_gains_change_before_the_next_speaker_and_hold_through_pauses() -> None:
    spans = [
        SpeakerSpan(start_s=1, end_s=3, speaker=0),
        SpeakerSpan(start_s=5, end_s=8, speaker=1),
        SpeakerSpan(start_s=8, end_s=9, speaker=0),
    ]
    levels = [
        SpeakerLevel(speaker=who, spoken_s=5, before_lufs=-20 - gain, gain_db=gain, capped=False)
        for who, gain in enumerate((0.0, 6.0))
    ]
    power = 10 ** ((np.repeat([-20, -26, -20], [40, 40, 20]) + 0.691) / 10)
    envelope = envelope_of(levels, spans, power, reference_lufs=-20)
    assert envelope.at(np.array([0, 2, 4.9, 5, 7.9, 8, 20])).tolist() == [0, 0, 0, 6, 6, 0, 0]
    assert envelope.at(np.array([5 - RAMP_S, 5 - RAMP_S / 2])).tolist() == pytest.approx([0, 3])
    times = np.arange(0, 10, 0.001)
    assert np.abs(np.diff(envelope.at(times))).max() <= 6 * 0.001 / RAMP_S + 1e-9


def test_the_slow_gain_is_slow_bounded_and_unaffected_by_pauses() -> None:
    lufs = np.repeat([-20.0, -60.0, -45.0, -20.0], [600, 100, 300, 600])
    envelope = slow_envelope(10 ** ((lufs + 0.691) / 10), reference_lufs=-23)
    gains = envelope.at(np.arange(0, 160, 0.1))
    assert gains.min() >= -9 - 1e-9
    assert gains.max() <= 9 + 1e-9
    assert max(abs(after - before) for before, after in pairwise(gains)) < 0.2  # dB in 100 ms
    assert gains[300] == pytest.approx(-3, abs=0.1)


def test_an_envelope_is_the_same_in_blocks_of_any_size() -> None:
    envelope = Envelope(np.array([0.5, 0.6]), np.array([0.0, 6.0])) + Envelope.constant(-6.0)
    samples = np.ones((RATE, 2), np.float32)
    whole = shaped(samples, envelope, first=0, sample_rate_hz=RATE)
    parts = [shaped(samples[at : at + 7000], envelope, first=at, sample_rate_hz=RATE) for at in range(0, RATE, 7000)]
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-6
    assert whole[0, 0] == pytest.approx(10 ** (-6 / 20))
    assert whole[-1, 1] == pytest.approx(1)


def test_curves_show_when_it_was_loud_and_when_the_limiter_worked() -> None:
    samples = np.concatenate((voice(10, level=0.02), voice(10, level=0.2))).astype(np.float32)
    meter = LoudnessMeter(sample_rate_hz=RATE, channels=1)
    meter.add(samples)
    curve = meter.curve()
    assert curve.step_s == 1
    assert len(curve.values) == 20
    assert np.mean(curve.values[13:18]) - np.mean(curve.values[2:7]) == pytest.approx(20, abs=2)

    limiter = Limiter(sample_rate_hz=RATE, channels=1, ceiling_dbtp=-12)
    list(limiter.limited([samples[:70_000], samples[70_000:]]))
    work = limiter.curve(step_s=1).values
    assert len(work) == 20
    assert set(work[:9]) == {0.0}
    assert min(work[11:]) < -3


def test_four_hours_make_a_curve_that_stays_small() -> None:
    loudness = GatedLoudness(sample_rate_hz=100)
    loudness.add(np.full((100 * 4 * 3600, 1), 0.1))
    curve = loudness.curve()
    assert curve.step_s == 20
    assert len(curve.values) == 720
    assert set(curve.values) == {-20.7}
