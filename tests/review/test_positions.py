"""Places of words as browsers count them."""

from __future__ import annotations

import unicodedata

from desk import TEXT
from hypothesis import given
from hypothesis import strategies as st

from pipeline.review.positions import positions
from pipeline.transcript.editorial import parse, without_invisible
from pipeline.transcript.patch import lines_of
from pipeline.values.show import Speaker

SPEAKERS = (Speaker(name="Tom Takt", organisation="Testwerk", role="host"),)


def as_browser(text: str) -> bytes:
    """The text as CodeMirror has it, two bytes a place."""
    return "\n".join(lines_of(text)).encode("utf-16-le", "surrogatepass")


def words_at_positions(text: str) -> None:
    manuscript = parse(text, speakers=SPEAKERS)
    tokens = [token.text for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]
    where = positions(manuscript)
    units = as_browser(text)
    cut = [units[2 * first : 2 * last].decode("utf-16-le", "surrogatepass") for first, last in where.words]
    assert [without_invisible(unicodedata.normalize("NFC", word)) for word in cut] == tokens
    bodies = [units[2 * first : 2 * last].decode("utf-16-le", "surrogatepass") for first, last in where.lines]
    assert bodies == lines_of(text)[: len(bodies)]


def test_labels_emoji_soft_hyphens_and_line_ends_are_counted_as_browsers_do() -> None:
    words_at_positions(TEXT)
    words_at_positions(
        "Tom Takt: Sprecher\u00adzeile 😀 mit Text\r\n\r\n\u200b Tag \u0061\u0308rger 𝔘\rund\u00a0mehr\n"
    )


PIECES = (
    *("Tom Takt:", "Tom Takt [Testwerk]: ", "a", "😀", " ", "\u00a0", "\u200b", "\xad", "\u0308", "\u2028", "\t"),
    *("\n", "\r\n", "\r", "\x1c", "\x85", "\ufeff", "Ende.", "\u202e", "\x0b", "ﬁ", "\u1100\u1161"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_every_word_is_found_where_it_is(text: str) -> None:
    words_at_positions(text)
