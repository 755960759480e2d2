"""Merging what two people typed: nobody's line is lost, whatever they did."""

from __future__ import annotations

import random

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.review.merging import Conflict, edits_between, merged
from pipeline.transcript.patch import lines_of, patch

BASE = ["Tom:", "Eins.", "", "Sina:", "Zwei.", "", "Tom:", "Drei.", ""]
lines = st.lists(st.sampled_from(["", "Tom:", "Sina:", "Ja.", "Nein.", "und dann", "weiter so.", "Ende."]), min_size=1)


def changed(places: dict[int, str | None]) -> list[str]:
    """The base with lines replaced, or removed (None)."""
    new = [places.get(place, line) for place, line in enumerate(BASE)]
    return [line for line in new if line is not None]


def test_changes_of_different_paragraphs_are_all_made() -> None:
    result = merged(BASE, changed({1: "Eins!"}), changed({4: "Zwei?"}))
    assert (list(result.lines), result.conflicts, result.adopted) == (changed({1: "Eins!", 4: "Zwei?"}), (), 1)


def test_the_same_change_is_made_once() -> None:
    result = merged(BASE, changed({1: "Eins!"}), changed({1: "Eins!"}))
    assert (list(result.lines), result.conflicts, result.adopted) == (changed({1: "Eins!"}), (), 0)


def test_two_changes_of_one_paragraph_are_shown_side_by_side() -> None:
    result = merged(BASE, changed({1: "Eins!", 7: "Drei!"}), changed({1: "Eins?", 4: "Zwei?"}))
    assert list(result.lines) == changed({1: "Eins?", 4: "Zwei?", 7: "Drei!"})
    assert result.conflicts == (Conflict(first=1, last=2, mine=("Eins!",), theirs=("Eins?",)),)


def test_a_removed_paragraph_that_the_other_corrected_is_a_conflict() -> None:
    result = merged(BASE, changed({4: "Zwei!"}), changed({3: None, 4: None, 5: None}))
    (conflict,) = result.conflicts
    assert "Zwei!" in conflict.mine
    assert conflict.theirs == ()


def test_a_new_speaker_and_a_corrected_word_beneath_do_not_meet() -> None:
    result = merged(BASE, changed({3: "Tom:"}), changed({4: "Zwei?"}))
    assert (list(result.lines), result.conflicts) == (changed({3: "Tom:", 4: "Zwei?"}), ())


def test_two_lines_of_one_wrapped_paragraph_belong_together() -> None:
    base = ["Tom:", "Das ist ein langer", "Satz der nicht", "aufhört.", "", "Ende."]
    mine = ["Tom:", "Das war ein langer", "Satz der nicht", "aufhört.", "", "Ende."]
    theirs = ["Tom:", "Das ist ein langer", "Satz der nicht", "endet.", "", "Ende."]
    (conflict,) = merged(base, mine, theirs).conflicts
    assert conflict == Conflict(first=1, last=4, mine=tuple(mine[1:4]), theirs=tuple(theirs[1:4]))


def check_nothing_is_lost(base: list[str], mine: list[str], theirs: list[str]) -> None:
    result = merged(base, mine, theirs)
    there = [*result.lines, *(line for conflict in result.conflicts for line in conflict.mine)]
    for line in {*mine, *theirs} - set(base):
        assert line in there, (line, result)
    for conflict in result.conflicts:
        assert list(conflict.theirs) == theirs[conflict.first : conflict.last]
    for one, other in zip(result.conflicts, result.conflicts[1:], strict=False):
        assert one.last <= other.first


@given(lines, lines, lines)
def test_no_new_line_of_anybody_is_lost(base: list[str], mine: list[str], theirs: list[str]) -> None:
    check_nothing_is_lost(base, [f"{line}m" if line else "" for line in mine], [f"{line}t" for line in theirs])
    check_nothing_is_lost(base, mine, theirs)


def test_no_new_line_is_lost_in_texts_of_which_most_stays() -> None:
    chance = random.Random(7)

    def edited(text: list[str], mark: str) -> list[str]:
        new: list[str] = []
        for number, line in enumerate(text):
            act = chance.random()
            new += [] if act < 0.05 else [f"{mark}{number}."] if act < 0.15 else [line]
            new += [f"{mark}{number} neu."] if act > 0.95 else []
        return new or [""]

    for _ in range(3000):
        length = chance.randrange(1, 40)
        base = [chance.choice(["", "Tom:", f"Satz {number}.", "und dann"]) for number in range(length)]
        check_nothing_is_lost(base, edited(base, "m"), edited(base, "t"))


@given(lines, lines)
def test_who_changed_nothing_gets_what_the_other_wrote(base: list[str], other: list[str]) -> None:
    assert list(merged(base, base, other).lines) == other == list(merged(base, other, base).lines)
    assert not merged(base, base, other).conflicts
    assert not merged(base, other, other).conflicts


@given(lines, lines)
@example(["a", "b"], ["a"])
@example(["a"], ["b", "a"])
@example(["", "x", ""], ["x"])
def test_edits_turn_one_text_into_the_other(before: list[str], after: list[str]) -> None:
    edits = edits_between(before, after)
    assert patch("\n".join(before).encode(), edits) == "\n".join(after).encode()
    assert (edits == ()) == (before == after)


@given(st.text(alphabet="aB.: \n\r", max_size=60), st.text(alphabet="aB.: \n\r", max_size=60))
def test_edits_between_texts_with_any_line_ends(one: str, other: str) -> None:
    before, after = lines_of(one), lines_of(other)
    assert lines_of(patch(one.encode(), edits_between(before, after)).decode()) == after
