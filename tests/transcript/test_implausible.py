"""Words that nobody can have said, and real ones that are left alone.

The rates and the names are those of 15 real conversations that `base` heard while it was prompted with names: the
longest stretches of real speech, and what was invented in pauses.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.transcript.implausible import implausible
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

NAMES = ("Kerstin Muster", "Acht Muster", "Vera Muster", "Testwerk")


def said(*sentences: tuple[str, float, float], certain: bool = True) -> Transcript:
    """A transcript of (text, start, end) sentences whose words share the time by their letters."""
    made = []
    for text, start_s, end_s in sentences:
        words, total, now = text.split(), sum(map(len, text.split())), 0
        timed = []
        for word in words:
            begin_s = start_s + (end_s - start_s) * now / total
            now += len(word)
            close_s = start_s + (end_s - start_s) * now / total
            timed.append(TimedWord(text=word, start_s=begin_s, end_s=close_s, certain=certain))
        made.append(Sentence(words=tuple(timed)))
    turn = Turn(speaker="A", organisation="", paragraphs=(Paragraph(sentences=tuple(made)),))
    return Transcript(level="word", demo=False, model="base", turns=(turn,))


REAL = [
    ("Tätigkeitssperrpunkte", 0.6),
    ("Der Lappen liegt auf", 0.46),
    ("Deshalb wollte ich Ihnen", 0.66),
    ("Der Lappen liegt auf dem Alsschrank.", 1.08),
    ("Kerstin Muster.", 0.8),
    ("Heute sind Kerstin Muster, Acht Muster und Vera Muster da.", 3.0),
    ("Kerstin Muster und Acht Muster.", 1.6),
]
INVENTED = [
    ("rate", "Im Muster, Zwoelf Muster, Zwoelf Muster.", 0.32),
    ("rate", "Untertitel im Auftrag des ZDF für funk 2017", 0.4),
    ("names", "Kerstin Muster.", 0.36),
    ("names", "Der Kerstin Muster.", 0.06),
    ("names", "Der Kerstin Muster, Acht Muster, Acht Muster, Acht", 0.26),
    ("names", "Kerstin Muster, Acht Muster, Vera Muster.", 2.4),
    ("names", "Kerstin Muster, Acht Muster, Vera Muster, Testwerk.", 3.0),
]


@pytest.mark.parametrize(("text", "duration_s"), REAL)
def test_fast_real_speech_is_plausible(text: str, duration_s: float) -> None:
    sentences = (("Das war der Satz davor.", 0.0, 2.0), (text, 2.0, 2.0 + duration_s), ("Und der danach.", 4.0, 6.0))
    assert implausible(said(*sentences), NAMES) == ()


@pytest.mark.parametrize(("kind", "text", "duration_s"), INVENTED)
def test_what_whisper_invented_is_found_with_its_time(kind: str, text: str, duration_s: float) -> None:
    sentences = (("Das war der Satz davor.", 0.0, 2.0), (text, 2.0, 2.0 + duration_s), ("Und der danach.", 6.0, 8.0))
    (found,) = implausible(said(*sentences), NAMES)
    assert (found.kind, found.start_s) == (kind, pytest.approx(2.0, abs=0.4))
    assert found.text.split()[-1] in text
    assert implausible(said(*sentences, certain=False), NAMES) == ()


def test_two_names_are_the_whole_list_only_if_there_are_no_others() -> None:
    both = said(("Kerstin Muster, Acht Muster.", 0.0, 2.0))
    assert implausible(both, NAMES) == ()
    assert [entry.kind for entry in implausible(both, NAMES[:2])] == ["names"]


def test_invented_sentences_that_follow_one_another_are_one_finding() -> None:
    three = said(*((f"Der {NAMES[0]}.", place, place + 0.1) for place in (5.0, 5.1, 5.2)))
    (found,) = implausible(three, NAMES)
    assert (found.start_s, found.end_s) == (5.0, pytest.approx(5.3))


@given(st.lists(st.text(alphabet="abcdeäö.", min_size=1, max_size=14), min_size=1, max_size=60), st.floats(1.0, 35.0))
def test_a_steady_pace_that_people_can_speak_is_never_an_error(words: list[str], letters_per_s: float) -> None:
    text = " ".join(words)
    transcript = said((text, 0.0, max(len("".join(words)) / letters_per_s, 0.2)))
    assert implausible(transcript, NAMES) == ()
