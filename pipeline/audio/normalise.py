"""Turns a timeline's recordings into one levelled FLAC, which is not limited yet."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline.audio.cleaning import noise_floor_dbfs, without_hum, without_noise
from pipeline.audio.deesser import deessed, speech_level_dbfs
from pipeline.audio.edits import softened
from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.gains import Envelope
from pipeline.audio.levelling import levelled, survey
from pipeline.audio.loudness import NOTHING_LUFS
from pipeline.audio.music import with_music
from pipeline.audio.rehearsal import BLOCK_S, Rehearsal, first_plan
from pipeline.audio.segments import faded
from pipeline.audio.silence import silent_recording
from pipeline.audio.speaker_levels import plan_levelling
from pipeline.audio.spool import Spool
from pipeline.build.files import named_file
from pipeline.media import pcm
from pipeline.media.blocks import keep_freed_memory, regrouped
from pipeline.values.audio import NormaliseReport
from pipeline.values.progress import Notice, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.audio.levelling import Survey
    from pipeline.audio.speaker_levels import LevellingPlan
    from pipeline.media.blocks import Block
    from pipeline.values.audio import AudioSettings, Rehearsed, Source, Timeline
    from pipeline.values.progress import Listener
    from pipeline.values.speech import SpeakerMap

HEADROOM_DB = 12.0  # integers clip at full scale; speech at -16 LUFS peaks around 0 dBTP, laughter and claps above
_HEADROOM_STEP_DB = 6.0
_HIGH_PASS_MARGIN_DB = 3.0  # shifting phases can raise a peak
_LARGE_GAIN_DB = 18.0
_DUAL_MONO_LU = 10 * math.log10(2)  # one channel that two speakers play
_FLAC = [
    *("-c:a", "flac", "-compression_level", "5", "-frame_size", "8192"),  # larger frames are faster, and decode faster
    *("-sample_fmt", "s32", "-bits_per_raw_sample", "24", "-f", "flac"),
]


def normalise(
    timeline: Timeline,
    folder: Path,
    settings: AudioSettings,
    flac: Path,
    *,
    speakers: SpeakerMap | None = None,
    episodes: Path | None = None,
    listener: Listener,
) -> NormaliseReport:
    """Bring the speakers to one level and the whole to the target loudness, remove rumble below 80 Hz, and fade both
    ends.

    `speakers` says who is heard when; one gain serves all if `settings.levelling` is "off", or "speakers" while this is
    None. `episodes` is the folder of the timeline's music, by default the parent of `folder`. `flac` gets 24-bit
    samples at `settings.sample_rate_hz`, one channel if all recordings and all music have one (or the settings ask for
    one), else two. They lie `headroom_db` below the target, so that no peak is clipped: `encode` raises them again and
    limits. What `encode` will first try is tried out here, while the samples are at hand. The recordings are decoded
    and cleaned once, to measure, and kept beside `flac` until it is written; if the disk has no room for that (see
    `Spool`), they are decoded twice. Reducing noise takes one more pass, and so do sibilants. Memory does not grow with
    length, except by a number per 100 ms. Raises AudioError if there is nothing to hear, StorageError, and what reading
    the recordings raises.
    """
    keep_freed_memory()
    channels = _channels(timeline, settings)
    rate = settings.sample_rate_hz

    floors_dbfs = _floors_dbfs(timeline, folder, settings)
    measured = tuple(zip(floors_dbfs, _levels_dbfs(timeline, folder, settings), strict=True))

    def cleaned() -> Iterator[tuple[Block, ...]]:
        return _lanes(timeline, folder, settings, channels, measured)

    samples = round(timeline.duration_s * rate)
    with Spool(flac.parent, count=len(timeline.sources), samples=samples, channels=channels) as spool:
        found = survey(
            _watched(spool.through(cleaned()), 0, timeline, rate, listener),
            count=len(timeline.sources),
            sample_rate_hz=rate,
            channels=channels,
            dual_mono=channels < settings.channels,
        )
        if found.filtered_lufs == NOTHING_LUFS:
            raise silent_recording(named_file(folder, timeline.sources[0].file))
        plan = plan_levelling(found, timeline, speakers, settings.levelling)
        report = _report(found, plan, settings)
        for text in report.notices:
            listener(Notice(text=text))
        common = Envelope.constant(report.gain_db - report.headroom_db)
        quieter = levelled(
            _watched(spool.again() or cleaned(), 1, timeline, rate, listener),
            tuple(envelope + common for envelope in plan.envelopes),
            sample_rate_hz=rate,
        )
        rehearsed = _write(
            flac,
            quieter,
            timeline=timeline,
            episodes=episodes or folder.parent,
            settings=settings,
            headroom_db=report.headroom_db,
            channels=channels,
        )
    return replace(report, rehearsed=rehearsed)


def _report(found: Survey, plan: LevellingPlan, settings: AudioSettings) -> NormaliseReport:
    gain_db = settings.target_lufs - plan.levelled_lufs
    return NormaliseReport(
        before=found.before,
        gain_db=gain_db,
        headroom_db=headroom_db(found.before.true_peak_dbtp + gain_db + plan.highest_db()),
        levelling=settings.levelling,
        speakers=plan.speakers,
        curve=found.curve,
        notices=(*_notices(settings.target_lufs - found.filtered_lufs), *plan.notices),
    )


def _write(
    flac: Path,
    levelled_blocks: Iterable[Block],
    *,
    timeline: Timeline,
    episodes: Path,
    settings: AudioSettings,
    headroom_db: float,
    channels: Literal[1, 2],
) -> Rehearsed:
    """Write the FLAC with joints softened, music and faded ends, and try out what `encode` will try first."""
    rate = settings.sample_rate_hz
    dual_mono = channels < settings.channels
    complete = with_music(
        softened(levelled_blocks, timeline, sample_rate_hz=rate),
        timeline,
        episodes,
        sample_rate_hz=rate,
        channels=channels,
        level_lufs=settings.target_lufs - headroom_db - (_DUAL_MONO_LU if dual_mono else 0.0),
    )
    plan = first_plan(settings, headroom_db)
    rehearsal = Rehearsal(plan, sample_rate_hz=rate, channels=channels, dual_mono=dual_mono)
    rounded = rehearsal.through(_rounded(faded(complete, sample_rate_hz=rate)))
    encode_stream(_integers(rounded), flac, sample_rate_hz=rate, channels=channels, options=_FLAC)
    return rehearsal.result()


def headroom_db(peak_dbtp: float) -> float:
    """How far below the target the FLAC's samples lie: 12 dB, or more in steps of 6 dB if peaks require it."""
    return max(HEADROOM_DB, _HEADROOM_STEP_DB * math.ceil((peak_dbtp + _HIGH_PASS_MARGIN_DB) / _HEADROOM_STEP_DB))


