"""Fixtures of the speech room."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.signal import resample_poly
from speech_samples import trimmed

if TYPE_CHECKING:
    from speech_samples import Samples, Say

PROJECT = Path(__file__).parents[2]
# In its own process: what espeak-ng spoke before changes its samples, so the order of the tests would matter.
SPEAK = """
import sys
from pipeline.german.espeak import Voice, speak
speech = speak(sys.argv[1], Voice(variant=sys.argv[2], speed_wpm=int(sys.argv[3])))
assert speech.sample_rate_hz == 22_050
sys.stdout.buffer.write(speech.samples.tobytes())
"""


@pytest.fixture(scope="session")
def say() -> Say:
    """A function that speaks a German text: mono samples at 16 kHz, trimmed, peak 0.6. The same text always gives the
    same samples."""

    @cache
    def speak(text: str, variant: str = "m8", speed_wpm: int = 150) -> Samples:
        command = [sys.executable, "-c", SPEAK, text, variant, str(speed_wpm)]
        spoken = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE).stdout
        samples = trimmed(resample_poly(np.frombuffer(spoken, dtype=np.float32), 320, 441))
        samples.flags.writeable = False
        return samples

    return speak
