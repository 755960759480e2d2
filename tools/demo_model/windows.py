"""Composes training windows from renderings: audio like that of an episode, and what Whisper should write about it.

Every batch depends on (seed, rank, step) alone, so training is repeatable with any number of loading processes.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.signal import butter, sosfilt  # type: ignore[import-untyped]  # ships no types

from tools.demo_model.corpus import SAMPLE_RATE_HZ, Rendering
from tools.demo_model.sentences import PROMPT_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tools.demo_model.vocabulary import Vocabulary

LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß "  # of the auxiliary letter output; 0 is its blank
IGNORED = -1  # no target at this position
FRAMES_PER_S = 50  # of the encoder, and of timestamps
_ANCHORS = 128  # of a batch; more cost time and teach little
_WORD_REACH, _TIME_REACH = 12, 4  # frames: 0.24 s around a text token, 0.08 s around a start or end
_SPEECHLESS = 0.06  # share of windows with silence, noise or tones only
_NOTES_HZ = (110, 131, 165, 196, 220, 262, 330, 392, 440, 523, 660, 880)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the windows of a training phase are made."""

    window_s: int
    batch: int
    sentences: int  # at most, in one window
    prompted: float = 0.2  # share of windows that follow a prompt
    timed: float = 0.6  # share of windows written with timestamps; the pipeline uses this model without

    @property
    def full(self) -> bool:
        """Whether windows are as in transcription; shorter ones are put anywhere in the 30 seconds."""
        return self.window_s == 30


