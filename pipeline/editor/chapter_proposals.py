"""Proposes chapters for an episode, from the questions of its hosts and from long pauses, as TOML for people to paste.

These are only proposals: the editors decide where a chapter begins and what it is called.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.editor.new import quoted
from pipeline.timecode import full_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.values.show import Speaker
    from pipeline.values.transcript import Paragraph, Sentence, Transcript, Turn

CLOSEST_S, FARTHEST_S = 180.0, 480.0  # least distance of chapters; it grows with the episode's length
SHORT_EPISODE_S = 900.0  # shorter ones get about five chapters, at any distance
LONGEST_RUN_UP_S = 30.0  # a chapter begins at most this long before its question
LONG_ANSWER_S = 20.0  # less in short episodes: a twelfth of their length
LONG_PAUSE_S = 3.0
PAUSE_WEIGHT_S = 30.0  # a long pause counts like an answer of this length
INTERJECTION_WORDS = 6  # a host who says no more than this and asks nothing has not started anything new
SHORTEST_QUESTION_WORDS = 3  # „Ja?“ and „Wie bitte?“ are not questions
TITLE_LENGTH = 60
OPENING = "Begrüßung"
_FILLERS = {
    "aber",
    "also",
    "äh",
    "ähm",
    "danke",
    "dann",
    "denn",
    "genau",
    "gut",
    "ja",
    "jetzt",
    "na",
    "nein",
    "nun",
} | {
    "okay",
    "so",
    "und",
    "vielleicht",
}
_QUESTION = re.compile(r"\?[»«“”\"')\]]*\Z")
_REQUEST = re.compile(  # „Stellen Sie sich doch kurz vor.“, „Erzähl mal …“
    r"\b(stell|erzähl|beschreib|erklär|nenn|schilder|bericht|verrat|sag)(e|(e?n Sie))?\b", re.IGNORECASE
)
_CLOSING_QUESTIONS = 2  # the question may be followed by one more sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A chapter to consider. `reason` is German and says where it comes from; `weight_s` is how much talk follows."""

    start_s: float
    title: str
    reason: str
    weight_s: float


def propose_chapters(transcript: Transcript, speakers: Sequence[Speaker], *, duration_s: float) -> tuple[Proposal, ...]:
    """Proposed chapters, in time order and not too close to each other, the first at 0.

    Candidates are hosts' questions with a long answer (anybody's if no host is among `speakers`), and sentences after a
    long pause. Those with the longest answers win.
    """
    if not transcript.turns:
        return ()
    distance_s = _distance_s(duration_s)
    opening = Proposal(start_s=0.0, title=OPENING, reason="Anfang der Folge", weight_s=0.0)
    chosen = [opening]
    candidates = [*_questions(transcript.turns, _host_names(speakers), duration_s), *_pauses(transcript.turns)]
    for candidate in sorted(candidates, key=lambda entry: (-entry.weight_s, entry.start_s)):
        far = all(abs(candidate.start_s - other.start_s) >= distance_s for other in chosen)
        if far and candidate.start_s <= duration_s - distance_s / 2:
            chosen.append(candidate)
    return tuple(sorted(chosen, key=lambda entry: entry.start_s))


