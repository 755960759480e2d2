"""Releases, withdrawals, uploads and new folders that are killed at any file: the same call again does the rest."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
import pytest
from killed import kill_before, operations
from probe_show import FOLDER, podcast, snapshot, two_turns, write_wav
from several_episodes import FIRST, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills by signal")

RELEASE = f"episodes/{FOLDER}/release.json"
PROMISE = f"os.rename {RELEASE}"
CHANCES = 2  # kills at random places, for each verb


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def results(root: Path) -> dict[str, str]:
    """What subscribers get and were promised: feed/, the target, and every promise."""
    everything = snapshot(root.parent)
    kept = ("show/feed/", "web/")
    return {
        name: sha
        for name, sha in everything.items()
        if name.startswith(kept) or name.endswith(("/release.json", "d.json"))
    }


def with_a_correction(root: Path) -> None:
    """Leave work for every part of a release: text, audio, pages and feed."""
    append(root / f"transcripts/{FOLDER}.txt", "\nNoch ein Satz.\n")
    append(root / "episodes/show.toml", '\n[publish]\ntarget = "../web"\n')


def with_another_recording(root: Path) -> None:
    write_wav(root / f"episodes/{FOLDER}/raw.wav", two_turns()[: 22050 * 8])


def as_it_is(root: Path) -> None:
    pass


def after_the_promise(done: list[str]) -> int:
    return next(place for place, name in enumerate(done, start=1) if name == PROMISE) + 1


@pytest.mark.parametrize(
    ("start", "change", "arguments"),
    [
        ("produced_once", with_a_correction, ("release", "1")),
        ("produced_once", with_a_correction, ("publish",)),
        ("released_once", as_it_is, ("withdraw", "1", "--reason", "Auf Wunsch.")),
        ("released_once", with_another_recording, ("release", "1", "--new-audio")),
    ],
    ids=["release", "publish", "withdraw", "new audio"],
)
def test_a_promise_that_was_killed_is_kept_or_made_by_the_same_call(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    start: str,
    change: Callable[[Path], None],
    arguments: tuple[str, ...],
) -> None:
    def fresh(name: str) -> Path:
        root = tmp_path / name / "show"
        shutil.copytree(request.getfixturevalue(start), root)
        change(root)
        return root

    undisturbed = fresh("undisturbed")
    done = operations(undisturbed, tmp_path / "log", *arguments)
    promised = after_the_promise(done)
    seed = random.SystemRandom().randrange(10_000)
    print(f"kill seed {seed}")  # noqa: T201  a failure must show its seed
    chance = random.Random(seed)
    numbers = chance.sample([place for place in range(1, len(done) - 5) if place != promised], CHANCES)
    for place in (PROMISE, promised, *numbers):
        root = fresh(str(place).replace("/", "-"))
        kill_before(place, root, *arguments)
        again = podcast(root, *arguments)
        assert again.returncode == 0, again.stdout + again.stderr
        assert results(root) == results(undisturbed), f"killed before {place}"
        assert not (root / f"episodes/{FOLDER}/work/new-audio").exists()


def test_a_withdrawal_that_was_taken_back_and_killed_is_finished(released: Path, tmp_path: Path) -> None:
    feed = snapshot(released / "feed")
    assert podcast(released, "withdraw", "1", "--reason", "Auf Wunsch.").returncode == 0
    kill_before("os.rename feed/feed.xml", released, "withdraw", "1", "--undo")
    assert json.loads((released / RELEASE).read_text(encoding="utf-8"))["withdrawn"] is None
    ended = podcast(released, "withdraw", "1", "--undo")
    assert ended.returncode == 0, ended.stderr
    assert snapshot(released / "feed") == feed


@pytest.mark.parametrize("arguments", [("release", "1"), ("publish",)], ids=["release", "publish"])
def test_a_fault_in_another_episode_stops_a_release_before_the_promise(
    two_made: Path, arguments: tuple[str, ...]
) -> None:
    assert podcast(two_made, "release", "2").returncode == 0
    with_a_correction(two_made)
    transcript = two_made / f"transcripts/{SECOND}.txt"
    text = transcript.read_bytes()
    transcript.unlink()
    stopped = podcast(two_made, *arguments)
    assert stopped.returncode == 4, stopped.stderr
    assert not (two_made / f"episodes/{FIRST}/release.json").exists()
    assert not (two_made.parent / "web").exists()
    transcript.write_bytes(text)
    assert podcast(two_made, *arguments).returncode == 0
    assert (two_made / f"episodes/{FIRST}/release.json").exists()
    assert "Noch ein Satz." in (two_made / f"feed/folgen/{FIRST}/transkript.txt").read_text(encoding="utf-8")


def test_an_episode_whose_own_transcript_is_gone_can_be_withdrawn(released: Path) -> None:
    (released / f"transcripts/{FOLDER}.txt").unlink()
    ended = podcast(released, "withdraw", "1", "--reason", "Auf Wunsch.")
    assert ended.returncode == 0, ended.stderr
    assert feedparser.parse((released / "feed/feed.xml").read_bytes()).entries == []


def test_subtitles_of_a_killed_new_recording_are_not_published_with_the_old_one(released: Path) -> None:
    folder = f"feed/folgen/{FOLDER}"
    before = snapshot(released / folder)
    with_another_recording(released)
    kill_before(PROMISE, released, "release", "1", "--new-audio")
    ended = podcast(released, "feed")
    assert ended.returncode == 0, ended.stderr
    assert f"`podcast release {FOLDER} --new-audio` noch einmal" in " ".join(ended.stdout.split())
    assert podcast(released, "pages").returncode == 0
    assert snapshot(released / folder) == before


def test_a_new_folder_appears_whole_and_the_same_call_after_a_kill_makes_it(fresh_show: Path, tmp_path: Path) -> None:
    arguments = ("new", "5", "--title", "Neue Folge")
    home = "episodes/005-neue-folge"
    trial = tmp_path / "trial" / "show"
    shutil.copytree(fresh_show, trial)
    done = operations(trial, tmp_path / "log", *arguments)
    files = sorted(path.name for path in (trial / home).iterdir())
    for place in range(1, len(done) + 1):
        root = tmp_path / str(place) / "show"
        shutil.copytree(fresh_show, root)
        kill_before(place, root, *arguments)
        assert not (root / home).exists() or sorted(path.name for path in (root / home).iterdir()) == files
        again = podcast(root, *arguments)
        assert again.returncode == 0, f"{place}: {again.stderr}"
        assert sorted(path.name for path in (root / home).iterdir()) == files
        assert not (root / "episodes/.work/new").exists()


def test_a_folder_that_an_earlier_version_left_half_made_is_completed(fresh_show: Path, tmp_path: Path) -> None:
    made = tmp_path / "made" / "show"
    shutil.copytree(fresh_show, made)
    assert podcast(made, "new", "5", "--title", "Neue Folge").returncode == 0
    home = fresh_show / "episodes/005-neue-folge"
    home.mkdir()
    shutil.copy(made / "episodes/005-neue-folge/shownotes.md", home)
    (home / ".episode.toml.4711.neu").write_text("number", encoding="utf-8")
    assert podcast(fresh_show, "new", "5", "--title", "Neue Folge").returncode == 0
    assert sorted(path.name for path in home.iterdir()) == ["episode.toml", "shownotes.md"]


@pytest.mark.parametrize(("name", "text"), [("episode.toml", "# mein Satz\n"), ("shownotes.md", "Mein Satz.\n")])
def test_a_new_folder_that_somebody_has_written_in_blocks_the_same_call(fresh_show: Path, name: str, text: str) -> None:
    assert podcast(fresh_show, "new", "5", "--title", "Neue Folge").returncode == 0
    path = fresh_show / "episodes/005-neue-folge" / name
    append(path, text)
    before = snapshot(fresh_show / "episodes")
    refused = podcast(fresh_show, "new", "5", "--title", "Neue Folge")
    assert (refused.returncode, "Die Nummer 5 ist vergeben" in refused.stderr) == (2, True)
    assert snapshot(fresh_show / "episodes") == before
