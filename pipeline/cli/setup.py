"""`podcast setup`: what an installed program needs besides its packages, each asked for by name."""

from __future__ import annotations

import click

from pipeline.cli.options import verb


@click.group("setup", short_help="Dazu installieren, was manche Podcasts brauchen.", options_metavar="[OPTIONEN]")
def setup() -> None:
    """Dazu installieren, was manche Podcasts brauchen: die Gewichte zum Trennen der Stimmen, Pakete zum Hochladen."""


@verb("voices", "Die Gewichte laden, mit denen Stimmen einer gemeinsamen Aufnahme getrennt werden (81 MB).")
def voices() -> None:
    from pipeline.speech.voices_fetch import fetch_voices

    click.echo("Fertig: voices." if fetch_voices() else "Ist schon da: voices.")


def _packages(extra: str, text: str) -> click.Command:
    @verb(extra, text)
    def install() -> None:
        from pipeline.workflow.extras import install_packages

        install_packages(extra)
        click.echo(f"Fertig: {extra}.")

    return install


setup.add_command(voices)
setup.add_command(_packages("sftp", "Was das Hochladen per SFTP braucht."))
setup.add_command(_packages("s3", "Was das Hochladen nach S3 braucht."))
setup.add_command(_packages("cluster", "Was das Verteilen auf mehrere Rechner braucht."))
