"""Removes mains hum and steady noise from a recording, on request and block by block. Lengths and times stay."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal  # type: ignore[import-untyped]  # scipy ships no types

from pipeline.audio.loudness import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import av

    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block

MAINS_HZ = 50.0
_HARMONICS = 8  # up to 400 Hz; above that, speech masks the hum
_NOTCH_HZ = 4.0  # bandwidth: narrow enough not to damage a voice, wide enough not to ring

_REDUCTION_DB = 12  # more starts to sound like water
_FLOOR_PERCENTILE = 5  # of the levels per 100 ms: the pauses between sentences
_LOWEST_FLOOR_DBFS, _HIGHEST_FLOOR_DBFS = -80.0, -20.0  # the range that the filter accepts


def without_hum(blocks: Iterable[Block], *, sample_rate_hz: int) -> Iterator[Block]:
    """The blocks with 50 Hz and its harmonics notched out."""
    notches = Filter(_notches(sample_rate_hz))
    return (np.asarray(notches.run(block), np.float32) for block in blocks)


def noise_floor_dbfs(blocks: Iterable[Block], *, sample_rate_hz: int) -> float:
    """The level in the pauses: the 5th percentile of all 100 ms levels; digital silence does not count."""
    step = sample_rate_hz // 10
    powers = [
        np.square(block[: len(block) - len(block) % step]).reshape(-1, step * block.shape[1]).mean(axis=1)
        for block in blocks
    ]
    heard = np.concatenate((np.zeros(0), *powers))
    heard = heard[heard > 10 ** (_LOWEST_FLOOR_DBFS / 10)]
    if not len(heard):
        return _LOWEST_FLOOR_DBFS
    level_dbfs = 10 * np.log10(np.percentile(heard, _FLOOR_PERCENTILE))
    return float(np.clip(level_dbfs, _LOWEST_FLOOR_DBFS, _HIGHEST_FLOOR_DBFS))


def without_noise(blocks: Iterable[Block], *, floor_dbfs: float, sample_rate_hz: int) -> Iterator[Block]:
    """The blocks through ffmpeg's FFT denoiser (afftdn), which reduces noise by at most 12 dB; its delay is removed.
    `floor_dbfs` is the measured noise floor."""
    graph: av.filter.Graph | None = None
    late = sample_rate_hz // 40  # afftdn's delay in samples: a fortieth of a second
    dropped = position = 0
    channels = 1
    for block in blocks:
        if graph is None:
            channels = block.shape[1]
            graph = _denoiser(channels, floor_dbfs, sample_rate_hz)
        for part in _through(graph, block, position, sample_rate_hz):
            kept = part[max(0, late - dropped) :]
            dropped += len(part) - len(kept)
            if len(kept):
                yield kept
        position += len(block)
    if graph is not None:
        yield from _through(graph, np.zeros((late, channels), np.float32), position, sample_rate_hz, last=True)


def _notches(sample_rate_hz: int) -> Floats:
    sections = []
    for frequency in MAINS_HZ * np.arange(1, _HARMONICS + 1):
        numerator, denominator = signal.iirnotch(frequency, frequency / _NOTCH_HZ, fs=sample_rate_hz)
        sections.append([*numerator, *denominator])
    return np.array(sections)


def _denoiser(channels: int, floor_dbfs: float, sample_rate_hz: int) -> av.filter.Graph:
    import av.filter  # heavy

    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=sample_rate_hz, format="flt", layout=_layout(channels), time_base=Fraction(1, sample_rate_hz)
    )
    denoise = graph.add("afftdn", f"nr={_REDUCTION_DB}:nf={floor_dbfs:.1f}")
    sink = graph.add("abuffersink")
    source.link_to(denoise)
    denoise.link_to(sink)
    graph.configure()
    return graph


def _through(
    graph: av.filter.Graph, block: Block, position: int, sample_rate_hz: int, *, last: bool = False
) -> Iterator[Block]:
    import av  # heavy

    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(block).reshape(1, -1), format="flt", layout=_layout(block.shape[1])
    )
    frame.sample_rate, frame.pts = sample_rate_hz, position
    graph.push(frame)
    if last:
        graph.push(None)
    while True:
        try:
            out = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        samples = out.to_ndarray()
        shaped = samples.T if out.format.is_planar else samples.reshape(-1, block.shape[1])
        yield np.asarray(shaped, np.float32)


def _layout(channels: int) -> str:
    return "mono" if channels == 1 else "stereo"
