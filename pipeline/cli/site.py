"""`podcast feed`, `pages`, `search` and `preview`: builds what the public gets, and shows it on this machine."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import as_called, say
from pipeline.cli.options import accept_option, verb
from pipeline.cli.summary import print_next_due, print_unchanged
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.workflow.session import Session

_POLL_S = 0.5


@verb("feed", "Den RSS-Feed und die Audiodateien in feed/ auf den Stand bringen.")
@accept_option
@click.option(
    "--uploaded",
    is_flag=True,
    envvar="PODCAST_UPLOADED",
    help="feed/ ist von Hand hochgeladen: diesen Stand als veröffentlicht vermerken.",
)
@click.pass_obj
def feed(session: Session, accept: frozenset[str], uploaded: bool) -> None:
    from pipeline.workflow.site import record_published, update_site

    coming = update_site(replace(session, accept=accept), verb="feed")
    print_unchanged(session)
    if uploaded:
        record_published(session)
        click.echo(f"Vermerkt in {session.paths.published.relative_to(session.root)}; die Datei gehört ins Git.")
    print_next_due(coming)


@verb("pages", "Die Webseiten und Transkript-Dateien in feed/ auf den Stand bringen.")
@click.pass_obj
def pages(session: Session) -> None:
    from pipeline.workflow.site import update_site

    update_site(session, verb="pages")
    print_unchanged(session)


@click.command("search", short_help="Die Suche über alle Folgen auf den Stand bringen.", options_metavar="[OPTIONEN]")
@click.pass_obj
def search(session: Session) -> None:
    """Die Suche über alle Folgen in feed/ auf den Stand bringen."""
    from pipeline.workflow.site import update_site

    update_site(session, verb="search")


@click.command(
    "preview", short_help="Die Seiten auf diesem PC ansehen, während man schreibt.", options_metavar="[OPTIONEN]"
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, envvar="PODCAST_PORT", metavar="ZAHL", show_default=True,
    help="Port der Adresse; 0 nimmt einen freien.",
)  # fmt: skip
@click.pass_obj
def preview(session: Session, port: int) -> None:
    """Die Seiten auf diesem PC ansehen, während man schreibt: nur hier zu sehen, Entwürfe unter /vorschau/.

    Wird eine Datei gespeichert, entstehen die Seiten neu, und der Browser lädt sie von selbst. Aufnahmen werden dabei
    nicht angefasst; das macht `make episode`. Beenden mit Strg+C.
    """
    from pipeline.editor.preview import DRAFTS, serving, watch
    from pipeline.workflow.site import update_after_edits, update_site

    state = _State(session)
    with serving(session.root, port=port, state=state, problem=lambda: state.problem) as address:
        try:
            state.build(lambda: update_site(session))
            click.echo(f"Vorschau:  {address}")
            click.echo(f"Entwürfe:  {address}{DRAFTS}/")
            click.echo("Beenden mit Strg+C.")
            watch(session.root, lambda folders: state.build(lambda: update_after_edits(session, folders)), pause=_pause)
        except KeyboardInterrupt:
            click.echo("\nVorschau beendet.")


class _State:
    """The state of the site: it changes after a rebuild, here or by another command, and not during one. `problem` is
    the German message of the last build here, "" if it went well."""

    def __init__(self, session: Session) -> None:
        self.manifest = session.paths.work / "manifest.json"
        self._root = session.root
        self.problem = ""
        self._failures = 0
        self._during: str | None = None

    def __call__(self) -> str:
        return self._during or self._now()

    def build(self, work: Callable[[], object]) -> None:
        """Run `work`. Whatever stops it is printed and shown on the pages, and the preview goes on."""
        self._during = self._now()
        try:
            work()
        except Exception as error:
            # Not only PipelineError: a file that no step expected must not end the preview either.
            self.problem = as_called(str(error)) if isinstance(error, PipelineError) else _unexpected(error, self._root)
            self._failures += 1
            say(f"\nFehler: {self.problem}", err=True)
        else:
            self.problem = ""
        finally:
            self._during = None

    def _now(self) -> str:
        return f"{self._on_disk()}-{self._failures}{'-' if self.problem else ''}"

    def _on_disk(self) -> str:
        try:
            return str(self.manifest.stat().st_mtime_ns)
        except OSError:
            return "0"


def _unexpected(error: Exception, root: Path) -> str:
    """A German sentence for an error that is no PipelineError."""
    from pipeline.cli.net import bug_report, file_problem

    problem = file_problem(error) if isinstance(error, OSError) else None
    return str(problem) if problem is not None else bug_report(error, root, sys.argv[1:])


def _pause() -> bool:
    time.sleep(_POLL_S)
    return True
