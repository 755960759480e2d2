"""`podcast stats`: counts downloads in the logs of a web server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.workflow.session import Session
    from pipeline.workflow.stats import Counted


@click.command("stats", short_help="Downloads in den Logs des Webservers zählen.", options_metavar="[OPTIONEN]")
@click.argument("logs", metavar="LOG…", nargs=-1, envvar="PODCAST_LOG")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("statistik"),
    envvar="PODCAST_TO",
    metavar="ORDNER",
    help="Wohin Tabellen und Seite kommen (sonst: statistik/ im Ordner des Podcasts).",
)
@click.pass_obj
def stats(session: Session, logs: tuple[str, ...], folder: Path) -> None:
    """Downloads je Folge, Tag und Programm zählen, in Logs von nginx, Apache oder S3, auch in gepackten (.gz).

    Gezählt wird nach den Regeln des IAB: mindestens eine Minute, je Adresse und Programm einmal in 24 Stunden, keine
    Suchmaschinen. Adressen werden nur im Arbeitsspeicher verglichen, als Prüfsummen, und stehen in keiner Ausgabe. Was
    früher gezählt wurde, bleibt; die Logs zweier Läufe sollen sich um zwei Tage überlappen.
    """
    from pipeline.workflow.stats import count

    if not logs:
        raise UsageError(
            "Welche Logs sollen gezählt werden?",
            advice="Sie nennen, etwa: make stats LOG=/var/log/nginx/access.log*",
        )
    counted = count(session, logs, session.root / folder)
    _print(session, counted)


def _print(session: Session, counted: Counted) -> None:
    counts, reading = counted.counts, counted.reading
    click.echo(f"Gelesen: {_number(reading.lines)} Zeilen, davon {_number(counts.requests)} Abrufe von Folgen")
    for reason, number in counts.refused.most_common():
        click.echo(f"  nicht gezählt, {reason}: {_number(number)}")
    if reading.torn:
        count = "1 Zeile; sie fehlt" if reading.torn == 1 else f"{_number(reading.torn)} Zeilen; sie fehlen"
        click.echo(f"  zerrissen oder nicht zu lesen: {count} in der Zählung")
    for path in reading.broken:
        click.echo(f"  {path} bricht ab; gezählt ist, was davor steht")
    if counts.requests == 0 and reading.lines:
        click.echo("Darin ist kein Abruf einer Folge. Ist es das Log des Servers, auf dem das Audio liegt?")
    click.echo(f"Downloads in diesen Logs: {_number(counts.downloads.total())}, insgesamt: {_number(counted.total)}")
    page = counted.folder / "index.html"
    shown = page.relative_to(session.root) if page.is_relative_to(session.root) else page
    click.echo(f"Übersicht: {shown}, Tabellen daneben: downloads.csv, programme.csv")


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")
