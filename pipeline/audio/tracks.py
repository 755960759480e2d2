"""Aligns one recording per speaker: when each began, whose clock ran faster, and when each is turned down for others.

Microphones in one room hear each other, however faintly. The rhythm of the syllables (rises of the level, 100 a second)
is compared over the whole length and gives the offset to 10 ms; the sound itself, in windows along the recordings
(generalised cross-correlation with phase transform, Knapp and Carter 1976), gives it to a millisecond, and the drift.
If these windows do not agree with each other, the recordings have nothing in common and no offset is claimed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import fft  # type: ignore[import-untyped]  # scipy ships no types

from pipeline.media import pcm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.audio.loudness import Floats
    from pipeline.media.blocks import Block
    from pipeline.values.speech import SpeakerSpan

CLOSED_DB = -18.0  # not muted: laughter and interjections stay audible
_LEAD_S, _HANG_S, _RAMP_S = 0.15, 0.3, 0.06

_RATE_HZ = 8000
_STEPS_PER_S = 100
_STEP = _RATE_HZ // _STEPS_PER_S
_RISE_STEPS = 3  # a syllable's level rises within some 30 ms
_AUDIBLE_DB = 12.0  # above the noise floor, so that its flicker is not taken for a rise
_CANDIDATES = 4  # offsets that the rhythm proposes; the sound decides
_APART_STEPS = 20

_LONGEST_WINDOW_S, _SHORTEST_WINDOW_S = 12.0, 2.0
_WINDOWS = 12  # at least, if the recordings are long enough
_MOST_WINDOWS = 24
_REACH_S = 0.06  # around the offset that the rhythm gives; drift of 100 ppm is 36 ms in six minutes
_AGREEING_S = 0.009  # a voice near one microphone is late at the other: 3 ms a metre, one way or the other
_MOST_CHANCE = 1e-3  # of windows agreeing so well with nothing in common
_DRIFT_FROM_S = 120.0  # a line through less means nothing
_MOST_PPM = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Where a track lies: `offset_s` on the recordings' clock, exact at the track's middle. `drift_ppm`: how much
    faster its device counted than that of the track it was compared with. `found`: by comparison; otherwise the offset
    is given, that of the first track, or unknown."""

    offset_s: float
    drift_ppm: float = 0.0
    found: bool = False
    apart_s: float = 0.0  # by how much the drift displaces the track's ends


class _Track(NamedTuple):
    path: Path
    stream: int | None
    channel: int | None

    def blocks(self) -> Iterator[Block]:
        return pcm.read_blocks(
            self.path,
            sample_rate_hz=_RATE_HZ,
            channels=1,
            accept_truncated=True,  # probed before
            stream=self.stream,
            channel=self.channel,
        )


def align(
    paths: Sequence[Path], given: Sequence[float | None], *, parts: Sequence[tuple[int | None, int | None]] = ()
) -> tuple[Alignment, ...]:
    """Place every track. `parts` are the audio stream and the channel of each that counts. `given` are offsets in
    seconds that people wrote, which are kept; None is to be found.

    A track that has nothing in common with any placed before it begins with the recordings' clock (`found` is False).
    Without given offsets the clock begins with the earliest track. Memory is 100 numbers a second, plus the windows.
    Raises what reading the recordings raises.
    """
    if all(offset_s is not None for offset_s in given):
        return tuple(Alignment(offset_s=offset_s or 0.0) for offset_s in given)
    tracks = [_Track(path, *part) for path, part in zip(paths, parts or [(None, None)] * len(paths), strict=True)]
    rhythms = [_rhythm(track) for track in tracks]
    placed = {index: Alignment(offset_s=offset_s) for index, offset_s in enumerate(given) if offset_s is not None}
    if not placed:
        placed[0] = Alignment(offset_s=0.0)
    for index, track in enumerate(tracks):
        if index in placed:
            continue
        for other, there in sorted(placed.items()):
            if not there.found and given[other] is None and other != 0:
                continue  # itself a guess
            heard = _compared(tracks[other], rhythms[other], track, rhythms[index])
            if heard is not None:
                later_s, drift_ppm, length_s = heard
                placed[index] = Alignment(
                    offset_s=there.offset_s + later_s,
                    drift_ppm=round(drift_ppm, 1),
                    found=True,
                    apart_s=abs(drift_ppm) * 1e-6 * length_s / 2,
                )
                break
        else:
            placed[index] = Alignment(offset_s=0.0)
    earliest_s = 0.0
    if all(offset_s is None for offset_s in given):
        earliest_s = min(there.offset_s for there in placed.values())
    return tuple(
        Alignment(
            offset_s=round(placed[index].offset_s - earliest_s, 4) + 0.0,
            drift_ppm=placed[index].drift_ppm,
            found=placed[index].found,
            apart_s=placed[index].apart_s,
        )
        for index in range(len(paths))
    )


