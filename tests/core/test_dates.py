"""Dates as people write them in German become moments, with the offset that Germany has then."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.values.dates import german_moment, is_shown_twice, moment_of

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # a Friday
BEFORE = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "3.12.2026",
            "3.12.2026, 6 Uhr",
            "3. Dezember 2026",
            "3. Dezember",
            "3.12., 6 Uhr",
            "3.12. 06:00",
            "03.12.26",
        ),
        *("Donnerstag", "Do, 3.12.2026, 6 Uhr", "am Donnerstag um 6", "3. Dez. 6h", "2026-12-03", "2026-12-03 06:00"),
        *("2026-12-03T06:00:00+01:00", "2026-12-03T05:00:00Z", "  3.12.2026   6:00 uhr ", "kommenden Donnerstag"),
    ],
)
def test_one_morning_is_written_in_many_ways(written: str) -> None:
    assert moment_of(written, now=NOW) == datetime.fromisoformat("2026-12-03T06:00:00+01:00")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("heute, 18 Uhr", "2026-11-27T18:00:00+01:00"),
        ("morgen 6 Uhr", "2026-11-28T06:00:00+01:00"),
        ("übermorgen, 18:30", "2026-11-29T18:30:00+01:00"),
        ("Freitag", "2026-12-04T06:00:00+01:00"),
        ("Sonnabend 8 Uhr 15", "2026-11-28T08:15:00+01:00"),
        ("3.12. 10 Uhr", "2026-12-03T10:00:00+01:00"),
        ("27.11.", "2026-11-27T06:00:00+01:00"),
        ("26.11.", "2027-11-26T06:00:00+01:00"),
        ("1. Juli, 7.30 Uhr", "2027-07-01T07:30:00+02:00"),
        ("7 Uhr", "2026-12-01T07:00:00+01:00"),
        ("06:30", "2026-12-01T06:30:00+01:00"),
    ],
)
def test_a_day_is_counted_from_today_and_a_time_alone_keeps_the_day(written: str, moment: str) -> None:
    found = moment_of(written, now=NOW, before=BEFORE)
    assert found.isoformat() == moment


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("31.2.2027", "ist kein Termin"),
        ("demnächst", "ist kein Termin; so geht es: 3.12.2026, 6 Uhr"),
        ("3.12.2026, 25 Uhr", "ist kein Termin"),
        ("", "ist kein Termin"),
        ("6 Uhr", "ist kein Termin"),  # of which day?
        ("Fr, 3.12.2026", "der 03.12.2026 ist ein Donnerstag; Tag oder Datum ist falsch"),
        ("28.3.2027, 2:30 Uhr", "am 28.03.2027 gibt es 02:30 Uhr nicht: die Uhr springt da eine Stunde vor"),
    ],
)
def test_what_is_no_moment_is_refused_in_german(written: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        moment_of(written, now=NOW)


def test_a_time_that_clocks_show_twice_is_the_first_and_is_known_as_such() -> None:
    first = moment_of("31.10.2027, 2:30", now=NOW)
    assert first.isoformat() == "2027-10-31T02:30:00+02:00"
    assert is_shown_twice(first)
    assert not is_shown_twice(moment_of("31.10.2027, 4:30", now=NOW))


def test_what_is_shown_can_be_typed_again() -> None:
    moment = datetime.fromisoformat("2026-12-03T06:05:00+01:00")
    assert german_moment(moment) == "Donnerstag, 3.12.2026, 6:05 Uhr"
    assert moment_of(german_moment(moment), now=NOW) == moment
