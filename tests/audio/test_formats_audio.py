"""M4A and Opus beside the MP3: their loudness, length, timing and chapters, as read by independent programs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mutagen.mp4 import MP4
from sounds import ebur128, ffmpeg, probe_mp3, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.chapters import write_chapters
from pipeline.audio.codecs import codec
from pipeline.audio.encode import encode
from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.normalise import normalise
from pipeline.media import pcm
from pipeline.values.audio import AudioReport, AudioSettings
from pipeline.values.progress import no_listener
from pipeline.values.show import Chapter

if TYPE_CHECKING:
    from pipeline.values.audio import FormatName

FRAME = {"mp3": 1152, "m4a": 1024, "opus": 960}
CHAPTERS = (
    Chapter(start_s=0.0, title="Begrüßung"),
    Chapter(start_s=2.0, title="Zwei = drei; # und \\ 🚢"),
    Chapter(start_s=5.0, title="Ende"),
)


def produce(folder: Path, settings: AudioSettings) -> AudioReport:
    timeline = assemble(folder, [("raw.wav", None, 0.0)], listener=no_listener)
    before = normalise(timeline, folder, settings, folder / "n.flac", listener=no_listener)
    names: tuple[FormatName, ...] = ("mp3", "m4a", "opus")
    files = {name: folder / f"fertig.{name}" for name in names}
    return encode(folder / "n.flac", files, settings, before, listener=no_listener)


def decoded_by_ffmpeg(path: Path, rate: int) -> np.ndarray:
    """What a player plays: the left channel, at `rate`."""
    wav = path.with_suffix(f"{path.suffix}.wav")
    ffmpeg("-i", path, "-ar", str(rate), "-af", "pan=mono|c0=c0", "-c:a", "pcm_f32le", wav)
    return np.concatenate(list(pcm.read_blocks(wav, sample_rate_hz=rate, channels=1)))[:, 0]


def shift(expected: np.ndarray, heard: np.ndarray, *, at_most: int) -> int:
    """By how many samples `heard` is late, by the best match over a second in the middle."""
    first = len(expected) // 2
    middle = slice(first, first + 48_000)
    candidates = range(-at_most, at_most + 1)
    match = [float(np.dot(expected[middle], heard[middle.start + by : middle.stop + by])) for by in candidates]
    return candidates[int(np.argmax(match))]


@pytest.mark.parametrize(
    "settings",
    [
        AudioSettings(),
        AudioSettings(channels=1, target_lufs=-19.0, sample_rate_hz=48_000, bitrate_kbps=64),
    ],
    ids=["two channels", "one channel"],
)
def test_every_format_is_as_loud_as_long_and_in_time_after_one_encode(tmp_path: Path, settings: AudioSettings) -> None:
    rate = settings.sample_rate_hz
    write_wav(tmp_path / "raw.wav", voice(8.0123, level=0.3))
    report = produce(tmp_path, settings)
    assert [encoded.format for encoded in report.others] == ["m4a", "opus"]
    assert [report.attempts, *(encoded.attempts for encoded in report.others)] == [1, 1, 1]
    source = decoded_by_ffmpeg(tmp_path / "n.flac", 48_000)
    for name in FRAME:
        path = tmp_path / f"fertig.{name}"
        integrated, _, peak = ebur128(path)
        assert integrated == pytest.approx(settings.target_lufs, abs=0.2001)  # the meter shows tenths
        assert peak <= -1.0
        own_rate = 48_000 if name == "opus" else rate
        assert f"{own_rate} Hz, {'mono' if settings.channels == 1 else 'stereo'}" in probe_mp3(path)
        heard = decoded_by_ffmpeg(path, own_rate)
        assert len(heard) == pytest.approx(8.0123 * own_rate, abs=2)
        assert abs(shift(source, decoded_by_ffmpeg(path, 48_000), at_most=1500)) <= 12
    for encoded in report.others:  # our own decoder keeps the padding of the last frame
        assert encoded.duration_s == pytest.approx(8.0123, abs=FRAME[encoded.format] / rate)


def test_the_same_sound_gives_the_same_bytes_without_date_or_version(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(4))
    produce(tmp_path, AudioSettings())
    first = [(tmp_path / f"fertig.{name}").read_bytes() for name in FRAME]
    produce(tmp_path, AudioSettings())
    assert [(tmp_path / f"fertig.{name}").read_bytes() for name in FRAME] == first
    for content in first:
        assert not re.search(rb"Lav[fc]\d", content)
    assert first[1][first[1].index(b"mvhd") + 4 :][:12] == bytes(12)  # version, creation, modification
    assert first[2][14:18] == bytes(4)  # the serial number of the Ogg stream


@pytest.mark.parametrize(("bitrate_kbps", "channels"), [(64, 1), (64, 2), (128, 1), (128, 2)])
@pytest.mark.parametrize("name", ["m4a", "opus"])
def test_consonants_keep_their_high_frequencies(
    tmp_path: Path, name: FormatName, bitrate_kbps: int, channels: int
) -> None:
    """The sounds of s and sch reach beyond 10 kHz: bursts of noise, as in speech."""
    rng = np.random.default_rng(5)
    bursts = (np.arange(4 * 44_100) % 22_050 < 4_410)[:, None]
    samples = (0.05 * rng.standard_normal((4 * 44_100, 1)) * bursts).astype(np.float32).repeat(channels, axis=1)
    chosen = codec(name, AudioSettings(bitrate_kbps=bitrate_kbps, channels=channels))  # type: ignore[arg-type]
    path = tmp_path / f"a.{name}"
    encode_stream([samples], path, sample_rate_hz=44_100, channels=channels, options=chosen.options)
    spectra = [
        np.abs(np.fft.rfft(part[: 4 * 44_100])) ** 2 for part in (samples[:, 0], decoded_by_ffmpeg(path, 44_100))
    ]
    for low in range(0, 14_000, 2_000):
        band = slice(4 * low, 4 * (low + 2_000))
        lost_db = 10 * np.log10(spectra[0][band].sum() / spectra[1][band].sum())
        assert abs(lost_db) < 1, f"{low} Hz"


@pytest.fixture(scope="module")
def m4a(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("m4a") / "a.m4a"
    samples = voice(7.77, rate=44_100).astype(np.float32)
    options = codec("m4a", AudioSettings(channels=1)).options
    encode_stream([samples], path, sample_rate_hz=44_100, channels=1, options=options)
    return path


def chapters_by_ffmpeg(path: Path) -> list[tuple[str, str]]:
    printed = probe_mp3(path).partition("Stream mapping")[0]  # after that ffmpeg repeats them for its output
    return re.findall(r"Chapter #0:\d+: start (\S+), end \S+\n.*\n\s+title\s+: (.*)", printed)


def test_chapters_of_an_m4a_are_exact_and_move_no_sample(m4a: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.m4a"
    write_chapters(m4a, path, CHAPTERS, duration_s=7.77, language="deu")
    assert chapters_by_ffmpeg(path) == [(f"{c.start_s:.6f}", c.title) for c in CHAPTERS]  # the chapter track
    nero = MP4(path).chapters
    assert [(c.start, c.title) for c in nero or ()] == [(c.start_s, c.title) for c in CHAPTERS]
    assert "(deu): Audio: aac (LC)" in probe_mp3(path)
    before, after = (decoded_by_ffmpeg(file, 44_100) for file in (m4a, path))
    assert len(before) == round(7.77 * 44_100)
    assert np.array_equal(before, after)
    again = tmp_path / "c.m4a"
    write_chapters(m4a, again, CHAPTERS, duration_s=7.77, language="deu")
    assert again.read_bytes() == path.read_bytes()
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")  # plays while it loads


def test_a_first_chapter_after_the_start_keeps_its_time_in_chpl(m4a: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.m4a"
    write_chapters(m4a, path, CHAPTERS[1:], duration_s=7.77, language="deu")
    assert [c.start for c in MP4(path).chapters or ()] == [2.0, 5.0]
    assert [start for start, _ in chapters_by_ffmpeg(path)] == ["0.000000", "5.000000"]  # a track has no gap


def test_an_m4a_without_chapters_gets_none(m4a: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.m4a"
    write_chapters(m4a, path, (), duration_s=7.77, language="deu")
    assert chapters_by_ffmpeg(path) == []
    assert np.array_equal(decoded_by_ffmpeg(m4a, 44_100), decoded_by_ffmpeg(path, 44_100))
