"""`podcast withdraw`: take a released episode back, or offer it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.workflow.session import Session


@click.command("withdraw", short_help="Eine veröffentlichte Folge zurückziehen.", options_metavar="[OPTIONEN]")
@click.argument("episode", metavar="FOLGE", envvar="PODCAST_EPISODE")
@click.option("--reason", metavar="GRUND", envvar="PODCAST_REASON", default="", help="Steht auf der Seite der Folge.")
@click.option("--undo", is_flag=True, envvar="PODCAST_UNDO", help="Die Folge wieder anbieten, wie sie war.")
@click.pass_obj
def withdraw(session: Session, episode: str, reason: str, undo: bool) -> None:
    """Eine veröffentlichte Folge zurückziehen: Sie verlässt Feed und Übersicht, ihr Ton wird nicht mehr angeboten, und
    auf ihrer Seite steht nur noch, seit wann und warum.

    Kennung und Adressen bleiben vergeben. Aus Apps, die die Folge schon geladen haben, holt sie niemand zurück.
    """
    from pipeline.workflow import after_release

    if undo:
        made = after_release.reinstate(session, episode)
        click.echo(f"{made.folder} wird wieder angeboten. Jetzt den Ordner feed/ hochladen.")
        return
    made = after_release.withdraw(session, episode, reason)
    click.echo(f"{made.folder} ist zurückgezogen. Jetzt den Ordner feed/ hochladen; was im Netz liegt, dort löschen.")
