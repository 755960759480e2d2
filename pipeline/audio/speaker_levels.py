"""Decides how much each speaker is turned up, and when, from loudness per 100 ms and who speaks when.

`powers` are always mean squares of K-weighted samples, summed over the channels, one per 100 ms
(`GatedLoudness.powers`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d  # type: ignore[import-untyped]  # scipy ships no types

from pipeline.audio.gains import Envelope
from pipeline.audio.loudness import (
    GATING_STEPS,
    NOTHING_LUFS,
    SHORT_TERM_STEPS,
    STEP_S,
    gated_lufs,
    lufs_of,
    power_at,
    sliding_mean,
)
from pipeline.audio.tracks import gate
from pipeline.german.formatting import gain
from pipeline.values.audio import SpeakerLevel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.audio.levelling import Survey
    from pipeline.audio.loudness import Floats
    from pipeline.values.audio import Levelling, Timeline
    from pipeline.values.speech import SpeakerMap, SpeakerSpan

LARGEST_GAIN_DB = 18.0  # between speakers; more lifts the room's noise into the foreground
RAMP_S = 0.08  # before the next speaker: too short to be heard as a swell, long enough to avoid a click

_LEAST_S = 1.0  # of speech before a speaker's level is trusted
_LOUDER_LU = 3.0  # in a mixed recording no stretch may end up further above or below the common level:
_QUIETER_LU = 6.0  # who speaks there is a guess, and a wrong guess must not be far too loud or too quiet
_SLOW_DB = 9.0  # the slow leveller's reach
_SLOW_S = 3.0  # its standard deviation: about a turn, not a word
_AUDIBLE_LU = -20.0  # relative to the average; anything quieter is a pause, in which the slow leveller keeps its gain


@dataclass(frozen=True, slots=True, kw_only=True)
class LevellingPlan:
    """An envelope per lane, and the resulting loudness of the sum before the common gain."""

    envelopes: tuple[Envelope, ...]
    levelled_lufs: float
    speakers: tuple[SpeakerLevel, ...]
    notices: tuple[str, ...]

    def highest_db(self) -> float:
        return max(envelope.highest_db() for envelope in self.envelopes)


def plan_levelling(
    found: Survey, timeline: Timeline, speakers: SpeakerMap | None, levelling: Levelling
) -> LevellingPlan:
    """Plan how loud each lane is at each moment, so that all speakers come out equally loud.

    The reference is the loudness of the unlevelled whole. With one track per speaker, each track gets a gain, and its
    crosstalk is turned down while others speak. A mixed recording gets a gain per stretch. "slow" needs no speakers.
    """
    spans = speakers.spans if speakers else ()
    reference_lufs = found.filtered_lufs
    total = np.asarray(sum(found.powers))
    by_track = speakers is not None and speakers.method == "tracks"
    heard = {span.speaker: total for span in spans}
    if by_track:
        heard |= {
            source.speaker: powers
            for source, powers in zip(timeline.sources, found.powers, strict=True)
            if source.speaker in heard and source.speaker is not None
        }
    levels = measured_levels(heard, spans)
    envelopes = (Envelope.constant(0.0),) * len(found.powers)
    if levelling == "slow":
        envelopes = (slow_envelope(total, reference_lufs=reference_lufs),) * len(found.powers)
    elif levelling == "speakers" and spans:
        levels = matched(levels, reference_lufs=reference_lufs)
        if by_track:
            gains_db = {level.speaker: level.gain_db for level in levels}
            envelopes = tuple(
                _track_envelope(gains_db, spans, source.speaker, timeline.duration_s) for source in timeline.sources
            )
        else:
            envelopes = (envelope_of(levels, spans, total, reference_lufs=reference_lufs),) * len(found.powers)
    powers = sum(with_gain(own, envelope) for own, envelope in zip(found.powers, envelopes, strict=True))
    return LevellingPlan(
        envelopes=envelopes,
        levelled_lufs=gated_lufs(sliding_mean(np.asarray(powers), GATING_STEPS)),
        speakers=levels,
        notices=tuple(_capped_notice(level) for level in levels if level.capped),
    )


def measured_levels(powers: Mapping[int, Floats], spans: Sequence[SpeakerSpan]) -> tuple[SpeakerLevel, ...]:
    """Every speaker's share and level as recorded, with gains still 0; `powers` is keyed by speaker, numbered as in
    `spans`.

    The level is the median of the speaker's stretches, weighted by length; -inf if nothing can be heard.
    """
    return tuple(
        SpeakerLevel(
            speaker=speaker,
            spoken_s=round(sum(span.end_s - span.start_s for span in spans if span.speaker == speaker), 2),
            before_lufs=_level_lufs(own, spans, speaker),
            gain_db=0.0,
            capped=False,
        )
        for speaker, own in sorted(powers.items())
    )


def matched(levels: Sequence[SpeakerLevel], *, reference_lufs: float) -> tuple[SpeakerLevel, ...]:
    """The levels with the gain that brings each to `reference_lufs`, at most 18 dB either way.

    A speaker heard for less than a second keeps 0 dB.
    """
    found = []
    for level in levels:
        if level.spoken_s < _LEAST_S or level.before_lufs == NOTHING_LUFS:
            found.append(level)
            continue
        wanted_db = reference_lufs - level.before_lufs
        gain_db = float(np.clip(wanted_db, -LARGEST_GAIN_DB, LARGEST_GAIN_DB))
        found.append(replace(level, gain_db=round(gain_db, 2), capped=abs(wanted_db) > LARGEST_GAIN_DB))
    return tuple(found)


def envelope_of(
    levels: Sequence[SpeakerLevel], spans: Sequence[SpeakerSpan], powers: Floats, *, reference_lufs: float
) -> Envelope:
    """The gain of one mixed recording: each span's own, held through the pause after it, with 80 ms ramps before the
    next."""
    gains_db = {level.speaker: level.gain_db for level in levels}
    if not spans:
        return Envelope.constant(0.0)
    steps = [_span_gain_db(span, gains_db.get(span.speaker, 0.0), powers, reference_lufs) for span in spans]
    times_s, values_db = [spans[0].start_s], [steps[0]]
    for (_, before_db), (span, after_db) in pairwise(zip(spans, steps, strict=True)):
        if after_db != before_db:
            times_s += [max(times_s[-1], span.start_s - RAMP_S), max(times_s[-1] + RAMP_S, span.start_s)]
            values_db += [before_db, after_db]
    return Envelope(np.array(times_s), np.array(values_db))


def slow_envelope(powers: Floats, *, reference_lufs: float) -> Envelope:
    """A gain that follows the short-term loudness over many seconds, at most 9 dB either way; pauses keep the gain."""
    short_term = sliding_mean(powers, SHORT_TERM_STEPS)
    heard = np.flatnonzero(short_term > power_at(reference_lufs + _AUDIBLE_LU))
    if not len(heard):
        return Envelope.constant(0.0)
    wanted_db = np.clip(reference_lufs - lufs_of(short_term[heard]), -_SLOW_DB, _SLOW_DB)
    held_db = wanted_db[np.maximum(np.searchsorted(heard, np.arange(len(short_term)), side="right") - 1, 0)]
    smoothed_db = gaussian_filter1d(held_db, _SLOW_S / STEP_S, mode="nearest")
    times_s = (np.arange(len(short_term)) + SHORT_TERM_STEPS / 2) * STEP_S
    return Envelope(times_s.astype(np.float64), np.asarray(smoothed_db))


def with_gain(powers: Floats, envelope: Envelope) -> Floats:
    """The powers after the envelope is applied."""
    middles_s = (np.arange(len(powers)) + 0.5).astype(np.float64) * STEP_S
    return np.asarray(powers * 10 ** (envelope.at(middles_s) / 10))


def levels_after(
    levels: Sequence[SpeakerLevel], powers: Floats, spans: Sequence[SpeakerSpan]
) -> tuple[SpeakerLevel, ...]:
    """The levels with those measured in the finished file's powers added."""
    return tuple(replace(level, after_lufs=_level_lufs(powers, spans, level.speaker)) for level in levels)


