"""JSON of speech recognisers, players and editors becomes turns, with speakers and every word."""

from __future__ import annotations

import json

import pytest
from transcript_samples import SPEAKERS

from pipeline.errors import TranscriptError
from pipeline.transcript.imports.door import read_foreign
from pipeline.transcript.imports.json_files import read_json

HOUSE = "Ada Moderatorin:\nGuten Tag.\n\nBernd Gast:\nGerne.\n"


def imported(content: object, suffix: str = ".json") -> str:
    raw = content if isinstance(content, str) else json.dumps(content)
    return read_foreign(raw.encode(), suffix, speakers=SPEAKERS).text


def word(text: str, start_s: float, speaker: str = "") -> dict[str, object]:
    return {"word": text, "start": start_s, "end": start_s + 0.4} | ({"speaker": speaker} if speaker else {})


PODLOVE = [
    {
        "start": "00:00:00.000",
        "start_ms": 0,
        "end_ms": 900,
        "speaker": "4",
        "voice": "Ada Moderatorin",
        "text": "Guten Tag.",
    },
    {
        "start": "00:00:01.000",
        "start_ms": 1000,
        "end_ms": 1900,
        "speaker": "7",
        "voice": "Bernd Gast",
        "text": "Gerne.",
    },
]
WHISPER = [
    {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": 0.9,
        "text": " Ada Moderatorin: Guten Tag.",
        "tokens": [1],
        "temperature": 0.0,
    },
    {"id": 1, "seek": 0, "start": 1.0, "end": 1.9, "text": " Bernd Gast: Gerne."},
]
WHISPERX = {"start": 0.0, "end": 2.0, "text": " Guten Tag. Gerne.", "speaker": "Ada Moderatorin"}
WHISPERX |= {"words": [word("Guten", 0.0, "Ada Moderatorin"), word("Tag.", 0.5), word("Gerne.", 1.5, "Bernd Gast")]}


def spoken(content: str, start: str, end: str) -> dict[str, object]:
    return {"type": "pronunciation", "start_time": start, "end_time": end, "alternatives": [{"content": content}]}


STOP = {"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": "."}]}
AWS_ITEMS = [spoken("Guten", "0.0", "0.4"), spoken("Tag", "0.5", "0.9"), STOP, spoken("Gerne", "1.0", "1.4"), STOP]
AWS_SEGMENTS = [
    {"speaker_label": "Ada Moderatorin", "items": [{"start_time": "0.0"}, {"start_time": "0.5"}]},
    {"speaker_label": "Bernd Gast", "items": [{"start_time": "1.0", "speaker_label": "Bernd Gast"}]},
]


@pytest.mark.parametrize(
    "content",
    [
        {"version": "1.0.0", "segments": [{"speaker": s["voice"], "startTime": 0, "body": s["text"]} for s in PODLOVE]},
        PODLOVE,
        [
            {"speaker": "Ada Moderatorin", "items": [{"text": "Guten Tag."}]},
            {"speaker": "Bernd Gast", "items": [{"text": "Gerne."}]},
        ],
        {"transcripts": PODLOVE},
        {"text": " Guten Tag. Gerne.", "segments": WHISPER, "language": "de"},
        WHISPER,
        {"segments": [WHISPERX], "word_segments": []},
        {
            "transcription": [
                {"timestamps": {"from": "00:00:00,000", "to": "00:00:01,000"}, "text": s["text"]} for s in WHISPER
            ]
        },
        {"chunks": [{"timestamp": [0.0, 1.0], "text": s["text"]} for s in WHISPER], "text": "…"},
        {
            "status": "COMPLETED",
            "results": {"items": AWS_ITEMS, "speaker_labels": {"segments": AWS_SEGMENTS}, "transcripts": []},
        },
        {"utterances": [{"speaker": s["voice"], "text": s["text"], "start": 0, "end": 9} for s in PODLOVE]},
        {"results": {"utterances": [{"speaker": s["voice"], "transcript": s["text"], "start": 0.1} for s in PODLOVE]}},
    ],
)
def test_every_program_says_the_same(content):
    assert imported(content) == HOUSE


