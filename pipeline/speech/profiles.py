"""Recognises voices: compares the mean voice print of somebody who agreed to it with the voices of a recording.

Profiles came from one half of what each voice says, conversations from the other, with different echo, noise and
microphone (`benchmarks/voices.py --conversations 2 --seed 100`; the bounds were chosen with other seeds). Of people,
143 of 162 were recognised rightly, none wrongly, and the others not at all; if the person was absent, nobody was taken
for them in 216 cases. Synthetic voices, which are more alike (`--seed 0`): 162 of 162 rightly; absent and yet found,
113 of 270. Longer conversations of Germans, in quiet, noise and over the telephone: 1,543 of 1,573 rightly, 7 wrongly;
absent and yet found, 278 of 3,060. So a recognised voice is a better proposal than the order in episode.toml, and no
more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

_ALIKE = 0.5  # cosine of a profile and a group's mean: below it nobody is recognised
_MARGIN = 0.1  # how much more like the profile the group must be than any other
_KEPT = 0.8  # share of the prints that a profile is made from, to leave out laughs and other voices


def recognised_groups(means: NDArray[np.float32], profiles: Mapping[int, Sequence[float]]) -> dict[int, int]:
    """The speaker of each group for which that is clear; `means` has a row for each group, `profiles` the voice prints
    of speakers. A group that resembles two speakers is left out."""
    import numpy as np

    closest: dict[int, list[int]] = {}
    for speaker, voice_print in profiles.items():
        likeness = means @ np.array(voice_print, dtype=np.float32)
        group = int(np.argmax(likeness))
        others = np.delete(likeness, group)
        if likeness[group] >= _ALIKE and (not len(others) or likeness[group] - others.max() >= _MARGIN):
            closest.setdefault(group, []).append(speaker)
    return {group: speakers[0] for group, speakers in closest.items() if len(speakers) == 1}


def mean_print(prints: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of one person's prints (rows of length 1), normalised to length 1, without the fifth that fits least."""
    import numpy as np

    likeness = prints @ prints.mean(axis=0)
    kept = np.sort(np.argsort(-likeness, kind="stable")[: max(1, round(_KEPT * len(prints)))])
    mean: NDArray[np.float32] = prints[kept].mean(axis=0)
    return mean / np.linalg.norm(mean)
