"""Proposes stretches to cut out of an episode: fillers, sounds without words, restarts, and long pauses.

These are only proposals: people hear them and decide. Words come from words.json, so that what an editor changed in the
transcript does not matter; both ends lie in quiet stretches between words. Where there is none, nothing is proposed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from pipeline.audio.wordless import sound_of
from pipeline.transcript.align import normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.audio.quiet import Levels, Span
    from pipeline.values.speech import Recognition, SpeakerMap, Word

Kind = Literal["filler", "sound", "noise", "repeat", "pause"]

LONG_PAUSE_S = 2.0
KEPT_PAUSE_S = 0.8  # of a long pause
SHORTEST_CUT_S = 0.15
_KEPT_S = (0.12, 0.4)  # pause that stays where something was cut out of it
_MARGIN_S = 0.02  # between sound and a joint, whose fades take 10 ms
_INTO_S = 0.1  # how far the quiet around a word may reach into its own times, which are not exact
_SOUND_S = (0.15, 0.9)  # shorter is a click, longer may be missed speech
_SOUND_BELOW_SPEECH_DB = 15.0  # on average; breaths are quieter and stay, a click of the lips included
_LONGEST_PHRASE = 5
_RESTART_WITHIN_S = 1.5
_CONTEXT = 3
_FILLER = re.compile(r"(äh+m*|öh+m*|ehm+|hm+)\Z")
_STUMBLED = frozenset(  # said twice only by mistake; „sehr sehr“, „ja ja“ and „die, die …“ are meant
    {"ich", "wir", "und", "aber", "dass", "ist", "in", "mit", "auf", "zu", "für", "von", "ein", "eine", "einen", "es"}
    | {"man", "wenn", "weil", "oder", "wie", "er", "hat", "haben", "auch", "nicht", "dann", "also", "im", "am", "an"}
    | {"bei", "als", "um", "aus", "war", "sind", "wird", "habe", "hatte", "kann", "können", "muss", "müssen"}
    | {"dieser", "diese", "dieses"}
)
_MEANT = frozenset(
    {"ja", "nein", "na", "so", "sehr", "ganz", "viel", "immer", "nie", "mehr", "wieder", "weiter", "bla", "ha"}
    | {"danke", "bitte", "okay", "gut"}
)
_ENDS_SENTENCE = re.compile(r"[.?!…:][»«“”\"')\]]*\Z")
_BROKEN_OFF = re.compile(r"(.{2,}?)(-|–|…|\.\.\.)[,;]?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class CutProposal:
    """A stretch to consider, in seconds of the finished episode. `text` is what would be cut, "" for what nobody said
    in words; `before` and `after` are words around it that stay."""

    start_s: float
    end_s: float
    kind: Kind
    before: str
    text: str
    after: str

    @property
    def saved_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class _Found:
    """What may go: the words first .. end, or, between two words, a span of sound."""

    kind: Kind
    first: int
    end: int
    span: Span


def propose_cuts(
    recognition: Recognition,
    levels: Levels,
    stretches: Callable[[Sequence[Span]], Sequence[NDArray[Any]]],
    *,
    speaker_map: SpeakerMap | None = None,
    pauses: bool = True,
) -> tuple[CutProposal, ...]:
    """Proposed cuts in time order, none overlapping; none without exact word times. `stretches` reads the sound
    (16 kHz) of spans; without `pauses` long pauses are left out."""
    words = [word for segment in recognition.segments if segment.times == "word" for word in segment.words]
    if not words or any(segment.times != "word" for segment in recognition.segments):
        return ()
    speakers = _speakers(words, speaker_map)
    unheard = [(entry.start_s, entry.end_s) for entry in recognition.findings if entry.kind in {"unheard", "invented"}]
    found = [
        *_repeats(words, speakers),
        *_fillers(words, speakers),
        *_sounds(words, levels, stretches, unheard),
        *(_pauses(words, levels) if pauses else ()),
    ]
    chosen: list[CutProposal] = []
    for entry in found:
        placed = _placed(entry, words, levels)
        if placed is not None and all(placed.end_s <= one.start_s or one.end_s <= placed.start_s for one in chosen):
            chosen.append(placed)
    return tuple(sorted(chosen, key=lambda entry: entry.start_s))


def _placed(found: _Found, words: Sequence[Word], levels: Levels) -> CutProposal | None:
    """The proposal with its ends in the quiet before and after; None if there is no room for a clean joint."""
    first, end = found.first, found.end
    if first == 0 or end >= len(words):
        return None
    start_s, end_s = found.span
    earliest_s, latest_s = max(word.end_s for word in words[:first][-_CONTEXT:]), words[end].start_s
    into_s = min(_INTO_S, (end_s - start_s) / 3)
    if found.kind != "pause":
        before = levels.quiet_in(earliest_s, start_s + into_s)
        after = levels.quiet_in(end_s - into_s, latest_s)
        if not before or not after:
            return None
        quiet_s, later_s = before[-1], after[0]
        kept_s = min(max(quiet_s[1] - quiet_s[0], later_s[1] - later_s[0], _KEPT_S[0]), _KEPT_S[1])
        start_s = min(quiet_s[0] + max(kept_s / 2, _MARGIN_S), quiet_s[1])
        end_s = max(later_s[1] - max(kept_s / 2, _MARGIN_S), later_s[0])
    if end_s - start_s < SHORTEST_CUT_S or start_s < earliest_s or end_s > latest_s:
        return None
    return CutProposal(
        start_s=start_s,
        end_s=end_s,
        kind=found.kind,
        before=" ".join(word.text for word in words[max(first - _CONTEXT, 0) : first]),
        text=" ".join(word.text for word in words[first:end]),
        after=" ".join(word.text for word in words[end : end + _CONTEXT]),
    )


def _speakers(words: Sequence[Word], speaker_map: SpeakerMap | None) -> list[int | None]:
    """Who is heard in the middle of each word."""
    found: list[int | None] = []
    spans = speaker_map.spans if speaker_map is not None else ()
    at = 0
    for word in words:
        middle_s = (word.start_s + word.end_s) / 2
        while at < len(spans) and spans[at].end_s < middle_s:
            at += 1
        found.append(spans[at].speaker if at < len(spans) and spans[at].start_s <= middle_s else None)
    return found


def _fillers(words: Sequence[Word], speakers: Sequence[int | None]) -> Iterator[_Found]:
    for place, word in enumerate(words):
        if _is_filler(word) and not _is_answer(place, words, speakers):
            yield _Found("filler", place, place + 1, (word.start_s, word.end_s))


def _is_filler(word: Word) -> bool:
    return bool(_FILLER.match(normalised(word.text)))


def _is_answer(place: int, words: Sequence[Word], speakers: Sequence[int | None]) -> bool:
    """Whether „Hm?“ is a question, or what somebody says while another person speaks."""
    if words[place].text.rstrip().endswith("?"):
        return True
    around = [speakers[other] for other in (place - 1, place + 1) if 0 <= other < len(words)]
    return None not in (speakers[place], *around) and speakers[place] not in around


def _repeats(words: Sequence[Word], speakers: Sequence[int | None]) -> Iterator[_Found]:
    """The first of two equal phrases that follow one another, fillers between them not counted; the longest first."""
    places = [place for place, word in enumerate(words) if not _is_filler(word)]
    plain = [normalised(words[place].text) for place in places]
    for length in range(_LONGEST_PHRASE, 0, -1):
        for at in range(len(places) - length):
            first, again = places[at], places[at + length]
            if words[again].start_s - words[places[at + length - 1]].end_s > _RESTART_WITHIN_S:
                continue
            if len(set(speakers[first : again + 1])) > 1:
                continue
            phrase, next_phrase = plain[at : at + length], plain[at + length : at + 2 * length]
            last = words[places[at + length - 1]].text
            begun_again = length == 1 and _is_begun_again(last, plain[at + 1])
            if begun_again or (phrase == next_phrase and _is_restart(phrase, last)):
                yield _Found("repeat", first, again, (words[first].start_s, words[again - 1].end_s))


def _is_begun_again(text: str, following: str) -> bool:
    broken = _BROKEN_OFF.match(text)
    stem = normalised(broken[1]) if broken else ""
    return len(stem) >= 2 and following.startswith(stem)


def _is_restart(phrase: Sequence[str], last: str) -> bool:
    if _ENDS_SENTENCE.search(last) or any(any(map(str.isdigit, word)) for word in phrase):
        return False
    if len(phrase) == 1:
        return phrase[0] in _STUMBLED
    return len(set(phrase)) > 1 and not _MEANT.issuperset(phrase)


def _sounds(
    words: Sequence[Word],
    levels: Levels,
    stretches: Callable[[Sequence[Span]], Sequence[NDArray[Any]]],
    unheard: Sequence[Span],
) -> Iterator[_Found]:
    """Short sounds with quiet on both sides between two words."""
    candidates: list[tuple[int, Span]] = []
    for place, (before, after) in enumerate(pairwise(words), start=1):
        quiet = levels.quiet_in(before.end_s, after.start_s)
        for (_, start_s), (end_s, _) in pairwise(quiet):
            if not _SOUND_S[0] <= end_s - start_s <= _SOUND_S[1]:
                continue
            loud = levels.mean_db(start_s, end_s) >= levels.speech_db - _SOUND_BELOW_SPEECH_DB
            if loud and not any(start_s < last_s and first_s < end_s for first_s, last_s in unheard):
                candidates.append((place, (start_s, end_s)))
    for (place, span), samples in zip(candidates, stretches([span for _, span in candidates]), strict=True):
        kind = sound_of(samples)
        if kind is not None:
            yield _Found("sound" if kind == "vowel" else "noise", place, place, span)


def _pauses(words: Sequence[Word], levels: Levels) -> Iterator[_Found]:
    for place, (before, after) in enumerate(pairwise(words), start=1):
        for start_s, end_s in levels.quiet_in(before.end_s, after.start_s):
            if end_s - start_s >= LONG_PAUSE_S:
                yield _Found("pause", place, place, (start_s + KEPT_PAUSE_S / 2, end_s - KEPT_PAUSE_S / 2))
