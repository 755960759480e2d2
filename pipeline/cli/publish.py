"""`podcast publish`: releases due episodes and uploads `feed/` to where the public hears and reads it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import say
from pipeline.cli.options import agrees, confirms_draft, somebody_is_there, yes_option

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pipeline.upload.difference import LocalFile
    from pipeline.workflow.session import Session
    from pipeline.workflow.upload_show import Published


@click.command(
    "publish",
    short_help="Fällige Folgen veröffentlichen und feed/ hochladen.",
    options_metavar="[OPTIONEN]",
)
@click.option("--dry-run", is_flag=True, envvar="PODCAST_DRY_RUN", help="Nur zeigen, was geschähe.")
@click.option(
    "--verify",
    is_flag=True,
    envvar="PODCAST_VERIFY",
    help="Danach unter base_url nachsehen, ob alles erreichbar ist (auch: verify = true in show.toml).",
)
@yes_option
@click.pass_obj
def publish(session: Session, dry_run: bool, verify: bool, yes: bool) -> None:
    """Fällige Folgen veröffentlichen und feed/ zum Ziel hochladen, das in show.toml unter [publish] steht.

    Der Reihe nach: Was fällig und noch nicht veröffentlicht ist, wird wie mit `release` geprüft und eingefroren;
    besteht eine Folge die Prüfung nicht, wird nichts hochgeladen. Eine Folge, deren Transkript noch niemand korrigiert
    hat, bleibt draußen, wenn niemand die Rückfrage bejaht; der Befehl endet dann mit 14. Dann gehen geänderte Dateien
    zum Ziel: Audio, Transkripte, Seiten, zuletzt der Feed. Audio und Transkripte werden auf dem Ziel nur gelöscht, wenn
    ihre Folge zurückgezogen ist, nach einer Rückfrage. --yes bejaht jede Rückfrage. Ein Abbruch schadet nicht; der
    nächste Aufruf macht dort weiter.
    """
    from pipeline.show.settings_cache import load_show
    from pipeline.workflow.site import next_due
    from pipeline.workflow.upload_show import Listeners, publish_show, refuse_findings, refuse_left, refuse_left_out

    listeners = Listeners(
        released=lambda folder: click.echo(f"{folder} ist veröffentlicht und eingefroren."),
        sends=_print_file,
        confirms=partial(confirms_draft, yes=yes) if not dry_run else lambda _: yes,
        removes=partial(_may_remove, yes),
    )
    done = publish_show(session, listeners, dry_run=dry_run, verify=verify)
    for folder in done.left_out:
        click.echo(f"{folder} bleibt draußen: das Transkript ist der unveränderte Entwurf.")
    _print_planned(done) if dry_run else _print_done(done)
    coming = next_due(session)
    if coming is not None:
        say(f"Nächster Termin: {coming:%d.%m.%Y %H:%M} Uhr; danach `make publish` noch einmal aufrufen.")
    base_url = load_show(session.root).base_url
    for finding in done.findings:
        click.echo(f"  {'!' if finding.serious else '·'} {finding.address}: {finding.text}")
    if not dry_run:
        refuse_left(done)
    refuse_findings(base_url, done.findings)
    if done.asked:
        click.echo(f"Unter {base_url} nachgesehen: {done.asked} Dateien, Feed und Audio sind, wie sie sein sollen.")
    refuse_left_out(done.left_out)


def _may_remove(yes: bool, files: Sequence[str], without_copy: Collection[str]) -> bool:
    """Name the files of withdrawn episodes and ask, if somebody is there to answer."""
    click.echo("Zurückgezogen, auf dem Ziel aber noch für alle zu haben:")
    for address in files:
        click.echo(f"  {address}{' (hier liegt keine Kopie davon)' if address in without_copy else ''}")
    if yes:
        return True
    if not somebody_is_there():
        say("Noch nicht gelöscht. Mit YES=1 wird gelöscht.")
        return False
    return agrees(f"{_files(len(files))} auf dem Ziel löschen?")


def _print_file(file: LocalFile) -> None:
    click.echo(f"  ↑ {file.address:<56} {_size(file.content.size_bytes):>10}")


def _print_planned(done: Published) -> None:
    for folder in done.to_release:
        click.echo(f"{folder} ist fällig und würde geprüft, veröffentlicht und eingefroren.")
    for file in done.sent:
        _print_file(file)
    for address in (*done.removed, *done.withdrawn):
        click.echo(f"  × {address}{' (zurückgezogen; nach Rückfrage)' if address in done.withdrawn else ''}")
    for address in done.links:
        click.echo(f"  ! {address} (Verweis aus feed/ hinaus, wird nicht hochgeladen)")
    click.echo(f"Probe für {done.target}: {_files(len(done.sent))} hochzuladen, {done.unchanged} unverändert.")
    click.echo("Es wurde nichts veröffentlicht und nichts hochgeladen.")


def _print_done(done: Published) -> None:
    for address in done.removed:
        click.echo(f"  × {address} (gibt es nicht mehr)")
    for address in done.withdrawn:
        click.echo(f"  × {address} (zurückgezogen)")
    if not done.sent and not done.removed and not done.withdrawn:
        click.echo(f"{done.target} ist auf dem Stand: {_files(done.unchanged)}, nichts zu tun.")
        return
    size = _size(sum(file.content.size_bytes for file in done.sent))
    gone = len(done.removed) + len(done.withdrawn)
    deleted = f", {gone} gelöscht" if gone else ""
    click.echo(
        f"Hochgeladen nach {done.target}: {_files(len(done.sent))} ({size}), {done.unchanged} unverändert{deleted}."
    )


def _files(count: int) -> str:
    return "1 Datei" if count == 1 else f"{count} Dateien"


def _size(size_bytes: int) -> str:
    """A size in German notation: `512 B`, `13,4 kB`, `43,1 MB`."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    amount, unit = (size_bytes / 1000, "kB") if size_bytes < 1_000_000 else (size_bytes / 1_000_000, "MB")
    return f"{amount:.1f} {unit}".replace(".", ",")
