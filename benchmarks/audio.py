"""Measures the processor time and memory of the audio room, against decoding and LAME alone and ffmpeg-normalize.

    python benchmarks/audio.py --minutes 10 --channels 2

Makes a conversation of two voices 12 LU apart, with the crest and the pauses of speech. Runs assemble, normalise and
encode on it, encodes it once without any processing (the floor), and runs ffmpeg-normalize with its podcast preset on
it (the peer). They run one after the other, so that their ratios mean something even on a busy machine; processor time
includes ffmpeg's. Who speaks when is given here; finding that out is the speech room's work.

The aim is at most 2.0 times the floor and 150 MB, at 10 minutes, an hour and four hours; docs/architecture.md says what
was measured. On a busy machine the ratio is higher, so compare versions side by side only. The floor reads the
recording as the chain does, so faster decoding lowers both. The recording is decoded twice (probed; measured, and kept
for the second pass), the FLAC once (again if the first try of the limiter was far off) and the MP3 once, to verify it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.audio.assemble import assemble
from pipeline.audio.encode import encode
from pipeline.audio.ffmpeg import encode_stream, executable
from pipeline.audio.loudness import measure
from pipeline.audio.normalise import normalise
from pipeline.audio.speaker_levels import spread_lu
from pipeline.media import pcm
from pipeline.values.audio import AudioSettings
from pipeline.values.progress import no_listener
from pipeline.values.speech import SpeakerMap, SpeakerSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

RATE_HZ = 48_000
SECONDS_AT_A_TIME = 10
DIFFERENT_PIECES = 60  # ten minutes, then they repeat: making them takes longer than all that is measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=10, help="length of the recording (default 10)")
    parser.add_argument("--channels", type=int, choices=(1, 2), default=2, help="channels of the recording (default 2)")
    parser.add_argument("--no-peer", action="store_true", help="leave ffmpeg-normalize out: it takes longest")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report(Path(folder), arguments.minutes, arguments.channels, with_peer=not arguments.no_peer)


def report(folder: Path, minutes: int, channels: int, *, with_peer: bool) -> None:
    maker = multiprocessing.get_context("spawn").Process(
        target=make_recording, args=(folder / "raw.flac", minutes, channels)
    )
    maker.start()  # in its own process: its memory is not the chain's
    maker.join()
    settings = AudioSettings()
    seconds: dict[str, float] = {}

    before_mb = peak_mb()
    start = time.perf_counter()
    seconds["assemble"], timeline = timed(lambda: assemble(folder, [("raw.flac", None, 0.0)], listener=no_listener))
    seconds["normalise"], levels = timed(
        lambda: normalise(
            timeline, folder, settings, folder / "n.flac", speakers=speakers(minutes), listener=no_listener
        )
    )
    seconds["encode"], audio = timed(
        lambda: encode(
            folder / "n.flac",
            {"mp3": folder / "a.mp3"},
            settings,
            levels,
            spans=speakers(minutes).spans,
            listener=no_listener,
        )
    )
    wall = time.perf_counter() - start
    chain_mb = peak_mb()
    seconds["floor"], _ = timed(lambda: floor(folder / "raw.flac", folder / "floor.mp3"))
    if with_peer:
        seconds["peer"], _ = timed(lambda: peer(folder / "raw.flac", folder / "peer.mp3"))

    chain = seconds["assemble"] + seconds["normalise"] + seconds["encode"]
    print(f"{platform.machine()}, Python {platform.python_version()}; {minutes} min, {channels} channel(s)")
    for name, value in seconds.items():
        print(f"{name:10} {value:8.2f} s CPU   {value / minutes:6.2f} s per minute of audio")
    sound = seconds["normalise"] + seconds["encode"]
    ratios = f"{chain / seconds['floor']:6.2f} times the floor ({sound / seconds['floor']:.2f} without assembling)"
    if with_peer:
        ratios += f", {chain / seconds['peer']:.2f} times the peer"
    print(f"{'chain':10} {chain:8.2f} s CPU   {ratios}; {60 * minutes / wall:.0f} times real time")
    print(f"memory     {chain_mb:8.0f} MB at most, {before_mb:.0f} MB of it before the first block")
    print(
        f"result     {audio.after.integrated_lufs:8.2f} LUFS, {audio.after.true_peak_dbtp:.2f} dBTP, "
        f"{audio.attempts} encode(s), limited {audio.limited_s:.0f} s"
    )
    if with_peer:
        peers = measure(folder / "peer.mp3")
        print(f"peer       {peers.integrated_lufs:8.2f} LUFS, {peers.true_peak_dbtp:.2f} dBTP")
    spread = abs(audio.speakers[0].before_lufs - audio.speakers[1].before_lufs)
    print(f"speakers   {spread:8.2f} LU apart before, {spread_lu(audio.speakers):.2f} LU after")


def floor(recording: Path, mp3: Path) -> None:
    """Decode and encode with LAME, nothing else; two channels as in the finished file."""
    blocks = pcm.read_blocks(recording, sample_rate_hz=RATE_HZ, channels=2)
    options = ["-ar", "44100", "-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"]
    encode_stream(blocks, mp3, sample_rate_hz=RATE_HZ, channels=2, options=options)


def peer(recording: Path, mp3: Path) -> None:
    """Run ffmpeg-normalize with its podcast preset, the same ffmpeg and the same encoder."""
    command = [sys.executable, "-m", "ffmpeg_normalize", str(recording), "-o", str(mp3), "-f", "--preset", "podcast"]
    encoder = ["-c:a", "libmp3lame", "-b:a", "128k", "-ar", "44100"]
    subprocess.run(
        [*command, *encoder], check=True, stderr=subprocess.DEVNULL, env=os.environ | {"FFMPEG_PATH": executable()}
    )


def speakers(minutes: int) -> SpeakerMap:
    """Who speaks when in the made-up conversation: turns of ten seconds each."""
    spans = (
        SpeakerSpan(start_s=at * SECONDS_AT_A_TIME, end_s=(at + 1) * SECONDS_AT_A_TIME, speaker=at % 2)
        for at in range(minutes * 60 // SECONDS_AT_A_TIME)
    )
    return SpeakerMap(method="clustering", count=2, spans=tuple(spans))


def make_recording(path: Path, minutes: int, channels: int) -> None:
    def blocks() -> Iterator[np.ndarray]:
        for piece in range(minutes * 60 // SECONDS_AT_A_TIME):
            yield np.hstack([buzz(piece % DIFFERENT_PIECES, seed) for seed in range(channels)])

    encode_stream(
        blocks(), path, sample_rate_hz=RATE_HZ, channels=channels, options=["-c:a", "flac", "-sample_fmt", "s16"]
    )


@cache
def buzz(piece: int, seed: int) -> np.ndarray:
    """Ten seconds of syllables: harmonics of a wandering pitch, stress, pauses and plosives, over a little hiss."""
    rng = np.random.default_rng((piece, seed))
    clock = np.arange(SECONDS_AT_A_TIME * RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * np.cumsum(120 + 15 * np.sin(2 * np.pi * 0.4 * clock)) / RATE_HZ
    tone = sum(np.sin(k * phase + 0.2 * k * k) * np.exp(-(((k * 120 - 600) / 900) ** 2)) for k in range(1, 20))
    stress = np.repeat(rng.uniform(0.1, 1, SECONDS_AT_A_TIME * 4), RATE_HZ // 4)
    syllables = np.clip(np.sin(2 * np.pi * 4 * clock - np.pi / 2), 0, None) ** 0.7
    pauses = np.sin(2 * np.pi * clock / 4.1) > -0.8
    noise = 0.0005 * rng.standard_normal(len(clock))
    level = 0.04 if piece % 2 else 0.01  # the second voice is 12 dB louder
    voice = level * tone * stress * syllables * pauses + noise
    for at in rng.integers(0, len(clock) - 200, size=2 * SECONDS_AT_A_TIME):
        voice[at : at + 200] *= 1 + 3 * np.hanning(200)  # plosives, which the limiter has to catch
    return voice[:, None].astype(np.float32)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    start = cpu_seconds()
    result = work()
    return cpu_seconds() - start, result


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
