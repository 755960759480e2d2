"""The checks of Whisper's results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.speech.activity import WINDOW_S
from pipeline.speech.guards import doubts, impossible, without_inventions
from pipeline.speech.wording import WhisperSegment
from pipeline.values.speech import Word


def heard(text: str, start_s: float = 10.0, end_s: float = 12.0, **changes: Any) -> WhisperSegment:
    sound = WhisperSegment(start_s=start_s, end_s=end_s, text=text, probability=0.8, compression=1.2, no_speech=0.05)
    return replace(sound, **changes)


def word(text: str, start_s: float, end_s: float, probability: float = 0.9) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=probability)


def voice_activity(probability: float, seconds: float = 20.0) -> np.ndarray:
    return np.full(round(seconds / WINDOW_S), probability, dtype=np.float32)


CREDITS = [
    "Untertitel im Auftrag des ZDF für funk, 2017",
    "Untertitelung des ZDF, 2020",
    "Untertitel der Amara.org-Community",
    "Untertitel von Stephanie Geiges",
    "SWR 2021",
    "Copyright WDR 2021",
]
FAREWELLS = ["Vielen Dank.", "Vielen Dank fürs Zuschauen!", "Bis zum nächsten Mal.", "Tschüss!", "[Musik]", "..."]


@pytest.mark.parametrize("text", CREDITS + FAREWELLS)
def test_known_inventions_are_left_out_if_nobody_speaks(text: str) -> None:
    kept, findings = without_inventions([heard("Guten Tag.", 2, 4), heard(text)], voice_activity(0.1))
    assert [segment.text for segment in kept] == ["Guten Tag."]
    if text.strip("."):
        assert [(one.kind, one.start_s, one.end_s, one.text) for one in findings] == [("invented", 10.0, 12.0, text)]


@pytest.mark.parametrize("text", CREDITS + FAREWELLS)
def test_known_inventions_are_left_out_if_the_model_hears_no_speech(text: str) -> None:
    kept, _ = without_inventions([heard(text, no_speech=0.9)], voice_activity(0.9))
    assert kept == []


@pytest.mark.parametrize("text", FAREWELLS)
def test_a_farewell_that_is_spoken_stays(text: str) -> None:
    kept, findings = without_inventions([heard(text)], voice_activity(0.9))
    assert [segment.text for segment in kept] == [text]
    assert findings == ()


@pytest.mark.parametrize("text", CREDITS)
def test_a_credit_that_is_spoken_stays_and_is_reported(text: str) -> None:
    kept, findings = without_inventions([heard(text)], voice_activity(0.9))
    assert [segment.text for segment in kept] == [text]
    assert [finding.kind for finding in findings] == ["suspicious"]


@pytest.mark.parametrize(
    "text",
    [
        "Vielen Dank, Frau Silbe, dass Sie da sind.",
        "Das ZDF sendet Untertitel seit vielen Jahren.",
        "Der NDR war auch da.",
        "Musik und Tanz gehören dazu.",
        "Bis zum nächsten Mal dauert es einen Monat.",
        "Schauen Sie auf www.beispiel.de nach, dort steht alles.",
    ],
)
def test_ordinary_sentences_stay_even_if_speech_is_faint(text: str) -> None:
    kept, findings = without_inventions([heard(text)], voice_activity(0.2))
    assert [segment.text for segment in kept] == [text]
    assert findings == ()


def test_a_sound_result_gives_no_reason_for_doubt() -> None:
    assert doubts([heard("Das ist eine gute Frage."), heard("Ja, ja, ja.")], 10.0) == 0
    assert doubts([], 10.0) == 0


@pytest.mark.parametrize(
    "segments",
    [
        [heard("und dann und dann und dann und dann und dann und dann")],
        [heard("Ja.")] * 6,
        [heard("Gut.", compression=3.0)],
        [heard("Gut.", probability=0.2)],
        [heard("Wort für Wort ohne jede Pause. " * 15)],
        [heard("Gut gemacht.", words=(word("Gut", 10, 10.5), word("gemacht.", 10.5, 11, 0.005)))],
    ],
    ids=["loop", "loop of segments", "compression", "guess", "stuffed", "unthinkable word"],
)
def test_each_sign_of_trouble_is_a_reason_for_doubt(segments: list[WhisperSegment]) -> None:
    assert doubts(segments, 10.0) >= 1


def test_more_trouble_gives_more_doubt() -> None:
    loop = heard("und dann " * 9)
    assert doubts([loop], 10.0) < doubts([replace(loop, compression=5.0)], 10.0)
    assert doubts([replace(loop, compression=5.0)], 10.0) < doubts([replace(loop, compression=5.0)], 1.0)


NOWHERE = tuple(word(text, 12.0, 12.0) for text in ["Wir", "sind", "heute", "in"])  # piled up at the end


@pytest.mark.parametrize(
    ("segment", "nobody"),
    [
        (heard("Das ist eine gute Frage."), False),
        (heard("Ja!", 10.0, 10.02), False),  # short words have short times
        (heard("Das ist eine gute Frage.", 10.0, 10.2), True),
        (heard("Das ist eine gute Frage, die wir gern beantworten.", 10.0, 11.0), True),
        (heard("Das ist eine gute Frage, die wir gern beantworten.", 10.0, 12.0), False),
        (heard("Wir sind heute in", words=(replace(NOWHERE[0], probability=0.02), *NOWHERE[1:])), True),
        (replace(heard("Wer?"), no_speech=0.7, probability=0.3), True),  # the model hears nobody, and guesses
        (replace(heard("Wer?"), no_speech=0.7, probability=0.5), False),
        (replace(heard("Wer?"), no_speech=0.5, probability=0.3), False),
        (heard("Wir sind heute in", words=NOWHERE), False),  # piled up, but the model expected it
        (heard("Wir sind heute", words=(word("Wir", 10, 10.2, 0.02), word("sind", 10.2, 11), NOWHERE[2])), False),
    ],
)
def test_what_nobody_can_have_said_in_its_time_is_impossible(segment: WhisperSegment, nobody: bool) -> None:
    assert impossible(segment) is nobody
