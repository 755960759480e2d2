"""What the template of an episode leaves open is asked for before Whisper works, and at the latest before a release."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from probe_show import FOLDER, podcast

from pipeline.editor import template
from pipeline.editor.new import create_episode

LEFT = {
    "name": ('name = "Tom Takt"', f'name = "{template.GUEST}"', "Die Person heißt noch „Gast“."),
    "example name": ('name = "Tom Takt"', 'name = "Vorname Nachname"', "Die Person heißt noch „Vorname Nachname“."),
    "organisation": ('"Testwerk"', f'"{template.ORGANISATION}"', "Die Organisation heißt noch „Organisation“."),
    "summary": (
        "Zwei synthetische Stimmen sagen guten Tag.",
        template.SUMMARY,
        "summary ist noch der Satz der Vorlage.",
    ),
}


@pytest.mark.parametrize("kind", LEFT)
@pytest.mark.parametrize("verb", ["episode", "transcribe"])
def test_nothing_is_heard_while_the_template_is_still_there(fresh_show: Path, kind: str, verb: str) -> None:
    path = fresh_show / "episodes" / FOLDER / "episode.toml"
    good, left, told = LEFT[kind]
    source = path.read_text(encoding="utf-8").replace(good, left)
    path.write_text(source, encoding="utf-8")
    line = source[: source.index(left)].count("\n") + 1
    stopped = podcast(fresh_show, verb, "1")
    assert stopped.returncode == 3
    assert f"episodes/{FOLDER}/episode.toml:{line}: {told}" in stopped.stderr
    assert f"podcast set {FOLDER}" in stopped.stderr
    assert not (fresh_show / "episodes" / FOLDER / "work/timeline.json").exists()


def test_a_new_episode_is_asked_for_all_of_it_at_once(fresh_show: Path) -> None:
    create_episode(fresh_show, "7", "Neu")
    stopped = podcast(fresh_show, "episode", "7")
    found = [line.partition(": ")[2] for line in stopped.stderr.splitlines() if "episode.toml:" in line]
    assert found == [
        "summary ist noch der Satz der Vorlage.",
        "Die Person heißt noch „Moderation“.",
        "Die Person heißt noch „Gast“.",
    ]
    people = ("--speakers", "Klara Klang, Tom Takt", "--summary", "Zwei reden.", "--yes")
    assert podcast(fresh_show, "set", "7", *people, stdin=subprocess.DEVNULL).returncode == 0
    assert "Vorlage" not in podcast(fresh_show, "episode", "7").stderr  # now the recording is missing


def test_an_episode_that_was_heard_before_is_not_released_with_the_template(show: Path) -> None:
    home = show / "episodes" / FOLDER
    toml = (home / "episode.toml").read_text(encoding="utf-8")
    (home / "episode.toml").write_text(toml.replace(*LEFT["summary"][:2]), encoding="utf-8")
    (home / "shownotes.md").write_text(f"{template.SHOWNOTES}\n", encoding="utf-8")
    refused = podcast(show, "release", "1")
    assert refused.returncode == 8
    assert "summary ist noch der Satz der Vorlage." in refused.stderr
    assert "In shownotes.md steht noch die Vorlage." in refused.stderr
    assert not (home / "release.json").exists()
