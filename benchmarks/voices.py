"""Measures how often a remembered voice is recognised in another conversation, and how often somebody else is taken for
it.

    python benchmarks/voices.py --conversations 5

Each voice says half of its sentences where it is learned and the other half where it should be recognised, each time in
a quiet room, with echo, and on another microphone (tests/speech/conversations.py says how these are made). "Wrong" is a
voice found in speech of which less than half is its own. "Absent" are voices that are not in the conversation at all:
nobody should be taken for them. People are left out if `../shared/data` is missing; they have 10 s of material at most,
so learning and recognising share a day and a microphone: real shows are harder.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "speech"))

import torch
from conversations import CONDITIONS, made_up, people, synthetic
from speech_samples import RATE_HZ, Conversation

from pipeline.editor.voices import rows_within
from pipeline.speech.clustering import group_voices
from pipeline.speech.profiles import mean_print, recognised_groups
from pipeline.speech.speakers import hear
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.activity import Stretch
    from pipeline.speech.speakers import VoicePrints

    Said = list[NDArray[np.float32]]

SECONDS = 90
COUNTS = (2, 3, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=5, help="conversations of each kind (default 5)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("| voices | right | wrong | not sure | absent, and yet found |\n|---|---|---|---|---|")
    for kind, said in (("people", people()), ("synthetic", synthetic())):
        if said:
            found = outcomes(said, arguments.conversations, arguments.seed)
            absent = found["absent"] + found["taken"]
            print(f"| {kind} | {found['right']} | {found['wrong']} | {found['none']} | {found['taken']} of {absent} |")


def outcomes(said: dict[str, Said], conversations: int, seed: int) -> Counter[str]:
    halves = {name: in_halves(parts) for name, parts in said.items()}
    profiles = learned({name: first for name, (first, _) in halves.items()}, seed)
    found: Counter[str] = Counter()
    for condition, count, number in product(CONDITIONS, COUNTS, range(seed, seed + conversations)):
        names = random.Random(100 * count + number).sample(sorted(said), count)
        talk, heard = conversation([halves[name][1] for name in names], 1000 * count + number, condition)
        voices = group_voices(heard.prints, heard.weights, count)
        for (name, _), profile in profiles.items():
            group = next(iter(recognised_groups(voices.means, {0: tuple(profile)})), None)
            if name not in names:
                found["absent" if group is None else "taken"] += 1
            elif group is None:
                found["none"] += 1
            else:
                own = talk_of(talk, names.index(name))
                parts = [part for part, label in zip(heard.parts, voices.labels, strict=True) if label == group]
                share = sum(part.duration_s for part in parts if is_within(part, own))
                right = share >= 0.5 * sum(part.duration_s for part in parts)
                found["right" if right else "wrong"] += 1
    return found


def in_halves(parts: Said) -> tuple[Said, Said]:
    if len(parts) > 1:
        return parts[::2], parts[1::2]
    middle = len(parts[0]) // 2
    return [parts[0][:middle]], [parts[0][middle:]]


def learned(said: dict[str, Said], seed: int) -> dict[tuple[str, str], NDArray[np.float32]]:
    """A profile of each voice in each condition, learned in a conversation of three."""
    profiles = {}
    names = sorted(said)
    for condition, first in product(CONDITIONS, range(0, len(names), 3)):
        three = [names[(first + step) % len(names)] for step in range(3)]
        talk, heard = conversation([said[name] for name in three], 77 + seed + first, condition)
        for who, name in enumerate(three):
            rows = rows_within(heard, talk_of(talk, who))
            if rows:
                profiles.setdefault((name, condition), mean_print(heard.prints[rows]))
    return profiles


def conversation(said: list[Said], seed: int, condition: str) -> tuple[Conversation, VoicePrints]:
    talk = made_up(said, seconds=SECONDS, seed=seed, condition=condition)
    return talk, hear(lambda: iter([talk.samples]), len(talk.samples) / RATE_HZ, no_listener)


def talk_of(talk: Conversation, who: int) -> list[tuple[float, float]]:
    return [(start_s, end_s) for start_s, end_s, speaker in talk.turns if speaker == who]


def is_within(part: Stretch, turns: list[tuple[float, float]]) -> bool:
    middle = (part.start_s + part.end_s) / 2
    return any(start_s <= middle <= end_s for start_s, end_s in turns)


if __name__ == "__main__":
    main()
