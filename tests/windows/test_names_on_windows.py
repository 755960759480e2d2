"""Names that exist on every system: devices of Windows, and names that differ in case or in the way of umlauts."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.editor.new import create_episode
from pipeline.errors import ConfigError
from pipeline.german.slug import slugify
from pipeline.paths import ShowPaths, is_reserved, same_file
from pipeline.show.config import load_episodes, load_show
from pipeline.show.folders import FOLDER

DEVICES = ["CON", "prn", "Aux", "nul", "COM1", "lpt9", "com²"]
PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [*DEVICES, "nul.txt", "CON .json"])
def test_devices_are_no_names_of_files(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["007-con", "console", "com", "com10", "auxiliar.txt"])
def test_other_names_are(name: str) -> None:
    assert not is_reserved(name)


@pytest.mark.parametrize(("text", "slug"), [("Aux", "aux-1"), ("C. O. N.", "c-o-n"), ("NUL ...", "nul-1")])
def test_a_title_or_a_person_called_like_a_device_gets_another_folder(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.one_of(st.text(), st.sampled_from(DEVICES).map(lambda name: f" {name}. ")))
def test_every_slug_is_a_name_on_windows(text: str) -> None:
    slug = slugify(text)
    assert slug == "" or FOLDER.match(slug)
    assert not is_reserved(slug)
    assert not re.search(r"[. ]$", slug)


@given(st.one_of(st.text(), st.sampled_from(DEVICES)))
def test_every_voice_has_a_name_on_windows(name: str) -> None:
    file = ShowPaths(Path()).voice(name.encode("utf-8", "replace").decode("utf-8")).name
    assert not is_reserved(file)
    assert not re.search(r'[<>:"/\\|?*]|[. ]$', file)


@pytest.fixture
def show(tmp_path: Path) -> Path:
    (tmp_path / "episodes").mkdir()
    text = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8")
    (tmp_path / "episodes/show.toml").write_text(text, encoding="utf-8")
    return tmp_path


def refusal(root: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_episodes(root, load_show(root))
    return str(caught.value)


def test_a_slug_that_people_gave_is_refused_if_it_is_a_device(show: Path) -> None:
    toml = create_episode(show, "7", "Probe") / "episode.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[[speakers]]", '[[speakers]]\nslug = "nul"', 1), encoding="utf-8")
    assert "„nul“ hält Windows für ein Gerät" in refusal(show)


def test_a_folder_without_a_number_is_refused_if_it_is_a_device(show: Path) -> None:
    home = create_episode(show, "7", "Probe").rename(show / "episodes/con")
    text = (home / "episode.toml").read_text(encoding="utf-8").replace("number = 7\n", "")
    (home / "episode.toml").write_text(re.sub("slug = .*", 'slug = "con"', text, count=1), encoding="utf-8")
    assert "„con“ hält Windows für ein Gerät" in refusal(show)


@pytest.mark.parametrize("other", ["Übersicht.JPG", unicodedata.normalize("NFD", "Übersicht.jpg")])
def test_two_pictures_that_are_one_file_on_windows_are_refused(show: Path, other: str) -> None:
    toml = create_episode(show, "7", "Probe") / "episode.toml"
    chapters = "".join(
        f'\n[[chapters]]\nstart = "00:00:0{place}"\ntitle = "Kapitel"\nimage = "{folder}/{name}"\n'
        for place, (folder, name) in enumerate((("a", "Übersicht.jpg"), ("b", other)))
    )
    toml.write_text(toml.read_text(encoding="utf-8") + chapters, encoding="utf-8")
    assert "ein anderes Bild heißt auch" in refusal(show)


def test_names_of_one_file_are_recognised_in_every_case_and_form() -> None:
    assert same_file("Grüße.PNG") == same_file(unicodedata.normalize("NFD", "GRÜSSE.png"))
    assert same_file("a.png") != same_file("b.png")


def test_a_second_episode_cannot_have_a_slug_that_differs_only_in_case(show: Path) -> None:
    create_episode(show, "7", "Digitale Schule")
    with pytest.raises(Exception, match="gibt es schon"):
        create_episode(show, "8", "DIGITALE SCHULE")
