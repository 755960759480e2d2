"""Addresses and German numbers: pure functions, as tables."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from pipeline import addresses
from pipeline.german import formatting as german


def test_every_file_of_an_episode_has_its_own_address() -> None:
    folder = "007-leuchtturm"
    made = [
        addresses.audio(folder),
        addresses.audio(folder, version=2),
        addresses.audio(folder, name="opus"),
        addresses.page(folder),
        addresses.transcript(folder, ".vtt"),
        addresses.transcript(folder, ".srt"),
        addresses.transcript(folder, ".json"),
        addresses.transcript(folder, ".html"),
        addresses.transcript(folder, ".txt"),
        addresses.chapters(folder),
        addresses.episode_cover(folder),
        addresses.show_cover(".png"),
    ]
    assert made == [
        "audio/007-leuchtturm.mp3",
        "audio/007-leuchtturm.v2.mp3",
        "audio/007-leuchtturm.opus",
        "folgen/007-leuchtturm/index.html",
        "folgen/007-leuchtturm/transkript.vtt",
        "folgen/007-leuchtturm/transkript.srt",
        "folgen/007-leuchtturm/transkript.json",
        "folgen/007-leuchtturm/transkript.html",
        "folgen/007-leuchtturm/transkript.txt",
        "folgen/007-leuchtturm/kapitel.json",
        "folgen/007-leuchtturm/cover.jpg",
        "assets/cover.png",
    ]


@pytest.mark.parametrize(
    ("address", "seen_from", "link"),
    [
        ("feed.xml", "index.html", "feed.xml"),
        ("feed.xml", "folgen/a/index.html", "../../feed.xml"),
        ("folgen/a/transkript.vtt", "folgen/a/index.html", "transkript.vtt"),
        ("audio/a b#?.mp3", "index.html", "audio/a%20b%23%3F.mp3"),
        ("https://old.example.org/1.mp3?x=1", "folgen/a/index.html", "https://old.example.org/1.mp3?x=1"),
    ],
)
def test_links_are_relative_and_quoted(address: str, seen_from: str, link: str) -> None:
    assert addresses.relative(address, seen_from=seen_from) == link


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("feed.xml", "https://example.org/mv/feed.xml"),
        ("audio/a b.mp3", "https://example.org/mv/audio/a%20b.mp3"),
        ("https://old.example.org/1.mp3?x=1", "https://old.example.org/1.mp3?x=1"),
    ],
)
def test_absolute_urls_start_with_the_base(address: str, url: str) -> None:
    assert addresses.absolute("https://example.org/mv/", address) == url


@pytest.mark.parametrize(
    ("url", "placeholder"),
    [
        ("https://podcast.invalid/mv/", True),
        ("mailto:wer@podcast.invalid", True),
        ("wer@podcast.invalid", True),
        ("https://example.org/seite.invalid/", False),
        ("mailto:wer@example.org", False),
    ],
)
def test_urls_on_invalid_hosts_are_placeholders(url: str, placeholder: bool) -> None:
    assert addresses.is_placeholder(url) is placeholder


def plain(text: str) -> str:
    return text.replace(german.NBSP, " ")


def test_a_day_is_shown_in_its_own_time_zone() -> None:
    moment = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert plain(german.day(moment)) == "1. März 2026"


@pytest.mark.parametrize(
    ("seconds", "words", "iso"),
    [
        (0.0, "0 Sekunden", "PT0S"),
        (1.2, "1 Sekunde", "PT1S"),
        (134.4, "2 Minuten 14 Sekunden", "PT2M14S"),
        (599.6, "10 Minuten", "PT10M"),
        (2712.0, "45 Minuten", "PT45M12S"),
        (3661.0, "1 Stunde 1 Minute", "PT1H1M1S"),
        (7170.0, "2 Stunden", "PT1H59M30S"),
    ],
)
def test_durations_are_given_in_words_and_as_iso_8601(seconds: float, words: str, iso: str) -> None:
    assert plain(german.duration(seconds)) == words
    assert german.iso_duration(seconds) == iso


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(12, "1 kB"), (99_400, "99 kB"), (100_000, "0,1 MB"), (43_249_999, "43,2 MB"), (120_000_000, "120,0 MB")],
)
def test_sizes_are_decimal_with_a_comma(size_bytes: int, shown: str) -> None:
    assert plain(german.size(size_bytes)) == shown
