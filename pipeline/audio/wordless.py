"""Tells what a short sound between two words is: a drawn-out vowel („äh“), a cough, or neither.

It says "neither" in case of doubt: speech that the model missed must not be proposed as a cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipeline.audio.quiet import RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sound = Literal["vowel", "noise"]

_WINDOW = round(0.03 * RATE_HZ)
_HOP = round(0.01 * RATE_HZ)
_PITCH_HZ = (70, 400)
_VOICED = 0.6  # autocorrelation at the pitch, of 1
_VOWEL_SHARE, _NOISE_SHARE = 0.75, 0.2  # of the windows that are voiced
_STEADY = 0.85  # correlation of the spectra (dB) of neighbouring thirds
_BANDS = 40


def sound_of(samples: NDArray[Any]) -> Sound | None:
    """What the stretch (16 kHz) is; None if it may be speech."""
    if len(samples) < 3 * _WINDOW:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), _WINDOW)[::_HOP]
    loud = windows[(windows**2).mean(axis=1) > (windows**2).mean() / 20]
    share = float(np.mean([_is_voiced(window) for window in loud])) if len(loud) else 0.5
    if share >= _VOWEL_SHARE and _is_steady(loud):
        return "vowel"
    return "noise" if share <= _NOISE_SHARE else None


def _is_voiced(window: NDArray[Any]) -> bool:
    centred = window - window.mean()
    power = np.abs(np.fft.rfft(centred, 2 * _WINDOW)) ** 2
    correlation = np.fft.irfft(power)[:_WINDOW]
    if correlation[0] <= 0:
        return False
    lags = np.arange(RATE_HZ // _PITCH_HZ[1], min(RATE_HZ // _PITCH_HZ[0], _WINDOW - 1))
    unbiased = correlation[lags] / (1 - lags / _WINDOW) / correlation[0]
    return bool(unbiased.max() >= _VOICED)


def _is_steady(windows: NDArray[Any]) -> bool:
    """Whether the spectrum stays the same from the first third to the last, as in a drawn-out vowel."""
    spectra = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=1)) ** 2
    usable = spectra[:, 1 : spectra.shape[1] // 2]  # up to 4 kHz
    bands = np.array([part.sum(axis=1) for part in np.array_split(usable, _BANDS, axis=1)]).T
    thirds = [10 * np.log10(part.mean(axis=0) + 1e-12) for part in np.array_split(bands, 3)]
    return all(
        np.corrcoef(first, second)[0, 1] >= _STEADY
        for first, second in ((thirds[0], thirds[1]), (thirds[1], thirds[2]))
    )
