"""One list of places to look at, out of everything that the program doubts, each with its reason.

A low probability alone makes no place: most words that a model doubts are right. Blocking lines and lost speech are
always listed; of the others there are as many as can be looked at, the most worthwhile first.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.review.state import PlaceToHear
from pipeline.timecode import clock
from pipeline.transcript.align import normalised
from pipeline.transcript.coverage import lies_within, missing_words, unwritten
from pipeline.transcript.labels import fold_name
from pipeline.transcript.spellings import house_spellings, near_names
from pipeline.transcript.split import split
from pipeline.transcript.unsure import chance, unsure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pipeline.review.positions import Span
    from pipeline.review.state import Verdict
    from pipeline.review.timing import PlacedWord, TimedText
    from pipeline.transcript.coverage import Span as SpanS
    from pipeline.transcript.split import VoiceDoubt
    from pipeline.values.review import Review
    from pipeline.values.show import Episode, Glossary
    from pipeline.values.speech import Recognition, RecognitionFinding, SpeakerMap

EVERY_S = 90.0  # one place in so much time is as many as people look at
_FEWEST = 10
_MISSING_WORDS = 8  # heard in a row and not written
_NOT_HEARD_WORDS = 8  # written in a row and not heard
_SAME_PLACE_S = 3.0  # times of a settled place may move a little when the text is aligned again
_SHOWN_WORDS = 12
_WORTH = (
    *("label", "lost", "missing", "name", "mixed", "unsure", "suspicious", "invented", "not_heard", "renamed"),
    *("word", "figure"),
)
_FIGURE = re.compile(
    r"\d{2}|\d[.,:]\d|\d+\.$|(https?://|www\.)|\S+@\S+\.\w|\w\.(de|eu|com|org|net|info)\b", re.IGNORECASE
)
_ALWAYS = frozenset(_WORTH[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What places come from. `known` are words (`normalised`) that the show has published before; `recording` is the
    sha256 of the recording, None if it is unknown here."""

    timed: TimedText
    episode: Episode
    glossary: Glossary
    recognition: Recognition | None
    speaker_map: SpeakerMap | None
    known: Collection[str]
    review: Review
    recording: str | None


def places(sources: Sources) -> tuple[PlaceToHear, ...]:
    """The places of the text, in its order, the settled ones among them."""
    found = [*_labels(sources), *_names(sources)]
    recognition = sources.recognition
    if recognition is not None and sources.timed.level == "word":
        not_spoken_s = [(mark.start_s, mark.end_s) for mark in sources.review.not_spoken]
        found += [*_lost(sources, recognition), *_missing(sources, recognition, not_spoken_s)]
        found += [*_voices(sources, recognition), *_findings(sources, recognition)]
        found += [*_not_heard(sources), *_words(sources, recognition), *_figures(sources)]
    most = max(_FEWEST, round(max((place.end_ms for place in found), default=0) / 1000 / EVERY_S))
    chosen: dict[str, PlaceToHear] = {}
    for place in sorted(found, key=lambda place: (_WORTH.index(place.kind), place.start_ms)):
        if place.kind in _ALWAYS or len(chosen) < most:
            chosen.setdefault(place.id, place)
    return tuple(sorted(chosen.values(), key=lambda place: (place.from_, place.to, place.start_ms)))


def _labels(sources: Sources) -> Iterator[PlaceToHear]:
    """Lines that prevent a release."""
    for finding in sources.timed.manuscript.blocking:
        span = sources.timed.positions.line(finding.line)
        word = _word_from(sources, span[0])
        start_s = word.word.start_s if word else 0.0
        yield _place(sources, "label", span, (start_s, start_s), finding.text, _sentence(finding.text), ())


def _names(sources: Sources) -> Iterator[PlaceToHear]:
    names = house_spellings(sources.episode.speakers, sources.glossary.names)
    words = sources.timed.words
    for near in near_names(sources.timed.manuscript, names):
        first, last = words[near.first], words[near.last - 1]
        reason = f"„{near.written}“: eingetragen ist „{near.meant}“."
        yield _place(
            sources,
            "name",
            (first.span[0], last.span[1]),
            (first.word.start_s, last.word.end_s),
            near.written,
            reason,
            _KEPT,
            replacement=near.meant,
        )


def _lost(sources: Sources, recognition: Recognition) -> Iterator[PlaceToHear]:
    """Speech for which there is no word, neither heard nor written."""
    for finding in unwritten(recognition.findings, sources.timed.retimed.transcript):
        span_s = (finding.start_s, finding.end_s)
        reason = f"Hier spricht jemand ({_duration(span_s)}), und nichts ist geschrieben."
        yield _place(sources, "lost", _gap(sources, span_s), span_s, "", reason, _LOST)


