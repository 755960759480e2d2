"""A recording of synthetic voices in which it is known what could be cut out, and what must stay."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter, resample_poly

from pipeline.german.espeak import Voice, speak
from pipeline.values.speech import Provenance, Recognition, Segment, Word

RATE_HZ = 16_000
PAUSE_S = 0.15
VOICE = Voice(variant="", speed_wpm=150)


@dataclass
class Recording:
    """Grows word by word; `wanted` are the stretches to be found, each with its kind."""

    seed: int = 1
    parts: list[np.ndarray] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    wanted: list[tuple[str, float, float]] = field(default_factory=list)
    at: int = 0

    @property
    def now_s(self) -> float:
        return self.at / RATE_HZ

    def add(self, samples: np.ndarray) -> tuple[float, float]:
        start_s = self.now_s
        self.parts.append(samples.astype(np.float64))
        self.at += len(samples)
        return start_s, self.now_s

    def pause(self, seconds: float = PAUSE_S) -> None:
        self.add(np.zeros(round(seconds * RATE_HZ)))

    def say(self, text: str, *, kind: str = "", heard: bool = True) -> None:
        """Each word with a pause behind it; with `kind` all of it is wanted as one cut."""
        first_s = self.now_s
        end_s = first_s
        for word in text.split():
            start_s, end_s = self.add(spoken(word))
            if heard:
                self.words.append(Word(text=word, start_s=start_s, end_s=end_s, probability=0.9))
            self.pause()
        if kind:
            self.wanted.append((kind, first_s, end_s))

    def cough(self) -> None:
        """A burst of noise as loud as speech."""
        rng = np.random.default_rng(self.seed)
        count = round(0.3 * RATE_HZ)
        noise = lfilter([1], [1, -0.6], rng.standard_normal(count)) * np.exp(-np.arange(count) / RATE_HZ / 0.12)
        self.wanted.append(("noise", *self.add(0.25 * noise)))
        self.pause()

    def breath(self) -> None:
        """Far below speech, with a click of the lips in it: stays."""
        rng = np.random.default_rng(self.seed + 1)
        breath = 0.004 * rng.standard_normal(round(0.3 * RATE_HZ))
        breath[2000:2160] *= 15
        self.add(breath)
        self.pause()

    def long_pause(self, seconds: float) -> None:
        start_s = self.now_s - PAUSE_S
        self.pause(seconds - PAUSE_S)
        self.wanted.append(("pause", start_s + 0.4, self.now_s - 0.4))

    @property
    def samples(self) -> np.ndarray:
        """The sound, with the noise of a room."""
        joined = np.concatenate(self.parts)
        noise = 0.0005 * np.random.default_rng(self.seed).standard_normal(len(joined))
        return (joined + noise).astype(np.float32)

    @property
    def recognition(self) -> Recognition:
        provenance = Provenance(model="base", model_sha256="0", engine="x", versions=(), date="2026-03-01", demo=False)
        segment = Segment(
            start_s=self.words[0].start_s, end_s=self.words[-1].end_s, times="word", words=tuple(self.words)
        )
        return Recognition(fingerprint="f", provenance=provenance, segments=(segment,))


def spoken(text: str) -> np.ndarray:
    """The word in a synthetic voice, without silence around it."""
    speech = speak(text.strip(".,?!-–"), VOICE)
    samples = resample_poly(speech.samples, RATE_HZ, speech.sample_rate_hz)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1]


def vowel() -> np.ndarray:
    """A drawn-out sound that is no word: 140 Hz through the formants of „äh“."""
    time = np.arange(round(0.4 * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 30))
    for formant_hz, width_hz in ((600, 90), (1700, 130), (2500, 200)):
        radius = np.exp(-np.pi * width_hz / RATE_HZ)
        angle = 2 * np.pi * formant_hz / RATE_HZ
        buzz = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], buzz)
    edges = np.minimum(1, np.minimum(time, time[::-1]) / 0.03)
    return 0.2 * buzz / np.abs(buzz).max() * edges


def talk() -> Recording:
    """Every kind to be found twice or more, among much that looks alike and must stay."""
    made = Recording()
    made.say("Guten Tag und willkommen zu unserer Sendung.")
    made.say("Heute sprechen wir")
    made.say("äh,", kind="filler")
    made.say("über die Schule.")
    made.say("Ich", kind="repeat")
    made.say("ich habe dazu eine Frage.")
    made.say("Ja, ja, das ist sehr, sehr schön, und die, die lernen, freuen sich.")
    made.say("Wir haben,", kind="repeat")
    made.say("wir haben lange gewartet.")
    made.long_pause(3.2)
    made.say("Das Wasser steht hoch.")
    made.cough()
    made.say("Danke schön. Danke schön für die")
    made.say("Ver-", kind="repeat")
    made.say("Verwaltung und")
    made.wanted.append(("sound", *made.add(vowel())))
    made.pause()
    made.say("für die Leute.")
    made.breath()
    made.say("Morgen kommt")
    made.say("Regen", heard=False)  # a word that was not heard: stays
    made.say("aus dem Westen. Hm? Das dauert")
    made.say("ähm", kind="filler")
    made.say("noch bis Montag, bis Dienstag vielleicht, immer wieder, immer wieder.")
    made.pause(1.2)
    made.say("Und")
    made.cough()
    made.say("nun zum")
    made.wanted.append(("sound", *made.add(vowel())))
    made.pause()
    made.say("Wetter. Die Nummer ist zwei zwei vier vier.")
    made.long_pause(2.6)
    made.say("Auf Wiedersehen und bis bald.")
    return made
