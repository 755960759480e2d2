"""Turns voice prints into groups by spectral clustering (Ng, Jordan and Weiss 2001).

The affinity is a Gaussian kernel of the prints' distance and not the thresholded cosine of Wang et al. 2018, whose
groups are all of about one size: it halved the voice that spoke most where another was seldom heard.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_KERNEL = 0.07  # cosine distance at which the affinity has fallen to 1/e
_TRIES = 5  # starts of k-means


def spectral_groups(prints: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The group of each print (rows of length 1), from 0; more prints than groups are needed. Memory for two squares
    of the number of prints in double precision. Deterministic."""
    import numpy as np  # noqa: PLC0415
    from scipy.sparse.linalg import eigsh  # type: ignore[import-untyped]  # noqa: PLC0415

    affinity = (prints @ prints.T).astype(np.float64)
    affinity -= 1
    affinity /= _KERNEL
    np.exp(affinity, out=affinity)
    scale = 1 / np.sqrt(affinity.sum(axis=1))
    affinity *= scale[:, None]
    affinity *= scale
    _, vectors = eigsh(affinity, k=count, which="LA", v0=np.ones(len(prints)))
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return nearest_groups(rows, count)


def nearest_groups(rows: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """k-means with the best of some fixed starts; a start that loses a group counts only if all do."""
    import numpy as np  # noqa: PLC0415
    from scipy.cluster.vq import kmeans2  # type: ignore[import-untyped]  # noqa: PLC0415

    found: list[tuple[int, float, NDArray[np.intp]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a group was lost
        for seed in range(_TRIES):
            centres, labels = kmeans2(rows, count, minit="++", iter=50, seed=seed)
            error = float(np.sum((rows - centres[labels]) ** 2))
            found.append((-len(np.unique(labels)), round(error, 9), labels))
    return min(found, key=lambda one: one[:2])[2]
