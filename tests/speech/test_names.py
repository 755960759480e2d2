"""Names of the show: where they may have been said, and where they are believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import word

from pipeline.speech.names import NameCandidate, Names, chosen, is_open, merit, named, versions
from pipeline.values.speech import Word

SHOW = Names(["Wagrain", "Jewgeni Kisseljow", "Gütschow", " ", "Wagrain"])


def place(
    first: int, count: int, name: str = "Wagrain", distance: float = 0.1, probability: float = 0.5
) -> NameCandidate:
    return NameCandidate(first=first, count=count, text=name, distance=distance, probability=probability)


def unsure(text: str, probability: float = 0.5) -> list[Word]:
    return [word(part, number, number + 1, probability) for number, part in enumerate(text.split())]


@pytest.mark.parametrize(
    ("heard", "nearest"),
    [
        ("Wir sind in wag rein.", ("wag rein.", "Wagrain")),
        ("Wir sind in Wahgrein, heute.", ("Wahgrein,", "Wagrain")),
        ("Das sagt Frau Gütscho.", ("Gütscho.", "Gütschow")),
        ("Mit Jefgeni Kisseljof gesprochen.", ("Jefgeni Kisseljof", "Jewgeni Kisseljow")),
        ("Das sagt Kieseljoff.", ("Kieseljoff.", "Kisseljow")),
        ("Das war Jeff Genie, Kieseljoff.", ("Jeff Genie, Kieseljoff.", "Jewgeni Kisseljow")),
    ],
)
def test_what_sounds_or_looks_like_a_name_is_found(heard: str, nearest: tuple[str, str]) -> None:
    found = {(" ".join(heard.split()[one.first : one.end]), one.text) for one in SHOW.near(unsure(heard))}
    assert nearest in found


@pytest.mark.parametrize("heard", ["Wir sind in Wagrain.", "Das ist eine gute Frage.", "", "– …"])
def test_a_correct_name_and_text_far_from_every_name_are_not_found(heard: str) -> None:
    assert not any(found.distance < 0.2 for found in SHOW.near(unsure(heard)))


def test_no_name_spans_the_end_of_a_sentence() -> None:
    assert not [found for found in SHOW.near(unsure("wag. Rein")) if found.count > 1]


def test_a_show_without_names_looks_for_none() -> None:
    assert not Names([])
    assert not Names([" ", "–"])
    assert Names(["–", "Wagrain"]).near(unsure("Wagrein"))
    assert Names([]).near(unsure("Wagrein")) == []


def test_words_that_touch_a_correct_name_are_not_another_name() -> None:
    assert Names(["Philipp Holzmann", "Holtmann"]).near(unsure("bei Philipp Holzmann war")) == []


def test_what_the_model_was_sure_of_must_be_very_near() -> None:
    assert Names(["Wagrain"]).near(unsure("Wagreit", 0.5))
    assert not Names(["Wagrain"]).near(unsure("Wagreit", 0.95))
    assert Names(["Gütschow"]).near(unsure("Gutschow", 0.95))


def test_a_name_keeps_the_punctuation_and_the_genitive_of_what_was_heard() -> None:
    words = ["in", "„wag", "rein“,", "heute"]
    assert versions(words, place(1, 2)) == ("in „wag rein“, heute", "in „Wagrain“, heute")
    assert versions(["Gutschows", "Haus"], place(0, 1, "Gütschow")) == ("Gutschows Haus", "Gütschows Haus")
    assert versions(["Gleis", "Haus"], place(0, 1, "Kreiß")) == ("Gleis Haus", "Kreiß Haus")


def test_only_the_words_around_a_place_are_weighed() -> None:
    words = [f"w{number}" for number in range(30)]
    heard, with_name = versions(words, place(20, 1))
    assert heard.split() == words[12:25]
    assert with_name.split() == [*words[12:20], "Wagrain", *words[21:25]]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (place(0, 1, "Ahrenshoop"), place(0, 1, "Unna")),  # more letters that are alike
        (place(0, 1, distance=0.1), place(0, 1, distance=0.2)),
        (place(0, 1, probability=0.5), place(0, 1, probability=0.8)),
    ],
)
def test_the_more_speaks_for_a_name_the_less_the_model_must_agree(better: NameCandidate, worse: NameCandidate) -> None:
    assert merit(better, -5.0) > merit(worse, -5.0)
    assert merit(better, -5.0) == pytest.approx(merit(better, 0.0) - 5.0)


def test_the_credit_for_a_long_name_is_limited() -> None:
    names = ("Mecklenburg-Vorpommern", "Mecklenburg-Vorpommern und Schleswig-Holstein")
    assert len({merit(place(0, 1, name, 0.0), 0.0) for name in names}) == 1


def test_a_name_that_is_improbable_in_itself_needs_less_evidence() -> None:
    strange, common = place(0, 1, "Kisseljow"), place(0, 1, "Kisselhof")
    assert merit(strange, -15.0, in_silence=-20.0) > 0 > merit(common, -15.0, in_silence=5.0)
    assert is_open(strange, -15.0)
    assert not is_open(strange, -90.0)
    assert not is_open(place(0, 1, distance=0.0), 0.0)


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("Festtage", "Festtag"),
        ("Wohnen", "wohne"),
        ("Peters", "Peter"),
        ("Digitalverbund", "im Namen des Digitalverbunds"),  # its genitive protects the words around it as well
        ("Mecklenburg-Vorpommern", "in ganz Mecklenburg-Vorpommerns Schulen"),
        ("Schröder", "der Bürgermeister Schröders"),
        ("Digitales MV", "von Digitales MVs Team"),
        ("Mecklenburg-Vorpommern", "die mecklenburg-vorpommersche Landesregierung"),
        ("Digitalverbund", "der Digitalverbund-Chef"),
    ],
)
def test_other_forms_of_a_name_stay_unchanged(name: str, heard: str) -> None:
    assert Names([name]).near(unsure(heard)) == []


def test_a_correct_name_protects_only_itself() -> None:
    (place, *_) = Names(["Unken", "Ellmau"]).near(unsure("Unken und Elmau"))
    assert (place.first, place.count, place.text) == (2, 1, "Ellmau")


def test_a_title_with_a_full_stop_belongs_to_the_name() -> None:
    words = unsure("mit Dr. Anna Schmitt.")
    place, *_ = Names(["Dr. Anna Schmidt"]).near(words)
    texts, _ = named(words, [place])
    assert " ".join(one.text for one in texts) == "mit Dr. Anna Schmidt."


def test_the_genitive_is_written_only_if_it_was_heard() -> None:
    assert versions(["etwas", "Digitales"], place(1, 1, "Digitales MV"))[1] == "etwas Digitales MV"
    assert versions(["Brucknerz", "Werk"], place(0, 1, "Bruckner"))[1] == "Bruckners Werk"


def test_the_better_of_two_touching_places_is_believed() -> None:
    places = [place(0, 2), place(1, 1), place(3, 1)]
    assert chosen(places, [1.0, 2.0, 0.5]) == [places[1], places[2]]
    assert chosen(places, [1.0, -2.0, 0.0]) == [places[0]]


def test_a_name_of_several_words_divides_the_time_and_takes_the_lowest_probability() -> None:
    heard = [word("mit", 0, 1), word("Jefgeni", 1, 2, 0.3), word("Kissel", 2, 3, 0.6), word("Joff.", 3, 4)]
    words, (made,) = named(heard, [place(1, 3, "Jewgeni Kisseljow")])
    assert [one.text for one in words] == ["mit", "Jewgeni", "Kisseljow."]
    assert {one.probability for one in words[1:]} == {0.3}
    assert (words[1].start_s, words[2].end_s) == (1, 4)
    assert 1 < words[1].end_s == words[2].start_s < 4
    assert (made.heard, made.written, made.start_s, made.end_s) == ("Jefgeni Kissel Joff.", "Jewgeni Kisseljow.", 1, 4)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3), st.floats(-10, 10)), max_size=8))
def test_believed_places_never_touch_and_the_other_words_stay(drawn: list[tuple[int, int, float]]) -> None:
    places = [place(first, count, distance=0.01 * number) for number, (first, count, _) in enumerate(drawn)]
    believed = chosen(places, [gain for *_, gain in drawn])
    assert not any(one.touches(other) for one in believed for other in believed if one is not other)
    heard = [word(f"w{number}", number, number + 1) for number in range(13)]
    words, made = named(heard, believed)
    covered = {index for one in believed for index in range(one.first, one.first + one.count)}
    assert [one for one in words if one.text != "Wagrain"] == [
        one for index, one in enumerate(heard) if index not in covered
    ]
    assert [one.start_s for one in made] == sorted(float(one.first) for one in believed)
