"""speakers.toml: people known by several names, and every mistake with its line."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.german.slug import slugify
from pipeline.show.config import load_episode, load_registry, load_show
from pipeline.transcript.editorial import parse
from pipeline.values.show import Episode

REGISTRY = """\
[[speakers]]
name = "Klara Klang"
aliases = ["K. Klang", "Klara Alt"]
organisation = "Sender"
role = "host"
url = "https://klang.example/"

[[speakers]]
name = "Tom Takt"
organisation = "Testwerk"
"""

EPISODE = """\
number = 1
slug = "eins"
title = "Eine Folge"
summary = "Worum es geht."
guid = "1-eins"
draft = true
recording = "raw.wav"
"""


def show_with(root: Path, registry: str, *speakers: str) -> Path:
    (root / "episodes/speakers.toml").write_text(registry, encoding="utf-8")
    home = root / "episodes/001-eins"
    home.mkdir()
    tables = "".join(f"[[speakers]]\n{speaker}\n" for speaker in speakers)
    (home / "episode.toml").write_text(EPISODE + tables, encoding="utf-8")
    return root


def load(root: Path) -> Episode:
    return load_episode(root, "001-eins", load_show(root))


def test_an_episode_names_a_person_and_the_registry_adds_the_rest(show_root: Path) -> None:
    klara, tom = load(
        show_with(show_root, REGISTRY, 'name = "Klara Klang"', 'name = "Tom Takt"\norganisation = ""')
    ).speakers
    assert (klara.role, klara.organisation, klara.slug, klara.url) == (
        "host",
        "Sender",
        "klara-klang",
        "https://klang.example/",
    )
    assert (tom.organisation, tom.role) == ("", "guest")


def test_an_organisation_given_in_an_episode_wins(show_root: Path) -> None:
    (klara,) = load(show_with(show_root, REGISTRY, 'name = "Klara Klang"\norganisation = "Anderswo"')).speakers
    assert klara.organisation == "Anderswo"


def test_an_alias_in_an_episode_is_shown_and_means_the_registered_person(show_root: Path) -> None:
    (klara,) = load(show_with(show_root, REGISTRY, 'name = "Klara Alt"')).speakers
    assert (klara.name, klara.slug, klara.organisation) == ("Klara Alt", "klara-klang", "Sender")
    assert klara.aliases == ("Klara Klang", "K. Klang")


def test_every_name_of_a_registered_person_is_a_label(show_root: Path) -> None:
    episode = load(show_with(show_root, REGISTRY, 'name = "Klara Klang"', 'name = "Tom Takt"'))
    manuscript = parse("K. Klang:\nHallo.\n\nTom Takt:\nGuten Tag.\n\nKlara Alt:\nJa.\n", speakers=episode.speakers)
    assert [turn.speaker for turn in manuscript.turns] == ["K. Klang", "Tom Takt", "Klara Alt"]
    assert manuscript.findings == ()


@pytest.mark.parametrize("written", ["klara klang", "Klara  Klang", unicodedata.normalize("NFD", "Ärmel Übung")])
def test_a_name_is_known_in_any_spelling_that_looks_the_same(show_root: Path, written: str) -> None:
    registry = REGISTRY + '[[speakers]]\nname = "Ärmel Übung"\norganisation = "Sender"\n'
    (speaker,) = load(show_with(show_root, registry, f'name = "{written}"')).speakers
    assert speaker.organisation == "Sender"
    assert unicodedata.is_normalized("NFC", speaker.name)


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ('[[speakers]]\nname = "klara Klang"\n', "toml:13: speakers[3].name: „klara Klang“ steht schon bei „Klara"),
        (
            '[[speakers]]\nname = "K. Klang"\nslug = "k"\n',
            "toml:13: speakers[3].name: „K. Klang“ steht schon bei „Klara",
        ),
        (
            '[[speakers]]\nname = "Neu"\naliases = ["Tom Takt"]\n',
            "toml:14: speakers[3].aliases: „Tom Takt“ steht schon bei „Tom Takt“",
        ),
        (
            '[[speakers]]\nname = "Tom Tàkt"\n',
            "toml:13: speakers[3].name: die Adresse „tom-takt“ hat schon „Tom Takt“",
        ),
        ('[[speakers]]\nname = "Neu"\nslug = "klara-klang"\n', "toml:14: speakers[3].slug: die Adresse „kl"),
        ('[[speakers]]\nname = "Ω"\n', "toml:13: speakers[3].name: aus „Ω“ wird keine Adresse"),
        (
            '[[speakers]]\nname = "Neu"\nalias = ["N."]\n',
            "alias: diesen Schlüssel gibt es hier nicht. Meinten Sie „aliases“?",
        ),
        ('[[speakers]]\nname = "Neu"\norganisation = "A [B]"\n', "eckige Klammern"),
        ('[[speakers]]\nname = "Neu"\nrole = "gast"\n', "Meinten Sie „guest“?"),
    ],
)
def test_mistakes_in_the_registry_are_reported_with_their_line(show_root: Path, added: str, expected: str) -> None:
    show_with(show_root, REGISTRY + "\n" + added, 'name = "Tom Takt"')
    with pytest.raises(ConfigError) as caught:
        load_registry(show_root)
    assert expected in str(caught.value)
    with pytest.raises(ConfigError):
        load(show_root)


def test_one_person_under_two_names_in_one_episode_is_a_mistake(show_root: Path) -> None:
    show_with(show_root, REGISTRY, 'name = "Klara Klang"', 'name = "K. Klang"')
    with pytest.raises(ConfigError, match=r"001-eins/episode.toml:11: .*„Klara Klang“ und „K. Klang“.*eine Person"):
        load(show_root)


def test_the_people_of_the_registry_are_listed_in_its_order(show_root: Path) -> None:
    assert load_registry(show_root) == ()
    show_with(show_root, REGISTRY)
    assert [speaker.name for speaker in load_registry(show_root)] == ["Klara Klang", "Tom Takt"]


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Zoë François", "zoe-francois"), (unicodedata.normalize("NFD", "Ülo Größe"), "uelo-groesse"), ("Łucja", "lucja")],
)
def test_slugs_drop_accents(text: str, slug: str) -> None:
    assert slugify(text) == slug
