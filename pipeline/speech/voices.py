"""Turns samples into voice prints: vectors that lie close together when the same person speaks.

The network and its weights are those of Resemblyzer 0.1.4 (Apache-2.0), a speaker encoder after Wan et al. 2018
(generalized end-to-end loss). The weights are read from its wheel; its own package is not imported, because it drags
librosa and webrtcvad along, which break on newer Pythons. Voice prints are biometric data: they stay in memory, unless
somebody agreed to being remembered (`editor/voices.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import distribution
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError
from pipeline.speech.activity import SAMPLE_RATE_HZ, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

FRAME_S = 0.010  # one mel frame
_FRAME = 160  # samples
_FFT = 400  # samples: 25 ms
_BANDS = 40
_UNITS = 256  # of the network's layers and of a voice print
_LEVEL = 10 ** (-30 / 10)  # mean square the encoder was trained at: -30 dBFS
_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"  # resemblyzer/pretrained.pt
_BATCH = 64  # windows at once: about 30 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """What the encoder hears of a recording: 16 kB a second. `bands` is (frames, 40), power in slaney mel bands;
    `energy` the mean square of each frame's samples."""

    bands: NDArray[np.float32]
    energy: NDArray[np.float32]


def spectrum(blocks: Iterable[NDArray[np.float32]]) -> Spectrum:
    """The mel spectrum of mono samples at 16 kHz, as librosa's `melspectrogram(n_fft=400, hop_length=160, n_mels=40)`
    gives it; blocks of any length, memory for one block at a time."""
    import numpy as np  # noqa: PLC0415

    window = np.hanning(_FFT + 1)[:-1].astype(np.float32)  # periodic
    filters = _mel_filters().T
    bands, energy = [np.zeros((0, _BANDS), np.float32)], [np.zeros(0, np.float32)]
    for samples in _overlapping(blocks):
        frames = np.lib.stride_tricks.sliding_window_view(samples, _FFT)[::_FRAME]
        power = np.abs(np.fft.rfft(frames * window).astype(np.complex64)) ** 2
        bands.append((power @ filters).astype(np.float32))
        middle = frames[:, (_FFT - _FRAME) // 2 : (_FFT + _FRAME) // 2]
        energy.append(np.mean(middle.astype(np.float32) ** 2, axis=1))
    return Spectrum(bands=np.concatenate(bands), energy=np.concatenate(energy))


def voice_prints(heard: Spectrum, windows: Sequence[Stretch]) -> NDArray[np.float32]:
    """One print for each window, shape (windows, 256), length 1. Windows of 1.6 s are what the encoder knows best;
    below half a second a print says little."""
    import numpy as np  # noqa: PLC0415
    import torch  # noqa: PLC0415

    encoder = _encoder()
    prints = np.zeros((len(windows), _UNITS), dtype=np.float32)
    by_length: dict[int, list[int]] = {}
    frames = [_frames(window, len(heard.energy)) for window in windows]
    for index, (first, last) in enumerate(frames):
        by_length.setdefault(last - first, []).append(index)
    with torch.inference_mode():
        for indices in by_length.values():
            for start in range(0, len(indices), _BATCH):
                batch = indices[start : start + _BATCH]
                levelled = np.stack([_levelled(heard, *frames[index]) for index in batch])
                prints[batch] = encoder(torch.from_numpy(levelled)).numpy()
    return prints


def _overlapping(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """The samples with half a window of silence around, in pieces that overlap so that every frame lies in one."""
    import numpy as np  # noqa: PLC0415

    rest = np.zeros(_FFT // 2, np.float32)
    silence = np.zeros(_FFT // 2, np.float32)
    for block in chain(blocks, (silence,)):
        samples = np.concatenate([rest, block])
        frames = (len(samples) - _FFT) // _FRAME + 1
        if frames > 0:
            yield samples[: (frames - 1) * _FRAME + _FFT]
            samples = samples[frames * _FRAME :]
        rest = samples


def _frames(window: Stretch, available: int) -> tuple[int, int]:
    """First frame and the one after the last; at least one."""
    first = min(round(window.start_s / FRAME_S), available - 1)
    return first, min(max(round(window.end_s / FRAME_S), first + 1), available)


def _levelled(heard: Spectrum, first: int, last: int) -> NDArray[np.float32]:
    """The bands of a window at the encoder's level: two microphones are not two persons."""
    import numpy as np  # noqa: PLC0415

    mean_square = max(float(heard.energy[first:last].mean()), 1e-12)
    return heard.bands[first:last] * np.float32(_LEVEL / mean_square)


@cache
def _mel_filters() -> NDArray[np.float32]:
    """Triangles on Slaney's mel scale (linear below 1 kHz, logarithmic above), each of area 1; shape (40, 201)."""
    import numpy as np  # noqa: PLC0415

    linear_mel, log_step = 1000 / (200 / 3), np.log(6.4) / 27  # Auditory Toolbox, Slaney 1998
    top_mel = linear_mel + np.log(SAMPLE_RATE_HZ / 2 / 1000) / log_step
    mels = np.linspace(0, top_mel, _BANDS + 2)
    edges_hz = np.where(mels < linear_mel, mels * 200 / 3, 1000 * np.exp(log_step * (mels - linear_mel)))
    bins_hz = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE_HZ)
    low, middle, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    triangles = np.maximum(0, np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle)))
    filters: NDArray[np.float32] = (triangles * 2 / (high - low)).astype(np.float32)
    return filters


def checked(weights: Path) -> bytes:
    """The file's bytes. Raises ModelError unless they are those of the wheel 0.1.4."""
    content = weights.read_bytes()
    if sha256(content).hexdigest() != _SHA256:
        raise ModelError(
            "Die Datei, mit der Stimmen unterschieden werden, ist beschädigt (Prüfsumme stimmt nicht).",
            where=weights,
            advice="Den Ordner .venv löschen und `make setup` ausführen; das Paket wird dann neu geladen.",
        )
    return content


@cache
def _encoder() -> Any:
    """The network of Resemblyzer's `VoiceEncoder`, with its weights: (batch, frames, 40) → (batch, 256)."""
    import torch  # noqa: PLC0415

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = torch.nn.LSTM(_BANDS, _UNITS, num_layers=3, batch_first=True)
            self.linear = torch.nn.Linear(_UNITS, _UNITS)

        def forward(self, bands: torch.Tensor) -> torch.Tensor:
            _, (hidden, _) = self.lstm(bands)
            raw = torch.relu(self.linear(hidden[-1]))
            return torch.nn.functional.normalize(raw, dim=1)

    weights = Path(str(distribution("resemblyzer").locate_file("resemblyzer/pretrained.pt")))
    state = torch.load(BytesIO(checked(weights)), map_location="cpu", weights_only=True)["model_state"]
    encoder = Encoder()
    encoder.load_state_dict({name: state[name] for name in encoder.state_dict()})
    return encoder.eval()
