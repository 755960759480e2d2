"""Turn heard words and heard voices into a first draft: who said what, in the house format."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Literal

from pipeline.german.sentences import sentence_ends
from pipeline.timecode import clock
from pipeline.transcript.corrections import corrected, correction_notices
from pipeline.transcript.editorial import PlainTurn, render
from pipeline.transcript.labels import PLACEHOLDER
from pipeline.transcript.unsure import most_doubtful, unsure
from pipeline.values.show import Glossary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values.show import Speaker
    from pipeline.values.speech import Recognition, SpeakerMap, SpeakerSpan, Word

PARAGRAPH_WORDS = 60  # from here a longer pause at a sentence end starts a new paragraph
PARAGRAPH_PAUSE_S = 0.6
MAJORITY = 0.7  # of a sentence's speech; with less, the sentence keeps the voices that were heard

_UNIT_PAUSE_S = 1.0  # a sentence is cut at such a pause before it is given to one voice
_OWN_PAUSE_S = 0.25  # a short turn stands alone if it has such a pause on each inner side
_OWN_WORDS = 2
_DOUBTFUL = 0.5  # confidence of a voice below which a turn is reported
_LISTED = 10  # places of one kind that are reported one by one
_LONG_PARAGRAPH_WORDS = 130  # from here any sentence end does
_NO_GLOSSARY = Glossary()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceDoubt:
    """A stretch in which it is not clear who speaks: a sentence with several voices ("mixed"), or a turn whose voice is
    "unsure". `speaker` is the name that was proposed, `excerpt` how it begins, in quotes."""

    kind: Literal["mixed", "unsure"]
    start_s: float
    end_s: float
    speaker: str
    excerpt: str

    @property
    def notice(self) -> str:
        if self.kind == "mixed":
            return f"{clock(self.start_s)}: Sprecherwechsel mitten im Satz, bitte prüfen: {self.excerpt}"
        return f"{clock(self.start_s)}: Stimme unsicher (Vorschlag: {self.speaker}): {self.excerpt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The turns in order, German notices for what the editors should check, and all doubts about voices."""

    turns: tuple[PlainTurn, ...]
    notices: tuple[str, ...]
    doubts: tuple[VoiceDoubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The draft in the house format, "" if nothing was heard, and German notices for the editors."""

    text: str
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A heard word, whose voice it is, and how sure that is (0..1)."""

    word: Word
    voice: int
    confidence: float


def draft(
    recognition: Recognition, speaker_map: SpeakerMap, speakers: Sequence[Speaker], glossary: Glossary = _NO_GLOSSARY
) -> Draft:
    """The draft for the editors: every heard word exactly once and in order under a label, except for what the
    glossary corrects."""
    segments = [(segment, *corrected(segment.words, glossary)) for segment in recognition.segments]
    right = replace(recognition, segments=tuple(replace(segment, words=words) for segment, words, _ in segments))
    result = split(right, speaker_map, speakers)
    corrections = [correction for _, _, made in segments for correction in made]
    notices = (*correction_notices(corrections), *_unsure(recognition), *result.notices)
    return Draft(text=render(result.turns), notices=notices)


def _unsure(recognition: Recognition) -> list[str]:
    """One line with the words that are most likely wrong."""
    words = unsure(recognition)
    if not words:
        return []
    listed = ", ".join(f"{clock(word.start_s)} „{word.text.strip()}“" for word in most_doubtful(words, _LISTED))
    more = f" und {len(words) - _LISTED} weitere" if len(words) > _LISTED else ""
    return [f"Unsicher gehört, bitte nachhören: {listed}{more}."]


def split(recognition: Recognition, speaker_map: SpeakerMap, speakers: Sequence[Speaker]) -> Split:
    """Give each word to the voice with the largest overlap, else the nearest; a sentence to the voice with 70 % of it.

    Voice number i gets the name of the i-th speaker, or "Stimme i + 1" if there are too few names. No word or turn is
    dropped, however short.
    """
    words = [word for segment in recognition.segments for word in segment.words if word.text.strip()]
    if not words:
        return Split(turns=(), notices=("Es wurde keine Sprache erkannt; der Entwurf ist leer.",))
    heard = _voices(words, speaker_map.spans)
    settled: list[_Said] = []
    mixed: list[VoiceDoubt] = []
    for unit in _units(heard):
        snapped, clear = _snapped(unit)
        settled += snapped
        if not clear:
            mixed.append(_doubt("mixed", unit, speakers))
    runs = [list(run) for _, run in groupby(settled, key=lambda said: said.voice)]
    turns = tuple(_turn(run, speakers) for run in runs)
    unsure_voices = [_doubt("unsure", run, speakers) for run in runs if _is_doubtful(run)]
    notices = (
        *speaker_map.notices,
        *_naming(speaker_map, settled, speakers),
        *_first([doubt.notice for doubt in mixed], "Sätze mit Sprecherwechsel"),
        *_first([doubt.notice for doubt in unsure_voices], "Stellen mit unsicherer Stimme"),
    )
    return Split(turns=turns, notices=notices, doubts=(*mixed, *unsure_voices))


def _voices(words: Sequence[Word], spans: Sequence[SpeakerSpan]) -> list[_Said]:
    """The voice of each word; number 0 if no voices were distinguished."""
    ordered = sorted(spans, key=lambda span: (span.start_s, span.end_s))
    starts = [span.start_s for span in ordered]
    ends = [span.end_s for span in ordered]  # increasing too, because spans do not overlap
    said = []
    for word in words:
        first, last = bisect_left(ends, word.start_s), bisect_right(starts, word.end_s)
        near = ordered[max(first - 1, 0) : last + 1]
        if near:
            best = min(near, key=lambda span: (-_overlap_s(word, span), _distance_s(word, span)))
            said.append(_Said(word=word, voice=best.speaker, confidence=best.confidence))
        else:
            said.append(_Said(word=word, voice=0, confidence=1.0))
    return said


def _overlap_s(word: Word, span: SpeakerSpan) -> float:
    return max(0.0, min(word.end_s, span.end_s) - max(word.start_s, span.start_s))


def _distance_s(word: Word, span: SpeakerSpan) -> float:
    """From the middle of the word to the nearest edge of the span; 0 inside."""
    middle_s = (word.start_s + word.end_s) / 2
    return max(span.start_s - middle_s, middle_s - span.end_s, 0.0)


def _units(said: Sequence[_Said]) -> list[list[_Said]]:
    """Sentences, also cut at long pauses, so that a model that writes no full stops does not join a dialogue."""
    ends = set(sentence_ends([entry.word.text for entry in said]))
    cuts = [
        index
        for index in range(1, len(said))
        if index in ends or said[index].word.start_s - said[index - 1].word.end_s >= _UNIT_PAUSE_S
    ]
    return [list(said[start:end]) for start, end in pairwise((0, *cuts, len(said)))]


def _snapped(unit: Sequence[_Said]) -> tuple[list[_Said], bool]:
    """The sentence, with a single voice if that has 70 % of it, and whether no doubt is left."""
    speech_s: dict[int, float] = {}
    for said in unit:
        speech_s[said.voice] = speech_s.get(said.voice, 0.0) + max(said.word.end_s - said.word.start_s, 0.01)
    voice = max(speech_s, key=lambda number: (speech_s[number], -number))
    if len(speech_s) == 1:
        return list(unit), True
    if speech_s[voice] < MAJORITY * sum(speech_s.values()):
        return list(unit), False
    snapped: list[_Said] = []
    clear = True
    start = 0
    for number, run in groupby(unit, key=lambda said: said.voice):
        length = len(list(run))
        own = number != voice and _stands_alone(unit, start, start + length)
        clear = clear and not own
        for said in unit[start : start + length]:
            snapped.append(said if own else _Said(word=said.word, voice=voice, confidence=said.confidence))
        start += length
    return snapped, clear


def _stands_alone(unit: Sequence[_Said], start: int, end: int) -> bool:
    """Return whether this run of another voice is a separate turn: two words or more, a pause on each inner side."""
    if end - start < _OWN_WORDS:
        return False
    inner = [index for index in (start, end) if 0 < index < len(unit)]
    return all(unit[index].word.start_s - unit[index - 1].word.end_s >= _OWN_PAUSE_S for index in inner)


def _turn(run: Sequence[_Said], speakers: Sequence[Speaker]) -> PlainTurn:
    voice = run[0].voice
    named = voice < len(speakers)
    return PlainTurn(
        speaker=_name(voice, speakers),
        organisation=speakers[voice].organisation if named and speakers[voice].role == "guest" else "",
        paragraphs=_paragraphs([said.word for said in run]),
    )


def _name(voice: int, speakers: Sequence[Speaker]) -> str:
    return speakers[voice].name if voice < len(speakers) else f"{PLACEHOLDER} {voice + 1}"


def _paragraphs(words: Sequence[Word]) -> tuple[str, ...]:
    paragraphs: list[str] = []
    start = 0
    for end in sentence_ends([word.text for word in words]):
        length = end - start
        pause_s = words[end].start_s - words[end - 1].end_s if end < len(words) else 0.0
        long_enough = length >= PARAGRAPH_WORDS and pause_s >= PARAGRAPH_PAUSE_S
        if end == len(words) or long_enough or length >= _LONG_PARAGRAPH_WORDS:
            paragraphs.append(" ".join(word.text.strip() for word in words[start:end]))
            start = end
    return tuple(paragraphs)


def _naming(speaker_map: SpeakerMap, said: Sequence[_Said], speakers: Sequence[Speaker]) -> list[str]:
    voices = sorted({entry.voice for entry in said})
    notices = []
    recognised = [_name(voice, speakers) for voice in voices if voice in speaker_map.recognised]
    if recognised:
        notices.append(f"An der gemerkten Stimme erkannt: {', '.join(recognised)}. Bitte prüfen.")
    proposed = [_name(voice, speakers) for voice in voices if voice not in speaker_map.recognised]
    if speaker_map.method in {"clustering", "pyannote"} and len(voices) > 1 and proposed:
        names = ", ".join(proposed)
        notices.append(f"Die Namen sind Vorschläge in der Reihenfolge aus episode.toml: {names}. Bitte prüfen.")
    nameless = [_name(voice, speakers) for voice in voices if voice >= len(speakers)]
    if nameless:
        notices.append(f"Mehr Stimmen als Namen: {', '.join(nameless)}. Bitte im Transkript durch Namen ersetzen.")
    silent = [speaker.name for voice, speaker in enumerate(speakers) if voice not in voices]
    if silent:
        notices.append(f"Nicht herausgehört: {', '.join(silent)}. Bitte die Sprecherzeilen prüfen.")
    return notices


def _is_doubtful(run: Sequence[_Said]) -> bool:
    return sum(said.confidence for said in run) < _DOUBTFUL * len(run)


def _doubt(kind: Literal["mixed", "unsure"], said: Sequence[_Said], speakers: Sequence[Speaker]) -> VoiceDoubt:
    return VoiceDoubt(
        kind=kind,
        start_s=said[0].word.start_s,
        end_s=said[-1].word.end_s,
        speaker=_name(said[0].voice, speakers),
        excerpt=_excerpt(said),
    )


def _first(places: Sequence[str], what: str) -> list[str]:
    """The first places and the number of the others, which keeps the report short."""
    more = len(places) - _LISTED
    return [*places[:_LISTED], f"… und {more} weitere {what}."] if more > 0 else list(places)


def _excerpt(said: Sequence[_Said]) -> str:
    text = " ".join(entry.word.text.strip() for entry in said[:8])
    return f"„{text} …“" if len(said) > 8 else f"„{text}“"
