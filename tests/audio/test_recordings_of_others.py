"""Recordings as other programs make them: nothing of them is lost without a word."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from sounds import SHARED, ffmpeg, sine, voice, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.recordings import missing_recording
from pipeline.errors import AudioError
from pipeline.media import pcm
from pipeline.values.audio import Source, Timeline
from pipeline.values.json_files import to_json

RATE = 48_000
CASES = SHARED / "cases/audio"


def assembled(
    folder: Path, *files: str, parts: Sequence[tuple[int | None, int | None]] = (), offsets: Sequence[float | None] = ()
) -> tuple[Timeline, str]:
    """The timeline of one mixed recording, or of one track for each file, and all notices."""
    said: list[str] = []
    given = offsets or [None] * len(files)
    sources = [(file, None if len(files) == 1 else index, given[index]) for index, file in enumerate(files)]
    timeline = assemble(folder, sources, parts=parts, listener=lambda event: said.append(event.text))
    return timeline, "\n".join(said)


def heard(timeline: Timeline, folder: Path, channels: Any = 2) -> np.ndarray:
    return np.concatenate(list(pcm.read_timeline(timeline, folder, sample_rate_hz=RATE, channels=channels)))


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.square(samples, dtype=np.float64).mean()))


def turns(seconds: float = 20.0) -> np.ndarray:
    """Two people who speak in turns of three seconds, (samples, 2); each hears the other 20 dB lower."""
    one, other = voice(seconds, seed=1)[:, 0], voice(seconds, seed=2)[:, 0]
    first = (np.arange(len(one)) // (3 * RATE)) % 2 == 0
    left, right = one * first, other * ~first
    return np.stack((left + 0.1 * right, right + 0.1 * left), axis=1)


def with_streams(folder: Path, name: str, *sounds: np.ndarray, late_s: float = 0.0) -> str:
    """A file with one audio stream for each sound; the last one begins later."""
    inputs: list[str | Path] = []
    for index, sound in enumerate(sounds):
        path = write_wav(folder / f"part{index}.src", sound)
        late = ["-itsoffset", str(late_s)] if index == len(sounds) - 1 and late_s else []
        inputs += [*late, "-f", "wav", "-i", path]
    maps = [argument for index in range(len(sounds)) for argument in ("-map", str(index))]
    codec = "pcm_s16le" if name.endswith((".mkv", ".mov")) else "aac"
    ffmpeg(*inputs, *maps, "-c:a", codec, "-metadata:s:a:1", "title=Mikrofon", folder / name)
    return name


# --- several streams --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["raw.mkv", "raw.mov", "raw.mp4"])
def test_streams_with_different_sound_are_asked_about(tmp_path: Path, name: str) -> None:
    with_streams(tmp_path, name, voice(5), voice(5, seed=2))
    with pytest.raises(AudioError) as caught:
        assembled(tmp_path, name)
    said = str(caught.value)
    assert f"{name} hat mehrere Tonspuren mit verschiedenem Ton: 1, 2" in said
    assert f'[[tracks]]\n  file = "{name}"\n  stream = 1\n  speaker = ' in said
    assert "unter recording: stream = 2" in said
    with pytest.raises(AudioError, match="bei dieser Spur unter"):
        assembled(tmp_path, name, name)


def test_the_chosen_stream_is_heard(tmp_path: Path) -> None:
    name = with_streams(tmp_path, "raw.mkv", np.array(sine(4, 300, -20)), np.array(sine(4, 300, -40)))
    timeline, said = assembled(tmp_path, name, parts=[(1, None)])
    assert said == ""
    assert rms(heard(timeline, tmp_path)) == pytest.approx(0.01 / 2**0.5, rel=0.01)
    with pytest.raises(AudioError, match="Eine Tonspur 3 gibt es in dieser Datei nicht; sie hat 2"):
        assembled(tmp_path, name, parts=[(2, None)])


def test_streams_of_one_file_are_tracks_in_step(tmp_path: Path) -> None:
    name = with_streams(tmp_path, "raw.mkv", voice(8), voice(6, seed=2), late_s=1.5)
    timeline, said = assembled(tmp_path, name, name, parts=[(0, None), (1, None)])
    assert [source.offset_s for source in timeline.sources] == [0.0, 1.5]
    assert "nichts gemeinsam" not in said
    both = heard(timeline, tmp_path, 1)[:, 0]
    expected = np.pad(voice(8)[:, 0], (0, len(both) - 8 * RATE))
    expected[72_000 : 72_000 + 6 * RATE] += voice(6, seed=2)[:, 0]
    assert np.abs(both - expected).max() < 1e-3


@pytest.mark.parametrize(
    ("second", "chosen", "word"),
    [(voice(5), None, "alle haben denselben Ton"), (np.zeros((5 * RATE, 1)), None, "alle anderen sind still")],
)
def test_a_second_stream_without_sound_of_its_own_is_told(
    tmp_path: Path, second: np.ndarray, chosen: int | None, word: str
) -> None:
    name = with_streams(tmp_path, "raw.mkv", voice(5), second)
    timeline, said = assembled(tmp_path, name)
    assert timeline.sources[0].stream == chosen
    assert word in said and "Genommen wird Tonspur 1" in said


def test_a_silent_first_stream_is_not_the_recording(tmp_path: Path) -> None:
    name = with_streams(tmp_path, "raw.mkv", np.zeros((5 * RATE, 1)), voice(5))
    timeline, said = assembled(tmp_path, name)
    assert timeline.sources[0].stream == 1
    assert "Genommen wird Tonspur 2" in said


# --- one voice for each channel ---------------------------------------------------------------------------------------


def test_a_voice_on_each_side_is_told_with_the_lines_to_write(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", turns())
    said = assembled(tmp_path, "raw.wav")[1]
    assert "spricht links eine andere Stimme als rechts" in said
    assert '[[tracks]]\n  file = "raw.wav"\n  channel = "left"\n' in said


def test_the_sides_of_a_file_are_tracks_that_begin_together(tmp_path: Path) -> None:
    sound = turns()
    write_wav(tmp_path / "raw.wav", sound)
    timeline, said = assembled(tmp_path, "raw.wav", "raw.wav", parts=[(None, 0), (None, 1)])
    assert said == ""
    assert [(source.only_channel, source.offset_s, source.channels) for source in timeline.sources] == [
        (0, 0.0, 1),
        (1, 0.0, 1),
    ]
    for channel in (0, 1):
        alone = Timeline(sources=(timeline.sources[channel],), duration_s=timeline.duration_s)
        both_sides = heard(alone, tmp_path)
        assert np.abs(both_sides - sound[:, channel : channel + 1]).max() < 1e-4


def test_the_channels_of_a_polywav_are_tracks(tmp_path: Path) -> None:
    sound = np.hstack((turns(12), 0.0001 * turns(12)))
    write_wav(tmp_path / "raw.wav", sound)
    said = assembled(tmp_path, "raw.wav")[1]
    assert "eine eigene Stimme: 1, 2" in said and "channel = 2" in said
    timeline, _ = assembled(tmp_path, "raw.wav", "raw.wav", parts=[(None, 0), (None, 1)])
    alone = Timeline(sources=timeline.sources[1:], duration_s=timeline.duration_s)
    assert np.abs(heard(alone, tmp_path, 1) - sound[:, 1:2]).max() < 1e-4
    with pytest.raises(AudioError, match="Einen Kanal 5 gibt es in dieser Aufnahme nicht; sie hat 4 Kanäle"):
        assembled(tmp_path, "raw.wav", parts=[(None, 4)])


def test_a_stereo_room_has_no_voice_on_each_side(tmp_path: Path) -> None:
    both = turns()
    write_wav(tmp_path / "raw.wav", both @ np.array([[1.0, 0.6], [0.6, 1.0]]))
    assert assembled(tmp_path, "raw.wav")[1] == ""


# --- timestamps -------------------------------------------------------------------------------------------------------


def with_gap(path: Path, sound: np.ndarray, *, at_s: float, until_s: float, codec: str) -> None:
    """`sound` without what lies between the two times, whose place stays empty in the timestamps."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        size = 960
        for start in range(0, len(sound) - size, size):
            if at_s <= start / RATE < until_s:
                continue
            block = np.ascontiguousarray(sound[start : start + size].T, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            if codec != "aac":
                frame = av.AudioResampler(format="s16", layout="mono", rate=RATE).resample(frame)[0]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(("name", "codec"), [("raw.webm", "libopus"), ("raw.mkv", "pcm_s16le")])
def test_a_gap_in_the_timestamps_is_silence_with_its_place(tmp_path: Path, name: str, codec: str) -> None:
    sound = voice(20)
    with_gap(tmp_path / name, sound, at_s=6.01, until_s=9.0, codec=codec)
    recording = pcm.probe(tmp_path / name)
    assert recording.duration_s == pytest.approx(20.0, abs=0.06)
    timeline, said = assembled(tmp_path, name)
    assert f"In {name} fehlt Ton (3,0 s bei 00:06)" in said
    whole = heard(timeline, tmp_path, 1)[:, 0]
    assert rms(whole[round(6.2 * RATE) : round(8.8 * RATE)]) < 1e-4
    after, expected = whole[round(12 * RATE) : round(18 * RATE)], sound[round(12 * RATE) : round(18 * RATE), 0]
    lag = np.argmax(np.fft.irfft(np.fft.rfft(after) * np.conj(np.fft.rfft(expected)))) / RATE
    assert min(lag, 6.0 - lag) < 0.02


def test_tracks_stay_in_step_after_a_gap(tmp_path: Path) -> None:
    sound = voice(20)
    write_wav(tmp_path / "a.wav", sound)
    with_gap(tmp_path / "b.mkv", sound, at_s=6.0, until_s=9.0, codec="pcm_s16le")
    timeline, _ = assembled(tmp_path, "a.wav", "b.mkv", offsets=[0.0, 0.0])
    both = heard(timeline, tmp_path, 1)[:, 0]
    assert rms(both[12 * RATE : 18 * RATE]) == pytest.approx(2 * rms(sound[12 * RATE : 18 * RATE]), rel=0.01)


@pytest.mark.parametrize("name", ["raw.webm", "raw.m4a", "raw.ogg", "raw.mkv", "raw.mp3", "raw.mov"])
def test_whole_recordings_have_no_gap(tmp_path: Path, name: str) -> None:
    ffmpeg("-f", "wav", "-i", write_wav(tmp_path / "x.src", voice(12)), tmp_path / name)
    recording = pcm.probe(tmp_path / name)
    assert recording.gaps == ()
    assert recording.duration_s == pytest.approx(12.0, abs=0.1)


# --- joined files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cover_bytes", [0, 300_000])
def test_joined_mp3s_with_tags_are_read_whole(tmp_path: Path, cover_bytes: int) -> None:
    joined = b""
    for index, seconds in enumerate((6, 9)):
        path = tmp_path / f"{index}.mp3"
        source = write_wav(tmp_path / "x.src", voice(seconds, seed=index))
        ffmpeg("-f", "wav", "-i", source, "-q:a", "4", "-metadata", "title=Teil", "-write_id3v1", "1", path)
        content = path.read_bytes()
        assert content[:3] == b"ID3" and content[-128:-125] == b"TAG"
        if cover_bytes:  # a large tag, with bytes in it that look like frames
            body = b"APIC" + cover_bytes.to_bytes(4, "big") + b"\0\0" + b"\xff\xfb\x90\x64" * (cover_bytes // 4)
            size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
            content = b"ID3\x03\x00\x00" + size + body + content[10 + int.from_bytes(content[6:10], "big") :]
        joined += content
    (tmp_path / "raw.mp3").write_bytes(joined)
    recording = pcm.probe(tmp_path / "raw.mp3")
    assert recording.duration_s == pytest.approx(15.0, abs=0.15)
    assert recording.truncated_s is None


# --- offsets and scales -----------------------------------------------------------------------------------------------


def test_an_offset_on_an_empty_side_is_no_sound(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", np.hstack((voice(5), np.full((5 * RATE, 1), 0.1))))
    timeline, said = assembled(tmp_path, "raw.wav")
    assert said == "raw.wav hat rechts nichts; die andere Seite ist jetzt auf beiden zu hören."
    assert timeline.sources[0].only_channel == 0


def test_opposite_offsets_are_no_inversion(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(5) + np.array([[0.3, -0.3]]))
    timeline, said = assembled(tmp_path, "raw.wav")
    assert said == ""
    assert timeline.sources[0].only_channel is None


def test_an_offset_alone_is_silence(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", np.full((5 * RATE, 1), 0.1))
    with pytest.raises(AudioError, match="still"):
        assembled(tmp_path, "raw.wav")


@pytest.mark.parametrize(("scale", "text"), [(2.0**15, "±32768"), (2.0**31, "±2147483648")])
def test_floats_at_the_scale_of_whole_numbers_are_converted(tmp_path: Path, scale: float, text: str) -> None:
    sound = voice(5)
    write_wav(tmp_path / "raw.wav", sound * scale, kind="f32")
    timeline, said = assembled(tmp_path, "raw.wav")
    assert f"im Maßstab ganzer Zahlen (bis {text} statt ±1); sie sind umgerechnet" in said
    assert "übersteuert" not in said
    assert np.abs(heard(timeline, tmp_path, 1) - sound).max() < 1e-6


def test_floats_above_full_scale_keep_their_scale(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(5) * 40, kind="f32")
    assert assembled(tmp_path, "raw.wav")[0].sources[0].scale is None


def test_very_quiet_floats_are_raised_and_hiss_is_not(tmp_path: Path) -> None:
    sound = voice(8)
    sound *= 10 ** (-65 / 20) / np.abs(sound).max()
    write_wav(tmp_path / "raw.wav", sound, kind="f32")
    timeline, said = assembled(tmp_path, "raw.wav")
    assert "raw.wav ist sehr leise (höchstens -65 dBFS)" in said
    assert np.abs(heard(timeline, tmp_path)).max() == pytest.approx(0.1, rel=0.01)
    hiss = np.random.default_rng(1).uniform(-(10 ** (-65 / 20)), 10 ** (-65 / 20), (8 * RATE, 1))
    write_wav(tmp_path / "raw.wav", hiss, kind="f32")
    with pytest.raises(AudioError, match="still"):
        assembled(tmp_path, "raw.wav")


@pytest.mark.parametrize("delay", [0, 12, 40])
def test_a_delayed_inversion_is_found(tmp_path: Path, delay: int) -> None:
    sound = voice(6)
    write_wav(tmp_path / "raw.wav", np.hstack((sound, -np.roll(sound, delay))))
    timeline, said = assembled(tmp_path, "raw.wav")
    assert "heben sich links und rechts auf" in said
    assert timeline.sources[0].only_channel == 0


def test_an_inversion_half_way_is_found_with_its_place(tmp_path: Path) -> None:
    sound = voice(20)
    other = np.concatenate((sound[: 12 * RATE], -sound[12 * RATE :]))
    write_wav(tmp_path / "raw.wav", np.hstack((sound, other)))
    timeline, said = assembled(tmp_path, "raw.wav")
    assert "heben sich ab 00:12 links und rechts auf" in said
    assert timeline.sources[0].only_channel == 0


def test_a_few_inverted_seconds_of_many_cost_no_side(tmp_path: Path) -> None:
    sound = voice(100)
    other = sound.copy()
    other[10 * RATE : 13 * RATE] *= -1
    write_wav(tmp_path / "raw.wav", np.hstack((sound, other)))
    assert assembled(tmp_path, "raw.wav")[0].sources[0].only_channel is None


def test_a_delay_alone_is_no_inversion(tmp_path: Path) -> None:
    sound = voice(6)
    write_wav(tmp_path / "raw.wav", np.hstack((sound, np.roll(sound, 40))))
    assert assembled(tmp_path, "raw.wav")[1] == ""


# --- files and their names --------------------------------------------------------------------------------------------


def test_the_recording_that_lies_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "raw.mp3").write_bytes(b"x")
    (tmp_path / "cover.jpg").write_bytes(b"x")
    missing = missing_recording(tmp_path, ["raw.wav"])
    assert missing is not None
    assert "Die Aufnahme raw.wav fehlt; im Ordner liegt raw.mp3." in str(missing)
    assert 'statt recording = "raw.wav" schreiben: recording = "raw.mp3"' in str(missing)
    assert f'make set EPISODE={tmp_path.name} RECORDING="raw.mp3", oder' in str(missing)


def test_of_two_recordings_people_choose(tmp_path: Path) -> None:
    for name in ("a.wav", "b.M4A"):
        (tmp_path / name).write_bytes(b"x")
    said = str(missing_recording(tmp_path, ["raw.wav"]))
    assert "im Ordner liegen mehrere: a.wav, b.M4A. Welche ist es?" in said
    assert '[[tracks]]\n  file = "b.M4A"\n  speaker' in said


def test_nothing_is_said_if_the_recording_is_there_or_nothing_is(tmp_path: Path) -> None:
    assert missing_recording(tmp_path, ["raw.wav"]) is None
    (tmp_path / unicodedata.normalize("NFD", "Gespräch.wav")).write_bytes(b"x")
    assert missing_recording(tmp_path, [unicodedata.normalize("NFC", "Gespräch.wav")]) is None


def podcast(root: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pipeline", "--root", str(root), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    return ended.stdout + ended.stderr


@pytest.fixture
def show(tmp_path: Path) -> Path:
    project = Path(__file__).parents[2]
    folder = tmp_path / "episodes/001-a"
    folder.mkdir(parents=True)
    (tmp_path / "episodes/show.toml").write_text((project / "episodes/show.toml").read_text("utf-8"), "utf-8")
    (folder / "episode.toml").write_text(
        'number = 1\nslug = "a"\ntitle = "A"\nsummary = "B"\nguid = "c"\ndraft = true\nrecording = "Gespräch.wav"\n'
        '[[speakers]]\nname = "Klara Klang"\n[[speakers]]\nname = "Tom Takt"\n',
        "utf-8",
    )
    return tmp_path


def test_a_name_in_two_notations_is_no_change(show: Path) -> None:
    write_wav(show / "episodes/001-a" / unicodedata.normalize("NFD", "Gespräch.wav"), voice(5))
    podcast(show, "assemble", "1")
    assert "1 Schritt unverändert" in podcast(show, "assemble", "1")


def test_run_and_status_name_the_recording_that_lies_there(show: Path) -> None:
    write_wav(show / "episodes/001-a/raw.wav", voice(5))
    for verb in ("assemble", "status"):
        said = podcast(show, verb, "1")
        assert "Die Aufnahme Gespräch.wav fehlt; im Ordner liegt raw.wav." in said
        assert 'recording = "raw.wav"' in said


def test_sides_and_streams_are_chosen_in_episode_toml(show: Path) -> None:
    write_wav(show / "episodes/001-a/Gespräch.wav", turns())
    path = show / "episodes/001-a/episode.toml"
    text = path.read_text("utf-8")
    tracks = "".join(
        f'[[tracks]]\nfile = "Gespräch.wav"\nchannel = {channel}\nspeaker = "{name}"\n'
        for channel, name in (('"left"', "Klara Klang"), ("2", "Tom Takt"))
    )
    path.write_text(text.replace('recording = "Gespräch.wav"\n', "") + tracks, "utf-8")
    assert "Aufnahmen prüfen" in podcast(show, "assemble", "1")
    timeline = (show / "episodes/001-a/work/timeline.json").read_text("utf-8")
    assert timeline.count('"only_channel": 0') == timeline.count('"only_channel": 1') == 1
    path.write_text(text.replace("draft", "stream = 2\ndraft"), "utf-8")
    assert "Eine Tonspur 2 gibt es in dieser Datei nicht" in podcast(show, "assemble", "1")
    path.write_text(
        text.replace('recording = "Gespräch.wav"\n', "stream = 0\n") + tracks.replace('"left"', '"mitte"'), "utf-8"
    )
    said = podcast(show, "assemble", "1")
    assert 'tracks[1].channel: "left", "right" oder die Nummer des Kanals, ab 1' in said
    assert "stream: mindestens 1 wird gebraucht" in said


def test_a_plain_source_is_written_as_ever() -> None:
    source = Source(file="raw.wav", sha256="x", duration_s=1.0, sample_rate_hz=48000, channels=1)
    text = to_json(Timeline(sources=(source,), duration_s=1.0))
    assert "stream" not in text and "scale" not in text
    assert '"only_channel": null' in text


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not here")
def test_reported_recordings() -> None:
    said: list[str] = []

    def length(name: str) -> float:
        return assemble(CASES, [(name, None, 0.0)], listener=lambda event: said.append(event.text)).duration_s

    assert length("A01a-joined-vbr.mp3") == pytest.approx(32.0, abs=0.1)
    assert length("A27-gap-in-timestamps.webm") == pytest.approx(40.0, abs=0.05)
    with pytest.raises(AudioError, match="verschiedenem Ton"):
        length("A23-obs-two-tracks.mkv")
    for name, word in (
        ("A12b-dc-empty-side.flac", "hat rechts nichts"),
        ("A24-one-voice-per-side.flac", "andere Stimme"),
    ):
        length(name)
        assert word in said[-1]
    length("A19-float-as-int16-scale.wav")
    assert "umgerechnet" in said[-1]
