"""The one list of chapters, and kapitel.json."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.notes.chapters import render_json_chapters, whole_second_chapters
from pipeline.values.show import Chapter


def test_chapters_are_in_time_order_at_the_second_in_which_they_begin() -> None:
    written = (Chapter(start_s=61.9, title="zwei", url="https://example.org/"), Chapter(start_s=0.4, title="eins"))
    assert whole_second_chapters(written, 100.0) == (
        Chapter(start_s=0.0, title="eins"),
        Chapter(start_s=61.0, title="zwei", url="https://example.org/"),
    )


def test_an_episode_without_chapters_has_none() -> None:
    assert whole_second_chapters((), 10.0) == ()


def test_all_chapters_that_do_not_fit_are_reported_at_once() -> None:
    written = (
        Chapter(start_s=5.1, title="Anfang"),
        Chapter(start_s=5.9, title="Gleich darauf"),
        Chapter(start_s=90.0, title="Danach"),
        Chapter(start_s=60.0, title="Genau am Ende"),
    )
    with pytest.raises(ConfigError) as raised:
        whole_second_chapters(written, 60.0)
    assert raised.value.problem.splitlines() == [
        "Diese Kapitelmarken passen nicht zur Folge:",
        "  „Genau am Ende“ beginnt bei 01:00, die Folge endet aber bei 01:00",
        "  „Danach“ beginnt bei 01:30, die Folge endet aber bei 01:00",
        "  „Anfang“ und „Gleich darauf“ beginnen beide bei 00:05",
    ]


@given(st.lists(st.floats(0, 7200, exclude_max=True), unique_by=int))
def test_times_are_whole_distinct_ascending_and_inside_the_audio(starts_s: list[float]) -> None:
    chapters = whole_second_chapters([Chapter(start_s=start_s, title="x") for start_s in starts_s], 7200.0)
    times = [chapter.start_s for chapter in chapters]
    assert times == sorted(set(times))
    assert all(time.is_integer() and 0 <= time < 7200 for time in times)
    assert len(times) == len(starts_s)


def test_json_chapters_have_version_title_and_whole_seconds() -> None:
    chapters = (
        Chapter(start_s=0.0, title="Begrüßung"),
        Chapter(start_s=75.0, title="Mehr", url="https://example.org/"),
    )
    text = render_json_chapters(chapters, title="Breitband „für alle“")
    assert text.endswith("}\n")
    assert "Begrüßung" in text
    assert json.loads(text) == {
        "version": "1.2.0",
        "title": "Breitband „für alle“",
        "chapters": [
            {"startTime": 0, "title": "Begrüßung"},
            {"startTime": 75, "title": "Mehr", "url": "https://example.org/"},
        ],
    }
