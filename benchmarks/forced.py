"""Measures how long it takes to find a text in an untranscribed recording, how much memory, and how accurately.

    python benchmarks/forced.py --minutes 45

The recording is made up: the demo sentences in shuffled order and in two voices that differ from the reading's, with
pauses, over light noise; its truth is known. The floor is decoding the recording and computing its features, which any
method needs. Times are processor time; the memory is the highest of the whole process.
"""

from __future__ import annotations

import argparse
import platform
import random
import resource
import sys
import tempfile
import time
import wave
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.media import pcm
from pipeline.transcript.editorial import parse
from pipeline.transcript.forced import estimate
from pipeline.transcript.mfcc import RATE_HZ, mfcc
from pipeline.values.show import Speaker
from tools.demo_model.corpus import Task, render
from tools.demo_model.sentences import sentences

SPEAKER = Speaker(name="Klara Klang", slug="klara-klang")
VOICES = ("f4", "m8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=45, help="length of the recording (default 45)")
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder) / "recording.wav"
        paragraphs, truth = record(audio, minutes * 60)
        manuscript = parse(f"{SPEAKER.name}:\n" + "\n\n".join(paragraphs) + "\n", speakers=[SPEAKER])
        began = time.process_time()
        mfcc(pcm.read_mono_16k(audio))
        floor_s = time.process_time() - began
        before_mb, began = peak_mb(), time.process_time()
        found = estimate(manuscript, audio, fingerprint="", today=date(2026, 1, 1))
        seconds = time.process_time() - began
    lengths = [len(paragraph.split()) for paragraph in paragraphs]
    words = [word for segment in found.segments for word in segment.words]
    starts = [words[sum(lengths[:number])].start_s for number in range(len(lengths))]
    off = np.abs(np.subtract(starts, truth))
    near = 100 * (off <= 0.5).mean()
    print(f"{platform.machine()}, Python {platform.python_version()}; {minutes} min, {len(paragraphs)} paragraphs")
    print(
        f"decoding and features {floor_s:.1f} s, everything {seconds:.1f} s ({seconds / floor_s:.1f} times the floor)"
    )
    print(f"memory {peak_mb():.0f} MB at most, {before_mb:.0f} MB before")
    print(f"{near:.1f} % of the paragraphs within 0.5 s, 95 % within {np.quantile(off, 0.95):.2f} s")


def record(path: Path, length_s: int) -> tuple[list[str], list[float]]:
    """Write the recording; return its paragraphs of three sentences and where each begins."""
    dice = random.Random(1)
    texts = sentences().trained
    spoken = {
        (text, voice): render(Task(part="trained", text=text, variant=voice, speed_wpm=155, pitch=45)) // 2
        for text in texts
        for voice in VOICES
    }
    paragraphs, truth = [], []
    noise = np.random.default_rng(1)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        while file.tell() < length_s * RATE_HZ:
            chosen, voice = dice.sample(texts, 3), dice.choice(VOICES)
            paragraphs.append(" ".join(chosen))
            truth.append(file.tell() / RATE_HZ)
            for text in chosen:
                pause = noise.normal(0, 10, round(dice.uniform(0.2, 1.2) * RATE_HZ))
                file.writeframes(np.concatenate((spoken[text, voice], pause)).astype("<i2").tobytes())
    return paragraphs, truth


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
