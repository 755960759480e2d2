"""What Whisper's results are checked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.speech.activity import WINDOW_S
from pipeline.speech.guards import doubts, without_inventions
from pipeline.speech.wording import Heard


def heard(text: str, start_s: float = 10.0, end_s: float = 12.0, **changes: float) -> Heard:
    sound = Heard(start_s=start_s, end_s=end_s, text=text, probability=0.8, compression=1.2, no_speech=0.05)
    return replace(sound, **changes)


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
def test_what_models_invent_is_left_out_where_nobody_speaks(text: str) -> None:
    kept, findings = without_inventions([heard("Guten Tag.", 2, 4), heard(text)], voice_activity(0.1))
    assert [segment.text for segment in kept] == ["Guten Tag."]
    if text.strip("."):
        assert [(finding.kind, finding.start_s, finding.text) for finding in findings] == [("invented", 10.0, text)]


@pytest.mark.parametrize("text", CREDITS + FAREWELLS)
def test_what_the_model_itself_takes_for_no_speech_is_left_out(text: str) -> None:
    kept, _ = without_inventions([heard(text, no_speech=0.9)], voice_activity(0.9))
    assert kept == []


@pytest.mark.parametrize("text", FAREWELLS)
def test_a_farewell_that_is_spoken_stays(text: str) -> None:
    kept, findings = without_inventions([heard(text)], voice_activity(0.9))
    assert [segment.text for segment in kept] == [text]
    assert findings == ()


@pytest.mark.parametrize("text", CREDITS)
def test_a_credit_that_is_spoken_stays_and_is_shown(text: str) -> None:
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
def test_ordinary_sentences_stay_even_where_speech_is_faint(text: str) -> None:
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
    ],
    ids=["loop", "loop of segments", "compression", "guess", "stuffed"],
)
def test_each_sign_of_trouble_is_a_reason_for_doubt(segments: list[Heard]) -> None:
    assert doubts(segments, 10.0) >= 1