@dataclass(slots=True, kw_only=True)
class Window:
    """Audio with its tokens; `anchors` are (position in tokens, encoder frame, reach in frames): where to look for the
    next token, and how far off is still right."""

    samples: "NDArray[np.float32]"
    timed: bool = True  # written with timestamps
    spoken: list[tuple[float, float, Rendering]] = field(default_factory=list)
    cut_s: float | None = None  # start of a sentence that is cut off by the end of the window
    offset: int = 0  # encoder frame at which the window begins in the 30 seconds
    tokens: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    anchors: list[tuple[int, float, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    samples: torch.Tensor  # (batch, samples)
    offsets: torch.Tensor  # (batch,) encoder frames
    inputs: torch.Tensor  # (batch, length) vocabulary places
    targets: torch.Tensor  # (batch, length) the next place, or IGNORED
    letters: torch.Tensor  # all letters of all windows, one after the other
    letter_counts: torch.Tensor  # (batch,)
    anchors: torch.Tensor  # (n, 4): window, position, encoder frame, reach in frames


class WindowBatches(torch.utils.data.Dataset[Batch]):
    """The batches of a phase, one for each step."""

    def __init__(
        self, renderings: "Sequence[Rendering]", words: "Vocabulary", shape: Shape, *, seed: int, rank: int = 0
    ) -> None:
        self.renderings = renderings
        self.by_variant: dict[str, list[Rendering]] = {}
        for rendering in renderings:
            self.by_variant.setdefault(rendering.variant, []).append(rendering)
        self.words, self.shape = words, shape
        self.seed, self.rank = seed, rank
        self.encoded = {r.text: words.encoded(r.text) for r in renderings}
        self.text_places = np.array(words.text_places)

    def __getitem__(self, step: int) -> Batch:
        chance = np.random.default_rng([self.seed, self.rank, step])
        return self._batched([self._window(chance) for _ in range(self.shape.batch)], chance)

    def _window(self, chance: np.random.Generator) -> Window:
        if chance.random() < _SPEECHLESS:
            window = Window(samples=speechless(self.shape.window_s * SAMPLE_RATE_HZ, chance))
        else:
            window = self._speech(chance, timed=chance.random() < self.shape.timed)
        if not self.shape.full and chance.random() < 0.9:
            window.offset = 25 * int(chance.integers((1500 - self.shape.window_s * FRAMES_PER_S) // 25 + 1))
        self._write(window, chance)
        return window

    def _speech(self, chance: np.random.Generator, *, timed: bool) -> Window:
        """Sentences of one or several voices with pauses, at varied levels, perhaps after music, over light noise."""
        samples = np.zeros(self.shape.window_s * SAMPLE_RATE_HZ, np.float32)
        window = Window(samples=samples, timed=timed)
        place = _lead(samples, chance)
        pool = self.renderings
        if chance.random() < 0.3:
            pool = self.by_variant[str(chance.choice(sorted(self.by_variant)))]
        kind = chance.random()
        most = 2 if kind < 0.25 else self.shape.sentences
        count = most if kind > 0.6 else int(chance.integers(1, most + 1))
        for _ in range(count):
            rendering = pool[int(chance.integers(len(pool)))]
            spoken = rendering.samples.astype(np.float32) * (chance.uniform(0.3, 1.0) / 32768)
            stop = place + len(spoken)
            if stop > len(samples):
                if self.shape.full and timed and place < len(samples) - 1600:
                    samples[place:] += spoken[: len(samples) - place]
                    window.cut_s = place / SAMPLE_RATE_HZ
                break
            samples[place:stop] += spoken
            window.spoken.append((place / SAMPLE_RATE_HZ, stop / SAMPLE_RATE_HZ, rendering))
            place = stop + int(_pause_s(chance) * SAMPLE_RATE_HZ)
        window.samples = _recorded(samples, stop_s=window.spoken[-1][1] if window.spoken else None, chance=chance)
        return window

    def _write(self, window: Window, chance: np.random.Generator) -> None:
        """Fill in tokens, targets and anchors."""
        words = self.words
        prompt = self._prompt(chance) if chance.random() < self.shape.prompted else []
        timed = window.timed
        tokens = [*prompt, words.special("sot"), words.special("german"), words.special("transcribe")]
        first_target = len(prompt) + 1
        if not window.spoken and window.cut_s is None:
            tokens += [self._timestamp(window, 0.0), words.special("eot")]
            targets = [IGNORED] * (len(prompt) + 1) + [words.special("no_speech"), IGNORED] + tokens[-2:]
            window.tokens, window.targets = tokens, targets
            return
        if not timed:
            tokens.append(words.special("no_timestamps"))
        for start_s, stop_s, rendering in window.spoken:
            encoded = self.encoded[rendering.text]
            if timed:
                window.anchors.append((len(tokens) - 1, start_s * FRAMES_PER_S, _TIME_REACH))
                tokens.append(self._timestamp(window, start_s))
            lengths = words.lengths(encoded)
            middles = np.cumsum(lengths) - np.array(lengths) / 2
            times_s = start_s + (stop_s - start_s) * middles / sum(lengths)
            # the position before a token is the one that predicts it
            window.anchors += [
                (len(tokens) - 1 + n, t * FRAMES_PER_S, _WORD_REACH) for n, t in enumerate(times_s.tolist())
            ]
            tokens += encoded
            if timed:
                window.anchors.append((len(tokens) - 1, stop_s * FRAMES_PER_S, _TIME_REACH))
                tokens.append(self._timestamp(window, stop_s))
        if timed and window.cut_s is not None:
            tokens.append(self._timestamp(window, window.cut_s))
        tokens.append(words.special("eot"))
        window.tokens, window.targets = tokens, [IGNORED] * first_target + tokens[first_target:]

    def _timestamp(self, window: Window, time_s: float) -> int:
        frame = min(window.offset + round(time_s * FRAMES_PER_S), 1500)
        return self.words.first_timestamp + frame

    def _prompt(self, chance: np.random.Generator) -> list[int]:
        """A prompt: earlier sentences, a list of names and terms, or words that the model never saw."""
        kind = chance.random()
        if kind < 0.4:
            chosen = chance.integers(len(self.renderings), size=chance.integers(1, 6))
            written = " ".join(self.renderings[number].text for number in chosen)
        else:
            names = list(chance.permutation(PROMPT_WORDS)[: chance.integers(1, len(PROMPT_WORDS) + 1)])
            written = ", ".join(names) + str(chance.choice(["", "."]))
        places = list(self.words.encoded(written))
        if kind > 0.7:
            unknown = chance.random(len(places)) < 0.5
            places = [self.words.shared if hidden else place for hidden, place in zip(unknown, places, strict=True)]
        return [self.words.special("sot_prev"), *places]

    def _batched(self, windows: list[Window], chance: np.random.Generator) -> Batch:
        length = max(len(window.tokens) for window in windows) - 1
        inputs = np.full((len(windows), length), self.words.special("eot"))
        targets = np.full((len(windows), length), IGNORED)
        for row, window in enumerate(windows):
            inputs[row, : len(window.tokens) - 1] = window.tokens[:-1]
            targets[row, : len(window.tokens) - 1] = window.targets[1:]
        # a wrong word now and then, so that one slip in transcription does not lead to the next
        noisy = (chance.random(inputs.shape) < 0.12) & np.isin(inputs, self.text_places)
        inputs = np.where(noisy, chance.choice(self.text_places, inputs.shape), inputs)
        letters = [_letters(window) for window in windows]
        anchors = [(row, *anchor) for row, window in enumerate(windows) for anchor in window.anchors]
        kept = chance.permutation(len(anchors))[:_ANCHORS]
        return Batch(
            samples=torch.from_numpy(np.stack([window.samples for window in windows])),
            offsets=torch.tensor([window.offset for window in windows]),
            inputs=torch.from_numpy(inputs),
            targets=torch.from_numpy(targets),
            letters=torch.tensor([letter for row in letters for letter in row], dtype=torch.long),
            letter_counts=torch.tensor([len(row) for row in letters]),
            anchors=torch.tensor([anchors[n] for n in kept], dtype=torch.float32).reshape(-1, 4),
        )


def speechless(length: int, chance: np.random.Generator) -> "NDArray[np.float32]":
    """Silence, noise or a chord."""
    kind = chance.random()
    if kind < 0.1:
        return np.zeros(length, np.float32)
    if kind < 0.55:
        return _noise(length, 10 ** chance.uniform(-4.5, -1.3), chance)
    return _chord(length, chance)


def _lead(samples: "NDArray[np.float32]", chance: np.random.Generator) -> int:
    """Where speech begins; sometimes music plays before it."""
    kind = chance.random()
    if kind < 0.25:
        return 0
    if kind < 0.9:
        return int(chance.uniform(0, 1.0) * SAMPLE_RATE_HZ)
    length = int(chance.uniform(0.3, 0.4 * len(samples) / SAMPLE_RATE_HZ) * SAMPLE_RATE_HZ)
    samples[:length] += _chord(length, chance) * np.linspace(1, 0, length, dtype=np.float32)
    return length + int(chance.uniform(0, 0.8) * SAMPLE_RATE_HZ)


def _pause_s(chance: np.random.Generator) -> float:
    kind = chance.random()
    if kind < 0.4:
        return float(chance.uniform(0.05, 0.4))
    return float(chance.uniform(0.2, 1.2) if kind < 0.88 else chance.uniform(1.0, 3.0))


def _recorded(
    samples: "NDArray[np.float32]", *, stop_s: float | None, chance: np.random.Generator
) -> "NDArray[np.float32]":
    """Level, noise, the 80 Hz high-pass of levelling, and digital silence where a chunk of speech ends."""
    if chance.random() < 0.6:
        samples = samples + _noise(len(samples), 10 ** chance.uniform(-4.5, -2.2), chance)
    if chance.random() < 0.4:
        samples = sosfilt(butter(2, 80, "highpass", fs=SAMPLE_RATE_HZ, output="sos"), samples).astype(np.float32)
    if stop_s is not None and chance.random() < 0.5:
        samples[int((stop_s + chance.uniform(0.03, 1.5)) * SAMPLE_RATE_HZ) :] = 0
    return samples * np.float32(chance.uniform(0.1, 1.0))


def _noise(length: int, level: float, chance: np.random.Generator) -> "NDArray[np.float32]":
    return chance.standard_normal(length, dtype=np.float32) * np.float32(level)


def _chord(length: int, chance: np.random.Generator) -> "NDArray[np.float32]":
    time_s = np.arange(length, dtype=np.float32) / SAMPLE_RATE_HZ
    chord = np.zeros(length, np.float32)
    for _ in range(int(chance.integers(1, 5))):
        pitch_hz = chance.choice(_NOTES_HZ) * chance.uniform(0.98, 1.02)
        beat = 0.5 + 0.5 * np.sin(2 * np.pi * chance.uniform(0.2, 4) * time_s + chance.uniform(0, 6))
        chord += (np.sin(2 * np.pi * pitch_hz * time_s) * beat * chance.uniform(0.05, 0.25)).astype(np.float32)
    return chord


def _letters(window: Window) -> list[int]:
    said = " ".join(rendering.text for _, _, rendering in window.spoken).lower()
    plain = " ".join("".join(letter if letter in LETTERS else " " for letter in said).split())
    return [LETTERS.index(letter) + 1 for letter in plain]
