"""Tries out how loud a levelled recording is once it is limited, which takes far less time than to encode it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.codecs import codec
from pipeline.audio.limiter import Limiter
from pipeline.audio.loudness import Filter, GatedLoudness, amplitude, k_weighting
from pipeline.media.blocks import regrouped
from pipeline.values.audio import Rehearsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.media.blocks import Block
    from pipeline.values.audio import AudioSettings

BLOCK_S = 0.5  # several copies of a block are in memory at once, and in the processor's cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The settings of one attempt: gain on top of the level of the FLAC, and the limiter's ceiling."""

    gain_db: float
    ceiling_dbtp: float


def first_plan(settings: AudioSettings, headroom_db: float) -> Plan:
    """The plan that reaches the target if nothing is limited, for a codec that does not change the level.

    The MP3 raises gain and ceiling alike, so the same is limited.
    """
    return Plan(gain_db=headroom_db, ceiling_dbtp=settings.true_peak_dbtp - codec("mp3", settings).overshoot_db)


class Rehearsal:
    """Applies one plan to one stream of the FLAC's samples, and measures the result.

    `dual_mono`: the single channel will be played on two speakers (+3 LU).
    """

    def __init__(self, plan: Plan, *, sample_rate_hz: int, channels: int, dual_mono: bool) -> None:
        self._plan = plan
        self._rate = sample_rate_hz
        self._limiter = Limiter(sample_rate_hz=sample_rate_hz, channels=channels, ceiling_dbtp=plan.ceiling_dbtp)
        self._weighting = Filter(k_weighting(sample_rate_hz))
        self._loudness = GatedLoudness(sample_rate_hz=sample_rate_hz, dual_mono=dual_mono)

    def through(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The same samples, each block after it was tried out."""
        factor = np.float32(amplitude(self._plan.gain_db))
        for block in regrouped(blocks, round(BLOCK_S * self._rate)):
            self._measure(self._limiter.add(block * factor))
            yield block
        self._measure(self._limiter.end())

    def result(self) -> Rehearsed:
        """What came of the whole stream."""
        return Rehearsed(
            gain_db=self._plan.gain_db,
            ceiling_dbtp=self._plan.ceiling_dbtp,
            integrated_lufs=self._loudness.integrated_lufs(),
            limited_s=self._limiter.limited_s,
        )

    def _measure(self, limited: Iterable[Block]) -> None:
        for block in limited:
            self._loudness.add(self._weighting.run(block))
