"""Turns voice prints into groups of the same voice, given how many voices there are. Pure numbers in and out.

Average linkage by cosine proposes the groups, because it finds a voice that is seldom heard (Ward's linkage halves the
one that speaks most instead); a cough or a laugh makes no group. Then every print joins the group whose mean is
closest, as long as that changes something. The number is given by people: guessing it is wrong too often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROUNDS = 20
_TELLING = 5  # prints for each voice
_LINKED = 3000  # prints; linkage needs half the square of it: 36 MB
_SMALLEST = 4  # prints of a group: two to three seconds of one voice


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
    """The group of each print, numbered from 0; of a long recording every n-th print proposes the groups."""
    import numpy as np  # noqa: PLC0415
    from scipy.cluster.hierarchy import linkage  # type: ignore[import-untyped]  # noqa: PLC0415

    if len(prints) == 1:
        return np.zeros(1, dtype=np.intp)
    sample = prints[:: 1 + len(prints) // _LINKED]
    groups = _cut(linkage(sample, method="average", metric="cosine"), count)
    means = _means(sample[groups >= 0], groups[groups >= 0])
    closest: NDArray[np.intp] = np.argmax(prints @ means.T, axis=1)
    return closest


def _cut(tree: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """The groups of the highest cut that leaves `count` groups worth the name; -1 for prints in smaller ones. When no
    cut does, the plain cut into `count` groups."""
    import numpy as np  # noqa: PLC0415
    from scipy.cluster.hierarchy import fcluster  # noqa: PLC0415

    leaves = len(tree) + 1
    for pieces in range(count, leaves // 2):
        _, groups, sizes = np.unique(
            fcluster(tree, pieces, criterion="maxclust"), return_inverse=True, return_counts=True
        )
        large = np.flatnonzero(sizes >= _SMALLEST)
        if len(large) >= count:
            return np.where(np.isin(groups, large), groups, -1)
    plain: NDArray[np.intp] = fcluster(tree, count, criterion="maxclust") - 1
    return plain


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
