"""Recordings and cuts become the timeline, by which the conversation is read."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sounds import SHARED, sine, voice, write_wav

from pipeline.audio.assemble import assemble, chapter_notices
from pipeline.build.engine import Build
from pipeline.build.step import State
from pipeline.errors import ConfigError
from pipeline.german.espeak import Voice, speak
from pipeline.media import pcm
from pipeline.show.config import load_episode, load_show
from pipeline.steps.plan import episode_steps
from pipeline.values.audio import AssemblySettings, Piece, Timeline
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import Notice, no_listener
from pipeline.values.show import Chapter

RATE = 48_000


def assembled(folder: Path, **settings: object) -> tuple[Timeline, list[str]]:
    """The timeline of raw.wav in `folder`, and the notices about it."""
    events: list[object] = []
    assembly = AssemblySettings(**settings)  # type: ignore[arg-type]
    timeline = assemble(folder, [("raw.wav", None, 0.0)], assembly=assembly, listener=events.append)
    return timeline, [event.text for event in events if isinstance(event, Notice)]


def heard(timeline: Timeline, folder: Path, *, block_s: float = 0.7) -> np.ndarray:
    blocks = pcm.read_timeline(timeline, folder, sample_rate_hz=RATE, channels=1, block_s=block_s)
    return np.concatenate(list(blocks))[:, 0]


def test_cuts_remove_exactly_the_given_samples(tmp_path: Path) -> None:
    samples = voice(10)[:, 0].astype(np.float32)
    write_wav(tmp_path / "raw.wav", samples, kind="f32")
    timeline, notices = assembled(tmp_path, cuts=((7.25, 10.9), (0.0, 0.5), (3.0, 4.1234)))
    kept = [samples[24_000:144_000], samples[round(4.1234 * RATE) : 348_000]]
    assert np.array_equal(heard(timeline, tmp_path), np.concatenate(kept))
    assert notices == ["Herausgeschnitten: 3 Stellen, zusammen 4,4 s."]


def test_two_tracks_are_cut_at_the_same_moments(tmp_path: Path) -> None:
    anna, ben = voice(6, seed=1)[:, 0].astype(np.float32), voice(5, seed=2)[:, 0].astype(np.float32)
    write_wav(tmp_path / "anna.wav", anna, kind="f32")
    write_wav(tmp_path / "ben.wav", ben, kind="f32")
    settings = AssemblySettings(cuts=((0.5, 1.75), (4.0, 5.5)))
    sources = [("anna.wav", 0, None), ("ben.wav", 1, 1.5)]
    timeline = assemble(tmp_path, sources, assembly=settings, listener=no_listener)
    clock = np.zeros((2, round(6.5 * RATE)), np.float32)
    clock[0, : 6 * RATE], clock[1, 72_000:] = anna, ben
    kept = np.concatenate((clock[:, :24_000], clock[:, 84_000 : 4 * RATE], clock[:, 264_000:]), axis=1)
    assert timeline.duration_s == 3.75
    assert np.array_equal(heard(timeline, tmp_path), kept.sum(axis=0))
    for index in (0, 1):
        alone = replace(timeline, sources=(timeline.sources[index],))
        assert np.array_equal(heard(alone, tmp_path, block_s=10), kept[index])


def test_recordings_stay_unchanged_without_cuts_or_music(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(3))
    timeline, notices = assembled(tmp_path, longest_pause_s=2.0, crossfade_s=3.0)
    assert (timeline.pieces, timeline.music, timeline.duration_s, notices) == ((), (), 3.0, [])


def test_a_timeline_written_before_cuts_existed_can_be_read(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(4))
    timeline, _ = assembled(tmp_path)
    old = asdict(timeline)
    del old["pieces"], old["music"]
    assert from_json(Timeline, json.dumps(old)) == timeline
    cut, _ = assembled(tmp_path, cuts=((0.5, 0.75),))
    assert from_json(Timeline, to_json(cut)) == cut


@pytest.mark.parametrize(
    ("cuts", "texts"),
    [
        (((5.0, 6.0),), ['cut: "00:00:05.000-00:00:06.000" reicht über das Ende hinaus', "endet bei 00:00:04.000"]),
        (((1.0, 5.5),), ["reicht über das Ende hinaus"]),
        (((2.0, 3.0), (1.0, 2.5), (9.0, 9.5)), ['"00:00:01.000-00:00:02.500" und "00:00:02.000-', "00:00:09.500"]),
        (((0.0, 1.0), (1.5, 3.0)), ["weniger als drei Sekunden"]),
        (((0.0, 4.0),), ["weniger als drei Sekunden"]),
    ],
)
def test_all_impossible_cuts_are_reported_with_their_file(
    tmp_path: Path, cuts: tuple[tuple[float, float], ...], texts: list[str]
) -> None:
    write_wav(tmp_path / "raw.wav", voice(4))
    with pytest.raises(ConfigError) as caught:
        assembled(tmp_path, cuts=cuts)
    for text in (*texts, str(tmp_path / "episode.toml"), "`cut`"):
        assert text in str(caught.value)


# --- pauses -----------------------------------------------------------------------------------------------------------


def spoken_with_pauses(pauses_s: list[float], *, quiet: int) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Sentences of a synthetic voice with room noise; sentence `quiet` is 20 dB down. Also the stretches of speech."""
    texts = ["Guten Tag und herzlich willkommen.", "Schön, dass Sie da sind.", "Heute geht es um Glasfaser.", "Danke."]
    parts, spans, at = [], [], 0
    for index, (text, pause_s) in enumerate(zip(texts, pauses_s, strict=True)):
        said = speak(text, Voice(variant=""))
        rate = said.sample_rate_hz
        samples = np.trim_zeros(np.where(np.abs(said.samples) > 1e-3, said.samples, 0))
        parts += [samples * (0.1 if index == quiet else 1.0), np.zeros(round(pause_s * rate))]
        spans.append((at / rate, (at + len(samples)) / rate))
        at += len(parts[-2]) + len(parts[-1])
    mix = np.concatenate(parts)
    return mix + 10 ** (-62 / 20) * np.random.default_rng(5).standard_normal(len(mix)), spans


