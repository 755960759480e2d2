"""Turns voice prints into groups of the same voice, given how many voices there are. Pure numbers in and out.

Two ways propose groups: spectral clustering, which parts voices that are nearly alike but may halve the one that speaks
most and lose one that is seldom heard; and average linkage, which does the opposite. The clearer proposal counts.
Every print then joins the group whose mean is closest, and the sequence is smoothed a little (Viterbi), since a
speaker rarely changes for one print. The number is given by people: guessing it is wrong too often.

Diarisation error on 180 conversations that nothing was tuned on (`benchmarks/speakers.py`, `--seed 200` and `400`), of
people and of synthetic voices: this 4.9 and 0.8 %, average linkage alone 4.6 and 1.6 %, spectral clustering alone 4.3
and 1.8 %; where a synthetic voice is seldom heard, 1.3, 2.0 and 3.3 %. Of people the differences are within chance: one
conversation that goes wrong by 30 % weighs 0.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.speech.linkage import SMALLEST, linked_groups
from pipeline.speech.spectral import spectral_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Way = Callable[[NDArray[np.float32], int], NDArray[np.intp]]

SWITCH = 0.02  # cosine; more of it swallows interjections

_ROUNDS = 20
_TELLING = 5  # prints for each voice
_SAMPLED = 3000  # prints that propose groups: their affinities take 72 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """`labels`: the group of each print, from 0. `confidences`: 1 for a print on its group's mean, 0 for one as close
    to another group's. `means`: the mean print of each group, brought to length 1; there may be fewer than asked for
    when there are too few prints."""

    labels: NDArray[np.intp]
    confidences: NDArray[np.float32]
    means: NDArray[np.float32]

    @property
    def count(self) -> int:
        return len(self.means)


def group_voices(
    prints: NDArray[np.float32],
    weights: NDArray[np.float32],
    count: int,
    *,
    ways: Sequence[Way] = (linked_groups, spectral_groups),
    switch: float = SWITCH,
) -> Voices:
    """The prints (rows of length 1, in order of time) in at most `count` groups. `weights` are 1 for a print of a full
    window, less for one of less speech: where there are enough full ones, only they propose groups and move means,
    and the others join. `ways` propose groups, `switch` is what a change of voice costs. Deterministic."""
    telling = prints[full(weights, count)]
    found = [_settled(telling, means) for means in _proposals(telling, count, ways)]
    means = max(found, key=lambda means: _merit(telling, means))
    likeness = prints @ means.T
    labels = in_sequence(likeness * weights[:, None], switch=switch)
    return Voices(labels=labels, confidences=_confidences(1 - likeness, labels), means=means)


def full(weights: NDArray[np.float32], count: int) -> NDArray[np.bool_]:
    """Which prints tell `count` voices apart: those of full windows, or of the fullest where these are too few."""
    import numpy as np  # noqa: PLC0415

    enough = np.sort(weights)[::-1][: _TELLING * count]
    telling: NDArray[np.bool_] = weights >= enough[-1]
    return telling


def in_sequence(scores: NDArray[np.float32], *, switch: float) -> NDArray[np.intp]:
    """The path through `scores` (time, group) with the highest sum, when each change of group costs `switch`
    (Viterbi 1967)."""
    import numpy as np  # noqa: PLC0415

    came_from = np.zeros(scores.shape, dtype=np.intp)
    groups = np.arange(scores.shape[1])
    best = scores[0].astype(np.float64)
    for time in range(1, len(scores)):
        leader = int(np.argmax(best))
        stays = best >= best[leader] - switch
        came_from[time] = np.where(stays, groups, leader)
        best = np.where(stays, best, best[leader] - switch) + scores[time]
    path = np.zeros(len(scores), dtype=np.intp)
    path[-1] = np.argmax(best)
    for time in range(len(scores) - 1, 0, -1):
        path[time - 1] = came_from[time, path[time]]
    return path


def _proposals(prints: NDArray[np.float32], count: int, ways: Sequence[Way]) -> list[NDArray[np.float32]]:
    """Means of groups, as each way proposes them; of a long recording every n-th print takes part. For few prints
    there is only linkage."""
    sample = prints[:: 1 + len(prints) // _SAMPLED]
    proposed = [way(sample, count) for way in (ways if len(sample) >= _TELLING * count else (linked_groups,))]
    return [_means(sample[labels >= 0], labels[labels >= 0]) for labels in proposed]


def _settled(prints: NDArray[np.float32], means: NDArray[np.float32]) -> NDArray[np.float32]:
    """The means after every print has joined the closest one, as often as that changes something."""
    import numpy as np  # noqa: PLC0415

    labels = np.full(len(prints), -1)
    for _ in range(_ROUNDS):
        closest = np.argmax(prints @ means.T, axis=1)
        if np.array_equal(closest, labels) or len(np.unique(closest)) < len(means):
            break
        labels = closest
        means = _means(prints, labels)
    return means


def _merit(prints: NDArray[np.float32], means: NDArray[np.float32]) -> tuple[bool, int, float]:
    """What makes a proposal better: no group too small for a voice, then more groups, then prints that lie clearly
    with their group. Every group counts alike there, or a voice that is seldom heard would not count."""
    import numpy as np  # noqa: PLC0415

    distances = 1 - prints @ means.T
    labels = np.argmin(distances, axis=1)
    sizes = np.bincount(labels, minlength=len(means))
    clear = np.bincount(labels, weights=_confidences(distances, labels), minlength=len(means)) / np.maximum(sizes, 1)
    return bool(sizes.min() >= SMALLEST), len(means), round(float(clear.mean()), 6)


def _means(prints: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.float32]:
    """The mean print of each group, brought to length 1."""
    import numpy as np  # noqa: PLC0415

    sums = np.stack([prints[labels == label].sum(axis=0) for label in np.unique(labels)])
    means: NDArray[np.float32] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return means


def _confidences(distances: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415

    if distances.shape[1] == 1:
        return np.ones(len(distances), dtype=np.float32)
    rows = np.arange(len(distances))
    own = np.maximum(distances[rows, labels], 0)
    others = distances.copy()
    others[rows, labels] = np.inf
    confidences: NDArray[np.float32] = np.clip(1 - own / np.maximum(others.min(axis=1), 1e-6), 0, 1)
    return confidences
