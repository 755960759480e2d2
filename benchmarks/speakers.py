"""Measures how wrong the split by voices is, whether a wrong number of speakers is noticed, and what 45 minutes cost.

    python benchmarks/speakers.py --conversations 4 --minutes 45

Conversations are put together from recordings of people (left out if `../shared/data` is missing) and from synthetic
voices (tests/speech/conversations.py), so that the truth is known. The diarisation error rate is the speech that is
missed, invented and given to the wrong voice, over all speech; 0.25 s on each side of a true boundary is not counted.
It does not show how real conversations fare: nobody interrupts, laughs or turns away here, the people have 10 s of
material at most, and espeak's voices are more alike than people.

The peers: our split without smoothing, average linkage alone without smoothing, k-means alone, and the refined affinity
of Wang et al. 2018.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import random
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.linalg import eigh
from scipy.ndimage import gaussian_filter

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "speech"))

from conversations import CONDITIONS, errors, made_up, people, synthetic, total
from speech_samples import RATE_HZ, Conversation, write_wav

from pipeline.media import pcm
from pipeline.speech.activity import speech_probabilities
from pipeline.speech.clustering import group_voices
from pipeline.speech.headcount import count_doubt
from pipeline.speech.linkage import linked_groups
from pipeline.speech.nearest import nearest_groups
from pipeline.speech.speakers import VoicePrints, dispute, find_speakers, hear, spans_of
from pipeline.values.audio import Source, Timeline
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pipeline.speech.clustering import Voices

    Grouping = Callable[[NDArray[np.float32], NDArray[np.float32], int], Voices]

COUNTS = (2, 3, 4)
DOUBTFUL = 0.5  # the confidence below which the draft's report names a turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A conversation, the voices in our own windows of it, and how it was made."""

    talk: Conversation
    heard: VoicePrints
    count: int
    group: tuple[str, str, bool]  # people or synthetic, condition, whether one voice is rarely heard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=2, help="conversations of each kind (default 2)")
    parser.add_argument("--seconds", type=int, default=120, help="length of each (default 120)")
    parser.add_argument("--minutes", type=int, default=45, help="length of the long recording (default 45)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{platform.machine()}, Python {platform.python_version()}")
    voices = {"people": people(), "synthetic": synthetic()}
    if not voices["people"]:
        print("No recordings of people here: synthetic voices only.")
        del voices["people"]
    cases = [
        case
        for kind, said in voices.items()
        for case in made(kind, said, arguments.conversations, arguments.seconds, arguments.seed)
    ]
    table_of_errors(cases)
    table_of_counts(cases)
    lone_voices(voices, arguments.seconds)
    confidence(cases)
    long_recording(arguments.minutes)


def made(
    kind: str, said: dict[str, list[NDArray[np.float32]]], conversations: int, seconds: int, seed: int
) -> list[Case]:
    cases = []
    seeds = range(seed, seed + conversations)
    for count, condition, seldom, number in product(COUNTS, CONDITIONS, (False, True), seeds):
        names = random.Random(100 * count + number).sample(sorted(said), count)
        talk = made_up(
            [said[name] for name in names],
            seconds=seconds,
            seed=1000 * count + number,
            condition=condition,
            seldom=seldom,
        )
        heard = hear(lambda talk=talk: iter([talk.samples]), len(talk.samples) / RATE_HZ, no_listener)
        cases.append(Case(talk=talk, heard=heard, count=count, group=(kind, condition, seldom)))
    return cases


def table_of_errors(cases: Sequence[Case]) -> None:
    ways: dict[str, Grouping] = {
        "ours": group_voices,
        "ours, not smoothed": partial(group_voices, switch=0.0),
        "average linkage alone, not smoothed": partial(group_voices, ways=(linked_groups,), switch=0.0),
        "k-means alone": partial(group_voices, ways=(nearest_groups,)),
        "Wang et al.'s affinity": partial(group_voices, ways=(wang_groups,)),
    }
    groups = list(dict.fromkeys(case.group for case in cases))
    kinds = list(dict.fromkeys(kind for kind, _, _ in groups))
    print("\nDiarisation error rate in %; (s): one voice is seldom heard\n")
    head = [f"{kind}, {condition}{' (s)' if seldom else ''}" for kind, condition, seldom in groups]
    print("| |", " | ".join([*head, *(f"all {kind}" for kind in kinds)]), "|")
    for name, way in ways.items():
        found = [(case.group, errors(case.talk, spans_of(case.heard, way_of(way, case)))) for case in cases]
        cells = [total([e for group, e in found if group == one]) for one in groups]
        cells += [total([e for group, e in found if group[0] == kind]) for kind in kinds]
        print(f"| {name} |", " | ".join(f"{100 * cell.rate:.1f}" for cell in cells), "|")
        if way is group_voices:
            ours = total([e for _, e in found])
    shares = [100 * part / ours.speech_s for part in (ours.missed_s, ours.false_alarm_s, ours.confused_s)]
    print("\n(ours, all together: missed {:.2f}, invented {:.2f}, confused {:.2f})".format(*shares))


def way_of(way: Grouping, case: Case) -> Voices:
    return way(case.heard.prints, case.heard.weights, case.count)


