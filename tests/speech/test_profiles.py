"""Remembered voices: learned from what a person says, recognised only if that is clear, readable by the owner alone."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from speech_samples import RATE_HZ, SENTENCES, Conversation, conversation, write_wav

from pipeline.build.files import write_private
from pipeline.editor import voices
from pipeline.errors import TranscriptError
from pipeline.show.config import load_episode, load_show
from pipeline.speech.profiles import mean_print, recognised_groups
from pipeline.speech.speakers import find_speakers, in_order_of_appearance
from pipeline.speech.voices import KIND, NUMBERS
from pipeline.steps.plan import episode_steps
from pipeline.values.audio import Source, Timeline
from pipeline.values.progress import no_listener
from pipeline.values.show import Speaker
from pipeline.values.speech import VoiceProfile
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

if TYPE_CHECKING:
    from speech_samples import Say

    from pipeline.build.step import Step

PROJECT = Path(__file__).parents[2]
NAMES = ("Klara Klang", "Tom Takt")


def profile(name: str = "Klara Klang", voice_print: tuple[float, ...] = (1.0, *(NUMBERS - 1) * (0.0,))) -> VoiceProfile:
    return VoiceProfile(
        name=name,
        consent="schriftlich, 3. März 2026",
        learned=date(2026, 3, 4),
        episode="001-probe",
        speech_s=60.0,
        voice_print=voice_print,
        prints=KIND,
    )


def between(share: float) -> tuple[float, float, float]:
    """A direction between the first and the second axis, `share` towards the second, of length 1."""
    return (float(np.cos(share * np.pi / 2)), float(np.sin(share * np.pi / 2)), 0.0)


# --- numbers --------------------------------------------------------------------------------------------------------

MEANS = np.eye(3, dtype=np.float32)


def test_a_voice_is_recognised_if_it_is_clearly_one_group() -> None:
    assert recognised_groups(MEANS, {2: between(0.1)}) == {0: 2}
    assert recognised_groups(MEANS, {0: between(0.9), 1: between(0.1)}) == {1: 0, 0: 1}
    assert recognised_groups(MEANS[:1], {0: between(0.2)}) == {0: 0}


def test_nobody_is_recognised_between_two_groups_or_far_from_all() -> None:
    assert recognised_groups(MEANS, {0: between(0.48)}) == {}
    assert recognised_groups(MEANS[2:], {0: between(0.1)}) == {}


def test_a_group_that_two_speakers_resemble_is_assigned_to_neither() -> None:
    assert recognised_groups(MEANS, {0: between(0.1), 1: between(0.05)}) == {}


def test_what_fits_least_is_not_part_of_a_profile() -> None:
    prints = np.array([between(0)] * 8 + [between(1)] * 2, dtype=np.float32)
    assert mean_print(prints) == pytest.approx(between(0), abs=1e-6)
    assert np.linalg.norm(mean_print(prints[7:9])) == pytest.approx(1, abs=1e-6)


def test_unrecognised_voices_get_the_free_numbers_in_order_of_appearance() -> None:
    assert in_order_of_appearance([5, 3, 5, 7]) == [0, 1, 0, 2]
    assert in_order_of_appearance([5, 3, 5, 7], {5: 2}) == [2, 0, 2, 1]
    assert in_order_of_appearance([5, 3, 7], {7: 0}) == [1, 2, 0]


# --- voices ---------------------------------------------------------------------------------------------------------


def turns_of(talk: Conversation) -> Transcript:
    """The conversation as a corrected transcript."""
    return Transcript(
        level="word",
        demo=False,
        model="",
        turns=tuple(
            Turn(
                speaker=NAMES[speaker],
                organisation="",
                paragraphs=(
                    Paragraph(sentences=(Sentence(words=(TimedWord(text="Wort", start_s=start_s, end_s=end_s),)),)),
                ),
            )
            for start_s, end_s, speaker in talk.turns
        ),
    )


def recorded(folder: Path, talk: Conversation) -> Timeline:
    file = write_wav(folder / "raw.wav", talk.samples)
    duration_s = len(talk.samples) / RATE_HZ
    source = Source(
        file=file.name, sha256="", duration_s=duration_s, sample_rate_hz=RATE_HZ, channels=1, offset_s=0, speaker=None
    )
    return Timeline(sources=(source,), duration_s=duration_s)


def learned(folder: Path, talk: Conversation, name: str) -> tuple[VoiceProfile, tuple[str, ...]]:
    return voices.learn(
        turns_of(talk),
        recorded(folder, talk),
        folder,
        speakers=tuple(Speaker(name=other, slug="wer") for other in NAMES),
        name=name,
        consent="  mündlich,\n 3. März ",
        episode="001-probe",
        today=date(2026, 3, 4),
        listener=no_listener,
    )


@pytest.fixture(scope="module")
def yesterday(say: Say) -> Conversation:
    """Klara Klang and Tom Takt, about 20 s each."""
    texts = [" ".join(SENTENCES[first:] + SENTENCES[:first]) for first in range(4)]
    turns = [(number % 2, say(texts[number // 2], ("f4", "rob")[number % 2])) for number in range(6)]
    return conversation(turns, pause_s=0.5)


@pytest.fixture(scope="module")
def today(say: Say) -> Conversation:
    """Tom Takt begins, a little faster than yesterday."""
    turns = [(number % 2, say(SENTENCES[number % 4], ("rob", "f4")[number % 2], 160)) for number in range(8)]
    return conversation(turns, pause_s=0.5)


def test_a_remembered_voice_gets_its_own_name_even_if_another_begins(
    yesterday: Conversation, today: Conversation, tmp_path: Path
) -> None:
    klara, alike = learned(tmp_path, yesterday, "Klara Klang")
    assert alike == ()
    assert klara.consent == "mündlich, 3. März"
    assert voices.LEAST_S <= klara.speech_s < 40

    timeline = recorded(tmp_path, today)
    by_order = find_speakers(timeline, tmp_path, 2, listener=no_listener)
    known = find_speakers(timeline, tmp_path, 2, listener=no_listener, profiles={0: klara})
    assert by_order.spans[0].speaker == 0
    assert by_order.recognised == ()
    assert known.recognised == (0,)
    assert known.spans == tuple(replace(span, speaker=1 - span.speaker) for span in by_order.spans)


def test_a_remembered_person_who_does_not_speak_is_reported(
    yesterday: Conversation, today: Conversation, tmp_path: Path
) -> None:
    stranger = profile(voice_print=(0.0,) * (NUMBERS - 1) + (1.0,))
    events = []
    found = find_speakers(recorded(tmp_path, today), tmp_path, 2, listener=events.append, profiles={0: stranger})
    plain = find_speakers(recorded(tmp_path, today), tmp_path, 2, listener=no_listener)
    assert found == replace(plain, notices=(*plain.notices, found.notices[-1]))
    assert found.notices[-1] == "Gemerkte Stimme nicht sicher wiedererkannt: Klara Klang."
    assert found.notices[-1] in [getattr(one, "text", "") for one in events]


def test_a_profile_of_an_older_version_is_not_used_and_is_asked_for_again(
    yesterday: Conversation, today: Conversation, tmp_path: Path
) -> None:
    klara, _ = learned(tmp_path, yesterday, "Klara Klang")
    assert (klara.prints, len(klara.voice_print)) == (KIND, NUMBERS)
    old = replace(profile("Tom Takt", (1.0, *255 * (0.0,))), prints="")
    found = find_speakers(recorded(tmp_path, today), tmp_path, 2, listener=no_listener, profiles={0: klara, 1: old})
    assert found.recognised == (0,)
    (notice,) = found.notices
    assert "Die gemerkte Stimme von Tom Takt stammt aus einer anderen Fassung" in notice
    assert "speaker-remember" in notice
    assert "schriftlich, 3. März 2026" in notice


def test_two_people_who_sound_the_same_are_reported(say: Say, tmp_path: Path) -> None:
    text = " ".join(SENTENCES)
    talk = conversation([(number % 2, say(text, "m8")) for number in range(6)], pause_s=0.5)
    assert learned(tmp_path, talk, "Klara Klang")[1] == ("Tom Takt",)


def test_too_little_speech_is_not_remembered(say: Say, tmp_path: Path) -> None:
    talk = conversation([(0, say(SENTENCES[1], "f4")), (1, say(" ".join(SENTENCES), "rob"))], pause_s=0.5)
    with pytest.raises(TranscriptError, match=r"zu wenig zu hören.*: \d Sekunden, nötig sind 15"):
        learned(tmp_path, talk, "Klara Klang")


EPISODE = """
number = 1
slug = "probe"
title = "Probe"
summary = "Worum es geht."
guid = "1-probe"
draft = true
recording = "raw.wav"
"""


def speakers_step(root: Path, *names: str) -> Step:
    home = root / "episodes/001-probe"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "episodes/show.toml", root / "episodes")
    speakers = "".join(f'[[speakers]]\nname = "{name}"\n' for name in names)
    (home / "episode.toml").write_text(EPISODE + speakers, encoding="utf-8")
    show = load_show(root)
    episode = load_episode(root, home.name, show)
    steps = episode_steps(root, show, episode, today=date(2026, 1, 1), model_identity="demo", model_file=None)
    return next(step for step in steps if step.name == "speakers")


def test_a_profile_is_an_input_of_its_speakers_episodes_and_of_no_other(tmp_path: Path) -> None:
    plain = speakers_step(tmp_path, *NAMES)
    path = voices.store(tmp_path, profile())
    voices.store(tmp_path, profile("Sina Silbe"))
    with_klara = speakers_step(tmp_path, *NAMES)
    assert path not in plain.inputs
    assert with_klara.inputs == (*plain.inputs, path)
    assert with_klara.settings != plain.settings
    assert with_klara.settings != speakers_step(tmp_path, *reversed(NAMES)).settings
    assert speakers_step(tmp_path, "Tom Takt", "Nora Neu").settings == plain.settings
    assert path not in speakers_step(tmp_path, "Klara Klang").inputs  # one voice: nothing to tell apart


# --- files ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_only_the_owner_may_read_a_profile(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = voices.store(tmp_path, profile())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        path.chmod(0o644)
        write_private(path, "neu")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)