def _lanes(
    timeline: Timeline,
    folder: Path,
    settings: AudioSettings,
    channels: Literal[1, 2],
    measured: Sequence[tuple[float | None, float | None]],
) -> Iterator[tuple[Block, ...]]:
    """Each recording by itself on the episode's clock, block by block, cleaned as the settings say.

    `measured` is each recording's level in the pauses and in speech, None where that is not needed."""
    rate = settings.sample_rate_hz
    size = round(BLOCK_S * rate)

    def lane(source: Source, floor_dbfs: float | None, level_dbfs: float | None) -> Iterator[Block]:
        alone = replace(timeline, sources=(source,))
        blocks = pcm.read_timeline(alone, folder, sample_rate_hz=rate, channels=channels, block_s=BLOCK_S)
        if settings.remove_hum:
            blocks = without_hum(blocks, sample_rate_hz=rate)
        if floor_dbfs is not None:
            blocks = without_noise(blocks, floor_dbfs=floor_dbfs, sample_rate_hz=rate)
        if level_dbfs is not None:
            blocks = deessed(blocks, level_dbfs=level_dbfs, sample_rate_hz=rate)
        return regrouped(blocks, size)

    lanes = [lane(source, *levels_dbfs) for source, levels_dbfs in zip(timeline.sources, measured, strict=True)]
    return zip(*lanes, strict=True)


def _floors_dbfs(timeline: Timeline, folder: Path, settings: AudioSettings) -> tuple[float | None, ...]:
    """The level in the pauses of each recording if noise is to be reduced, which takes one more pass; else None for
    each."""
    if not settings.reduce_noise:
        return (None,) * len(timeline.sources)
    rate = settings.sample_rate_hz
    return tuple(
        noise_floor_dbfs(
            pcm.read_source(source, folder, sample_rate_hz=rate, channels=1),
            sample_rate_hz=rate,
        )
        for source in timeline.sources
    )


def _levels_dbfs(timeline: Timeline, folder: Path, settings: AudioSettings) -> tuple[float | None, ...]:
    """The level of speech of each recording if sibilants are to be lowered, which takes one more pass; else None for
    each."""
    if not settings.deesser:
        return (None,) * len(timeline.sources)
    rate = settings.sample_rate_hz
    return tuple(
        speech_level_dbfs(pcm.read_source(source, folder, sample_rate_hz=rate, channels=1), sample_rate_hz=rate)
        for source in timeline.sources
    )


def _channels(timeline: Timeline, settings: AudioSettings) -> Literal[1, 2]:
    counts = [source.channels for source in timeline.sources] + [music.channels for music in timeline.music]
    return 2 if settings.channels == 2 and max(counts) > 1 else 1


def _notices(gain_db: float) -> tuple[str, ...]:
    quiet = (
        f"Die Aufnahme ist sehr leise und wird um {gain_db:.0f} dB angehoben; ihr Rauschen mit. "
        "Nächstes Mal näher ans Mikrofon oder höher aussteuern."
    )
    return (quiet,) if gain_db >= _LARGE_GAIN_DB else ()


def _rounded(blocks: Iterable[Block]) -> Iterator[Block]:
    """The samples as the FLAC will have them: 24 bits, which fit into a float32."""
    for block in blocks:
        scaled = block * np.float32(2**23)  # exact, and so is rounding
        whole = np.rint(scaled, out=scaled).clip(-(2**23), 2**23 - 1, out=scaled)
        yield np.multiply(whole, np.float32(2**-23), out=whole)


def _integers(blocks: Iterable[Block]) -> Iterator[NDArray[np.int32]]:
    """Samples of 24 bits in the upper bits of 32, as ffmpeg expects them."""
    return (np.multiply(block, np.float32(2**31)).astype("<i4") for block in blocks)


def _watched(
    lanes: Iterable[tuple[Block, ...]], times_before: int, timeline: Timeline, sample_rate_hz: int, listener: Listener
) -> Iterator[tuple[Block, ...]]:
    """The same blocks; reports progress over the two passes through the timeline."""
    done_s = times_before * timeline.duration_s
    for blocks in lanes:
        yield blocks
        done_s = min(done_s + len(blocks[0]) / sample_rate_hz, 2 * timeline.duration_s)
        listener(Progress(done_s=done_s, total_s=2 * timeline.duration_s))