def _missing(sources: Sources, recognition: Recognition, not_spoken_s: Sequence[SpanS]) -> Iterator[PlaceToHear]:
    """Words that were heard and are not written. Those marked as not spoken stay in the list, settled."""
    moved_s = sources.timed.retimed.moved_s
    words = [word for segment in recognition.segments for word in segment.words if not lies_within(word, moved_s)]
    for group in missing_words(words, sources.timed.retimed.transcript):
        marked = all(lies_within(word, not_spoken_s) for word in group)
        if len(group) < _MISSING_WORDS and not marked:
            continue
        span_s = (group[0].start_s, group[-1].end_s)
        text = " ".join(word.text.strip() for word in group)
        reason = f"Gehört, aber nicht geschrieben: {_quoted(text)}"
        yield _place(sources, "missing", _gap(sources, span_s), span_s, text, reason, _ANY)


def _voices(sources: Sources, recognition: Recognition) -> Iterator[PlaceToHear]:
    """Doubts about who speaks, unless people have given the words to somebody else already."""
    if sources.speaker_map is None:
        return
    speakers = sources.episode.speakers
    for doubt in split(recognition, sources.speaker_map, speakers).doubts:
        words = _words_between(sources, (doubt.start_s, doubt.end_s))
        if not words or (doubt.kind == "unsure" and _speaker_at(sources, words[0]) != _person(sources, doubt.speaker)):
            continue
        yield _spoken(sources, doubt.kind, words, _about_voice(doubt))


def _about_voice(doubt: VoiceDoubt) -> str:
    if doubt.kind == "mixed":
        return "In diesem Satz sind mehrere Stimmen zu hören. Ist er richtig aufgeteilt?"
    return f"Die Stimme ist unsicher; vorgeschlagen ist {doubt.speaker}."


def _findings(sources: Sources, recognition: Recognition) -> Iterator[PlaceToHear]:
    """What the recognition left out, doubts, or replaced by a name."""
    for finding in recognition.findings:
        span_s = (finding.start_s, max(finding.end_s, finding.start_s + 0.1))
        if finding.kind == "invented":
            reason = f"Ausgelassen, weil es vermutlich niemand gesagt hat: {_quoted(finding.text)}"
            yield _place(sources, "invented", _gap(sources, span_s), span_s, finding.text, reason, _ANY)
        words = _words_between(sources, span_s)
        if finding.kind == "suspicious" and words:
            reason = f"Solche Sätze erfindet Whisper oft: {_quoted(finding.text)} Wird das gesagt?"
            yield _spoken(sources, "suspicious", words, reason)
        elif finding.kind == "named":
            yield from _renamed(sources, finding, words)


def _renamed(sources: Sources, finding: RecognitionFinding, words: Sequence[PlacedWord]) -> Iterator[PlaceToHear]:
    """A name that replaced what was heard, if it is still there."""
    letters = normalised(finding.text)
    named = [word for word in words if letters and normalised(word.word.text) in letters]
    if named:
        reason = f"Gehört wurde {_quoted(finding.written)}; geschrieben ist der Name „{finding.text}“."
        yield _spoken(sources, "renamed", named, reason, replacement=finding.written)


def _not_heard(sources: Sources) -> Iterator[PlaceToHear]:
    """Words in a row that are written and were not heard."""
    for certain, run in groupby(sources.timed.words, key=lambda word: word.word.certain):
        words = list(run)
        if not certain and len(words) >= _NOT_HEARD_WORDS:
            reason = f"{len(words)} geschriebene Wörter sind im Ton nicht zu finden."
            yield _spoken(sources, "not_heard", words, reason)


def _words(sources: Sources, recognition: Recognition) -> Iterator[PlaceToHear]:
    """The words that are most likely wrong and that the show never used before, at most one in 90 s."""
    starts = [round(1000 * word.word.start_s) for word in sources.timed.words]
    candidates = []
    for heard in unsure(recognition):
        letters = normalised(heard.text)
        index = bisect_left(starts, round(1000 * heard.start_s))
        same_time = sources.timed.words[index : index + 1]
        for word in same_time:
            if word.word.certain and normalised(word.word.text) == letters and letters not in sources.known:
                candidates.append((-chance(heard), heard.probability, word))
    taken_s: list[float] = []
    for _, _, word in sorted(candidates, key=lambda entry: entry[:2]):
        if all(abs(word.word.start_s - other_s) >= EVERY_S for other_s in taken_s):
            taken_s.append(word.word.start_s)
            reason = f"„{word.word.text}“ ist unsicher gehört und kam in dieser Sendung noch nicht vor."
            yield _spoken(sources, "word", [word], reason)


