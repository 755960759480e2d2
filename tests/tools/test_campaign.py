"""The campaign itself: a very short run of it, and that it notices a loss."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tools.trials import command, damage, kills, show

PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the trials fork")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    command.warm_up()
    return show.make(tmp_path_factory.mktemp("campaign") / "base")


def test_a_killed_verb_is_compared_with_an_undisturbed_one(base: Path, tmp_path: Path) -> None:
    plan = kills.undisturbed(base, tmp_path / "plan", ("transcript", "format", show.COMING))
    assert plan.operations > 5
    for seed in range(4):
        assert kills.killed(base, tmp_path / "trial", plan, random.Random(seed)) == ""


def test_the_campaign_notices_what_is_lost(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = damage.Case(path="episodes/glossary.toml", kind="missing", verb=("status",))
    assert damage.complaint(show.copy(base, tmp_path / "trial"), case) == ""
    plan = kills.undisturbed(base, tmp_path / "plan", ("transcript", "format", show.COMING))
    spoiled = kills.Undisturbed(verb=plan.verb, operations=plan.operations, after={**plan.after, "show/weg.txt": "0"})
    assert "other than undisturbed: show/weg.txt" in kills.killed(base, tmp_path / "trial", spoiled, random.Random(1))

    def losing(root: Path, *_: str) -> command.Ended:
        (root / "transcripts" / f"{show.COMING}.txt").unlink()
        return command.Ended(code=0, said="")

    monkeypatch.setattr(damage, "podcast", losing)
    assert "gone: transcripts/" in damage.complaint(show.copy(base, tmp_path / "trial"), case)


def test_the_campaign_is_called_with_its_minutes() -> None:
    command_line = [sys.executable, "tools/campaign.py", "--help"]
    ended = subprocess.run(command_line, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "minutes" in ended.stdout
