"""Speech from the espeak-ng of the pinned wheel."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.german import espeak
from tools import example_voices


def test_speech_is_audible_mono_of_plausible_length():
    speech = espeak.speak("Guten Tag zusammen.", espeak.Voice(variant="f4"))
    assert speech.sample_rate_hz == 22_050
    assert speech.samples.ndim == 1
    assert 0.8 < len(speech.samples) / speech.sample_rate_hz < 3
    assert 0.1 < np.abs(speech.samples).max() <= 1


def test_two_processes_speak_the_same_samples():
    program = (
        "import hashlib; from pipeline.german.espeak import Voice, speak; "
        "print(hashlib.sha256(speak('Größere Übung', Voice(variant='m8')).samples.tobytes()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    answers = [
        subprocess.run([sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert answers[0] == answers[1] != ""


def test_a_faster_voice_takes_less_time():
    slow, fast = (
        len(espeak.speak("Wie geht es jetzt weiter?", espeak.Voice(variant="m8", speed_wpm=speed)).samples)
        for speed in (130, 200)
    )
    assert fast < 0.8 * slow


def test_voices_sound_different():
    first, second = (espeak.speak("Guten Tag.", espeak.Voice(variant=name)).samples for name in ("Andrea", "m8"))
    assert first.shape != second.shape or not np.array_equal(first, second)


def test_a_voice_the_wheel_lacks_is_an_error():
    with pytest.raises(espeak.EspeakError, match="gibt-es-nicht"):
        espeak.speak("Guten Tag.", espeak.Voice(variant="gibt-es-nicht"))


def test_our_own_data_folder_has_further_voices_and_those_of_the_wheel(tmp_path):
    data = example_voices.lay_out(tmp_path)
    ours = {timbre.name for timbre in example_voices.TIMBRES}
    assert not ours & set(espeak.variants())
    assert set(espeak.variants(data)) == {*espeak.variants(), *ours}
    with pytest.raises(espeak.EspeakError, match="gibt-es-nicht"):
        espeak.speak("Guten Tag.", espeak.Voice(variant="gibt-es-nicht"), data)


def test_a_pause_after_every_word_takes_time():
    quick, slow = (
        len(espeak.speak("Wie geht es jetzt weiter?", espeak.Voice(variant="m8", word_gap=gap)).samples)
        for gap in (0, 5)
    )
    assert slow > 1.1 * quick


def test_a_process_keeps_to_one_data_folder():
    program = (
        "from pathlib import Path; from tempfile import TemporaryDirectory\n"
        "from pipeline.german.espeak import Voice, speak\n"
        "from tools.example_voices import lay_out\n"
        "with TemporaryDirectory() as folder:\n"
        "    print(len(speak('Guten Tag', Voice(variant='klara'), lay_out(Path(folder))).samples) > 10_000)\n"
        "    try:\n"
        "        speak('Guten Tag', Voice(variant='m8'))\n"
        "    except AssertionError as error:\n"
        "        print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True
    ).stdout
    assert said.splitlines() == ["True", "the library keeps one data folder a process"]
