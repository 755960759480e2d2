"""Decodes any recording to blocks of float samples (PyAV); no other module decodes audio.

A block is a float32 array of shape (samples, channels), full scale ±1.0, never empty. Nothing is ever clipped. More
than two channels are mixed down to two before anything else happens to them. Memory is a few blocks, however long the
recording.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.build.files import named_file
from pipeline.errors import AudioError, MissingFileError, TruncatedError
from pipeline.media.blocks import Block, Region, regrouped, spliced, two_at_most, with_channels
from pipeline.media.headers import announced_s
from pipeline.media.inspection import Inspection
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal

    import av
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

    from pipeline.values.audio import Timeline

WHISPER_RATE_HZ = 16_000

# Playlists and scripts (HLS, concat, DASH …) open other files or the network, whatever their suffix: formats that are
# not listed here are refused. Names of ffmpeg's demuxers.
_ONLY_THIS_FILE = {
    "protocol_whitelist": "file",
    "format_whitelist": "wav,w64,aiff,caf,au,flac,wv,ape,tta,mp3,aac,ac3,eac3,amr,ogg,matroska,webm,mov,mp4,m4a,3gp,"
    "3g2,mj2,asf,avi,flv,mpeg,mpegts,dsf",
}
_TRUNCATED_S = 0.5  # a file may end this much before the length its header announces (encoder padding, edit lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a recording contains, measured by decoding it once from start to end."""

    duration_s: float
    sample_rate_hz: int
    channels: int
    codec: str
    peak_dbfs: float  # loudest sample of any channel; -inf when every sample is zero
    repaired: int = 0  # samples that were not numbers, and became silence
    clipped_s: tuple[float, ...] = ()  # where it clips at full scale
    empty_channel: int | None = None  # 0 (left) or 1 (right) of two, if that one is empty
    inverted: bool = False  # the two channels cancel each other
    truncated_s: float | None = None  # how long the file says it is, if it is shorter and that is accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says about itself; nothing is decoded."""

    channels: int
    duration_s: float | None  # None if it does not say


def read_header(path: Path) -> Header:
    """Read the header of a file that we wrote ourselves; recordings are probed. Raises what `probe` raises if there is
    no audio."""
    with _opened(path) as (container, stream):
        return Header(
            channels=stream.codec_context.layout.nb_channels,
            duration_s=announced_s(path, container.format.name, stream),
        )


def probe(path: Path, *, accept_truncated: bool = False) -> Recording:
    """Decode the whole recording and report what it contains.

    Raises MissingFileError if there is no such file, and AudioError if it is unreadable, empty, not audio, a picture or
    a video without sound, damaged in the middle, or shorter than its own header says (TruncatedError, unless accepted).
    """
    with _opened(path) as (container, stream):
        promised_s = announced_s(path, container.format.name, stream)
        frames = _frames(path, container, stream, accept_truncated=accept_truncated)
        first = next(frames)
        samples, rate = 0, first.sample_rate
        peak = 0.0
        inspection = Inspection()
        for frame in chain((first,), frames):
            decoded = _floats(frame)
            inspection.add(decoded, start_s=samples / rate, sample_rate_hz=rate, repaired=_not_numbers(frame))
            samples += round(frame.samples * rate / frame.sample_rate)
            peak = max(peak, float(np.abs(decoded).max(initial=0.0)))
        return Recording(
            duration_s=samples / rate,
            sample_rate_hz=rate,
            channels=first.layout.nb_channels,
            codec=stream.codec_context.name,
            peak_dbfs=float(20 * np.log10(peak)) if peak else float("-inf"),
            repaired=inspection.repaired,
            clipped_s=tuple(inspection.clipped_s),
            empty_channel=inspection.empty_channel(),
            inverted=inspection.is_inverted(),
            truncated_s=promised_s if _ends_early(samples / rate, promised_s) else None,
        )


def read_blocks(
    path: Path,
    *,
    sample_rate_hz: int,
    channels: Literal[1, 2],
    block_s: float = 10.0,
    accept_truncated: bool = False,
) -> Iterator[Block]:
    """The recording at the given rate, in blocks of `block_s` seconds; the last may be shorter.

    Two channels become one by their mean; one becomes two by doubling it. Raises what `probe` raises.
    """
    decoded = _at(path, sample_rate_hz, accept_truncated=accept_truncated)
    parts = (with_channels(two_at_most(samples, names), channels) for samples, names in decoded)
    return regrouped(parts, round(block_s * sample_rate_hz))


