"""The example episode as shipped: heard well enough, split rightly, its chapters where its words are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from probe_show import PROJECT, podcast
from rapidfuzz.distance import Levenshtein

TRUTH = json.loads((PROJECT / "tests/demo/example_truth.json").read_text(encoding="utf-8"))["turns"]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """The draft of the example as (name, text) of every turn."""
    root = tmp_path_factory.mktemp("example")
    (root / "transcripts").mkdir()
    made = shutil.ignore_patterns("work", ".work", "words.json", "draft.txt", "release.json")
    shutil.copytree(PROJECT / "episodes", root / "episodes", ignore=made)
    ended = podcast(root, "split", "0")
    assert ended.returncode == 0, ended.stdout + ended.stderr
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


def test_the_draft_has_at_most_eight_per_cent_wrong_words(draft: list[tuple[str, str]]) -> None:
    said = words(" ".join(turn["text"] for turn in TRUTH))
    heard = words(" ".join(text for _, text in draft))
    assert Levenshtein.distance(said, heard) / len(said) <= 0.08


def test_the_draft_is_split_as_it_was_spoken(draft: list[tuple[str, str]]) -> None:
    assert [name for name, _ in draft] == [turn["speaker"] for turn in TRUTH]


def test_the_example_is_small_and_says_that_it_is_synthetic() -> None:
    raw = PROJECT / "episodes/000-beispiel/raw.flac"
    assert raw.stat().st_size < 4_000_000
    assert "synthetisch" in " ".join(turn["text"] for turn in TRUTH)
    assert "example = true" in (Path(raw).parent / "episode.toml").read_text(encoding="utf-8")
