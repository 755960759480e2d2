"""What a command costs before it does anything: `--help`, `status`, and an episode of which nothing has changed.

    python benchmarks/startup.py
    python benchmarks/startup.py --show . --episode 0

Processor time (user and system) of the real command in a process of its own, and how many times that of
`python -c 'import click'` it is. All run in turn, again and again, so that a busy machine slows them alike; the median
and the least are told.
Without a show, one with a single released episode is made up, as in a clone of the repository: it needs no audio.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "pages"))

from many_episodes import write_show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROJECT = Path(__file__).parents[1]
UNIT = "import click"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=Path, help="a show whose episode is made (default: a made-up one)")
    parser.add_argument("--episode", default="1")
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.show or Path(folder)
        if arguments.show is None:
            write_show(root, 1)
        podcast = [sys.executable, "-m", "pipeline", "--root", str(root.resolve())]
        commands = {
            UNIT: [sys.executable, "-c", UNIT],
            "--help": [*podcast[:3], "--help"],
            "status": [*podcast, "status", arguments.episode],
            "episode": [*podcast, "episode", arguments.episode],
        }
        seconds(commands["episode"])  # what it has to do is done here
        found = measured(commands, runs=arguments.runs)
    print(f"{arguments.runs} runs, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    median_s, least_s = statistics.median(found[UNIT]), min(found[UNIT])
    for name, times in found.items():
        print(
            f"{name:<14} median {1000 * statistics.median(times):4.0f} ms = {statistics.median(times) / median_s:5.2f} "
            f"times, least {1000 * min(times):4.0f} ms = {min(times) / least_s:5.2f} times"
        )


def measured(commands: Mapping[str, Sequence[str]], *, runs: int) -> dict[str, list[float]]:
    """Seconds of processor time for each command and run."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(seconds(command))
    return found


def seconds(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=PROJECT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
