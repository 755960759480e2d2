"""What an engine is, which one a machine gets, and how many chunks it hears at once.

Both engines run the same weights. openai-whisper (torch) is the reference, and the one for graphics cards;
faster-whisper (CTranslate2, 8-bit integers) is several times faster on a processor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.processes import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.wording import Heard

    Samples = NDArray[np.float32]  # mono, 16 kHz

EngineName = Literal["openai-whisper", "faster-whisper"]

_MOST_WORKERS = 8  # each needs memory of its own for what it is decoding


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePlan:
    """Which engine runs on what: `workers` chunks at once, each on `threads` cores."""

    name: EngineName
    device: Literal["cpu", "cuda"]
    workers: int
    threads: int


class Engine(Protocol):
    """A loaded model."""

    def hear(self, parts: Sequence[Samples], *, again: bool = False) -> Iterator[tuple[int, tuple[Heard, ...]]]:
        """What is said in each part, none longer than 30 s, as (index of the part, segments on the part's own clock),
        in the order in which they are finished. `again`: other settings, for a part whose first result is doubtful.
        """

    def language(self, part: Samples) -> tuple[str, float]:
        """The language that is most likely spoken in the part, by its code, and its probability."""


def plan_engine(wanted: Literal["auto"] | EngineName, *, cuda: bool, cpus: int | None = None) -> EnginePlan:
    """`auto` is openai-whisper on a graphics card and faster-whisper without one.

    On a processor faster-whisper hears as many chunks at once as there are cores, one core each: two chunks on one
    core each are done sooner than one after the other on two (benchmarks/speech.py). openai-whisper's `transcribe`
    keeps state in its network and hears one chunk at a time.
    """
    cpus = cpus or usable_cpus()
    name: EngineName = wanted if wanted != "auto" else "openai-whisper" if cuda else "faster-whisper"
    if name == "openai-whisper":
        return EnginePlan(name=name, device="cuda" if cuda else "cpu", workers=1, threads=cpus)
    workers = min(cpus, _MOST_WORKERS)
    return EnginePlan(name=name, device="cpu", workers=workers, threads=max(1, cpus // workers))
