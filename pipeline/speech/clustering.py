"""Turns voice prints into groups of the same voice, given how many voices there are. Pure numbers in and out.

Ward's linkage on the prints proposes the groups; then every print joins the group whose mean it is closest to, as
long as that changes something (spherical k-means). The number is given by people: guessing it is wrong too often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROUNDS = 20
_TELLING = 5  # prints for each voice
_LINKED = 2000  # Ward's linkage needs the square of it: 16 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """`labels`: the group of each print, from 0. `confidences`: 1 for a print on its group's mean, 0 for one as close
    to another group's. `count` may be smaller than asked for when there are too few prints."""

    labels: NDArray[np.intp]
    confidences: NDArray[np.float32]
    count: int


def group_voices(prints: NDArray[np.float32], weights: NDArray[np.float32], count: int) -> Voices:
    """The prints (rows of length 1) in at most `count` groups. `weights` are 1 for a print of a full window, less for
    one of less speech: where there are enough full ones, only they propose groups and move means, and the others
    join. Deterministic."""
    import numpy as np  # noqa: PLC0415

    enough = np.sort(weights)[::-1][: _TELLING * count]
    telling = np.flatnonzero(weights >= enough[-1])
    labels_of_telling = _linked(prints[telling], count)
    means = _means(prints[telling], labels_of_telling)
    for _ in range(_ROUNDS):
        closest = np.argmax(prints[telling] @ means.T, axis=1)
        if np.array_equal(closest, labels_of_telling) or len(np.unique(closest)) < len(means):
            break
        labels_of_telling = closest
        means = _means(prints[telling], labels_of_telling)
    distances = 1 - prints @ means.T
    labels = np.argmin(distances, axis=1)
    return Voices(labels=labels, confidences=_confidences(distances), count=len(means))


def _linked(prints: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Groups by Ward's linkage, numbered from 0; of a long recording every n-th print proposes them."""
    import numpy as np  # noqa: PLC0415
    from scipy.cluster.hierarchy import fcluster, linkage  # type: ignore[import-untyped]  # noqa: PLC0415

    if len(prints) == 1:
        return np.zeros(1, dtype=np.intp)
    sample = prints[:: 1 + len(prints) // _LINKED]
    _, groups = np.unique(fcluster(linkage(sample, method="ward"), count, criterion="maxclust"), return_inverse=True)
    closest: NDArray[np.intp] = np.argmax(prints @ _means(sample, groups).T, axis=1)
    return closest


def _means(prints: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.float32]:
    """The mean print of each group, brought to length 1."""
    import numpy as np  # noqa: PLC0415

    sums = np.stack([prints[labels == label].sum(axis=0) for label in np.unique(labels)])
    means: NDArray[np.float32] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return means


def _confidences(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415

    if distances.shape[1] == 1:
        return np.ones(len(distances), dtype=np.float32)
    nearest = np.sort(np.maximum(distances, 0), axis=1)
    confidences: NDArray[np.float32] = 1 - nearest[:, 0] / np.maximum(nearest[:, 1], 1e-6)
    return confidences
