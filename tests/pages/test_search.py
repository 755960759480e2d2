"""The index of the search: what is found under which letters, and how large its files are."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache

import many_episodes
import page_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import addresses
from pipeline.site import search
from pipeline.site.files import search_files, shard_addresses, static_files
from pipeline.site.frame import Frame
from pipeline.site.pages import render_search_page
from pipeline.values.show import Theme

ROOMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
EPISODES = 300
FIRST_RESULT_BYTES, ANY_QUERY_BYTES = 60_000, 150_000
LOOKUPS, SENTENCES = 3, 3  # of static/suche.js: files of words and of sentences that one query loads


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Brücke", "bruecke"),
        ("Bru\u0308cke", "bruecke"),
        ("bruecke", "bruecke"),
        ("Straße, GRÖẞE", "strasse groesse"),
        ("Hörer*innen und Gäste:innen und Teil_nehmer", "hoererinnen und gaesteinnen und teilnehmer"),
        ("Café à la carte", "cafe a la carte"),
        ("Ost-West 4.0, z.B. 12:30 Uhr", "ost west 4 0 z b 12 30 uhr"),
        ("Land\u00adwirtschaft", "landwirtschaft"),
        ("„…“ – ", ""),
    ],
)
def test_words_are_compared_without_umlauts_accents_and_signs(text: str, folded: str) -> None:
    assert search.fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = search.fold(text)
    assert search.fold(once) == once


def words_of(*words: str) -> str:
    return "".join(f"{word}\n" for word in sorted(words))


def lookup(index: dict[str, str], term: str) -> dict[str, list[int]]:
    """Return word → episodes from the one file that a browser loads for the term, as static/suche.js does it."""
    directory = json.loads(body(index[addresses.SEARCH_DIRECTORY]))
    common = set(directory["common"])
    ends = ((a, b) for a in range(len(term) - 2) for b in range(a + 3, len(term) + 1))
    key = next((term[a:b] for a, b in ends if term[a:b] not in common), f"={term}")
    rows = json.loads(body(index[addresses.search_shard(search.shard_of(key, directory["shards"]))]))
    found = (row.split(" ") for row in rows.split("\n") if row)
    return {word: numbers(steps) for word, steps in found if (word == term if key[0] == "=" else term in word)}


def body(script: str) -> str:
    match = re.fullmatch(r"podcastSearch\.\w+\((?:\d+, )?(.*)\);\n", script, re.DOTALL)
    assert match is not None
    return match[1]


def numbers(steps: str) -> list[int]:
    found, number = [], -1
    for sign in steps:
        number += len(ROOMS) if sign == "_" else ROOMS.index(sign) + 1
        if sign != "_":
            found.append(number)
    return found


def test_a_part_of_a_word_finds_the_compounds_that_contain_it() -> None:
    index = search.render_index(
        ["001-a", "002-b"], [words_of("wirtschaftsministerium", "bruecke"), words_of("landwirtschaft", "wirt")]
    )
    assert lookup(index, "wirtschaft") == {"wirtschaftsministerium": [0], "landwirtschaft": [1]}
    assert lookup(index, search.fold("Brücke")) == {"bruecke": [0]}
    assert lookup(index, "ministerium") == {"wirtschaftsministerium": [0]}


def test_words_of_two_letters_are_found_as_whole_words() -> None:
    index = search.render_index(["001-a"], [words_of("mv", "ki", "kiste")])
    assert lookup(index, "ki") == {"ki": [0]}


@given(
    st.lists(
        st.frozensets(st.text("abcü0", min_size=1, max_size=9).map(search.fold).filter(bool), max_size=30),
        min_size=1,
        max_size=200,
    )
)
def test_every_word_is_found_in_every_episode_that_contains_it(episodes: list[frozenset[str]]) -> None:
    index = dict(search.render_index([str(i) for i in range(len(episodes))], [words_of(*words) for words in episodes]))
    for word in frozenset().union(*episodes):
        if len(word) > 1:
            assert lookup(index, word)[word] == [i for i, words in enumerate(episodes) if word in words]


@cache
def large_show() -> tuple[dict[str, str], list[str]]:
    """The index of 300 episodes, and the sentences of the last ten."""
    made = [
        samples.item(transcript=transcript, duration_s=2700.0, folder=f"{number:03}-eine-folge-ueber-dinge")
        for number, transcript in enumerate(many_episodes.transcripts(EPISODES), start=1)
    ]
    index = search.render_index([item.episode.folder for item in made], list(map(search.render_words, made)))
    return dict(index), [search.render_sentences(item) for item in made[-10:]]


def packed(content: str | bytes) -> int:
    return len(gzip.compress(content.encode() if isinstance(content, str) else content))


def test_300_episodes_stay_within_the_budgets() -> None:
    index, sentences = large_show()
    html = render_search_page(Frame(show=samples.show()))
    assert "podcast.js" not in html
    files = {**static_files(Theme()), **search_files()}
    page = sum(packed(content) for address, content in files.items() if address != addresses.SCRIPT)
    page += packed(html) + packed(index[addresses.SEARCH_DIRECTORY])
    shard = max(packed(text) for address, text in index.items() if address != addresses.SEARCH_DIRECTORY)
    episode = max(map(packed, sentences))
    assert page + shard + episode <= FIRST_RESULT_BYTES
    assert page + LOOKUPS * shard + SENTENCES * episode <= ANY_QUERY_BYTES


def test_common_letters_in_a_large_show_still_find_every_word() -> None:
    index, _ = large_show()
    common = json.loads(body(index[addresses.SEARCH_DIRECTORY]))["common"]
    assert "sch" in common
    for word in ("schaft", *list(json.loads(body(index[addresses.search_shard(0)])).split("\n"))[:200]):
        term = word.split(" ")[0]
        if " " in word:
            assert term in lookup(index, term)


def test_the_same_words_give_the_same_bytes_and_a_new_word_touches_few_files() -> None:
    words = [words_of("anfang", "mitte", "ende"), words_of("anfang", "schluss")]
    folders = ["001-a", "002-b"]
    before = search.render_index(folders, words)
    assert search.render_index(folders, words) == before
    after = search.render_index(folders, [words[0], words[1] + "neu\n"])
    assert [address for address in after if after[address] != before[address]] == [
        addresses.search_shard(search.shard_of("neu", 16))
    ]


def test_the_index_has_exactly_the_files_of_the_plan() -> None:
    for count in (0, 1, 3, 40, 300):
        index = search.render_index([str(i) for i in range(count)], ["wort\n"] * count)
        assert tuple(index) == shard_addresses(count)


def test_the_file_of_sentences_has_each_with_its_speaker_and_second() -> None:
    words = samples.transcript(
        ("Stimme Eins", "", [["Guten Tag.", "Los."]]), ("Stimme Zwei", "", [["</script> \u2028"]])
    )
    script = search.render_sentences(samples.item(transcript=words, duration_s=9.0))
    entry = json.loads(script.removeprefix('podcastSearch.episode("007-leuchtturm", ').removesuffix(");\n"))
    assert entry["people"] == ["Stimme Eins", "Stimme Zwei"]
    assert [sentence[0] for sentence in entry["sentences"]] == [0, 0, 1]
    assert entry["sentences"][0][1:] == [0, "Guten Tag."]


def test_an_episode_without_transcript_is_found_by_title_summary_and_names() -> None:
    found = search.render_words(samples.item(transcript=None, duration_s=9.0)).split()
    assert {"leuchtturm", "ausschaltet", "stimme", "zwei"} <= set(found)
