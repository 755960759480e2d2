"""TOML files people write → Show and Episode, or every mistake at once in German."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.config import find_episode, load_episode, load_episodes, load_show, slugify
from pipeline.errors import ConfigError, MissingFileError, UsageError
from pipeline.toml_file import line_of

BROKEN = sorted(path.parent.name for path in (Path(__file__).parents[1] / "broken").glob("*/episode.toml"))

EPISODE = """\
number = {number}
slug = "{slug}"
title = "Eine Folge"
summary = "Worum es geht."
guid = "{number}-{slug}"
published = 2026-01-15T06:00:00+01:00
recording = "raw.wav"
[[speakers]]
name = "Klara Klang"
role = "host"
[[chapters]]
start = "1:02.5"
title = "Mitte"
[speech]
model = "turbo"
"""


def add_episode(root: Path, number: int, slug: str, text: str = EPISODE) -> Path:
    home = root / "episodes" / f"{number:03}-{slug}"
    home.mkdir()
    (home / "episode.toml").write_text(text.format(number=number, slug=slug), encoding="utf-8")
    return home


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_is_told_in_german_with_its_place(show_root: Path, case: str) -> None:
    folder = Path(__file__).parents[1] / "broken" / case
    shutil.copytree(folder, show_root / "episodes/001-probe")
    with pytest.raises(ConfigError) as caught:
        load_episode(show_root, "001-probe", load_show(show_root))
    for line in (folder / "expected.txt").read_text(encoding="utf-8").splitlines():
        assert line in str(caught.value)
    assert "Was tun:" in str(caught.value)


def test_the_example_show_loads_and_names_its_placeholders(show_root: Path) -> None:
    show = load_show(show_root)
    assert (show.title, show.language, show.category) == ("digitales MV", "de", "Government")
    assert show.base_url.endswith("/")
    assert {"base_url", "owner.email", "legal.imprint"} <= set(show.placeholders)


def test_mistakes_of_several_files_come_together(show_root: Path) -> None:
    add_episode(show_root, 1, "eins", EPISODE.replace("title = ", "titel = ", 1))
    add_episode(show_root, 2, "zwei", EPISODE.replace("guid = ", "giud = ", 1))
    with pytest.raises(ConfigError, match=r"(?s)^4 Fehler.*001-eins.*002-zwei"):
        load_episodes(show_root, load_show(show_root))


def test_two_episodes_may_not_share_a_guid(show_root: Path) -> None:
    same = EPISODE.replace('guid = "{number}-{slug}"', 'guid = "gleich"')
    add_episode(show_root, 1, "eins", same)
    add_episode(show_root, 2, "zwei", same)
    with pytest.raises(ConfigError, match="guid: steht schon in 001-eins"):
        load_episodes(show_root, load_show(show_root))


def test_an_episode_overrides_the_show_and_speakers_come_from_their_file(show_root: Path) -> None:
    (show_root / "episodes/speakers.toml").write_text(
        '[[speakers]]\nname = "Klara Klang"\norganisation = "Sender"\naliases = ["K. Klang"]\n', encoding="utf-8"
    )
    add_episode(show_root, 1, "eins")
    episode = load_episode(show_root, "001-eins", load_show(show_root))
    assert episode.speech.model == "turbo"
    assert episode.chapters[0].start_s == 62.5
    speaker = episode.speakers[0]
    assert (speaker.organisation, speaker.role, speaker.aliases, speaker.slug) == (
        "Sender",
        "host",
        ("K. Klang",),
        "klara-klang",
    )


def test_one_channel_aims_three_lu_lower(show_root: Path) -> None:
    add_episode(show_root, 1, "eins", EPISODE + "[audio]\nchannels = 1\n")
    episode = load_episode(show_root, "001-eins", load_show(show_root))
    assert episode.audio.target_lufs == -19.0


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("007-breitband", "007-breitband"),
        ("7", "007-breitband"),
        ("007", "007-breitband"),
        ("breitband", "007-breitband"),
        ("2024", "012-2024"),
    ],
)
def test_an_episode_is_found_by_folder_number_and_slug(show_root: Path, key: str, folder: str) -> None:
    add_episode(show_root, 7, "breitband")
    add_episode(show_root, 12, "2024")
    assert find_episode(show_root, key) == folder


def test_an_unknown_or_ambiguous_episode_is_explained(show_root: Path) -> None:
    add_episode(show_root, 7, "breitband")
    with pytest.raises(UsageError, match="Meinten Sie „breitband“"):
        find_episode(show_root, "breitbnad")
    add_episode(show_root, 8, "breitband")
    with pytest.raises(UsageError, match="mehrdeutig: 007-breitband, 008-breitband"):
        find_episode(show_root, "breitband")


def test_a_folder_without_a_show_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="kein Podcast"):
        load_show(tmp_path)


@pytest.mark.parametrize(
    ("text", "slug"), [("Digitale Schule: Übung", "digitale-schule-uebung"), ("NØRD 4.0", "noerd-4-0"), ("…", "")]
)
def test_slugs_fold_umlauts(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_lines_are_found_for_keys_tables_and_arrays_of_tables() -> None:
    source = 'title = "x"\n\n[owner]\nname = "y"\n[[speakers]]\nname = "a"\n[[speakers]]\nname = "b"\n'
    assert line_of(source, ("title",)) == 1
    assert line_of(source, ("owner", "name")) == 4
    assert line_of(source, ("speakers", 1, "name")) == 8
    assert line_of(source, ("speakers", 1, "role")) == 7
    assert line_of(source, ("nowhere",)) is None
