"""Podcasting 2.0 JSON: sentences with speakers and times."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import GOLDEN, GUEST, HOST, spoken, transcript_of, words_of

from pipeline.transcript.podcast_json import render_podcast_json


def sample(*, demo=False):
    opening = spoken("Guten Tag, liebe Hörer*innen. Wie geht es „Ihnen“?", start_s=2.0)
    answer = spoken("Gut \\ danke. Am 31. Mai geht es los.", start_s=9.0)
    return transcript_of((None, spoken("[Musik]")), (HOST, opening), (GUEST, answer), demo=demo)


@pytest.mark.parametrize(("name", "demo"), [("conversation", False), ("demo", True)])
def test_the_file_is_as_expected(golden, name, demo):
    golden(GOLDEN / f"{name}.json", render_podcast_json(sample(demo=demo), duration_s=9.0))


def test_segments_are_sentences_with_speaker_and_seconds():
    data = json.loads(render_podcast_json(sample(), duration_s=9.0))
    assert list(data) == ["version", "segments"]
    assert data["version"] == "1.0.0"
    assert data["segments"][0] == {"startTime": 0.0, "endTime": 0.455, "body": "[Musik]"}
    assert [segment["body"] for segment in data["segments"][3:]] == ["Gut \\ danke.", "Am 31. Mai geht es los."]
    assert data["segments"][3]["speaker"] == GUEST.name
    assert data["segments"][3]["startTime"] == 9.0


def test_a_demo_transcript_says_so():
    assert json.loads(render_podcast_json(sample(demo=True), duration_s=9.0))["note"].startswith("Demo")


def test_an_empty_transcript_has_no_segments():
    assert json.loads(render_podcast_json(transcript_of(), duration_s=9.0)) == {"version": "1.0.0", "segments": []}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), min_size=1), max_size=5))
def test_every_word_is_in_the_file_once_and_in_order_without_overlap(turns):
    words = [spoken(" ".join(turn), start_s=100 * index) for index, turn in enumerate(turns)]
    transcript = transcript_of(*((HOST, turn) for turn in words if turn))
    segments = json.loads(render_podcast_json(transcript, duration_s=9.0))["segments"]
    assert " ".join(segment["body"] for segment in segments).split() == [word.text for word in words_of(transcript)]
    times = [time for segment in segments for time in (segment["startTime"], segment["endTime"])]
    assert times == sorted(times)
