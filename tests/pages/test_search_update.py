"""An edited word in the index of the search: exactly the bytes that all made anew would have."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.site import search
from pipeline.site.search_update import update_index


def words_of(words: set[str]) -> str:
    return "".join(f"{word}\n" for word in sorted(words))


def assert_same(before: list[set[str]], after: list[set[str]]) -> int:
    """Gives how many files were written, -1 where all must be made anew."""
    folders = [str(number) for number in range(len(before))]
    old = dict(search.render_index(folders, list(map(words_of, before))))
    new = dict(search.render_index(folders, list(map(words_of, after))))
    changed = update_index(list(map(words_of, before)), folders, list(map(words_of, after)), old.__getitem__)
    if changed is None:
        return -1
    assert {**old, **changed} == new
    return len(changed)


_words = st.sets(st.text("abcü0", min_size=1, max_size=6), max_size=12)


@given(st.lists(st.tuples(_words, _words), min_size=1, max_size=8))
def test_any_edit_leaves_the_index_of_all_words(episodes: list[tuple[set[str], set[str]]]) -> None:
    assert assert_same([before for before, _ in episodes], [after for _, after in episodes]) >= 0


def test_grams_that_become_common_or_cease_to_be_are_no_small_change() -> None:
    chance = random.Random(1)
    common = {"neu" + "".join(chance.choices("abcdefghij", k=8)) for _ in range(search.COMMON_WORDS + 1)}
    almost = common - {min(common)}
    assert assert_same([almost], [common]) == -1
    assert assert_same([common], [almost]) == -1
    assert assert_same([common, {"ende"}], [common, {"ende", "schluss"}]) > 0


def test_another_number_of_episodes_needs_all_files() -> None:
    index = search.render_index(["1"], ["wort\n"])
    assert update_index(["wort\n"], ["1", "2"], ["wort\n", "zwei\n"], index.__getitem__) is None
