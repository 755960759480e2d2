"""Imports a show from its feed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipeline.promises.gate import note_imported

if TYPE_CHECKING:
    from pipeline.editor.import_feed import ImportedFeed, Wishes
    from pipeline.workflow.session import Session


def import_feed(session: Session, source: str, wishes: Wishes) -> ImportedFeed:
    """Import a show from its feed, and record that its subscribers have these episodes. Raises FeedError."""
    from pipeline.editor.import_feed import import_feed as take

    note = partial(note_imported, session.root, session.now)
    return take(session.root, source, wishes, listen=session.listen, taken=note)
