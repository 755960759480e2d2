"""Conversations with known truth, made from recordings of people or from synthetic voices, and the errors of an answer.

People: seven voices of `../shared/data`, of 2 to 11 s each, so every sentence occurs again and again, and most voices
have their own microphone. Synthetic: eight espeak-ng voices that the demo model was not trained on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.signal import fftconvolve, firwin2, lfilter, resample_poly, welch
from speech_samples import RATE_HZ, REAL, Conversation

from pipeline.media.pcm import read_mono_16k
from tools.demo_model.corpus import HELD_OUT_VOICES, Task, render
from tools.demo_model.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.values.speech import SpeakerSpan

    Samples = NDArray[np.float32]

CONDITIONS = ("quiet", "room", "hard")
COLLAR_S = 0.25  # on each side of a true boundary nothing is counted, as in NIST's evaluations

# Where each voice is heard: file, from, to. The English recording has three voices, as its publisher's own
# test_data.json says (github.com/Picovoice/leopard, resources/.test).
_ENGLISH = "picovoice/leopard_diarization_test_en.wav"
_PEOPLE = {
    "thorsten": tuple((f"thorsten/sample0{number}-gt.wav", 0.0, 9.0) for number in (1, 2, 3, 4)),
    "leopard": (("picovoice/leopard_test_de.wav", 0.7, 4.75),),
    "cheetah": (("picovoice/cheetah_test_de.wav", 0.75, 3.0),),
    "cheetah-norm": (("picovoice/cheetah_test_de_norm.wav", 0.0, 3.45),),
    "english-1": ((_ENGLISH, 1.95, 3.9),),
    "english-2": ((_ENGLISH, 6.25, 11.2),),
    "english-3": ((_ENGLISH, 12.8, 15.95), (_ENGLISH, 16.3, 18.3)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Seconds of scored speech, and the parts of it that are missed, invented and given to a wrong speaker."""

    speech_s: float
    missed_s: float
    false_alarm_s: float
    confused_s: float

    @property
    def rate(self) -> float:
        """The diarisation error rate."""
        return (self.missed_s + self.false_alarm_s + self.confused_s) / self.speech_s


def people() -> dict[str, list[Samples]]:
    """What each recorded voice says; empty if the recordings are missing."""
    if not REAL.is_dir():
        return {}
    return {
        name: [
            _trimmed(read_mono_16k(REAL / file)[round(from_s * RATE_HZ) : round(to_s * RATE_HZ)])
            for file, from_s, to_s in parts
        ]
        for name, parts in _PEOPLE.items()
    }


def synthetic(texts: int = 12) -> dict[str, list[Samples]]:
    """What each espeak-ng voice says: the same texts, at one speed and pitch for each voice."""
    dice = random.Random(2)
    spoken = {}
    for variant in HELD_OUT_VOICES:
        speed_wpm, pitch = dice.randint(140, 180), dice.randint(35, 65)
        spoken[variant] = [
            _trimmed(
                render(Task(part="trained", text=text, variant=variant, speed_wpm=speed_wpm, pitch=pitch)).astype(
                    np.float32
                )
            )
            for text in sentences().trained[:texts]
        ]
    return spoken


def made_up(
    voices: Sequence[Sequence[Samples]], *, seconds: float, seed: int, condition: str = "quiet", seldom: bool = False
) -> Conversation:
    """The voices in turn, with pauses of 0.1 to 1 s. Three turns in ten are interjections of 0.4 to 1.2 s, the others
    last 2 to 12 s; the voices speak unequally often, the last one a twentieth as often as the others if `seldom`.

    "quiet" leaves the recordings as they are; "room" adds a little echo and noise at 25 dB; "hard" removes the
    differences between the microphones, changes speed and pitch from turn to turn by up to 4 %, and adds a longer echo
    and noise at 15 dB.
    """
    dice = random.Random(seed)
    shares = [0.25 + dice.random() for _ in voices]
    if seldom:
        shares[-1] = sum(shares[:-1]) / 20
    if condition == "hard":
        voices = _through_one_microphone(voices)
    parts: list[Samples] = []
    turns = []
    position, speaker = 0, -1
    while position < seconds * RATE_HZ:
        others = [number for number in range(len(voices)) if number != speaker]
        speaker = dice.choices(others, [shares[number] for number in others])[0]
        length_s = dice.uniform(0.4, 1.2) if dice.random() < 0.3 else dice.uniform(2, 12)
        said = _said(voices[speaker], length_s, dice) * np.float32(10 ** (dice.uniform(-3, 3) / 20))
        if condition == "hard":
            said = resample_poly(said, 100, dice.randint(96, 104)).astype(np.float32)
        pause = np.zeros(round(dice.uniform(0.1, 1.0) * RATE_HZ), np.float32)
        position += len(pause)
        turns.append((position / RATE_HZ, (position + len(said)) / RATE_HZ, speaker))
        position += len(said)
        parts += [pause, said]
    samples = np.concatenate(parts)
    if condition != "quiet":
        echo_s, noise_db = (0.3, 25.0) if condition == "room" else (0.5, 15.0)
        samples = _in_a_room(samples, seed, echo_s=echo_s, noise_db=noise_db)
    return Conversation(samples=samples, turns=tuple(turns))


