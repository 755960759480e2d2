"""Groups voice prints by average linkage, which keeps a voice that is rarely heard.

Ward's linkage splits the voice that speaks most instead. A cough or a laugh makes no group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SMALLEST = 3  # prints of a group: about three seconds of one voice


def linked_groups(prints: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """The group of each print, from 0; -1 for prints in groups too small for a voice."""
    import numpy as np
    from scipy.cluster.hierarchy import linkage  # type: ignore[import-untyped]

    if len(prints) == 1:
        return np.zeros(1, dtype=np.intp)
    return _cut(linkage(prints, method="average", metric="cosine"), count)


def _cut(tree: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """The groups of the highest cut with `count` groups that are large enough for a voice; -1 for prints in smaller
    ones. If there is no such cut, the plain cut into `count` groups."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster

    leaves = len(tree) + 1
    for pieces in range(count, leaves // 2):
        _, groups, sizes = np.unique(
            fcluster(tree, pieces, criterion="maxclust"), return_inverse=True, return_counts=True
        )
        large = np.flatnonzero(sizes >= SMALLEST)
        if len(large) >= count:
            return np.where(np.isin(groups, large), groups, -1)
    plain: NDArray[np.intp] = fcluster(tree, count, criterion="maxclust") - 1
    return plain
