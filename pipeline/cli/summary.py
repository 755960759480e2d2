"""What a run says at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.workflow.session import Session


def tell_unchanged(session: Session) -> None:
    """How many steps stayed as they were."""
    from pipeline.cli.console import Console

    console = session.listen
    assert isinstance(console, Console)
    if console.unchanged and not console.verbose:
        click.echo(f"  = {console.unchanged} {'Schritt' if console.unchanged == 1 else 'Schritte'} unverändert")


def tell_next_due(moment: datetime | None) -> None:
    """When the next scheduled episode becomes public."""
    if moment is not None:
        due = f"Nächster Termin: {moment:%d.%m.%Y %H:%M} Uhr"
        click.echo(f"{due}; danach `make feed pages search` aufrufen, oder `make publish`.")