def errors(talk: Conversation, spans: Sequence[SpeakerSpan]) -> Errors:
    """The parts of the diarisation error, with the best naming of the voices found, in steps of 10 ms."""
    steps = round(len(talk.samples) / RATE_HZ * 100) + 1
    truth, found, scored = np.full(steps, -1), np.full(steps, -1), np.ones(steps, dtype=bool)
    for start_s, end_s, speaker in talk.turns:
        truth[round(start_s * 100) : round(end_s * 100)] = speaker
        for edge_s in (start_s, end_s):
            scored[max(0, round((edge_s - COLLAR_S) * 100)) : round((edge_s + COLLAR_S) * 100)] = False
    for span in spans:
        found[round(span.start_s * 100) : round(span.end_s * 100)] = span.speaker
    truth, found = truth[scored], found[scored]
    both = (truth >= 0) & (found >= 0)
    table = np.zeros((truth.max() + 1, max(found.max() + 1, 1)))
    np.add.at(table, (truth[both], found[both]), 1)
    right = table[linear_sum_assignment(table, maximize=True)].sum()
    return Errors(
        speech_s=(truth >= 0).sum() / 100,
        missed_s=((truth >= 0) & (found < 0)).sum() / 100,
        false_alarm_s=((truth < 0) & (found >= 0)).sum() / 100,
        confused_s=(both.sum() - right) / 100,
    )


def total(parts: Sequence[Errors]) -> Errors:
    return Errors(
        speech_s=sum(part.speech_s for part in parts),
        missed_s=sum(part.missed_s for part in parts),
        false_alarm_s=sum(part.false_alarm_s for part in parts),
        confused_s=sum(part.confused_s for part in parts),
    )


def _said(sentences_of_one: Sequence[Samples], length_s: float, dice: random.Random) -> Samples:
    """About `length_s` of one voice: whole sentences with short pauses; an interjection is cut out of one."""
    parts: list[Samples] = []
    missing = round(length_s * RATE_HZ)
    while missing > 0.3 * RATE_HZ:
        sentence = dice.choice(sentences_of_one)
        if len(sentence) > missing:
            first = dice.randrange(len(sentence) - missing)
            sentence = _faded(sentence[first : first + missing])
        pause = np.zeros(round(dice.uniform(0.05, 0.3) * RATE_HZ), np.float32)
        parts += [sentence, pause]
        missing -= len(sentence) + len(pause)
    return np.concatenate(parts[:-1])


def _faded(samples: Samples) -> Samples:
    edge = np.linspace(0, 1, 160, dtype=np.float32)
    faded = samples.copy()
    faded[:160] *= edge
    faded[-160:] *= edge[::-1]
    return faded


def _trimmed(samples: Samples) -> Samples:
    """The samples without silence around them, at a speech level of -20 dBFS."""
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.abs(samples).max())
    kept = samples[loud[0] : loud[-1] + 1]
    return (0.1 * kept / np.sqrt(np.mean(kept**2))).astype(np.float32)


def _through_one_microphone(voices: Sequence[Sequence[Samples]]) -> list[list[Samples]]:
    """Each voice filtered to the spectrum that all of them have on average, in steps of 250 Hz."""
    spectra = [welch(np.concatenate(parts), RATE_HZ, nperseg=64)[1] for parts in voices]
    common = np.exp(np.mean(np.log(spectra), axis=0))
    filtered = []
    for parts, spectrum in zip(voices, spectra, strict=True):
        gains = np.sqrt(common / spectrum)
        taps = firwin2(129, np.linspace(0, 1, len(gains)), gains)
        filtered.append([_trimmed(fftconvolve(part, taps, mode="same")) for part in parts])
    return filtered


def _in_a_room(samples: Samples, seed: int, *, echo_s: float, noise_db: float) -> Samples:
    """The samples with an echo that falls by 60 dB in `echo_s`, 10 dB below the voice, and low noise `noise_db` below
    the speech."""
    chance = np.random.default_rng(seed)
    length = round(echo_s * RATE_HZ)
    echo = chance.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    echo *= np.sqrt(0.1 / np.sum(echo**2))
    echo[0] = 1.0
    heard = fftconvolve(samples, echo)[: len(samples)]
    noise = lfilter([1.0], [1.0, -0.9], chance.standard_normal(len(samples)))
    noise *= 0.1 * 10 ** (-noise_db / 20) / np.sqrt(np.mean(noise**2))
    return (heard + noise).astype(np.float32)
