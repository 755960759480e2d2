"""Finds where a recording's timestamps jump: there sound is missing, and silence must stand in for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import av

_KEEP_TIME = {"matroska", "webm", "mov", "mp4", "ogg", "flv", "asf", "mpegts", "mpeg", "avi"}
"""ffmpeg's containers that give every packet its time; in the others samples simply follow each other."""

_LEAST_JUMP_S = 0.05  # timestamps are rounded to milliseconds, or to the length of a packet
_LEAST_LAG_S = 0.25  # many small losses
_MOST_S = 3600.0  # a longer gap is a clock that was set, no sound that is missing
_AT_ONCE_S = 1.0


def keeps_time(container_format: str) -> bool:
    """Whether the container's timestamps say where sound is missing. `container_format` as in "mov,mp4,m4a"."""
    return not _KEEP_TIME.isdisjoint(container_format.split(","))


class Clock:
    """Compares the time of every frame of one recording with the samples that were decoded before it."""

    def __init__(self) -> None:
        self._begin_s: float | None = None  # the time of the first sample, or of that after the clock was set
        self._position_s = 0.0  # of what was decoded, silence included
        self._end_s = 0.0  # of the last frame, by its own time

    def missing_s(self, frame: av.AudioFrame) -> float:
        """How many seconds are missing before the frame; then counts the frame."""
        length_s = frame.samples / frame.sample_rate
        missing_s = 0.0
        if frame.time is not None:
            if self._begin_s is None:
                self._begin_s = self._end_s = frame.time
            lag_s = frame.time - self._begin_s - self._position_s
            jump_s = frame.time - self._end_s
            if not -_LEAST_LAG_S < lag_s < _MOST_S:
                self._begin_s = frame.time - self._position_s
            elif lag_s > 0 and (jump_s >= _LEAST_JUMP_S or lag_s >= _LEAST_LAG_S):
                missing_s = lag_s
            self._end_s = frame.time + length_s
        self._position_s += missing_s + length_s
        return missing_s


def silent_frames(like: av.AudioFrame, seconds: float) -> Iterator[av.AudioFrame]:
    """Frames of silence in the format of `like`."""
    import av  # heavy

    count = round(seconds * like.sample_rate)
    raw: Any = like.to_ndarray()
    channels = like.layout.nb_channels
    nothing = 128 if raw.dtype == np.uint8 else 0
    while count > 0:
        size = min(count, round(_AT_ONCE_S * like.sample_rate))
        shape = (channels, size) if like.format.is_planar else (1, size * channels)
        frame = av.AudioFrame.from_ndarray(
            np.full(shape, nothing, raw.dtype), format=like.format.name, layout=like.layout.name
        )
        frame.sample_rate = like.sample_rate
        yield frame
        count -= size
