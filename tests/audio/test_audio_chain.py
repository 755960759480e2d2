"""From recordings to the finished MP3: the result is decoded and measured by an independent meter."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sounds import SHARED, ebur128, ffmpeg, probe_mp3, sine, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.codecs import lame_attenuation_db
from pipeline.audio.encode import encode
from pipeline.audio.ffmpeg import encode_stream, executable
from pipeline.audio.normalise import HEADROOM_DB, headroom_db, normalise
from pipeline.errors import AudioError, StorageError
from pipeline.media import pcm
from pipeline.media.headers import has_constant_rate
from pipeline.values.audio import AudioReport, AudioSettings, Timeline
from pipeline.values.progress import Notice, Progress, no_listener

if TYPE_CHECKING:
    from collections.abc import Iterator

STEREO = AudioSettings()
MONO = AudioSettings(channels=1, target_lufs=-19.0)


def produce(folder: Path, *files: str, settings: AudioSettings = STEREO) -> AudioReport:
    timeline = assemble(folder, [(file, None, 0.0) for file in files], listener=no_listener)
    before = normalise(timeline, folder, settings, folder / "n.flac", listener=no_listener)
    return encode(folder / "n.flac", {"mp3": folder / "fertig.mp3"}, settings, before, listener=no_listener)


def hot_music(seconds: float) -> np.ndarray:
    """Dense, bright and wide: what makes LAME overshoot most."""
    noise = np.random.default_rng(3).standard_normal((round(seconds * 48_000), 2))
    return np.clip(0.5 * noise + sine(seconds, 5000, -6)[:, None], -1, 1)


RECORDINGS = {
    "quiet": lambda path: write_wav(path, 0.01 * voice(6), kind="s24"),
    "loud": lambda path: write_wav(path, 3 * voice(6)),
    "clipped": lambda path: write_wav(path, 40 * voice(6)),
    "float above full scale": lambda path: write_wav(path, 12 * voice(6), kind="f32"),
    "stereo": lambda path: write_wav(path, np.hstack((voice(6, seed=1), 0.3 * voice(6, seed=2)))),
    "telephone": lambda path: write_wav(path, voice(6, rate=8_000), rate=8_000),
    "offset": lambda path: write_wav(path, 0.3 + voice(6)),
    "rumble": lambda path: write_wav(path, voice(6) + sine(6, 25, -6)[:, None]),
    "clap": lambda path: write_wav(path, np.concatenate((0.02 * voice(5), hot_music(0.05)[:, :1]))),
    "hot music": lambda path: write_wav(path, hot_music(6)),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_becomes_minus_16_lufs_below_minus_1_dbtp(tmp_path: Path, name: str) -> None:
    RECORDINGS[name](tmp_path / "raw.wav")
    report = produce(tmp_path, "raw.wav")
    integrated, _, peak = ebur128(tmp_path / "fertig.mp3")
    assert integrated == pytest.approx(-16, abs=0.25)
    assert peak <= -1.0
    assert report.after.integrated_lufs == pytest.approx(integrated, abs=0.1)
    assert report.after.true_peak_dbtp == pytest.approx(peak, abs=0.3)
    assert report.attempts <= 2


def test_speech_needs_only_one_encode(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(20, level=0.3))
    report = produce(tmp_path, "raw.wav")
    assert report.attempts == 1
    assert report.after.integrated_lufs == pytest.approx(-16, abs=0.2)


def test_one_channel_aims_at_minus_19(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", np.hstack((voice(6, seed=1), voice(6, seed=2))))
    produce(tmp_path, "raw.wav", settings=MONO)
    assert ebur128(tmp_path / "fertig.mp3")[0] == pytest.approx(-19, abs=0.25)
    assert ", mono," in probe_mp3(tmp_path / "fertig.mp3")


@pytest.mark.parametrize("bitrate_kbps", [64, 192, 320])
@pytest.mark.parametrize("sample_rate_hz", [44_100, 48_000])
def test_other_rates_reach_the_same_level(tmp_path: Path, bitrate_kbps: int, sample_rate_hz: int) -> None:
    write_wav(tmp_path / "raw.wav", voice(6))
    settings = AudioSettings(bitrate_kbps=bitrate_kbps, sample_rate_hz=sample_rate_hz)  # type: ignore[arg-type]
    report = produce(tmp_path, "raw.wav", settings=settings)
    assert report.after.integrated_lufs == pytest.approx(-16, abs=0.2)
    streams = probe_mp3(tmp_path / "fertig.mp3")
    assert f"{sample_rate_hz} Hz, stereo" in streams
    assert f"{bitrate_kbps} kb/s" in streams
    assert has_constant_rate(tmp_path / "fertig.mp3")


def test_a_mono_recording_becomes_the_same_on_both_sides(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(6))
    produce(tmp_path, "raw.wav")
    both = np.concatenate(list(pcm.read_blocks(tmp_path / "fertig.mp3", sample_rate_hz=44_100, channels=2)))
    assert np.abs(both[:, 0] - both[:, 1]).max() < 1e-4
    assert pcm.probe(tmp_path / "n.flac").channels == 1


def test_the_finished_file_is_as_long_as_the_recording_and_carries_no_tags(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(7.3))
    report = produce(tmp_path, "raw.wav")
    assert report.duration_s == pytest.approx(7.3, abs=0.002)
    assert report.encoder == "libmp3lame 128 kbit/s CBR"
    content = (tmp_path / "fertig.mp3").read_bytes()
    assert content[:3] != b"ID3"
    assert content[-128:-125] != b"TAG"
    assert not re.search(rb"Lavf\d|Lavc\d", content)
    assert pytest.approx(len(content), rel=0.02) == 128_000 / 8 * 7.3


def test_the_finished_file_is_in_time_with_the_recording(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(4, rate=44_100), rate=44_100)
    produce(tmp_path, "raw.wav")
    raw, heard = (
        np.concatenate(list(pcm.read_blocks(tmp_path / name, sample_rate_hz=44_100, channels=1)))[:, 0]
        for name in ("raw.wav", "fertig.mp3")
    )
    middle = slice(60_000, 120_000)
    shifts = range(-60, 61)
    match = [float(np.dot(raw[middle], heard[60_000 + shift : 120_000 + shift])) for shift in shifts]
    assert abs(shifts[int(np.argmax(match))]) <= 12  # 0.3 ms, by the phase of the high-pass


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    results = []
    for name in ("eins", "zwei"):
        folder = tmp_path / name
        folder.mkdir()
        write_wav(folder / "raw.wav", 3 * voice(12))
        produce(folder, "raw.wav")
        results.append(((folder / "n.flac").read_bytes(), (folder / "fertig.mp3").read_bytes()))
    assert results[0] == results[1]


@pytest.mark.parametrize("name", ["raw.mp3", "raw.m4a", "raw.ogg"])
def test_compressed_recordings_reach_the_same_level(tmp_path: Path, name: str) -> None:
    ffmpeg("-i", write_wav(tmp_path / "ganz.wav", voice(6)), tmp_path / name)
    assert produce(tmp_path, name).after.integrated_lufs == pytest.approx(-16, abs=0.2)


def test_tracks_are_mixed_on_one_clock(tmp_path: Path) -> None:
    write_wav(tmp_path / "anna.wav", voice(4, seed=1))
    write_wav(tmp_path / "ben.wav", voice(4, seed=2, rate=44_100), rate=44_100)
    timeline = assemble(tmp_path, [("anna.wav", 0, 0.0), ("ben.wav", 1, 1.5)], listener=no_listener)
    assert timeline.duration_s == 5.5
    assert [source.speaker for source in timeline.sources] == [0, 1]
    assert [source.channels for source in timeline.sources] == [1, 1]
    assert all(re.fullmatch(r"[0-9a-f]{64}", source.sha256) for source in timeline.sources)
    before = normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=no_listener)
    assert pcm.probe(tmp_path / "n.flac").duration_s == pytest.approx(5.5, abs=1 / 44_100)
    report = encode(tmp_path / "n.flac", {"mp3": tmp_path / "a.mp3"}, STEREO, before, listener=no_listener)
    assert report.duration_s == pytest.approx(5.5, abs=1e-4)


def test_rumble_is_removed_and_the_voice_kept(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", sine(6, 25, -12) + sine(6, 1000, -30))
    produce(tmp_path, "raw.wav")
    heard = np.concatenate(list(pcm.read_blocks(tmp_path / "fertig.mp3", sample_rate_hz=48_000, channels=1)))[:, 0]
    spectrum = np.abs(np.fft.rfft(heard[: 5 * 48_000] * np.hanning(5 * 48_000)))
    assert spectrum[125] < spectrum[5000] / 1.2  # 25 Hz was 18 dB above 1 kHz


def test_the_flac_is_24_bit_not_limited_and_12_db_down(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(6))
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    report = normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=no_listener)
    assert report.headroom_db == HEADROOM_DB
    assert "(24 bit)" in ffmpeg("-i", tmp_path / "n.flac", "-f", "null", "-")
    mono_lufs = -16 - HEADROOM_DB - 3.01
    assert ebur128(tmp_path / "n.flac")[0] == pytest.approx(mono_lufs, abs=0.15)


@pytest.mark.parametrize(("peak_dbtp", "expected"), [(0, 12), (10, 18), (30, 36), (-31, 12)])
def test_headroom_grows_with_the_peaks(peak_dbtp: float, expected: float) -> None:
    assert headroom_db(peak_dbtp) == expected


def test_a_clap_far_above_the_voice_is_not_clipped_in_the_flac(tmp_path: Path) -> None:
    RECORDINGS["clap"](tmp_path / "raw.wav")
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=no_listener)
    assert pcm.probe(tmp_path / "n.flac").peak_dbfs < -0.5


def test_a_very_quiet_recording_is_reported(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", 0.05 * voice(6), kind="s24")
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    events: list[Progress | Notice] = []
    report = normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=events.append)
    assert "sehr leise" in report.notices[0]
    assert [event.text for event in events if isinstance(event, Notice)] == list(report.notices)


def test_progress_rises_to_the_total(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(25))
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    levelling: list[Progress | Notice] = []
    report = normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=levelling.append)
    encoding: list[Progress | Notice] = []
    encode(tmp_path / "n.flac", {"mp3": tmp_path / "a.mp3"}, STEREO, report, listener=encoding.append)
    for events in (levelling, encoding):
        done = [event.done_s for event in events if isinstance(event, Progress)]
        last = events[-1]
        assert isinstance(last, Progress)
        assert done == sorted(done)
        assert done[-1] == pytest.approx(last.total_s, abs=0.1)
        assert len(done) >= 6


@pytest.mark.parametrize("bitrate_kbps", [64, 80, 96, 112, 128, 160, 192, 224, 256, 320])
def test_lame_lowers_the_level_as_we_assume(tmp_path: Path, bitrate_kbps: int) -> None:
    wav = write_wav(tmp_path / "a.wav", np.stack((sine(5, 997, -18), sine(5, 997, -18)), 1), kind="s24")
    ffmpeg("-i", wav, "-c:a", "libmp3lame", "-b:a", f"{bitrate_kbps}k", tmp_path / "a.mp3")
    heard = np.concatenate(list(pcm.read_blocks(tmp_path / "a.mp3", sample_rate_hz=48_000, channels=1)))
    level = 20 * np.log10(np.sqrt(2 * np.mean(heard[48_000:192_000] ** 2)))
    assert -18 - level == pytest.approx(lame_attenuation_db(bitrate_kbps), abs=0.1)


def test_an_unreachable_target_is_an_error_that_says_what_was_reached(tmp_path: Path) -> None:
    samples = np.zeros(6 * 48_000)
    samples[::9600] = 0.9
    write_wav(tmp_path / "raw.wav", samples)
    with pytest.raises(AudioError, match=r"Nach 4 Versuchen .* erreicht: -\d+,\d LUFS"):
        produce(tmp_path, "raw.wav")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_a_storage_error(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(3))
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    with pytest.raises(StorageError, match="Der Datenträger ist voll"):
        normalise(timeline, tmp_path, STEREO, Path("/dev/full"), listener=no_listener)
    before = normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=no_listener)
    with pytest.raises(StorageError, match="Der Datenträger ist voll"):
        encode(tmp_path / "n.flac", {"mp3": Path("/dev/full")}, STEREO, before, listener=no_listener)


def test_a_failure_of_ffmpeg_is_an_error_with_its_last_line(tmp_path: Path) -> None:
    blocks = [np.zeros((48_000, 1), np.float32)] * 20
    with pytest.raises(AudioError, match=r"Kodieren ist fehlgeschlagen \(ffmpeg: .+\)"):
        encode_stream(blocks, tmp_path / "a.mp3", sample_rate_hz=48_000, channels=1, options=["-c:a", "gibtsnicht"])


def test_a_recording_that_breaks_midway_stops_the_encoder(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(30))
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    half = (tmp_path / "raw.wav").read_bytes()
    (tmp_path / "raw.wav").write_bytes(half[: len(half) // 2])
    with pytest.raises(AudioError, match="bricht bei 00:14 von 00:30"):
        normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=no_listener)


def test_ffmpeg_ends_when_the_samples_cannot_be_produced(tmp_path: Path) -> None:
    def breaking() -> Iterator[np.ndarray]:
        yield np.zeros((48_000, 1), np.float32)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_stream(breaking(), tmp_path / "a.flac", sample_rate_hz=48_000, channels=1, options=["-c:a", "flac"])
    written = (tmp_path / "a.flac").read_bytes() if (tmp_path / "a.flac").exists() else b""
    (tmp_path / "a.flac").unlink(missing_ok=True)
    assert not (tmp_path / "a.flac").exists()  # nothing writes to it any more
    assert len(written) < 48_000


def test_heavy_limiting_is_reported(tmp_path: Path) -> None:
    rattle = sine(8, 440, -30)
    rattle[::2400] += 0.5  # every 50 ms, far above the tone
    write_wav(tmp_path / "raw.wav", rattle)
    timeline = assemble(tmp_path, [("raw.wav", None, 0.0)], listener=no_listener)
    before = normalise(timeline, tmp_path, STEREO, tmp_path / "n.flac", listener=no_listener)
    events: list[Progress | Notice] = []
    report = encode(tmp_path / "n.flac", {"mp3": tmp_path / "a.mp3"}, STEREO, before, listener=events.append)
    assert report.limited_s > 0.6 * report.duration_s
    assert "Der Begrenzer arbeitet in" in report.notices[-1]
    assert [event.text for event in events if isinstance(event, Notice)] == [report.notices[-1]]


def test_ffmpeg_comes_from_the_wheel() -> None:
    assert "imageio_ffmpeg" in executable()


def test_real_speech_of_two_recordings_becomes_an_episode(tmp_path: Path) -> None:
    recordings = sorted((SHARED / "data").glob("*/*.wav"))
    if not recordings:
        pytest.skip("real recordings are not part of the project")
    parts = [np.concatenate(list(pcm.read_blocks(path, sample_rate_hz=44_100, channels=1))) for path in recordings]
    write_wav(tmp_path / "raw.wav", np.concatenate(parts), rate=44_100)
    report = produce(tmp_path, "raw.wav")
    integrated, _, peak = ebur128(tmp_path / "fertig.mp3")
    assert integrated == pytest.approx(-16, abs=0.3)
    assert peak <= -1.0
    assert report.attempts == 1


def test_the_timeline_of_an_episode_ends_with_its_last_recording(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", voice(4))
    timeline = assemble(tmp_path, [("a.wav", None, -0.5)], listener=no_listener)
    assert isinstance(timeline, Timeline)
    assert timeline.duration_s == 3.5
