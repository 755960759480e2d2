"""`podcast chapters …`: helps people write the chapters of an episode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.called import as_called
from pipeline.cli.options import episode_argument

if TYPE_CHECKING:
    from pipeline.workflow.session import Session


@click.group(
    "chapters",
    short_help="Kapitel vorschlagen.",
    no_args_is_help=True,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
)
def chapters() -> None:
    """Kapitel vorschlagen. Sie selbst stehen in episode.toml; alle Formate entstehen aus dieser einen Liste."""


@chapters.command("propose", short_help="Kapitel einer Folge vorschlagen, als TOML.", options_metavar="[OPTIONEN]")
@episode_argument
@click.pass_obj
def propose(session: Session, episode: str) -> None:
    """Kapitel einer Folge vorschlagen: Fragen der Moderation, denen eine längere Antwort folgt, und lange Pausen.

    Ausgegeben wird TOML zum Einfügen in episode.toml. Es wird nichts verändert.
    """
    from pipeline.workflow.transcript import proposed_chapters

    click.echo(as_called(proposed_chapters(session, episode)), nl=False)
