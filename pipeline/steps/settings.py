"""A show or an episode → the slice of its settings that a step depends on."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values.show import Episode, Show


def settings_slice(value: Show | Episode, *, without: Sequence[str] = ()) -> dict[str, object]:
    """The fields of a show or an episode as a settings slice for a step, less those it does not depend on.

    What lies deeper is left as it is: the build core turns it into JSON when it looks at the step, if it does.
    """
    return {entry.name: getattr(value, entry.name) for entry in fields(value) if entry.name not in without}
