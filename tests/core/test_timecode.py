"""Times as people and formats write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timecode import clock, full_clock, milliseconds_clock, parse_timecode


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00:00", 0), ("1:02:03", 3723), ("12:34", 754), ("00:12:03.5", 723.5), (" 0:05,25 ", 5.25), ("90:00", 5400)],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert parse_timecode(text) == seconds


@pytest.mark.parametrize("text", ["", "12", "1:60", "1:60:00", "-1:00", "1:2:3:4", "ein:uhr"])
def test_text_that_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_timecode(text)


@given(st.integers(0, 10**8))
def test_milliseconds_survive_a_round_trip(value_ms: int) -> None:
    assert round(parse_timecode(milliseconds_clock(value_ms / 1000)) * 1000) == value_ms


def test_clocks_round_down_and_milliseconds_round_to_nearest() -> None:
    assert (clock(59.99), clock(754), clock(3723)) == ("00:59", "12:34", "1:02:03")
    assert full_clock(3723.9) == "01:02:03"
    assert milliseconds_clock(59.9996) == "00:01:00.000"
    assert milliseconds_clock(1.5, separator=",") == "00:00:01,500"
