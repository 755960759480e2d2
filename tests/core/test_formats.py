"""Our JSON files: what was written can be read back, and other content is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.values.audio import Curve, Loudness, NormaliseReport, Source, SpeakerLevel, Timeline
from pipeline.values.json_files import from_json, recognition_from_json, recognition_to_json, to_json
from pipeline.values.published import Enclosure, Release
from pipeline.values.speech import Provenance, Recognition, RecognitionFinding, Segment, SpeakerMap, SpeakerSpan, Word

PROVENANCE = Provenance(
    model="demo", model_sha256="ab", engine="openai-whisper", versions=(("torch", "2"),), date="2026-01-15", demo=True
)
ENCLOSURE = Enclosure(path="audio/1.mp3", media_type="audio/mpeg", size_bytes=1, duration_s=2.5, sha256="cd")


@pytest.mark.parametrize(
    "value",
    [
        Timeline(
            sources=(Source(file="a.wav", sha256="x", duration_s=1.5, sample_rate_hz=8000, channels=1, speaker=2),),
            duration_s=1.5,
        ),
        SpeakerMap(method="tracks", count=2, spans=(SpeakerSpan(start_s=0.0, end_s=1.0, speaker=1),)),
        NormaliseReport(
            before=Loudness(integrated_lufs=-23.0, range_lu=4.0, true_peak_dbtp=-3.0),
            gain_db=7.0,
            headroom_db=12.0,
            levelling="speakers",
            speakers=(SpeakerLevel(speaker=0, spoken_s=1.0, before_lufs=-inf, gain_db=0.0, capped=False),),
            curve=Curve(step_s=1.0, values=(-23.0,)),
            notices=("Ä",),
        ),
        ENCLOSURE,
        Release(
            guid="g",
            enclosure=ENCLOSURE,
            published=datetime.fromisoformat("2026-01-15T06:00:00+01:00"),
            slug="s",
            number=None,
            season=1,
            episode_type="full",
            title="Über „alles“",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_survives_a_round_trip_through_json(value: object) -> None:
    text = to_json(value)
    assert from_json(type(value), text) == value
    assert text.endswith("}\n")


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="duration_s"):
        from_json(Timeline, '{"sources": []}')
    with pytest.raises(ValueError, match="spans"):
        from_json(SpeakerMap, '{"method": "tracks", "count": 2, "spans": [1]}')


@pytest.mark.parametrize(
    "text",
    [
        '{"sources": [], "duration_s": "1.5"}',
        '{"sources": [], "duration_s": true}',
        '{"sources": {}, "duration_s": 1.5}',
        '{"sources": [], "duration_s": 1.5',
        "[" * 100_000,
        "null",
        "",
    ],
)
def test_a_value_of_another_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_json(Timeline, text)


def test_a_key_of_a_later_version_is_ignored_and_a_missing_one_takes_its_default() -> None:
    assert from_json(Timeline, '{"sources": [], "duration_s": 2, "later": 1}') == Timeline(sources=(), duration_s=2.0)


words = st.builds(
    Word,
    text=st.text(min_size=1),
    start_s=st.integers(0, 10**6).map(lambda n: n / 100),
    end_s=st.integers(0, 10**6).map(lambda n: n / 100),
    probability=st.integers(0, 100).map(lambda n: n / 100),
)
segments = st.builds(
    Segment,
    start_s=st.just(0.5),
    end_s=st.just(9.25),
    times=st.sampled_from(["word", "segment"]),
    words=st.lists(words, max_size=4).map(tuple),
)


@given(st.lists(segments, max_size=4).map(tuple))
def test_words_json_keeps_every_word_and_time(found: tuple[Segment, ...]) -> None:
    recognition = Recognition(fingerprint="f", provenance=PROVENANCE, segments=found)
    assert recognition_from_json(recognition_to_json(recognition)) == recognition


@pytest.mark.parametrize("names", [None, (), ("Kuratorium", "Übung „Ä“")])
def test_words_json_keeps_the_names_it_was_heard_with(names: tuple[str, ...] | None) -> None:
    recognition = Recognition(fingerprint="f", provenance=PROVENANCE, segments=(), vocabulary=names)
    assert recognition_from_json(recognition_to_json(recognition)) == recognition


def test_a_words_json_of_an_older_version_is_read() -> None:
    finding = RecognitionFinding(kind="invented", start_s=1.5, text="Danke.", end_s=2.5)
    data = json.loads(
        recognition_to_json(Recognition(fingerprint="f", provenance=PROVENANCE, segments=(), findings=(finding,)))
    )
    assert "vocabulary" not in data
    del data["findings"][0]["end_s"]
    assert recognition_from_json(json.dumps(data)).findings == (replace(finding, end_s=0.0),)
    del data["findings"]
    assert recognition_from_json(json.dumps(data)).findings == ()


def test_words_json_has_one_segment_per_line() -> None:
    segment = Segment(
        start_s=0.0, end_s=1.0, times="word", words=(Word(text="Äh,", start_s=0.123, end_s=1.0, probability=0.987),)
    )
    text = recognition_to_json(Recognition(fingerprint="f", provenance=PROVENANCE, segments=(segment, segment)))
    assert text.count('["Äh,", 0.12, 1.0, 0.99]') == 2
    assert len([line for line in text.splitlines() if '"words"' in line]) == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 9}', '{"version": 1, "fingerprint": "x"}'])
def test_text_that_is_not_a_words_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        recognition_from_json(text)