def read_timeline(
    timeline: Timeline, folder: Path, *, sample_rate_hz: int, channels: Literal[1, 2], block_s: float = 10.0
) -> Iterator[Block]:
    """The conversation on the episode's clock: the sum of the timeline's sources at their offsets, without the cuts,
    and silence where there is only music; `round(duration_s * sample_rate_hz)` samples. Music is not included, and
    joints are hard.

    A source that begins before the timeline (negative offset) loses that much of its start. For one speaker's track on
    the episode's clock, pass a timeline with that source alone. Raises what `probe` raises.
    """
    total, size = round(timeline.duration_s * sample_rate_hz), round(block_s * sample_rate_hz)
    kept = _kept(timeline, sample_rate_hz)
    lanes = []
    for source in timeline.sources:
        before = round(source.offset_s * sample_rate_hz)
        own = [replace(region, first=region.first - before) for region in kept]
        blocks = read_blocks(
            named_file(folder, source.file),
            sample_rate_hz=sample_rate_hz,
            channels=channels if source.only_channel is None else 2,
            block_s=block_s,
            accept_truncated=source.truncated,
        )
        if source.only_channel is not None:
            blocks = _one_of_two(blocks, source.only_channel, channels)
        lanes.append(spliced(blocks, own, total=total, channels=channels, size=size))
    for parts in zip(*lanes, strict=True):
        mixed = parts[0]
        for part in parts[1:]:
            mixed = mixed + part
        yield mixed


def _one_of_two(blocks: Iterator[Block], channel: int, channels: Literal[1, 2]) -> Iterator[Block]:
    return (with_channels(block[:, channel : channel + 1], channels) for block in blocks)


def _kept(timeline: Timeline, sample_rate_hz: int) -> list[Region]:
    """The timeline's pieces in samples, each beginning where the one before it ends; `first` is on the recordings'
    clock."""
    if not timeline.pieces:
        return [Region(first=0, count=round(timeline.duration_s * sample_rate_hz), at=0)]
    last = timeline.pieces[-1]
    edges_s = [*(piece.at_s for piece in timeline.pieces), last.at_s + last.end_s - last.start_s]
    edges = [round(edge_s * sample_rate_hz) for edge_s in edges_s]
    return [
        Region(first=round(piece.start_s * sample_rate_hz), count=end - at, at=at)
        for piece, (at, end) in zip(timeline.pieces, pairwise(edges), strict=True)
    ]


def read_mono_16k(path: Path) -> Block:
    """The whole recording as Whisper expects it: one dimension, 16 kHz. One hour is 230 MB."""
    samples = bytearray()  # grows in place: joining a list of blocks would take twice the memory
    for block in read_blocks(path, sample_rate_hz=WHISPER_RATE_HZ, channels=1):
        samples += block.tobytes()
    return np.frombuffer(samples, np.float32)


# --- decoding ---------------------------------------------------------------------------------------------------------


def _frames(
    path: Path, container: InputContainer, stream: AudioStream, *, accept_truncated: bool
) -> Iterator[av.AudioFrame]:
    """The decoded frames, at least one. Packets that cannot be decoded are skipped only before the first and after the
    last good frame; damage in between, or missing seconds, raise an AudioError that says where the recording breaks
    off. Only seconds missing at the end can be accepted."""
    promised_s = announced_s(path, container.format.name, stream)
    decoded_s, gap_s, flaw = 0.0, None, ""
    for found in _decoded(container, stream):
        if isinstance(found, str):
            flaw = found
            continue
        if flaw and decoded_s:
            raise _breaks_off(AudioError, path, decoded_s, promised_s, flaw)
        if gap_s is None and found.time is not None and found.time > decoded_s + _TRUNCATED_S:
            gap_s = decoded_s  # damage that the container skipped; some containers merely begin late
        decoded_s += found.samples / found.sample_rate
        yield found
    if not decoded_s:
        raise _no_audio(path, flaw or "no frame could be decoded")
    if _ends_early(decoded_s, promised_s):
        if gap_s:
            raise _breaks_off(AudioError, path, gap_s, promised_s, flaw)
        if not accept_truncated:
            raise _breaks_off(TruncatedError, path, decoded_s, promised_s, flaw)


