"""The editors' text and what was heard to a transcript in which every written word has its time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from pipeline.model import Paragraph, Sentence, TimedWord, Transcript, Turn
from pipeline.timecode import clock
from pipeline.transcript.align import Run, matching_runs, normalised
from pipeline.transcript.gaps import Gap, Heard, Span, fill
from pipeline.transcript.sentences import ends_sentence, sentence_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.model import Recognition, Word
    from pipeline.transcript.editorial import Manuscript, Token, WrittenTurn

_NOTABLE_INSERTION = 8  # written words that were not heard
_NOTABLE_DELETION = 15  # heard words that are not written


@dataclass(frozen=True, slots=True, kw_only=True)
class Retimed:
    """The transcript with its times, and German notices for the places that an editor should check."""

    transcript: Transcript
    notices: tuple[str, ...]


def retime(
    manuscript: Manuscript, recognition: Recognition | None, *, duration_s: float, demo: bool = False, model: str = ""
) -> Retimed:
    """Give every written word its time: exactly the words of the manuscript, in order, times inside 0..duration_s.

    Labels take no part: renaming, merging or splitting turns moves no word. Words heard as written keep their heard
    times; changed words share the time of what they replace, by letters. Without a recognition, or with one without
    words, the words are spread evenly over the audio (level "paragraph", none certain). `demo` and `model` say who
    heard it, for the transcript.
    """
    tokens = [token for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]
    heard = _heard_words(recognition, duration_s)
    if heard:
        spans, notices = _timed(tokens, heard, _sentence_last(manuscript), duration_s)
    else:
        spans, notices = _spread_over(tokens, 0.0, duration_s), ()
    transcript = Transcript(
        level="word" if heard else "paragraph",
        demo=demo,
        model=model,
        turns=_turns(manuscript.turns, tokens, _monotone(spans, duration_s)),
    )
    return Retimed(transcript=transcript, notices=notices)


def _heard_words(recognition: Recognition | None, duration_s: float) -> list[Heard]:
    words: list[Word] = [word for segment in recognition.segments for word in segment.words] if recognition else []
    heard: list[Heard] = []
    now_s = 0.0
    for word in words:
        letters = normalised(word.text)
        if letters:
            start_s = min(max(word.start_s, now_s), duration_s)
            now_s = min(max(word.end_s, start_s), duration_s)
            heard.append(Heard(text=word.text, letters=letters, start_s=start_s, end_s=now_s))
    return heard


def _sentence_last(manuscript: Manuscript) -> list[bool]:
    """For every token of the manuscript: is it the last of its sentence?"""
    last: list[bool] = []
    for turn in manuscript.turns:
        for paragraph in turn.paragraphs:
            ends = set(sentence_ends([token.text for token in paragraph]))
            last += [position + 1 in ends for position in range(len(paragraph))]
    return last


def _timed(
    tokens: Sequence[Token], heard: Sequence[Heard], sentence_last: Sequence[bool], duration_s: float
) -> tuple[list[Span], tuple[str, ...]]:
    """A span for every token. Tokens without a letter ("–") take no part and get the end of the word before."""
    spoken = [index for index, token in enumerate(tokens) if normalised(token.text)]
    last = _last_of_spoken(spoken, sentence_last)
    written = [normalised(tokens[index].text) for index in spoken]
    runs = matching_runs(
        written,
        [word.letters for word in heard],
        written_break=lambda position: 1.0 if position == 0 or last[position - 1] else 0.0,
        heard_break=lambda position: _heard_break(heard, position),
    )
    spans: list[Span] = []
    notices: list[str] = []
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
        notices += _notices(gap, written_before=tokens[spoken[first - 1]].line if first else 0)
        spans += [Span(word.start_s, word.end_s, True) for word in heard[right.heard : right.heard_end]]
    return _with_silent_tokens(len(tokens), spoken, spans), tuple(notices)


def _last_of_spoken(spoken: Sequence[int], sentence_last: Sequence[bool]) -> list[bool]:
    """A spoken token also ends its sentence when only wordless tokens follow up to the end."""
    bounds = [*spoken, len(sentence_last)][1:]
    return [any(sentence_last[start:end]) for start, end in zip(spoken, bounds, strict=True)]


def _heard_break(heard: Sequence[Heard], position: int) -> float:
    """How well what was heard may be cut before `position`: after a full stop, and the longer the pause (up to 1 s)."""
    if position == 0:
        return 2.0
    pause_s = heard[position].start_s - heard[position - 1].end_s
    return float(ends_sentence(heard[position - 1].text)) + min(pause_s, 1.0)


def _notices(gap: Gap, *, written_before: int) -> list[str]:
    """What an editor should know about a gap; `written_before` is the line before it, 0 at the start."""
    written, heard = len(gap.tokens), len(gap.heard)
    if written >= _NOTABLE_INSERTION and written > 2 * heard:
        first, last = gap.tokens[0], gap.tokens[-1]
        lines = f"Zeile {first.line}" if first.line == last.line else f"Zeilen {first.line}-{last.line}"
        place = f"„{first.text} … {last.text}“"
        return [f"{lines}: {written} Wörter ab {clock(gap.start_s)} sind im Ton nicht zu finden ({place})."]
    if heard >= _NOTABLE_DELETION and heard > 2 * written:
        span = f"von {clock(gap.heard[0].start_s)} bis {clock(gap.heard[-1].end_s)}"
        place = f"Nach Zeile {written_before}" if written_before else "Am Anfang"
        return [f"{place}: {heard} Wörter {span} sind im Ton zu hören und fehlen im Text."]
    if max(written, heard) >= _NOTABLE_DELETION:
        line = f"Zeile {gap.tokens[0].line}"
        return [f"{line}: ab {clock(gap.start_s)} weicht der Text stark vom Ton ab; die Zeiten sind geschätzt."]
    return []


def _with_silent_tokens(count: int, spoken: Sequence[int], spans: Sequence[Span]) -> list[Span]:
    by_token = dict(zip(spoken, spans, strict=True))
    first_s = spans[0].start_s if spans else 0.0
    before = Span(first_s, first_s, False)
    filled = []
    for index in range(count):
        span = by_token.get(index)
        before = span if span is not None else Span(before.end_s, before.end_s, before.certain)
        filled.append(before)
    return filled


def _spread_over(tokens: Sequence[Token], start_s: float, end_s: float) -> list[Span]:
    sizes = [max(len(normalised(token.text)), 1) for token in tokens]
    pace = (end_s - start_s) / max(sum(sizes), 1)
    return [
        Span(start_s + (end - size) * pace, start_s + end * pace, False)
        for end, size in zip(accumulate(sizes), sizes, strict=True)
    ]


def _monotone(spans: Sequence[Span], duration_s: float) -> list[Span]:
    """Rounded to milliseconds, inside the audio, and no time before an earlier one."""
    result = []
    now_s = 0.0
    limit_s = int(duration_s * 1000) / 1000
    for span in spans:
        start_s = max(now_s, min(round(span.start_s, 3), limit_s))
        now_s = max(start_s, min(round(span.end_s, 3), limit_s))
        result.append(Span(start_s, now_s, span.certain))
    return result


def _turns(written: Sequence[WrittenTurn], tokens: Sequence[Token], spans: Sequence[Span]) -> tuple[Turn, ...]:
    words = iter(
        TimedWord(text=token.text, start_s=span.start_s, end_s=span.end_s, certain=span.certain)
        for token, span in zip(tokens, spans, strict=True)
    )
    return tuple(
        Turn(
            speaker=turn.speaker,
            organisation=turn.organisation,
            paragraphs=tuple(_paragraph([next(words) for _ in paragraph]) for paragraph in turn.paragraphs),
        )
        for turn in written
        if turn.paragraphs
    )


def _paragraph(words: Sequence[TimedWord]) -> Paragraph:
    ends = sentence_ends([word.text for word in words])
    starts = (0, *ends[:-1])
    return Paragraph(
        sentences=tuple(Sentence(words=tuple(words[start:end])) for start, end in zip(starts, ends, strict=True))
    )
