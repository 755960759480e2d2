"""Defines what an engine is, which one a machine uses, and how many windows it decodes at once.

Both engines run the same weights. openai-whisper (torch) is the reference, and the one for graphics cards;
faster-whisper (CTranslate2, 8-bit integers) is several times faster on a processor. An engine decodes a window and
weighs texts; where windows lie and which results are believed is decided once for both (`walk.py`, `guards.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pipeline.build.processes import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.wording import WhisperSegment

    Samples = NDArray[np.float32]  # mono, 16 kHz

EngineName = Literal["openai-whisper", "faster-whisper"]

_MOST_WORKERS = 8  # each needs its own memory for decoding
_TOGETHER = 16  # windows that a graphics card decodes together


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePlan:
    """Which engine runs on what: `workers` windows at once, each on `threads` cores, or `together` windows in one
    decoding."""

    name: EngineName
    device: Literal["cpu", "cuda"]
    workers: int
    threads: int
    together: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The input of a decoding: at most 30 s of samples, and the model's own tokens for what was said before."""

    samples: Samples
    before: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The result of decoding a window. `segments` are on the window's own clock, `tokens` those of each segment with
    their timestamps; `next_s` is where the model itself would go on, None if it says that nothing follows. `sound` is
    the encoder's output, which `weigh` needs."""

    segments: tuple[WhisperSegment, ...]
    tokens: tuple[tuple[int, ...], ...]
    next_s: float | None
    sound: Any


class Engine(Protocol):
    """A loaded model."""

    def decode(self, windows: Sequence[Window], *, careful: bool = False) -> list[Decoded]:
        """Decode each window. `careful`: use other settings, for a window whose first result is doubtful; the same
        windows always give the same words."""

    def weigh(self, sound: Any, texts: Sequence[str]) -> list[float]:
        """The natural logarithm of each text's probability in that window, summed over its tokens; in silence if
        `sound` is None."""

    def language(self, part: Samples) -> tuple[str, float]:
        """The most likely language of the part, by its code, and its probability."""


def plan_engine(wanted: Literal["auto"] | EngineName, *, cuda: bool, cpus: int | None = None) -> EnginePlan:
    """Choose the engine; `auto` is openai-whisper on a graphics card and faster-whisper without one.

    On a processor faster-whisper decodes as many windows at once as there are cores, at most 8, one core each: two
    windows on one core each are done sooner than one after the other on two (benchmarks/speech.py). openai-whisper
    keeps state in its network, so there it decodes one window after the other.
    """
    cpus = cpus or usable_cpus()
    name: EngineName = wanted if wanted != "auto" else "openai-whisper" if cuda else "faster-whisper"
    if name == "openai-whisper":
        device: Literal["cpu", "cuda"] = "cuda" if cuda else "cpu"
        return EnginePlan(name=name, device=device, workers=1, threads=cpus, together=_TOGETHER if cuda else 1)
    workers = min(cpus, _MOST_WORKERS)
    return EnginePlan(name=name, device="cpu", workers=workers, threads=max(1, cpus // workers))
