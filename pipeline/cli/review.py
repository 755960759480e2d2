"""`podcast review`: corrects a transcript by ear, in a page on this machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import as_called
from pipeline.cli.options import episode_argument

if TYPE_CHECKING:
    from pipeline.workflow.session import Session

_POLL_S = 1.0
_LONGEST_IDLE_S = 12 * 3600


@click.command("review", short_help="Ein Transkript nach Gehör korrigieren, im Browser.", options_metavar="[OPTIONEN]")
@episode_argument
@click.option(
    "--port", type=click.IntRange(0, 65535), envvar="PODCAST_PORT", metavar="ZAHL",
    help="Port der Adresse; 0 nimmt einen freien.",
)  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Nur die Adresse nennen, keinen Browser öffnen.")
@click.pass_obj
def review(session: Session, episode: str, port: int | None, no_browser: bool) -> None:
    """Ein Transkript nach Gehör korrigieren: eine Seite auf diesem PC, die ab dem Wort abspielt und von selbst sichert.

    Gesichert wird in transcripts/, und nur dort. Beenden mit „Fertig“ auf der Seite oder mit Strg+C.
    """
    from pipeline.review.server import serving
    from pipeline.review.session import ReviewSession

    opened = ReviewSession(session.root, episode, now=lambda: datetime.now(UTC))
    with serving(opened, port=port, worded=as_called) as running:
        click.echo(f"Gegenlesen: {running.address}")
        click.echo("Beenden mit „Fertig“ auf der Seite oder mit Strg+C.")
        if not no_browser:
            import webbrowser  # slow to import, and `--help` imports this module

            webbrowser.open(running.address)
        try:
            while not opened.ended.wait(_POLL_S):
                if running.idle_s() > _LONGEST_IDLE_S:
                    click.echo("Seit zwölf Stunden ist nichts geschehen.")
                    break
        except KeyboardInterrupt:
            click.echo()
        click.echo(f"Beendet. Der Text liegt in {opened.paths.transcript.relative_to(session.root)}.")
