"""Speaks the example episode and writes its recording, the raw material that `make episode EPISODE=0` starts from.

    python -m tools.example            # episodes/000-beispiel/raw.flac and tests/demo/example_truth.json

The same script gives the same samples; the same ffmpeg in the `av` wheel gives the same bytes.
"""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import av
import numpy as np
from scipy.signal import lfilter  # type: ignore[import-untyped]  # ships no types

from pipeline.german.espeak import speak
from tools.example_script import CAST, SCRIPT, Cast, ScriptTurn
from tools.example_voices import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
RECORDING = ROOT / "episodes" / "000-beispiel" / "raw.flac"
TRUTH = ROOT / "tests" / "demo" / "example_truth.json"

SAMPLE_RATE_HZ = 22_050  # espeak-ng's own
_BETWEEN_SENTENCES_S = (0.5, 0.6, 0.45, 0.55)  # in turn; longer than the voices' pauses between words
_TAIL_S = 1.0
_SHELF_HZ = 3000.0
_NOISE_DBFS = -78.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTurn:
    """A turn of the script with its place in the recording."""

    speaker: str
    text: str
    start_s: float
    end_s: float
    chapter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The mixed recording, mono, and who speaks when in it."""

    samples: "NDArray[np.float32]"
    turns: tuple[SpokenTurn, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


def composed() -> Recording:
    """Speak all turns one after the other over faint noise; in a fresh process, so that the samples are always the
    same."""
    with TemporaryDirectory() as folder, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        spoken_turns = pool.submit(_all_spoken, lay_out(Path(folder))).result()
    parts: list[NDArray[np.float32]] = []
    turns = []
    length = 0
    for turn, spoken in zip(SCRIPT, spoken_turns, strict=True):
        parts += [_silence(turn.pause_before_s), spoken]
        start = length + len(parts[-2])
        length = start + len(spoken)
        turns.append(_placed(turn, start, length))
    joined = np.concatenate([*parts, _silence(_TAIL_S)])
    noise = np.random.default_rng(0).standard_normal(len(joined), dtype=np.float32) * 10 ** (_NOISE_DBFS / 20)
    return Recording(samples=(joined + noise).astype(np.float32), turns=tuple(turns))


def write_flac(path: Path, samples: "NDArray[np.float32]") -> None:
    """Write 16-bit mono FLAC without anything that depends on the date or the program's version."""
    assert float(np.abs(samples).max()) < 1.0, "the recording would clip"
    pcm = np.round(samples * 32767).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="flac", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(
            "flac", rate=SAMPLE_RATE_HZ, options={"flags": "+bitexact", "compression_level": "12"}
        )
        stream.layout = "mono"
        for start in range(0, len(pcm), SAMPLE_RATE_HZ):
            frame = av.AudioFrame.from_ndarray(pcm[None, start : start + SAMPLE_RATE_HZ], format="s16", layout="mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def truth_json(recording: Recording) -> str:
    """Who says what and when, for tests; times are rounded to hundredths."""
    turns = [
        {"speaker": t.speaker, "start_s": round(t.start_s, 2), "end_s": round(t.end_s, 2), "text": t.text}
        for t in recording.turns
    ]
    duration_s = round(recording.duration_s, 2)
    return json.dumps({"duration_s": duration_s, "turns": turns}, ensure_ascii=False, indent=1) + "\n"


def _all_spoken(data_folder: Path) -> "list[NDArray[np.float32]]":
    cast = {member.name: member for member in CAST}
    return [_spoken(turn, cast[turn.speaker], data_folder) for turn in SCRIPT]


def _spoken(turn: ScriptTurn, member: Cast, data_folder: Path) -> "NDArray[np.float32]":
    """A whole turn at the speaker's level, with short pauses between its sentences."""
    sentences = (_trimmed(speak(sentence, member.voice, data_folder).samples) for sentence in turn.sentences)
    spoken = [_brightened(samples, member.treble_db) for samples in sentences]
    loudness = float(np.sqrt(np.mean(np.concatenate(spoken) ** 2)))
    gain = np.float32(10 ** (member.level_dbfs / 20) / loudness)
    return np.concatenate(list(_with_pauses(spoken))) * gain


def _with_pauses(spoken: "list[NDArray[np.float32]]") -> "Iterator[NDArray[np.float32]]":
    for number, samples in enumerate(spoken):
        if number:
            yield _silence(_BETWEEN_SENTENCES_S[number % len(_BETWEEN_SENTENCES_S)])
        yield samples


def _trimmed(samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """The samples without the silence that espeak-ng puts around a sentence, so that all pauses are those of the
    script."""
    loud = np.flatnonzero(np.abs(samples) > 0.002 * np.abs(samples).max())
    return samples[max(0, loud[0] - 200) : loud[-1] + 400]


def _brightened(samples: "NDArray[np.float32]", gain_db: float) -> "NDArray[np.float32]":
    """The samples with a high shelf (slope 1) from 3 kHz, after R. Bristow-Johnson's "Audio EQ Cookbook"."""
    gain, angle = 10 ** (gain_db / 40), 2 * np.pi * _SHELF_HZ / SAMPLE_RATE_HZ
    cosine, width = np.cos(angle), np.sin(angle) * np.sqrt(2 * gain)
    up, down = gain + 1, gain - 1
    numerator = gain * np.array([up + down * cosine + width, -2 * (down + up * cosine), up + down * cosine - width])
    denominator = np.array([up - down * cosine + width, 2 * (down - up * cosine), up - down * cosine - width])
    brightened: NDArray[np.float32] = lfilter(numerator, denominator, samples).astype(np.float32)
    return brightened


def _silence(duration_s: float) -> "NDArray[np.float32]":
    return np.zeros(round(duration_s * SAMPLE_RATE_HZ), np.float32)


def _placed(turn: ScriptTurn, start: int, stop: int) -> SpokenTurn:
    return SpokenTurn(
        speaker=turn.speaker,
        text=" ".join(turn.sentences),
        start_s=start / SAMPLE_RATE_HZ,
        end_s=stop / SAMPLE_RATE_HZ,
        chapter=turn.chapter,
    )


def main() -> None:
    recording = composed()
    write_flac(RECORDING, recording.samples)
    TRUTH.parent.mkdir(parents=True, exist_ok=True)
    TRUTH.write_text(truth_json(recording), encoding="utf-8")
    print(f"{RECORDING.name}: {recording.duration_s:.1f} s, {RECORDING.stat().st_size} bytes")
    for turn in recording.turns:
        print(f"{turn.start_s:7.2f} {turn.end_s:7.2f} {turn.speaker:12} {turn.chapter}")


if __name__ == "__main__":
    main()
