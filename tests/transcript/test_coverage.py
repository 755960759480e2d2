"""How much of what was heard is in the text."""

from __future__ import annotations

import pytest

from pipeline.transcript.coverage import coverage, unwritten
from pipeline.values.speech import Provenance, Recognition, RecognitionFinding, Segment, Word
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

WORDS = tuple(f"Wort{number}" for number in range(100))


def heard(words: tuple[str, ...] = WORDS) -> Recognition:
    """One word per second, each half a second long."""
    timed = tuple(Word(text=text, start_s=i, end_s=i + 0.5, probability=1.0) for i, text in enumerate(words))
    segments = (Segment(start_s=0.0, end_s=float(len(words)), times="word", words=timed),) if words else ()
    provenance = Provenance(model="tiny", model_sha256="", engine="", versions=(), date="2026-01-01", demo=False)
    return Recognition(fingerprint="", provenance=provenance, segments=segments)


def written(*sentences: tuple[int, int]) -> Transcript:
    """A sentence for each (first, last) word."""
    made = tuple(
        Sentence(words=tuple(TimedWord(text=WORDS[i], start_s=i, end_s=i + 0.5) for i in range(first, last + 1)))
        for first, last in sentences
    )
    turns = (Turn(speaker="A", organisation="", paragraphs=(Paragraph(sentences=made),)),) if made else ()
    return Transcript(level="word", demo=False, model="tiny", turns=turns)


@pytest.mark.parametrize(
    ("sentences", "share", "gaps"),
    [
        (((0, 49), (50, 99)), 1.0, []),
        (((0, 97),), 0.98, [(98.0, 99.5)]),
        (((0, 9), (20, 89)), 0.8, [(10.0, 19.5), (90.0, 99.5)]),
        ((), 0.0, [(0.0, 99.5)]),
    ],
)
def test_what_is_in_no_sentence_is_missing(
    sentences: tuple[tuple[int, int], ...], share: float, gaps: list[tuple[float, float]]
) -> None:
    found = coverage(heard(), written(*sentences))
    assert found.share == pytest.approx(share)
    assert [(gap.start_s, gap.end_s) for gap in found.gaps] == gaps


def test_the_longest_gap_comes_first_with_its_first_words() -> None:
    found = coverage(heard(), written((2, 49), (70, 99)))
    assert [gap.text for gap in found.gaps] == [
        "Wort50 Wort51 Wort52 Wort53 Wort54 Wort55 …",
        "Wort0 Wort1",
    ]


def test_words_dropped_inside_a_sentence_are_not_missing() -> None:
    """The editors dropped words 4 and 5; the sentence still spans their time."""
    whole = written((0, 9)).turns[0].paragraphs[0].sentences[0]
    fewer = Sentence(words=tuple(word for word in whole.words if word.text not in {"Wort4", "Wort5"}))
    turn = Turn(speaker="A", organisation="", paragraphs=(Paragraph(sentences=(fewer,)),))
    assert coverage(heard(WORDS[:10]), Transcript(level="word", demo=False, model="", turns=(turn,))).share == 1.0


def test_nothing_is_missing_if_nothing_was_heard() -> None:
    assert coverage(heard(()), written()).share == 1.0


def test_speech_without_words_is_reported_until_its_words_are_written() -> None:
    unheard = RecognitionFinding(kind="unheard", start_s=10.0, end_s=13.0, text="")
    others = (RecognitionFinding(kind="invented", start_s=10.0, end_s=13.0, text="Untertitel"),)
    assert unwritten((unheard, *others), written((0, 8), (20, 99))) == (unheard,)
    assert unwritten((unheard, *others), written((0, 8), (12, 99))) == ()


def test_words_that_are_written_at_another_place_are_not_missing() -> None:
    found = coverage(heard(), written((0, 9), (20, 99)), moved_s=[(10.0, 16.5)])
    assert [(gap.start_s, gap.end_s) for gap in found.gaps] == [(17.0, 19.5)]
    assert found.share == pytest.approx(0.97)


def test_words_that_nobody_spoke_count_neither_as_speech_nor_as_missing() -> None:
    found = coverage(heard(), written((0, 49)), not_spoken_s=[(75.0, 99.5)])
    assert [(gap.start_s, gap.end_s) for gap in found.gaps] == [(50.0, 74.5)]
    assert found.share == pytest.approx(50 / 75)
    unheard = RecognitionFinding(kind="unheard", start_s=10.0, end_s=13.0, text="")
    assert unwritten((unheard,), written((0, 8), (20, 99)), not_spoken_s=[(10.0, 13.0)]) == ()
    assert unwritten((unheard,), written((0, 8), (20, 99)), not_spoken_s=[(12.0, 13.0)]) == (unheard,)
