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
from pipeline.media.blocks import Block, Region, regrouped, spliced, two_at_most, with_channels
from pipeline.media.decoding import decoded_frames, ends_early, floats, not_numbers, opened, resampled
from pipeline.media.headers import announced_s
from pipeline.media.inspection import Inspection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal

    from pipeline.values.audio import Timeline

WHISPER_RATE_HZ = 16_000


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
    inverted: bool = False  # the two channels cancel each other
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


def probe(path: Path, *, accept_truncated: bool = False) -> Recording:
    """Decode the whole recording and report what it contains.

    Raises MissingFileError if there is no such file, and AudioError if it is unreadable, empty, not audio, a picture or
    a video without sound, damaged in the middle, or shorter than its own header says (TruncatedError, unless accepted).
    """
    with opened(path) as (container, stream):
        promised_s = announced_s(path, container.format.name, stream)
        frames = decoded_frames(path, container, stream, accept_truncated=accept_truncated)
        first = next(frames)
        samples, rate = 0, first.sample_rate
        peak = 0.0
        inspection = Inspection()
        for frame in chain((first,), frames):
            decoded = floats(frame)
            inspection.add(decoded, start_s=samples / rate, sample_rate_hz=rate, repaired=not_numbers(frame))
            samples += round(frame.samples * rate / frame.sample_rate)
            peak = max(peak, float(np.abs(decoded).max(initial=0.0)))
        return Recording(
            duration_s=samples / rate,
            sample_rate_hz=rate,
            channels=first.layout.nb_channels,
            codec=stream.codec_context.name,
            peak_dbfs=float(20 * np.log10(peak)) if peak else float("-inf"),
            repaired=inspection.repaired,
            clipped_s=tuple(inspection.clipped_s),
            empty_channel=inspection.empty_channel(),
            inverted=inspection.is_inverted(),
            truncated_s=promised_s if ends_early(samples / rate, promised_s) else None,
        )


def read_blocks(
    path: Path,
    *,
    sample_rate_hz: int,
    channels: Literal[1, 2],
    block_s: float = 10.0,
    accept_truncated: bool = False,
) -> Iterator[Block]:
    """The recording at the given rate, in blocks of `block_s` seconds; the last may be shorter.

    Two channels become one by their mean; one becomes two by doubling it. Raises what `probe` raises.
    """
    decoded = resampled(path, sample_rate_hz, accept_truncated=accept_truncated)
    parts = (with_channels(two_at_most(samples, names), channels) for samples, names in decoded)
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
        blocks = read_blocks(
            named_file(folder, source.file),
            sample_rate_hz=sample_rate_hz,
            channels=channels if source.only_channel is None else 2,
            block_s=block_s,
            accept_truncated=source.truncated,
        )
        if source.only_channel is not None:
            blocks = _one_of_two(blocks, source.only_channel, channels)
        lanes.append(spliced(blocks, own, total=total, channels=channels, size=size))
    for parts in zip(*lanes, strict=True):
        mixed = parts[0]
        for part in parts[1:]:
            mixed = mixed + part
        yield mixed


def _one_of_two(blocks: Iterator[Block], channel: int, channels: Literal[1, 2]) -> Iterator[Block]:
    return (with_channels(block[:, channel : channel + 1], channels) for block in blocks)


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
