"""A timeline's recordings → one levelled FLAC, not limited yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline import pcm
from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.levelling import levelled, survey
from pipeline.audio.loudness import NOTHING_LUFS
from pipeline.audio.segments import faded
from pipeline.audio_model import NormaliseReport
from pipeline.errors import AudioError
from pipeline.model import Notice, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.audio_model import AudioSettings, Timeline
    from pipeline.blocks import Block
    from pipeline.model import Listener

HEADROOM_DB = 12.0  # integers clip at full scale; speech at -16 LUFS peaks around 0 dBTP, laughter and claps above
_HEADROOM_STEP_DB = 6.0
_HIGH_PASS_MARGIN_DB = 3.0  # turning phases can raise a peak
_LARGE_GAIN_DB = 18.0
_FLAC = ["-c:a", "flac", "-compression_level", "5", "-sample_fmt", "s32", "-bits_per_raw_sample", "24", "-f", "flac"]


def normalise(
    timeline: Timeline, folder: Path, settings: AudioSettings, flac: Path, *, listener: Listener
) -> NormaliseReport:
    """Mix the timeline, take out rumble below 80 Hz, fade its ends, and bring it to the target loudness with one gain.

    `flac` gets 24-bit samples at `settings.sample_rate_hz`, one channel if all recordings have one (or the settings
    ask for one), else two. They lie `headroom_db` below the target, so that no peak is clipped: `encode` raises them
    again and limits. The recordings are decoded twice, to measure and to write; memory does not grow with length.
    Raises AudioError when nothing is to be heard, StorageError, and what reading the recordings raises.
    """
    channels = _channels(timeline, settings)
    rate = settings.sample_rate_hz
    blocks = pcm.read_timeline(timeline, folder, sample_rate_hz=rate, channels=channels)
    found = survey(
        _watched(blocks, 0, timeline, rate, listener),
        sample_rate_hz=rate,
        channels=channels,
        dual_mono=channels < settings.channels,
    )
    if found.filtered_lufs == NOTHING_LUFS:
        raise AudioError(
            "Die Aufnahme ist still: nichts ist lauter als -70 LUFS.",
            where=folder / timeline.sources[0].file,
            advice="Die Datei anhören; das Mikrofon war wohl stumm oder der falsche Eingang gewählt.",
        )
    gain_db = found.gain_to(settings.target_lufs)
    notices = _notices(gain_db)
    for text in notices:
        listener(Notice(text=text))
    report = NormaliseReport(before=found.before, gain_db=gain_db, notices=notices)

    blocks = pcm.read_timeline(timeline, folder, sample_rate_hz=rate, channels=channels)
    watched = _watched(blocks, 1, timeline, rate, listener)
    quieter = levelled(watched, sample_rate_hz=rate, gain_db=gain_db - headroom_db(report))
    encode_stream(
        _integers(faded(quieter, sample_rate_hz=rate)), flac, sample_rate_hz=rate, channels=channels, options=_FLAC
    )
    return report


def headroom_db(report: NormaliseReport) -> float:
    """How far below the target the samples of the FLAC lie: 12 dB, or more in steps of 6 where peaks ask for it."""
    needed = report.before.true_peak_dbtp + report.gain_db + _HIGH_PASS_MARGIN_DB
    return max(HEADROOM_DB, _HEADROOM_STEP_DB * math.ceil(needed / _HEADROOM_STEP_DB))


def _channels(timeline: Timeline, settings: AudioSettings) -> Literal[1, 2]:
    return 2 if settings.channels == 2 and any(source.channels > 1 for source in timeline.sources) else 1


def _notices(gain_db: float) -> tuple[str, ...]:
    quiet = (
        f"Die Aufnahme ist sehr leise und wird um {gain_db:.0f} dB angehoben; ihr Rauschen mit. "
        "Nächstes Mal näher ans Mikrofon oder höher aussteuern."
    )
    return (quiet,) if gain_db >= _LARGE_GAIN_DB else ()


def _integers(blocks: Iterable[Block]) -> Iterator[NDArray[np.int32]]:
    """24-bit samples in the upper bits of 32, as ffmpeg takes them."""
    for block in blocks:
        scaled = np.rint(block.astype(np.float64) * 2**23).clip(-(2**23), 2**23 - 1)
        yield scaled.astype("<i4") << 8


def _watched(
    blocks: Iterable[Block], times_before: int, timeline: Timeline, sample_rate_hz: int, listener: Listener
) -> Iterator[Block]:
    """The same blocks, telling how far the two passes over the timeline are."""
    done_s = times_before * timeline.duration_s
    for block in blocks:
        yield block
        done_s = min(done_s + len(block) / sample_rate_hz, 2 * timeline.duration_s)
        listener(Progress(done_s=done_s, total_s=2 * timeline.duration_s))
