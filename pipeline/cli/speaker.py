"""`podcast speaker …`: lists and renames the people who speak in the show, remembers and forgets voices."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import say
from pipeline.cli.options import episode_argument, may_change

if TYPE_CHECKING:
    from pipeline.editor.people import ListedSpeaker
    from pipeline.editor.rename import FileEdit, Renaming
    from pipeline.values.speech import VoiceProfile
    from pipeline.workflow.session import Session


@click.group(
    "speaker",
    short_help="Namen und gemerkte Stimmen der Sprechenden verwalten.",
    no_args_is_help=True,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
)
def speaker() -> None:
    """Namen und gemerkte Stimmen der Sprechenden verwalten."""


@speaker.command("list", short_help="Zeigen, wer in welcher Folge spricht.", options_metavar="[OPTIONEN]")
@click.pass_obj
def list_(session: Session) -> None:
    """Zeigen, wer in welcher Folge spricht, mit Organisation und anderen Schreibweisen; dazu die gemerkten Stimmen."""
    from pipeline.editor.people import listed_speakers
    from pipeline.editor.voices import remembered

    everybody = listed_speakers(session.root)
    if not everybody:
        click.echo("Noch spricht niemand: weder in episodes/speakers.toml noch in einer Folge steht ein Name.")
    for person in everybody:
        _print_person(person)
    for profile in remembered(session.root):
        _print_voice(profile)


@speaker.command("rename", short_help="Einen Namen überall ändern.", options_metavar="[OPTIONEN]")
@click.argument("old", metavar="ALT", envvar="PODCAST_FROM")
@click.argument("new", metavar="NEU", envvar="PODCAST_TO")
@click.option("--keep-alias", is_flag=True, envvar="PODCAST_KEEP_ALIAS", help="ALT als andere Schreibweise behalten.")
@click.option("--yes", "-y", is_flag=True, envvar="PODCAST_YES", help="Ohne Rückfrage ändern.")
@click.pass_obj
def rename(session: Session, old: str, new: str, keep_alias: bool, yes: bool) -> None:
    """Einen Namen überall ändern: in speakers.toml, in jeder episode.toml und in den Sprecherzeilen der Transkripte.

    Zuerst wird gezeigt, was sich ändert. Erwähnungen im Text werden nur aufgezählt. Von jeder geänderten Datei bleibt
    eine datierte Kopie in work/gesichert/.
    """
    from pipeline.editor.rename import plan_renaming
    from pipeline.editor.rename import rename as make_edits
    from pipeline.editor.voices import move, of_name

    renaming = plan_renaming(session.root, old, new, keep_alias=keep_alias)
    _print_renaming(session, renaming)
    if not may_change("So ändern?", yes=yes):
        return
    voice = of_name(session.root, renaming.old)
    copies = make_edits(session.root, renaming, moment=session.now)
    kept = voice is None or move(session.root, voice, renaming.new)
    folders = sorted({copy.parent.relative_to(session.root).as_posix() for copy in copies})
    click.echo(f"Geändert. Der vorige Stand liegt in {', '.join(folders)}.")
    _print_address(renaming, keep_alias=keep_alias)
    if not kept:
        click.echo(
            f"Von „{renaming.new}“ war schon eine Stimme gemerkt, sie gilt; die von „{renaming.old}“ ist gelöscht."
        )


@speaker.command("remember", short_help="Eine Stimme merken, mit Einwilligung.", options_metavar="[OPTIONEN]")
@click.argument("name", metavar="NAME", envvar="PODCAST_SPEAKER")
@episode_argument
@click.option(
    "--consent",
    default="",
    envvar="PODCAST_CONSENT",
    metavar="TEXT",
    help='Wann und wie die Person zugestimmt hat, etwa "schriftlich, 3. März 2026".',
)
@click.pass_obj
def remember(session: Session, name: str, episode: str, consent: str) -> None:
    """Eine Stimme merken, damit sie in weiteren Folgen beim Aufteilen einer gemischten Aufnahme wiedererkannt wird.

    Gelernt wird aus einer Folge, deren Transkript schon korrigiert ist. Ein Stimmprofil ist ein biometrisches Datum
    (DSGVO Art. 9): nur mit Einwilligung. Es bleibt auf diesem Rechner, in episodes/.voices/, und kommt nie in git.
    """
    from pipeline.workflow.voices import remember_voice

    profile, file, alike = remember_voice(session, name, episode, consent=consent)
    click.echo(f"Gemerkt: {profile.name}, aus {profile.speech_s:.0f} Sekunden Sprache in {profile.episode}.")
    say(f"    {file.relative_to(session.root)}  (vergessen: `make speaker-forget`)")
    for other in alike:
        click.echo(f"    Klingt fast wie {other}; die beiden werden wohl nicht sicher unterschieden.")


@speaker.command("forget", short_help="Eine gemerkte Stimme löschen.", options_metavar="[OPTIONEN]")
@click.argument("name", metavar="NAME", envvar="PODCAST_SPEAKER")
@click.pass_obj
def forget(session: Session, name: str) -> None:
    """Eine gemerkte Stimme löschen. Transkripte und Namen bleiben, wie sie sind."""
    from pipeline.editor.voices import forget_voice

    click.echo(f"Gelöscht: {forget_voice(session.root, name).relative_to(session.root)}")


def _print_person(person: ListedSpeaker) -> None:
    episodes = ", ".join(person.episodes) or "noch in keiner Folge"
    organisations = f" [{', '.join(person.organisations)}]" if person.organisations else ""
    click.echo(f"{person.name}{organisations}: {episodes}")
    if person.aliases:
        click.echo(f"    auch: {', '.join(person.aliases)}")


def _print_voice(profile: VoiceProfile) -> None:
    from pipeline.editor.voices import is_outdated

    click.echo(
        f"Stimme gemerkt: {profile.name}, am {profile.learned:%d.%m.%Y} aus {profile.episode} "
        f"(Einwilligung: {profile.consent})"
    )
    if is_outdated(profile):
        say("    aus einer anderen Fassung des Programms, gilt nicht mehr: mit `make speaker-remember` neu merken")


def _print_renaming(session: Session, renaming: Renaming) -> None:
    if renaming.joins:
        click.echo(f"„{renaming.new}“ gibt es schon; „{renaming.old}“ wird dieselbe Person.")
    for edit in renaming.files:
        _print_edit(edit, edit.path.relative_to(session.root).as_posix())
    if renaming.mentions:
        click.echo("Im Text erwähnt, bleibt stehen; bitte selbst ansehen:")
    for mention in renaming.mentions:
        click.echo(f"  {mention.path.relative_to(session.root)}:{mention.line}: {mention.text}")


def _print_address(renaming: Renaming, *, keep_alias: bool) -> None:
    """Say what becomes of links to the page of the person, which is named after them."""
    from pipeline.german.slug import slugify

    former, slug = slugify(renaming.old), slugify(renaming.new)
    if former == slug or not former:
        return
    if keep_alias:
        click.echo(f"Links auf die Seite personen/{former}/ führen weiter zu „{renaming.new}“.")
    else:
        say(
            f"Ohne eigenes slug heißt die Seite jetzt personen/{slug}/, und personen/{former}/ gibt es nach dem "
            "nächsten Bauen nicht mehr. Sollen alte Links weiterführen, "
            f'in der TOML-Datei bei „{renaming.new}“ aliases = ["{renaming.old}"] eintragen (oder gleich KEEP_ALIAS=1).'
        )


def _print_edit(edit: FileEdit, name: str) -> None:
    """Print one line for each different change, with all its line numbers."""
    ordered = sorted(edit.lines, key=lambda line: (line.before, line.after, line.line))
    groups = [list(group) for _, group in groupby(ordered, key=lambda line: (line.before, line.after))]
    for group in sorted(groups, key=lambda group: (group[0].line, not group[0].before)):
        lines = ", ".join(str(line.line) for line in group)
        first = group[0]
        if first.before:
            click.echo(f"{name}:{lines}: {first.before}  →  {first.after}")
        else:
            click.echo(f"{name}:{lines}: neu dahinter  →  {first.after}")
