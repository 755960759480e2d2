"""`podcast model …`: lists Whisper's models with their costs, fetches them, and adds models from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.speech.catalogue import Offer
    from pipeline.workflow.session import Session

_EXPLANATION = """Alle sind mehrsprachig und verstehen Deutsch; größere hören genauer.
Der Arbeitsspeicher in Klammern wird beim ersten Mal gebraucht. Die Dauer für
eine Stunde Ton gilt grob für zwei Kerne ohne Grafikkarte; gemessen ist sie an
base, für die anderen daraus hochgerechnet."""
_PRESENCE = {"missing": "nein", "proven": "ja, geprüft", "damaged": "beschädigt"}


@click.group(
    "model",
    short_help="Whisper-Modelle zeigen, laden oder von einem Stick übernehmen.",
    no_args_is_help=True,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
)
def model() -> None:
    """Whisper-Modelle zeigen, laden oder von einem Stick übernehmen."""


@model.command("list", short_help="Zeigen, welche Modelle es gibt und was sie kosten.", options_metavar="[OPTIONEN]")
@click.pass_obj
def list_(session: Session) -> None:
    """Zeigen, welche Modelle es gibt, was sie kosten und welche hier liegen. Alle verstehen Deutsch.

    Was hier liegt, wird dabei mit der Prüfsumme von OpenAI verglichen.
    """
    from pipeline.speech.catalogue import offers
    from pipeline.speech.own_models import own_models

    found = offers(session.root)
    click.echo(f"{'Modell':<8} {'zu laden':>8} {'Arbeitsspeicher':>15} {'1 h Ton':>8}  hier")
    for offer in found:
        _print_offer(offer)
    click.echo(f"\n{_EXPLANATION}")
    for offer in found:
        if offer.presence == "damaged":
            click.echo(f"Beschädigt, bitte löschen und neu laden: {offer.model.path}")
    own = own_models(session.root)
    if own:
        click.echo("\nEigene, in models/:")
    for mine in own:
        click.echo(f'  model = "{mine.name}"  ({mine.kind}, {_size(mine.size_bytes / 1e6)})')


@model.command("fetch", short_help="Ein Modell laden und prüfen.", options_metavar="[OPTIONEN]")
@click.argument("name", metavar="NAME", envvar="PODCAST_MODEL")
@click.pass_obj
def fetch(session: Session, name: str) -> None:
    """Ein Modell von OpenAI laden: von OpenAIs Server, und wo der nicht antwortet, aus dem Paketverzeichnis, soweit es
    dort liegt. Es zählt nur mit der Prüfsumme von OpenAI.
    """
    from pipeline.speech.download import fetch_model
    from pipeline.speech.models import official_model

    wanted = official_model(name)
    fetch_model(wanted, session.listen)
    click.echo(f"„{name}“ liegt hier, geprüft: {wanted.path}")


@model.command(
    "add", short_help="Ein Modell von einem Stick oder aus dem Hausnetz übernehmen.", options_metavar="[OPTIONEN]"
)
@click.argument("source", metavar="DATEI|ORDNER", envvar="PODCAST_FILE", type=click.Path(path_type=Path))
@click.pass_obj
def add(session: Session, source: Path) -> None:
    """Ein Modell von einem Stick oder aus dem Hausnetz übernehmen: eine .pt-Datei von openai-whisper oder einen Ordner
    mit einem Modell für CTranslate2 (faster-whisper).

    Eine Datei von OpenAI kommt an den Ort, an dem Whisper sie sucht; ein anderes Modell nach models/ im Ordner des
    Podcasts.
    """
    from pipeline.speech.own_models import add_model

    added = add_model(source, session.root, session.listen)
    if added.official:
        click.echo(f"Geprüft gegen die Prüfsumme von OpenAI: „{added.name}“ liegt jetzt hier, {added.path}")
    else:
        click.echo(
            f"Übernommen nach {added.path.relative_to(session.root)}/. Woher es kommt und was es darf, bitte notieren."
        )
    click.echo("In episodes/show.toml unter [speech] (oder in episode.toml für eine Folge):")
    click.echo(f'  model = "{added.name}"')


def _print_offer(offer: Offer) -> None:
    name, *others = offer.names
    memory = f"{_gigabytes(offer.running_mb)} ({_gigabytes(offer.first_run_mb)})"
    also = f"  (auch: {', '.join(others)})" if others else ""
    minutes = f"≈ {offer.minutes_per_hour} min"
    click.echo(
        f"{name:<8} {offer.model.size.removeprefix('rund '):>8} {memory:>15} {minutes:>8}  "
        f"{_PRESENCE[offer.presence]}{also}"
    )


def _size(megabytes: float) -> str:
    return _gigabytes(megabytes) if megabytes >= 1000 else f"{megabytes:.0f} MB"


def _gigabytes(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB".replace(".", ",")
