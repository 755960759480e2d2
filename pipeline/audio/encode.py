"""Encodes the levelled FLAC into the files that listeners get, and verifies each by decoding it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from pipeline.audio.codecs import codec
from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.limiter import Limiter
from pipeline.audio.loudness import LoudnessMeter, amplitude
from pipeline.audio.rehearsal import BLOCK_S, Plan, Rehearsal, first_plan
from pipeline.audio.speaker_levels import levels_after, spread_lu
from pipeline.errors import AudioError
from pipeline.media import pcm
from pipeline.media.blocks import keep_freed_memory
from pipeline.values.audio import AudioReport, Encoded
from pipeline.values.progress import Notice, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.audio.codecs import Codec
    from pipeline.media.blocks import Block
    from pipeline.values.audio import AudioSettings, FormatName, Loudness, NormaliseReport, Rehearsed, SpeakerLevel
    from pipeline.values.progress import Listener
    from pipeline.values.speech import SpeakerSpan

AIM_LU = 0.2  # the wanted accuracy of the finished file; within this no further attempt is made
TOLERANCE_LU = 0.5  # accepted, with a notice, if no attempt came closer
_ATTEMPTS = 4
_REHEARSALS = 6
_NEAR_LU = 0.5  # this close, the next gain needs no further rehearsal
_USUAL_SLOPE = 0.77  # loudness gained per dB of gain while the limiter works; measured on speech
_LEAST_SLOPE = 0.15
_MUCH_LIMITED = 0.6  # share of the episode; in lively speech it is up to half
_FURTHER_DB = 0.2  # the next ceiling is lowered by the excess and this much more
_SPREAD_LU = 2.0  # between speakers; more is audible, and reported


class _Tried(NamedTuple):
    """A gain and the loudness that resulted from it."""

    gain_db: float
    lufs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """The result of one attempt."""

    plan: Plan
    after: Loudness
    limiter: Limiter
    meter: LoudnessMeter
    duration_s: float


def encode(
    flac: Path,
    files: Mapping[FormatName, Path],
    settings: AudioSettings,
    before: NormaliseReport,
    *,
    spans: Sequence[SpeakerSpan] = (),
    listener: Listener,
) -> AudioReport:
    """Bring the FLAC to the target loudness, limit its peaks, encode it, and measure the decoded result.

    `files` holds the paths of the MP3 and of the other formats. Every finished file is within 0.2 LU of the target, or
    within 0.5 LU after four attempts, and does not exceed `settings.true_peak_dbtp`: if an attempt misses, gain and
    ceiling are corrected by the measurement. The files state how much padding players must drop, and carry no tags; the
    same FLAC gives the same bytes. `spans`: who is heard when, for the report. Raises AudioError if four attempts come
    no closer than 0.5 LU or stay above the true peak, and StorageError.
    """
    keep_freed_memory()
    seconds = pcm.read_header(flac).duration_s or 0.0
    first = 0 if _known(first_plan(settings, before.headroom_db), before) else 1
    progress = _Watch(seconds=seconds, stages=first + 2 * len(files), listener=listener)
    rehearsed = _rehearse(flac, settings, before, progress)
    found: dict[FormatName, tuple[Encoded, _Outcome]] = {}
    for number, (name, path) in enumerate(files.items()):
        found[name] = _encode_one(
            flac, path, codec(name, settings), settings, rehearsed, progress=progress, stage=first + 2 * number
        )
    mp3, outcome = found["mp3"]
    speakers = levels_after(before.speakers, outcome.meter.powers(), spans)
    notices = _notices(outcome, settings, speakers)
    for text in notices:
        listener(Notice(text=text))
    after_curve = outcome.meter.curve()
    return AudioReport(
        before=before.before,
        after=mp3.after,
        gain_db=before.gain_db,
        ceiling_dbtp=mp3.ceiling_dbtp,
        limited_s=mp3.limited_s,
        attempts=mp3.attempts,
        encoder=mp3.encoder,
        duration_s=mp3.duration_s,
        levelling=before.levelling,
        speakers=speakers,
        before_curve=before.curve,
        after_curve=after_curve,
        limiter_curve=outcome.limiter.curve(step_s=after_curve.step_s),
        notices=before.notices + notices,
        others=tuple(encoded for name, (encoded, _) in found.items() if name != "mp3"),
    )


def _encode_one(
    flac: Path, path: Path, chosen: Codec, settings: AudioSettings, rehearsed: Plan, *, progress: _Watch, stage: int
) -> tuple[Encoded, _Outcome]:
    plan = Plan(
        gain_db=rehearsed.gain_db + chosen.attenuation_db,
        ceiling_dbtp=settings.true_peak_dbtp + chosen.attenuation_db - chosen.overshoot_db,
    )
    tried: tuple[_Tried, ...] = ()
    for attempt in range(1, _ATTEMPTS + 1):
        outcome = _attempt(flac, path, chosen, settings, plan, progress=progress, stage=stage)
        excess_db = outcome.after.true_peak_dbtp - settings.true_peak_dbtp
        tolerance_lu = AIM_LU if attempt < _ATTEMPTS else TOLERANCE_LU
        if abs(settings.target_lufs - outcome.after.integrated_lufs) <= tolerance_lu and excess_db <= 0:
            encoded = Encoded(
                format=chosen.format,
                after=outcome.after,
                ceiling_dbtp=plan.ceiling_dbtp,
                limited_s=outcome.limiter.limited_s,
                attempts=attempt,
                encoder=chosen.encoder,
                duration_s=outcome.duration_s,
            )
            return encoded, outcome
        tried = (*tried, _Tried(plan.gain_db, outcome.after.integrated_lufs))
        plan = Plan(
            gain_db=_next_gain_db(tried, settings.target_lufs),
            ceiling_dbtp=plan.ceiling_dbtp - (excess_db + _FURTHER_DB if excess_db > 0 else 0.0),
        )
    raise _unreachable(flac, chosen, outcome.after)


def _rehearse(flac: Path, settings: AudioSettings, before: NormaliseReport, progress: _Watch) -> Plan:
    """Find the plan that should need only one encode: limiting costs loudness, and is far cheaper to try than a codec.
    The first attempt was made while the FLAC was written, if the settings are still the same."""
    plan = first_plan(settings, before.headroom_db)
    tried: tuple[_Tried, ...] = ()
    for _ in range(_REHEARSALS):
        heard = _known(plan, before) or _heard(flac, settings, plan, progress)
        if not heard.limited_s:
            return replace(plan, gain_db=plan.gain_db + settings.target_lufs - heard.integrated_lufs)
        tried = (*tried, _Tried(plan.gain_db, heard.integrated_lufs))
        plan = replace(plan, gain_db=_next_gain_db(tried, settings.target_lufs))
        if abs(settings.target_lufs - heard.integrated_lufs) <= _NEAR_LU:
            break
    return plan


def _known(plan: Plan, before: NormaliseReport) -> Rehearsed | None:
    """What came of this plan when the FLAC was written, if it was this one that was tried out."""
    heard = before.rehearsed
    return heard if heard and (heard.gain_db, heard.ceiling_dbtp) == (plan.gain_db, plan.ceiling_dbtp) else None


def _heard(flac: Path, settings: AudioSettings, plan: Plan, progress: _Watch) -> Rehearsed:
    rate = settings.sample_rate_hz
    channels = _channels(flac, settings)
    rehearsal = Rehearsal(plan, sample_rate_hz=rate, channels=channels, dual_mono=channels < settings.channels)
    blocks = pcm.read_blocks(flac, sample_rate_hz=rate, channels=channels, block_s=BLOCK_S)
    for _ in progress.watched(rehearsal.through(blocks), rate, stage=0):
        pass
    return rehearsal.result()


def _next_gain_db(tried: tuple[_Tried, ...], target_lufs: float) -> float:
    """The gain that should reach the target, given that gain added to make up for limiting is partly limited itself."""
    last = tried[-1]
    slope = _USUAL_SLOPE
    if len(tried) > 1 and last.gain_db != tried[-2].gain_db:
        slope = (last.lufs - tried[-2].lufs) / (last.gain_db - tried[-2].gain_db)
    return last.gain_db + (target_lufs - last.lufs) / min(1.0, max(_LEAST_SLOPE, slope))


def _attempt(
    flac: Path, path: Path, chosen: Codec, settings: AudioSettings, plan: Plan, *, progress: _Watch, stage: int
) -> _Outcome:
    limiter, blocks = _limited(flac, settings, plan)
    encode_stream(
        _dual(progress.watched(blocks, settings.sample_rate_hz, stage=stage), settings.channels),
        path,
        sample_rate_hz=settings.sample_rate_hz,
        channels=settings.channels,
        options=chosen.options,
    )
    rate = chosen.sample_rate_hz
    meter = LoudnessMeter(sample_rate_hz=rate, channels=settings.channels)
    decoded = 0
    heard = pcm.read_blocks(path, sample_rate_hz=rate, channels=settings.channels, block_s=BLOCK_S)
    for block in progress.watched(heard, rate, stage=stage + 1):
        meter.add(block)
        decoded += len(block)
    return _Outcome(plan=plan, after=meter.result(), limiter=limiter, meter=meter, duration_s=decoded / rate)


def _limited(flac: Path, settings: AudioSettings, plan: Plan) -> tuple[Limiter, Iterator[Block]]:
    """The limiter, and the samples for the encoder in the FLAC's channels: dual mono is limited only once."""
    rate = settings.sample_rate_hz
    channels = _channels(flac, settings)
    limiter = Limiter(sample_rate_hz=rate, channels=channels, ceiling_dbtp=plan.ceiling_dbtp)
    factor = np.float32(amplitude(plan.gain_db))
    blocks = pcm.read_blocks(flac, sample_rate_hz=rate, channels=channels, block_s=BLOCK_S)
    return limiter, limiter.limited(block * factor for block in blocks)


