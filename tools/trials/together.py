"""Runs two verbs at the same time while somebody edits: every edit stays, and the show can be built afterwards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tools.trials.command import podcast, start, wait
from tools.trials.kills import VERBS
from tools.trials.show import COMING, RELEASED, copy

if TYPE_CHECKING:
    import random
    from pathlib import Path

_EDITS = 6


def together(base: Path, home: Path, chance: random.Random) -> str:
    """Two verbs and some edits at random moments; returns what is wrong, "" if nothing is."""
    root = copy(base, home)
    verbs = [chance.choice(VERBS), chance.choice(VERBS)]
    what = " beside ".join(f"podcast {' '.join(verb)}" for verb in verbs)
    outputs = [home / f"output-{number}" for number in range(2)]
    children = []
    for verb, output in zip(verbs, outputs, strict=True):
        children.append(start(root, verb, output))
        time.sleep(chance.random() * 0.3)
    edits = [_edit(root, number, chance) for number in range(_EDITS)]
    for child, output in zip(children, outputs, strict=True):
        ended = wait(child, output)
        output.unlink(missing_ok=True)
        if ended.has_traceback or (ended.code and "Was tun:" not in ended.said):
            return f"{what}: exit code {ended.code}: {ended.said[-2000:]}"
    lost = [f"{path.name}: {text}" for path, text in edits if text not in path.read_text(encoding="utf-8")]
    if lost:
        return f"{what}: lost edits: {lost}"
    after = podcast(root, "feed")
    return f"{what}: afterwards: {after.said[-500:]}" if after.code else ""


def _edit(root: Path, number: int, chance: random.Random) -> tuple[Path, str]:
    """Add a sentence to a file, as an editor does who reads and saves it at once."""
    time.sleep(chance.random() * 0.15)
    folder = chance.choice((RELEASED, COMING))
    path = chance.choice((root / "transcripts" / f"{folder}.txt", root / "episodes" / folder / "shownotes.md"))
    text = f"Satz Nummer {number}."
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    return path, text
