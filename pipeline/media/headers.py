"""Reads from an audio file's header how long it should be, so that a truncated file can be told from a short one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.stream import AudioStream

_HEAD_BYTES = 256 * 1024  # read from each file; the chunks before the samples are far smaller
_XING_WITHIN_BYTES = 4096  # the Xing header is in the first frame
_ANNOUNCE_THEMSELVES = {"flac", "mov", "aiff", "caf"}  # ffmpeg's containers whose stream length is not an estimate
_RIFF_KINDS = {b"RIFF", b"RF64", b"BW64"}
_SEE_DS64 = 0xFFFF_FFFF  # a 32-bit size that refers to the chunk with the real one
_UNKNOWN_W64_SIZE = 1 << 62
_UNKNOWN_RIFF_SIZE = 0x7FFF_0000  # sizes from here on are placeholders of a recorder that could not seek back

_KBPS = {  # of layer III, by the index in the header: MPEG-1, and MPEG-2 and 2.5 (ISO/IEC 11172-3, 13818-3)
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_MP3_RATES_HZ = {3: (44100, 48000, 32000, 0), 2: (22050, 24000, 16000, 0), 0: (11025, 12000, 8000, 0)}


def announced_s(path: Path, container_format: str, stream: AudioStream) -> float | None:
    """How long the file says it is, in seconds; None if it does not say or ffmpeg only estimates it.

    `container_format` is ffmpeg's name for it, as in "mov,mp4,m4a".
    """
    formats = set(container_format.split(","))
    if "mp3" in formats:
        return announced_mp3_s(_head(path), stream.rate)
    if "wav" in formats:
        return announced_wav_s(_head(path))
    if "w64" in formats:
        return announced_w64_s(_head(path))
    if formats & _ANNOUNCE_THEMSELVES and stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None


def announced_mp3_s(head: bytes, sample_rate_hz: int) -> float | None:
    """The length by the frame count of a Xing or Info header: ffmpeg drops it if the file is shorter than it says."""
    first_frame = 0
    if head[:3] == b"ID3":  # its size has seven bits per byte
        first_frame = 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=False))
    frame = head[first_frame : first_frame + _XING_WITHIN_BYTES]
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or len(frame) < at + 12 or not frame[at + 7] & 1:
        return None
    (frames,) = struct.unpack_from(">I", frame, at + 8)
    return float(frames * (1152 if sample_rate_hz >= 32_000 else 576) / sample_rate_hz)


def has_constant_rate(path: Path) -> bool:
    """Whether an MP3 has the same bit rate throughout, by its Xing header or, without one, by its first frames.

    Chromium finds moments by the Xing header's table of 100 places, which is too coarse for other files."""
    with path.open("rb") as file:
        tag = file.read(10)
        bits = zip(tag[6:10], (21, 14, 7, 0), strict=False)
        file.seek(10 + sum((byte & 0x7F) << shift for byte, shift in bits) if tag.startswith(b"ID3") else 0)
        head = file.read(_HEAD_BYTES)
    start = next((place for place in range(len(head) - 4) if _frame_bytes(head, place)), None)
    if start is None:
        return False
    first = head[start : start + _XING_WITHIN_BYTES]
    if b"Xing" in first or b"VBRI" in first:  # LAME writes "Info" instead if the rate is constant
        return False
    rates = set()
    while start + 4 <= len(head) and (size := _frame_bytes(head, start)):
        rates.add(head[start + 2] >> 4)
        start += size
    return len(rates) == 1


def _frame_bytes(head: bytes, place: int) -> int:
    """The length of the layer III frame that begins there; 0 if none does."""
    if head[place] != 0xFF or head[place + 1] & 0xE6 != 0xE2:
        return 0
    version = head[place + 1] >> 3 & 3
    rate_hz = _MP3_RATES_HZ.get(version, (0, 0, 0, 0))[head[place + 2] >> 2 & 3]
    kbps = _KBPS[version == 3][head[place + 2] >> 4]
    if not rate_hz or not kbps:
        return 0
    return (144_000 if version == 3 else 72_000) * kbps // rate_hz + (head[place + 2] >> 1 & 1)


def announced_wav_s(head: bytes) -> float | None:
    """The length by the size of the `data` chunk: ffmpeg silently corrects that to what the file holds.

    Above 4 GB (RF64, EBU Tech 3306; BW64, ITU-R BS.2088) the size is in the `ds64` chunk, as 64 bits.
    """
    at, bytes_per_second, long_size = 12, 0, 0
    while head[:4] in _RIFF_KINDS and at + 8 <= len(head):
        kind, (size,) = head[at : at + 4], struct.unpack_from("<I", head, at + 4)
        if kind == b"ds64" and at + 24 <= len(head):
            (long_size,) = struct.unpack_from("<Q", head, at + 16)
        if kind == b"fmt " and at + 20 <= len(head):
            (bytes_per_second,) = struct.unpack_from("<I", head, at + 16)
        if kind == b"data":
            known = long_size if size == _SEE_DS64 else size if size < _UNKNOWN_RIFF_SIZE else 0
            return known / bytes_per_second if bytes_per_second and known else None
        at += 8 + size + size % 2
    return None


def announced_w64_s(head: bytes) -> float | None:
    """As `announced_wav_s`: Sony's Wave64 is a RIFF with 128-bit names, 64-bit sizes that include their own 24 bytes,
    and chunks that begin at multiples of eight."""
    at, bytes_per_second = 40, 0
    while head[:4] == b"riff" and at + 24 <= len(head):
        (size,) = struct.unpack_from("<Q", head, at + 16)
        if head[at : at + 4] == b"fmt " and at + 36 <= len(head):
            (bytes_per_second,) = struct.unpack_from("<I", head, at + 32)
        if head[at : at + 4] == b"data":
            known = size - 24 if 24 < size < _UNKNOWN_W64_SIZE else 0
            return known / bytes_per_second if bytes_per_second and known else None
        if size < 24:
            return None
        at += size + -size % 8
    return None


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(_HEAD_BYTES)
