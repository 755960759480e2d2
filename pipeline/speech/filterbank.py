"""Turns samples into the logarithmic mel bands that CAM++ was trained on: Kaldi's 80-band filterbank, without
dither."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.speech.activity import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

HOP_S = 0.010  # one frame
LENGTH_S = 0.025  # that a frame covers
BANDS = 80
_HOP = round(HOP_S * SAMPLE_RATE_HZ)
_LENGTH = round(LENGTH_S * SAMPLE_RATE_HZ)
_FFT = 512
_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_FLOOR = 1e-12  # of a band's power: below anything that a microphone picks up
_AT_ONCE = 4096  # frames: 16 MB


def filterbank(blocks: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The natural logarithm of the power in each band, shape (frames, 80): 32 kB a second. Blocks are mono samples
    between -1 and 1 at 16 kHz, of any length; frame i is made from the 25 ms that begin at i * 10 ms, and samples at
    the end that do not fill a frame are left out."""
    import numpy as np
    from scipy.fft import rfft  # type: ignore[import-untyped]  # keeps single precision

    window = (np.hanning(_LENGTH) ** 0.85).astype(np.float32)  # Povey's
    filters = _mel_filters().T
    bands = [np.zeros((0, BANDS), np.float32)]
    for samples in _overlapping(blocks):
        frames = np.lib.stride_tricks.sliding_window_view(samples, _LENGTH)[::_HOP]
        frames = frames - frames.mean(axis=1, keepdims=True)
        before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
        spectrum = rfft((frames - np.float32(_PREEMPHASIS) * before) * window, _FFT, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        bands.append(np.log(np.maximum(power @ filters, np.float32(_FLOOR))))
    return np.concatenate(bands)


def _overlapping(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """The samples in pieces that overlap just enough for every frame to lie in one of them."""
    import numpy as np

    rest = np.zeros(0, np.float32)
    for block in blocks:
        samples = np.concatenate([rest, block])
        while (frames := min((len(samples) - _LENGTH) // _HOP + 1, _AT_ONCE)) > 0:
            yield samples[: (frames - 1) * _HOP + _LENGTH]
            samples = samples[frames * _HOP :]
        rest = samples


@cache
def _mel_filters() -> NDArray[np.float32]:
    """Triangular filters of equal width in mel (1127 ln(1 + f/700)), from 20 Hz to 8 kHz; shape (80, 257)."""
    import numpy as np

    def mel(hertz: NDArray[Any]) -> NDArray[Any]:
        return 1127 * np.log1p(hertz / 700)

    lowest, highest = mel(np.array([_LOWEST_HZ, SAMPLE_RATE_HZ / 2]))
    edges = np.linspace(lowest, highest, BANDS + 2)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bins = mel(np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE_HZ))
    filters = np.maximum(0, np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)))
    filters[:, -1] = 0  # Kaldi leaves out the highest frequency
    single: NDArray[np.float32] = filters.astype(np.float32)
    return single
