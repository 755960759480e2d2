"""What editors do to a transcript, applied to a conversation whose true times are known."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from transcript_samples import HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.values.speech import Word
    from pipeline.values.transcript import TimedWord

Sentence = list["Word"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A corrected text, what was heard, and for every written word when it is really spoken (None: never)."""

    text: str
    heard: list[Word]
    truth: list[Word | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How far retimed words are from the truth, in seconds, and what was marked as uncertain."""

    words_s: list[float]
    sentence_starts_s: list[float]
    wrong: int  # words more than 2 s off
    wrong_marked: int  # of these, marked as uncertain
    marked: int
    right_marked: int  # marked, though at most 0.5 s off
    invented_unmarked: int  # words that are nowhere in the audio and carry a certain time

    def at(self, quantile: float) -> float:
        return _quantile(self.words_s, quantile)

    def starts_at(self, quantile: float) -> float:
        return _quantile(self.sentence_starts_s, quantile)


def errors(edited: Edited, words: list[TimedWord]) -> Errors:
    """Compare retimed words with the truth; both are in the order of the text."""
    pairs = list(zip(words, edited.truth, strict=True))
    off = [(abs(word.start_s - true.start_s), word.certain) for word, true in pairs if true is not None]
    opens = [True, *(word.text.endswith(".") for word in words[:-1])]
    return Errors(
        words_s=sorted(error for error, _ in off),
        sentence_starts_s=sorted(
            abs(word.start_s - true.start_s)
            for (word, true), first in zip(pairs, opens, strict=True)
            if first and true is not None
        ),
        wrong=sum(error > 2 for error, _ in off),
        wrong_marked=sum(error > 2 and not certain for error, certain in off),
        marked=sum(not certain for _, certain in off),
        right_marked=sum(error <= 0.5 and not certain for error, certain in off),
        invented_unmarked=sum(true is None and word.certain for word, true in pairs),
    )


def unchanged(said: list[Word], seed: int) -> Edited:
    return _written(_sentences(said))


def changed_words(said: list[Word], seed: int, *, share: float = 0.15) -> Edited:
    """A third of the changed words replaced, a third deleted, a third followed by a word that nobody said."""
    dice = random.Random(seed)
    written: list[tuple[str, Word | None]] = []
    for word in said:
        kind = dice.choice(("replace", "delete", "insert")) if dice.random() < share else "keep"
        stop = "." if word.text.endswith(".") else ""
        if kind == "replace":
            written.append((f"ersatz{dice.randrange(99)}{stop}", word))
        elif kind != "delete":
            written.append((word.text, word))
        if kind == "insert":
            written.append((f"zusatz{dice.randrange(99)}", None))
    return Edited(
        text=f"{HOST.name}:\n{' '.join(text for text, _ in written)}\n",
        heard=said,
        truth=[word for _, word in written],
    )


def cut_sentences(said: list[Word], seed: int, *, share: float = 0.1) -> Edited:
    dice = random.Random(seed)
    return replace(_written([s for s in _sentences(said) if dice.random() >= share]), heard=said)


def inserted_sentences(said: list[Word], seed: int, *, share: float = 0.1) -> Edited:
    """Sentences of the show's own words that nobody said."""
    dice = random.Random(seed)
    sentences = _sentences(said)
    strangers = iter(_sentences(said[::-1]))
    blocks: list[tuple[Sentence, bool]] = []
    for sentence in sentences:
        blocks.append((sentence, True))
        if dice.random() < share:
            stranger = [replace(word, text=word.text.rstrip(".")) for word in next(strangers)]
            stranger[-1] = replace(stranger[-1], text=f"{stranger[-1].text}.")
            blocks.append((stranger, False))
    return _blocks(blocks, heard=[word for sentence in sentences for word in sentence])


def renamed_and_rearranged_turns(said: list[Word], seed: int) -> Edited:
    """Other names and other turns: labels and blank lines are inserted at random places."""
    dice = random.Random(seed)
    lines = [f"{HOST.name}:\n"]
    for word in said:
        lines.append(word.text + " ")
        if dice.random() < 0.02:
            lines.append(dice.choice((f"\n\n{HOST.name}:\n", "\n\nBernd Gast [Amt für Beispiele]:\n", "\n\n")))
    return Edited(text="".join(lines), heard=said, truth=list(said))


def one_of_two_copies_cut(said: list[Word], seed: int) -> Edited:
    """A passage is said twice, minutes apart, and is in the text once: chance decides which copy is cut."""
    dice = random.Random(seed)
    sentences = _sentences(said)
    place = len(sentences) // 3
    passage = sentences[place : place + 6]
    length_s = passage[-1][-1].end_s - passage[0][0].start_s + 1
    later = 2 * len(sentences) // 3
    shift_s = sentences[later][0].start_s - passage[0][0].start_s
    copy = [[_moved(word, shift_s) for word in sentence] for sentence in passage]
    rest = [[_moved(word, length_s) for word in sentence] for sentence in sentences[later:]]
    twice = [*sentences[:later], *copy, *rest]
    gone = place if dice.random() < 0.5 else later
    kept = twice[:gone] + twice[gone + 6 :]
    return replace(_written(kept), heard=[word for sentence in twice for word in sentence])


def moved_paragraph(said: list[Word], seed: int) -> Edited:
    """Four sentences are in another place in the text than in the audio."""
    dice = random.Random(seed)
    sentences = _sentences(said)
    start = dice.randrange(5, len(sentences) // 2)
    goal = dice.randrange(start + 12, len(sentences) - 5)
    order = [*sentences[:start], *sentences[start + 4 : goal], *sentences[start : start + 4], *sentences[goal:]]
    return replace(_written(order), heard=[word for sentence in sentences for word in sentence])


def all_at_once(said: list[Word], seed: int) -> Edited:
    """At random, a tenth of the words changed, a tenth of the sentences cut, a new one after a tenth of the others."""
    dice = random.Random(seed)
    written: list[tuple[str, Word | None]] = []
    for sentence in _sentences(said):
        if dice.random() < 0.1:
            continue
        for word in sentence:
            stop = "." if word.text.endswith(".") else ""
            written.append((f"ersatz{dice.randrange(99)}{stop}" if dice.random() < 0.1 else word.text, word))
        if dice.random() < 0.1:
            written += [(f"neu{dice.randrange(99)}", None) for _ in range(7)] + [("Ende.", None)]
    return Edited(
        text=f"{HOST.name}:\n{' '.join(text for text, _ in written)}\n",
        heard=said,
        truth=[word for _, word in written],
    )


KINDS: dict[str, Callable[[list[Word], int], Edited]] = {
    "unchanged": unchanged,
    "speakers renamed, turns merged and split": renamed_and_rearranged_turns,
    "15 % of the words changed": changed_words,
    "10 % of the sentences cut": cut_sentences,
    "10 % new sentences": inserted_sentences,
    "a passage said twice, one copy cut": one_of_two_copies_cut,
    "a paragraph moved": moved_paragraph,
    "words changed, sentences cut and added": all_at_once,
}


def _written(sentences: list[Sentence]) -> Edited:
    heard = [word for sentence in sentences for word in sentence]
    return _blocks([(sentence, True) for sentence in sentences], heard=heard)


def _blocks(blocks: list[tuple[Sentence, bool]], *, heard: list[Word]) -> Edited:
    """Paragraphs of four sentences; `bool` says whether the sentence was really said."""
    words = [(word, said) for sentence, said in blocks for word in sentence]
    paragraphs = [blocks[n : n + 4] for n in range(0, len(blocks), 4)]
    text = "\n\n".join(" ".join(word.text for sentence, _ in part for word in sentence) for part in paragraphs)
    return Edited(text=f"{HOST.name}:\n{text}\n", heard=heard, truth=[word if said else None for word, said in words])


def _sentences(words: list[Word]) -> list[Sentence]:
    sentences: list[Sentence] = [[]]
    for word in words:
        sentences[-1].append(word)
        if word.text.endswith("."):
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


def _moved(word: Word, by_s: float) -> Word:
    return replace(word, start_s=round(word.start_s + by_s, 2), end_s=round(word.end_s + by_s, 2))


def _quantile(ordered: list[float], quantile: float) -> float:
    return ordered[min(int(len(ordered) * quantile), len(ordered) - 1)]
