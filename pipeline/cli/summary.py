"""Prints the summary at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.called import say

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.workflow.session import Session


def print_unchanged(session: Session) -> None:
    """Print how many steps stayed unchanged."""
    from pipeline.cli.console import Console

    console = session.listen
    assert isinstance(console, Console)
    if console.unchanged and not console.verbose:
        click.echo(f"  = {console.unchanged} {'Schritt' if console.unchanged == 1 else 'Schritte'} unverändert")


def print_report(session: Session, folder: str) -> None:
    """Print where the report about the episode's sound is, and how to open it."""
    page = session.paths.episode(folder).report_page
    if page.exists():
        click.echo(f"Klang:      {page.relative_to(session.root)}")
        click.echo(f"            im Browser öffnen: {page.absolute().as_uri()}")


def print_next_due(moment: datetime | None) -> None:
    """Print when the next scheduled episode becomes public."""
    if moment is not None:
        due = f"Nächster Termin: {moment:%d.%m.%Y %H:%M} Uhr"
        say(f"{due}; danach `make feed pages search` aufrufen, oder `make publish`.")
