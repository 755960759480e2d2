"""The levelled FLAC → the MP3 that listeners get, verified by decoding it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline import pcm
from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.limiter import Limiter
from pipeline.audio.loudness import Filter, GatedLoudness, LoudnessMeter, amplitude, k_weighting
from pipeline.audio.normalise import headroom_db
from pipeline.errors import AudioError
from pipeline.model import AudioReport, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipeline.blocks import Block
    from pipeline.model import AudioSettings, Listener, Loudness, NormaliseReport

REVISION = 1  # raised when the same FLAC gives other bytes

TOLERANCE_LU = 0.5  # what the finished file must keep
_AIM_LU = 0.2  # within this nothing is tried again
_ATTEMPTS = 4
_PARTLY_LIMITED_AGAIN = 1.3  # gain that makes up for limiting is limited itself; measured on speech
_OVERSHOOT_DB = 1.3  # what LAME at 128 kbit/s adds to peaks at most, nearly always
_FURTHER_DB = 0.2  # how much more than it missed the next ceiling is lowered


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What one attempt applies: gain on top of the level of the FLAC, and the limiter's ceiling."""

    gain_db: float
    ceiling_dbtp: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What one attempt came to."""

    after: Loudness
    limited_s: float
    duration_s: float


def encode(
    flac: Path, mp3: Path, settings: AudioSettings, before: NormaliseReport, *, listener: Listener
) -> AudioReport:
    """Raise the FLAC to its level, limit its peaks, encode it, and measure what a listener's decoder makes of it.

    The finished file keeps the target within 0.5 LU and `settings.true_peak_dbtp`; where the first attempt misses,
    gain and ceiling are corrected by what was measured. The MP3 has a constant bit rate, a header that lets players
    drop the encoder's padding, and no tags; the same FLAC gives the same bytes. Raises AudioError when four attempts
    do not reach the target, and StorageError.
    """
    ceiling_dbtp = settings.true_peak_dbtp - _OVERSHOOT_DB
    header = pcm.read_header(flac)
    progress = _Watch(seconds=3 * (header.duration_s or 0.0), sample_rate_hz=settings.sample_rate_hz, listener=listener)
    plan = _rehearse(flac, settings, headroom_db(before), ceiling_dbtp, progress)
    for attempt in range(1, _ATTEMPTS + 1):
        outcome = _attempt(flac, mp3, settings, plan, progress)
        error_lu = settings.target_lufs - outcome.after.integrated_lufs
        excess_db = outcome.after.true_peak_dbtp - settings.true_peak_dbtp
        tolerance_lu = _AIM_LU if attempt < _ATTEMPTS else TOLERANCE_LU
        if abs(error_lu) <= tolerance_lu and excess_db <= 0:
            return AudioReport(
                before=before.before,
                after=outcome.after,
                gain_db=before.gain_db,
                ceiling_dbtp=plan.ceiling_dbtp,
                limited_s=outcome.limited_s,
                attempts=attempt,
                encoder=f"libmp3lame {settings.bitrate_kbps} kbit/s CBR",
                duration_s=outcome.duration_s,
                notices=before.notices,
            )
        plan = _Plan(
            gain_db=plan.gain_db + error_lu,
            ceiling_dbtp=plan.ceiling_dbtp - (excess_db + _FURTHER_DB if excess_db > 0 else 0.0),
        )
    raise _unreachable(flac, outcome.after)


def lame_attenuation_db(bitrate_kbps: int) -> float:
    """LAME scales its input down, most at low rates; measured with a 997 Hz sine at constant bit rates."""
    if bitrate_kbps <= 160:
        return 0.45
    return 0.26 if bitrate_kbps <= 224 else 0.0


def _rehearse(flac: Path, settings: AudioSettings, headroom_db: float, ceiling_dbtp: float, progress: _Watch) -> _Plan:
    """The plan that should need one encode only: limiting costs loudness, and is far cheaper to try than LAME."""
    plan = _Plan(gain_db=headroom_db + lame_attenuation_db(settings.bitrate_kbps), ceiling_dbtp=ceiling_dbtp)
    limiter, blocks = _limited(flac, settings, plan)
    weighting = Filter(k_weighting(settings.sample_rate_hz))
    loudness: GatedLoudness | None = None
    for block in progress.watched(blocks):
        if loudness is None:
            dual_mono = block.shape[1] < settings.channels
            loudness = GatedLoudness(sample_rate_hz=settings.sample_rate_hz, dual_mono=dual_mono)
        loudness.add(weighting.run(block))
    if loudness is None or not limiter.limited_s:
        return plan
    heard_lufs = loudness.integrated_lufs() - lame_attenuation_db(settings.bitrate_kbps)
    missing_lu = settings.target_lufs - heard_lufs
    return _Plan(gain_db=plan.gain_db + _PARTLY_LIMITED_AGAIN * missing_lu, ceiling_dbtp=ceiling_dbtp)


def _attempt(flac: Path, mp3: Path, settings: AudioSettings, plan: _Plan, progress: _Watch) -> _Outcome:
    rate = settings.sample_rate_hz
    limiter, blocks = _limited(flac, settings, plan)
    encode_stream(
        _dual(progress.watched(blocks), settings.channels),
        mp3,
        sample_rate_hz=rate,
        channels=settings.channels,
        options=_mp3_options(settings),
    )
    meter = LoudnessMeter(sample_rate_hz=rate, channels=settings.channels)
    decoded = 0
    for block in progress.watched(pcm.read_blocks(mp3, sample_rate_hz=rate, channels=settings.channels)):
        meter.add(block)
        decoded += len(block)
    return _Outcome(after=meter.result(), limited_s=limiter.limited_s, duration_s=decoded / rate)


def _limited(flac: Path, settings: AudioSettings, plan: _Plan) -> tuple[Limiter, Iterator[Block]]:
    """The samples as LAME gets them: in the FLAC's channels, since dual mono is limited once."""
    rate = settings.sample_rate_hz
    channels: Literal[1, 2] = 2 if min(pcm.read_header(flac).channels, settings.channels) > 1 else 1
    limiter = Limiter(sample_rate_hz=rate, channels=channels, ceiling_dbtp=plan.ceiling_dbtp)
    factor = np.float32(amplitude(plan.gain_db))
    blocks = pcm.read_blocks(flac, sample_rate_hz=rate, channels=channels)
    return limiter, limiter.limited(block * factor for block in blocks)


