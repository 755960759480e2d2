"""German sentences: a bar marks where one ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.german.sentences import ends_sentence, is_abbreviated, sentence_ends, sentences

EXAMPLES = [
    line
    for line in (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]

# What the rules get wrong, as they split it: only understanding the sentence would help.
KNOWN_MISSES = [
    "Wir treffen uns am Montag, den 12. Bringen Sie Kaffee mit.",
    "Die Lösung ist 42. Fragen?",
    "Wir sind in Halle C. Kommen Sie vorbei.",
    "[lacht] Nein, so war das nicht. [unverständlich] weiß ich nicht.",
    "Na ja… | So einfach ist das nicht. | Man braucht Leute, man braucht Geld, man braucht… | Geduld.",
    (
        "Bürger*innen können sich auf www.beispiel-mv.de anmelden. | Mitmachen dürfen alle ab 16. "
        "Jüngere brauchen eine Erlaubnis."
    ),
]


def split(example: str) -> str:
    return " | ".join(sentences(example.replace(" | ", " ")))


def test_sentences_end_where_a_reader_would_end_them():
    assert [split(example) for example in EXAMPLES if split(example) != example] == KNOWN_MISSES


def test_the_rules_find_440_of_451_sentences():
    wanted = [span for number, example in enumerate(EXAMPLES) for span in _spans(number, example)]
    found = {span for number, example in enumerate(EXAMPLES) for span in _spans(number, split(example))}
    assert len(set(EXAMPLES)) == len(EXAMPLES)
    assert (sum(span in found for span in wanted), len(wanted)) == (440, 451)


def _spans(number: int, marked: str) -> Iterator[tuple[int, int, int]]:
    """Paragraph, first and last word of every sentence."""
    at = 0
    for sentence in marked.split(" | "):
        yield number, at, (at := at + len(sentence.split()))


def test_a_text_without_words_has_no_sentences():
    assert sentence_ends([]) == ()
    assert sentences(" \n ") == ()


@pytest.mark.parametrize(
    ("word", "ends"),
    [("Tag.", True), ("Tag?“", True), ("gut…", True), ("z.B.", False), ("31.", False), ("Dr.", False), ("Tag", False)],
)
def test_a_word_by_itself_may_look_like_the_end_of_a_sentence(word, ends):
    assert ends_sentence(word) is ends


@given(st.lists(st.one_of(st.sampled_from(["Ja.", "…", "“", "z.B.", "31.", "[x]", "er", "Er"]), st.text("aA.?“ -1"))))
def test_every_word_is_in_exactly_one_sentence(pieces):
    words = " ".join(pieces).split()
    ends = sentence_ends(words)
    assert list(ends) == sorted(set(ends))
    assert (ends[-1] if ends else 0) == len(words)
    assert " ".join(sentences(" ".join(words))) == " ".join(words)


@pytest.mark.parametrize(
    ("word", "abbreviated"),
    [
        ("usw.", True),
        ("z.B.", True),
        ("„Dr.", True),
        ("3.", True),
        ("Mio.", True),
        ("gestern.", False),
        ("Tag.“", False),
    ],
)
def test_abbreviations_keep_their_full_stop(word: str, *, abbreviated: bool) -> None:
    assert is_abbreviated(word) is abbreviated