@pytest.mark.parametrize("channels", ["one", "out of phase"])
def test_only_long_pauses_are_shortened_and_no_speech_is_touched(tmp_path: Path, channels: str) -> None:
    mix, spans = spoken_with_pauses([2.5, 0.4, 4.0, 1.5], quiet=2)
    stereo = mix[:, None] * ([1.0] if channels == "one" else [1.0, -1.0])
    write_wav(tmp_path / "raw.wav", stereo, rate=22_050, kind="s24")
    timeline, notices = assembled(tmp_path, longest_pause_s=1.0)
    removed = [(a.end_s, b.start_s) for a, b in zip(timeline.pieces, timeline.pieces[1:], strict=False)]
    assert len(removed) == 3
    for (start_s, end_s), (_, before_s), after_s in zip(
        removed, [spans[0], spans[2], spans[3]], [spans[1][0], spans[3][0], len(mix) / 22_050], strict=True
    ):
        assert before_s + 0.45 <= start_s < end_s <= after_s - 0.45
        assert (start_s - before_s) + (after_s - end_s) == pytest.approx(1.0, abs=0.15)
    cut_s = len(mix) / 22_050 - timeline.duration_s
    assert notices[-1] == f"Gekürzt: 3 Pausen, zusammen um {cut_s:.1f} s.".replace(".", ",", 1)


def test_a_pause_across_a_cut_counts_as_one(tmp_path: Path) -> None:
    mix, spans = spoken_with_pauses([3.0, 0.3, 0.3, 0.3], quiet=-1)
    write_wav(tmp_path / "raw.wav", mix, rate=22_050, kind="s24")
    silent_s = spans[0][1]
    timeline, notices = assembled(tmp_path, longest_pause_s=0.6, cuts=((silent_s + 0.5, silent_s + 2.5),))
    assert notices[0] == "Herausgeschnitten: 1 Stelle, zusammen 2,0 s."
    assert notices[1].startswith("Gekürzt: 1 Pause, ")
    first, second = timeline.pieces
    assert first.end_s - silent_s == pytest.approx(0.3, abs=0.1)
    assert spans[1][0] - second.start_s == pytest.approx(0.3, abs=0.1)


@pytest.mark.parametrize(
    "sound",
    [
        sine(6, 300, -20),
        0.01 * np.random.default_rng(1).standard_normal(6 * RATE),
        np.concatenate((sine(3, 300, -10), sine(3, 300, -32))),  # somebody far from the microphone
    ],
)
def test_nothing_is_shortened_if_speech_and_room_cannot_be_told_apart(tmp_path: Path, sound: np.ndarray) -> None:
    write_wav(tmp_path / "raw.wav", sound, kind="s24")
    timeline, notices = assembled(tmp_path, longest_pause_s=0.5)
    assert (timeline.pieces, notices) == ((), [])