def _figures(sources: Sources) -> Iterator[PlaceToHear]:
    """Numbers, dates and addresses, each once: they are easily misheard, and a wrong one is worse than a wrong word."""
    told: set[str] = set()
    words = sources.timed.words
    for index, word in enumerate(words):
        if not word.word.certain or not _FIGURE.search(word.word.text):
            continue
        goes_on = re.fullmatch(r"[\d.,]+", word.word.text) and index + 1 < len(words)
        about = words[index : index + 2] if goes_on else [word]  # with the month, or what is counted
        text = " ".join(one.word.text for one in about).rstrip(".,;:!?")
        if (letters := _letters(text)) not in told:
            told.add(letters)
            yield _spoken(sources, "figure", about, f"Stimmt das? „{text}“: Zahlen und Adressen verhört man leicht.")


# --- where and what ---------------------------------------------------------------------------------------------------

_KEPT: tuple[Verdict, ...] = ("heard", "mended")
_LOST: tuple[Verdict, ...] = ("not_spoken", "mended")
_ANY: tuple[Verdict, ...] = ("heard", "not_spoken", "mended")


def _spoken(
    sources: Sources, kind: str, words: Sequence[PlacedWord], reason: str, *, replacement: str | None = None
) -> PlaceToHear:
    """A place that is about words of the text."""
    span = (words[0].span[0], words[-1].span[1])
    span_s = (words[0].word.start_s, words[-1].word.end_s)
    text = " ".join(word.word.text for word in words)
    allows = _KEPT if kind in {"mixed", "unsure", "renamed", "word", "figure"} else _ANY
    return _place(sources, kind, span, span_s, text, reason, allows, replacement=replacement)


def _place(  # noqa: PLR0917  the same seven for every kind, in the order of `PlaceToHear`
    sources: Sources,
    kind: str,
    span: Span,
    span_s: SpanS,
    text: str,
    reason: str,
    allows: tuple[Verdict, ...],
    *,
    replacement: str | None = None,
) -> PlaceToHear:
    letters = _letters(text)
    identity = f"{kind}\n{letters}\n{span_s[0]:.0f}\n{span[0] if kind == 'label' else ''}"
    return PlaceToHear(
        id=hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:12],
        kind=kind,
        from_=span[0],
        to=span[1],
        start_ms=round(1000 * span_s[0]),
        end_ms=round(1000 * span_s[1]),
        reason=reason,
        text=text,
        allows=allows,
        settled=_settled(sources, kind, letters, span_s),
        replacement=replacement,
    )


def _settled(sources: Sources, kind: str, letters: str, span_s: SpanS) -> Verdict | None:
    """What people decided about this place: the last decision on the same text at the same time of this recording."""
    for entry in reversed(sources.review.settled):
        same = entry.kind == kind and _letters(entry.text) == letters and abs(entry.start_s - span_s[0]) < _SAME_PLACE_S
        if same and same_recording(sources.recording, entry.recording_sha256):
            return entry.verdict
    if kind in {"missing", "lost"}:
        middle_s = sum(span_s) / 2
        marks = (mark for mark in sources.review.not_spoken if mark.start_s <= middle_s <= mark.end_s)
        if any(same_recording(sources.recording, mark.recording_sha256) for mark in marks):
            return "not_spoken"
    return None


def same_recording(here: str | None, judged: str) -> bool:
    """Whether a judgement is about the recording that is here; an unknown recording is taken for granted."""
    return here is None or not judged or here == judged


def _letters(text: str) -> str:
    return "".join(map(normalised, text.split()))


def _words_between(sources: Sources, span_s: SpanS) -> list[PlacedWord]:
    return [word for word in sources.timed.words if span_s[0] <= _middle_s(word) <= span_s[1]]


def _middle_s(word: PlacedWord) -> float:
    return (word.word.start_s + word.word.end_s) / 2


def _gap(sources: Sources, span_s: SpanS) -> Span:
    """The place behind the last word before the stretch."""
    before = [word.span[1] for word in sources.timed.words if _middle_s(word) <= span_s[0]]
    return (before[-1], before[-1]) if before else (0, 0)


def _word_from(sources: Sources, offset: int) -> PlacedWord | None:
    """The first word at or behind the offset."""
    return next((word for word in sources.timed.words if word.span[0] >= offset), None)


def _speaker_at(sources: Sources, word: PlacedWord) -> str:
    """Who speaks the word, by the labels."""
    speaker = ""
    for turn in sources.timed.manuscript.turns:
        if sources.timed.positions.line(turn.line)[0] > word.span[0]:
            break
        speaker = turn.speaker
    return _person(sources, speaker)


def _person(sources: Sources, name: str) -> str:
    """The folded name of the person who is called so."""
    folded = fold_name(name)
    for speaker in sources.episode.speakers:
        if folded in {fold_name(other) for other in (speaker.name, *speaker.aliases)}:
            return fold_name(speaker.name)
    return folded


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _quoted(text: str) -> str:
    words = text.split()
    return f"„{' '.join(words[:_SHOWN_WORDS])}{' …' if len(words) > _SHOWN_WORDS else ''}“"


def _duration(span_s: SpanS) -> str:
    return f"ab {clock(span_s[0])}, {span_s[1] - span_s[0]:.0f} Sekunden"
