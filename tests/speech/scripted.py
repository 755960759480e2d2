"""An engine that returns what a test gives it, for recordings whose samples show where they were cut."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from speech_samples import RATE_HZ

from pipeline.speech.activity import WINDOW_S, Stretch
from pipeline.speech.engines import Decoded
from pipeline.speech.names import NO_NAMES, Names
from pipeline.speech.walk import HeardSection, RecognitionInput, Weigh, walk
from pipeline.speech.wording import WhisperSegment
from pipeline.values.speech import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speech_samples import Samples

    from pipeline.speech.engines import Window

LENGTH_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an engine was asked to decode, on the recording's clock."""

    start_s: float
    end_s: float
    before: tuple[int, ...] = ()
    careful: bool = False

    @property
    def times(self) -> tuple[float, float]:
        return self.start_s, self.end_s


class Scripted:
    """`answers`: a function of what is asked, or the first answers in order, after which a word is heard every second.
    `calls` keeps what was decoded together."""

    def __init__(
        self,
        answers: Callable[[Asked], Decoded] | Sequence[Decoded],
        *,
        language: tuple[str, float] = ("de", 0.9),
        likes: str = "",
    ) -> None:
        self._answer = answers if callable(answers) else _in_order(answers)
        self._language, self._likes = language, likes
        self.calls: list[list[Asked]] = []

    @property
    def asked(self) -> list[Asked]:
        return [asked for call in self.calls for asked in call]

    def decode(self, windows: Sequence[Window], *, careful: bool = False) -> list[Decoded]:
        asked = [_asked(window, careful) for window in windows]
        self.calls.append(asked)
        return [self._answer(one) for one in asked]

    def weigh(self, sound: Any, texts: Sequence[str]) -> list[float]:
        """Texts with the word that the engine `likes` are far more probable than others."""
        return [20.0 * (self._likes in text) for text in texts]

    def language(self, part: Samples) -> tuple[str, float]:
        return self._language


def _in_order(answers: Sequence[Decoded]) -> Callable[[Asked], Decoded]:
    left = iter(answers)
    return lambda asked: next(left, None) or in_full(asked)


def _asked(window: Window, careful: bool) -> Asked:
    first, last = round(float(window.samples[0])), round(float(window.samples[-1]))
    return Asked(start_s=first / RATE_HZ, end_s=(last + 1) / RATE_HZ, before=window.before, careful=careful)


@cache
def _clock() -> Samples:
    """Samples that are their own indices; every number below 2 ** 24 is exact."""
    return np.arange(round(LENGTH_S * RATE_HZ), dtype=np.float32)


def recording(
    *speech: tuple[float, float], aligned: bool = True, sure: bool = False, names: Names = NO_NAMES
) -> RecognitionInput:
    """`sure`: the voice activity hears speech there, so that what no word covers is a gap."""
    probabilities = np.zeros(round(LENGTH_S / WINDOW_S), dtype=np.float32)
    for start_s, end_s in speech if sure else ():
        probabilities[round(start_s / WINDOW_S) : round(end_s / WINDOW_S)] = 0.9
    stretches = tuple(Stretch(start_s=start_s, end_s=end_s) for start_s, end_s in speech)
    return RecognitionInput(
        samples=_clock(), speech=stretches, probabilities=probabilities, aligned=aligned, names=names
    )


def word(text: str, start_s: float, end_s: float, probability: float = 0.9) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=probability)


def segment(*words: Word, **changes: Any) -> WhisperSegment:
    """A segment of these words, one after the other."""
    values: dict[str, Any] = {
        "start_s": words[0].start_s,
        "end_s": words[-1].end_s,
        "text": " ".join(one.text for one in words),
        "probability": 0.8,
        "words": words,
    }
    return WhisperSegment(**values | changes)


def decoded(
    *segments: WhisperSegment, next_s: float | None = None, tokens: Sequence[tuple[int, ...]] | None = None
) -> Decoded:
    """Without `tokens`, each segment has its number as token, counted from 1."""
    numbers = [(number,) for number in range(1, len(segments) + 1)]
    return Decoded(segments=segments, tokens=tuple(tokens or numbers), next_s=next_s, sound=None)


def talk(start_s: float, end_s: float, *, name: str = "w", probability: float = 0.9, **changes: Any) -> WhisperSegment:
    """A word every second, half a second long."""
    count = int(end_s - start_s)
    words = [word(f"{name}{number}", start_s + number, start_s + number + 0.5, probability) for number in range(count)]
    return segment(*words, end_s=end_s, **changes)


def in_full(asked: Asked) -> Decoded:
    """A word in every second of the window."""
    return decoded(talk(0, max(1.0, asked.end_s - asked.start_s)))


def walked(
    engine: Scripted, record: RecognitionInput, section: HeardSection | None = None
) -> tuple[HeardSection, list[HeardSection]]:
    """The section after that engine has heard it, and every state that was to be kept."""
    states: list[HeardSection] = []
    begun = section or HeardSection(start_s=0.0, end_s=LENGTH_S)
    walking = walk(record, begun, states.append)
    answer: Any = None
    while True:
        try:
            ask = walking.send(answer)
        except StopIteration as ended:
            whole: HeardSection = ended.value
            return whole, states
        if isinstance(ask, Weigh):
            answer = engine.weigh(ask.sound, ask.texts)
        else:
            (answer,) = engine.decode([ask.window], careful=ask.careful)
