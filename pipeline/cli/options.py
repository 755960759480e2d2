"""What several verbs share: their form, the argument for the episode, and options."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.called import say

if TYPE_CHECKING:
    from collections.abc import Callable


def verb(name: str, text: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command whose help is one sentence."""
    return click.command(name, help=text, short_help=text, options_metavar="[OPTIONEN]")


episode_argument = click.argument("episode", metavar="FOLGE", envvar="PODCAST_EPISODE")


yes_option = click.option(
    "--yes",
    "-y",
    is_flag=True,
    envvar="PODCAST_YES",
    help="Ohne Rückfrage, auch wenn ein Transkript der unveränderte Entwurf ist.",
)


def confirms_draft(folder: str, *, yes: bool) -> bool:
    """Whether the unchanged draft of an episode may be published. Asks only a person at a terminal."""
    if yes or not somebody_is_there():
        return yes
    return agrees(f"{folder}: das Transkript ist der unveränderte Entwurf. Trotzdem veröffentlichen?")


def somebody_is_there() -> bool:
    """Whether a person at a terminal can answer; standard input may also be closed."""
    return sys.stdin is not None and sys.stdin.isatty()


def agrees(question: str) -> bool:
    """Ask a person at the terminal. click's own question takes no "j" (8.5); anything but a yes is a no."""
    answer: str = click.prompt(f"{question} [j/N]", default="n", show_default=False)
    return answer.strip().casefold() in {"j", "ja", "y", "yes"}


def may_change(question: str, *, yes: bool) -> bool:
    """Whether the changes that were just shown may be made: if `yes` said so beforehand, or a person at the terminal
    agrees. Says so where nothing is changed."""
    if yes:
        return True
    if not somebody_is_there():
        say("Noch nichts geändert. Mit YES=1 wird geändert.")
        return False
    if not agrees(question):
        click.echo("Nichts geändert.")
        return False
    return True


class Kinds(click.ParamType[frozenset[str]]):
    """Kinds of changes to published things, separated by commas."""

    name = "arten"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        from pipeline.promises.changes import ACCEPTABLE

        kinds = frozenset(filter(None, (part.strip() for part in str(value).split(","))))
        for kind in sorted(kinds - set(ACCEPTABLE)):
            self.fail(f"„{kind}“ gibt es nicht; möglich sind: {', '.join(ACCEPTABLE)}", param, ctx)
        return kinds


accept_option = click.option(
    "--accept",
    type=Kinds(),
    default="",
    envvar="PODCAST_ACCEPT",
    metavar="ARTEN",
    help="Diese Änderungen an schon Veröffentlichtem ausdrücklich erlauben, mit Kommas: guid, published, slug, "
    "number, season, type, vanished, audio, base_url.",
)
