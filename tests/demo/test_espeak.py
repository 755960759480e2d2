"""Speech from the espeak-ng of the pinned wheel."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline import espeak


def test_speech_is_audible_mono_of_plausible_length():
    speech = espeak.speak("Guten Tag zusammen.", espeak.Voice(variant="f4"))
    assert speech.sample_rate_hz == 22_050
    assert speech.samples.ndim == 1
    assert 0.8 < len(speech.samples) / speech.sample_rate_hz < 3
    assert 0.1 < np.abs(speech.samples).max() <= 1


def test_two_processes_speak_the_same_samples():
    program = (
        "import hashlib; from pipeline.espeak import Voice, speak; "
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
