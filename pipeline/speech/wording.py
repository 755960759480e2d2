"""Turns Whisper's results into segments of timed words: loops collapsed, times in order and inside the speech."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from pipeline.speech.activity import Stretch
from pipeline.values.speech import Segment, Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHORTEST_WORD_S = 0.02  # one step of Whisper's clock

_LOOP_TIMES = 4  # nobody says the same words five times in a row; a looping model never stops
_LOOP_WORDS = 12  # the longest phrase looked for
_LONGEST_WORD_S = 3.0
_LATIN = r"a-zA-Zªº\u00c0-\u024f\u1e00-\u1eff"
_STUCK = re.compile(rf"(?<=[{_LATIN}])[^\W\d_{_LATIN}]+|[^\W\d_{_LATIN}]+(?=[{_LATIN}])")
_LETTERLESS = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperSegment:
    """One segment as Whisper returned it, on the episode's clock. `words` is empty without word alignment."""

    start_s: float
    end_s: float
    text: str
    probability: float  # exp of the mean log probability of its tokens
    words: tuple[Word, ...] = ()
    compression: float = 1.0  # of its decoding: how many times shorter gzip makes the text; loops are far above 2
    no_speech: float = 0.0  # the model's own probability that nobody speaks


def whisper_segment(segment: Mapping[str, Any], *, clip_s: float) -> WhisperSegment:
    """One segment as either engine returns it, its times inside the `clip_s` seconds that were handed over."""

    def clock(time_s: float) -> float:
        return min(float(time_s), clip_s)

    pieces = [
        Word(
            text=_text(piece["word"]),
            start_s=clock(piece["start"]),
            end_s=clock(piece["end"]),
            probability=float(piece["probability"]),
        )
        for piece in segment.get("words") or []
    ]
    return WhisperSegment(
        start_s=clock(segment["start"]),
        end_s=clock(segment["end"]),
        text=_text(segment["text"]).strip(),
        probability=min(1.0, math.exp(segment["avg_logprob"])),
        words=whole_words(pieces),
        compression=float(segment["compression_ratio"]),
        no_speech=float(segment["no_speech_prob"]),
    )


def _text(text: str) -> str:
    """The text in NFC, without letters of another script attached to Latin ones, which a multilingual model writes by
    mistake."""
    return _STUCK.sub("", unicodedata.normalize("NFC", text))


def shifted(heard: WhisperSegment, seconds: float) -> WhisperSegment:
    """The same segment, `seconds` later."""
    return replace(
        heard,
        start_s=heard.start_s + seconds,
        end_s=heard.end_s + seconds,
        words=tuple(replace(word, start_s=word.start_s + seconds, end_s=word.end_s + seconds) for word in heard.words),
    )


def with_words(heard: WhisperSegment, words: Sequence[Word]) -> WhisperSegment:
    """The part of the segment that consists of these words."""
    text = " ".join(word.text for word in words)
    return replace(heard, start_s=words[0].start_s, end_s=words[-1].end_s, text=text, words=tuple(words))


def to_segments(heard: Sequence[WhisperSegment], speech: Sequence[Stretch]) -> tuple[Segment, ...]:
    """The segments of an episode: in order, without overlap, each with at least one word.

    A segment entirely outside `speech` was invented and is left out. Words keep the model's alignment if it is usable;
    otherwise they are spread by letters over the speech inside the segment.
    """
    segments: list[Segment] = []
    for candidate in without_loops(heard):
        stretch = Stretch(start_s=candidate.start_s, end_s=candidate.end_s)
        if not any(stretch.overlap_s(part) for part in speech):
            continue
        earliest_s = segments[-1].end_s if segments else 0.0
        segments.append(_segment(candidate, speech, earliest_s))
    return tuple(segments)


def without_loops(heard: Sequence[WhisperSegment]) -> list[WhisperSegment]:
    """The same without the repetitions of a model that fell into a loop, and without empty segments.

    A phrase said more than four times in a row is kept once, within a segment and from segment to segment.
    """
    spoken = [single for segment in heard if (single := _said_once(segment)).text]
    return [spoken[index] for index in _kept([_bare(segment.text) for segment in spoken])]


def spread(tokens: Sequence[str], stretch: Stretch, speech: Sequence[Stretch]) -> list[tuple[float, float]]:
    """Start and end of each token when letters are spread evenly over the speech inside `stretch`, or over all of it if
    there is no speech. No word starts in a pause between the parts of speech."""
    parts = [
        Stretch(start_s=max(part.start_s, stretch.start_s), end_s=min(part.end_s, stretch.end_s))
        for part in speech
        if part.overlap_s(stretch) > 0
    ] or [stretch]
    weights = [1 + len(_LETTERLESS.sub("", token)) for token in tokens]  # 1 for the gap between two words
    seconds_per_letter = sum(part.duration_s for part in parts) / sum(weights)
    edges = [0.0, *(seconds_per_letter * letters for letters in accumulate(weights))]
    offsets = [0.0, *accumulate(part.duration_s for part in parts)]
    return [
        (_on_clock(start, parts, offsets, starting=True), _on_clock(end, parts, offsets, starting=False))
        for start, end in pairwise(edges)
    ]


