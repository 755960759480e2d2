"""What the page plays, and that browsers find every moment in it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from desk import MOMENT, Page, make_show, write_sound

from pipeline.media.headers import has_constant_rate
from pipeline.media.pcm import read_header
from pipeline.paths import EpisodePaths
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

CBR = ("-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "1")
BARE = ("-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0")
VBR = ("-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "1")
BARE_VBR = ("-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0")


@pytest.mark.parametrize(("options", "constant"), [(CBR, True), (BARE, True), (VBR, False), (BARE_VBR, False)])
@pytest.mark.parametrize("tag_bytes", [0, 300_000])
def test_constant_rates_are_told_from_variable_ones(
    tmp_path: Path, options: tuple[str, ...], constant: bool, tag_bytes: int
) -> None:
    path = tmp_path / "ton.mp3"
    write_sound(path, 3.0, *options, "-id3v2_version", "0")
    if tag_bytes:
        size = bytes(tag_bytes >> shift & 0x7F for shift in (21, 14, 7, 0))
        path.write_bytes(b"ID3\x03\x00\x00" + size + bytes(tag_bytes) + path.read_bytes())
    assert has_constant_rate(path) is constant


def test_what_is_no_mp3_has_no_constant_rate(tmp_path: Path) -> None:
    path = tmp_path / "leer.mp3"
    for content in (b"", b"\xff", bytes(5000), b"\xff\xfb" * 10):
        path.write_bytes(content)
        assert has_constant_rate(path) is False


def wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("prepare"):
            thread.join()


def test_a_variable_mp3_is_played_from_a_copy(tmp_path: Path) -> None:
    paths = make_show(tmp_path, sound=False)
    write_sound(paths.encoded("mp3"), 4.0, *VBR)
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        state = page.state()
        assert state["audio"]["type"] == "audio/mp4"
        wait_for_threads()
        assert page.state()["audio"]["ready"] is True
        answer = page.ask("audio")
    copy = tmp_path / "ton.m4a"
    copy.write_bytes(answer.body)
    assert answer.headers["Content-Type"] == "audio/mp4"
    assert read_header(copy).duration_s == pytest.approx(4.0, abs=0.1)


def test_a_constant_mp3_is_played_as_it_is(tmp_path: Path) -> None:
    paths = make_show(tmp_path, sound=False)
    write_sound(paths.encoded("mp3"), 4.0, *CBR)
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        answer = Page(running.address).ask("audio")
    assert (answer.headers["Content-Type"], answer.body) == ("audio/mpeg", paths.encoded("mp3").read_bytes())


def test_what_is_being_prepared_says_so(paths: EpisodePaths, page: Page) -> None:
    first = page.ask("peaks.bin")
    if first.status == 503:
        assert first.headers["Retry-After"] == "1"
        assert "vorbereitet" in first.json["error"]
    wait_for_threads()
    answer = page.ask("peaks.bin")
    peaks = np.frombuffer(answer.body, np.int8)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert len(peaks) == page.state()["duration_ms"] // 10
    assert peaks.min() >= 0
    middle, end = peaks[len(peaks) // 2], peaks[-10]
    assert middle == pytest.approx(end / 2, abs=3)  # the tone gets louder all the time
    assert end == pytest.approx(127 / 2, abs=4)
    assert not list((paths.work / "review").glob(".*neu*"))


def test_a_track_is_alone_and_on_the_clock_of_the_episode(tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    for name in ("tom.wav", "sina.wav"):
        write_sound(paths.home / name, 10.0, "-c:a", "pcm_s16le")
    toml = paths.episode_toml.read_text(encoding="utf-8").replace('recording = "raw.wav"\n', "")
    tracks = (
        '[[tracks]]\nfile = "tom.wav"\nspeaker = "Tom Takt"\n[[tracks]]\nfile = "sina.wav"\nspeaker = "Sina Silbe"\n'
    )
    paths.episode_toml.write_text(f"{toml}\n{tracks}", encoding="utf-8")
    timeline = json.loads(paths.timeline.read_text(encoding="utf-8"))
    source = timeline["sources"][0]
    timeline["sources"] = [
        {**source, "file": "tom.wav", "speaker": 0, "duration_s": 10.0},
        {**source, "file": "sina.wav", "speaker": 1, "duration_s": 10.0, "offset_s": 2.0},
    ]
    paths.timeline.write_text(json.dumps(timeline), encoding="utf-8")
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        tracks_shown = page.state()["audio"]["tracks"]
        assert [(track["speaker"], track["url"]) for track in tracks_shown] == [(0, "audio/0"), (1, "audio/1")]
        page.ask("audio/1")
        wait_for_threads()
        answer = page.ask("audio/1")
        assert page.ask("audio/2").status == 404
    (tmp_path / "spur.m4a").write_bytes(answer.body)
    assert read_header(tmp_path / "spur.m4a").duration_s == pytest.approx(timeline["duration_s"], abs=0.1)


def test_a_file_that_cannot_be_read_is_no_reason_to_stop(tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    paths.normalised.write_bytes(b"fLaC" + bytes(1000))
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        page.ask("peaks.bin")
        wait_for_threads()
        answer = page.ask("peaks.bin")
        assert answer.status == 404
        assert page.state()["text"]
