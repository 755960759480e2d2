"""Numbers, names and counts as the report writes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def number(value: float, digits: int = 1) -> str:
    """The number in German notation, with a true minus sign."""
    if not math.isfinite(value):
        return "Stille"
    return f"{value:.{digits}f}".replace("-", "−").replace(".", ",")


def name_of(names: Sequence[str], speaker: int) -> str:
    """The name of a speaker, `Stimme 3` for one without."""
    return names[speaker] if speaker < len(names) else f"Stimme {speaker + 1}"


def times(count: int) -> str:
    return "an 1 Stelle" if count == 1 else f"an {count} Stellen"


def spread(levels_lufs: Iterable[float]) -> str:
    """The distance of the loudest level from the quietest that is not silence."""
    heard = [value for value in levels_lufs if math.isfinite(value)]
    return number(max(heard) - min(heard)) if heard else "unbekannte"
