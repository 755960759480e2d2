"""Measures what pages, feed and search of a large show cost: full build, nothing to do, search index, one edited word.

    python benchmarks/site.py --episodes 300 --profile

The show is made up (tests/pages/many_episodes.py, which says how its vocabulary grows): released episodes as in a clone
of the repository, so no audio is needed. Each figure is that of the real command in its own process: seconds on the
clock, seconds of processor time including its child processes, and the ratio of that processor time to the floor. The
floor is measured in the same run: reading and parsing every words.json and transcript, and hashing every file of the
site.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "pages"))

from many_episodes import THETA, WORDS_OF_45_MINUTES, D, write_show

from pipeline import addresses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=300)
    parser.add_argument("--words", type=int, default=WORDS_OF_45_MINUTES, help="of an episode (default: 45 minutes)")
    parser.add_argument("--show", type=Path, help="make the show here and keep it (default: a temporary folder)")
    parser.add_argument("--profile", action="store_true", help="say where the time for one edited word goes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.show or Path(folder)
        if not (root / "episodes").exists():
            write_show(root, arguments.episodes, words=arguments.words)
        print(
            f"{arguments.episodes} episodes of {arguments.words} words, {os.cpu_count()} cores, Python "
            f"{platform.python_version()}; vocabulary by a Pitman-Yor process, D = {D}, THETA = {THETA}"
        )
        full = build(root)
        floor_s = floor(root)
        print(f"floor                {floor_s:6.2f} s of processor time; load {os.getloadavg()[0]:.1f}")
        print(f"full build           {figures(full, floor_s)}")
        print(f"nothing to do        {figures(build(root), floor_s)}")
        (root / "feed" / addresses.SEARCH_DIRECTORY).unlink()
        print(f"index of the search  {figures(build(root), floor_s)} (all of it, nothing else)")
        edited = sorted((root / "transcripts").glob("*.txt"))[arguments.episodes // 2]
        print(f"one edited word      {figures(edit(root, edited, 'Neuwortschöpfung'), floor_s)} (new to the show)")
        print(f"one edited word      {figures(edit(root, edited, 'Stimme'), floor_s)} (known to the episode)")
        print(sizes(root))
        if arguments.profile:
            replace_first_word(edited, "Neuestwortschöpfung")
            profile = (sys.executable, "-m", "cProfile", "-s", "cumulative", "-m", "pipeline")
            shown = subprocess.run(
                [*profile, "--root", root, "episode", "1"], capture_output=True, text=True, check=False
            )
            print("\n".join(shown.stdout.splitlines()[:70]))


def build(root: Path) -> tuple[float, float]:
    """Seconds on the clock and of processor time for feed, pages and search, with the command that builds all of
    them."""
    began, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "pipeline", "--root", root, "episode", "1"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used_s = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, used_s


def floor(root: Path) -> float:
    """Seconds of processor time for the work that every build needs."""
    began = time.process_time()
    for path in (root / "episodes").glob("*/words.json"):
        json.loads(path.read_bytes())
    for path in (root / "transcripts").glob("*.txt"):
        path.read_text(encoding="utf-8").split()
    for path in (root / "feed").rglob("*"):
        if path.is_file():
            hashlib.sha256(path.read_bytes())
    return time.process_time() - began


def figures(seconds: tuple[float, float], floor_s: float) -> str:
    wall_s, used_s = seconds
    return f"{wall_s:6.1f} s, processor {used_s:5.1f} s = {used_s / floor_s:5.2f} floors"


def edit(root: Path, transcript: Path, word: str) -> tuple[float, float]:
    replace_first_word(transcript, word)
    return build(root)


def replace_first_word(transcript: Path, word: str) -> None:
    lines = transcript.read_text(encoding="utf-8").split("\n")
    lines[1] = " ".join([word, *lines[1].split(" ")[1:]])
    transcript.write_text("\n".join(lines), encoding="utf-8", newline="\n")


def sizes(root: Path) -> str:
    """The gzipped sizes of the files that a search loads."""

    def packed(pattern: str) -> list[int]:
        return sorted(len(gzip.compress(path.read_bytes())) for path in (root / "feed").glob(pattern))

    shards, sentences, directory = (
        packed("suche/[0-9]*.js"),
        packed("folgen/*/suche.js"),
        packed("suche/verzeichnis.js"),
    )
    return (
        f"search, gzipped: directory {directory[0]} B; {len(shards)} shards, median {statistics.median(shards):.0f} B, "
        f"largest {shards[-1]} B, all {sum(shards)} B; sentences of an episode at most {sentences[-1]} B"
    )


if __name__ == "__main__":
    main()