def test_real_speech_without_pauses_is_left_alone(tmp_path: Path) -> None:
    recordings = sorted((SHARED / "data").glob("*/*.wav"))
    if not recordings:
        pytest.skip("real recordings are not part of the project")
    for path in recordings:
        once = np.concatenate(list(pcm.read_blocks(path, sample_rate_hz=RATE, channels=1)))[:, 0]
        whole = np.tile(once, 3)  # a clip alone can be too short to publish
        write_wav(tmp_path / "raw.wav", whole)
        timeline, _ = assembled(tmp_path, longest_pause_s=0.8)
        for before, after in zip(timeline.pieces, timeline.pieces[1:], strict=False):
            gone = whole[round(before.end_s * RATE) : round(after.start_s * RATE)]
            assert np.sqrt((gone**2).mean()) < 0.03 * np.sqrt((whole**2).mean())


# --- notices, and the plan --------------------------------------------------------------------------------------------


def test_moved_chapters_are_reported_with_their_new_start(tmp_path: Path) -> None:
    write_wav(tmp_path / "raw.wav", voice(10))
    old, _ = assembled(tmp_path)
    new, _ = assembled(tmp_path, cuts=((2.0, 3.5), (6.0, 8.0)))
    chapters = [Chapter(start_s=at_s, title=title) for at_s, title in ((0, "Anfang"), (5, "Mitte"), (7, "Weg"))]
    assert chapter_notices(old, old, chapters) == ()
    assert chapter_notices(old, new, chapters) == (
        (
            "Kapitel „Mitte“ begann bei 00:00:05.000 und beginnt jetzt bei 00:00:03.500. "
            'In episode.toml start = "00:00:03.500" eintragen.'
        ),
        (
            "Kapitel „Weg“: der Anfang bei 00:00:07.000 ist herausgeschnitten, der Ton danach beginnt jetzt bei "
            '00:00:04.500. In episode.toml start = "00:00:04.500" eintragen oder das Kapitel löschen.'
        ),
    )
    write_wav(tmp_path / "raw.wav", voice(10, seed=9))
    another, _ = assembled(tmp_path)
    (notice,) = chapter_notices(old, another, chapters)
    assert "Die Aufnahme ist eine andere" in notice
    assert chapter_notices(old, another, ()) == ()


EPISODE = """\
number = 1
slug = "probe"
title = "Probe"
summary = "Worum es geht."
guid = "1-probe"
published = 2026-01-15T06:00:00+01:00
recording = "raw.wav"
{cut}
[[speakers]]
name = "Klara Klang"
[[chapters]]
start = "0:05"
title = "Mitte"
[assembly]
{assembly}
"""


def test_a_changed_cut_or_tune_assembles_again_and_reports_the_chapters(tmp_path: Path) -> None:
    home = tmp_path / "episodes/001-probe"
    home.mkdir(parents=True)
    show_toml = Path(__file__).parents[2] / "episodes/show.toml"
    (tmp_path / "episodes/show.toml").write_text(show_toml.read_text(encoding="utf-8"), encoding="utf-8")
    write_wav(home / "raw.wav", voice(10))

    def run(cut: str = "", assembly: str = "") -> tuple[State, list[str], Timeline]:
        (home / "episode.toml").write_text(EPISODE.format(cut=cut, assembly=assembly), encoding="utf-8")
        show = load_show(tmp_path)
        episode = load_episode(tmp_path, "001-probe", show)
        steps = episode_steps(tmp_path, show, episode, today=date(2026, 1, 1), model_identity="none", model_file=None)
        build = Build(steps, root=tmp_path, work=home / "work")
        state = build.judge(steps[0]).state
        events: list[object] = []
        with build.exclusive(what="Probe", listen=events.append):
            build.run(events.append, only=steps[:1])
        timeline = from_json(Timeline, (home / "work/timeline.json").read_text(encoding="utf-8"))
        return state, [event.text for event in events if isinstance(event, Notice)], timeline

    assert run()[:2] == (State.NEVER_RUN, [])
    assert run()[:2] == (State.FRESH, [])
    state, notices, timeline = run(cut='cut = ["0:01-0:02.5"]')
    assert (state, timeline.duration_s) == (State.SETTINGS_CHANGED, 8.5)
    assert timeline.pieces == (Piece(start_s=0.0, end_s=1.0, at_s=0.0), Piece(start_s=2.5, end_s=10.0, at_s=1.0))
    assert any("beginnt jetzt bei 00:00:03.500" in text for text in notices)
    write_wav(tmp_path / "episodes/intro.wav", sine(3, 440, -20))
    with_intro = {"cut": 'cut = ["0:01-0:02.5"]', "assembly": 'intro = "intro.wav"'}
    assert run(**with_intro)[2].duration_s == 10.5
    assert run(**with_intro)[0] is State.FRESH
    write_wav(tmp_path / "episodes/intro.wav", sine(4, 440, -20))
    state, _, timeline = run(**with_intro)
    assert (state, timeline.duration_s) == (State.INPUTS_CHANGED, 11.5)
