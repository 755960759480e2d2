"""Files after public reports, where they are: each is read as it was meant, or ends with its lines and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import parse
from pipeline.transcript.imports.door import read_foreign
from pipeline.values.show import Speaker

CASES = Path(__file__).parents[2] / "../shared/cases"
PEOPLE = tuple(Speaker(name=name, slug=name) for name in ("Tom Takt", "Klara Klang", "Sina Silbe"))
TURNS = {
    "T05-cue-ids-as-speakers.vtt": ["Stimme 1", "Stimme 2", "Tom Takt"],
    "T07b-noscribe-editor.vtt": ["", "Stimme 1"],
    "T09-srt-no-ms.srt": [""],
    "T14-srt-blank-after-number.srt": [""],
    "T22-srt-bom.srt": ["Tom Takt", "Klara Klang"],
    "T24-transcribee.txt": ["Klara Klang", "Tom Takt"],
    "T25a-f4.txt": ["Stimme 1", "Stimme 2", "Stimme 1", "Stimme 2"],
    "T25f-hyperaudio.md": ["Klara Klang", "Tom Takt"],
    "T26a-whisper.json": [""],
    "T32-teams-guest-only.vtt": ["Tom Takt", "Klara Klang", "Sina Silbe", "Dr. Ida Iks"],
    "T33-whispercpp-speaker-turn.srt": [f"Stimme {number}" for number in range(1, 7)],
    "D1-teams.docx": ["Klara Klang", "Tom Takt", "Klara Klang"],
    "D3-f4-word.docx": ["", "Stimme 1", "Stimme 2", "Stimme 1", "Stimme 2"],
}


def case(name: str) -> Path:
    path = next(CASES.glob(f"*/{name}"), None)
    if path is None:
        pytest.skip("needs ../shared/cases")
    return path


@pytest.mark.parametrize("name", TURNS)
def test_a_file_says_who_speaks_and_no_times(name):
    path = case(name)
    made = read_foreign(path.read_bytes(), path.suffix, speakers=PEOPLE).text
    everybody = (*PEOPLE, Speaker(name="Dr. Ida Iks", slug="iks"))
    assert [turn.speaker for turn in parse(made, speakers=everybody).turns] == TURNS[name]
    assert not re.search(r"\d:\d\d|-->|SPEAKER|speaker|\*\*|\{", made)


def test_zooms_names_are_asked_for():
    path = case("T03-zoom.vtt")
    with pytest.raises(TranscriptError, match="Zeile 17: „iPhone von Klara: Hören Sie mich") as caught:
        read_foreign(path.read_bytes(), path.suffix, speakers=PEOPLE)
    assert "SPEAKER='iPhone von Klara=Klara Klang'" in caught.value.advice
    settled = {"iPhone von Klara": "Klara Klang"}
    made = read_foreign(path.read_bytes(), path.suffix, speakers=PEOPLE, settled=settled).text
    assert re.findall(r"^(.+):$", made, re.MULTILINE) == [
        "Christina",
        "Tom Takt",
        "Christina",
        "Klara Klang",
        "Christina",
    ]