def alignment_is_usable(words: Sequence[Word], stretch: Stretch) -> bool:
    """Whether the words' times are believable: in order, near the segment, lengths of real words.

    If a model's cross-attention does not follow the words, they pile up: many have no length, some last for seconds.
    """
    if not words:
        return False
    lengths = [word.end_s - word.start_s for word in words]
    in_order = all(earlier.end_s <= later.start_s + SHORTEST_WORD_S for earlier, later in pairwise(words))
    inside = words[0].start_s >= stretch.start_s - 0.5 and words[-1].end_s <= stretch.end_s + 0.5
    vanishing = sum(length < SHORTEST_WORD_S for length in lengths)
    return in_order and inside and max(lengths) <= _LONGEST_WORD_S and 4 * vanishing <= len(words)


def whole_words(pieces: Sequence[Word]) -> tuple[Word, ...]:
    """Whisper's timed pieces as words: a piece without a leading space belongs to the word before it."""
    words: list[Word] = []
    for piece in pieces:
        text = piece.text.strip()
        if not text:
            continue
        if words and not piece.text.startswith(" "):
            last = words.pop()
            words.append(
                replace(
                    last,
                    text=last.text + text,
                    end_s=max(last.end_s, piece.end_s),
                    probability=min(last.probability, piece.probability),
                )
            )
        else:
            words.append(replace(piece, text=text))
    return tuple(words)


def _segment(heard: WhisperSegment, speech: Sequence[Stretch], earliest_s: float) -> Segment:
    start_s = max(heard.start_s, earliest_s)
    stretch = Stretch(start_s=start_s, end_s=max(heard.end_s, start_s))
    if alignment_is_usable(heard.words, stretch):
        words = _clamped(heard.words, stretch)
        return Segment(start_s=stretch.start_s, end_s=stretch.end_s, times="word", words=words)
    tokens = heard.text.split()
    words = tuple(
        Word(text=token, start_s=start, end_s=end, probability=heard.probability)
        for token, (start, end) in zip(tokens, spread(tokens, stretch, speech), strict=True)
    )
    return Segment(start_s=stretch.start_s, end_s=stretch.end_s, times="segment", words=words)


def _clamped(words: Sequence[Word], stretch: Stretch) -> tuple[Word, ...]:
    """The words with times that lie inside the segment and never decrease."""
    clamped = []
    time_s = stretch.start_s
    for word in words:
        start_s = min(max(word.start_s, time_s), stretch.end_s)
        time_s = min(max(word.end_s, start_s), stretch.end_s)
        clamped.append(replace(word, start_s=start_s, end_s=time_s))
    return tuple(clamped)


def _said_once(heard: WhisperSegment) -> WhisperSegment:
    """The segment without its inner loops. The alignment of a loop is as wrong as its text, so it is dropped too."""
    tokens = heard.text.split()
    kept = _kept([_bare(token) for token in tokens])
    words = heard.words if len(kept) == len(tokens) else ()
    return replace(heard, text=" ".join(tokens[index] for index in kept), words=words)


def _kept(said: list[str]) -> list[int]:
    """The indices that remain when everything said more than _LOOP_TIMES times in a row is kept once."""
    kept = list(range(len(said)))
    for length in range(1, _LOOP_WORDS + 1):
        start = 0
        while start + length * (_LOOP_TIMES + 1) <= len(kept):
            times = _times([said[index] for index in kept[start:]], length)
            if times > _LOOP_TIMES:
                del kept[start + length : start + length * times]
            start += 1
    return kept


def _times(said: list[str], length: int) -> int:
    """How many times in a row the first `length` entries occur."""
    times = 1
    while said[times * length : (times + 1) * length] == said[:length]:
        times += 1
    return times


def _bare(text: str) -> str:
    return _LETTERLESS.sub(" ", text).strip().casefold()


def _on_clock(time_s: float, parts: Sequence[Stretch], offsets: Sequence[float], *, starting: bool) -> float:
    """A time of the speech parts laid end to end, mapped to the episode's clock. On a joint a start belongs to the
    later part, an end to the earlier one."""
    nudge = 1e-6 if starting else -1e-6
    part = min(max(bisect(offsets, time_s + nudge) - 1, 0), len(parts) - 1)
    return min(parts[part].start_s + time_s - offsets[part], parts[part].end_s)
