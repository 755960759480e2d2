"""Mel-frequency cepstral coefficients: the sound of speech, independent of the voice (Davis and Mermelstein 1980)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.fft import dct  # type: ignore[import-untyped]  # ships no types
from scipy.ndimage import uniform_filter1d  # type: ignore[import-untyped]  # ships no types

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

RATE_HZ = 16_000
HOP_S = 0.04
_HOP = round(HOP_S * RATE_HZ)
_WINDOW = 1024  # samples: 64 ms
_BANDS, _COEFFICIENTS = 26, 13
_LOWEST_HZ, _HIGHEST_HZ = 100.0, 7000.0
_FRAMES = 4096  # computed at once
_QUIETEST = 1e-8  # power; digital silence has no logarithm


def mfcc(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mono samples at 16 kHz → (frames, 13): one row for every whole 40 ms."""
    count = len(samples) // _HOP
    padded = np.pad(samples[: count * _HOP], _WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    parts = [_cepstra(windows[first : min(first + _FRAMES, count)]) for first in range(0, count, _FRAMES)]
    return np.concatenate(parts) if parts else np.zeros((0, _COEFFICIENTS), np.float32)


def _cepstra(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW), axis=1)) ** 2
    bands = np.log(np.maximum(power @ _mel_filters(), _QUIETEST))
    return np.asarray(dct(bands, norm="ortho", axis=1)[:, :_COEFFICIENTS], dtype=np.float32)


def normalised_features(features: NDArray[np.float32], reach_s: float = 4.0) -> NDArray[np.float32]:
    """Normalise each coefficient by the mean and spread within `reach_s`, and each frame to length 1, which removes
    voice, room and level."""
    around = 2 * round(reach_s / HOP_S) + 1
    mean = uniform_filter1d(features, around, axis=0, mode="nearest")
    spread = np.sqrt(uniform_filter1d((features - mean) ** 2, around, axis=0, mode="nearest")) + 1e-3
    normal = (features - mean) / spread
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6), dtype=np.float32)


@cache
def _mel_filters() -> NDArray[np.float64]:
    """(bins, bands): triangles evenly spaced on the mel scale."""

    def mel(hz: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(2595 * np.log10(1 + np.asarray(hz) / 700))

    edges = np.linspace(mel(_LOWEST_HZ), mel(_HIGHEST_HZ), _BANDS + 2)
    bins = mel(np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ))[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))
