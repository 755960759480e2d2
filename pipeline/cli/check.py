"""`podcast check`: reports what has to be fixed before publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.called import say
from pipeline.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.editor.checks.finding import CheckFinding
    from pipeline.workflow.session import Session


@click.command(
    "check", short_help="Vor dem Veröffentlichen prüfen, eine Folge oder alles.", options_metavar="[OPTIONEN]"
)
@click.argument("episode", metavar="[FOLGE]", required=False, envvar="PODCAST_EPISODE")
@click.option("--online", is_flag=True, envvar="PODCAST_ONLINE", help="Auch die Links zu anderen Seiten abrufen.")
@click.pass_obj
def check(session: Session, episode: str | None, online: bool) -> None:
    """Vor dem Veröffentlichen prüfen: Einstellungen, Cover, Kapitel, Transkripte, Feed, Seiten und ihre Links.

    Fehler verhindern die Veröffentlichung, Warnungen entscheiden Menschen. Mit FOLGE ist alles ein Fehler, womit
    `release` sie ablehnte, auch draft = true. Bei jedem Fund steht in Klammern, woher die Regel kommt, und darunter, wo
    und wann sie zuletzt nachgelesen wurde. Es wird nichts verändert; ins Netz geht die Prüfung nur mit --online.
    """
    from pipeline.editor.check import run_checks

    findings = run_checks(session.root, episode or None, now=session.now, online=online, listener=session.listen)
    errors = [finding for finding in findings if finding.severity == "error"]
    warnings = [finding for finding in findings if finding.severity == "warning"]
    _print("Fehler", errors)
    _print("Warnungen", warnings)
    _print_sources(findings)
    if errors:
        count = "1 Fehler verhindert" if len(errors) == 1 else f"{len(errors)} Fehler verhindern"
        raise ReleaseError(
            f"{count} die Veröffentlichung.", advice="Bei jedem Fund steht, was zu tun ist; danach noch einmal prüfen."
        )
    noted = "eine Warnung" if len(warnings) == 1 else f"{len(warnings)} Warnungen"
    click.echo(f"Keine Fehler, {noted}." if warnings else "Keine Fehler, keine Warnungen.")


def _print(title: str, findings: Sequence[CheckFinding]) -> None:
    if not findings:
        return
    click.echo(f"{title} ({len(findings)}):")
    for finding in findings:
        mark = "!" if finding.severity == "error" else "·"
        say(f"  {mark} {finding.where}: {finding.text} [{finding.source}]")
        say(f"      → {finding.advice}")


def _print_sources(findings: Sequence[CheckFinding]) -> None:
    from pipeline.editor.checks.finding import cited

    if not findings:
        return
    click.echo("Woher die Regeln kommen:")
    for source in cited(findings):
        read = f" (gelesen am {source.read.day}.{source.read.month}.{source.read.year})" if source.read else ""
        say(f"  {source.name}: {source.says}; {source.where}{read}")
