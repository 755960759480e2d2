"""The `podcast` command: its options, its verbs in the order of the work, and its exit codes."""

from __future__ import annotations

import gettext
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# click asks gettext for its own messages; ours are German whatever the machine's language is.
os.environ["LANGUAGE"] = "de"
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))

import click  # noqa: E402

from pipeline.cli import (  # noqa: E402
    chapters,
    check,
    episode,
    import_feed,
    model,
    publish,
    release,
    site,
    speaker,
    transcript,
)
from pipeline.cli.console import Console, make_streams_utf8  # noqa: E402
from pipeline.errors import INTERRUPTED_EXIT_CODE, PipelineError, StorageError  # noqa: E402

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Moment(click.ParamType[datetime]):
    """A date, or a date and time, as in 2026-01-15 or 2026-01-15T06:00:00+01:00."""

    name = "datum"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"„{value}“ ist kein Datum; so geht es: 2026-01-15", param, ctx)
        return moment if moment.tzinfo else moment.astimezone()


class _InOrder(click.Group):
    """Lists its commands in the order of the work, not alphabetically."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_InOrder,
    context_settings=_SETTINGS,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
    no_args_is_help=True,
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    default=Path(),
    metavar="ORDNER",
    help="Ordner des Podcasts, in dem episodes/ liegt (sonst: der aktuelle Ordner).",
)
@click.option(
    "--today", type=_Moment(), metavar="DATUM", help="So tun, als wäre dieser Tag (für Termine und Vorschau)."
)
@click.option("--verbose", "-v", is_flag=True, help="Auch unveränderte Schritte zeigen.")
@click.version_option(package_name="digitales-mv-podcast", message="podcast %(version)s")
@click.pass_context
def cli(ctx: click.Context, root: Path, today: datetime | None, verbose: bool) -> None:
    """Von der Aufnahme zur fertigen Podcast-Folge: Lautheit, Transkript, MP3, Feed und Seiten.

    Eine FOLGE ist der Name ihres Ordners, ihre Nummer oder ihr Kurzname: 007-breitband, 7 oder breitband.
    Jeder Befehl macht nur, was nötig ist; was Menschen geschrieben haben, wird nie überschrieben.
    """
    from pipeline.workflow.session import Session

    console = Console(sys.stdout, verbose=verbose)
    ctx.call_on_close(console.close)
    ctx.obj = Session(root=root, now=today or datetime.now(UTC), listen=console)


for _command in (
    episode.new,
    episode.episode,
    episode.status,
    episode.assemble,
    episode.speakers,
    episode.normalise,
    episode.transcribe,
    episode.split,
    episode.retime,
    episode.encode,
    episode.report,
    episode.tag,
    episode.shownotes,
    site.feed,
    site.pages,
    site.search,
    site.preview,
    transcript.transcript,
    chapters.chapters,
    speaker.speaker,
    model.model,
    release.withdraw,
    check.check,
    import_feed.import_feed,
    release.release,
    publish.publish,
):
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the `podcast` command. Errors that people can fix are printed in German, without a traceback, and set their
    exit code."""
    make_streams_utf8()
    try:
        code = cli.main(args=arguments, prog_name="podcast", standalone_mode=False)
    except PipelineError as error:
        click.echo(f"\nFehler: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except MemoryError:
        full = StorageError(
            "Der Arbeitsspeicher reicht nicht.",
            where="Arbeitsspeicher dieses Rechners",
            advice="Andere Programme schließen oder weniger auf einmal tun (WORKERS=1, ein kleineres Modell) und den "
            "Befehl wiederholen. Alle vorhandenen Dateien sind unverändert.",
        )
        click.echo(f"\nFehler: {full}", err=True)
        sys.exit(full.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nAbgebrochen. Der nächste Aufruf macht dort weiter.", err=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
