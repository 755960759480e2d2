"""The example episode as shipped: heard well enough and split correctly, by the demo without a network, and by OpenAI's
`base` if PODCAST_WEIGHTS names what XDG_CACHE_HOME was when it was fetched."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from probe_show import PROJECT, nowhere, podcast
from rapidfuzz.distance import Levenshtein

TRUTH = json.loads((PROJECT / "tests/demo/example_truth.json").read_text(encoding="utf-8"))["turns"]
KEPT = Path(os.environ.get("PODCAST_WEIGHTS", "/nowhere")) / "whisper" / "base.pt"

kept = pytest.mark.skipif(not KEPT.is_file(), reason="needs PODCAST_WEIGHTS, where OpenAI's base was fetched to")


def example_show(root: Path) -> Path:
    (root / "transcripts").mkdir(parents=True)
    made = shutil.ignore_patterns("work", ".work", "words.json", "draft.txt", "release.json")
    shutil.copytree(PROJECT / "episodes", root / "episodes", ignore=made)
    return root


def turns_of(root: Path) -> list[tuple[str, str]]:
    """The draft of the example as (name, text) of every turn."""
    blocks = (root / "transcripts/000-beispiel.txt").read_text(encoding="utf-8").strip().split("\n\n")
    turns: list[tuple[str, str]] = []
    for block in blocks:
        first, _, rest = block.partition("\n")
        if first.endswith(":"):
            turns.append((first.removesuffix(":").partition(" [")[0], rest))
        else:
            turns[-1] = (turns[-1][0], f"{turns[-1][1]} {block}")
    return turns


def words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text.casefold()).split()


def word_errors(turns: list[tuple[str, str]]) -> float:
    said = words(" ".join(turn["text"] for turn in TRUTH))
    heard = words(" ".join(text for _, text in turns))
    return Levenshtein.distance(said, heard) / len(said)


@pytest.fixture(scope="module")
def by_demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The example, made without any source that answers, and the output of the run."""
    root = example_show(tmp_path_factory.mktemp("example") / "show")
    ended = podcast(root, "episode", "0", env=nowhere(tmp_path_factory.mktemp("cache")))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return root, ended.stdout


def test_without_a_network_the_demo_hears_it_and_run_and_page_say_so(by_demo: tuple[Path, str]) -> None:
    root, said = by_demo
    assert "Keine Quelle für das Whisper-Modell „base“ antwortet" in said
    assert "Demo-Modell" in said
    heard = json.loads((root / "episodes/000-beispiel/words.json").read_text(encoding="utf-8"))
    assert heard["provenance"]["demo"] is True
    page = next(root.glob("*/folgen/000-beispiel/index.html")).read_text(encoding="utf-8")
    assert "Demo:" in page
    assert "Whisper-Modell „base“" not in page


def test_the_demos_draft_has_at_most_eight_per_cent_wrong_words(by_demo: tuple[Path, str]) -> None:
    assert word_errors(turns_of(by_demo[0])) <= 0.08


def test_the_demos_draft_is_split_as_it_was_spoken(by_demo: tuple[Path, str]) -> None:
    assert [name for name, _ in turns_of(by_demo[0])] == [turn["speaker"] for turn in TRUTH]


@kept
def test_base_hears_it_with_at_most_ten_per_cent_wrong_words_and_says_which_model_it_was(tmp_path: Path) -> None:
    root = example_show(tmp_path / "show")
    ended = podcast(root, "episode", "0", env=with_base(tmp_path / "cache"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Demo" not in ended.stdout
    turns = turns_of(root)
    assert word_errors(turns) <= 0.10
    assert [name for name, _ in turns] == [turn["speaker"] for turn in TRUTH]
    page = next(root.glob("*/folgen/000-beispiel/index.html")).read_text(encoding="utf-8")
    assert "Whisper-Modell „base“" in page
    assert "Demo" not in page


@kept
def test_corrections_of_the_demos_draft_stay_when_base_hears_the_example(
    by_demo: tuple[Path, str], tmp_path: Path
) -> None:
    root = shutil.copytree(by_demo[0], tmp_path / "show")
    transcript = root / "transcripts/000-beispiel.txt"
    corrected = transcript.read_text(encoding="utf-8").replace("Computer", "Rechner", 1)
    transcript.write_text(corrected, encoding="utf-8")
    ended = podcast(root, "split", "0", env=with_base(tmp_path / "cache"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    heard = json.loads((root / "episodes/000-beispiel/words.json").read_text(encoding="utf-8"))
    assert (heard["provenance"]["model"], heard["provenance"]["demo"]) == ("base", False)
    assert transcript.read_text(encoding="utf-8") == corrected


def with_base(cache: Path) -> dict[str, str]:
    """An environment whose cache contains OpenAI's base and in which nothing else can be reached."""
    (cache / "whisper").mkdir(parents=True)
    (cache / "whisper" / "base.pt").symlink_to(KEPT)
    return nowhere(cache)


def test_the_example_is_small_and_says_that_it_is_synthetic() -> None:
    raw = PROJECT / "episodes/000-beispiel/raw.flac"
    assert raw.stat().st_size <= 3_000_000
    assert "synthetisch" in " ".join(turn["text"] for turn in TRUTH)
    assert "example = true" in (Path(raw).parent / "episode.toml").read_text(encoding="utf-8")
