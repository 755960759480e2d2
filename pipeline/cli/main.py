"""The verbs of the pipeline on the command line; the only place that prints, draws progress and exits."""

from __future__ import annotations

import gettext
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

# click asks gettext for its own messages; ours are German whatever the machine's language is.
os.environ["LANGUAGE"] = "de"
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))

import click  # noqa: E402

from pipeline.cli.options import accept_option  # noqa: E402
from pipeline.errors import INTERRUPTED_EXIT_CODE, PipelineError, StorageError, UsageError  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.values.show import Episode
    from pipeline.workflow.verbs import Session

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


class _Verbs(click.Group):
    """Lists its commands in the order of the work, not of the alphabet. Those of other modules are imported when
    somebody asks for them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._elsewhere: dict[str, str] = {}

    def add_from(self, module: str, *names: str) -> None:
        """Add commands of `pipeline.cli.<module>`, which are called there as they are here."""
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
    from pipeline.cli.console import Console
    from pipeline.workflow.verbs import Session

    console = Console(sys.stdout, verbose=verbose)
    ctx.call_on_close(console.close)
    ctx.obj = Session(root=root, now=today or datetime.now(UTC), listen=console)


def _verb(name: str, text: str) -> Callable[[Callable[..., None]], click.Command]:
    return cli.command(name, help=text, short_help=text, options_metavar="[OPTIONEN]")


_episode = click.argument("episode", metavar="FOLGE", envvar="PODCAST_EPISODE")


_take_draft = click.option(
    "--take-draft",
    is_flag=True,
    envvar="PODCAST_TAKE_DRAFT",
    help="Den neuen Entwurf an die Stelle des bearbeiteten Transkripts setzen; dieses wird vorher gesichert.",
)


_again = click.option(
    "--again",
    is_flag=True,
    envvar="PODCAST_AGAIN",
    help="Auch wenn nichts geändert ist; ein korrigiertes Transkript bleibt, der neue Entwurf liegt daneben.",
)


@_verb("new", "Den Ordner einer neuen Folge anlegen, mit Vorlage für episode.toml und Shownotes.")
@click.argument("number", metavar="NUMMER", envvar="PODCAST_EPISODE")
@click.option("--title", envvar="PODCAST_TITLE", required=True, metavar="TITEL", help="Titel der Folge.")
@click.pass_obj
def new(session: Session, number: str, title: str) -> None:
    from pipeline.editor.new import create_episode

    home = create_episode(session.root, number, title)
    click.echo(f"Angelegt: {home.relative_to(session.root)}/")
    click.echo("Als Nächstes die Aufnahme dorthin legen und episode.toml ausfüllen, dann:")
    click.echo(f"  make episode EPISODE={number}")


@_verb("episode", "Eine Folge ganz produzieren (oder alle): von der Aufnahme bis zu Feed und Seiten.")
@click.argument("episode", metavar="[FOLGE]", required=False, envvar="PODCAST_EPISODE")
@_take_draft
@click.option("--all", "all_episodes", is_flag=True, help="Alle Folgen; was fertig ist, bleibt, wie es ist.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="ZAHL",
    envvar="PODCAST_WORKERS",
    help="Mit --all: so viele Folgen zugleich (sonst: eine nach der anderen).",
)
@click.option(
    "--scheduler",
    metavar="ADRESSE",
    envvar="PODCAST_SCHEDULER",
    help="Mit --all: auf den Rechnern eines dask-Clusters, etwa tcp://192.0.2.7:8786.",
)
@click.pass_context
def episode(
    ctx: click.Context,
    *,
    episode: str | None,
    take_draft: bool,
    all_episodes: bool,
    workers: int | None,
    scheduler: str | None,
) -> None:
    from pipeline.workflow.verbs import next_due, produce

    session: Session = ctx.obj
    _refuse_contradictions(episode, take_draft, all_episodes, workers, scheduler)
    if all_episodes:
        ctx.exit(_produce_all(session, workers=workers or 1, scheduler=scheduler))
    if not episode:
        raise click.MissingParameter(ctx=ctx, param_type="argument", param_hint="'FOLGE'")
    made = produce(replace(session, take_draft=take_draft), episode)
    _tell_unchanged(session)
    _tell_results(session, made)
    _tell_next_due(next_due(session))


@_verb("status", "Zeigen, was für eine Folge zu tun wäre und warum; ohne FOLGE ein Überblick.")
@click.argument("episode", metavar="[FOLGE]", required=False, envvar="PODCAST_EPISODE")
@click.option("--full", is_flag=True, help="Alle Dateien neu prüfen, auch große.")
@click.pass_obj
def status(session: Session, episode: str | None, full: bool) -> None:
    from pipeline.cli.console import title
    from pipeline.workflow import verbs as workflow

    session = replace(session, full=full)
    if not episode:
        for known, standing in workflow.overview(session):
            click.echo(f"{known.folder:<32} {standing}")
        return
    known, verdicts = workflow.status(session, episode)
    click.echo(f"{known.folder}: {known.title}")
    for step, verdict in verdicts:
        click.echo(f"  {'→' if verdict.runs else '='} {step.name:<11} {title(step):<24} {verdict.reason}")
        if step.remarks is not None and not verdict.runs:
            for text in step.remarks(verdict):
                click.echo(f"    Hinweis: {text}")


def _step_verb(name: str, text: str) -> None:
    @_verb(name, text)
    @_episode
    @click.pass_obj
    def run(session: Session, episode: str, take_draft: bool = False, again: bool = False) -> None:
        from pipeline.workflow.verbs import produce

        produce(replace(session, take_draft=take_draft, again=name if again else ""), episode, verb=name)
        _tell_unchanged(session)

    if name == "split":
        _take_draft(run)
    if name in {"speakers", "transcribe"}:
        _again(run)


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
@accept_option
@click.option(
    "--uploaded",
    is_flag=True,
    envvar="PODCAST_UPLOADED",
    help="feed/ ist von Hand hochgeladen: diesen Stand als veröffentlicht vermerken.",
)
@click.pass_obj
def feed(session: Session, accept: frozenset[str], uploaded: bool) -> None:
    from pipeline.workflow import verbs as workflow

    coming = workflow.publish(replace(session, accept=accept), verb="feed")
    _tell_unchanged(session)
    if uploaded:
        workflow.record_published(session)
        click.echo(f"Vermerkt in {session.paths.published.relative_to(session.root)}; die Datei gehört ins Git.")
    _tell_next_due(coming)


@_verb("pages", "Die Webseiten und Transkript-Dateien in feed/ auf den Stand bringen.")
@click.pass_obj
def pages(session: Session) -> None:
    from pipeline.workflow import verbs as workflow

    workflow.publish(session, verb="pages")
    _tell_unchanged(session)


cli.add_from("site", "search", "preview")
cli.add_from("transcript", "transcript")
cli.add_from("chapters", "chapters")
cli.add_from("speaker", "speaker")
cli.add_from("model", "model")
cli.add_from("released", "withdraw")
cli.add_from("check", "check")
cli.add_from("feed", "import-feed")


@_verb("release", "Eine Folge veröffentlichen: ihre Audiodatei und ihr Eintrag sind danach eingefroren.")
@_episode
@click.option(
    "--new-audio",
    is_flag=True,
    envvar="PODCAST_NEW_AUDIO",
    help="Eine schon veröffentlichte Folge mit neuer Aufnahme, unter neuem Dateinamen und gleicher Kennung.",
)
@click.pass_obj
def release(session: Session, episode: str, new_audio: bool) -> None:
    from pipeline.workflow import after_release as released
    from pipeline.workflow import verbs as workflow

    if new_audio:
        made = released.replace_audio(session, episode)
        click.echo(f"{made.folder} bleibt veröffentlicht und eingefroren. Jetzt den Ordner feed/ hochladen.")
        return
    made = workflow.release(session, episode)
    click.echo(f"{made.folder} ist veröffentlicht und eingefroren. `make publish` lädt sie hoch.")


cli.add_from("publish", "publish")


def _refuse_contradictions(
    episode: str | None, take_draft: bool, all_episodes: bool, workers: int | None, scheduler: str | None
) -> None:
    if all_episodes and (episode or take_draft):
        raise UsageError(
            f"--all gilt für alle Folgen, {f'„{episode}“' if episode else '--take-draft'} für eine.",
            advice="Eines von beiden weglassen.",
        )
    if not all_episodes and (workers or scheduler):
        raise UsageError(
            "--workers und --scheduler verteilen mehrere Folgen; hier ist es eine.",
            advice="--all angeben oder sie weglassen.",
        )
    if workers and scheduler:
        raise UsageError(
            "--workers und --scheduler schließen sich aus: wie viele Folgen zugleich, bestimmt dort der Cluster.",
            advice="Eines von beiden weglassen.",
        )


def _produce_all(session: Session, *, workers: int, scheduler: str | None) -> int:
    """Make every episode, publish those that came out; gives the exit status."""
    from pipeline.cli.console import Console
    from pipeline.workers.farm import make_all
    from pipeline.workflow import verbs as workflow

    console = session.listen
    assert isinstance(console, Console)
    ended = make_all(session, workers=workers, scheduler=scheduler, listen=console)
    failed = {folder: error for folder, error in ended.items() if error is not None}
    for folder, error in failed.items():
        click.echo(f"\nFehler in {folder}: {error}", err=True)
    coming = workflow.publish(session, held=failed.keys())
    _tell_unchanged(session)
    _tell_next_due(coming)
    click.echo(f"Fertig: {len(ended) - len(failed)} von {len(ended)} Folgen")
    if failed:
        click.echo(f"Nicht fertig, öffentlich bleibt der letzte Stand: {', '.join(failed)}", err=True)
    return next((error.exit_code for error in failed.values()), 0)


def _tell_unchanged(session: Session) -> None:
    from pipeline.cli.console import Console

    console = session.listen
    assert isinstance(console, Console)
    if console.unchanged and not console.verbose:
        click.echo(f"  = {console.unchanged} {'Schritt' if console.unchanged == 1 else 'Schritte'} unverändert")


def _tell_results(session: Session, made: Episode) -> None:
    paths = session.paths
    public = paths.feed.episode(made.folder)
    page = (public if public.exists() else paths.preview.episode(made.folder)) / "index.html"
    click.echo(f"Seite:      {page.relative_to(session.root)}")
    transcript = paths.episode(made.folder).transcript
    if transcript.exists():
        click.echo(f"Transkript: {transcript.relative_to(session.root)}")
    else:
        click.echo("Transkript: noch keines; es entsteht, wenn die Audiodatei da ist (make import-feed … AUDIO=1)")


def _tell_next_due(moment: datetime | None) -> None:
    if moment is not None:
        click.echo(f"Nächster Termin: {moment:%d.%m.%Y %H:%M} Uhr; danach `make feed` noch einmal aufrufen.")


def main(arguments: list[str] | None = None) -> None:
    """The `podcast` command: German errors instead of tracebacks for what people can mend, with their exit codes."""
    _make_streams_utf8()
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


def _make_streams_utf8() -> None:
    """Let `✓` and umlauts through where the terminal's own encoding is an older one (Windows, LANG=C)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
