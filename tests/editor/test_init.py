"""A new show is whole, valid and readable, and nothing that exists is overwritten."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli.main import cli
from pipeline.editor.init import create_show
from pipeline.editor.new_show_files import shades
from pipeline.errors import UsageError
from pipeline.show.config import load_episodes, load_show
from pipeline.site.theme import check_contrast
from pipeline.tags.cover import check_cover
from pipeline.values.new_show import NewShow
from pipeline.values.show import Palette, Theme

PROJECT = Path(__file__).parents[2]


def init(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--root", str(folder), "init", *arguments])


def test_a_show_has_all_that_people_need_and_loads(tmp_path: Path) -> None:
    create_show(tmp_path / "neu", NewShow(title="Küstenfunk"), example=True)
    names = {path.relative_to(tmp_path / "neu").as_posix() for path in (tmp_path / "neu").rglob("*") if path.is_file()}
    assert names == {
        ".github/workflows/publish.yml",
        ".gitignore",
        ".gitlab-ci.yml",
        "Makefile",
        "README.md",
        "episodes/000-beispiel/episode.toml",
        "episodes/000-beispiel/raw.flac",
        "episodes/000-beispiel/shownotes.md",
        "episodes/cover.jpg",
        "episodes/glossary.toml",
        "episodes/show.toml",
        "episodes/speakers.toml",
        "feed/.gitignore",
        "transcripts/README.md",
    }
    show = load_show(tmp_path / "neu")
    assert (show.title, show.glossary.words) == ("Küstenfunk", ("Küstenfunk",))
    assert [episode.example for episode in load_episodes(tmp_path / "neu", show)] == [True]
    assert check_cover(tmp_path / "neu/episodes/cover.jpg").width_px == 3000


def test_nothing_of_the_project_is_said_in_the_name_of_another_show(tmp_path: Path) -> None:
    create_show(tmp_path / "neu", NewShow(title="Küstenfunk"))
    toml = tomllib.loads((tmp_path / "neu/episodes/show.toml").read_text(encoding="utf-8"))
    assert "digitales" not in json.dumps(toml, ensure_ascii=False).casefold()
    assert "Mecklenburg" not in json.dumps(toml, ensure_ascii=False)


def test_answers_reach_the_settings_and_placeholders_lose_their_comments(tmp_path: Path) -> None:
    address = "https://www.example.org/x"
    answers = dict.fromkeys(("imprint", "privacy", "accessibility", "report_barrier"), address)
    answers |= {"author": "Amt", "description": "Worum.", "email": "podcast@example.org", "website": f"{address}/"}
    create_show(tmp_path / "neu", NewShow(title="Küstenfunk", colour="#ffcc00", target="../netz", **answers))
    show = load_show(tmp_path / "neu")
    assert (show.author, show.owner.email, show.base_url) == ("Amt", "podcast@example.org", f"{address}/")
    assert (show.description, show.copyright, show.placeholders) == ("Worum.", "Amt", ())
    assert show.legal.privacy == address
    assert show.publish is not None
    assert show.publish.target == "../netz"
    assert show.theme.dark.accent == "#ffcc00"
    check_contrast(show.theme, where=tmp_path)
    text = (tmp_path / "neu/episodes/show.toml").read_text(encoding="utf-8")
    assert text.count("Platzhalter") == 1  # in the head, which explains them


def test_what_is_not_answered_stays_a_placeholder_that_stops_a_release(tmp_path: Path) -> None:
    create_show(tmp_path / "neu", NewShow(title="Küstenfunk"))
    assert len(load_show(tmp_path / "neu").placeholders) == 6


@settings(max_examples=25)
@given(colour=st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_every_colour_has_shades_that_can_be_read(colour: str) -> None:
    light, dark = shades(colour)
    check_contrast(Theme(light=Palette(accent=light), dark=Palette(accent=dark)), where=PROJECT)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert shades("#0a5876")[0] == "#0a5876"
    assert shades("#8fd0e8")[1] == "#8fd0e8"


@pytest.mark.parametrize("what", ["file in it", "file", "link"])
def test_nothing_that_exists_is_overwritten(tmp_path: Path, what: str) -> None:
    home = tmp_path / "neu"
    if what == "file in it":
        home.mkdir()
        (home / ".versteckt").write_text("x", encoding="utf-8")
    elif what == "file":
        home.write_text("x", encoding="utf-8")
    else:
        home.symlink_to(tmp_path / "nirgends")
    before = {path.name: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(UsageError, match="Dort ist schon etwas"):
        create_show(home, NewShow(title="Küstenfunk"))
    assert {path.name: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "neu").mkdir()
    create_show(tmp_path / "neu", NewShow(title="Küstenfunk"))
    assert load_show(tmp_path / "neu").title == "Küstenfunk"
    assert [path.name for path in tmp_path.iterdir()] == ["neu"]


def test_a_show_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise UsageError("voll", advice="")

    monkeypatch.setattr("pipeline.editor.init.load_show", full)
    with pytest.raises(UsageError):
        create_show(tmp_path / "neu", NewShow(title="Küstenfunk"))
    assert not list(tmp_path.iterdir())


def test_the_verb_makes_a_folder_of_the_shows_name_beside_another_show(tmp_path: Path) -> None:
    assert init(tmp_path, "Küstenfunk & Co.").exit_code == 0
    assert load_show(tmp_path / "kuestenfunk-co").title == "Küstenfunk & Co."
    ended = init(tmp_path / "kuestenfunk-co", "Zweite Welle", "--example")
    assert "podcast episode 0" in ended.output
    assert load_show(tmp_path / "zweite-welle").title == "Zweite Welle"


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--colour", "rot", "eine Farbe mit sechs Ziffern"),
        ("--email", "redaktion", "eine E-Mail-Adresse"),
        ("--website", "www.example.org", "beginnt"),
        ("--target", "https://www.example.org", "dorthin kann man nicht hochladen"),
    ],
)
def test_an_impossible_answer_is_refused_in_german(tmp_path: Path, option: str, text: str, told: str) -> None:
    ended = init(tmp_path, "Küstenfunk", option, text)
    assert (ended.exit_code, told in ended.output) == (2, True), ended.output
    assert not list(tmp_path.iterdir())


def test_people_at_a_terminal_are_asked_until_the_answer_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.cli.init.somebody_is_there", lambda: True)
    said = ["Amt", "", "redaktion", "podcast@example.org", *[""] * (len(fields(NewShow)) - 4)]
    arguments = ["--root", str(tmp_path), "init", "Küstenfunk"]
    ended = CliRunner().invoke(cli, arguments, input="\n".join(said) + "\n")
    assert ended.exit_code == 0, ended.output
    assert "So geht es nicht: eine E-Mail-Adresse" in ended.output
    show = load_show(tmp_path / "kuestenfunk")
    assert (show.author, show.owner.email) == ("Amt", "podcast@example.org")
    assert "auszufüllen" in ended.output


def test_a_title_with_signs_that_the_cover_lacks_is_told(tmp_path: Path) -> None:
    assert "Auf dem Cover fehlen Zeichen (Я)" in init(tmp_path, "Яn der Küste").output


def test_the_files_for_ci_call_verbs_that_exist(tmp_path: Path) -> None:
    create_show(tmp_path / "neu", NewShow(title="Küstenfunk"))
    gitlab = yaml.safe_load((tmp_path / "neu/.gitlab-ci.yml").read_text(encoding="utf-8"))
    github = yaml.safe_load((tmp_path / "neu/.github/workflows/publish.yml").read_text(encoding="utf-8"))
    steps = [step.get("run", "") for step in github["jobs"]["publish"]["steps"]]
    for lines in (gitlab["publish"]["script"], steps):
        verbs = [line.split()[1] for line in lines if line.startswith("podcast ")]
        assert verbs == ["check", "publish"]
        assert set(verbs) <= set(cli.commands)
    assert {"if": '$CI_PIPELINE_SOURCE == "schedule"'} in gitlab["publish"]["rules"]
    assert {"push", "schedule"} <= set(github[True])  # YAML 1.1 reads the key `on` as true