def wang_groups(prints: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Wang et al. 2018: blur, threshold each row at its 95th percentile, symmetrise, diffuse, scale rows."""
    affinity = (prints @ prints.T).astype(np.float64)
    np.fill_diagonal(affinity, 0)
    np.fill_diagonal(affinity, affinity.max(axis=1))
    affinity = gaussian_filter(affinity, 1)
    affinity[affinity < np.quantile(affinity, 0.95, axis=1, keepdims=True)] *= 0.01
    affinity = np.maximum(affinity, affinity.T)
    affinity = affinity @ affinity.T
    affinity /= affinity.max(axis=1, keepdims=True)
    affinity = (affinity + affinity.T) / 2
    _, vectors = eigh(affinity, subset_by_index=[len(prints) - count, len(prints) - 1])
    return nearest_groups(vectors, count)


def table_of_counts(cases: Sequence[Case]) -> None:
    """Print how often a number of speakers is doubted, when it is right and when it is wrong by one."""
    print("\nNotices about the number of speakers: fewer / more / conversations\n")
    kinds = list(dict.fromkeys(case.group[:2] for case in cases))
    print("| given |", " | ".join(f"{kind}, {condition}" for kind, condition in kinds), "|")
    for name, difference in (("one too few", -1), ("right", 0), ("one too many", 1)):
        cells = []
        for one in kinds:
            notices = [doubt(case.heard, case.count + difference) for case in cases if case.group[:2] == one]
            cells.append(
                f"{sum('Zwei' in t for t in notices)} / {sum('mehr als' in t for t in notices)} / {len(notices)}"
            )
        print(f"| {name} |", " | ".join(cells), "|")
    for kind in dict.fromkeys(kind for kind, _ in kinds):
        own = [case for case in cases if case.group[0] == kind]
        wrong = [errors(case.talk, spans_of(case.heard, way_of(group_voices, case))).rate > 0.05 for case in own]
        doubted = [bool(doubt(case.heard, case.count) or dispute(way_of(group_voices, case))) for case in own]
        both = sum(one and other for one, other in zip(wrong, doubted, strict=True))
        print(
            f"\n({kind}, right number: {sum(wrong)} of {len(own)} with more than 5 % wrong, {both} of them doubted; "
            f"{sum(doubted) - both} others doubted)"
        )


def doubt(heard: VoicePrints, count: int) -> str:
    """The notice about a given number of speakers, "" if there is none."""
    voices = group_voices(heard.prints, heard.weights, count)
    return count_doubt(voices, heard.prints, heard.weights, [part.start_s for part in heard.parts])


def lone_voices(voices: dict[str, dict[str, list[NDArray[np.float32]]]], seconds: int) -> None:
    """Print how often another voice is seen when there is only one. In "hard", its turns have different speeds and
    pitches."""
    print("\nOne voice alone, and one given: doubted / recordings\n")
    for kind, said in voices.items():
        notices = []
        for condition, (number, parts) in product(CONDITIONS, enumerate(said.values())):
            talk = made_up([parts, parts], seconds=seconds, seed=number, condition=condition)
            heard = hear(lambda talk=talk: iter([talk.samples]), len(talk.samples) / RATE_HZ, no_listener)
            notices.append(doubt(heard, 1))
        print(f"{kind}: {sum(map(bool, notices))} / {len(notices)}")


def confidence(cases: Sequence[Case]) -> None:
    """Print what low confidence is worth: its share of all speech, and of the confused speech."""
    spoken_s = named_s = confused_s = caught_s = 0.0
    for case in cases:
        spans = spans_of(case.heard, way_of(group_voices, case))
        all_errors = errors(case.talk, spans)
        sure = [span for span in spans if span.confidence >= DOUBTFUL]
        sure_errors = errors(case.talk, sure)
        spoken_s += all_errors.speech_s
        confused_s += all_errors.confused_s
        named_s += sure_errors.missed_s - all_errors.missed_s
        caught_s += all_errors.confused_s - sure_errors.confused_s
    print(
        f"\nConfidence below {DOUBTFUL}: {100 * named_s / spoken_s:.1f} % of the speech, in it "
        f"{100 * caught_s / max(confused_s, 0.01):.0f} % of what is confused"
    )


def long_recording(minutes: int) -> None:
    """Measure the split of a long recording in its own process on one core, so that time and memory are those of the
    split alone."""
    with tempfile.TemporaryDirectory() as folder:
        duration_s = record(Path(folder) / "raw.wav", minutes)
        with multiprocessing.get_context("spawn").Pool(1, initializer=on_one_core) as pool:
            print("\n" + pool.apply(measured, (Path(folder), duration_s)))


def record(path: Path, minutes: int) -> float:
    """Write a conversation of three synthetic voices; return its length in seconds."""
    said = synthetic()
    talk = made_up([said[name] for name in ("m8", "f4", "rob")], seconds=60 * minutes, seed=1, condition="room")
    write_wav(path, talk.samples)
    return len(talk.samples) / RATE_HZ


def on_one_core() -> None:
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def measured(folder: Path, duration_s: float) -> str:
    source = Source(file="raw.wav", sha256="", duration_s=duration_s, sample_rate_hz=RATE_HZ, channels=1, offset_s=0.0)
    timeline = Timeline(sources=(source,), duration_s=duration_s)
    began = time.process_time()
    blocks = pcm.read_timeline(timeline, folder, sample_rate_hz=RATE_HZ, channels=1)
    speech_probabilities(block[:, 0] for block in blocks)
    floor_s = time.process_time() - began
    before_mb, began, began_wall = peak_mb(), time.process_time(), time.perf_counter()
    found = find_speakers(timeline, folder, 3, listener=no_listener)
    seconds, wall_s = time.process_time() - began, time.perf_counter() - began_wall
    return (
        f"{duration_s / 60:.0f} min, 3 voices, {len(found.spans)} spans, one core: voice activity {floor_s:.1f} s,"
        f" everything {seconds:.1f} s of processor time ({seconds / floor_s:.1f} times the floor; {wall_s:.1f} s by the"
        f" clock); memory {peak_mb():.0f} MB at most, {before_mb:.0f} MB before"
    )


def peak_mb() -> float:
    """The highest memory of this process; Linux's ru_maxrss would include the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
