"""How loud a recording is from moment to moment, and where it is quiet enough for a joint."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.media.pcm import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.media.blocks import Block

RATE_HZ = 16_000
FRAME_S = 0.01
SHORTEST_QUIET_S = 0.06  # less may be the closure of a plosive within a word
_NOISE_PERCENTILE = 10  # people pause for more than a tenth of the time
_SPEECH_PERCENTILE = 80
_ABOVE_NOISE_DB = 8.0
_BELOW_SPEECH_DB = (25.0, 50.0)  # a level above the first is never quiet, one below the second always is
_LOWEST = 1e-10  # mean square of digital silence

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Levels in dB (full scale 0) of every 10 ms, that of speech, and the quiet stretches of at least 60 ms in order.
    Times are seconds of the sound."""

    frames_db: NDArray[Any]
    speech_db: float
    quiet: tuple[Span, ...]

    def quiet_in(self, start_s: float, end_s: float) -> list[Span]:
        """The parts of quiet stretches that lie in start .. end, if they are long enough."""
        first = bisect_right(self.quiet, start_s, key=lambda span: span[1])
        end = bisect_left(self.quiet, end_s, key=lambda span: span[0])
        found = ((max(first_s, start_s), min(last_s, end_s)) for first_s, last_s in self.quiet[first:end])
        return [(first_s, last_s) for first_s, last_s in found if last_s - first_s >= SHORTEST_QUIET_S - 1e-6]

    def mean_db(self, start_s: float, end_s: float) -> float:
        """The level of the mean power in start .. end."""
        frames = self.frames_db[round(start_s / FRAME_S) : max(round(end_s / FRAME_S), round(start_s / FRAME_S) + 1)]
        return float(10 * np.log10(np.mean(10 ** (frames / 10)))) if len(frames) else -100.0


def levels_of(blocks: Iterable[Block]) -> Levels:
    """The levels of one channel at 16 kHz."""
    size = round(RATE_HZ * FRAME_S)
    rest, powers = np.zeros(0), [np.zeros(0)]
    for block in blocks:
        samples = np.concatenate((rest, block.reshape(-1).astype(np.float64)))
        whole = len(samples) - len(samples) % size
        powers.append((samples[:whole].reshape(-1, size) ** 2).mean(axis=1))
        rest = samples[whole:]
    frames_db = 10 * np.log10(np.maximum(np.concatenate(powers), _LOWEST))
    if not len(frames_db):
        return Levels(frames_db=frames_db, speech_db=-100.0, quiet=())
    speech_db = float(np.percentile(frames_db, _SPEECH_PERCENTILE))
    spans = (
        (first * FRAME_S, end * FRAME_S)
        for first, end in quiet_frames(frames_db, speech_db, above_noise_db=_ABOVE_NOISE_DB)
        if (end - first) * FRAME_S >= SHORTEST_QUIET_S - 1e-6
    )
    return Levels(frames_db=frames_db, speech_db=speech_db, quiet=tuple(spans))


def quiet_frames(levels: NDArray[Any], speech: float, *, above_noise_db: float) -> list[tuple[int, int]]:
    """The runs first .. end of frames that are near the recording's own noise and far below the speech. Levels are in
    dB, or in LUFS as `speech` is; at least one is given."""
    highest, lowest = (speech - below_db for below_db in _BELOW_SPEECH_DB)
    threshold = np.clip(np.percentile(levels, _NOISE_PERCENTILE) + above_noise_db, lowest, highest)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], levels < threshold, [False])).astype(np.int8)))
    return [(first, end) for first, end in edges.reshape(-1, 2).tolist()]


def read_levels(path: Path) -> Levels:
    """The levels of a file. Raises what `probe` raises."""
    return levels_of(read_blocks(path, sample_rate_hz=RATE_HZ, channels=1))


def read_stretches(path: Path, spans: Sequence[Span]) -> list[NDArray[Any]]:
    """The samples of stretches of a file, one channel at 16 kHz; the whole file is decoded, but not kept. Raises what
    `probe` raises."""
    wanted = [(round(start_s * RATE_HZ), round(end_s * RATE_HZ)) for start_s, end_s in spans]
    found: list[list[NDArray[Any]]] = [[] for _ in wanted]
    at = 0
    for block in read_blocks(path, sample_rate_hz=RATE_HZ, channels=1) if wanted else ():
        samples = block.reshape(-1)
        for index, (first, end) in enumerate(wanted):
            if first < at + len(samples) and at < end:
                found[index].append(samples[max(first - at, 0) : end - at])
        at += len(samples)
    return [np.concatenate(parts) if parts else np.zeros(0, np.float32) for parts in found]
