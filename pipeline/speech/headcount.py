"""Checks whether as many voices are heard as people gave: too many or too few cause a notice, never another number.

One group too many splits a voice, and its halves are nearly alike; one too few leaves a voice that is still unlike all
others once it gets its own group. Between the two bounds nothing is reported.

On 18 conversations of people that nothing was tuned on (`benchmarks/speakers.py --conversations 1 --seed 200`) one
voice too many was doubted in 17, one too few in 16; the right number was doubted in 2, the only ones where voices were
confused in more than 5 % of the speech. The bounds were chosen on 78 other conversations of people and 36 of synthetic
voices, which are more alike: one too many was doubted in 69 of 78 and 36 of 36, one too few in 59 and 8, the right
number in 3 of 75 and 11 of 34. Of 318 single voices taken out of them, with one voice given, 1 was doubted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.speech.clustering import group_voices, usable_prints
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.clustering import Voices

_SAME = 0.6  # cosine of two means: above it they are the same voice
_ANOTHER = 0.5  # cosine below which an extra voice is really another
_HEARD = 8  # prints that an extra voice must have: a laugh or a jingle has fewer


def count_doubt(
    voices: Voices, prints: NDArray[np.float32], weights: NDArray[np.float32], starts_s: Sequence[float]
) -> str:
    """A German notice if there seem to be fewer or more voices than in `voices`, otherwise "". `starts_s` is where each
    print begins."""
    import numpy as np

    firsts = [starts_s[int(np.argmax(voices.labels == group))] for group in range(voices.count)]
    likeness, one, other = _most_alike(voices.means)
    if likeness > _SAME:
        places = " und ".join(clock(second) for second in sorted((firsts[one], firsts[other])))
        return (
            f"Zwei der {voices.count} Stimmen klingen fast gleich (zuerst zu hören bei {places}). Sprechen weniger "
            "Personen, als in episode.toml stehen? Dann dort streichen. Sonst ist wohl eine Stimme geteilt und eine "
            "andere nicht gefunden: bitte alle Sprecherzeilen prüfen."
        )
    first_s = _extra_voice_s(voices, prints, weights, starts_s)
    if first_s is None:
        return ""
    given = "scheint mehr als eine Stimme" if voices.count == 1 else f"scheinen mehr als {voices.count} Stimmen"
    return (
        f"Es {given} zu sein; eine weitere ist bei {clock(first_s)} zu hören. Fehlt "
        "jemand in episode.toml? Dann dort eintragen. Auch eine Einspielung kann eine Stimme sein."
    )


def _extra_voice_s(
    voices: Voices, prints: NDArray[np.float32], weights: NDArray[np.float32], starts_s: Sequence[float]
) -> float | None:
    """When the voice that appears with one more group is first heard; None if no voice appears."""
    import numpy as np

    more = group_voices(prints, weights, voices.count + 1)
    if more.count <= voices.count or _most_alike(more.means)[0] >= _ANOTHER:
        return None
    new = int(np.argmin((more.means @ voices.means.T).max(axis=1)))
    own = np.flatnonzero((more.labels == new) & usable_prints(weights, more.count))
    return starts_s[int(own[0])] if len(own) >= _HEARD else None


def _most_alike(means: NDArray[np.float32]) -> tuple[float, int, int]:
    """The highest cosine between two means, and which two they are; -1 if there is only one mean."""
    import numpy as np

    cosines = means @ means.T
    np.fill_diagonal(cosines, -1)
    one, other = divmod(int(np.argmax(cosines)), len(means))
    return float(cosines[one, other]), one, other
