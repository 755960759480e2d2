"""Converts samples to pydub's AudioSegment and back, for fades and for our levelling as a pydub effect.

pydub holds whole segments in memory, so it only gets the seconds around the joints. Importing this module gives every
AudioSegment the method `normalise_loudness`.
"""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.audio import ffmpeg
from pipeline.audio.gains import Envelope
from pipeline.audio.levelling import levelled, survey
from pipeline.media.blocks import regrouped

with warnings.catch_warnings():  # pydub 0.25.1 looks for an ffmpeg on the PATH and warns; invalid escapes on 3.12
    warnings.simplefilter("ignore")
    from pydub import AudioSegment  # type: ignore[import-untyped]  # pydub ships no types
    from pydub.utils import register_pydub_effect  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.media.blocks import Block

FADE_IN_MS = 10  # no click, and no consonant is lost
FADE_OUT_MS = 100

_CHUNK_MS = 10  # pydub's fades are straight lines, sample by sample up to 100 ms; chunks of them make a curve
_BLOCK_S = 2
_SAMPLE_BYTES = 4  # 32-bit integers, the finest that pydub supports

AudioSegment.converter = ffmpeg.executable()  # never an ffmpeg that happens to be in the working folder


def to_segment(block: Block, *, sample_rate_hz: int) -> Any:
    """An AudioSegment of 32-bit integers. Full scale is ±1.0; what exceeds it is clipped: leave headroom."""
    scaled = np.rint(block.astype(np.float64) * 2**31).clip(-(2**31), 2**31 - 1)
    return AudioSegment(
        data=scaled.astype("<i4").tobytes(),
        sample_width=_SAMPLE_BYTES,
        frame_rate=sample_rate_hz,
        channels=block.shape[1],
    )


def from_segment(segment: Any) -> Block:
    """The segment's samples, (samples, channels), full scale ±1.0."""
    scale = float(1 << (8 * segment.sample_width - 1))
    samples = np.array(segment.get_array_of_samples(), np.float64).reshape(-1, segment.channels)
    return (samples / scale).astype(np.float32)


def with_fade(block: Block, *, rising: bool, sample_rate_hz: int) -> Block:
    """The block with a fade over its whole length, in or out, a quarter of a sine (10 ms and less: a straight line).

    When one sound fades out while an unrelated one fades in, their total power stays constant. Samples above full scale
    survive. The block's length must be a multiple of 10 ms.
    """
    assert len(block) * 1000 % (_CHUNK_MS * sample_rate_hz) == 0, "pydub cuts at whole milliseconds"
    scale = max(1.0, float(np.abs(block).max(initial=0.0)))
    segment = to_segment(block / scale, sample_rate_hz=sample_rate_hz)
    chunks = list(segment[::_CHUNK_MS])
    slope = np.sin(np.linspace(0.0, np.pi / 2, len(chunks) + 1))
    edges_db = [_decibel(factor) for factor in (slope if rising else slope[::-1])]
    shaped = [
        chunk.fade(from_gain=start_db, to_gain=end_db, start=0, end=len(chunk))
        for chunk, (start_db, end_db) in zip(chunks, pairwise(edges_db), strict=True)
    ]
    return np.concatenate((block[:0], *map(from_segment, shaped))) * np.float32(scale)


def faded(blocks: Iterable[Block], *, sample_rate_hz: int) -> Iterator[Block]:
    """The same stream with a short fade at its start and at its end."""
    waiting: Block | None = None
    for block in regrouped(blocks, _BLOCK_S * sample_rate_hz):
        if waiting is None:
            waiting = _fade_in(block, sample_rate_hz)
        elif len(block) < sample_rate_hz:
            waiting = np.concatenate((waiting, block))  # the last block, which may be shorter than the fade
        else:
            yield waiting
            waiting = block
    if waiting is not None:
        yield _fade_out(waiting, sample_rate_hz)


def _decibel(factor: float) -> float:
    return 20 * math.log10(max(factor, 1e-6))  # -120 dB, which pydub itself treats as silence


def _fade_in(block: Block, sample_rate_hz: int) -> Block:
    joint = min(len(block), sample_rate_hz)
    segment = to_segment(block[:joint], sample_rate_hz=sample_rate_hz)
    segment = segment.fade_in(min(FADE_IN_MS, len(segment)))
    return np.concatenate((from_segment(segment), block[joint:]))


def _fade_out(block: Block, sample_rate_hz: int) -> Block:
    joint = max(0, len(block) - sample_rate_hz)
    segment = to_segment(block[joint:], sample_rate_hz=sample_rate_hz)
    segment = segment.fade_out(min(FADE_OUT_MS, len(segment)))
    return np.concatenate((block[:joint], from_segment(segment)))


@register_pydub_effect("normalise_loudness")  # type: ignore[untyped-decorator]  # pydub ships no types
def normalise_loudness(segment: Any, target_lufs: float = -16.0) -> Any:
    """The segment at `target_lufs` and without rumble, by the code that processes long recordings block by block.

    Peaks above full scale are clipped, as in every AudioSegment. Raises ValueError for silence.
    """
    samples, rate = from_segment(segment), segment.frame_rate
    found = survey(((samples,),), count=1, sample_rate_hz=rate, channels=segment.channels, dual_mono=False)
    gain = Envelope.constant(found.gain_to(target_lufs))
    (louder,) = levelled(((samples,),), (gain,), sample_rate_hz=rate)
    return to_segment(louder, sample_rate_hz=rate).set_sample_width(segment.sample_width)
