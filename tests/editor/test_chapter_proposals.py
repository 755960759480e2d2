"""Proposals for chapters from questions and pauses."""

from __future__ import annotations

import itertools
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.editor.chapter_proposals import as_toml, propose_chapters, shortened
from pipeline.show.tables import read
from pipeline.values.show import Chapter, Speaker
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

HOST = Speaker(name="Ada Moderatorin", slug="ada", role="host", aliases=("Ada M.",))
GUEST = Speaker(name="Bernd Gast", slug="bernd")
ANSWER = "Das ist eine lange Antwort."


def sentence(text: str, start_s: float, end_s: float) -> Sentence:
    words = text.split()
    step_s = (end_s - start_s) / len(words)
    return Sentence(
        words=tuple(
            TimedWord(text=word, start_s=start_s + step_s * i, end_s=start_s + step_s * (i + 1))
            for i, word in enumerate(words)
        )
    )


def turn(speaker: str, *spoken: tuple[str, float, float]) -> Turn:
    sentences = tuple(sentence(text, start_s, end_s) for text, start_s, end_s in spoken)
    return Turn(speaker=speaker, organisation="", paragraphs=(Paragraph(sentences=sentences),))


def transcript(*turns: Turn) -> Transcript:
    return Transcript(level="word", demo=False, model="small", turns=turns)


def interview(count: int, *, every_s: float) -> Transcript:
    """`count` questions of the host, one every `every_s`, each answered until the next."""
    turns = []
    for i in range(count):
        start_s = i * every_s
        turns.append(turn("Ada M.", (f"Und was kam in Jahr {i} neu dazu?", start_s, start_s + 4)))
        turns.append(turn("Bernd Gast", (ANSWER, start_s + 4, start_s + every_s - 1)))
    return transcript(*turns)


def proposed(of: Transcript, duration_s: float) -> list[tuple[float, str]]:
    return [(entry.start_s, entry.title) for entry in propose_chapters(of, (HOST, GUEST), duration_s=duration_s)]


def test_a_question_with_a_long_answer_starts_a_chapter() -> None:
    of = transcript(
        turn("Ada Moderatorin", ("Guten Tag.", 0.0, 2.0)),
        turn("Bernd Gast", ("Guten Tag.", 2.0, 3.0)),
        turn("Ada Moderatorin", ("Sie sind neu hier.", 700.0, 702.0), ("Was haben Sie vor?", 702.0, 704.0)),
        turn("Bernd Gast", (ANSWER, 704.0, 900.0)),
        turn("Ada Moderatorin", ("Ja?", 900.0, 901.0)),
        turn("Bernd Gast", (ANSWER, 901.0, 1300.0)),
    )
    assert proposed(of, 1300.0) == [(0.0, "Begrüßung"), (700.0, "Was haben Sie vor?")]


def test_a_request_counts_as_a_question_and_a_short_answer_does_not() -> None:
    of = transcript(
        turn("Ada Moderatorin", ("Stimmt das?", 300.0, 301.0)),
        turn("Bernd Gast", ("Ja.", 301.0, 302.0)),
        turn("Ada Moderatorin", ("Dann stellen Sie sich doch kurz selbst vor.", 302.0, 310.0)),
        turn("Bernd Gast", (ANSWER, 310.0, 900.0)),
    )
    assert proposed(of, 900.0) == [(0.0, "Begrüßung"), (302.0, "Stellen Sie sich doch kurz selbst vor.")]


def test_a_question_of_a_guest_starts_no_chapter_unless_there_is_no_host() -> None:
    of = transcript(
        turn("Ada Moderatorin", (ANSWER, 0.0, 400.0)),
        turn("Bernd Gast", ("Wie meinen Sie das?", 400.0, 402.0)),
        turn("Ada Moderatorin", (ANSWER, 402.0, 900.0)),
    )
    assert proposed(of, 900.0) == [(0.0, "Begrüßung")]
    without_host = [Speaker(name=name, slug=name) for name in ("Ada Moderatorin", "Bernd Gast")]
    assert [entry.start_s for entry in propose_chapters(of, without_host, duration_s=900.0)] == [0.0, 400.0]


def test_a_long_pause_starts_a_chapter() -> None:
    of = transcript(turn("Bernd Gast", (ANSWER, 0.0, 400.0), ("Im zweiten Teil geht es ums Geld.", 406.0, 900.0)))
    assert proposed(of, 900.0) == [(0.0, "Begrüßung"), (406.0, "Im zweiten Teil geht es ums Geld.")]


def test_after_a_long_introduction_the_chapter_begins_with_the_question() -> None:
    of = transcript(
        turn("Ada Moderatorin", (ANSWER, 300.0, 400.0), ("Wie geht das?", 400.0, 402.0)),
        turn("Bernd Gast", (ANSWER, 402.0, 900.0)),
    )
    assert [start_s for start_s, _ in proposed(of, 900.0)] == [0.0, 400.0]


@pytest.mark.parametrize(("minutes", "closest_s"), [(45, 225), (30, 180), (120, 480), (240, 480), (10, 120)], ids=str)
def test_chapters_are_at_least_three_to_eight_minutes_apart(minutes: int, closest_s: float) -> None:
    duration_s = minutes * 60.0
    starts = [start_s for start_s, _ in proposed(interview(minutes, every_s=60.0), duration_s)]
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert min(gaps) >= closest_s
    assert len(starts) >= 3


def test_an_empty_transcript_has_no_chapters() -> None:
    assert proposed(transcript(), 60.0) == []


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Und, äh, was kommt jetzt?", "Was kommt jetzt?"),
        ("Ja.", "Ja."),
        (
            "Wenn Sie in die Zukunft blicken, wo werden wir in zehn Jahren ungefähr stehen?",
            "Wenn Sie in die Zukunft blicken, wo werden wir in zehn…",
        ),
        ("x" * 80, "X" + "x" * 58 + "…"),
    ],
)
def test_titles_are_shortened_questions(written: str, title: str) -> None:
    assert shortened(written) == title
    assert len(title) <= 60


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.split()))
def test_the_toml_can_be_pasted_whatever_the_question_is(written: str) -> None:
    of = transcript(
        turn("Ada Moderatorin", (written + " Und wieso das?", 400.0, 402.0)), turn("Bernd Gast", (ANSWER, 402.0, 900.0))
    )
    proposals = propose_chapters(of, (HOST, GUEST), duration_s=900.0)
    table = tomllib.loads(as_toml(proposals, folder="007-x", existing=2))
    assert [read(Chapter, entry).value().start_s for entry in table["chapters"]] == [0.0, 400.0]
