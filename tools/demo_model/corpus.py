"""Renders the sentences in forty espeak-ng voices, and in eight more for evaluation only, into one file.

python -m tools.demo_model.corpus build/demo-corpus.npz
"""

import argparse
import json
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.signal import resample_poly  # type: ignore[import-untyped]  # ships no types

from pipeline.german.espeak import Voice, speak
from tools.demo_model.sentences import FIXED, sentences

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000  # Whisper's

TRAINED_VOICES = (
    "",
    "m1",
    "m2",
    "m3",
    "m4",
    "m5",
    "m6",
    "m7",
    "f1",
    "f2",
    "f3",
    "f5",
    "Alex",
    "Alicia",
    "Andy",
    "Annie",
    "Denis",
    "Diogo",
    "Gene",
    "Hugo",
    "Lee",
    "Marco",
    "Michael",
    "adam",
    "anika",
    "aunty",
    "david",
    "ed",
    "edward",
    "gustave",
    "iven4",
    "linda",
    "marcelo",
    "max",
    "pablo",
    "pedro",
    "quincy",
    "sandro",
    "steph",
    "victor",
)
HELD_OUT_VOICES = ("Andrea", "Henrique", "Nguyen", "belinda", "f4", "m8", "miguel", "rob")

Part = Literal["trained", "known", "unseen"]  # known: trained sentence, held-out voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One rendering to make."""

    part: Part
    text: str
    variant: str
    speed_wpm: int
    pitch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One spoken sentence: mono, 16 kHz, trimmed of silence, peak at full scale of 16 bits."""

    part: Part
    text: str
    variant: str
    samples: "NDArray[np.int16]"

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


def tasks(*, trained: int, examined: int, seed: int = 1) -> list[Task]:
    """Tasks for `trained` renderings, and for `examined` each of known and of unseen sentences in held-out voices."""
    chance = random.Random(seed)
    split = sentences()
    chosen = []
    for number in range(trained):
        text = split.trained[number % len(split.trained)]
        if chance.random() < 0.3:  # a fixed sentence has no similar ones to learn from, so it is chosen more often
            text = chance.choice(FIXED)
        chosen.append(_task("trained", text, TRAINED_VOICES, chance, speeds=(125, 205), pitches=(25, 80)))
    for number in range(examined):
        known, unseen = chance.choice(split.trained), split.unseen[number % len(split.unseen)]
        chosen.append(_task("known", known, HELD_OUT_VOICES, chance, speeds=(130, 200), pitches=(30, 75)))
        chosen.append(_task("unseen", unseen, HELD_OUT_VOICES, chance, speeds=(130, 200), pitches=(30, 75)))
    return chosen


def render(task: Task) -> "NDArray[np.int16]":
    """Speak one task at 16 kHz, trimmed to 10 ms before the first and 20 ms after the last sound."""
    voice = Voice(variant=task.variant, speed_wpm=task.speed_wpm, pitch=task.pitch)
    speech = speak(task.text, voice)
    samples = resampled(speech.samples, speech.sample_rate_hz)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = samples[max(0, loud[0] - 160) : loud[-1] + 320]
    return np.asarray(samples / np.abs(samples).max() * 32_000).astype(np.int16)


def resampled(samples: "NDArray[np.float32]", sample_rate_hz: int) -> "NDArray[np.float32]":
    """The samples at 16 kHz."""
    common = int(np.gcd(SAMPLE_RATE_HZ, sample_rate_hz))
    return np.asarray(resample_poly(samples, SAMPLE_RATE_HZ // common, sample_rate_hz // common), dtype=np.float32)


def save(path: Path, renderings: list[Rendering]) -> None:
    facts = [{"part": r.part, "text": r.text, "variant": r.variant, "length": len(r.samples)} for r in renderings]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, samples=np.concatenate([r.samples for r in renderings]), facts=np.array(json.dumps(facts)))


def load(path: Path) -> list[Rendering]:
    with np.load(path) as file:
        samples, facts = file["samples"], json.loads(str(file["facts"]))
    renderings, start = [], 0
    for fact in facts:
        stop = start + fact.pop("length")
        renderings.append(Rendering(samples=samples[start:stop], **fact))
        start = stop
    return renderings


def _task(
    part: Part,
    text: str,
    variants: tuple[str, ...],
    chance: random.Random,
    *,
    speeds: tuple[int, int],
    pitches: tuple[int, int],
) -> Task:
    return Task(
        part=part,
        text=text,
        variant=chance.choice(variants),
        speed_wpm=chance.randint(*speeds),
        pitch=chance.randint(*pitches),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--trained", type=int, default=8000)
    parser.add_argument("--examined", type=int, default=100)
    parser.add_argument("--processes", type=int, default=None)
    arguments = parser.parse_args()
    wanted = tasks(trained=arguments.trained, examined=arguments.examined)
    with ProcessPoolExecutor(arguments.processes) as pool:
        spoken = pool.map(render, wanted, chunksize=50)
        renderings = [
            Rendering(part=task.part, text=task.text, variant=task.variant, samples=samples)
            for task, samples in zip(wanted, spoken, strict=True)
        ]
    save(arguments.path, renderings)
    hours = sum(r.duration_s for r in renderings) / 3600
    print(f"{len(renderings)} renderings, {hours:.1f} hours, {asdict(wanted[0])} is the first")


if __name__ == "__main__":
    main()
