"""The verbs of the pipeline on the command line; the only place that prints, draws progress and exits."""

from __future__ import annotations

import gettext
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

# click asks gettext for its own messages; ours are German whatever the machine's language is.
os.environ["LANGUAGE"] = "de"
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))

import click  # noqa: E402

from pipeline.cli_feed import import_feed  # noqa: E402
from pipeline.cli_speaker import speaker  # noqa: E402
from pipeline.cli_transcript import transcript  # noqa: E402
from pipeline.console import Console, make_streams_utf8, title  # noqa: E402
from pipeline.errors import INTERRUPTED_EXIT_CODE, PipelineError  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model import Episode
    from pipeline.workflow import Studio

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Moment(click.ParamType[datetime]):
    """A day or a moment, as in 2026-01-15 or 2026-01-15T06:00:00+01:00."""

    name = "datum"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"„{value}“ ist kein Datum; so geht es: 2026-01-15", param, ctx)
        return moment if moment.tzinfo else moment.astimezone()


class _InOrder(click.Group):
    """Lists its commands in the order of the work, not of the alphabet."""

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
    from pipeline.workflow import Studio  # noqa: PLC0415

    console = Console(sys.stdout, verbose=verbose)
    ctx.call_on_close(console.close)
    ctx.obj = Studio(root=root, now=today or datetime.now(UTC), listen=console)


def _verb(name: str, text: str) -> Callable[[Callable[..., None]], click.Command]:
    return cli.command(name, help=text, short_help=text, options_metavar="[OPTIONEN]")


_episode = click.argument("episode", metavar="FOLGE", envvar="PODCAST_EPISODE")


_take_draft = click.option(
    "--take-draft",
    is_flag=True,
    envvar="PODCAST_TAKE_DRAFT",
    help="Den neuen Entwurf an die Stelle des bearbeiteten Transkripts setzen; dieses wird vorher gesichert.",
)


@_verb("new", "Den Ordner einer neuen Folge anlegen, mit Vorlage für episode.toml und Shownotes.")
@click.argument("number", metavar="NUMMER", envvar="PODCAST_EPISODE")
@click.option("--title", envvar="PODCAST_TITLE", required=True, metavar="TITEL", help="Titel der Folge.")
@click.pass_obj
def new(studio: Studio, number: str, title: str) -> None:
    from pipeline.editor.new import create_episode  # noqa: PLC0415

    home = create_episode(studio.root, number, title)
    click.echo(f"Angelegt: {home.relative_to(studio.root)}/")
    click.echo("Als Nächstes die Aufnahme dorthin legen und episode.toml ausfüllen, dann:")
    click.echo(f"  make episode EPISODE={number}")


@_verb("episode", "Eine Folge ganz produzieren: von der Aufnahme bis zu Feed und Seiten.")
@_episode
@_take_draft
@click.pass_obj
def episode(studio: Studio, episode: str, take_draft: bool) -> None:
    from pipeline.workflow import next_due, produce  # noqa: PLC0415

    made = produce(replace(studio, take_draft=take_draft), episode)
    _tell_unchanged(studio)
    _tell_results(studio, made)
    _tell_next_due(next_due(studio))


@_verb("status", "Zeigen, was für eine Folge zu tun wäre und warum; ohne FOLGE ein Überblick.")
@click.argument("episode", metavar="[FOLGE]", required=False, envvar="PODCAST_EPISODE")
@click.option("--full", is_flag=True, help="Alle Dateien neu prüfen, auch große.")
@click.pass_obj
def status(studio: Studio, episode: str | None, full: bool) -> None:
    from pipeline import workflow  # noqa: PLC0415

    studio = replace(studio, full=full)
    if not episode:
        for known, standing in workflow.overview(studio):
            click.echo(f"{known.folder:<32} {standing}")
        return
    known, verdicts = workflow.status(studio, episode)
    click.echo(f"{known.folder}: {known.title}")
    for step, verdict in verdicts:
        click.echo(f"  {'→' if verdict.runs else '='} {step.name:<11} {title(step):<24} {verdict.reason}")


