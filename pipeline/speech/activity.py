"""Finds the stretches of speech in samples, and joins them into sections to transcribe.

silero-vad decides; its weights come with its wheel. Whisper never hears anything outside these stretches: in silence
and music it invents text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.speech.threads import torch_threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000  # for Whisper, silero-vad and the speaker embedding
WINDOW_S = 512 / SAMPLE_RATE_HZ  # silero-vad judges windows of 32 ms

_PAUSE_S = 0.4  # of windows judged silent; it sounds like a pause of about half a second
_PADDING_S = 0.2  # kept around speech: soft first and last sounds; neighbours share a shorter pause
_CHUNK_S = 30.0  # Whisper's window
_SECTION_S = 180.0  # the shortest section, except the last one
_SECTION_PAUSE_S = 0.3  # between two stretches, with the padding on both sides 0.7 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From `start_s` to `end_s`."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def pieces(self, longest_s: float) -> tuple[Stretch, ...]:
        """The stretch in the fewest equal parts that are at most `longest_s` long."""
        count = max(1, math.ceil(self.duration_s / longest_s))
        edges = [self.start_s + self.duration_s * number / count for number in range(count + 1)]
        return tuple(Stretch(start_s=start, end_s=end) for start, end in pairwise(edges))

    def overlap_s(self, other: Stretch) -> float:
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))


def speech_probabilities(blocks: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The probability of speech in every window of WINDOW_S; blocks are mono samples at 16 kHz of any length."""
    import numpy as np
    import torch

    voice_activity = _voice_activity()
    voice_activity.reset_states()
    probabilities = []
    with torch_threads(1), torch.no_grad():  # the network is too small for more threads
        for window in _windows(blocks):
            probabilities.append(voice_activity(torch.from_numpy(window), SAMPLE_RATE_HZ).item())
    return np.asarray(probabilities, dtype=np.float32)


def speech_stretches(
    probabilities: NDArray[np.float32],
    *,
    duration_s: float,
    pause_s: float = _PAUSE_S,
    padding_s: float = _PADDING_S,
    longest_s: float = _CHUNK_S,
) -> tuple[Stretch, ...]:
    """The stretches of speech, in order, without overlap, inside the audio, none longer than `longest_s`.

    A pause of at least `pause_s` ends a stretch; speech without such a pause for `longest_s` is cut at the longest
    shorter pause.
    """
    from silero_vad.utils_vad import get_speech_timestamps_from_probs  # type: ignore[import-untyped]

    with torch_threads(1):  # importing silero_vad sets torch to one thread (silero-vad 6.2.3)
        found = get_speech_timestamps_from_probs(
            probabilities.tolist(),
            audio_length_samples=round(duration_s * SAMPLE_RATE_HZ),
            min_silence_duration_ms=1000 * pause_s,
            speech_pad_ms=1000 * padding_s,
            max_speech_duration_s=longest_s,
        )
    return tuple(
        Stretch(start_s=stretch["start"] / SAMPLE_RATE_HZ, end_s=stretch["end"] / SAMPLE_RATE_HZ) for stretch in found
    )


def sections(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """Neighbouring stretches joined into sections of a few minutes, cut at long pauses only. One worker hears a section
    from beginning to end while another hears the next."""
    joined: list[Stretch] = []
    for stretch in stretches:
        last = joined[-1] if joined else None
        pause_s = stretch.start_s - last.end_s if last else 0.0
        if last is None or (last.duration_s >= _SECTION_S and pause_s >= _SECTION_PAUSE_S):
            joined.append(stretch)
        else:
            joined[-1] = Stretch(start_s=last.start_s, end_s=stretch.end_s)
    return tuple(joined)


def _windows(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """The samples of all blocks in windows of 512; the last one is padded with silence."""
    import numpy as np

    size = round(WINDOW_S * SAMPLE_RATE_HZ)
    rest = np.zeros(0, dtype=np.float32)
    for block in blocks:
        samples = np.concatenate([rest, block])
        whole = len(samples) // size * size
        yield from samples[:whole].reshape(-1, size)
        rest = samples[whole:]
    if len(rest):
        yield np.pad(rest, (0, size - len(rest)))


@cache
def _voice_activity() -> Any:
    with torch_threads(1):
        import silero_vad  # type: ignore[import-untyped]

        return silero_vad.load_silero_vad()
