"""Opens one recording with ffmpeg's libraries (PyAV) and decodes it frame by frame.

A file that cannot be read, or not to its end, raises an error that says what is wrong with it and where.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pipeline.errors import AudioError, MissingFileError, TruncatedError
from pipeline.media.gaps import Clock, keeps_time, silent_frames
from pipeline.media.headers import announced_s
from pipeline.media.joined import WithoutTags, tags_inside
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import av
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

    from pipeline.media.blocks import Block

# Playlists and scripts (HLS, concat, DASH …) open other files or the network, whatever their suffix: formats that are
# not listed here are refused. Names of ffmpeg's demuxers.
_ONLY_THIS_FILE = {
    "protocol_whitelist": "file",
    "format_whitelist": "wav,w64,aiff,caf,au,flac,wv,ape,tta,mp3,aac,ac3,eac3,amr,ogg,matroska,webm,mov,mp4,m4a,3gp,"
    "3g2,mj2,asf,avi,flv,mpeg,mpegts,dsf",
}
_TYPES = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}  # ffmpeg's packed formats
_TRUNCATED_S = 0.5  # a file may end this much before the length its header announces (encoder padding, edit lists)


@contextmanager
def opened(path: Path, stream_index: int | None = None) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The file's container and one of its audio streams: that of the index, counted from 0, else the first. Raises
    MissingFileError if there is no such file, and AudioError if it is unreadable, empty or without that sound."""
    import av  # heavy

    _check_file(path)
    with ExitStack() as opened_here:
        try:
            container = opened_here.enter_context(closing(_open(str(path))))
            if container.format.name == "mp3" and (tags := tags_inside(path)):
                source = opened_here.enter_context(closing(WithoutTags(path, tags)))
                container = opened_here.enter_context(closing(_open(source)))
        except av.error.FFmpegError as error:
            raise _no_audio(path, _last_line(error)) from error
        if not container.streams.audio:
            raise AudioError(
                "In dieser Datei ist kein Ton, nur Bild oder Text.",
                where=path,
                advice="Die Tonaufnahme angeben. Aus einem Video wird die Tonspur genommen; diese Datei hat keine.",
            )
        count = len(container.streams.audio)
        if stream_index is not None and stream_index >= count:
            raise AudioError(
                f"Eine Tonspur {stream_index + 1} gibt es in dieser Datei nicht; sie hat {count}.",
                where=path,
                advice="In episode.toml bei `stream` eine Tonspur nennen, die es gibt.",
            )
        yield container, container.streams.audio[stream_index or 0]


def _open(source: Any) -> InputContainer:
    import av  # heavy

    container: InputContainer = av.open(source, metadata_errors="replace", options=_ONLY_THIS_FILE)
    return container


def decoded_frames(
    path: Path,
    container: InputContainer,
    stream: AudioStream,
    *,
    accept_truncated: bool,
    on_gap: Callable[[float, float], None] = lambda start_s, length_s: None,
) -> Iterator[av.AudioFrame]:
    """The decoded frames, at least one. Packets that cannot be decoded are skipped only before the first and after the
    last good frame; damage in between, or missing seconds, raise an AudioError that says where the recording breaks
    off. Only seconds missing at the end can be accepted. Where the timestamps of a container that keeps time jump, so
    many seconds of silence are put in; `on_gap` gets where it begins and how long it is."""
    promised_s = announced_s(path, container.format.name, stream)
    clock_of_frames = Clock() if keeps_time(container.format.name) else None
    decoded_s, gap_s, flaw = 0.0, None, ""
    for found in _decoded(container, stream):
        if isinstance(found, str):
            flaw = found
            continue
        if flaw and decoded_s:
            raise _breaks_off(AudioError, path, decoded_s, promised_s, flaw)
        if clock_of_frames is not None:
            if missing_s := clock_of_frames.missing_s(found):
                on_gap(decoded_s, missing_s)
                yield from silent_frames(found, missing_s)
                decoded_s += missing_s
        elif gap_s is None and found.time is not None and found.time > decoded_s + _TRUNCATED_S:
            gap_s = decoded_s  # damage that the container skipped; some containers merely begin late
        decoded_s += found.samples / found.sample_rate
        yield found
    if not decoded_s:
        raise _no_audio(path, flaw or "no frame could be decoded")
    if ends_early(decoded_s, promised_s):
        if gap_s:
            raise _breaks_off(AudioError, path, gap_s, promised_s, flaw)
        if not accept_truncated:
            raise _breaks_off(TruncatedError, path, decoded_s, promised_s, flaw)


