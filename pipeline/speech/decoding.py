"""Turns the tokens of one decoding into segments, for both engines.

Whisper writes timestamps among the text: a pair of them ends one segment and begins the next, a single one at the end
says that nothing follows, and text after the last pair is unfinished (openai-whisper 20250625, `transcribe`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.speech.engines import Decoded
from pipeline.speech.wording import whisper_segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HOP = 160  # samples between two frames of the spectrum
FRAMES_PER_S = 100
WINDOW_FRAMES = 3000  # 30 s, what the encoder hears at once
_STEP_S = 0.02  # of Whisper's timestamps


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """How sure the model was: the mean natural logarithm of its tokens' probabilities, how many times shorter gzip
    makes the text, and the probability that nobody speaks."""

    mean_log: float
    compression: float
    no_speech: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The part between two timestamps of a window, in seconds from its start. `tokens` are those of the text, `written`
    all of them as the model wrote them."""

    start_s: float
    end_s: float
    tokens: tuple[int, ...]
    written: tuple[int, ...]


def spoken_parts(
    tokens: Sequence[int], *, first_timestamp: int, duration_s: float
) -> tuple[tuple[Spoken, ...], float | None]:
    """The parts of a window of `duration_s`, and where the model would go on, or None if it says that nothing follows.

    Tokens from `first_timestamp` on are timestamps. An unfinished part at the end counts only if no other is finished;
    otherwise the next window begins with it.
    """
    parts: list[Spoken] = []
    text: list[int] = []
    begun: list[int] = []  # the timestamp before the text, if there is one
    start_s, pairs, was_time = 0.0, 0, False
    for token in tokens:
        if token < first_timestamp:
            text.append(token)
            was_time = False
            continue
        time_s = min(_STEP_S * (token - first_timestamp), duration_s)
        if text:
            written = (*begun, *text, token)
            parts.append(Spoken(start_s=start_s, end_s=time_s, tokens=tuple(text), written=written))
            text = []
        pairs += was_time
        start_s, was_time, begun = time_s, True, [token]
    if not text:
        ended_by_pair = len(tokens) >= 2 and tokens[-1] >= first_timestamp <= tokens[-2]
        return tuple(parts), start_s if ended_by_pair else None
    if parts and pairs:
        return tuple(parts), start_s
    unfinished = Spoken(start_s=start_s, end_s=duration_s, tokens=tuple(text), written=(*begun, *text))
    return (*parts, unfinished), None


def segments_of(parts: Iterable[Spoken], scores: Scores, *, decode: Callable[[list[int]], str]) -> list[dict[str, Any]]:
    """The parts as segments in the form of both libraries, so that either can add its word times."""
    return [
        {
            "seek": 0,
            "start": part.start_s,
            "end": part.end_s,
            "tokens": list(part.tokens),
            "text": decode(list(part.tokens)),
            "avg_logprob": scores.mean_log,
            "compression_ratio": scores.compression,
            "no_speech_prob": scores.no_speech,
        }
        for part in parts
    ]


def decoded(
    parts: Sequence[Spoken],
    segments: Iterable[dict[str, Any]],
    next_s: float | None,
    *,
    sound: object,
    clip_s: float,
) -> Decoded:
    """The `segments` of the `parts` as values, with word times if the library added them; without empty ones."""
    heard = [whisper_segment(segment, clip_s=clip_s) for segment in segments]
    kept = [(one, part.written) for one, part in zip(heard, parts, strict=True) if one.text]
    return Decoded(
        segments=tuple(one for one, _ in kept), tokens=tuple(tokens for _, tokens in kept), next_s=next_s, sound=sound
    )
