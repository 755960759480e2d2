"""The `podcast` command: its options, its verbs in the order of the work, and its exit codes."""

from __future__ import annotations

import gettext
import os
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

# click asks gettext for its own messages; ours are German whatever the machine's language is.
os.environ["LANGUAGE"] = "de"
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))

import click  # noqa: E402

from pipeline.cli.called import by_make, say, usage_by_make  # noqa: E402
from pipeline.cli.output import Output  # noqa: E402
from pipeline.errors import BUG_EXIT_CODE, INTERRUPTED_EXIT_CODE, PipelineError, StorageError  # noqa: E402

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Moment(click.ParamType[datetime]):
    """A date, or a date and time, as in 2026-01-15 or 2026-01-15T06:00:00+01:00."""

    name = "datum"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from pipeline.timecode import FIRST_YEAR, LAST_YEAR

        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"„{value}“ ist kein Datum; so geht es: 2026-01-15", param, ctx)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail(f"„{value}“ liegt nicht zwischen {FIRST_YEAR} und {LAST_YEAR}", param, ctx)
        return moment if moment.tzinfo else moment.astimezone()


class _Verbs(click.Group):
    """Lists its commands in the order of the work, not of the alphabet, and imports a command's module only when the
    command is asked for."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._elsewhere: dict[str, str] = {}
        self.root: Path | None = None  # the folder of the show that the last call named
        self.noted_verb = ""  # the verb at whose end somebody wants a note on the desktop

    def add_from(self, module: str, *names: str) -> None:
        """Add commands of `pipeline.cli.<module>`; their names there are the same, with underscores."""
        for name in names:
            self.add_command(click.Command(name))  # holds the place
            self._elsewhere[name] = f"pipeline.cli.{module}"

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = self._elsewhere.pop(cmd_name, None)
        if module is not None:
            self.add_command(getattr(import_module(module), cmd_name.replace("-", "_")))
        return super().get_command(ctx, cmd_name)


def _print_makefile(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    """Print where the Makefile of the program is: that of a show, which `podcast init` writes, calls it."""
    if wanted:
        from pipeline.build.shipped import shipped

        click.echo(shipped("Makefile"))
        ctx.exit()


def _show_around(folder: Path) -> Path:
    """The show that `folder` is in, at any depth; `folder` itself if it is in none."""
    from pipeline.paths import ShowPaths

    return next((home for home in (folder, *folder.parents) if ShowPaths(home).show_toml.is_file()), folder)


@click.group(
    cls=_Verbs,
    context_settings=_SETTINGS,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
    no_args_is_help=True,
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    metavar="ORDNER",
    help="Ordner des Podcasts, in dem episodes/ liegt (sonst: der aktuelle oder der nächste darüber).",
)
@click.option(
    "--today", type=_Moment(), metavar="DATUM", help="So tun, als wäre dieser Tag (für Termine und Vorschau)."
)
@click.option("--verbose", "-v", is_flag=True, help="Auch unveränderte Schritte zeigen.")
@click.option("--makefile", is_flag=True, is_eager=True, expose_value=False, hidden=True, callback=_print_makefile)
@click.version_option(package_name="digitales-mv-podcast", message="podcast %(version)s")
@click.pass_context
def cli(ctx: click.Context, root: Path | None, today: datetime | None, verbose: bool) -> None:
    """Von der Aufnahme zur fertigen Podcast-Folge: Lautheit, Transkript, MP3, Feed und Seiten.

    Eine FOLGE ist der Name ihres Ordners, ihre Nummer oder ihr Kurzname: 007-breitband, 7 oder breitband.
    Jeder Befehl macht nur, was nötig ist; was Menschen geschrieben haben, wird nie überschrieben.
    """
    from pipeline.cli.console import Console
    from pipeline.workflow.session import Session

    root = root or _show_around(Path.cwd())
    console = Console(sys.stdout, verbose=verbose)
    ctx.call_on_close(console.close)
    cli.root = root
    ctx.obj = Session(root=root, now=today or datetime.now(UTC), listen=console)


cli.add_from("init", "init")
cli.add_from("episode", "new")
cli.add_from("set_episode", "set")
cli.add_from("episode", "episode", "status", "assemble", "speakers", "normalise", "transcribe", "split")
cli.add_from("episode", "retime", "encode", "report", "tag", "shownotes")
cli.add_from("site", "feed", "pages", "search", "preview")
cli.add_from("review", "review")
cli.add_from("transcript", "transcript")
cli.add_from("chapters", "chapters")
cli.add_from("cuts", "cuts")
cli.add_from("speaker", "speaker")
cli.add_from("model", "model")
cli.add_from("release", "withdraw")
cli.add_from("check", "check")
cli.add_from("import_feed", "import-feed")
cli.add_from("release", "release")
cli.add_from("publish", "publish")
cli.add_from("setup", "setup")
cli.add_from("stats", "stats")


def main(arguments: list[str] | None = None) -> None:
    """Run the `podcast` command. Errors that people can fix are printed in German, without a traceback, and set their
    exit code; any other becomes a sentence and a file (`net.py`). Output that cannot be printed stops no verb."""
    output = Output()
    cli.noted_verb = ""
    code = _run(arguments)
    if not output.end() and code == 0:
        code = _fail(_incomplete_output())
        output.end()
    if cli.noted_verb:
        from pipeline.cli.notify import note_end

        note_end(cli.noted_verb, code)
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    """Run the command and print what stopped it; returns the exit code."""
    try:
        return cli.main(args=arguments, prog_name="podcast", standalone_mode=False) or 0
    except PipelineError as error:
        return _fail(error)
    except click.ClickException as error:
        if by_make() and isinstance(error, click.UsageError):
            return _fail(usage_by_make(error))
        error.show()
        return error.exit_code
    except MemoryError:
        return _fail(_no_memory())
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nAbgebrochen. Der nächste Aufruf macht dort weiter.", err=True)
        return INTERRUPTED_EXIT_CODE
    except Exception as error:
        from pipeline.cli.net import bug_report, file_problem

        problem = file_problem(error) if isinstance(error, OSError) else None
        if problem is not None:
            return _fail(problem)
        say(f"\nFehler: {bug_report(error, cli.root, arguments or sys.argv[1:])}", err=True)
        return BUG_EXIT_CODE


def _fail(error: PipelineError) -> int:
    say(f"\nFehler: {error}", err=True)
    return error.exit_code


def _no_memory() -> StorageError:
    return StorageError(
        "Der Arbeitsspeicher reicht nicht.",
        where="Arbeitsspeicher dieses Rechners",
        advice="Andere Programme schließen oder weniger auf einmal tun (WORKERS=1, ein kleineres Modell) und den "
        "Befehl wiederholen. Alle vorhandenen Dateien sind unverändert.",
    )


def _incomplete_output() -> StorageError:
    return StorageError(
        "Was dieser Befehl zu sagen hatte, ließ sich nicht alles schreiben; getan ist alles.",
        where="Ausgabe dieses Befehls (Bildschirm oder Protokolldatei)",
        advice="Dort, wohin die Ausgabe geht, Platz schaffen. Den Befehl noch einmal aufzurufen, schadet nicht.",
    )
