"""Any recording as blocks: formats, rates, channels, the timeline."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import SHARED, ffmpeg, sine, voice, write_wav

from pipeline.media.blocks import regrouped
from pipeline.media.decoding import batches, floats
from pipeline.media.joined import tags_inside
from pipeline.media.pcm import probe, read_blocks, read_header, read_mono_16k, read_timeline
from pipeline.values.audio import Source, Timeline


def whole(path: Path, *, rate: int = 48_000, channels: int = 1, block_s: float = 10.0) -> np.ndarray:
    return np.concatenate(list(read_blocks(path, sample_rate_hz=rate, channels=channels, block_s=block_s)))


def source(file: str, *, offset_s: float = 0.0, channels: int = 1) -> Source:
    return Source(file=file, sha256="", duration_s=0, sample_rate_hz=48_000, channels=channels, offset_s=offset_s)


@pytest.mark.parametrize(
    ("kind", "step"), [("u8", 2**-7), ("s16", 2**-15), ("s24", 2**-23), ("s32", 2**-23), ("f32", 2**-24)]
)
def test_every_sample_format_keeps_its_values(tmp_path: Path, kind: str, step: float) -> None:
    samples = voice(1)
    path = write_wav(tmp_path / "a.wav", samples, kind=kind)
    assert np.abs(whole(path) - samples).max() <= step


def test_float_samples_above_full_scale_are_not_clipped(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "laut.wav", sine(1, 440, 6), kind="f32")
    assert np.abs(whole(path)).max() == pytest.approx(10 ** (6 / 20), rel=1e-3)
    assert probe(path).peak_dbfs == pytest.approx(6, abs=0.01)


@pytest.mark.parametrize(
    ("name", "arguments", "codec"),
    [
        ("a.mp3", ["-c:a", "libmp3lame"], "mp3float"),
        ("a.m4a", ["-c:a", "aac"], "aac"),
        ("a.ogg", ["-c:a", "libvorbis"], "vorbis"),
        ("a.opus", ["-c:a", "libopus"], "opus"),
        ("a.flac", ["-c:a", "flac"], "flac"),
        ("a.webm", ["-c:a", "libopus"], "opus"),
    ],
)
def test_compressed_recordings_are_read_whole(tmp_path: Path, name: str, arguments: list[str], codec: str) -> None:
    wav = write_wav(tmp_path / "a.wav", voice(3))
    ffmpeg("-i", wav, *arguments, tmp_path / name)
    found = probe(tmp_path / name)
    assert (found.codec, found.channels, found.sample_rate_hz) == (codec, 1, 48_000)
    assert found.duration_s == pytest.approx(3, abs=0.05)
    heard = whole(tmp_path / name)[: 3 * 48_000]
    assert np.corrcoef(heard[:, 0], whole(wav)[: len(heard), 0])[0, 1] > 0.95


@pytest.mark.parametrize(
    ("name", "arguments", "rate"),
    [
        ("a.wav", ["-c:a", "pcm_f64le"], 48_000),
        ("a.wav", ["-c:a", "pcm_s24le", "-ar", "192000"], 192_000),
        ("a.wav", ["-c:a", "pcm_s16le", "-ar", "11025"], 11_025),
        ("rf64.wav", ["-c:a", "pcm_s24le", "-rf64", "always"], 48_000),
        ("a.w64", ["-c:a", "pcm_s24le"], 48_000),
        ("a.caf", ["-c:a", "pcm_s24le"], 48_000),
        ("a.wv", ["-c:a", "wavpack"], 48_000),
        ("alac.m4a", ["-c:a", "alac"], 48_000),
    ],
)
def test_studio_formats_are_read_whole(tmp_path: Path, name: str, arguments: list[str], rate: int) -> None:
    wav = write_wav(tmp_path / "quelle.wav", voice(3))
    ffmpeg("-i", wav, *arguments, tmp_path / name)
    found = probe(tmp_path / name)
    assert (found.sample_rate_hz, found.duration_s, found.truncated_s) == (rate, pytest.approx(3, abs=0.001), None)
    heard, known = whole(tmp_path / name, rate=8_000), whole(wav, rate=8_000)  # below all their sampling rates
    length = min(len(heard), len(known))
    assert length == pytest.approx(3 * 8_000, abs=20)
    assert np.corrcoef(heard[:length, 0], known[:length, 0])[0, 1] > 0.999


def test_the_sound_of_a_video_is_taken(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "a.wav", voice(3))
    video = tmp_path / "a.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=5:s=64x64", "-i", wav, "-c:v", "mpeg4", "-c:a", "aac", video)
    assert probe(video).duration_s == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_another_sampling_rate_keeps_length_and_level(tmp_path: Path, rate: int) -> None:
    path = write_wav(tmp_path / "a.wav", sine(2.5, 440, -6, rate=rate), rate=rate)
    samples = whole(path, rate=44_100)[:, 0]
    assert len(samples) == pytest.approx(2.5 * 44_100, abs=2)
    assert 20 * np.log10(np.abs(samples[4000:-4000]).max()) == pytest.approx(-6, abs=0.05)


def test_blocks_have_the_requested_length_and_are_never_empty(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", voice(2.5))
    sizes = [len(block) for block in read_blocks(path, sample_rate_hz=48_000, channels=1, block_s=1.0)]
    assert sizes == [48_000, 48_000, 24_000]
    assert np.array_equal(whole(path, block_s=0.01), whole(path))


def test_mono_becomes_the_same_on_both_sides_and_stereo_becomes_its_mean(tmp_path: Path) -> None:
    left, right = voice(1, seed=1), voice(1, seed=2)
    mono = write_wav(tmp_path / "mono.wav", left, kind="f32")
    both = whole(mono, channels=2)
    assert np.array_equal(both[:, 0], both[:, 1])
    stereo = write_wav(tmp_path / "stereo.wav", np.hstack((left, right)), kind="f32")
    assert np.allclose(whole(stereo, channels=1), (left + right) / 2, atol=1e-6)


def test_surround_is_mixed_down_by_the_standard(tmp_path: Path) -> None:
    tones = [sine(1, 200 * (k + 1), -20) for k in range(6)]
    path = tmp_path / "5.1.wav"
    ffmpeg("-i", write_wav(tmp_path / "six.wav", np.stack(tones, 1), kind="f32"), "-c:a", "pcm_f32le", path)
    assert probe(path).channels == 6
    heard = whole(path, channels=2)
    front, centre, back = tones[0], tones[2], tones[4]
    assert np.allclose(heard[:, 0], front + (centre + back) * 0.5**0.5, atol=1e-5)


def test_channels_without_a_known_place_are_averaged(tmp_path: Path) -> None:
    tones = np.stack([sine(1, 200 * (k + 1), -20) for k in range(3)], 1)
    path = write_wav(tmp_path / "drei.wav", tones, kind="f32")
    assert np.allclose(whole(path, channels=2)[:, 1], tones.mean(axis=1), atol=1e-6)


def test_a_timeline_is_the_sum_of_its_sources_at_their_offsets(tmp_path: Path) -> None:
    first, second = voice(2, seed=1), voice(1, seed=2)
    write_wav(tmp_path / "a.wav", first, kind="f32")
    write_wav(tmp_path / "b.wav", second, kind="f32")
    timeline = Timeline(sources=(source("a.wav"), source("b.wav", offset_s=1.5)), duration_s=2.5)
    mixed = np.concatenate(list(read_timeline(timeline, tmp_path, sample_rate_hz=48_000, channels=1, block_s=0.7)))
    expected = np.zeros((120_000, 1), np.float32)
    expected[:96_000] += first.astype(np.float32)
    expected[72_000:] += second.astype(np.float32)
    assert np.array_equal(mixed, expected)


@pytest.mark.parametrize(
    ("offset_s", "duration_s"), [(0.0, 1.0), (0.25, 3.0), (-0.25, 0.5), (-0.25, 2.0), (-3.0, 1.0), (5.0, 1.0)]
)
def test_a_timeline_is_exactly_as_long_as_it_says(tmp_path: Path, offset_s: float, duration_s: float) -> None:
    samples = voice(1.3)
    write_wav(tmp_path / "a.wav", samples, kind="f32")
    timeline = Timeline(sources=(source("a.wav", offset_s=offset_s),), duration_s=duration_s)
    blocks = list(read_timeline(timeline, tmp_path, sample_rate_hz=48_000, channels=1, block_s=0.3))
    mixed = np.concatenate(blocks)
    assert len(mixed) == round(duration_s * 48_000)
    silent = np.zeros((20 * 48_000, 1), np.float32)
    at = 10 * 48_000 + round(offset_s * 48_000)
    silent[at : at + len(samples)] = samples
    assert np.array_equal(mixed, silent[10 * 48_000 :][: len(mixed)])


def test_a_recording_may_change_its_format_midway(tmp_path: Path) -> None:
    """MP3s joined by appending one file to the other, as some recorders and editors do."""
    whole_file = b""
    for rate, channels in ((44_100, 1), (48_000, 2)):
        wav = write_wav(tmp_path / "a.wav", np.repeat(sine(3, 440, -10, rate=rate)[:, None], channels, 1), rate=rate)
        ffmpeg("-i", wav, "-write_xing", "0", "-id3v2_version", "0", tmp_path / "a.mp3")
        whole_file += (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "beide.mp3").write_bytes(whole_file)
    samples = whole(tmp_path / "beide.mp3", rate=44_100)
    assert len(samples) / 44_100 == pytest.approx(6, abs=0.3)
    for second in (1, 5):
        part = samples[second * 44_100 : second * 44_100 + 22_050, 0]
        assert np.abs(part).max() == pytest.approx(10 ** (-10 / 20), rel=0.1)


def test_whisper_gets_one_dimension_at_16_khz(tmp_path: Path) -> None:
    samples = read_mono_16k(write_wav(tmp_path / "a.wav", voice(2, rate=44_100), rate=44_100))
    assert samples.dtype == np.float32
    assert samples.shape == (32_000,)


def test_the_header_of_our_own_file_is_read_without_decoding(tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "a.wav", np.hstack((voice(2), voice(2))))
    ffmpeg("-i", wav, tmp_path / "a.flac")
    header = read_header(tmp_path / "a.flac")
    assert (header.channels, header.duration_s) == (2, 2.0)


def test_real_recordings_are_read_whole() -> None:
    recordings = sorted((SHARED / "data").glob("*/*.wav"))
    if not recordings:
        pytest.skip("real recordings are not part of the project")
    for path in recordings:
        assert 1 < probe(path).duration_s < 30
        assert probe(path).peak_dbfs < 0


@pytest.mark.parametrize("name", ["u8", "u8p", "s16", "s16p", "s32", "s32p", "flt", "fltp", "dbl", "dblp"])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_format_of_a_codec_becomes_the_same_floats_as_by_definition(name: str, channels: int) -> None:
    """Full scale of whole numbers is a power of two, so nothing is lost by multiplying instead of dividing."""
    rng = np.random.default_rng(channels)
    dtype = np.dtype({"u": "u1", "1": "i2", "3": "i4", "l": "f4", "b": "f8"}[name[0] if name[0] == "u" else name[1]])
    if dtype.kind == "f":
        samples = rng.standard_normal((977, channels)).astype(dtype)
        wanted = samples.astype(np.float32)
    else:
        limits = np.iinfo(dtype)
        samples = rng.integers(limits.min, limits.max, (977, channels), dtype, endpoint=True)
        samples[:2] = [[limits.min] * channels, [limits.max] * channels]
        half = 128.0 if dtype.kind == "u" else 0.0
        wanted = ((samples - half) / (128.0 if half else -float(limits.min))).astype(np.float32)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    laid_out = np.ascontiguousarray(samples.T) if name.endswith("p") else samples.reshape(1, -1)
    frames = []
    for part in (slice(0, 500), slice(500, 977)):
        own = laid_out[:, part] if name.endswith("p") else laid_out[:, part.start * channels : part.stop * channels]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(own), format=name, layout=layout)
        frame.sample_rate = 48_000
        frames.append(frame)
    (batch,) = batches(frames)
    assert np.array_equal(floats(batch), wanted)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_tags_across_windows_are_found_and_the_file_does_not_stay_in_memory(tmp_path: Path) -> None:
    window, tag = 4 << 20, b"ID3\x04\0\0\0\0\0\0"
    places = [2 * window - 2, 3 * window - 1, 4 * window, 5 * window + 7]
    path = tmp_path / "long.mp3"
    with path.open("wb") as handle:
        for at in places:
            handle.seek(at)
            handle.write(tag + b"\xff\xfb")
        handle.truncate(40 * window)  # 160 MiB, hardly any of them on the disk
    assert tags_inside(path) == tuple((at, at + len(tag)) for at in places)
    code = (
        "import re, sys; from pathlib import Path; from pipeline.media.joined import tags_inside\n"
        "def most(): return int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "before = most(); tags_inside(Path(sys.argv[1])); print(most() - before)"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code, str(path)], cwd=root, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 32 << 10  # KiB


def test_frames_are_joined_only_while_their_format_stays() -> None:
    frames = []
    for rate, layout in ((48_000, "mono"), (48_000, "mono"), (44_100, "mono"), (44_100, "stereo")):
        frame = av.AudioFrame(format="s16", layout=layout, samples=1000)
        frame.sample_rate = rate
        frames.append(frame)
    found = [(len(batch.samples), batch.sample_rate_hz, batch.layout.name) for batch in batches(frames)]
    assert found == [(2000, 48_000, "mono"), (1000, 44_100, "mono"), (1000, 44_100, "stereo")]
    assert [len(batch.samples) for batch in batches(frames[:1] * 100)] == [48_000, 48_000, 4_000]


def test_frames_are_joined_whatever_their_times_say() -> None:
    frames, wanted = [], []
    for number, pts in enumerate((0, 5_000, None, 70)):  # jumps are silence by now: see `decoded_frames`
        samples = np.full((2, 700 + number), number / 8, np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 1_000, pts, Fraction(1, 1_000)
        frames.append(frame)
        wanted.append(samples.T)
    found = [batch.samples for batch in batches(frames)]
    assert [len(part) for part in found] == [1_000, 1_000, 806]
    assert np.array_equal(np.concatenate(found), np.concatenate(wanted))


@given(lengths=st.lists(st.integers(0, 30), max_size=12), size=st.integers(1, 12))
def test_blocks_of_another_size_hold_the_same_samples(lengths: list[int], size: int) -> None:
    samples = np.arange(2 * sum(lengths), dtype=np.float32).reshape(-1, 2)
    blocks = list(regrouped(np.split(samples, np.cumsum(lengths)), size))
    assert all(len(block) == size for block in blocks[:-1])
    assert all(0 < len(block) <= size for block in blocks[-1:])
    assert np.array_equal(np.concatenate((np.zeros((0, 2), np.float32), *blocks)), samples)
