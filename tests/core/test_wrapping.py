"""Messages at a terminal are broken at words, and a command or path never within one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.wrapping import wrapped_lines


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_what_does_not_fit_stands_below_the_first_word_after_the_mark() -> None:
    told = wrapped_lines(
        "\nFehler: Die Aufnahme fehlt.\n"
        "  Was tun: Die Datei in den Ordner der Folge legen oder den Namen in episode.toml berichtigen.\n"
        '      → Unter [legal] eintragen; ist keine vorgeschrieben, dort none_required = ["sign_language"].'
    )
    assert told.splitlines() == [
        "",
        "Fehler: Die Aufnahme fehlt.",
        "  Was tun: Die Datei in den Ordner der Folge legen oder den Namen in",
        "           episode.toml berichtigen.",
        "      → Unter [legal] eintragen; ist keine vorgeschrieben, dort none_required =",
        '        ["sign_language"].',
    ]


def test_a_path_stays_whole() -> None:
    path = "/ein/langer-weg" * 10
    assert wrapped_lines(f"  Wo: {path}").splitlines() == ["  Wo:", f"      {path}"]


@given(st.text(st.sampled_from("ab→: \n-"), max_size=300))
def test_no_word_is_lost_or_added_and_a_message_that_fits_stays(text: str) -> None:
    told = wrapped_lines(text)
    assert told.split() == text.split()
    assert not all(len(line) < 80 for line in text.split("\n")) or told == text