def spread_lu(levels: Sequence[SpeakerLevel]) -> float:
    """The difference between the loudest and the quietest speaker in the finished file, among those heard for at least
    a second."""
    heard = [
        level.after_lufs
        for level in levels
        if level.spoken_s >= _LEAST_S and level.after_lufs is not None and level.after_lufs != NOTHING_LUFS
    ]
    return max(heard) - min(heard) if heard else 0.0


def _track_envelope(
    gains_db: Mapping[int, float], spans: Sequence[SpeakerSpan], speaker: int | None, duration_s: float
) -> Envelope:
    """The gain of a speaker's track, turned down while others have the floor. A track without a speaker stays open.

    In a pause the last speaker keeps the floor, so that the room noise does not come and go.
    """
    if speaker is None:
        return Envelope.constant(0.0)
    starts = [0.0, *(span.start_s for span in spans[1:]), duration_s]
    held = [replace(span, start_s=start, end_s=end) for span, (start, end) in zip(spans, pairwise(starts), strict=True)]
    return Envelope.constant(gains_db.get(speaker, 0.0)) + Envelope(*gate(held, speaker, duration_s))


def _capped_notice(level: SpeakerLevel) -> str:
    is_quiet = level.gain_db > 0
    return (
        f"Stimme {level.speaker + 1} ist mehr als {LARGEST_GAIN_DB:.0f} dB {'leiser' if is_quiet else 'lauter'} als "
        f"die anderen und wurde nur {gain(level.gain_db, 0)}. Nächstes Mal "
        f"{'näher ans Mikrofon oder höher' if is_quiet else 'weiter weg vom Mikrofon oder niedriger'} aussteuern."
    )


def _level_lufs(powers: Floats, spans: Sequence[SpeakerSpan], speaker: int) -> float:
    """The median loudness of the speaker's stretches, weighted by length, so that a stretch wrongly given to the
    speaker does not move it. -inf if nothing can be heard."""
    own = [(_stretch_lufs(powers, span), span.end_s - span.start_s) for span in spans if span.speaker == speaker]
    heard = sorted(entry for entry in own if entry[0] != NOTHING_LUFS)
    if not heard:
        return NOTHING_LUFS
    levels_lufs, lengths_s = np.array(heard).T
    middles_s = np.cumsum(lengths_s) - lengths_s / 2
    return float(np.interp(lengths_s.sum() / 2, middles_s, levels_lufs))


def _stretch_lufs(powers: Floats, span: SpeakerSpan) -> float:
    first, last = int(np.ceil(span.start_s / STEP_S - 1e-6)), int(np.floor(span.end_s / STEP_S + 1e-6))
    return gated_lufs(sliding_mean(powers[first:last], GATING_STEPS))


def _span_gain_db(span: SpeakerSpan, gain_db: float, powers: Floats, reference_lufs: float) -> float:
    """The speaker's gain, limited so that this stretch does not end up far from the common level."""
    lufs = _stretch_lufs(powers, span)
    if lufs == NOTHING_LUFS:
        return gain_db
    lowest_db, highest_db = reference_lufs - _QUIETER_LU - lufs, reference_lufs + _LOUDER_LU - lufs
    bounded_db = float(np.clip(gain_db, lowest_db, highest_db))
    return float(np.clip(bounded_db, -LARGEST_GAIN_DB, LARGEST_GAIN_DB))
