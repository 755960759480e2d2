"""`podcast set`: asks what an episode's TOML file should say, or takes it from options, and writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.called import print_wrapped, say
from pipeline.cli.options import agrees, episode_argument, may_change, somebody_is_there
from pipeline.errors import PipelineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.editor.set_episode import Edit, Setting
    from pipeline.workflow.session import Session

_OPTIONS = {
    "title": ("--title", "PODCAST_TITLE", "TITEL", "Titel der Folge."),
    "published": ("--date", "PODCAST_DATE", "TERMIN", 'Wann sie erscheint, etwa "3.12.2026, 6 Uhr"; "-": kein Termin.'),
    "draft": ("--draft", "PODCAST_DRAFT", "JA|NEIN", "Ob sie noch ein Entwurf ist; Entwürfe erscheinen nie."),
    "speakers": (
        "--speakers",
        "PODCAST_SPEAKERS",
        "NAMEN",
        'Wer spricht, etwa "Klara Klang (Moderation), Tom Takt [Testwerk]".',
    ),
    "summary": ("--summary", "PODCAST_SUMMARY", "TEXT", "Zusammenfassung in ein bis zwei Sätzen."),
    "topics": ("--topics", "PODCAST_TOPICS", "THEMEN", 'Themen mit Kommas, etwa "Schule, Verwaltung"; "-": keine.'),
    "chapters": ("--chapters", "PODCAST_CHAPTERS", "KAPITEL", 'Etwa "0:00 Anfang; 4:10 Netz"; "-": keine.'),
    "recording": ("--recording", "PODCAST_RECORDING", "DATEI", "Name der Aufnahme im Ordner der Folge."),
    "season": ("--season", "PODCAST_SEASON", "ZAHL", 'Staffel; "-": keine.'),
    "type": ("--type", "PODCAST_TYPE", "ART", "full, trailer oder bonus."),
}
"""By the key in episode.toml: option, variable, what it takes, help."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for key, (option, variable, takes, text) in reversed(_OPTIONS.items()):
        command = click.option(option, key, envvar=variable, metavar=takes, help=text)(command)
    return command


@click.command("set", short_help="Titel, Termin, Namen, Kapitel … einer Folge ändern.", options_metavar="[OPTIONEN]")
@episode_argument
@_options
@click.option("--yes", "-y", is_flag=True, envvar="PODCAST_YES", help="Ohne Rückfrage schreiben.")
@click.pass_obj
def set_episode(session: Session, /, episode: str, yes: bool, **given: str | None) -> None:
    """Titel, Termin, Namen, Zusammenfassung, Themen, Kapitel … einer Folge ändern, ohne TOML zu schreiben.

    Ohne Optionen wird gefragt; was dasteht, wird gezeigt, und die Eingabetaste behält es. Bevor etwas geschrieben wird,
    stehen die Zeilen vorher und nachher da. Anmerkungen und Reihenfolge in episode.toml bleiben, und vom vorigen Stand
    bleibt eine datierte Kopie in work/gesichert/.
    """
    from pipeline.editor.set_episode import plan_setting, read_episode_file, write_setting

    answers = {key: text for key, text in given.items() if text is not None}
    folder, table = read_episode_file(session.root, episode)
    if not answers:
        if not somebody_is_there():
            raise UsageError(
                "Hier ist niemand, der gefragt werden kann.",
                advice="Angeben, was sich ändern soll, etwa:\n"
                f'    make set EPISODE={episode} DATE="3.12.2026, 6 Uhr" SPEAKERS="Klara Klang, Tom Takt" YES=1',
            )
        answers = _asked(session, folder, table)
    setting = plan_setting(session.root, folder, answers, now=session.now)
    if not setting.edits:
        click.echo(f"{folder}: alles steht schon so da.")
        return
    _print(session, setting)
    setting = _with_strangers(session, setting, ask=not yes and somebody_is_there())
    if not may_change("So schreiben?", yes=yes):
        return
    copies = write_setting(session.root, setting, moment=session.now)
    folders = sorted({copy.parent.relative_to(session.root).as_posix() for copy in copies})
    click.echo("Geschrieben." + (f" Der vorige Stand liegt in {' und '.join(folders)}." if folders else ""))


set = set_episode  # noqa: A001  a verb is found by its name


def _asked(session: Session, folder: str, table: Mapping[str, Any]) -> dict[str, str]:
    """The answers of a person at the terminal to what they want to change."""
    from pipeline.editor.answers import QUESTIONS, is_template, shown
    from pipeline.editor.set_episode import plan_setting

    click.echo(folder)
    how = "Die Eingabetaste behält, was dasteht; „-“ leert es; Strg+C bricht ab, und nichts ist geändert."
    print_wrapped(how, more=0)
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        example = f" (etwa: {question.example})" if question.example else ""
        left = " (noch die Vorlage)" if is_template(question.key, table) else ""
        click.echo("")
        print_wrapped(question.text + example, more=0)
        print_wrapped(f"jetzt: {shown(question.key, table) or '–'}{left}", indent=2, more=7)
        while answer := click.prompt("  neu", default="", show_default=False, prompt_suffix=": ").strip():
            try:
                plan_setting(session.root, folder, {**answers, question.key: answer}, now=session.now)
            except PipelineError as mistake:
                print_wrapped(mistake.problem, indent=2)
                continue
            answers[question.key] = answer
            break
    click.echo("")
    return answers


def _print(session: Session, setting: Setting) -> None:
    from pipeline.promises.gate import advice_on

    for edit in setting.edits:
        _print_edit(session, edit)
    for note in setting.notes:
        print_wrapped(f"Hinweis: {note}", more=9)
    if setting.broken:
        say("Das ändert, was Abonnierende schon haben; `make feed` lehnt es ab:")
        for change in setting.broken:
            print_wrapped(change.text, indent=2)
        print_wrapped(f"Was tun: {advice_on(setting.broken)}", indent=2, more=9)


def _print_edit(session: Session, edit: Edit) -> None:
    for change in edit.lines:
        click.echo(f"{edit.path.relative_to(session.root).as_posix()}, ab Zeile {change.line}:")
        for mark, lines in (("vorher: ", change.before), ("nachher:", change.after)):
            for line in lines or ("(nichts)",):
                click.echo(f"  {mark} {line}".rstrip())


def _with_strangers(session: Session, setting: Setting, *, ask: bool) -> Setting:
    """`setting`, with those people entered in speakers.toml of whom somebody at the terminal says so."""
    from pipeline.editor.set_episode import with_registration

    if not setting.strangers:
        return setting
    if not ask:
        names = ", ".join(person.name for person in setting.strangers)
        print_wrapped(f"Hinweis: Nicht in episodes/speakers.toml: {names}. Wer öfter spricht, gehört dorthin.", more=9)
        return setting
    chosen = tuple(
        person
        for person in setting.strangers
        if agrees(f"„{person.name}“ auch in episodes/speakers.toml eintragen, für weitere Folgen?")
    )
    if not chosen:
        return setting
    further = with_registration(session.root, setting, chosen)
    _print_edit(session, further.edits[-1])
    return further
