"""A show with one episode as people write it, without sound."""

from __future__ import annotations

import shutil
from pathlib import Path

PROJECT = Path(__file__).parents[2]
FOLDER = "001-probe"
HEAD = """\
number = 1
slug = "probe"
title = "Probe"
summary = "Eine Probe."
guid = "0b8e2b0c-7d0b-4a7e-9d62-000000000001"
draft = true
recording = "raw.wav"
"""


def make_show(root: Path, speakers: str) -> Path:
    """Make the show in `root`; `speakers` is the rest of its episode.toml. There is no transcript."""
    home = root / "episodes" / FOLDER
    home.mkdir(parents=True)
    (root / "transcripts").mkdir()
    shutil.copy(PROJECT / "episodes/show.toml", root / "episodes/show.toml")
    (home / "episode.toml").write_text(f"{HEAD}{speakers}", encoding="utf-8")
    return root
