"""Recordings that cannot become an episode: each has its message and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sounds import ffmpeg, sine, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.normalise import normalise
from pipeline.errors import AudioError, MissingFileError, PipelineError, TruncatedError
from pipeline.media import pcm
from pipeline.media.headers import announced_mp3_s, announced_w64_s, announced_wav_s
from pipeline.values.audio import AssemblySettings, AudioSettings, Source, Timeline
from pipeline.values.progress import Notice, no_listener

Maker = Callable[[Path], Path]

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4.0,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="audio/wav"><Representation id="1" '
    'bandwidth="1"><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>\n',
}


def missing(folder: Path) -> Path:
    return folder / "fehlt.wav"


def a_folder(folder: Path) -> Path:
    (folder / "ordner.wav").mkdir()
    return folder / "ordner.wav"


def zero_bytes(folder: Path) -> Path:
    (folder / "leer.wav").touch()
    return folder / "leer.wav"


def text_as_wav(folder: Path) -> Path:
    (folder / "text.wav").write_text("Das ist keine Tonaufnahme.\n" * 200, encoding="utf-8")
    return folder / "text.wav"


def text_as_mp3(folder: Path) -> Path:
    return text_as_wav(folder).rename(folder / "text.mp3")


def plain_text(folder: Path) -> Path:
    return text_as_wav(folder).rename(folder / "text.txt")


def picture(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64", "-frames:v", "1", folder / "bild.jpg")
    return folder / "bild.jpg"


def video_without_sound(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=2:s=64x64", "-c:v", "mpeg4", folder / "stumm.mp4")
    return folder / "stumm.mp4"


def header_only(folder: Path) -> Path:
    path = write_wav(folder / "kopf.wav", voice(1))
    path.write_bytes(path.read_bytes()[:44])
    return path


def silent(folder: Path) -> Path:
    return write_wav(folder / "still.wav", np.zeros(96_000))


def hiss(folder: Path) -> Path:
    return write_wav(folder / "rauschen.wav", 1e-4 * np.random.default_rng(1).standard_normal(96_000))


def too_short(folder: Path) -> Path:
    return write_wav(folder / "kurz.wav", sine(2.9, 440, -10))


def truncated(name: str, *options: str) -> Maker:
    def make(folder: Path) -> Path:
        path = folder / name
        ffmpeg("-i", write_wav(folder / "ganz.wav", voice(20)), *options, path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return path

    return make


def truncated_m4a_with_its_index_in_front(folder: Path) -> Path:
    return truncated("vorn.m4a", "-c:a", "aac", "-movflags", "+faststart")(folder)


def damaged_flac(folder: Path) -> Path:
    path = folder / "kaputt.flac"
    ffmpeg("-i", write_wav(folder / "ganz.wav", voice(20)), path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40_000] = bytes(40_000)
    path.write_bytes(content)
    return path


TABLE: list[tuple[Maker, type[PipelineError], str]] = [
    (missing, MissingFileError, "Die Aufnahme fehlt."),
    (a_folder, MissingFileError, "Die Aufnahme fehlt."),
    (zero_bytes, AudioError, "Die Aufnahme ist leer (0 Byte)."),
    (text_as_wav, AudioError, "keine lesbare Tonaufnahme (ffmpeg: Invalid data found when processing input)"),
    (text_as_mp3, AudioError, "keine lesbare Tonaufnahme (ffmpeg: "),
    (plain_text, AudioError, "keine lesbare Tonaufnahme"),
    (picture, AudioError, "keine lesbare Tonaufnahme"),
    (video_without_sound, AudioError, "In dieser Datei ist kein Ton"),
    (header_only, AudioError, "keine lesbare Tonaufnahme"),
    (silent, AudioError, "Die Aufnahme ist still"),
    (hiss, AudioError, "Die Aufnahme ist still"),
    (too_short, AudioError, "Die Aufnahme ist zu kurz (2,9 s)."),
    (truncated("halb.wav"), AudioError, "bricht bei 00:09 von 00:20 ab"),
    (truncated("halb.flac"), AudioError, "bricht bei 00:"),
    (truncated("halb.mp3"), AudioError, "bricht bei 00:09 von 00:20 ab"),
    (truncated("halb.aiff"), AudioError, "bricht bei 00:09 von 00:20 ab"),
    (truncated("rf64.wav", "-rf64", "always"), AudioError, "bricht bei 00:09 von 00:20 ab"),
    (truncated("halb.w64"), AudioError, "bricht bei 00:09 von 00:20 ab"),
    (truncated_m4a_with_its_index_in_front, AudioError, "bricht bei 00:"),
    (truncated("halb.m4a", "-c:a", "aac"), AudioError, "keine lesbare Tonaufnahme"),
    (damaged_flac, AudioError, "bricht bei 00:"),
]


@pytest.mark.parametrize(("make", "kind", "text"), TABLE, ids=lambda value: getattr(value, "__name__", None))
def test_a_bad_recording_has_its_own_message(tmp_path: Path, make: Maker, kind: type[PipelineError], text: str) -> None:
    path = make(tmp_path)
    with pytest.raises(kind) as caught:
        assemble(tmp_path, [(path.name, None, 0.0)], listener=no_listener)
    assert text in caught.value.problem
    assert caught.value.where == path
    assert caught.value.advice
    assert "built with" not in str(caught.value)


def test_a_broken_recording_stops_every_reader_at_the_break(tmp_path: Path) -> None:
    path = truncated("halb.wav")(tmp_path)
    heard = 0
    with pytest.raises(AudioError, match="bricht bei"):
        for block in pcm.read_blocks(path, sample_rate_hz=48_000, channels=1, block_s=1.0):
            heard += len(block)
    assert heard >= 9 * 48_000


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("halb.wav", []),
        ("rf64.wav", ["-rf64", "always"]),
        ("halb.flac", []),
        ("halb.mp3", []),
        ("halb.aiff", []),
        ("vorn.m4a", ["-c:a", "aac", "-movflags", "+faststart"]),
    ],
)
def test_a_truncated_recording_can_be_used_as_far_as_it_goes(tmp_path: Path, name: str, options: list[str]) -> None:
    path = truncated(name, *options)(tmp_path)
    with pytest.raises(TruncatedError, match="bricht bei"):
        assemble(tmp_path, [(name, None, 0.0)], listener=no_listener)
    events: list[object] = []
    accepting = AssemblySettings(accept_truncated=True)
    timeline = assemble(tmp_path, [(name, None, 0.0)], assembly=accepting, listener=events.append)
    assert timeline.sources[0].truncated
    assert 8 < timeline.duration_s < 13
    assert f"{name} bricht bei" in str(events[0])
    heard = sum(len(block) for block in pcm.read_timeline(timeline, tmp_path, sample_rate_hz=48_000, channels=1))
    assert heard == round(timeline.duration_s * 48_000)
    with pytest.raises(TruncatedError):
        pcm.probe(path)


def test_damage_in_the_middle_is_never_accepted(tmp_path: Path) -> None:
    damaged_flac(tmp_path)
    accepting = AssemblySettings(accept_truncated=True)
    with pytest.raises(AudioError, match=r"bricht bei 00:.* von 00:20") as caught:
        assemble(tmp_path, [("kaputt.flac", None, 0.0)], assembly=accepting, listener=no_listener)
    assert "Schnittprogramm" in caught.value.advice


def test_a_truncated_track_is_placed_beside_a_whole_one(tmp_path: Path) -> None:
    write_wav(tmp_path / "ganz.wav", voice(20))
    path = write_wav(tmp_path / "halb.wav", voice(20))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    timeline = assemble(
        tmp_path,
        [("ganz.wav", 0, None), ("halb.wav", 1, None)],
        assembly=AssemblySettings(accept_truncated=True),
        listener=no_listener,
    )
    assert [source.truncated for source in timeline.sources] == [False, True]
    assert timeline.duration_s == pytest.approx(20)
    report = normalise(timeline, tmp_path, AudioSettings(reduce_noise=True), tmp_path / "n.flac", listener=no_listener)
    assert report is not None
    assert pcm.probe(tmp_path / "n.flac").duration_s == pytest.approx(20)


def test_the_place_of_damage_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError) as caught:
        pcm.probe(damaged_flac(tmp_path))
    assert any(f"bei 00:{second:02}" in caught.value.problem for second in range(7, 13))
    assert "von 00:20" in caught.value.problem


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_recording_without_read_permission_is_an_error(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", voice(1))
    path.chmod(0)
    with pytest.raises(AudioError, match="darf nicht gelesen werden"):
        pcm.probe(path)


def test_a_click_in_silence_counts_as_silence(tmp_path: Path) -> None:
    samples = np.zeros(5 * 48_000)
    samples[1000] = 0.002
    write_wav(tmp_path / "a.wav", samples, kind="s24")
    source = Source(file="a.wav", sha256="", duration_s=5.0, sample_rate_hz=48_000, channels=1)
    with pytest.raises(AudioError, match="still"):
        normalise(
            Timeline(sources=(source,), duration_s=5.0),
            tmp_path,
            AudioSettings(),
            tmp_path / "n.flac",
            listener=no_listener,
        )
    assert not (tmp_path / "n.flac").exists()


def test_a_recording_at_full_scale_is_reported(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", 30 * voice(3))
    heard: list[object] = []
    assemble(tmp_path, [("a.wav", None, 0.0)], listener=heard.append)
    assert [type(event) for event in heard] == [Notice]
    assert "übersteuert" in str(heard[0])


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0x7FFF_F000])
def test_a_recording_with_a_placeholder_length_is_read_to_the_end(tmp_path: Path, size: int) -> None:
    path = write_wav(tmp_path / "a.wav", voice(3))
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", size)
    path.write_bytes(content)
    assert pcm.probe(path).duration_s == pytest.approx(3)


def test_an_mp3_without_a_frame_count_announces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    ffmpeg("-i", write_wav(tmp_path / "a.wav", voice(5)), "-write_xing", "0", path)
    assert announced_mp3_s(path.read_bytes(), 48_000) is None
    assert pcm.probe(path).duration_s == pytest.approx(5, abs=0.1)


def test_the_frame_count_is_found_after_a_large_tag(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    ffmpeg("-i", write_wav(tmp_path / "a.wav", voice(5)), "-metadata", "comment=" + 3000 * "x", path)
    assert announced_mp3_s(path.read_bytes(), 48_000) == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize(
    "head", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\1\0\0\0", b"RF64" + 60 * b"\0"]
)
def test_a_wav_header_that_says_nothing_announces_nothing(head: bytes) -> None:
    assert announced_wav_s(head) is None


@pytest.mark.parametrize("kind", [b"RF64", b"BW64"])
def test_the_length_of_more_than_four_gigabytes_is_read(kind: bytes) -> None:
    hours_4_s, rate = 4 * 3600, 48_000 * 2 * 4  # stereo, 32 bits: 5.5 GB
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, hours_4_s * rate + 72, hours_4_s * rate, hours_4_s * 48_000, 0)
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 2, 48_000, rate, 8, 32)
    head = kind + b"\xff\xff\xff\xffWAVE" + ds64 + fmt + b"data\xff\xff\xff\xff"
    assert announced_wav_s(head) == hours_4_s
    assert announced_wav_s(b"RIFF" + head[4:12] + fmt + b"data\xff\xff\xff\xff") is None


@pytest.mark.parametrize("head", [b"", b"riff", b"riff" + 60 * b"\0", b"riff" + 36 * b"\0" + b"data" + 40 * b"\xff"])
def test_a_w64_header_that_says_nothing_announces_nothing(head: bytes) -> None:
    assert announced_w64_s(head) is None


@pytest.mark.parametrize("name", ["raw.wav", "raw.m3u8", "raw.mp3", "raw.ffconcat", "raw.mpd"])
@pytest.mark.parametrize("kind", ["hls", "ffconcat", "dash"])
def test_a_playlist_in_disguise_opens_no_other_file_and_no_address(tmp_path: Path, name: str, kind: str) -> None:
    write_wav(tmp_path / "fremd.wav", voice(4))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/fremd.wav"
        for target in (str(tmp_path / "fremd.wav"), "fremd.wav", address):
            (tmp_path / name).write_text(PLAYLISTS[kind].format(target=target), encoding="utf-8")
            with pytest.raises(AudioError, match="keine lesbare Tonaufnahme"):
                pcm.probe(tmp_path / name)
        with pytest.raises(TimeoutError):
            server.accept()
