"""The levelled FLAC → the MP3 that listeners get, verified by decoding it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from pipeline import pcm
from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.limiter import Limiter
from pipeline.audio.loudness import Filter, GatedLoudness, LoudnessMeter, amplitude, k_weighting
from pipeline.audio.normalise import headroom_db
from pipeline.audio_model import AudioReport
from pipeline.errors import AudioError
from pipeline.model import Notice, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pipeline.audio_model import AudioSettings, Loudness, NormaliseReport
    from pipeline.blocks import Block
    from pipeline.model import Listener

TOLERANCE_LU = 0.5  # what the finished file must keep
_AIM_LU = 0.2  # within this nothing is tried again
_ATTEMPTS = 4
_REHEARSALS = 6
_NEAR_LU = 0.5  # from here the next gain is believed without another rehearsal
_USUAL_SLOPE = 0.77  # loudness won per gain while the limiter works; measured on speech
_LEAST_SLOPE = 0.15
_STAGES = 3
_MUCH_LIMITED = 0.6  # share of the episode; lively speech has up to half
_OVERSHOOT_DB = 1.3  # what LAME at 128 kbit/s adds to peaks at most, nearly always
_FURTHER_DB = 0.2  # how much more than it missed the next ceiling is lowered


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What one attempt applies: gain on top of the level of the FLAC, and the limiter's ceiling."""

    gain_db: float
    ceiling_dbtp: float


class _Tried(NamedTuple):
    """A gain and the loudness it led to."""

    gain_db: float
    lufs: float


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
    seconds = pcm.read_header(flac).duration_s or 0.0
    progress = _Watch(seconds=seconds, sample_rate_hz=settings.sample_rate_hz, listener=listener)
    plan = _rehearse(flac, settings, headroom_db(before), progress)
    tried: tuple[_Tried, ...] = ()
    for attempt in range(1, _ATTEMPTS + 1):
        outcome = _attempt(flac, mp3, settings, plan, progress)
        excess_db = outcome.after.true_peak_dbtp - settings.true_peak_dbtp
        tolerance_lu = _AIM_LU if attempt < _ATTEMPTS else TOLERANCE_LU
        if abs(settings.target_lufs - outcome.after.integrated_lufs) <= tolerance_lu and excess_db <= 0:
            notices = _notices(outcome)
            for text in notices:
                listener(Notice(text=text))
            return AudioReport(
                before=before.before,
                after=outcome.after,
                gain_db=before.gain_db,
                ceiling_dbtp=plan.ceiling_dbtp,
                limited_s=outcome.limited_s,
                attempts=attempt,
                encoder=f"libmp3lame {settings.bitrate_kbps} kbit/s CBR",
                duration_s=outcome.duration_s,
                notices=before.notices + notices,
            )
        tried = (*tried, _Tried(plan.gain_db, outcome.after.integrated_lufs))
        plan = _Plan(
            gain_db=_next_gain_db(tried, settings.target_lufs),
            ceiling_dbtp=plan.ceiling_dbtp - (excess_db + _FURTHER_DB if excess_db > 0 else 0.0),
        )
    raise _unreachable(flac, outcome.after)


def lame_attenuation_db(bitrate_kbps: int) -> float:
    """LAME scales its input down, most at low rates; measured with a 997 Hz sine at constant bit rates."""
    if bitrate_kbps <= 160:
        return 0.45
    return 0.26 if bitrate_kbps <= 224 else 0.0


def _rehearse(flac: Path, settings: AudioSettings, headroom_db: float, progress: _Watch) -> _Plan:
    """The plan that should need one encode only: limiting costs loudness, and is far cheaper to try than LAME."""
    lame_db = lame_attenuation_db(settings.bitrate_kbps)
    plan = _Plan(gain_db=headroom_db + lame_db, ceiling_dbtp=settings.true_peak_dbtp + lame_db - _OVERSHOOT_DB)
    tried: tuple[_Tried, ...] = ()
    for _ in range(_REHEARSALS):
        limiter, blocks = _limited(flac, settings, plan)
        loudness_lufs = _loudness_lufs(progress.watched(blocks, stage=0), settings) - lame_db
        if not limiter.limited_s:
            return plan
        tried = (*tried, _Tried(plan.gain_db, loudness_lufs))
        plan = _Plan(gain_db=_next_gain_db(tried, settings.target_lufs), ceiling_dbtp=plan.ceiling_dbtp)
        if abs(settings.target_lufs - loudness_lufs) <= _NEAR_LU:
            return plan
    return plan


def _next_gain_db(tried: tuple[_Tried, ...], target_lufs: float) -> float:
    """The gain that should reach the target: gain that makes up for limiting is partly limited itself."""
    last = tried[-1]
    slope = _USUAL_SLOPE
    if len(tried) > 1 and last.gain_db != tried[-2].gain_db:
        slope = (last.lufs - tried[-2].lufs) / (last.gain_db - tried[-2].gain_db)
    return last.gain_db + (target_lufs - last.lufs) / min(1.0, max(_LEAST_SLOPE, slope))


def _loudness_lufs(blocks: Iterable[Block], settings: AudioSettings) -> float:
    weighting = Filter(k_weighting(settings.sample_rate_hz))
    loudness = GatedLoudness(sample_rate_hz=settings.sample_rate_hz)
    for block in _dual(blocks, settings.channels):
        loudness.add(weighting.run(block))
    return loudness.integrated_lufs()


def _attempt(flac: Path, mp3: Path, settings: AudioSettings, plan: _Plan, progress: _Watch) -> _Outcome:
    rate = settings.sample_rate_hz
    limiter, blocks = _limited(flac, settings, plan)
    encode_stream(
        _dual(progress.watched(blocks, stage=1), settings.channels),
        mp3,
        sample_rate_hz=rate,
        channels=settings.channels,
        options=_mp3_options(settings),
    )
    meter = LoudnessMeter(sample_rate_hz=rate, channels=settings.channels)
    decoded = 0
    heard = pcm.read_blocks(mp3, sample_rate_hz=rate, channels=settings.channels)
    for block in progress.watched(heard, stage=2):
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
    """Tells how far the three stages are: rehearsing, encoding, verifying. A stage that is repeated stands still."""

    def __init__(self, *, seconds: float, sample_rate_hz: int, listener: Listener) -> None:
        self._seconds = seconds
        self._rate = sample_rate_hz
        self._listener = listener
        self._done_s = 0.0

    def watched(self, blocks: Iterable[Block], *, stage: int) -> Iterator[Block]:
        """The same blocks, each told when it is through."""
        count = 0
        for block in blocks:
            yield block
            count += len(block)
            self._done_s = max(self._done_s, stage * self._seconds + min(count / self._rate, self._seconds))
            self._listener(Progress(done_s=self._done_s, total_s=_STAGES * self._seconds))


def _dual(blocks: Iterable[Block], channels: int) -> Iterator[Block]:
    """One channel as two where two are wanted: limited once, the same on both sides."""
    return (block if block.shape[1] == channels else block.repeat(channels, axis=1) for block in blocks)


def _notices(outcome: _Outcome) -> tuple[str, ...]:
    share = outcome.limited_s / outcome.duration_s
    pressed = (
        f"Der Begrenzer arbeitet in {100 * share:.0f} % der Folge: einzelne laute Stellen stehen weit über dem Rest. "
        "Klingt die MP3 gepresst, diese Stellen im Schnittprogramm absenken."
    )
    return (pressed,) if share > _MUCH_LIMITED else ()


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
        "absenken und den Befehl wiederholen. Eine höhere `bitrate_kbps` hilft, wenn nur der Spitzenpegel stört.",
    )