class _Watch:
    """Tells how far rehearsing, encoding and verifying are: together `seconds` of audio, more when tried again."""

    def __init__(self, *, seconds: float, sample_rate_hz: int, listener: Listener) -> None:
        self._total_s = seconds
        self._done_s = 0.0
        self._rate = sample_rate_hz
        self._listener = listener

    def watched(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The same blocks."""
        for block in blocks:
            yield block
            self._done_s = min(self._done_s + len(block) / self._rate, self._total_s)
            self._listener(Progress(done_s=self._done_s, total_s=self._total_s))


def _dual(blocks: Iterable[Block], channels: int) -> Iterator[Block]:
    """One channel as two where two are wanted: limited once, the same on both sides."""
    return (block if block.shape[1] == channels else block.repeat(channels, axis=1) for block in blocks)


def _mp3_options(settings: AudioSettings) -> list[str]:
    return [
        *["-c:a", "libmp3lame", "-b:a", f"{settings.bitrate_kbps}k"],
        *["-write_xing", "1", "-id3v2_version", "0", "-write_id3v1", "0", "-f", "mp3"],
    ]


def _unreachable(flac: Path, after: Loudness) -> AudioError:
    reached = f"{after.integrated_lufs:.1f} LUFS und {after.true_peak_dbtp:.1f} dBTP".replace(".", ",")
    return AudioError(
        f"Nach {_ATTEMPTS} Versuchen hält die MP3 Lautheit und Spitzenpegel nicht ein; erreicht: {reached}.",
        where=flac,
        advice="Die Aufnahme hat einzelne sehr laute Stellen (Klatschen, Stöße ans Mikrofon): sie im Schnittprogramm "
        "absenken. Oder in show.toml eine geringere Lautheit (`target_lufs`) oder höhere Bitrate einstellen.",
    )
