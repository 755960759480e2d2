"""Fixtures of the speech room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scipy.signal import resample_poly
from speech_samples import trimmed

from pipeline import espeak

if TYPE_CHECKING:
    from speech_samples import Samples, Say


@pytest.fixture(scope="session")
def say() -> Say:
    """Speaks a German text: mono samples at 16 kHz, trimmed, peak 0.6."""

    def speak(text: str, variant: str = "m8", speed_wpm: int = 150) -> Samples:
        speech = espeak.speak(text, espeak.Voice(variant=variant, speed_wpm=speed_wpm))
        assert speech.sample_rate_hz == 22_050
        return trimmed(resample_poly(speech.samples, 320, 441))

    return speak