class Batch(NamedTuple):
    """The samples of successive frames of one format, (samples, channels), as the codec gives them; read-only."""

    samples: NDArray[Any]
    format: str  # ffmpeg's name of the format in which the channels lie side by side
    layout: av.AudioLayout
    sample_rate_hz: int


def batches(frames: Iterable[av.AudioFrame]) -> Iterator[Batch]:
    """A second of the frames at a time, less where format, layout or rate change and at the end."""
    return (_batch(frame) for frame in _gathered(frames))


def resampled(
    path: Path, sample_rate_hz: int, *, accept_truncated: bool, stream_index: int | None = None
) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Float samples at the given rate with the names of their channels, about a second at a time. Handles a format that
    changes midway."""
    import av  # heavy

    resampler, now = None, None
    names: tuple[str, ...] = ()
    with opened(path, stream_index) as (container, stream):
        for frame in _gathered(decoded_frames(path, container, stream, accept_truncated=accept_truncated)):
            if now != (now := _kind(frame)):
                if resampler is not None:
                    yield from ((floats(_batch(rest)), names) for rest in resampler.resample(None))
                names = tuple(channel.name for channel in frame.layout.channels)
                resampler = None
                if frame.sample_rate != sample_rate_hz:
                    resampler = av.AudioResampler(format="flt", layout=frame.layout, rate=sample_rate_hz)
            parts = [frame] if resampler is None else resampler.resample(frame)
            yield from ((floats(_batch(part)), names) for part in parts)
    if resampler is not None:
        yield from ((floats(_batch(rest)), names) for rest in resampler.resample(None))


def floats(batch: Batch) -> Block:
    """The samples as float32, full scale ±1.0; values that are not numbers become silence."""
    raw = batch.samples
    if raw.dtype == np.uint8:
        return ((raw - 128.0) / 128.0).astype(np.float32)
    if raw.dtype.kind == "i":  # full scale is a power of two: multiplying rounds as dividing does
        return np.asarray(np.multiply(raw, np.float32(-1.0 / np.iinfo(raw.dtype).min), dtype=np.float32))
    whole = raw.astype(np.float32, copy=False)
    return whole if np.isfinite(whole).all() else np.nan_to_num(whole, nan=0.0, posinf=0.0, neginf=0.0)


def not_numbers(batch: Batch) -> int:
    """How many samples are NaN or infinite; only floats can be."""
    return 0 if batch.samples.dtype.kind != "f" else int(np.count_nonzero(~np.isfinite(batch.samples)))


def _gathered(frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """The same samples in frames of a second, less where format, layout or rate change and at the end. ffmpeg copies
    them: in Python, that takes up to half as long as decoding."""
    import av  # heavy

    fifo, now = av.AudioFifo(), None
    for frame in frames:
        if now != (now := _kind(frame)) and fifo.samples_written:
            yield from fifo.read_many(0, partial=True)
            fifo = av.AudioFifo()
        frame.pts = None  # frames follow each other without gaps, whatever their times say
        fifo.write(frame)
        yield from fifo.read_many(frame.sample_rate)
    yield from fifo.read_many(0, partial=True)


def _kind(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _batch(frame: av.AudioFrame) -> Batch:
    """The frame's samples. PyAV's `to_ndarray` (18.1) takes twice the time."""
    name, channels = frame.format.name.removesuffix("p"), frame.layout.nb_channels
    dtype = np.dtype(_TYPES[name])
    if frame.format.is_planar:
        samples = np.empty((frame.samples, channels), dtype)
        for at, plane in enumerate(frame.planes):
            samples[:, at] = np.frombuffer(memoryview(plane), dtype, frame.samples)
    else:
        packed = memoryview(frame.planes[0])  # keeps the frame in memory
        samples = np.frombuffer(packed, dtype, frame.samples * channels).reshape(-1, channels)
    return Batch(samples=samples, format=name, layout=frame.layout, sample_rate_hz=frame.sample_rate)


def ends_early(decoded_s: float, promised_s: float | None) -> bool:
    """Whether a recording is shorter than its header says, beyond what formats allow."""
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
