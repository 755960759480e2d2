"""`podcast cuts …`: helps people find what could be cut out of an episode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.called import as_called
from pipeline.cli.options import episode_argument

if TYPE_CHECKING:
    from pipeline.workflow.session import Session


@click.group(
    "cuts",
    short_help="Schnitte vorschlagen.",
    no_args_is_help=True,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
)
def cuts() -> None:
    """Schnitte vorschlagen. Geschnitten wird nur, was unter `cut` in episode.toml steht."""


@cuts.command("propose", short_help="Schnitte einer Folge vorschlagen, als TOML.", options_metavar="[OPTIONEN]")
@episode_argument
@click.pass_obj
def propose(session: Session, episode: str) -> None:
    """Schnitte einer Folge vorschlagen: Füllwörter, Husten, Neuansätze und lange Pausen.

    Ausgegeben wird TOML zum Einfügen in episode.toml. Es wird nichts verändert und nichts geschnitten.
    """
    from pipeline.workflow.transcript import proposed_cuts

    click.echo(as_called(proposed_cuts(session, episode)), nl=False)
