"""Turns any recording into blocks of float samples; only this room decodes audio (`decoding.py`).

A block is a float32 array of shape (samples, channels), full scale ±1.0, never empty. Nothing is ever clipped. More
than two channels are mixed down to two before anything else happens to them. Memory is a few blocks, however long the
recording.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

from pipeline.build.files import named_file
from pipeline.errors import AudioError
from pipeline.media.blocks import Block, Region, regrouped, spliced, two_at_most, with_channels
from pipeline.media.decoding import batches, decoded_frames, ends_early, floats, not_numbers, opened, resampled
from pipeline.media.headers import announced_s
from pipeline.media.inspection import Inspection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal

    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from pipeline.values.audio import Source, Timeline

WHISPER_RATE_HZ = 16_000

_FAR_ABOVE = 100.0  # +40 dBFS: floats may exceed full scale, but not by so much
_WHOLE_SCALES = (2.0**15, 2.0**23, 2.0**31)
_QUIET = 10 ** (-50 / 20)  # whole numbers of 16 bits have no sound left there, floats have all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a recording contains, measured by decoding it once from start to end."""

    duration_s: float
    sample_rate_hz: int
    channels: int
    codec: str
    peak_dbfs: float  # loudest sample of any channel; -inf when every sample is zero
    repaired: int = 0  # samples that were not numbers, and became silence
    clipped_s: tuple[float, ...] = ()  # where it clips at full scale
    empty_channel: int | None = None  # 0 (left) or 1 (right) of two, if that one is empty
    inverted_from_s: float | None = None  # from when on the two channels cancel each other
    voices: tuple[int, ...] = ()  # channels with a voice of their own, if there are several
    begins_s: float = 0.0  # how much later than the file's first audio stream
    gaps: tuple[tuple[float, float], ...] = ()  # where the timestamps jump: (start, length), now silence
    scale: float | None = None  # what stands for full scale, if it is not 1
    loudest_rms: float = 0.0  # of 50 ms, full scale 1.0, without a constant offset
    above_noise_db: float | None = None  # loud steps above quiet ones; None if there is too little to tell
    truncated_s: float | None = None  # how long the file says it is, if it is shorter and that is accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says about itself; nothing is decoded."""

    channels: int
    duration_s: float | None  # None if it does not say


def read_header(path: Path) -> Header:
    """Read the header of a file that we wrote ourselves; recordings are probed. Raises what `probe` raises if there is
    no audio."""
    with opened(path) as (container, stream):
        return Header(
            channels=stream.codec_context.layout.nb_channels,
            duration_s=announced_s(path, container.format.name, stream),
        )


def stream_titles(path: Path) -> tuple[str, ...]:
    """The title of each audio stream of the file, "" for one without. Raises what `probe` raises if there is none."""
    with opened(path) as (container, _):
        return tuple(stream.metadata.get("title", "").strip() for stream in container.streams.audio)


def probe(
    path: Path, *, accept_truncated: bool = False, stream: int | None = None, channel: int | None = None
) -> Recording:
    """Decode the whole recording and report what it contains; with `stream` and `channel` (from 0) only that.

    Raises MissingFileError if there is no such file, and AudioError if it is unreadable, empty, not audio, a picture or
    a video without sound, damaged in the middle, or shorter than its own header says (TruncatedError, unless accepted).
    """
    gaps: list[tuple[float, float]] = []
    with opened(path, stream) as (container, opened_stream):
        promised_s = announced_s(path, container.format.name, opened_stream)
        frames = decoded_frames(
            path,
            container,
            opened_stream,
            accept_truncated=accept_truncated,
            on_gap=lambda start_s, length_s: gaps.append((start_s, length_s)),
        )
        first = next(frames)
        samples, rate = 0, first.sample_rate
        peak = 0.0
        inspection = Inspection()
        for batch in batches(chain((first,), frames)):
            decoded = _chosen(path, floats(batch), channel)
            inspection.add(decoded, start_s=samples / rate, sample_rate_hz=rate, repaired=not_numbers(batch))
            samples += round(len(decoded) * rate / batch.sample_rate_hz)
            peak = max(peak, float(np.abs(decoded).max(initial=0.0)))
        scale = _scale(peak, first.format.name, opened_stream.codec_context.name, inspection)
        return Recording(
            duration_s=samples / rate,
            sample_rate_hz=rate,
            channels=first.layout.nb_channels if channel is None else 1,
            codec=opened_stream.codec_context.name,
            peak_dbfs=float(20 * np.log10(peak)) if peak else float("-inf"),
            repaired=inspection.repaired,
            clipped_s=inspection.clipped_s(scale=scale or 1.0),
            empty_channel=inspection.empty_channel(),
            inverted_from_s=inspection.inverted_from_s(),
            voices=inspection.voices(),
            begins_s=_begins_s(container, opened_stream),
            gaps=tuple(gaps),
            scale=scale,
            loudest_rms=inspection.loudest_rms(),
            above_noise_db=inspection.above_noise_db(),
            truncated_s=promised_s if ends_early(samples / rate, promised_s) else None,
        )