@pytest.mark.parametrize("speaker", [0, 3, "1", "A", "SPEAKER_00", "spk_1", {"name": "Speaker 1"}])
def test_a_number_or_letter_for_a_speaker_is_a_numbered_voice(speaker):
    assert imported([{"text": "Ja.", "speaker": speaker}]) == "Stimme 1:\nJa.\n"


def test_times_divide_long_speech_into_paragraphs():
    said = "Dies ist ein Satz mit genau zehn Wörtern, sehr schön."
    segments = [{"start": at * 5.0 + (9 if at > 9 else 0), "end": at * 5.0 + 4.9, "text": said} for at in range(16)]
    segments[9]["end"] = 49.0
    paragraphs = imported({"segments": segments}).split("\n\n")
    assert [len(paragraph.split()) for paragraph in paragraphs] == [100, 60]


_NO_TIMES = ["9" * 400, "NaN", "Infinity", "-Infinity", "1e999", "null", '"x"', '"NaN"', "-5", "[]"]


@pytest.mark.parametrize("value", _NO_TIMES)
def test_what_is_no_time_is_0(value):
    podcasting = f'{{"segments": [{{"body": "Ja.", "startTime": {value}, "endTime": {value}}}]}}'
    for text in (podcasting, f'[{{"text": "Ja.", "start": {value}}}]'):
        (passage,) = read_json(text)
        assert (passage.text, passage.start_s, passage.end_s) == ("Ja.", 0.0, 0.0)


def test_an_integer_too_long_to_be_read_is_a_german_error():
    with pytest.raises(TranscriptError, match="beschädigt"):
        imported(f'{{"segments": [{{"body": "Ja.", "startTime": {"9" * 5000}}}]}}')


def test_the_mark_of_whisper_cpp_changes_the_voice_and_is_no_word():
    segments = [{"text": " Ja. [SPEAKER_TURN]"}, {"text": " Nein."}]
    assert imported({"transcription": segments}) == "Ja.\n\nStimme 1:\nNein.\n"


OTR = (
    '<p><span class="timestamp" data-timestamp="12.1">00:12</span><b>Ada Moderatorin</b>: Guten&nbsp;Tag.</p>'
    '<p><span class="timestamp" data-timestamp="14">00:14</span> <i>Bernd Gast:</i> Gerne.<br /><br></p>'
)


def test_the_file_of_otranscribe_is_read_with_its_names_and_without_its_times():
    otr = {"text": OTR, "media": "folge.mp3", "media-time": 1315.6}
    assert imported(otr, ".otr") == HOUSE
    blocks = OTR.replace("<p>", "<div>").replace("</p>", "</div>").replace("<div>", "", 1)
    assert imported({**otr, "text": blocks}, ".otr") == HOUSE


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"results": {"items": [{"type": "pronunciation"}]}}, "Eintrag 1 von „items“"),
        ({"results": {"items": [3]}}, "Eintrag 1"),
        ([{"text": 3}], "Segment 1"),
        ({"segments": 3}, "fehlt die Liste"),
        ({"text": "<p>ohne Kennzeichen"}, "fehlt die Liste"),
    ],
)
def test_json_of_another_kind_is_a_german_error_that_says_what_is_read(content, problem):
    with pytest.raises(TranscriptError, match=problem) as caught:
        imported(content)
    assert "Whisper" in caught.value.advice


@pytest.mark.parametrize("odd", [True, 3, "x", {"a": 1}, None, [1]])
def test_what_is_no_list_of_words_is_ignored(odd):
    assert imported({"segments": [{"text": "Ja.", "words": odd, "start": odd, "speaker": None}]}) == "Ja.\n"
    assert imported([{"text": "Ja.", "items": odd}]) == "Ja.\n"
