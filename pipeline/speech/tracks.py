"""Finds who speaks when from the levels of one track per speaker.

Every microphone hears everybody, so a track is active only within 10 dB of the loudest one, and the loudest of several
active tracks speaks. Levels are compared after each track's own speech has been brought to one level (by 9 dB at most);
otherwise a soft microphone would lose every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.values.speech import SpeakerSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.activity import Stretch

FRAME_S = 0.02
_GATE_DB = 10.0
_LEVELLED_DB = 9.0  # less than the gate, so that a track of nothing but bleed stays behind
_SMOOTHED_S = 0.3  # a shorter change of the loudest track is not a change of speaker
_QUIET_DB = 20.0  # below the usual level of speech
_FLOOR = 1e-10  # mean square: -100 dBFS


def frame_levels(blocks: Iterable[NDArray[np.float32]], *, sample_rate_hz: int) -> NDArray[np.float32]:
    """The level in dBFS of every frame of FRAME_S; blocks are mono samples of any length."""
    import numpy as np

    size = round(FRAME_S * sample_rate_hz)
    levels = [np.zeros(0, np.float32)]
    rest = np.zeros(0, np.float32)
    for block in blocks:
        samples = np.concatenate([rest, block])
        whole = len(samples) // size * size
        levels.append(_decibels(samples[:whole].reshape(-1, size)))
        rest = samples[whole:]
    if len(rest):
        levels.append(_decibels(np.pad(rest, (0, size - len(rest)))[None]))
    return np.concatenate(levels)


def spans_of_tracks(
    levels: NDArray[np.float32], speakers: Sequence[int], speech: Sequence[Stretch]
) -> tuple[SpeakerSpan, ...]:
    """Find who speaks when. `levels` has shape (tracks, frames), with a row for each of `speakers`; `speech` is where
    anybody speaks. Confidence is 1 where no other track passes the gate, 0 where another one is as loud."""
    import numpy as np

    frames = levels.shape[1]
    spoken = np.zeros(frames, dtype=bool)
    for stretch in speech:
        spoken[round(stretch.start_s / FRAME_S) : round(stretch.end_s / FRAME_S)] = True
    if not spoken.any():
        return ()
    compared = _levelled(levels, spoken)
    loudest = _smoothed(_owners(compared, spoken), len(speakers))
    confidence = _confidence(compared, loudest)
    owner = np.where(spoken, loudest, -1)
    edges = np.flatnonzero(np.diff(owner, prepend=-1, append=-1))
    return tuple(
        SpeakerSpan(
            start_s=first * FRAME_S,
            end_s=last * FRAME_S,
            speaker=speakers[owner[first]],
            confidence=float(confidence[first:last].mean()),
        )
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if owner[first] >= 0
    )


def _decibels(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    mean_square = np.mean(np.square(frames), axis=1)
    levels: NDArray[np.float32] = 10 * np.log10(np.maximum(mean_square, _FLOOR))
    return levels


def _levelled(levels: NDArray[np.float32], spoken: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The levels, with each track's own speech raised to that of the loudest by 9 dB at most. A track's own speech is
    the median while it is the loudest."""
    import numpy as np

    loudest = np.argmax(levels, axis=0)
    owned = [levels[track, spoken & (loudest == track)] for track in range(len(levels))]
    own = np.array([np.median(level) if len(level) else np.inf for level in owned], dtype=np.float32)
    top = own[np.isfinite(own)].max(initial=-np.inf)
    correction = np.clip(top - own, 0, _LEVELLED_DB)
    correction[~np.isfinite(own)] = 0
    levelled: NDArray[np.float32] = levels + correction[:, None]
    return levelled


def _owners(levels: NDArray[np.float32], spoken: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The loudest track of every frame. Frames of breath and noise do not decide: they take the track of the nearest
    loud one."""
    import numpy as np

    peaks = levels.max(axis=0)
    telling = np.flatnonzero(spoken & (peaks >= np.median(peaks[spoken]) - _QUIET_DB))
    frames = np.arange(levels.shape[1])
    halfway = (telling[:-1] + telling[1:]) / 2
    owners: NDArray[np.intp] = np.argmax(levels, axis=0)[telling[np.searchsorted(halfway, frames)]]
    return owners


def _smoothed(labels: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The most frequent label around each frame."""
    import numpy as np
    from scipy.ndimage import uniform_filter1d  # type: ignore[import-untyped]

    width = round(_SMOOTHED_S / FRAME_S) | 1
    votes = [uniform_filter1d((labels == label).astype(np.float32), width, mode="nearest") for label in range(count)]
    elected: NDArray[np.intp] = np.argmax(np.stack(votes), axis=0)
    return elected


def _confidence(levels: NDArray[np.float32], loudest: NDArray[np.intp]) -> NDArray[np.float32]:
    """How far the others are below the speaker, as a fraction of the gate."""
    import numpy as np

    frames = np.arange(levels.shape[1])
    others = levels.copy()
    others[loudest, frames] = -np.inf
    margin = levels[loudest, frames] - others.max(axis=0)
    confidence: NDArray[np.float32] = np.clip(margin / _GATE_DB, 0, 1)
    return confidence
