"""Walks through the speech of a section window by window, and makes sure that nothing said is skipped.

A window is at most 30 s, begins where the one before was finished, and never spans a long stretch without speech. If
the model stops early, the next window begins at its last word; if a window had to end although nobody paused, its last
words are heard once more at the start of the next one. What the voice activity takes for speech and no word covers is
heard again on its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.german.sentences import ends_sentence
from pipeline.speech.activity import SAMPLE_RATE_HZ, Stretch
from pipeline.speech.coverage import uncovered
from pipeline.speech.engines import Window
from pipeline.speech.guards import doubts, impossible
from pipeline.speech.names import NO_NAMES, Named, Names, chosen, is_open, merit, named, versions
from pipeline.speech.seams import without_false_start, without_false_stop
from pipeline.speech.wording import WhisperSegment, shifted, with_words

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.engines import Decoded
    from pipeline.values.speech import Word

WINDOW_S = 30.0  # what Whisper hears at once
_MUSIC_S = 3.0  # a longer stretch without speech is never inside a window
_TAIL_S = 0.3  # less speech at the end of a section gets no window: a model goes on writing there
_LEFT_S = 1.0  # speech after the last word of a window from which it is heard again
_SEAM_FROM_S = 10.0  # a window that had to be cut keeps at least this much
_SAME_S = 0.01  # by which equal times may differ
_FORWARD_S = 1.0  # every window advances by at least this much
_PROMPT_TOKENS = 100  # of what was said; with their timestamps, since they do harm without
_SEAM_PAUSE_S = 0.12  # between two words: room for a seam
_LEAD_S = 0.08  # of a pause at the start of a window: its first word is taken to begin with the window
_AGAIN_S = 1.0  # speech without a word that is heard again


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A walk's request to an engine: decode one window."""

    window: Window
    careful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigh:
    """A walk's request to an engine: how probable each text is in a window that was decoded, or in silence if `sound`
    is None."""

    sound: Any
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWindow:
    """A finished window: what was kept of it, what was left out because nobody can have said it, and where names of the
    show were inserted. `end_s` is where the next one begins."""

    start_s: float
    end_s: float
    segments: tuple[WhisperSegment, ...]
    invented: tuple[WhisperSegment, ...] = ()
    named: tuple[Named, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSection:
    """How far a section has been heard, as stored on disk: the windows in order, then those that were heard again
    because words were missing there. `said`: the model's last tokens, the prompt of the next window."""

    start_s: float
    end_s: float
    said: tuple[int, ...] = ()
    windows: tuple[HeardWindow, ...] = ()
    again: tuple[HeardWindow, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionInput:
    """Mono samples at 16 kHz, where somebody speaks in them, and the voice activity behind that (activity.py).
    `aligned`: whether the model's word times are usable. `names`: those of the show."""

    samples: NDArray[np.float32]
    speech: Sequence[Stretch]
    probabilities: NDArray[np.float32]
    aligned: bool = True
    names: Names = NO_NAMES

    def cut(self, start_s: float, end_s: float) -> NDArray[np.float32]:
        return self.samples[round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)]


def walk(
    recording: RecognitionInput, section: HeardSection, keep: Callable[[HeardSection], None]
) -> Generator[Ask | Weigh, Any, HeardSection]:
    """Hear the rest of a section. Yields requests to an engine and expects its answers to be sent; `keep` is called
    with the section after every window, and an interrupted walk goes on from the last of these."""
    speech = [stretch for stretch in recording.speech if section.start_s <= stretch.start_s < section.end_s]
    now_s = section.windows[-1].end_s if section.windows else section.start_s
    while (window := _next_window(speech, now_s)) is not None:
        heard, said = yield from _window(recording, window, speech, section)
        now_s = heard.end_s
        section = replace(section, windows=(*section.windows, heard), said=said)
        keep(section)
    for gap in _gaps(recording, section):
        if gap.start_s not in {heard.start_s for heard in section.again}:
            heard = yield from _again(recording, gap)
            section = replace(section, again=(*section.again, heard))
            keep(section)
    section = replace(section, whole=True)
    keep(section)
    return section


def _gaps(recording: RecognitionInput, section: HeardSection) -> list[Stretch]:
    """Speech that no word covers, in pieces that fit into a window."""
    if not recording.aligned:
        return []
    words = [word for heard in section.windows for segment in heard.segments for word in segment.words]
    found = uncovered(words, recording.probabilities, Stretch(start_s=section.start_s, end_s=section.end_s))
    return [piece for gap in found if gap.duration_s >= _AGAIN_S for piece in gap.pieces(WINDOW_S)]


def section_segments(section: HeardSection) -> tuple[WhisperSegment, ...]:
    """All segments kept of a section, in order; they make room for what was heard again in between."""
    segments = [segment for heard in section.windows for segment in heard.segments]
    for heard in section.again:
        if heard.segments:
            segments = [_ended(part, heard) for segment in segments for part in _parted(segment, heard.start_s)]
            segments = sorted([*segments, *heard.segments], key=lambda segment: segment.start_s)
    return tuple(segments)


def _ended(segment: WhisperSegment, again: HeardWindow) -> WhisperSegment:
    """The segment, its last word ending where something was heard again that begins inside the segment."""
    if not segment.words or not segment.start_s < again.start_s < segment.end_s:
        return segment
    *words, last = segment.words
    end_s = min(last.end_s, max(last.start_s, again.start_s))
    return with_words(segment, [*words, replace(last, end_s=end_s)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Where a window lies. `amid`: it ends while somebody is still speaking."""

    start_s: float
    end_s: float
    amid: bool


def _next_window(speech: Sequence[Stretch], now_s: float) -> _Window | None:
    """The longest window from `now_s` on; None if no speech is left."""
    left = [stretch for stretch in speech if stretch.end_s > now_s + _TAIL_S]
    if not left:
        return None
    start_s = max(now_s, left[0].start_s)
    limit_s = start_s + WINDOW_S
    end_s = left[0].end_s
    for before, after in pairwise(left):
        if end_s >= limit_s or after.start_s - before.end_s > _MUSIC_S or after.start_s >= limit_s:
            break
        end_s = after.end_s
    return _Window(start_s=start_s, end_s=min(end_s, limit_s), amid=end_s > limit_s + _SAME_S)


def _window(
    recording: RecognitionInput, window: _Window, speech: Sequence[Stretch], section: HeardSection
) -> Generator[Ask | Weigh, Any, tuple[HeardWindow, tuple[int, ...]]]:
    """What is kept of a window, and the prompt of the next one: nothing after a doubtful result."""
    said = section.said
    duration_s = window.end_s - window.start_s
    samples = recording.cut(window.start_s, window.end_s)
    decoded = yield Ask(window=Window(samples=samples, before=said))
    for careful in (False, True) if said else (True,):  # first only without the prompt
        if not doubts(decoded.segments, duration_s):
            break
        other = yield Ask(window=Window(samples=samples), careful=careful)
        decoded = _sounder(decoded, other, duration_s)
    segments, invented = _believed(shifted(segment, window.start_s) for segment in decoded.segments)
    segments, named = yield from _named(recording.names, decoded.sound, segments)
    goes_on = decoded.next_s is not None
    end_s = _end(window, speech, segments, goes_on=goes_on)
    cut = window.amid and not goes_on and bool(segments) and end_s == _last_s(segments)
    new_tokens = [
        token
        for tokens, heard in zip(decoded.tokens, decoded.segments, strict=True)
        for token in tokens
        if window.start_s + _last_s([heard]) < end_s + _SAME_S
    ]
    segments = tuple(_until(segments, end_s))
    if section.windows and section.windows[-1].cut:
        segments = without_false_start(segments)
    if cut:
        segments = without_false_stop(segments)
    sound = segments and not invented and not doubts(decoded.segments, duration_s)
    named = tuple(place for place in named if place.start_s < end_s)
    heard = HeardWindow(start_s=window.start_s, end_s=end_s, segments=segments, invented=invented, named=named, cut=cut)
    return heard, (*said, *new_tokens)[-_PROMPT_TOKENS:] if sound else ()


def _last_s(segments: Sequence[WhisperSegment]) -> float:
    return segments[-1].words[-1].end_s if segments[-1].words else segments[-1].end_s


def _end(window: _Window, speech: Sequence[Stretch], segments: Sequence[WhisperSegment], *, goes_on: bool) -> float:
    """Where the next window begins: after this one, or after its last word if speech is left; inside this one if it had
    to be cut although nobody paused."""
    words = [word for segment in segments for word in segment.words]
    if not words:
        return window.end_s
    if window.amid and not goes_on:
        end_s = _seam(words, window.start_s + _SEAM_FROM_S)
    else:
        last_s = words[-1].end_s
        left = Stretch(start_s=min(last_s, window.end_s), end_s=window.end_s)
        left_s = sum(stretch.overlap_s(left) for stretch in speech)
        end_s = last_s if left_s >= (_TAIL_S if goes_on else _LEFT_S) else window.end_s
    return end_s if end_s >= window.start_s + _FORWARD_S else window.end_s


def _until(segments: Sequence[WhisperSegment], end_s: float) -> Iterator[WhisperSegment]:
    """The segments without their words from `end_s` on."""
    for segment in segments:
        first = _parted(segment, end_s)[0]
        if first.start_s < end_s or first.end_s <= end_s:
            yield first


def _again(recording: RecognitionInput, gap: Stretch) -> Generator[Ask | Weigh, Any, HeardWindow]:
    """What is said in a gap between words, if the model hears something sound there."""
    decoded = yield Ask(window=Window(samples=recording.cut(gap.start_s, gap.end_s)))
    sound = not doubts(decoded.segments, gap.duration_s)
    segments, invented = _believed(shifted(segment, gap.start_s) for segment in decoded.segments) if sound else ((), ())
    segments, named = yield from _named(recording.names, decoded.sound, segments)
    return HeardWindow(start_s=gap.start_s, end_s=gap.end_s, segments=segments, invented=invented, named=named)


def _named(
    names: Names, sound: Any, segments: tuple[WhisperSegment, ...]
) -> Generator[Weigh, list[float], tuple[tuple[WhisperSegment, ...], tuple[Named, ...]]]:
    """The segments of one window with the names of the show where they were said, and those places."""
    words = [word for segment in segments for word in segment.words]
    places = names.near(words) if names else []
    if not places:
        return segments, ()
    pairs = [versions([word.text for word in words], place) for place in places]
    gains = yield from _gains(sound, pairs)
    open_ones = [index for index, place in enumerate(places) if is_open(place, gains[index])]
    in_silence = dict(zip(open_ones, (yield from _gains(None, [pairs[index] for index in open_ones])), strict=True))
    merits = [merit(place, gains[index], in_silence=in_silence.get(index, 0.0)) for index, place in enumerate(places)]
    believed = chosen(places, merits)
    changed, first = list[WhisperSegment](), 0
    made: list[Named] = []
    for segment in segments:
        end = first + len(segment.words)
        own = [replace(place, first=place.first - first) for place in believed if place.lies_in(first, end)]
        words_here, named_here = named(segment.words, own)
        changed.append(with_words(segment, words_here) if named_here else segment)
        made += named_here
        first = end
    return tuple(changed), tuple(made)


def _gains(sound: Any, pairs: Sequence[tuple[str, str]]) -> Generator[Weigh, list[float], list[float]]:
    """How much more probable the second text of each pair is than the first, as a natural logarithm."""
    texts = tuple(dict.fromkeys(text for pair in pairs for text in pair))
    weights = dict(zip(texts, (yield Weigh(sound=sound, texts=texts)), strict=True)) if texts else {}
    return [weights[second] - weights[first] for first, second in pairs]


def _sounder(first: Decoded, second: Decoded, duration_s: float) -> Decoded:
    """The result with fewer reasons for doubt, or of two equal ones the one with more probable words; never an empty
    one instead of words."""

    def merit(decoded: Decoded) -> tuple[bool, int, float]:
        words = [word.probability for segment in decoded.segments for word in segment.words]
        mean = sum(words) / len(words) if words else 0.0
        return bool(decoded.segments), -doubts(decoded.segments, duration_s), mean

    return max(first, second, key=merit)


def _believed(segments: Iterable[WhisperSegment]) -> tuple[tuple[WhisperSegment, ...], tuple[WhisperSegment, ...]]:
    """The segments that somebody can have said, and the others."""
    said, invented = list[WhisperSegment](), list[WhisperSegment]()
    for segment in segments:
        (invented if impossible(segment) else said).append(segment)
    return tuple(said), tuple(invented)


def _seam(words: Sequence[Word], from_s: float) -> float:
    """Where to cut ongoing speech: at the last end of a sentence, else at the last breath, else at the last word."""
    gaps = [(before, after) for before, after in pairwise(words) if before.end_s > from_s]
    ends = [gap for gap in gaps if ends_sentence(gap[0].text)]
    breaths = [gap for gap in gaps if gap[1].start_s - gap[0].end_s >= _SEAM_PAUSE_S]
    if not ends and not breaths:
        return words[-1].end_s
    before, after = (ends or breaths)[-1]
    return max(before.end_s, after.start_s - _LEAD_S)


def _parted(segment: WhisperSegment, at_s: float) -> list[WhisperSegment]:
    """The segment, split in two if it has words on both sides of `at_s`."""
    before = [word for word in segment.words if word.start_s < at_s or word.end_s <= at_s]
    after = segment.words[len(before) :]
    return [with_words(segment, before), with_words(segment, after)] if before and after else [segment]
