"""A show with two short episodes, and the same show made one episode after the other."""

from __future__ import annotations

import shutil
from pathlib import Path

from probe_show import FOLDER, make_show, snapshot, two_turns, write_wav

FIRST, SECOND = FOLDER, "002-zweite"
ONE_CPU = {"PODCAST_CPUS": "1"}  # words.json names the number of cores, which must not depend on other episodes


def make_two(root: Path) -> Path:
    home = make_show(root, placeholders=False)
    second = root / "episodes" / SECOND
    shutil.copytree(home, second)
    toml = (second / "episode.toml").read_text(encoding="utf-8")
    for old, new in (("number = 1", "number = 2"), ('"probe"', '"zweite"'), ("0000001", "0000002")):
        assert old in toml
        toml = toml.replace(old, new)
    (second / "episode.toml").write_text(toml, encoding="utf-8")
    write_wav(second / "raw.wav", two_turns()[: 22050 * 7])
    return root


def made(root: Path) -> dict[str, str]:
    """Every file with its hash, except the manifests, which record how long each step took."""
    return {name: sha for name, sha in snapshot(root).items() if not name.endswith("manifest.json")}
