"""Synthesised recordings, and the ffmpeg of the wheel as encoder and as an independent meter."""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np

SHARED = Path(__file__).parents[2] / "../shared"


def voice(seconds: float, *, rate: int = 48_000, seed: int = 1, level: float = 0.1) -> np.ndarray:
    """Something with the crest and the pauses of speech: syllables of a buzz with formants; (samples, 1)."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 15 * np.sin(2 * np.pi * 0.4 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    buzz = sum(np.sin(k * phase + 0.2 * k * k) * np.exp(-(((k * 120 - 600) / 900) ** 2)) for k in range(1, 30))
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * time + rng.uniform(0, 6)), 0, None) ** 0.7
    stress = 0.4 + 0.6 * np.repeat(rng.uniform(0, 1, int(seconds * 4) + 2), rate // 4)[: len(time)]
    pauses = (np.sin(2 * np.pi * time / 4.1) > -0.8).astype(float)
    hiss = 0.0005 * rng.standard_normal(len(time))
    return (level * buzz * syllables * stress * pauses + hiss)[:, None]


def sine(seconds: float, frequency: float, dbfs: float, *, rate: int = 48_000, phase: float = 0.0) -> np.ndarray:
    """A sine whose peaks are at `dbfs`; (samples,)."""
    time = np.arange(round(seconds * rate)) / rate
    return 10 ** (dbfs / 20) * np.sin(2 * np.pi * frequency * time + phase)


def write_wav(path: Path, samples: np.ndarray, *, rate: int = 48_000, kind: str = "s16") -> Path:
    """A plain WAV; `kind` is u8, s16, s24, s32 or f32. Integers clip, floats do not."""
    bits = {"u8": 8, "s16": 16, "s24": 24, "s32": 32, "f32": 32}[kind]
    samples = samples if samples.ndim == 2 else samples[:, None]
    if kind == "f32":
        data = samples.astype("<f4").tobytes()
    elif kind == "u8":
        data = np.clip(np.rint(samples * 128 + 128), 0, 255).astype(np.uint8).tobytes()
    else:
        top = 2 ** (bits - 1)
        whole = np.clip(np.rint(samples * top), -top, top - 1).astype("<i4")
        data = whole.view(np.uint8).reshape(*whole.shape, 4)[..., : bits // 8].tobytes()
    width = samples.shape[1] * bits // 8
    form = struct.pack("<HHIIHH", 3 if kind == "f32" else 1, samples.shape[1], rate, rate * width, width, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return path


def ffmpeg(*arguments: str | Path) -> str:
    """Run the wheel's ffmpeg; return its stderr."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def ebur128(path: Path) -> tuple[float, float, float]:
    """Integrated LUFS, range in LU and true peak in dBTP, by ffmpeg's own meter (to 0.1)."""
    summary = ffmpeg("-i", path, "-af", "ebur128=peak=true", "-f", "null", "-").rpartition("Summary:")[2]
    found = [re.search(rf"{name}:\s+(-?[\d.]+|-inf)", summary) for name in ("I", "LRA", "Peak")]
    integrated, loudness_range, peak = (float(match[1]) for match in found if match)
    return integrated, loudness_range, peak


def probe_mp3(path: Path) -> str:
    """What ffmpeg says about a file's streams and tags."""
    return ffmpeg("-i", path, "-f", "null", "-")
