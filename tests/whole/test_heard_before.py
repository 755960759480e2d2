"""What an older version heard stays; an episode is heard again only on request, and no corrections are lost."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from older_show import HEARD_NOW, HEARD_THEN, as_the_older_version_left_it
from probe_show import FOLDER, podcast, snapshot

OLDER = f"mit einer älteren Fassung gehört; das bleibt so. Neu hören: podcast transcribe {FOLDER} --again"
HEARS = re.compile(r"✓ Sprache erkennen ")
LISTENS = ("✓ Sprache erkennen", "✓ Stimmen trennen", "✓ Entwurf nach Stimmen")


def home_of(root: Path) -> Path:
    return root / "episodes" / FOLDER


def transcript_of(root: Path) -> Path:
    return root / f"transcripts/{FOLDER}.txt"


def correct(root: Path) -> bytes:
    text = transcript_of(root).read_text(encoding="utf-8")
    transcript_of(root).write_text(text.replace(HEARD_THEN, "beisammen"), encoding="utf-8")
    return transcript_of(root).read_bytes()


def run(root: Path, *arguments: str) -> str:
    ended = podcast(root, *arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def poison_finished_windows(root: Path) -> None:
    """Make it look as if an earlier run heard a word that nobody says."""
    files = list((home_of(root) / "work/chunks").rglob("*.json"))
    assert files
    for file in files:
        file.write_text(file.read_text(encoding="utf-8").replace(HEARD_NOW, "vergiftet"), encoding="utf-8")


@pytest.fixture(scope="session")
def older_once(produced_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = shutil.copytree(produced_once, tmp_path_factory.mktemp("older") / "show")
    as_the_older_version_left_it(root)
    return root


@pytest.fixture
def older(older_once: Path, tmp_path: Path) -> Path:
    """A show folder of the older version with an untouched draft."""
    return shutil.copytree(older_once, tmp_path / "show")


@pytest.fixture
def older_released(released: Path) -> Path:
    as_the_older_version_left_it(released)
    return released


@pytest.mark.parametrize("corrected", [False, True], ids=["untouched draft", "corrected transcript"])
def test_an_update_hears_no_episode_again_and_says_so_once(older: Path, corrected: bool) -> None:
    if corrected:
        correct(older)
    files = [home_of(older) / name for name in ("words.json", "draft.txt", "work/speakers.json")]
    before = [path.read_bytes() for path in (*files, transcript_of(older))]
    first = run(older, "episode", "1")
    assert OLDER in first
    assert not [line for line in LISTENS if line in first]
    assert [path.read_bytes() for path in (*files, transcript_of(older))] == before
    assert "älteren Fassung" not in run(older, "episode", "1")
    assert OLDER in run(older, "transcribe", "1")  # on request, the answer is never just "unverändert"
    shown = run(older, "status", "1")
    assert OLDER in shown
    assert len(re.findall(r"unverändert, mit einer älteren Fassung gemacht", shown)) == 2


def test_making_all_episodes_hears_none_of_them_again_either(older: Path) -> None:
    made = run(older, "episode", "--all")
    assert OLDER in made
    assert not [line for line in LISTENS if line.removeprefix("✓ ") in made]


def test_a_clone_without_its_work_folder_keeps_what_was_heard(older: Path) -> None:
    heard = (home_of(older) / "words.json").read_bytes()
    shutil.rmtree(home_of(older) / "work")
    told = run(older, "transcribe", "1")
    assert "✓ Sprache erkennen" not in told
    assert OLDER in told
    assert (home_of(older) / "words.json").read_bytes() == heard


def test_a_new_recording_is_heard_by_the_current_version(older: Path) -> None:
    recording = home_of(older) / "raw.wav"
    recording.write_bytes(recording.read_bytes()[:-22050])
    shown = run(older, "status", "1")
    assert re.search(r"→ transcribe .* wartet auf: assemble", shown)
    assert OLDER not in shown


def test_a_released_episode_is_neither_heard_again_nor_remarked_on(older_released: Path) -> None:
    told = run(older_released, "episode", "1") + run(older_released, "status", "1")
    assert "älteren Fassung" not in told
    assert "AGAIN" not in told
    assert not [line for line in LISTENS if line in told]


@pytest.mark.parametrize("verb", ["transcribe", "speakers"])
def test_a_released_episode_is_not_heard_again_even_on_request(older_released: Path, verb: str) -> None:
    before = snapshot(older_released)
    refused = podcast(older_released, verb, "1", "--again")
    assert refused.returncode == 8
    assert f"{FOLDER} ist veröffentlicht, eingefroren: sie wird nicht noch einmal gehört." in refused.stderr
    assert snapshot(older_released) == before


def test_on_request_an_episode_is_heard_again_and_an_untouched_draft_is_updated(older: Path) -> None:
    told = run(older, "transcribe", "1", "--again")
    assert "auf Wunsch noch einmal" in told
    assert HEARS.search(told)
    assert f"Der neue Entwurf liegt in episodes/{FOLDER}/draft.txt." in told
    for path in (transcript_of(older), home_of(older) / "draft.txt", home_of(older) / "words.json"):
        text = path.read_text(encoding="utf-8")
        assert HEARD_NOW in text
        assert HEARD_THEN not in text
    shown = run(older, "status", "1")
    assert re.search(r"= transcribe .* unverändert$", shown, re.MULTILINE)
    assert OLDER not in shown


def test_on_request_after_corrections_the_new_draft_is_put_beside_them(older: Path) -> None:
    corrected = correct(older)
    told = run(older, "transcribe", "1", "--again")
    assert transcript_of(older).read_bytes() == corrected
    assert f"transcripts/{FOLDER}.txt ist von Hand bearbeitet und bleibt, wie es ist." in told
    assert f"Der neue Entwurf liegt in episodes/{FOLDER}/draft.txt." in told
    assert HEARD_NOW in (home_of(older) / "draft.txt").read_text(encoding="utf-8")
    run(older, "episode", "1")
    assert transcript_of(older).read_bytes() == corrected


def test_on_request_an_episode_is_heard_again_even_if_every_window_is_finished(show: Path) -> None:
    poison_finished_windows(show)
    told = run(show, "transcribe", "1", "--again")
    assert HEARS.search(told)
    assert f"Der Entwurf sagt dasselbe wie vorher: episodes/{FOLDER}/draft.txt" in told
    assert "vergiftet" not in (home_of(show) / "words.json").read_text(encoding="utf-8")
    assert not (home_of(show) / "work/chunks").exists()  # and no later run can use what was heard before


def test_an_interrupted_request_to_hear_again_continues_where_it_stopped(show: Path) -> None:
    poison_finished_windows(show)
    (windows,) = (home_of(show) / "work/chunks").iterdir()
    windows.rename(windows.with_name(f"again-{windows.name}"))
    run(show, "transcribe", "1", "--again")
    assert "vergiftet" in (home_of(show) / "words.json").read_text(encoding="utf-8")
    run(show, "transcribe", "1", "--again")
    assert "vergiftet" not in (home_of(show) / "words.json").read_text(encoding="utf-8")


def test_voices_are_separated_again_on_request(older: Path) -> None:
    told = run(older, "speakers", "1", "--again")
    assert "✓ Stimmen trennen" in told
    assert "✓ Sprache erkennen" not in told
    shown = run(older, "status", "1")
    assert re.search(r"= speakers .* unverändert$", shown, re.MULTILINE)


def test_finished_windows_count_only_for_the_names_that_they_were_heard_with(show: Path) -> None:
    poison_finished_windows(show)
    words = home_of(show) / "words.json"
    words.unlink()
    run(show, "transcribe", "1")
    assert "vergiftet" in words.read_text(encoding="utf-8")
    (show / "episodes/glossary.toml").write_text('words = ["Kuratorium"]\n', encoding="utf-8")
    words.unlink()
    run(show, "transcribe", "1")
    assert "vergiftet" not in words.read_text(encoding="utf-8")


def test_names_added_later_are_reported_once_while_the_draft_is_untouched(show: Path) -> None:
    heard_with(show, ["Tom Takt", "Testwerk", "Sina Silbe", "Wortlabor"])
    assert "Gehört ohne" not in run(show, "transcribe", "1")
    (show / "episodes/glossary.toml").write_text('words = ["Kuratorium", "Rahmenplan"]\n', encoding="utf-8")
    again = f"podcast transcribe {FOLDER} --again"
    told = f"Gehört ohne: Kuratorium, Rahmenplan. Wer neu hören lassen will: {again}"
    assert told in run(show, "split", "1")
    assert "Gehört ohne" not in run(show, "split", "1")
    assert told in run(show, "status", "1")


def heard_with(root: Path, names: list[str]) -> None:
    """Write the names into words.json: the demo model takes no names."""
    words = home_of(root) / "words.json"
    data = json.loads(words.read_text(encoding="utf-8")) | {"vocabulary": names}
    words.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(home_of(root) / "work")
