"""Evaluates a checkpoint with the real `whisper.load_model` and `transcribe`, on voices it was never trained on.

    python -m tools.demo_model.evaluate pipeline/speech/demo/demo.pt.xz

It renders its own sentences, so it needs no corpus file. Sentences are heard as in the pipeline, one at a time and
without timestamps; dialogues as by Whisper itself, with its own timestamps.
"""

import argparse
import lzma
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import whisper  # type: ignore[import-untyped]  # ships no types

from tools.demo_model.corpus import HELD_OUT_VOICES, SAMPLE_RATE_HZ, Rendering, render, tasks
from tools.demo_model.wer import WordErrors, word_errors, words
from tools.demo_model.windows import speechless

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPTIONS: dict[str, Any] = {"language": "de", "fp16": False, "condition_on_previous_text": False, "beam_size": 5}
_SENTENCE: dict[str, Any] = {"without_timestamps": True}  # as the pipeline uses this model: breath by breath
_LEVEL = 0.35  # of the peak: speech at about -20 LUFS


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Two held-out voices in turn, 60 to 90 s."""

    samples: "NDArray[np.float32]"
    text: str


def opened(checkpoint: Path) -> Any:
    """The Whisper model of a checkpoint, compressed or not."""
    if checkpoint.suffix != ".xz":
        return whisper.load_model(str(checkpoint), device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / checkpoint.stem
        plain.write_bytes(lzma.decompress(checkpoint.read_bytes()))
        return whisper.load_model(str(plain), device="cpu")


def heard(model: Any, samples: "NDArray[np.float32]", **options: Any) -> str:
    return str(model.transcribe(samples, **OPTIONS | options)["text"])


def examination(count: int, seed: int = 2) -> list[Rendering]:
    """`count` known and `count` unseen sentences in held-out voices."""
    return [
        Rendering(part=task.part, text=task.text, variant=task.variant, samples=render(task))
        for task in tasks(trained=0, examined=count, seed=seed)
    ]


def dialogue(renderings: list[Rendering], seed: int, *, sentences: int = 24) -> Dialogue:
    """Two of the voices speak one to three sentences in turn, with pauses."""
    chance = random.Random(seed)
    voices = chance.sample(sorted({r.variant for r in renderings}), 2)
    parts, texts = [_pause(0.4)], list[str]()
    while len(texts) < sentences:
        for _ in range(chance.randint(1, 3)):
            spoken = chance.choice([r for r in renderings if r.variant == voices[0]])
            parts += [as_floats(spoken), _pause(chance.uniform(0.2, 0.5))]
            texts.append(spoken.text)
        parts.append(_pause(chance.uniform(0.3, 0.8)))
        voices.reverse()
    return Dialogue(samples=np.concatenate(parts), text=" ".join(texts))


def as_floats(rendering: Rendering) -> "NDArray[np.float32]":
    return rendering.samples.astype(np.float32) * np.float32(_LEVEL / 32768)


def examine_sentences(model: Any, renderings: list[Rendering], part: str) -> WordErrors:
    chosen = [r for r in renderings if r.part == part]
    pairs = [(r.text, heard(model, as_floats(r), **_SENTENCE)) for r in chosen]
    for said, transcribed in pairs:
        if words(said) != words(transcribed):
            print(f"  {said} | {transcribed.strip()}")
    return word_errors(pairs)


def _pause(duration_s: float) -> "NDArray[np.float32]":
    return np.zeros(round(duration_s * SAMPLE_RATE_HZ), np.float32)


def _row(what: str, count: str, errors: WordErrors, seconds: float) -> str:
    return f"| {what} | {count} | {errors.said} | {100 * errors.rate:.1f} % | {seconds:.1f} |"


def report(model: Any, count: int, dialogues: int) -> list[str]:
    """The table of the README, with a row for each part of the evaluation."""
    renderings = examination(count)
    rows = ["| held-out voices | what | words | WER | seconds |", "|---|---|---|---|---|"]
    for name, part in (("known sentences", "known"), ("unseen combinations", "unseen")):
        print(f"{name}:")
        began = time.monotonic()
        errors = examine_sentences(model, renderings, part)
        rows.append(_row(name, f"{count} sentences", errors, time.monotonic() - began))
    for number in range(dialogues):
        made = dialogue(renderings, number)
        began = time.monotonic()
        errors = word_errors([(made.text, heard(model, made.samples))])
        rows.append(_row(f"dialogue {number + 1}", _length(made.samples), errors, time.monotonic() - began))
    return rows


def speechless_texts(model: Any) -> dict[str, str]:
    """What the model writes when nobody speaks; it should be nothing."""
    time_s = np.arange(20 * SAMPLE_RATE_HZ, dtype=np.float32) / SAMPLE_RATE_HZ
    sounds: dict[str, NDArray[np.float32]] = {
        "silence": np.zeros_like(time_s),
        "noise": (np.random.default_rng(0).standard_normal(len(time_s)) * 0.01).astype(np.float32),
        "a tone": (0.2 * np.sin(2 * np.pi * 330 * time_s)).astype(np.float32),
        "a chord": speechless(len(time_s), np.random.default_rng(3)),
    }
    return {name: heard(model, samples) for name, samples in sounds.items()}


def _length(samples: "NDArray[np.float32]") -> str:
    return f"{len(samples) / SAMPLE_RATE_HZ:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--count", type=int, default=100, help="sentences of each kind")
    parser.add_argument("--dialogues", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # a network this small gains nothing from more
    model = opened(arguments.checkpoint)
    rows = report(model, arguments.count, arguments.dialogues)
    print(*rows, f"voices: {', '.join(HELD_OUT_VOICES)}", sep="\n")
    for name, text in speechless_texts(model).items():
        print(f"{name}: {text!r}")


if __name__ == "__main__":
    main()
