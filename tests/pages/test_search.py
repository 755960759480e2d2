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
from pipeline.site import search, words
from pipeline.site.files import search_files, shard_addresses, static_files
from pipeline.site.frame import Frame
from pipeline.site.pages import render_search_page
from pipeline.values.show import Theme

ROOMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
EPISODES = 300
FIRST_RESULT_BYTES, ANY_QUERY_BYTES = 80_000, 150_000
PLACES = "!#$%&'()*+,./:;<=>?@[]^{"
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
        ("NØRD, Æbeltoft und Łódź", "noerd aebeltoft und lodz"),
        ("MitarbeiterInnen, Bürger/-innen, Gäste/innen", "mitarbeiterinnen buergerinnen gaesteinnen"),
        ("ein/aus, 1:1, a/b", "ein aus 1 1 a b"),
        ("„…“ – ", ""),
    ],
)
def test_words_are_compared_without_umlauts_accents_and_signs(text: str, folded: str) -> None:
    assert words.fold(text) == folded


@pytest.mark.parametrize(
    ("text", "plain"), [("Brücke", "brucke"), ("NØRD", "nord"), ("Æbeltoft", "abeltoft"), ("GRÖẞE", "grosse")]
)
def test_umlauts_are_compared_as_one_letter_too(text: str, plain: str) -> None:
    assert words.fold(text, plain=True) == plain


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = words.fold(text)
    assert words.fold(once) == once


@given(st.text())
def test_both_forms_of_a_text_have_the_same_words(text: str) -> None:
    assert len(words.fold(text).split()) == len(words.fold(text, plain=True).split()) == len(words.bare(text).split())


def words_of(*found: str) -> str:
    return "".join(f"{word}\n" for word in sorted(found))


def index_of(*episodes: str) -> dict[str, str]:
    """The index of episodes with these results of `render_words`."""
    items = [samples.item(transcript=None, duration_s=9.0, folder=f"{n:03}-x") for n in range(len(episodes))]
    return dict(search.render_index(items, episodes))


def lookup(index: dict[str, str], term: str) -> dict[str, list[int]]:
    """Return word → episodes from the one file that a browser loads for the term, as static/suche.js does it."""
    directory = json.loads(body(index[addresses.SEARCH_DIRECTORY]))
    common = set(directory["common"].split())
    ends = ((a, b) for a in range(len(term) - 2) for b in range(a + 3, len(term) + 1))
    key = next((term[a:b] for a, b in ends if term[a:b] not in common), f"={term}")
    rows = json.loads(body(index[addresses.search_shard(search.shard_of(key, directory["shards"]))]))
    found = (row.split(" ") for row in rows.split("\n") if row)
    return {
        word: sorted(number for part in steps if part for number in numbers(part.lstrip(PLACES)))
        for word, *steps in found
        if any(
            spelled == term if key[0] == "=" else term in spelled
            for spelled in (words.spell(word), words.spell(word, plain=True))
        )
    }


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
    index = index_of(words_of("wirtschaftsministerium", "brücke"), words_of("landwirtschaft", "wirt"))
    assert lookup(index, "wirtschaft") == {"wirtschaftsministerium": [0], "landwirtschaft": [1]}
    assert lookup(index, words.fold("Brücke")) == lookup(index, "brucke") == {"brücke": [0]}
    assert lookup(index, "ministerium") == {"wirtschaftsministerium": [0]}


def test_words_of_two_letters_are_found_as_whole_words() -> None:
    index = index_of(words_of("mv", "ki", "kiste"))
    assert lookup(index, "ki") == {"ki": [0]}


def test_a_word_with_an_umlaut_is_found_without_it_but_not_the_other_way_round() -> None:
    index = index_of(words_of("förderung"), words_of("forderung"))
    assert lookup(index, "forderung") == {"förderung": [0], "forderung": [1]}
    assert lookup(index, words.fold("Förderung")) == {"förderung": [0]}


def test_where_a_word_stands_is_said_beside_it() -> None:
    said = samples.transcript(("Stimme Eins", "", [["Netz Hafen.", "Netz Hafen.", "Netz Nebel."]]))
    item = samples.item(
        transcript=said, duration_s=9.0, title="Hafen", summary="Nebel.", topics=("Kai",), speakers=samples.SPEAKERS[:1]
    )
    title, topic, summary, once, often = 1, 2, 4, 8, 16
    places = dict(line.partition(" ")[::2] for line in search.render_words(item).splitlines())
    assert places == {
        "hafen": PLACES[title + once],
        "kai": PLACES[topic],
        "nebel": PLACES[summary + once],
        "netz": PLACES[often],
        "stimme": PLACES[summary],
        "eins": PLACES[summary],
    }
    assert (
        dict(
            line.partition(" ")[::2]
            for line in search.render_words(
                samples.item(
                    transcript=samples.transcript(("A", "", [["Wind weht."]])),
                    duration_s=9.0,
                    title="T",
                    summary="S",
                    speakers=(),
                )
            ).splitlines()
        )["wind"]
        == ""
    )


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Die Industrie 4.0 kommt.", {"industrie+4", "4+0", "0+kommt"}),
        ("Für IT-Sicherheit sorgen.", {"it+sicherheit"}),
        ("Bis zum 31. Mai.", {"zum+31", "31+mai"}),
        ("Alle Bürger*innen fragen.", set()),
        ("Ein Haus am Meer.", set()),
    ],
)
def test_words_that_a_sign_or_a_number_joins_are_found_together(text: str, pairs: set[str]) -> None:
    item = samples.item(
        transcript=samples.transcript(("A", "", [[text]])), duration_s=9.0, title="T", summary="S", speakers=()
    )
    found = search.render_words(item)
    assert {key for key in found.split() if "+" in key[1:]} == pairs
    for pair in pairs:
        assert lookup_pair(index_of("", found), pair) == [1]