def _ends_early(decoded_s: float, promised_s: float | None) -> bool:
    return promised_s is not None and decoded_s < promised_s - _TRUNCATED_S


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame | str]:
    """The frames; for every packet that cannot be decoded, ffmpeg's last line about it instead."""
    import av  # heavy

    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError as error:
                yield _last_line(error)
            else:
                yield from frames
    except av.error.FFmpegError as error:  # the container itself ends in the middle
        yield _last_line(error)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    import av  # heavy

    _check_file(path)
    try:
        container = av.open(str(path), metadata_errors="replace", options=_ONLY_THIS_FILE)
    except av.error.FFmpegError as error:
        raise _no_audio(path, _last_line(error)) from error
    with closing(container):
        if not container.streams.audio:
            raise AudioError(
                "In dieser Datei ist kein Ton, nur Bild oder Text.",
                where=path,
                advice="Die Tonaufnahme angeben. Aus einem Video wird die Tonspur genommen; diese Datei hat keine.",
            )
        stream = container.streams.audio[0]
        yield container, stream


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as handle:
            empty = not handle.read(1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise MissingFileError(
            "Die Aufnahme fehlt.",
            where=path,
            advice="Die Datei in den Ordner der Folge legen oder den Namen in episode.toml berichtigen.",
        ) from error
    except PermissionError as error:
        raise AudioError(
            "Die Aufnahme darf nicht gelesen werden.", where=path, advice="Leserechte für die Datei einrichten."
        ) from error
    if empty:
        raise AudioError(
            "Die Aufnahme ist leer (0 Byte).",
            where=path,
            advice="Die Aufnahme noch einmal vom Gerät kopieren; das Kopieren ist wohl abgebrochen.",
        )


def _no_audio(path: Path, last_line: str) -> AudioError:
    return AudioError(
        f"Das ist keine lesbare Tonaufnahme (ffmpeg: {last_line}).",
        where=path,
        advice="Prüfen, ob die Datei sich abspielen lässt und ihre Endung zum Inhalt passt; sonst noch einmal vom "
        "Gerät kopieren oder als WAV, FLAC oder MP3 neu speichern.",
    )


def _breaks_off(
    kind: type[AudioError], path: Path, decoded_s: float, announced_s: float | None, last_line: str
) -> AudioError:
    whole = "" if announced_s is None else f" von {clock(announced_s)}"
    reason = f" (ffmpeg: {last_line})" if last_line else ""
    remedy = "oben in episode.toml accept_truncated = true schreiben."
    if kind is not TruncatedError:
        remedy = "ihn in einem Schnittprogramm öffnen und neu speichern."
    return kind(
        f"Die Aufnahme bricht bei {clock(decoded_s)}{whole} ab: die Datei ist unvollständig oder beschädigt{reason}.",
        where=path,
        advice=f"Die Aufnahme noch einmal vom Gerät kopieren. Soll nur der heile Teil erscheinen: {remedy}",
    )


def _last_line(error: av.error.FFmpegError) -> str:
    logged = error.log[1] if error.log else None
    text = logged[2] if logged else error.strerror or str(error)
    return text.strip().splitlines()[-1]


# --- samples ----------------------------------------------------------------------------------------------------------


def _at(path: Path, sample_rate_hz: int, *, accept_truncated: bool) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Float samples at the given rate with the names of their channels. Handles a format that changes midway."""
    import av  # heavy

    resampler, now = None, None
    names: tuple[str, ...] = ()
    with _opened(path) as (container, stream):
        for frame in _frames(path, container, stream, accept_truncated=accept_truncated):
            if now != (now := (frame.format.name, frame.layout.name, frame.sample_rate)):
                if resampler is not None:
                    yield from ((_floats(rest), names) for rest in resampler.resample(None))
                names = tuple(channel.name for channel in frame.layout.channels)
                resampler = None
                if frame.sample_rate != sample_rate_hz:
                    resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=sample_rate_hz)
            if resampler is None:
                yield _floats(frame), names
            else:
                yield from ((_floats(part), names) for part in resampler.resample(frame))
    if resampler is not None:
        yield from ((_floats(rest), names) for rest in resampler.resample(None))


def _floats(frame: av.AudioFrame) -> Block:
    """The frame's samples as (samples, channels), full scale ±1.0; values that are not numbers become silence."""
    raw: NDArray[Any] = frame.to_ndarray()
    samples = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    if samples.dtype == np.uint8:
        return ((samples - 128.0) / 128.0).astype(np.float32)
    if np.issubdtype(samples.dtype, np.integer):
        return (samples / -float(np.iinfo(samples.dtype).min)).astype(np.float32)
    whole = samples.astype(np.float32, copy=False)
    return whole if np.isfinite(whole).all() else np.nan_to_num(whole, nan=0.0, posinf=0.0, neginf=0.0)


def _not_numbers(frame: av.AudioFrame) -> int:
    """How many samples of a frame are NaN or infinite; only floats can be."""
    if not frame.format.name.startswith(("flt", "dbl")):
        return 0
    return int(np.count_nonzero(~np.isfinite(frame.to_ndarray())))
