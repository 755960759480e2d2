"""The codecs of listeners' files: the options for ffmpeg, and what each codec does to level and peaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.values.audio import AudioSettings, FormatName


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """`attenuation_db`: how much quieter the decoded file is than the input. `overshoot_db`: how much the codec raises
    peaks at most, in nearly all cases. `sample_rate_hz`: of the finished file."""

    format: FormatName
    encoder: str
    options: tuple[str, ...]
    sample_rate_hz: int
    attenuation_db: float = 0.0
    overshoot_db: float


def codec(name: FormatName, settings: AudioSettings) -> Codec:
    """The codec for a format. M4A and Opus get three quarters and half of the MP3's bit rate, but never so little that
    the sound changes: see _LEAST_M4A_KBPS and _LEAST_OPUS_KBPS."""
    if name == "mp3":
        return _mp3(settings)
    if name == "m4a":
        kbps = max(_LEAST_M4A_KBPS[settings.channels], settings.bitrate_kbps * 3 // 4)
        options = ("-c:a", "aac", "-b:a", f"{kbps}k", "-movflags", "+faststart", "-f", "ipod")
        return Codec(
            format="m4a",
            encoder=f"AAC-LC {kbps} kbit/s",
            options=options,
            sample_rate_hz=settings.sample_rate_hz,
            overshoot_db=1.0,
        )
    kbps = max(_LEAST_OPUS_KBPS, settings.bitrate_kbps // 2)
    options = ("-c:a", "libopus", "-b:a", f"{kbps}k", "-ar", str(_OPUS_RATE_HZ), "-f", "opus")
    return Codec(
        format="opus",
        encoder=f"libopus {kbps} kbit/s",
        options=options,
        sample_rate_hz=_OPUS_RATE_HZ,
        overshoot_db=1.0,
    )


def lame_attenuation_db(bitrate_kbps: int) -> float:
    """How much LAME attenuates its input, most at low rates; measured with a 997 Hz sine."""
    if bitrate_kbps <= 160:
        return 0.45
    return 0.26 if bitrate_kbps <= 224 else 0.0


_OPUS_RATE_HZ = 48_000
_LEAST_OPUS_KBPS = 56  # below this, libopus codes speech in another way, 0.1 to 0.6 dB quieter
_LEAST_M4A_KBPS = {1: 72, 2: 96}  # by channels; below this, ffmpeg's AAC cuts at 10 kHz or overshoots by 2 dB


def _mp3(settings: AudioSettings) -> Codec:
    """An MP3 of constant bit rate. Chromium (156) finds a moment in one of variable rate by the 100 entries of its Xing
    header: it was off by up to 20 s in 45 minutes, and so was every link to a moment."""
    return Codec(
        format="mp3",
        encoder=f"libmp3lame {settings.bitrate_kbps} kbit/s CBR",
        options=(
            *("-c:a", "libmp3lame", "-b:a", f"{settings.bitrate_kbps}k"),
            *("-write_xing", "1", "-id3v2_version", "0", "-write_id3v1", "0", "-f", "mp3"),
        ),
        sample_rate_hz=settings.sample_rate_hz,
        attenuation_db=lame_attenuation_db(settings.bitrate_kbps),
        overshoot_db=1.3,
    )