def read_blocks(
    path: Path,
    *,
    sample_rate_hz: int,
    channels: Literal[1, 2],
    block_s: float = 10.0,
    accept_truncated: bool = False,
    stream: int | None = None,
    channel: int | None = None,
    scale: float | None = None,
) -> Iterator[Block]:
    """The recording at the given rate, in blocks of `block_s` seconds; the last may be shorter.

    Two channels become one by their mean; one becomes two by doubling it. With `stream` and `channel` (from 0) only
    that is read; `scale` is what stands for full scale. Raises what `probe` raises.
    """
    decoded = resampled(path, sample_rate_hz, accept_truncated=accept_truncated, stream_index=stream)
    parts: Iterator[Block]
    if channel is None:
        parts = (with_channels(two_at_most(samples, names), channels) for samples, names in decoded)
    else:
        parts = (with_channels(_chosen(path, samples, channel), channels) for samples, _ in decoded)
    if scale is not None:
        factor = np.float32(1 / scale)
        parts = (part * factor for part in parts)
    return regrouped(parts, round(block_s * sample_rate_hz))


def read_timeline(
    timeline: Timeline, folder: Path, *, sample_rate_hz: int, channels: Literal[1, 2], block_s: float = 10.0
) -> Iterator[Block]:
    """The conversation on the episode's clock: the sum of the timeline's sources at their offsets, without the cuts,
    and silence where there is only music; `round(duration_s * sample_rate_hz)` samples. Music is not included, and
    joints are hard.

    A source that begins before the timeline (negative offset) loses that much of its start. For one speaker's track on
    the episode's clock, pass a timeline with that source alone. Raises what `probe` raises.
    """
    total, size = round(timeline.duration_s * sample_rate_hz), round(block_s * sample_rate_hz)
    kept = _kept(timeline, sample_rate_hz)
    lanes = []
    for source in timeline.sources:
        before = round(source.offset_s * sample_rate_hz)
        own = [replace(region, first=region.first - before) for region in kept]
        blocks = read_source(source, folder, sample_rate_hz=sample_rate_hz, channels=channels, block_s=block_s)
        lanes.append(spliced(blocks, own, total=total, channels=channels, size=size))
    for parts in zip(*lanes, strict=True):
        mixed = parts[0]
        for part in parts[1:]:
            mixed = mixed + part
        yield mixed


def read_source(
    source: Source, folder: Path, *, sample_rate_hz: int, channels: Literal[1, 2], block_s: float = 10.0
) -> Iterator[Block]:
    """What the timeline takes from one of its recordings, on that recording's own clock. Raises what `probe` raises."""
    return read_blocks(
        named_file(folder, source.file),
        sample_rate_hz=sample_rate_hz,
        channels=channels,
        block_s=block_s,
        accept_truncated=source.truncated,
        stream=source.stream,
        channel=source.only_channel,
        scale=source.scale,
    )


def _begins_s(container: InputContainer, stream: AudioStream) -> float:
    starts_s = [
        float(other.start_time * other.time_base)
        for other in container.streams.audio
        if other.start_time is not None and other.time_base is not None
    ]
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return round(float(stream.start_time * stream.time_base) - min(starts_s), 4)


def _chosen(path: Path, samples: Block, channel: int | None) -> Block:
    if channel is None:
        return samples
    if channel >= samples.shape[1]:
        count = "nur einen Kanal" if samples.shape[1] == 1 else f"{samples.shape[1]} Kanäle"
        raise AudioError(
            f"Einen Kanal {channel + 1} gibt es in dieser Aufnahme nicht; sie hat {count}.",
            where=path,
            advice='In episode.toml bei `channel` "left", "right" oder eine Nummer nennen, die es gibt.',
        )
    return samples[:, channel : channel + 1]


def _scale(peak: float, sample_format: str, codec: str, inspection: Inspection) -> float | None:
    """What stands for full scale in a file of floats that is not at ±1: the whole numbers that they were made from, or,
    in a very quiet one, its own peak, 20 dB lower. None for all others."""
    if not sample_format.startswith(("flt", "dbl")) or not codec.startswith(("pcm_f", "wavpack")):
        return None
    if peak >= _FAR_ABOVE:
        return next((full for full in _WHOLE_SCALES if peak <= full * 1.5), peak)
    if 0 < peak < _QUIET and inspection.is_lively():
        return peak * 10
    return None


def _kept(timeline: Timeline, sample_rate_hz: int) -> list[Region]:
    """The timeline's pieces in samples, each beginning where the one before it ends; `first` is on the recordings'
    clock."""
    if not timeline.pieces:
        return [Region(first=0, count=round(timeline.duration_s * sample_rate_hz), at=0)]
    last = timeline.pieces[-1]
    edges_s = [*(piece.at_s for piece in timeline.pieces), last.at_s + last.end_s - last.start_s]
    edges = [round(edge_s * sample_rate_hz) for edge_s in edges_s]
    return [
        Region(first=round(piece.start_s * sample_rate_hz), count=end - at, at=at)
        for piece, (at, end) in zip(timeline.pieces, pairwise(edges), strict=True)
    ]


def read_mono_16k(path: Path) -> Block:
    """The whole recording as Whisper expects it: one dimension, 16 kHz. One hour is 230 MB."""
    samples = bytearray()  # grows in place: joining a list of blocks would take twice the memory
    for block in read_blocks(path, sample_rate_hz=WHISPER_RATE_HZ, channels=1):
        samples += block.tobytes()
    return np.frombuffer(samples, np.float32)
