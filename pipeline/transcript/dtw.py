"""Dynamic time warping within a band: find the moment of a synthetic reading for each moment of a recording.

Sakoe and Chiba (1978), with the recording as the axis that always advances: for each of its frames the reading stands
still or advances by one to three frames, so a row needs only the previous row and numpy computes a whole row at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_FASTEST = 3  # frames of the reading per frame of the recording
_PAUSE_COST = 0.8  # a frame of sound that is not in the reading: a little less than two unrelated frames
_SILENT_COST = 0.5  # added to a frame of the reading while the recording is silent
_HASTE_COST = np.float32(0.1)  # for every skipped frame of the reading
_ROWS = 512  # their costs are computed at once
_FAR = np.float32(1e9)


def warp(
    recording: NDArray[np.float32],
    reading: NDArray[np.float32],
    *,
    pauses: NDArray[np.bool_],
    silent: NDArray[np.bool_],
    begin: int,
    end: int,
    band: int,
    listen: Callable[[int], None] | None = None,
) -> NDArray[np.int32]:
    """The frame of `reading` (m, d) that belongs to each frame of `recording` (n, d); never decreasing.

    Rows have length 1; the cost of two frames is 1 minus their scalar product, 0 to 2. While `pauses` (m,) is true, the
    reading waits, whatever the recording contains; the first and the last frame must be pauses. While `silent` (n,) is
    true, waiting costs nothing and advancing costs more.
    Speech is expected from frame `begin` to frame `end` of the recording; the path stays within `band` frames of the
    reading around the straight line between them. Memory: n × 2·band bytes. `listen` gets the number of rows done.
    """
    rows, columns = len(recording), len(reading)
    width = min(2 * band + 1, columns)
    places = np.interp(np.arange(rows), [begin, max(end, begin + 1)], [0, columns - 1])
    lefts = np.clip(np.round(places).astype(np.int64) - band, 0, columns - width)
    steps = np.zeros((rows, width), np.uint8)
    best = np.full(width + 2 * _FASTEST + 1, _FAR, np.float32)  # padded: nothing comes from outside the band
    best[_FASTEST] = 0.0  # column 0, before the first frame
    before = 0
    for first in range(0, rows, _ROWS):
        last = min(first + _ROWS, rows)
        low, high = int(lefts[first]), int(lefts[last - 1]) + width
        costs = 1.0 - recording[first:last] @ reading[low:high].T
        costs[silent[first:last]] += _SILENT_COST
        costs[:, pauses[low:high]] = np.where(silent[first:last], 0.0, _PAUSE_COST)[:, None]
        for row in range(first, last):
            left = int(lefts[row])
            shift = left - before
            if shift > _FASTEST + 1:  # a recording much shorter than the reading: what leaves the band is lost
                best = np.concatenate((best[shift:], np.full(shift, _FAR, np.float32)))
                shift = 0
            came = best[_FASTEST + shift : _FASTEST + shift + width].copy()
            step = steps[row]
            for back in range(1, _FASTEST + 1):
                other = best[_FASTEST + shift - back : _FASTEST + shift - back + width] + _HASTE_COST * (back - 1)
                nearer = other < came
                step[nearer] = back
                np.minimum(came, other, out=came)
            best[:] = _FAR
            best[_FASTEST : _FASTEST + width] = came + costs[row - first, left - low : left - low + width]
            before = left
        if listen:
            listen(last)
    return _path(steps, lefts, columns)


def _path(steps: NDArray[np.uint8], lefts: NDArray[np.int64], columns: int) -> NDArray[np.int32]:
    path = np.empty(len(steps), np.int32)
    place = columns - 1
    for row in range(len(steps) - 1, -1, -1):
        path[row] = place
        column = min(max(place - int(lefts[row]), 0), steps.shape[1] - 1)
        place = max(place - int(steps[row, column]), 0)
    return path
