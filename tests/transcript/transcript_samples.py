"""Small values for the tests of the transcript room, and a synthetic conversation whose true times are known."""

from __future__ import annotations

import random
from pathlib import Path

from pipeline.german.sentences import sentence_ends
from pipeline.values.show import Speaker
from pipeline.values.speech import Provenance, Recognition, Segment, Word
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

HOST = Speaker(name="Ada Moderatorin", slug="ada-moderatorin", role="host", aliases=("Ada M.",))
GUEST = Speaker(name="Bernd Gast", slug="bernd-gast", organisation="Amt für Beispiele")
NOBLE = Speaker(name="Dr. Clara von der Test-Wiese", slug="clara", organisation="Hochschule X & Y")
SPEAKERS = (HOST, GUEST, NOBLE)

GOLDEN = Path(__file__).parents[1] / "golden" / "transcript"
SEED = sorted((Path(__file__).parents[2] / "../shared/seed").glob("*.txt"))


CONSONANTS = "b d f g k l m n r s t w sch st"
VOWELS = "a e i o u ei au en er"


def recognition_of(words: list[Word], *, demo: bool = False, per_segment: int = 12) -> Recognition:
    """Words as a recognition, `per_segment` words in each segment."""
    groups = [words[start : start + per_segment] for start in range(0, len(words), per_segment)]
    return Recognition(
        fingerprint="0" * 64,
        provenance=Provenance(
            model="demo" if demo else "small",
            model_sha256="1" * 64,
            engine="openai-whisper",
            versions=(("openai-whisper", "1"),),
            date="2024-05-01",
            demo=demo,
        ),
        segments=tuple(
            Segment(start_s=group[0].start_s, end_s=group[-1].end_s, times="word", words=tuple(group))
            for group in groups
        ),
    )


def spoken(text: str, *, start_s: float = 0.0, letter_s: float = 0.065, pause_s: float = 0.5) -> list[Word]:
    """The words of `text` said at an even pace, with a pause after each sentence end."""
    now_s = start_s
    words = []
    for token in text.split():
        end_s = now_s + letter_s * max(len(token.strip(".,!?")), 1)
        words.append(Word(text=token, start_s=now_s, end_s=end_s, probability=0.9))
        now_s = end_s + (pause_s if token[-1] in ".!?" else 0.03)
    return words


def conversation(count: int, seed: int) -> list[Word]:
    """About `count` made-up words in sentences of 5 to 20, said unevenly: 10-20 letters a second."""
    dice = random.Random(seed)
    syllables = [a + b for a in CONSONANTS.split() for b in VOWELS.split()]
    vocabulary = ["".join(dice.choices(syllables, k=dice.choice((1, 1, 2, 2, 3, 4)))) for _ in range(700)]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]  # few words are frequent, as in any language
    words: list[Word] = []
    now_s = 1.0
    while len(words) < count:
        sentence = dice.choices(vocabulary, weights, k=dice.randint(5, 20))
        sentence[0] = sentence[0].capitalize()
        sentence[-1] += "."
        for token in sentence:
            end_s = now_s + len(token) * dice.uniform(0.05, 0.1)
            words.append(Word(text=token, start_s=round(now_s, 2), end_s=round(end_s, 2), probability=0.8))
            now_s = end_s + dice.uniform(0.0, 0.08)
        now_s += dice.uniform(0.2, 1.2)
    return words


def transcript_of(*turns: tuple[Speaker | None, list[Word]], demo: bool = False) -> Transcript:
    """Turns of one paragraph each, from (speaker, words)."""
    return Transcript(
        level="word",
        demo=demo,
        model="demo" if demo else "small",
        turns=tuple(
            Turn(
                speaker=speaker.name if speaker else "",
                organisation=speaker.organisation if speaker else "",
                paragraphs=(_paragraph(words),),
            )
            for speaker, words in turns
        ),
    )


def _paragraph(words: list[Word]) -> Paragraph:
    timed = [TimedWord(text=word.text, start_s=word.start_s, end_s=word.end_s) for word in words]
    ends = sentence_ends([word.text for word in words])
    return Paragraph(
        sentences=tuple(
            Sentence(words=tuple(timed[start:end])) for start, end in zip((0, *ends[:-1]), ends, strict=True)
        )
    )


def words_of(transcript: Transcript) -> list[TimedWord]:
    """All words in order."""
    return [
        word
        for turn in transcript.turns
        for paragraph in turn.paragraphs
        for sentence in paragraph.sentences
        for word in sentence.words
    ]