def _step_verb(name: str, text: str) -> None:
    @_verb(name, text)
    @_episode
    @click.pass_obj
    def run(studio: Studio, episode: str, take_draft: bool = False) -> None:
        from pipeline.workflow import produce  # noqa: PLC0415

        produce(replace(studio, take_draft=take_draft), episode, verb=name)
        _tell_unchanged(studio)

    if name == "split":
        _take_draft(run)


for _name, _text in {
    "assemble": "Die Aufnahmen prüfen und auf eine Zeitachse legen.",
    "speakers": "Herausfinden, wann welche Stimme spricht.",
    "normalise": "Die Lautheit angleichen.",
    "transcribe": "Die Sprache mit Whisper erkennen.",
    "split": "Den Entwurf des Transkripts nach Stimmen schreiben.",
    "retime": "Dem korrigierten Transkript seine Zeiten geben.",
    "encode": "Die MP3 schreiben und nachmessen.",
    "report": "Den Klangbericht work/report.html zeichnen.",
    "tag": "Titel, Cover, Kapitel und Transkript in die MP3 schreiben.",
    "shownotes": "Die Shownotes aus Markdown erzeugen.",
}.items():
    _step_verb(_name, _text)


@_verb("feed", "Den RSS-Feed und die Audiodateien in feed/ auf den Stand bringen.")
@click.pass_obj
def feed(studio: Studio) -> None:
    from pipeline.workflow import next_due, publish  # noqa: PLC0415

    publish(studio, verb="feed")
    _tell_unchanged(studio)
    _tell_next_due(next_due(studio))


@_verb("pages", "Die Webseiten und Transkript-Dateien in feed/ auf den Stand bringen.")
@click.pass_obj
def pages(studio: Studio) -> None:
    from pipeline.workflow import publish  # noqa: PLC0415

    publish(studio, verb="pages")
    _tell_unchanged(studio)


cli.add_command(transcript)
cli.add_command(speaker)
cli.add_command(import_feed)


@_verb("release", "Eine Folge veröffentlichen: ihre Audiodatei und ihr Eintrag sind danach eingefroren.")
@_episode
@click.pass_obj
def release(studio: Studio, episode: str) -> None:
    from pipeline import workflow  # noqa: PLC0415

    made = workflow.release(studio, episode)
    click.echo(f"{made.folder} ist veröffentlicht und eingefroren. Jetzt den Ordner feed/ hochladen.")


def _tell_unchanged(studio: Studio) -> None:
    console = studio.listen
    assert isinstance(console, Console)
    if console.unchanged and not console.verbose:
        click.echo(f"  = {console.unchanged} {'Schritt' if console.unchanged == 1 else 'Schritte'} unverändert")


def _tell_results(studio: Studio, made: Episode) -> None:
    paths = studio.paths
    public = paths.feed.episode(made.folder)
    page = (public if public.exists() else paths.preview.episode(made.folder)) / "index.html"
    click.echo(f"Seite:      {page.relative_to(studio.root)}")
    transcript = paths.episode(made.folder).transcript
    if transcript.exists():
        click.echo(f"Transkript: {transcript.relative_to(studio.root)}")
    else:
        click.echo("Transkript: noch keines; es entsteht, wenn die Audiodatei da ist (make import-feed … AUDIO=1)")


def _tell_next_due(moment: datetime | None) -> None:
    if moment is not None:
        click.echo(f"Nächster Termin: {moment:%d.%m.%Y %H:%M} Uhr; danach `make feed` noch einmal aufrufen.")


def main(arguments: list[str] | None = None) -> None:
    """The `podcast` command: German errors instead of tracebacks for what people can mend, with their exit codes."""
    make_streams_utf8()
    try:
        code = cli.main(args=arguments, prog_name="podcast", standalone_mode=False)
    except PipelineError as error:
        click.echo(f"\nFehler: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nAbgebrochen. Der nächste Aufruf macht dort weiter.", err=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
