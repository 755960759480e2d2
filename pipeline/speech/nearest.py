"""Groups voice prints by k-means, which separates voices that average linkage merges in noise."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TRIES = 10  # starts
_ROUNDS = 50


def nearest_groups(rows: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """The group of each row, from 0, by the best of several fixed starts; a start that loses a group counts only if all
    do. Deterministic."""
    import numpy as np
    from scipy.cluster.vq import kmeans2  # type: ignore[import-untyped]

    found: list[tuple[int, float, NDArray[np.intp]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about a lost group
        for seed in range(_TRIES):
            centres, labels = kmeans2(rows, count, minit="++", iter=_ROUNDS, seed=seed)
            error = float(np.sum((rows - centres[labels]) ** 2))
            found.append((-len(np.unique(labels)), round(error, 9), labels))
    return min(found, key=lambda one: one[:2])[2]
