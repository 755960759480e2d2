"""`podcast import-feed`: imports a show that was published elsewhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import say
from pipeline.errors import FeedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.editor.import_feed import ImportedFeed
    from pipeline.editor.imported_audio import AudioTaken
    from pipeline.workflow.session import Session

_SHOWN = 3
_SHOWN_LENGTH = 200  # characters


@click.command(
    "import-feed", short_help="Einen bestehenden Podcast aus seinem Feed übernehmen.", options_metavar="[OPTIONEN]"
)
@click.argument("source", metavar="DATEI|ADRESSE", envvar="PODCAST_FILE")
@click.option("--audio", is_flag=True, envvar="PODCAST_AUDIO", help="Auch die Audiodateien laden (mit Fortsetzen).")
@click.option("--host", is_flag=True, envvar="PODCAST_HOST", help="Sie laden und künftig selbst anbieten.")
@click.option(
    "--extras", is_flag=True, envvar="PODCAST_EXTRAS", help="Auch Kapitel laden, die in eigenen Dateien liegen."
)
@click.option(
    "--max-mb",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    envvar="PODCAST_MAX_MB",
    metavar="MB",
    help="So groß darf eine Seite des Feeds sein.",
)
@click.pass_obj
def import_feed(session: Session, source: str, *, audio: bool, host: bool, extras: bool, max_mb: int) -> None:
    """Einen bestehenden Podcast aus seinem RSS-Feed übernehmen: jede Folge mit Kennung, Datum und Audioadresse.

    Gefragt wird nur der genannte Server; liegen weitere Seiten des Feeds auf demselben, werden sie mitgelesen. Erst
    --audio, --host und --extras laden auch, was der Feed an anderen Adressen nennt. Was schon da ist, bleibt.
    """
    from pipeline.editor.import_feed import Wishes
    from pipeline.workflow.import_feed import import_feed as take

    wishes = Wishes(audio=audio, host=host, extras=extras, max_mb=max_mb)
    imported = take(session, source, wishes)
    _print_taken(imported)
    everything = bool(getattr(session.listen, "verbose", False))
    _print_lost(imported, everything=everything)
    _print_people(imported)
    _print_show(imported)
    _print_audio(imported.audio)
    if imported.new:
        noted = session.paths.published.relative_to(session.root)
        click.echo(f"Als schon veröffentlicht vermerkt in {noted}; die Datei gehört ins Git.")
        say("Als Nächstes die Ordner unter episodes/ ansehen, dann: make feed pages search")


def _print_taken(imported: ImportedFeed) -> None:
    pages = "" if imported.pages == 1 else f", {imported.pages} Seiten"
    click.echo(f"Gelesen: {_legible(imported.feed.title) or 'ein Feed ohne Titel'}{pages}")
    for text in imported.mended:
        click.echo(f"Kein fehlerfreies XML, aber lesbar: {_legible(text)}")
    if imported.feed.locked:
        click.echo("Der Feed ist gesperrt (podcast:locked): Übernehmen nur im Einvernehmen mit dem, dem er gehört.")
    if imported.new:
        span = imported.new[0] if len(imported.new) == 1 else f"{imported.new[0]} … {imported.new[-1]}"
        click.echo(f"Neu: {_episodes(len(imported.new))} ({span})")
    if imported.known:
        click.echo(f"Schon da, unverändert: {_episodes(imported.known)}")
    if not imported.new:
        click.echo("Es gab nichts Neues.")
    if imported.unread_page:
        click.echo(f"Nicht gelesen: der Feed nennt eine weitere Seite, {imported.unread_page}")
        click.echo("  Liegen dort ältere Folgen, den Befehl mit dieser Adresse wiederholen.")


def _print_lost(imported: ImportedFeed, *, everything: bool) -> None:
    """Print what could not be imported, one line for each kind of loss; `everything` lists every folder."""
    if imported.refused:
        click.echo(f"Nicht übernommen: {_episodes(len(imported.refused))}")
    for title, reason in imported.refused:
        click.echo(f"  „{_legible(title)}“: {reason}")
    if imported.doubles:
        named = imported.doubles if everything or len(imported.doubles) <= _SHOWN else (*imported.doubles[:_SHOWN], "…")
        quoted = ", ".join(f"„{_legible(title)}“" for title in named)
        click.echo(f"Steht mehrmals im Feed, mit derselben Kennung und Audiodatei: {quoted}")
    if imported.lost:
        click.echo("Nicht behalten oder ergänzt:")
    for text, folders in imported.lost:
        named = folders if everything or len(folders) <= _SHOWN else (*folders[:_SHOWN], "…")
        say(f"  {_legible(text)}: in {_episodes(len(folders))} ({', '.join(named)})")
    for text in imported.feed.losses:
        say(f"  {_legible(text)}: beim Podcast selbst")


def _print_people(imported: ImportedFeed) -> None:
    if not imported.people:
        return
    click.echo("Wer öfter spricht; Vorschlag für episodes/speakers.toml:")
    for name, role, count in imported.people:
        click.echo(f"  [[speakers]]   # in {_episodes(count)}")
        click.echo(f"  name = {_quoted(name)}")
        click.echo(f'  role = "{role}"')


def _print_show(imported: ImportedFeed) -> None:
    """Print the feed's data about the show. show.toml belongs to people, so they copy what they want."""
    if not imported.new or not imported.feed.facts:
        return
    click.echo("episodes/show.toml bleibt, wie es ist. Im Feed steht über den Podcast:")
    for key, value in imported.feed.facts:
        click.echo(f"  {key} = {_quoted(value if len(value) <= _SHOWN_LENGTH else value[: _SHOWN_LENGTH - 1] + '…')}")
    if dict(imported.feed.facts).get("feed.guid"):
        click.echo(
            "  feed.guid gehört zum Podcast, wohin er auch zieht: bitte als guid unter [feed] in show.toml eintragen."
        )


def _print_audio(audio: Sequence[AudioTaken]) -> None:
    """Print what was downloaded. Raises FeedError if something did not arrive: everything else is done by then."""
    whole = [taken for taken in audio if not taken.problem]
    if whole:
        size_mb = sum(taken.size_bytes for taken in whole) / 1_000_000
        count = Counter(bool(taken.differs_from) for taken in whole)
        click.echo(f"Audio: {len(whole)} geladen oder übernommen, {size_mb:.1f} MB".replace(".", ","))
        if count[True]:
            click.echo(f"  Anders lang, als der Feed sagt: {_episodes(count[True])}")
    for taken in whole:
        if taken.differs_from:
            click.echo(f"    {taken.folder}: {taken.differs_from} Bytes im Feed, {taken.size_bytes} Bytes geladen")
    broken = [taken for taken in audio if taken.problem]
    if broken:
        lines = [f"  {taken.folder}: {taken.problem}" for taken in broken]
        raise FeedError(
            "\n".join([f"Audio fehlt bei {_episodes(len(broken), dative=True)}:", *lines]),
            advice="Denselben Befehl wiederholen; er lädt nur, was fehlt, und macht an derselben Stelle weiter.",
        )


def _episodes(count: int, *, dative: bool = False) -> str:
    return ("einer Folge" if dative else "1 Folge") if count == 1 else f"{count} Folgen"


def _legible(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())


def _quoted(text: str) -> str:
    from pipeline.editor.new import quoted

    return quoted(text)
