"""`podcast init`: asks about a new show, in German, and makes its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import somebody_is_there, verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.workflow.session import Session

_QUESTIONS = {
    "author": "Wer gibt den Podcast heraus?",
    "description": "Worum geht es, in einem Satz?",
    "email": "Postfach der Redaktion (steht im Feed)",
    "website": "Adresse, unter der der Podcast liegen wird, wie https://www.beispiel.de/podcast/",
    "imprint": "Adresse des Impressums",
    "privacy": "Adresse der Datenschutzerklärung",
    "accessibility": "Adresse der Erklärung zur Barrierefreiheit",
    "report_barrier": "Adresse, unter der man Barrieren meldet",
    "colour": "Farbe, wie #0a5876 (Cover, Verweise)",
    "target": "Wohin wird hochgeladen: sftp://…, s3://… oder ein Ordner",
}

_NEEDED = ("email", "website", "imprint", "privacy", "accessibility", "report_barrier")  # to publish


def _option(key: str, question: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def checked(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
        from pipeline.editor.new_show_files import checked_answer

        try:
            return text and checked_answer(key, text)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error

    return click.option(f"--{key.replace('_', '-')}", metavar="TEXT", callback=checked, help=question)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for key, question in reversed(_QUESTIONS.items()):
        command = _option(key, question)(command)
    return command


@verb("init", "Einen eigenen Podcast anlegen: einen Ordner mit Einstellungen, Cover und Makefile.")
@click.argument("title", metavar="NAME", envvar="PODCAST_TITLE")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, resolve_path=True),
    metavar="ORDNER",
    help="Der neue Ordner (sonst: nach dem Namen benannt).",
)
@click.option("--example", is_flag=True, help="Die Beispielfolge dazulegen.")
@_options
@click.pass_obj
def init(session: Session, /, title: str, folder: Path | None, example: bool, **given: str | None) -> None:
    from pipeline.editor.init import create_show, home_of, refuse_used
    from pipeline.editor.new_show_files import shades
    from pipeline.tags.drawn_cover import undrawable
    from pipeline.values.new_show import NewShow

    title = _title(title)
    home = folder or home_of(title, session.root)
    refuse_used(home)
    answers = _asked(given) if somebody_is_there() else {key: text or "" for key, text in given.items()}
    show = NewShow(title=title, **answers)
    create_show(home, show, example=example)
    click.echo(f"Angelegt: {home}")
    if show.colour and (used := shades(show.colour)) != (show.colour, show.colour):
        click.echo(f"  Auf den Seiten ist die Farbe lesbar als {used[0]} (hell) und {used[1]} (dunkel).")
    if missing := undrawable(title):
        click.echo(f"  Auf dem Cover fehlen Zeichen ({missing}): besser ein eigenes Bild nehmen, episodes/cover.jpg.")
    if not all(answers[key] for key in _NEEDED):
        click.echo("  Noch auszufüllen in episodes/show.toml, vor dem Veröffentlichen: die Adressen auf „.invalid“.")
    click.echo(f"Als Nächstes:\n  cd {home}")
    click.echo("  make episode EPISODE=0" if example else '  make new EPISODE=1 TITLE="…"')


def _title(text: str) -> str:
    from pipeline.errors import UsageError
    from pipeline.values.checked import checked_title

    try:
        return checked_title(" ".join(text.split()))
    except ValueError as error:
        raise UsageError(f"Der Name {error}.", advice="Einen anderen angeben; es wurde nichts angelegt.") from error


def _asked(given: dict[str, str | None]) -> dict[str, str]:
    """What the options said, and for the rest what people answer; an empty answer is for later."""
    from pipeline.editor.new_show_files import checked_answer

    if None in given.values():
        click.echo("Was noch offen ist, mit der Eingabetaste überspringen.")
    answers = {}
    for key, text in given.items():
        answer = text
        while answer is None:
            said = click.prompt(f"{_QUESTIONS[key]}\n ", default="", show_default=False, prompt_suffix=" ")
            try:
                answer = said.strip() and checked_answer(key, said.strip())
            except ValueError as error:
                click.echo(f"  So geht es nicht: {error}.")
        answers[key] = answer
    return answers