def gate(spans: Sequence[SpeakerSpan], speaker: int, duration_s: float) -> tuple[Floats, Floats]:
    """A track's gain over time, as (seconds, decibels), linear in between: 0 dB while its speaker speaks, from 150 ms
    before to 300 ms after, otherwise -18 dB. Breakpoints from 0 to `duration_s`, in time order."""
    open_spans: list[tuple[float, float]] = []
    for span in spans:
        if span.speaker != speaker:
            continue
        start_s, end_s = max(0.0, span.start_s - _LEAD_S), min(duration_s, span.end_s + _HANG_S)
        if open_spans and start_s - open_spans[-1][1] <= 2 * _RAMP_S:
            open_spans[-1] = (open_spans[-1][0], end_s)
        else:
            open_spans.append((start_s, end_s))
    edges_s = [(start_s - _RAMP_S, start_s, end_s, end_s + _RAMP_S) for start_s, end_s in open_spans]
    times_s = np.array(edges_s).reshape(-1)
    gains_db = np.tile([CLOSED_DB, 0.0, 0.0, CLOSED_DB], len(open_spans))
    if not open_spans:
        return np.array([0.0, duration_s]), np.array([CLOSED_DB, CLOSED_DB])
    inside = (times_s > 0) & (times_s < duration_s)
    ends_db = np.interp(np.array([0.0, duration_s]), times_s, gains_db)
    return (
        np.concatenate(([0.0], times_s[inside], [duration_s])),
        np.concatenate((ends_db[:1], gains_db[inside], ends_db[1:])),
    )


# --- rhythm -----------------------------------------------------------------------------------------------------------


def _rhythm(track: _Track) -> Floats:
    """How much the level rises, 100 values a second, with mean 0 and variance 1; all 0 for a track without rises."""
    parts = [np.zeros(0)]
    rest = np.zeros(0, np.float32)
    for block in track.blocks():
        samples = np.concatenate((rest, np.diff(block[:, 0], prepend=block[0, 0])))  # brighter: less rumble
        whole = len(samples) - len(samples) % _STEP
        parts.append(np.square(samples[:whole]).reshape(-1, _STEP).mean(axis=1, dtype=np.float64))
        rest = samples[whole:]
    powers = np.concatenate(parts)
    heard = powers[powers > 0]
    if not len(heard):
        return np.zeros(len(powers))
    floor = np.percentile(heard, 10) * 10 ** (_AUDIBLE_DB / 10)
    levels = 10 * np.log10(powers + floor)
    rises = np.zeros(len(levels))
    rises[_RISE_STEPS:] = np.maximum(0.0, levels[_RISE_STEPS:] - levels[:-_RISE_STEPS])
    spread = rises.std()
    return np.asarray((rises - rises.mean()) / spread) if spread else np.zeros(len(rises))


def _candidates_s(first: Floats, second: Floats) -> list[float]:
    """By how many seconds the second may begin later, best first."""
    size = fft.next_fast_len(len(first) + len(second))
    correlation = fft.irfft(fft.rfft(first, size) * np.conj(fft.rfft(second, size)), size)
    found = []
    for _ in range(_CANDIDATES):
        best = int(np.argmax(correlation))
        found.append((best if best < len(first) else best - size) / _STEPS_PER_S)
        near = np.arange(best - _APART_STEPS, best + _APART_STEPS + 1) % size
        correlation[near] = -np.inf
    return found


# --- sound ------------------------------------------------------------------------------------------------------------


def _compared(
    first: _Track, first_rhythm: Floats, second: _Track, second_rhythm: Floats
) -> tuple[float, float, float] | None:
    """How much later the second begins (seconds, at the middle of what both cover), its drift in parts per million, and
    how long both run; None if the sound does not confirm the rhythm."""
    for later_s in _candidates_s(first_rhythm, second_rhythm):
        start_s = max(0.0, later_s)
        end_s = min(len(first_rhythm) / _STEPS_PER_S, later_s + len(second_rhythm) / _STEPS_PER_S)
        window_s = min(_LONGEST_WINDOW_S, (end_s - start_s) / _WINDOWS)
        if window_s < _SHORTEST_WINDOW_S:
            continue
        starts_s = _window_starts((start_s, end_s), window_s, first_rhythm, second_rhythm, later_s)
        ours = _windows(first, starts_s, window_s)
        theirs = _windows(second, [start - later_s for start in starts_s], window_s)
        lags_s = np.array([_lag_s(one, other) for one, other in zip(ours, theirs, strict=True)])
        middles_s = np.array(starts_s) + window_s / 2
        line = _line(middles_s, lags_s)
        if line is not None:
            slope, at_middle_s = line
            return later_s + at_middle_s, -slope * 1e6, end_s - start_s
    return None