def _channels(flac: Path, settings: AudioSettings) -> Literal[1, 2]:
    return 2 if min(pcm.read_header(flac).channels, settings.channels) > 1 else 1


class _Watch:
    """Reports progress over the stages: rehearsing, unless `normalise` did, then encoding and verifying each file.
    Repeating a stage adds none."""

    def __init__(self, *, seconds: float, stages: int, listener: Listener) -> None:
        self._seconds = seconds
        self._stages = stages
        self._listener = listener
        self._done_s = 0.0

    def watched(self, blocks: Iterable[Block], sample_rate_hz: int, *, stage: int) -> Iterator[Block]:
        """The same blocks; progress is reported after each."""
        count = 0
        for block in blocks:
            yield block
            count += len(block)
            self._done_s = max(self._done_s, stage * self._seconds + min(count / sample_rate_hz, self._seconds))
            self._listener(Progress(done_s=self._done_s, total_s=self._stages * self._seconds))


def _dual(blocks: Iterable[Block], channels: int) -> Iterator[Block]:
    """The blocks with one channel doubled if two are wanted: it was limited once and is the same on both sides."""
    return (block if block.shape[1] == channels else block.repeat(channels, axis=1) for block in blocks)


def _notices(outcome: _Outcome, settings: AudioSettings, speakers: Sequence[SpeakerLevel]) -> tuple[str, ...]:
    found = []
    share = outcome.limiter.limited_s / outcome.duration_s
    if share > _MUCH_LIMITED:
        found.append(
            f"Der Begrenzer arbeitet in {100 * share:.0f} % der Folge: einzelne laute Stellen stehen weit über dem "
            "Rest. Klingt die MP3 gepresst, diese Stellen im Schnittprogramm absenken."
        )
    if abs(outcome.after.integrated_lufs - settings.target_lufs) > AIM_LU:
        found.append(
            f"Die Lautheit ist {_german(outcome.after.integrated_lufs)} LUFS statt {_german(settings.target_lufs)}: "
            "näher ließ der Begrenzer sie nicht heran."
        )
    if (spread := spread_lu(speakers)) > _SPREAD_LU and settings.levelling == "speakers":
        found.append(
            f"Zwischen lautester und leisester Stimme liegen noch {_german(spread)} LU. Stimmt die Aufteilung nach "
            "Stimmen? Am sichersten ist eine eigene Spur je Person."
        )
    return tuple(found)


def _unreachable(flac: Path, chosen: Codec, after: Loudness) -> AudioError:
    reached = f"{_german(after.integrated_lufs)} LUFS und {_german(after.true_peak_dbtp)} dBTP"
    return AudioError(
        f"Nach {_ATTEMPTS} Versuchen hält die {chosen.format.upper()} Lautheit und Spitzenpegel nicht ein; "
        f"erreicht: {reached}.",
        where=flac,
        advice="Die Aufnahme hat einzelne sehr laute Stellen (Klatschen, Stöße ans Mikrofon): sie im Schnittprogramm "
        "absenken und den Befehl wiederholen. Eine höhere `bitrate_kbps` hilft, wenn nur der Spitzenpegel stört.",
    )


def _german(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
