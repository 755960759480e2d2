"""`podcast release` and `withdraw`: freezes an episode, withdraws it, or offers it again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import say
from pipeline.cli.options import confirms_draft, episode_argument, verb, yes_option

if TYPE_CHECKING:
    from pipeline.workflow.session import Session


@verb("release", "Eine Folge veröffentlichen: ihre Audiodatei und ihr Eintrag sind danach eingefroren.")
@episode_argument
@click.option(
    "--new-audio",
    is_flag=True,
    envvar="PODCAST_NEW_AUDIO",
    help="Eine schon veröffentlichte Folge mit neuer Aufnahme, unter neuem Dateinamen und gleicher Kennung.",
)
@yes_option
@click.pass_obj
def release(session: Session, episode: str, new_audio: bool, yes: bool) -> None:
    from pipeline.workflow.after_release import replace_audio
    from pipeline.workflow.release import release as release_episode

    confirms = partial(confirms_draft, yes=yes)
    if new_audio:
        made = replace_audio(session, episode, confirms=confirms)
        click.echo(f"{made.folder} bleibt veröffentlicht und eingefroren. Jetzt den Ordner feed/ hochladen.")
        return
    made = release_episode(session, episode, confirms=confirms)
    say(f"{made.folder} ist veröffentlicht und eingefroren. `make publish` lädt sie hoch.")


@click.command("withdraw", short_help="Eine veröffentlichte Folge zurückziehen.", options_metavar="[OPTIONEN]")
@episode_argument
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
    say(f"{made.folder} ist zurückgezogen. `make publish` lädt das hoch und löscht auf dem Ziel ihre Dateien.")
