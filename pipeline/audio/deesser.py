"""Lowers sibilants that are too strong for their voice, on request and block by block. Lengths and times stay.

Each recording is split at 4.5 kHz by a linear-phase filter. Where the upper part is stronger than the lower one, the
sound is a sibilant; its upper part is lowered by what it has above 13 dB below the strongest vowel within half a
second, by 7 dB at most. Everything is relative to the voice, so the level of the recording does not matter. The figures
were chosen on seven real voices, as they are and with 6 and 9 dB more from 5 kHz on (docs/architecture.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage, signal  # type: ignore[import-untyped]  # scipy ships no types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block

_SPLIT_HZ = 4500.0  # s and z lie above it; sch and the vowels mostly below
_SPLIT_S = 0.003  # length of the filter: from nothing to all of it within 1.1 kHz
_VOICE_HZ = 200.0  # below it, rumble and hum could pass for a vowel
_HOPS_PER_S = 200
_POWER_HOPS, _VOWEL_HOPS = 4, 10  # 20 ms and 50 ms: what powers are averaged over
_NEAR_HOPS = 100  # half a second: the next vowel is never farther away
_MARGIN_HOPS = 120  # what a sample's gain depends on, before and after it
_STRONG_DB = -13.0  # a sibilant against the vowels near it: usual voices reach it with few
_MOST_DB = 7.0
_SIBILANT_DB = (-3.0, 3.0)  # upper against lower part: none of the reduction, all of it
_QUIET_DB = -15.0  # against the recording's level: hiss in long pauses has no vowel near it and is no sibilant
_LEVEL_PERCENTILE = 95
_SILENCE = 1e-12


def speech_level_dbfs(blocks: Iterable[Block], *, sample_rate_hz: int) -> float:
    """The level of the loud parts: the 95th percentile of all 100 ms levels; at least -120."""
    step = sample_rate_hz // 10
    powers = [
        np.square(block[: len(block) - len(block) % step]).sum(axis=1).reshape(-1, step).mean(axis=1)
        for block in blocks
    ]
    heard = np.concatenate((np.zeros(1), *powers))
    return float(10 * np.log10(np.percentile(heard, _LEVEL_PERCENTILE) + _SILENCE))


def deessed(blocks: Iterable[Block], *, level_dbfs: float, sample_rate_hz: int) -> Iterator[Block]:
    """The blocks with strong sibilants lowered, in blocks of other sizes. All channels get the same gain. `level_dbfs`
    is the measured speech level. Holds a block and up to 2.2 s."""
    step = sample_rate_hz // _HOPS_PER_S
    margin = _MARGIN_HOPS * step
    held: Block | None = None
    done = 0  # samples of `held` that were given out and are there for the gains of the next ones
    for block in blocks:
        held = block if held is None else np.concatenate((held, block))
        ready = (len(held) - done - margin) // step * step
        if ready >= sample_rate_hz:  # small blocks would repeat the margins' work each time
            yield _lowered(held, level_dbfs, sample_rate_hz)[done : done + ready]
            start = max(0, done + ready - margin)
            held, done = held[start:], done + ready - start
    if held is not None and len(held) > done:
        yield _lowered(held, level_dbfs, sample_rate_hz)[done:]


def _lowered(samples: Block, level_dbfs: float, sample_rate_hz: int) -> Block:
    upper = _upper(samples, sample_rate_hz)
    reduction_db = _reduction_db(upper, samples - upper, level_dbfs, sample_rate_hz)
    if not reduction_db.any():
        return samples
    step = sample_rate_hz // _HOPS_PER_S
    middles = (np.arange(len(reduction_db)) + 0.5) * step
    gains = 10 ** (-np.interp(np.arange(len(samples)), middles, reduction_db) / 20)
    return np.asarray(samples - (1 - gains)[:, np.newaxis] * upper, np.float32)


def _upper(samples: Block, sample_rate_hz: int) -> Floats:
    taps = signal.firwin(int(_SPLIT_S * sample_rate_hz) | 1, _SPLIT_HZ, fs=sample_rate_hz, pass_zero=False)
    return np.asarray(signal.oaconvolve(samples.astype(np.float64), taps[:, np.newaxis], "same", axes=0))


def _reduction_db(upper: Floats, lower: Floats, level_dbfs: float, sample_rate_hz: int) -> Floats:
    """By how much the upper part is to be lowered, for each hop of 5 ms."""
    step = sample_rate_hz // _HOPS_PER_S
    if len(upper) < step:
        return np.zeros(0)
    rumble = signal.butter(2, _VOICE_HZ, "highpass", fs=sample_rate_hz, output="sos")
    sharp = _powers(upper, step)
    voiced = _powers(signal.sosfilt(rumble, lower, axis=0), step)
    vowels = ndimage.maximum_filter1d(ndimage.uniform_filter1d(voiced, _VOWEL_HOPS), 2 * _NEAR_HOPS + 1)
    loudest_db = np.maximum(10 * np.log10(vowels), level_dbfs + _QUIET_DB)
    above_db = 10 * np.log10(sharp) - loudest_db - _STRONG_DB
    sibilant = np.interp(10 * np.log10(sharp / voiced), _SIBILANT_DB, (0.0, 1.0))
    wanted = ndimage.maximum_filter1d(np.clip(above_db, 0.0, _MOST_DB) * sibilant, 3)
    smooth = np.hanning(9)[1:-1]
    return np.asarray(ndimage.convolve1d(wanted, smooth / smooth.sum(), mode="nearest"))


def _powers(part: Floats, step: int) -> Floats:
    whole = len(part) // step * step
    hops = np.square(part[:whole]).sum(axis=1).reshape(-1, step).mean(axis=1)
    return np.asarray(ndimage.uniform_filter1d(hops, _POWER_HOPS) + _SILENCE)
