"""Prints the summary at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.called import print_wrapped, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pipeline.errors import PipelineError
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


def print_episodes(session: Session, ended: Mapping[str, PipelineError | None], done: Mapping[str, int]) -> None:
    """Print what became of each of several episodes, and the command that comes next for it. `done` says how many of
    its steps ran."""
    from pipeline.workflow.overview import standing

    click.echo("Zusammenfassung:")
    unchanged = [folder for folder, error in ended.items() if error is None and not done.get(folder)]
    for folder, error in ended.items():
        if folder in unchanged:
            continue
        steps = done.get(folder, 0)
        what = f"{'1 Schritt' if steps == 1 else f'{steps} Schritte'} gemacht"
        told = what if error is None else _reason(error)
        print_wrapped(f"{'✓' if error is None else '✗'} {folder}: {told}", indent=2)
        now = standing(session, folder)
        if command := now.command or ("" if error is None else f"make episode EPISODE={folder}"):
            say(f"      → {command}")
    if unchanged:
        print_wrapped(f"= unverändert: {folders_in_short(unchanged)}", indent=2)


def _reason(error: PipelineError) -> str:
    """What stopped an episode, in a sentence: the first of several mistakes comes along with its headline."""
    head, *mistakes = error.problem.splitlines()
    return f"{head} {mistakes[0].strip()}" if mistakes and head.endswith(":") else head


def folders_in_short(folders: Sequence[str]) -> str:
    """`1 Folge (001-probe)`, `297 Folgen (001-anfang … 297-ende)`."""
    count = "1 Folge" if len(folders) == 1 else f"{len(folders)} Folgen"
    return f"{count} ({', '.join(folders) if len(folders) <= 2 else f'{folders[0]} … {folders[-1]}'})"


def print_next_due(moment: datetime | None) -> None:
    """Print when the next scheduled episode becomes public."""
    if moment is not None:
        due = f"Nächster Termin: {moment:%d.%m.%Y %H:%M} Uhr"
        say(f"{due}; danach `make feed pages search` aufrufen, oder `make publish`.")
