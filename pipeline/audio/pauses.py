"""Finds the silence that may be cut out of a conversation's long pauses.

It cuts too little rather than too much: a pause stays near the room's own noise and far below the speech throughout,
and half of the allowed length stays on each side of a cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.loudness import NOTHING_LUFS, Filter, gated_lufs, k_weighting, lufs_of
from pipeline.audio.quiet import quiet_frames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block

_FRAME_S = 0.02
_ABOVE_NOISE_DB = 6.0
_LEAST_S = 0.1  # a shorter cut is not worth a joint
_NOTHING = 1e-12  # digital silence


def superfluous_pauses(
    blocks: Iterable[Block], *, sample_rate_hz: int, longest_s: float
) -> tuple[tuple[float, float], ...]:
    """The parts to leave out, as (start, end) in seconds of the stream, to shorten pauses to `longest_s`.

    A pause that is longer by less than 0.1 s stays.
    """
    powers = _powers(blocks, sample_rate_hz)
    speech_lufs = gated_lufs(powers)
    if speech_lufs == NOTHING_LUFS:
        return ()
    levels = lufs_of(np.maximum(powers, _NOTHING))
    return tuple(
        (round(first * _FRAME_S + longest_s / 2, 6), round(end * _FRAME_S - longest_s / 2, 6))
        for first, end in quiet_frames(levels, speech_lufs, above_noise_db=_ABOVE_NOISE_DB)
        if (end - first) * _FRAME_S >= longest_s + _LEAST_S
    )


def _powers(blocks: Iterable[Block], sample_rate_hz: int) -> Floats:
    """The mean square of every whole frame, K-weighted and summed over the channels, so that opposite phases do not
    cancel."""
    weighting, size = Filter(k_weighting(sample_rate_hz)), round(sample_rate_hz * _FRAME_S)
    rest, frames = np.zeros(0), [np.zeros(0)]
    for block in blocks:
        weighted = weighting.run(block)
        power = np.concatenate((rest, np.einsum("nc,nc->n", weighted, weighted)))
        whole = len(power) - len(power) % size
        frames.append(power[:whole].reshape(-1, size).mean(axis=1))
        rest = power[whole:]
    return np.concatenate(frames)