def as_toml(proposals: Sequence[Proposal], *, folder: str, existing: int) -> str:
    """`proposals` as `[[chapters]]` to paste into episode.toml, which has `existing` chapters already."""
    lines = [f"# Vorschläge für {folder}: prüfen, Titel kürzen, in episode.toml einfügen. Geändert wurde nichts."]
    if existing:
        lines.append(
            f"# In episode.toml stehen schon {existing} Kapitel; die alten und diese ergeben zusammen eine Liste."
        )
    for entry in proposals:
        lines += [
            "",
            f"# {_printable(entry.reason)}",
            "[[chapters]]",
            f'start = "{full_clock(entry.start_s)}"',
            f"title = {quoted(entry.title)}",
        ]
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    """`text` without the characters that titles and comments must not contain."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in {"Cc", "Zl", "Zp"})


def _distance_s(duration_s: float) -> float:
    if duration_s < SHORT_EPISODE_S:
        return duration_s / 5
    return min(max(duration_s / 12, CLOSEST_S), FARTHEST_S)


def _host_names(speakers: Sequence[Speaker]) -> set[str]:
    hosts = [speaker for speaker in speakers if speaker.role == "host"] or list(speakers)
    return {name.casefold() for host in hosts for name in (host.name, *host.aliases)}


def _questions(turns: Sequence[Turn], hosts: set[str], duration_s: float) -> Iterator[Proposal]:
    """Proposals from hosts' turns that end in a question or a request, weighted by how long others speak after them."""
    for place, turn in enumerate(turns):
        if turn.speaker.casefold() not in hosts or (question := _last_question(turn)) is None:
            continue
        answer_s = _end_of_answer_s(turns[place + 1 :], hosts, turn.speaker, duration_s) - turn.end_s
        if answer_s >= min(LONG_ANSWER_S, duration_s / 12):
            yield Proposal(
                start_s=_run_up_s(turn, question),
                title=shortened(question.text),
                reason=f"Frage: {question.text}",
                weight_s=answer_s,
            )


def _last_question(turn: Turn) -> Sentence | None:
    if _words(turn) < SHORTEST_QUESTION_WORDS:
        return None
    sentences = turn.paragraphs[-1].sentences[-_CLOSING_QUESTIONS:]
    return next((sentence for sentence in reversed(sentences) if _asks(sentence.text)), None)


def _asks(text: str) -> bool:
    return bool(_QUESTION.search(text) or _REQUEST.search(text))


def _end_of_answer_s(later: Iterable[Turn], hosts: set[str], asking: str, duration_s: float) -> float:
    """When the answer ends: when one of `hosts` or the person who asked says more than an interjection."""
    for turn in later:
        host = turn.speaker.casefold() in hosts or turn.speaker == asking
        if host and (_words(turn) > INTERJECTION_WORDS or _last_question(turn)):
            return turn.start_s
    return duration_s


def _words(turn: Turn) -> int:
    return sum(len(sentence.words) for paragraph in turn.paragraphs for sentence in paragraph.sentences)


def _run_up_s(turn: Turn, question: Sentence) -> float:
    """When the chapter begins: with the turn if that is near enough, else with the paragraph, else the question."""
    near = (start_s for start_s in (turn.start_s, turn.paragraphs[-1].start_s) if _is_near(start_s, question))
    return next(near, question.start_s)


def _is_near(start_s: float, question: Sentence) -> bool:
    return question.start_s - start_s <= LONGEST_RUN_UP_S


def _pauses(turns: Sequence[Turn]) -> Iterator[Proposal]:
    paragraphs: list[Paragraph] = [paragraph for turn in turns for paragraph in turn.paragraphs]
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph.sentences]
    for before, after in pairwise(sentences):
        pause_s = after.start_s - before.end_s
        if pause_s >= LONG_PAUSE_S:
            yield Proposal(
                start_s=after.start_s,
                title=shortened(after.text),
                reason=f"nach {pause_s:.0f} Sekunden Pause: {after.text}",
                weight_s=PAUSE_WEIGHT_S,
            )


def shortened(sentence: str) -> str:
    """`sentence` as a title: without the fillers at its beginning, cut after a word if it is long."""
    words = _printable(sentence).split() or ["Kapitel"]
    while len(words) > 1 and words[0].strip(",;:.–-…").casefold() in _FILLERS:
        words.pop(0)
    text = " ".join(words)
    text = text[:1].upper() + text[1:]
    if len(text) <= TITLE_LENGTH:
        return text
    begin = text[: TITLE_LENGTH - 1]
    return (begin.rpartition(" ")[0] or begin).rstrip(" ,;:–-") + "…"
