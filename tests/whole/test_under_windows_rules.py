"""Verbs under Windows' rules for files, as far as Linux can hold them: nothing that is open is moved or deleted, and no
name or path is one that Windows refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from probe_show import PROJECT
from under_windows_rules import OFFICE, breach, same_on_windows

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="sees in /proc which files are open")
RULES = Path(__file__).with_name("under_windows_rules.py")
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def run(root: Path, *verbs: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RULES), str(root), *" -- ".join(verbs).split(" ")]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PODCAST_CPUS": "2"}
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=PROJECT, env=environment, check=False)


def test_an_episode_is_made_published_and_withdrawn_without_breaking_a_rule(show: Path) -> None:
    for made in ("feed", "episodes/.work", "work/manifest.json", "work/encoded.mp3"):
        path = (show / "episodes/001-probe" if made.startswith("work") else show) / made
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (show / "ziel").mkdir()
    with (show / "episodes/show.toml").open("a", encoding="utf-8") as file:
        file.write('\n[publish]\ntarget = "ziel"\n')
    ended = run(
        show,
        "episode 1",
        "check",
        "release 1 --yes",
        "publish --yes",
        "withdraw 1 --reason Irrtum",
        "publish --yes",
        "withdraw 1 --undo",
        f"new 999 --title {LONG}",
        "new 8 --title Aux",
        "transcript format 1",
        "speaker rename Sina_Silbe Aux --yes".replace("_", "\u00a0"),
        "pages",
        "status",
    )
    assert "RULE" not in ended.stderr
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (show / "feed/personen/aux-1/index.html").exists()
    assert (show / "ziel/feed.xml").exists()
    assert same_on_windows(show) == []


def test_the_rules_see_what_breaks_them(tmp_path: Path) -> None:
    root = str(tmp_path)
    file = tmp_path / "folder/a.txt"
    file.parent.mkdir()
    with file.open("w", encoding="utf-8"):
        assert breach("os.remove", (str(file), -1), root) == (32, "folder/a.txt")
        assert breach("os.rename", (str(file.parent), str(tmp_path / "b"), -1, -1), root) == (32, "folder")
    assert breach("os.remove", (str(file), -1), root) is None
    for name in ("con", "Aux.txt", "com1", "a.", "b ", "was?"):
        assert breach("open", (f"{root}/folder/{name}", "w", 0), root) == (123, f"folder/{name}")
    fits = 259 - len(OFFICE) - 1
    assert breach("open", (f"{root}/{'a' * fits}", "w", 0), root) is None
    assert breach("open", (f"{root}/{'a' * (fits + 1)}", "w", 0), root) is not None
    (tmp_path / "A.txt").touch()
    (tmp_path / "a.txt").touch()
    assert len(same_on_windows(tmp_path)) == 1
