"""Text that fits the formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.notes.text import clip_bytes, legal


@pytest.mark.parametrize(
    ("text", "limit_bytes", "expected"),
    [
        ("passt", 5, "passt"),
        ("eins zwei drei", 13, "eins zwei…"),
        ("eins zwei drei", 12, "eins zwei…"),  # the cut falls between two words
        ("Überlänge", 8, "Über…"),
        ("Überlänge", 7, "Übe…"),
        ("🚢🚢🚢", 11, "🚢🚢…"),
        ("eins\n\nzwei drei", 14, "eins\n\nzwei…"),
        ("abc", 3, "abc"),
        ("abcd", 3, "…"),
        ("", 0, ""),
    ],
)
def test_a_long_text_is_cut_after_a_word(text: str, limit_bytes: int, expected: str) -> None:
    assert clip_bytes(text, limit_bytes) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(3, 60))
def test_a_clipped_text_fits_and_is_a_beginning_of_the_whole(text: str, limit_bytes: int) -> None:
    clipped = clip_bytes(text, limit_bytes)
    assert len(clipped.encode("utf-8")) <= limit_bytes
    assert clipped == text or text.startswith(clipped.removesuffix("…"))


def test_characters_that_xml_should_not_contain_are_dropped_and_all_others_stay() -> None:
    assert legal("a\x00b\x08c\x0bd\x1fe\ud800f\ufffeg\uffffh") == "abcdefgh"
    assert legal("a\x7fb\x80c\x96d\x9fe") == "abcde"
    assert legal("Ä\tß\n„🚢“\x85\u2028]]>") == "Ä\tß\n„🚢“\x85\u2028]]>"