def lookup_pair(index: dict[str, str], pair: str) -> list[int]:
    count = json.loads(body(index[addresses.SEARCH_DIRECTORY]))["shards"]
    rows = json.loads(body(index[addresses.search_shard(search.shard_of(f"={pair}", count))])).split("\n")
    (row,) = (row for row in rows if row.startswith(f"{pair} "))
    return [number for part in row.split(" ")[1:] for number in numbers(part.lstrip(PLACES))]


@given(
    st.lists(
        st.frozensets(st.text("abcü0", min_size=1, max_size=9).map(words.bare).filter(bool), max_size=30),
        min_size=1,
        max_size=200,
    )
)
def test_every_word_is_found_in_every_episode_that_contains_it(episodes: list[frozenset[str]]) -> None:
    index = index_of(*(words_of(*found) for found in episodes))
    for word in frozenset().union(*episodes):
        for typed in (words.fold(word), words.fold(word, plain=True)):
            if len(typed) > 1:
                assert lookup(index, typed)[word] == [i for i, found in enumerate(episodes) if word in found]


@cache
def large_show() -> tuple[dict[str, str], list[str]]:
    """The index of 300 episodes, and the sentences of the last ten."""
    made = [
        samples.item(transcript=transcript, duration_s=2700.0, folder=f"{number:03}-eine-folge-ueber-dinge")
        for number, transcript in enumerate(many_episodes.transcripts(EPISODES), start=1)
    ]
    index = search.render_index(made, list(map(search.render_words, made)))
    return dict(index), [search.render_sentences(item) for item in made[-10:]]


def packed(content: str | bytes) -> int:
    return len(gzip.compress(content.encode() if isinstance(content, str) else content))


def test_300_episodes_stay_within_the_budgets() -> None:
    index, sentences = large_show()
    html = render_search_page(Frame(show=samples.show()))
    others = {addresses.SCRIPT, addresses.LISTEN_SCRIPT, addresses.EPISODE_SCRIPT}
    others |= {addresses.PLAYER_SCRIPT, addresses.PLAYER_STYLE}
    assert not any(address.rpartition("/")[2] in html for address in others)
    files = {**static_files(Theme()), **search_files()}
    page = sum(packed(content) for address, content in files.items() if address not in others)
    page += packed(html) + packed(index[addresses.SEARCH_DIRECTORY])
    shard = max(packed(text) for address, text in index.items() if address != addresses.SEARCH_DIRECTORY)
    episode = max(map(packed, sentences))
    assert page + shard + episode <= FIRST_RESULT_BYTES
    assert page + LOOKUPS * shard + SENTENCES * episode <= ANY_QUERY_BYTES


def test_common_letters_in_a_large_show_still_find_every_word() -> None:
    index, _ = large_show()
    common = json.loads(body(index[addresses.SEARCH_DIRECTORY]))["common"].split()
    assert "sch" in common
    for word in ("schaft", *list(json.loads(body(index[addresses.search_shard(0)])).split("\n"))[:200]):
        key = word.split(" ")[0]
        if " " in word:
            assert key in lookup(index, words.spell(key))


def test_the_same_words_give_the_same_bytes_and_a_new_word_touches_few_files() -> None:
    found = [words_of("anfang", "mitte", "ende"), words_of("anfang", "schluss")]
    before = index_of(*found)
    assert index_of(*found) == before
    after = index_of(found[0], found[1] + "neu\n")
    assert [address for address in after if after[address] != before[address]] == [
        addresses.search_shard(search.shard_of("neu", 16))
    ]


def test_the_index_has_exactly_the_files_of_the_plan() -> None:
    for count in (0, 1, 3, 40, 300):
        assert tuple(index_of(*["wort\n"] * count)) == shard_addresses(count)


def test_the_file_of_sentences_has_each_with_its_speaker_and_second() -> None:
    said = samples.transcript(
        ("Stimme Eins", "", [["Guten Tag.", "Los."]]), ("Stimme Zwei", "", [["</script> \u2028"]])
    )
    script = search.render_sentences(samples.item(transcript=said, duration_s=9.0))
    entry = json.loads(script.removeprefix('podcastSearch.episode("007-leuchtturm", ').removesuffix(");\n"))
    assert entry["people"] == ["Stimme Eins", "Stimme Zwei"]
    assert entry["turns"] == [[0, 0, "Guten Tag.", 1, "Los."], [1, 0, "</script>"]]


def test_the_directory_has_numbers_people_and_topics() -> None:
    item = samples.item(transcript=None, duration_s=9.0, topics=("Am Meer",), speakers=samples.SPEAKERS[:1])
    directory = json.loads(body(search.render_index([item], [""])[addresses.SEARCH_DIRECTORY]))
    assert directory["episodes"] == [["007-leuchtturm", "Der Leuchtturm im Netz", "Folge\xa07"]]
    assert directory["people"] == [["stimme-eins", "Stimme Eins"]]
    assert directory["topics"] == [["am-meer", "Am Meer"]]


def test_an_episode_without_transcript_is_found_by_title_summary_and_names() -> None:
    found = search.render_words(samples.item(transcript=None, duration_s=9.0)).split()
    assert {"leuchtturm", "ausschaltet", "stimme", "zwei"} <= set(found)
