"""`podcast new`, `episode`, `status` and the single steps: from an episode's new folder to the finished episode."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import say
from pipeline.cli.notify import notify_option
from pipeline.cli.options import episode_argument, somebody_is_there, verb
from pipeline.cli.summary import print_episodes, print_next_due, print_report, print_unchanged
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.editor.answers import Person
    from pipeline.values.show import Episode
    from pipeline.workflow.session import Session

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


@verb("new", "Den Ordner einer neuen Folge anlegen, mit Vorlage für episode.toml und Shownotes.")
@click.argument("number", metavar="NUMMER", envvar="PODCAST_EPISODE")
@click.option("--title", envvar="PODCAST_TITLE", required=True, metavar="TITEL", help="Titel der Folge.")
@click.option(
    "--speakers",
    envvar="PODCAST_SPEAKERS",
    metavar="NAMEN",
    help='Wer spricht, etwa "Klara Klang (Moderation), Tom Takt [Testwerk]"; ohne wird gefragt.',
)
@click.pass_obj
def new(session: Session, number: str, title: str, speakers: str | None) -> None:
    from pipeline.editor.new import create_episode

    people = _people(speakers)
    home = create_episode(session.root, number, title, people).relative_to(session.root).as_posix()
    click.echo(f"Angelegt: {home}/")
    click.echo("Als Nächstes, in dieser Reihenfolge:")
    rest = "Zusammenfassung und, wenn er feststeht, den Termin" if people else "wer spricht, Zusammenfassung, Termin"
    for what, text in (
        (f"make set EPISODE={number}", rest),
        ("episodes/glossary.toml", "Namen und Fachwörter eintragen, auf die das Hören achten soll"),
        (f"{home}/raw.wav", "die Aufnahme dorthin legen"),
        (f"make episode EPISODE={number}", "daraus die Folge machen"),
    ):
        say(f"  {what}\n      {text}")


def _people(speakers: str | None) -> tuple[Person, ...]:
    """The people who speak, as an option names them or a person at the terminal; empty if nobody says."""
    from pipeline.editor.answers import read_people

    asks = not speakers and somebody_is_there()
    while asks:
        answer = click.prompt(
            "Wer spricht? Namen mit Komma, etwa: Klara Klang (Moderation), Tom Takt [Testwerk]\n(Eingabetaste: später)",
            default="",
            show_default=False,
        )
        try:
            return read_people(answer) if answer.strip() else ()
        except ValueError as mistake:
            click.echo(f"  {mistake}")
    try:
        return read_people(speakers) if speakers else ()
    except ValueError as mistake:
        raise UsageError(f"Wer spricht: {mistake}", advice="So angeben; es wurde nichts angelegt.") from mistake


@verb("episode", "Eine Folge ganz produzieren (oder alle): von der Aufnahme bis zu Feed und Seiten.")
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
@notify_option
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
    from pipeline.workflow.produce import produce
    from pipeline.workflow.site import next_due

    session: Session = ctx.obj
    _refuse_contradictions(episode, take_draft, all_episodes, workers, scheduler)
    if all_episodes:
        ctx.exit(_produce_all(session, workers=workers or 1, scheduler=scheduler))
    if not episode:
        raise click.MissingParameter(ctx=ctx, param_type="argument", param_hint="'FOLGE'")
    made = produce(replace(session, take_draft=take_draft), episode)
    print_unchanged(session)
    _print_results(session, made)
    print_next_due(next_due(session))


@verb("status", "Zeigen, was für eine Folge zu tun wäre und warum; ohne FOLGE ein Überblick.")
@click.argument("episode", metavar="[FOLGE]", required=False, envvar="PODCAST_EPISODE")
@click.option("--full", is_flag=True, help="Alle Dateien neu prüfen, auch große.")
@click.option("--next", "only_next", is_flag=True, help="Ohne FOLGE: nur sagen, was als Nächstes zu tun ist.")
@click.pass_obj
def status(session: Session, episode: str | None, full: bool, only_next: bool) -> None:
    from pipeline.cli.console import title
    from pipeline.workflow.status import episode_status, missing_recording

    session = replace(session, full=full)
    if not episode:
        from pipeline.cli.overview import print_next, print_overview
        from pipeline.workflow.overview import overview

        (print_next if only_next else print_overview)(overview(session))
        return
    known, verdicts = episode_status(session, episode)
    click.echo(f"{known.folder}: {known.title}")
    if (missing := missing_recording(session, known)) is not None:
        say(f"  {missing.problem}\n  Was tun: {missing.advice}")
    for step, verdict in verdicts:
        click.echo(f"  {'→' if verdict.runs else '='} {step.name:<11} {title(step):<24} {verdict.reason}")
        if step.remarks is not None and not verdict.runs:
            for text in step.remarks(verdict):
                say(f"    Hinweis: {text}")


def _step_verb(name: str, text: str) -> click.Command:
    @verb(name, text)
    @episode_argument
    @notify_option
    @click.pass_obj
    def run(session: Session, episode: str, take_draft: bool = False, again: bool = False) -> None:
        from pipeline.show.folders import find_episode
        from pipeline.workflow.produce import produce

        produce(replace(session, take_draft=take_draft, again=name if again else ""), episode, verb=name)
        print_unchanged(session)
        if name == "report":
            print_report(session, find_episode(session.root, episode))

    return run


assemble = _step_verb("assemble", "Die Aufnahmen prüfen und auf eine Zeitachse legen.")
speakers = _again(_step_verb("speakers", "Herausfinden, wann welche Stimme spricht."))
normalise = _step_verb("normalise", "Die Lautheit angleichen.")
transcribe = _again(_step_verb("transcribe", "Die Sprache mit Whisper erkennen."))
split = _take_draft(_step_verb("split", "Den Entwurf des Transkripts nach Stimmen schreiben."))
retime = _step_verb("retime", "Dem korrigierten Transkript seine Zeiten geben.")
encode = _step_verb("encode", "Die MP3 schreiben und nachmessen.")
report = _step_verb("report", "Den Klangbericht work/report.html zeichnen.")
tag = _step_verb("tag", "Titel, Cover, Kapitel und Transkript in die MP3 schreiben.")
shownotes = _step_verb("shownotes", "Die Shownotes aus Markdown erzeugen.")


def _refuse_contradictions(
    episode: str | None, take_draft: bool, all_episodes: bool, workers: int | None, scheduler: str | None
) -> None:
    if all_episodes and (episode or take_draft):
        raise UsageError(
            f"{f'„{episode}“' if episode else 'TAKE_DRAFT=1'} gilt für eine Folge, `make episodes` ist für alle.",
            advice="Eines von beiden weglassen.",
        )
    if not all_episodes and (workers or scheduler):
        raise UsageError(
            "WORKERS=… und SCHEDULER=… verteilen mehrere Folgen; hier ist es eine.",
            advice="`make episodes` aufrufen oder sie weglassen.",
        )
    if workers and scheduler:
        raise UsageError(
            "WORKERS=… und SCHEDULER=… schließen sich aus: wie viele Folgen zugleich, bestimmt dort der Cluster.",
            advice="Eines von beiden weglassen.",
        )


def _produce_all(session: Session, *, workers: int, scheduler: str | None) -> int:
    """Make every episode, then the site with those that succeeded; returns the exit status."""
    from pipeline.cli.console import Console
    from pipeline.workers.farm import make_all
    from pipeline.workflow.site import update_site

    console = session.listen
    assert isinstance(console, Console)
    ended = make_all(session, workers=workers, scheduler=scheduler, listen=console)
    failed = {folder: error for folder, error in ended.items() if error is not None}
    for folder, error in failed.items():
        say(f"\nFehler in {folder}: {error}", err=True)
    coming = update_site(session, failed=failed.keys())
    print_unchanged(session)
    print_next_due(coming)
    print_episodes(session, ended, console.done)
    click.echo(f"Fertig: {len(ended) - len(failed)} von {len(ended)} Folgen")
    if failed:
        click.echo(f"Nicht fertig, öffentlich bleibt der letzte Stand: {', '.join(failed)}", err=True)
    return next((error.exit_code for error in failed.values()), 0)


def _print_results(session: Session, made: Episode) -> None:
    paths = session.paths
    public = paths.feed.episode(made.folder)
    page = (public if public.exists() else paths.preview.episode(made.folder)) / "index.html"
    click.echo(f"Seite:      {page.relative_to(session.root)}")
    transcript = paths.episode(made.folder).transcript
    if transcript.exists():
        click.echo(f"Transkript: {transcript.relative_to(session.root)}")
    else:
        say("Transkript: noch keines; es entsteht, wenn die Audiodatei da ist (make import-feed … AUDIO=1)")
    print_report(session, made.folder)