def _window_starts(
    both_s: tuple[float, float], window_s: float, first: Floats, second: Floats, later_s: float
) -> list[float]:
    """Where windows of the first track begin: spread over what both cover, where both levels rise together most."""
    start_s, end_s = both_s
    count = int((end_s - start_s) / window_s + 1e-6)
    starts_s = [start_s + number * (end_s - start_s - window_s) / max(1, count - 1) for number in range(count)]
    steps = round(window_s * _STEPS_PER_S)

    def alike(number: int) -> float:
        at, there = round(starts_s[number] * _STEPS_PER_S), round((starts_s[number] - later_s) * _STEPS_PER_S)
        one, other = first[at : at + steps], second[max(0, there) : max(0, there) + steps]
        length = min(len(one), len(other))
        return float(one[:length] @ other[:length])

    groups = np.array_split(np.arange(count), min(count, _MOST_WINDOWS))
    return [starts_s[max(group, key=alike)] for group in groups]


def _windows(track: _Track, starts_s: Sequence[float], window_s: float) -> list[Floats]:
    """The track's sound in each window, read in one pass."""
    count = round(window_s * _RATE_HZ)
    firsts = [round(start_s * _RATE_HZ) for start_s in starts_s]
    found = [np.zeros(count) for _ in starts_s]
    position = 0
    for block in track.blocks():
        for window, first in zip(found, firsts, strict=True):
            start, end = max(first, position), min(first + count, position + len(block))
            if start < end:
                window[start - first : end - first] = block[start - position : end - position, 0]
        position += len(block)
    return found


def _lag_s(one: Floats, other: Floats) -> float:
    """By how many seconds `one` lags behind `other`, at most 60 ms either way."""
    size = fft.next_fast_len(2 * len(one))
    spectrum = fft.rfft(one, size) * np.conj(fft.rfft(other, size))
    magnitude = np.abs(spectrum)
    correlation = fft.irfft(spectrum / (magnitude + 1e-3 * magnitude.max() + 1e-30), size)
    reach = round(_REACH_S * _RATE_HZ)
    near = np.concatenate((correlation[-reach:], correlation[: reach + 1]))
    return (int(np.argmax(near)) - reach) / _RATE_HZ


def _line(times_s: Floats, lags_s: Floats) -> tuple[float, float] | None:
    """Slope, and value at the middle, of the line on which most lags lie; None if too few agree."""
    middle_s = (times_s[0] + times_s[-1]) / 2
    best: NDArray[np.bool_] = np.zeros(len(lags_s), bool)
    for i in range(len(lags_s)):
        for j in range(i, len(lags_s)):
            apart_s = times_s[j] - times_s[i]
            slope = (lags_s[j] - lags_s[i]) / apart_s if apart_s >= _DRIFT_FROM_S else 0.0
            if abs(slope) > _MOST_PPM * 1e-6:
                continue
            agreeing = np.abs(lags_s - lags_s[i] - slope * (times_s - times_s[i])) <= _AGREEING_S
            if agreeing.sum() > best.sum():
                best = agreeing
    if _chance(len(lags_s), int(best.sum())) > _MOST_CHANCE:
        return None
    times, lags = times_s[best], lags_s[best]
    if times[-1] - times[0] < _DRIFT_FROM_S:
        return 0.0, float(np.median(lags))
    slope, at_middle_s = np.polyfit(times - middle_s, lags, 1)
    return float(slope), float(at_middle_s)


def _chance(windows: int, agreeing: int) -> float:
    """How likely it is that so many windows lie on one of all lines tried, if each lag is random within reach."""
    share = _AGREEING_S / _REACH_S
    others = windows - 1
    tail = sum(
        math.comb(others, count) * share**count * (1 - share) ** (others - count)
        for count in range(agreeing - 1, others + 1)
    )
    return _CANDIDATES * windows**2 * tail
