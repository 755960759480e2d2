"""Finds faults in a recording's samples while it is decoded anyway, without keeping any sample.

Levels are measured in steps of 50 ms, without their mean: a constant offset (DC) is no sound.
"""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.media.blocks import Block

_NEAR_FULL_SCALE = 0.985  # -0.13 dB: converters and editors stop a little below 1
_APART_S = 0.1  # closer clipping counts as the same place
_EMPTY_DB = -40.0  # one channel relative to the other: below this it is only crosstalk and hiss
_SILENT = 1e-6  # mean square: -60 dBFS
_INVERTED = -0.9  # correlation of the channels over the whole recording
_INVERTED_WINDOW = -0.8  # and in a second of it, where the distance of two microphones adds to it
_LEAST_INVERTED_S = 2
_LEAST_INVERTED_SHARE = 0.05  # of the seconds with sound on both sides: wide music has such moments, too
_LAG_S = 0.003  # one metre of way
_STEPS_PER_S = 20
_SILENT_STEP = 1e-10  # mean square: -100 dBFS, below 16 bits
_LEAST_HEARD_S = 10
_DECIMATED_BY = 8
_TURN_STEPS = 10
_OWN_VOICE_DB = 9.0  # a channel above all others: its microphone is nearer, or only it hears
_ACTIVE_DB = 25.0  # below the loud steps
_LEAST_SHARE, _ALL_SHARES = 0.08, 0.7  # of the active time: in which one channel, and any channel, is above the others
_DYNAMIC_DB = 12.0  # between loud and quiet steps: speech has more, hiss hardly any


