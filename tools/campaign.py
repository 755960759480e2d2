"""Tries for some minutes to make the program lose something: kills, full disks, verbs side by side, damaged files.

`.venv/bin/python tools/campaign.py MINUTES [--seed N]` works on a small show of its own in a temporary
folder. It prints figures at the end, and stops with exit code 1 at the first loss or traceback, with what led to it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # called as a script, it is to find its own package

from tools.trials import command, damage, kills, show
from tools.trials.together import together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=1, help="repeats the same trials in the same order")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        sys.exit(campaign(Path(folder), minutes=arguments.minutes, seed=arguments.seed))


def campaign(folder: Path, *, minutes: float, seed: int, base: Path | None = None) -> int:
    """Run trials of every kind in turn, at least one of each; returns the exit code. `base` is a show that
    `show.prepare` made."""
    command.warm_up()
    base = base or show.make(folder / "base")
    plans = [kills.undisturbed(base, folder / "plan", verb) for verb in kills.VERBS]
    chance = random.Random(seed)
    cases = list(damage.all_cases())
    chance.shuffle(cases)
    tried: Counter[str] = Counter()
    until = time.monotonic() + 60 * minutes
    for number in count():
        if number and time.monotonic() > until:
            break
        plan, case = plans[number % len(plans)], cases[number % len(cases)]
        for kind, trial in (
            ("kills", partial(kills.killed, base, folder / "trial", plan, chance)),
            ("damaged files", partial(_damaged, base, folder / "trial", case)),
            ("full disks", partial(kills.on_a_full_disk, base, folder / "disk", plan, chance)),
            ("verbs side by side", partial(together, base, folder / "trial", chance)),
        ):
            wrong = trial()
            if wrong is None:
                continue  # not possible on this machine
            tried[kind] += 1
            if wrong:
                print(f"LOST in trial {tried[kind]} of {kind} (seed {seed}): {wrong}")
                return 1
    print("\n".join(f"{trials:>7} {kind}" for kind, trials in tried.items()))
    print("nothing lost, no traceback")
    return 0


def _damaged(base: Path, home: Path, case: damage.Case) -> str:
    try:
        wrong = damage.complaint(show.copy(base, home), case)
    except (IsADirectoryError, NotADirectoryError):  # a kind that this path cannot have
        return ""
    return f"{case}: {wrong}" if wrong else ""


if __name__ == "__main__":
    main()
