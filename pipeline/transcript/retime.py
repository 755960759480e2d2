"""Combine the editors' text and what was heard into a transcript in which every written word has its time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from pipeline.german.sentences import ends_sentence, sentence_ends
from pipeline.transcript.align import Run, matching_runs, normalised
from pipeline.transcript.differences import Differences, Place, tell
from pipeline.transcript.gaps import Gap, HeardWord, WordTiming, fill
from pipeline.transcript.labels import LabelFinding
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.transcript.editorial import Manuscript, Token, WrittenTurn
    from pipeline.values.speech import Recognition, Word

_SMALL_GAP = 3  # words; a larger one may hide a cut
_SURE_LETTERS = 20  # heard as written; a part of a sentence beside a cut that has fewer is doubtful


_OLDER_TEXT = LabelFinding(
    line=0,
    text="Die geschätzten Zeiten stammen von einem anderen Stand des Textes. Die Datei words.json der Folge löschen, "
    "dann werden sie beim nächsten Lauf neu gesucht.",
    blocking=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retimed:
    """The transcript with its times, the places that an editor should check, in order, and when those passages are
    heard (start, end) that are written at another place (`moved_s`)."""

    transcript: Transcript
    findings: tuple[LabelFinding, ...]
    moved_s: tuple[tuple[float, float], ...] = ()


def retime(
    manuscript: Manuscript,
    recognition: Recognition | None,
    *,
    duration_s: float,
    demo: bool = False,
    model: str = "",
    not_spoken_s: Sequence[tuple[float, float]] = (),
) -> Retimed:
    """Give every written word its time: exactly the words of the manuscript, in order, times inside 0..duration_s.

    Labels are ignored: renaming, merging or splitting turns moves no word. Words heard as written keep their heard
    times; changed words share the time of what they replace, by letters. Without a recognition, or if it has no
    words, the words are spread evenly over the audio (level "paragraph", none certain). `demo` and `model` are copied
    into the transcript. `not_spoken_s`: stretches (start, end) whose heard words nobody said; no finding asks for them.
    """
    tokens = [token for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]
    last = _sentence_last(manuscript)
    heard = _heard_words(recognition, duration_s)
    moved_s: tuple[tuple[float, float], ...] = ()
    if heard:
        spans, differences = _timed(tokens, heard, last, duration_s)
        moved = differences.moved()
        findings = tell(differences, moved, not_spoken_s)
        moved_s = tuple(map(differences.span_s, moved))
        if not _was_heard(recognition):
            spans = [span._replace(certain=False) for span in spans]
            findings = (_OLDER_TEXT,) if findings else ()
            moved_s = ()
    else:
        spans, findings = _spread_over(tokens, 0.0, duration_s), ()
    transcript = Transcript(
        level="word" if heard and _was_heard(recognition) else "paragraph",
        demo=demo,
        model=model,
        turns=_turns(manuscript.turns, tokens, last, spans, duration_s),
    )
    return Retimed(transcript=transcript, findings=findings, moved_s=moved_s)


def _was_heard(recognition: Recognition | None) -> bool:
    return recognition is not None and any(segment.times != "paragraph" for segment in recognition.segments)


def _heard_words(recognition: Recognition | None, duration_s: float) -> list[HeardWord]:
    words: list[Word] = [word for segment in recognition.segments for word in segment.words] if recognition else []
    heard: list[HeardWord] = []
    now_s = 0.0
    for word in words:
        letters = normalised(word.text)
        if letters:
            start_s = _between(now_s, word.start_s, duration_s)
            now_s = _between(start_s, word.end_s, duration_s)
            heard.append(HeardWord(word.text, letters, start_s, now_s))
    return heard


def _sentence_last(manuscript: Manuscript) -> list[bool]:
    """For every token of the manuscript, whether it is the last of its sentence."""
    last: list[bool] = []
    for turn in manuscript.turns:
        for paragraph in turn.paragraphs:
            ends = set(sentence_ends([token.text for token in paragraph]))
            last += [position + 1 in ends for position in range(len(paragraph))]
    return last


def _timed(
    tokens: Sequence[Token], heard: Sequence[HeardWord], sentence_last: Sequence[bool], duration_s: float
) -> tuple[list[WordTiming], Differences]:
    """A span for every token. Tokens without a letter ("–") are not aligned and get the end of the previous word."""
    spoken = [index for index, token in enumerate(tokens) if normalised(token.text)]
    last = _last_of_spoken(spoken, sentence_last)
    written = [normalised(tokens[index].text) for index in spoken]
    runs = matching_runs(
        written,
        [word.letters for word in heard],
        written_break=lambda position: 1.0 if position == 0 or last[position - 1] else 0.0,
        heard_break=lambda position: _heard_break(heard, position),
    )
    spans: list[WordTiming] = []
    places: list[Place] = []
    cuts: list[tuple[int, int]] = []
    border = Run(written=len(spoken), heard=len(heard), length=0)
    for left, right in zip((Run(written=0, heard=0, length=0), *runs), (*runs, border), strict=True):
        first, first_heard = left.written_end, left.heard_end
        gap = Gap(
            tokens=[tokens[index] for index in spoken[first : right.written]],
            sizes=[len(word) for word in written[first : right.written]],
            last=last[first : right.written],
            heard=heard[first_heard : right.heard],
            start_s=heard[first_heard - 1].end_s if first_heard else 0.0,
            end_s=heard[right.heard].start_s if right.heard < len(heard) else duration_s,
            at_start=first == 0,
            at_end=right is border,
        )
        spans += fill(gap)
        line_before = tokens[spoken[first - 1]].line if first else 0
        places.append(Place(gap=gap, first=first, first_heard=first_heard, line_before=line_before))
        spans += [WordTiming(word.start_s, word.end_s, True) for word in heard[right.heard : right.heard_end]]
        if max(len(gap.tokens), len(gap.heard)) > _SMALL_GAP:
            cuts.append((first, right.written))
    doubtful = _beside_cuts(cuts, spans, [len(word) for word in written], last)
    for index in doubtful:
        spans[index] = spans[index]._replace(certain=False)
    differences = Differences(tokens=[tokens[index] for index in spoken], heard=heard, places=places)
    return _with_silent_tokens(len(tokens), spoken, spans), differences


def _beside_cuts(
    cuts: Sequence[tuple[int, int]], spans: Sequence[WordTiming], sizes: Sequence[int], last: Sequence[bool]
) -> set[int]:
    """The words between a cut (where much was left out or added) and the next sentence border, if few of them were
    heard as written: a common beginning such as "Das ist" may then belong to another sentence."""
    doubtful: set[int] = set()
    for start, end in cuts:
        first = next((index for index in range(start, 0, -1) if last[index - 1]), 0)
        final = next((index + 1 for index in range(end, len(last)) if last[index]), len(last))
        for part in (range(first, start), range(end, final)):
            if sum(sizes[index] for index in part if spans[index].certain) < _SURE_LETTERS:
                doubtful.update(part)
    return doubtful


def _last_of_spoken(spoken: Sequence[int], sentence_last: Sequence[bool]) -> list[bool]:
    """For every spoken token, whether it ends its sentence; only wordless tokens may follow it there."""
    bounds = [*spoken, len(sentence_last)][1:]
    return [any(sentence_last[start:end]) for start, end in zip(spoken, bounds, strict=True)]


def _heard_break(heard: Sequence[HeardWord], position: int) -> float:
    """Rate a cut of what was heard before `position`: better after a sentence, and the longer the pause (up to 1 s)."""
    if position == 0:
        return 2.0
    pause_s = heard[position].start_s - heard[position - 1].end_s
    return float(ends_sentence(heard[position - 1].text)) + min(pause_s, 1.0)


def _with_silent_tokens(count: int, spoken: Sequence[int], spans: Sequence[WordTiming]) -> list[WordTiming]:
    by_token = dict(zip(spoken, spans, strict=True))
    first_s = spans[0].start_s if spans else 0.0
    before = WordTiming(first_s, first_s, False)
    filled = []
    for index in range(count):
        span = by_token.get(index)
        before = span if span is not None else WordTiming(before.end_s, before.end_s, before.certain)
        filled.append(before)
    return filled


def _spread_over(tokens: Sequence[Token], start_s: float, end_s: float) -> list[WordTiming]:
    sizes = [max(len(normalised(token.text)), 1) for token in tokens]
    pace = (end_s - start_s) / max(sum(sizes), 1)
    return [
        WordTiming(start_s + (end - size) * pace, start_s + end * pace, False)
        for end, size in zip(accumulate(sizes), sizes, strict=True)
    ]


def _turns(
    written: Sequence[WrittenTurn],
    tokens: Sequence[Token],
    last: Sequence[bool],
    spans: Sequence[WordTiming],
    duration_s: float,
) -> tuple[Turn, ...]:
    words = _in_order(tokens, spans, duration_s)
    ends = [index + 1 for index, closes in enumerate(last) if closes]
    sentences = iter(Sentence(words=tuple(words[start:end])) for start, end in zip((0, *ends), ends, strict=False))
    return tuple(
        Turn(
            speaker=turn.speaker,
            organisation=turn.organisation,
            paragraphs=tuple(_paragraph(sentences, len(paragraph)) for paragraph in turn.paragraphs),
        )
        for turn in written
        if turn.paragraphs
    )


def _in_order(tokens: Sequence[Token], spans: Sequence[WordTiming], duration_s: float) -> list[TimedWord]:
    """The tokens with times rounded to milliseconds, inside the audio and never decreasing."""
    words = []
    now_s = 0.0
    limit_s = int(duration_s * 1000) / 1000
    for token, (start_s, end_s, certain) in zip(tokens, spans, strict=True):
        begun_s = _between(now_s, round(start_s, 3), limit_s)
        now_s = _between(begun_s, round(end_s, 3), limit_s)
        words.append(TimedWord(text=token.text, start_s=begun_s, end_s=now_s, certain=certain, foreign=token.foreign))
    return words


def _between(low: float, value: float, high: float) -> float:
    """`value` limited to `low`..`high`; comparisons take a third of the time of min and max."""
    if value <= low:
        return low
    return value if value < high else high


def _paragraph(sentences: Iterator[Sentence], count: int) -> Paragraph:
    """The next sentences that together have `count` words; a paragraph's last word ends a sentence."""
    taken: list[Sentence] = []
    while count:
        taken.append(next(sentences))
        count -= len(taken[-1].words)
    return Paragraph(sentences=tuple(taken))