class Inspection:
    """Examines all frames of one recording, in order."""

    def __init__(self) -> None:
        self.repaired = 0
        self.peak = 0.0  # the loudest sample of any channel, full scale 1.0
        self._clipped: list[tuple[float, float]] = []  # seconds, level
        self._last_clipped_s = -math.inf
        self._waiting: list[Block] = []
        self._count = 0
        self._powers = array("f")  # mean squares, step by step, the channels side by side
        self._widths: set[int] = set()  # how many channels those steps have
        self._products = array("d")  # of left and right, for each second
        self._inverted_s: list[int] = []
        self._second = 0
        self._sounding = 0  # seconds with sound on both sides

    def add(self, samples: Block, *, start_s: float, sample_rate_hz: int, repaired: int) -> None:
        """Examine the next frame, (samples, channels), which begins at `start_s`; `repaired` of its samples were not
        numbers."""
        self.repaired += repaired
        peak = float(np.abs(samples).max(initial=0.0))
        self.peak = max(self.peak, peak)
        if peak >= _NEAR_FULL_SCALE:
            self._look_for_clipping(samples, start_s, sample_rate_hz)
        if self._waiting and self._waiting[0].shape[1] != samples.shape[1]:
            self._waiting, self._count = [], 0  # less than a second of another format
        self._waiting.append(samples)
        self._count += len(samples)
        size = sample_rate_hz // _STEPS_PER_S * _STEPS_PER_S
        if self._count >= size:
            joined = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
            whole = len(joined) - len(joined) % size
            for at in range(0, whole, size):
                self._measure(joined[at : at + size])
            self._waiting = [joined[whole:]] if whole < len(joined) else []
            self._count = len(joined) - whole

    def clipped_s(self, *, scale: float = 1.0) -> tuple[float, ...]:
        """Where the recording clips at full scale, if that is `scale`."""
        return tuple(moment_s for moment_s, level in self._clipped if level >= _NEAR_FULL_SCALE * scale)

    def loudest_rms(self) -> float:
        """The level of the loudest 50 ms of any channel; 0 for less than a second."""
        return math.sqrt(max(self._powers, default=0.0))

    def is_lively(self) -> bool:
        """Whether loud and quiet alternate as in speech, which steady noise does not do."""
        steps = self._steps()
        if not len(steps):
            return False
        return _above_quiet_db(steps) >= _DYNAMIC_DB

    def above_noise_db(self) -> float | None:
        """How far the loud steps (95 of 100 are below) are above the quiet ones (10 are below): speech above pauses.
        Steps of digital silence do not count. None for less than ten seconds of sound."""
        steps = self._steps()
        heard = steps[steps.max(axis=1) > _SILENT_STEP] if len(steps) else steps
        return _above_quiet_db(heard) if len(heard) >= _LEAST_HEARD_S * _STEPS_PER_S else None

    def empty_channel(self) -> int | None:
        """0 (left) or 1 (right) if that channel of two is empty and the other is not, else None."""
        steps = self._steps()
        if not len(steps) or steps.shape[1] != 2:
            return None
        left, right = steps.mean(axis=0).tolist()
        if max(left, right) < _SILENT:
            return None
        quiet = int(right < left)
        return quiet if min(left, right) / max(left, right) < 10 ** (_EMPTY_DB / 10) else None

    def inverted_from_s(self) -> float | None:
        """From when on the two channels cancel each other when they are played on one loudspeaker; None if they do
        not. One may be delayed against the other."""
        steps = self._steps()
        if not len(steps) or steps.shape[1] != 2:
            return None
        left, right = steps.sum(axis=0).tolist()
        if left and right and sum(self._products) / math.sqrt(left * right) < _INVERTED:
            return 0.0
        least = max(_LEAST_INVERTED_S, _LEAST_INVERTED_SHARE * self._sounding)
        return float(self._inverted_s[0]) if len(self._inverted_s) >= least else None

    def voices(self) -> tuple[int, ...]:
        """The channels that have a voice of their own: each is clearly above all others for a good part of the time,
        and hardly ever are several alike. Empty if there is no such second channel."""
        steps = self._steps()
        if not len(steps) or steps.shape[1] < 2:
            return ()
        whole = len(steps) - len(steps) % _TURN_STEPS
        turns = steps[:whole].reshape(-1, _TURN_STEPS, steps.shape[1]).mean(axis=1)  # syllables are no turns
        levels_db = 10 * np.log10(turns + 1e-15)
        loudest = levels_db.max(axis=1)
        active = levels_db[loudest > max(np.percentile(loudest, 95) - _ACTIVE_DB, -90.0)]
        if not len(active):
            return ()
        ranked = np.sort(active, axis=1)
        alone = ranked[:, -1] - ranked[:, -2] >= _OWN_VOICE_DB
        shares = np.bincount(active.argmax(axis=1)[alone], minlength=active.shape[1]) / len(active)
        found = tuple(np.flatnonzero(shares >= _LEAST_SHARE).tolist())
        return found if len(found) > 1 and shares.sum() >= _ALL_SHARES else ()

    def _steps(self) -> NDArray[np.floating[Any]]:
        if len(self._widths) != 1:
            return np.zeros((0, 0))
        return np.array(self._powers, np.float32).reshape(-1, *self._widths)

    def _measure(self, second: Block) -> None:
        """Measure a second in steps; a step's mean is no sound."""
        steps = np.ascontiguousarray(second.T).reshape(second.shape[1], _STEPS_PER_S, -1)
        steps -= steps.mean(axis=2, keepdims=True)
        powers = np.einsum("cst,cst->sc", steps, steps) / steps.shape[2]
        self._powers.frombytes(powers.astype(np.float32, copy=False).tobytes())
        self._widths.add(second.shape[1])
        if second.shape[1] == 2:
            left, right = steps.reshape(2, -1)
            product = float(left @ right) / steps.shape[2]
            self._products.append(product)
            both = math.sqrt(float(powers[:, 0].sum()) * float(powers[:, 1].sum()))
            if both > _SILENT * _STEPS_PER_S / 10:
                self._sounding += 1
                if product < 0.5 * both and _cancels(left, right):
                    self._inverted_s.append(self._second)
        self._second += 1

    def _look_for_clipping(self, samples: Block, start_s: float, sample_rate_hz: int) -> None:
        top = np.abs(samples)
        flat = (top[1:] == top[:-1]) & (top[1:] >= _NEAR_FULL_SCALE)
        three_alike = flat[1:] & flat[:-1]  # a voice has no such peak
        for at in np.flatnonzero(three_alike.any(axis=1)).tolist():
            moment_s = start_s + at / sample_rate_hz
            if moment_s > self._last_clipped_s + _APART_S:
                self._clipped.append((moment_s, float(top[at].max())))
            self._last_clipped_s = moment_s


def _above_quiet_db(steps: NDArray[np.floating[Any]]) -> float:
    """How far loud steps (mean squares, a row for each) are above quiet ones, in the louder channel."""
    quiet, loud = np.percentile(10 * np.log10(steps.max(axis=1) + 1e-30), (10, 95))
    return float(loud - quiet)


def _cancels(left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Whether one channel of a second is the other one turned over, perhaps delayed."""
    whole = len(left) - len(left) % _DECIMATED_BY
    one = left[:whole].reshape(-1, _DECIMATED_BY).mean(axis=1)
    other = right[:whole].reshape(-1, _DECIMATED_BY).mean(axis=1)
    size = 2 * len(one)
    correlation = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    reach = max(1, round(_LAG_S * len(one)))  # a second long
    near = np.concatenate((correlation[-reach:], correlation[: reach + 1]))
    both = math.sqrt(float(one @ one) * float(other @ other))
    return bool(both) and float(near.min()) / both < _INVERTED_WINDOW and -near.min() > near.max()
