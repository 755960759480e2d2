"""How much memory a Whisper model needs, and whether this machine has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from pipeline.speech.engines import EnginePlan
    from pipeline.speech.whisper_model import WhisperModel

# Megabytes at most, loading included, without the recording itself: (openai-whisper in 32 bits, conversion for
# faster-whisper, faster-whisper with one worker, each further worker). Measured with random weights of the true
# dimensions by benchmarks/speech.py --memory for tiny, base, small and medium; large and turbo follow from their
# number of weights. A seventh is added to each.
NEED_MB = {
    "tiny": (700, 750, 400, 100),
    "base": (900, 900, 450, 120),
    "small": (2000, 1600, 800, 150),
    "medium": (5500, 3400, 1700, 300),
    "large": (11000, 6800, 3200, 500),
    "turbo": (5900, 3600, 1800, 350),
}
_SMALLER = ("large", "turbo", "medium", "small", "base", "tiny")
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def check_memory(model: WhisperModel, plan: EnginePlan, *, converted: bool, audio_mb: float) -> None:
    """Raise ModelError if an official model does not fit into the free memory; other models and graphics cards are not
    checked.

    `converted`: whether the model for faster-whisper exists already. `audio_mb`: what the recording takes in addition.
    """
    if not model.url or plan.device == "cuda":
        return
    free_mb = available_mb()
    need_mb = needed_mb(model.family, plan, converted=converted) + audio_mb
    if need_mb <= free_mb:
        return
    smaller = [
        name
        for name in _SMALLER[_SMALLER.index(model.family) + 1 :]
        if needed_mb(name, plan, converted=False) + audio_mb <= free_mb
    ]
    advice = (
        f'Andere Programme schließen, oder unter [speech] model = "{smaller[0]}" einstellen.'
        if smaller
        else ("Andere Programme schließen; der Speicher reicht auch für das kleinste Modell nicht.")
    )
    raise ModelError(
        f"Für das Whisper-Modell „{model.name}“ reicht der freie Arbeitsspeicher nicht: es braucht rund "
        f"{gigabytes(need_mb)}, frei sind {gigabytes(free_mb)}.",
        where="Arbeitsspeicher dieses Rechners",
        advice=advice,
    )


def needed_mb(family: str, plan: EnginePlan, *, converted: bool) -> float:
    """Megabytes for a model of the family on the processor; for faster-whisper including its conversion unless
    `converted`."""
    torch_mb, conversion_mb, first_mb, further_mb = NEED_MB[family]
    if plan.name == "openai-whisper":
        return torch_mb
    running_mb = first_mb + further_mb * (plan.workers - 1)
    return running_mb if converted else max(running_mb, conversion_mb)


def available_mb() -> float:
    """Megabytes that a process can still take without swapping: the machine's free memory, or less in a container."""
    import psutil  # type: ignore[import-untyped]

    free = [int(psutil.virtual_memory().available)]
    for limit in _CGROUP_LIMITS:
        try:
            free.append(int(limit.read_text(encoding="ascii")))
        except (OSError, ValueError):  # no container, or "max"
            continue
    return min(free) / 2**20


def gigabytes(megabytes: float) -> str:
    """As people read it: 2,9 GB."""
    return f"{megabytes / 1024:.1f} GB".replace(".", ",")
