"""`podcast transcript …`: checks, formats, imports and compares the text of an episode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.called import as_called, say
from pipeline.cli.options import episode_argument
from pipeline.errors import TranscriptError, UsageError

if TYPE_CHECKING:
    from pipeline.editor.manuscripts import Checked
    from pipeline.editor.not_spoken import HeardOnly, Unwritten
    from pipeline.transcript.compare import OtherName, OtherSpeaker, OtherWords
    from pipeline.values.review import NotSpoken
    from pipeline.workflow.session import Session

_SHOWN_LINES = 5
_SHOWN_WORDS = 12
_FIX = "Die Zeilen im Texteditor ändern und noch einmal prüfen; docs/redaktion.md erklärt, was eine Sprecherzeile ist."


class _Clock(click.ParamType[float]):
    """A time of the finished episode, as in 12:34 or 1:02:03; its value is in seconds."""

    name = "zeit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from pipeline.timecode import parse_timecode

        try:
            return parse_timecode(value)
        except ValueError:
            self.fail(f"„{value}“ ist keine Zeit; so geht es: 12:34 oder 1:02:03", param, ctx)


@click.group(
    "transcript",
    short_help="Transkripte prüfen, ordnen, einlesen und vergleichen.",
    no_args_is_help=True,
    options_metavar="[OPTIONEN]",
    subcommand_metavar="BEFEHL …",
)
def transcript() -> None:
    """Transkripte prüfen, ordnen, einlesen und vergleichen."""


@transcript.command("check", short_help="Ein Transkript prüfen, oder ohne FOLGE alle.", options_metavar="[OPTIONEN]")
@click.argument("episode", metavar="[FOLGE]", required=False, envvar="PODCAST_EPISODE")
@click.pass_obj
def check(session: Session, episode: str | None) -> None:
    """Ein Transkript prüfen, oder ohne FOLGE alle: unklare Sprecherzeilen, unbekannte Namen, merkwürdige Zeichen.

    Jede Zeile mit „!“ verhindert die Veröffentlichung; alle anderen sind Hinweise. Es wird nichts verändert.
    """
    from pipeline.editor.manuscripts import check_transcripts

    checked = check_transcripts(session.root, episode or None)
    if not checked:
        click.echo("Es gibt noch keine Transkripte.")
    for entry in checked:
        _print_checked(session, entry)
    blocking = sum(len(entry.blocking) for entry in checked)
    if blocking:
        what = "1 Stelle verhindert" if blocking == 1 else f"{blocking} Stellen verhindern"
        raise TranscriptError(f"{what} die Veröffentlichung (mit „!“ markiert).", advice=_FIX)


@transcript.command("format", short_help="Ein Transkript in die Hausform bringen.", options_metavar="[OPTIONEN]")
@episode_argument
@click.pass_obj
def format_(session: Session, episode: str) -> None:
    """Ein Transkript in die Hausform bringen: Sprecherzeile, Absätze, Leerzeilen. Jedes Wort bleibt, wie es ist.

    Die Datei, wie sie war, bleibt als datierte Kopie in work/gesichert/ erhalten.
    """
    from pipeline.editor.manuscripts import format_transcript

    done = format_transcript(session.root, episode, moment=session.now)
    name = done.path.relative_to(session.root)
    if not done.changed:
        click.echo(f"{name} ist schon in der Hausform; es war nichts zu tun.")
        return
    click.echo(f"{name} ist jetzt in der Hausform, Wort für Wort wie vorher.")
    if done.removed:
        click.echo(f"Unsichtbare Zeichen entfernt (Steuerzeichen, weiche Trennstriche …): {done.removed}")
    _print_copy(session, done.copy)


class NameOfTheFile(click.ParamType[tuple[str, str]]):
    """A name of a foreign file and the name that it stands for: `iPhone von Klara=Klara Klang`."""

    name = "name"
    envvar_list_splitter = ";"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        written, equals, meant = str(value).rpartition("=")
        if not equals or not written.strip():
            text = f'„{value}“ ist nicht „Name in der Datei=Name“; so geht es: SPEAKER="Tom=Tom Takt"'
            self.fail(as_called(text), param, ctx)
        return " ".join(written.split()), " ".join(meant.split())


@transcript.command("import", short_help="Ein fertiges Transkript einlesen.", options_metavar="[OPTIONEN]")
@episode_argument
@click.argument("file", metavar="[DATEI]", required=False, envvar="PODCAST_FILE", type=click.Path(path_type=Path))
@click.option(
    "--replace", is_flag=True, envvar="PODCAST_REPLACE", help="Auch ein bearbeitetes Transkript ersetzen (mit Kopie)."
)
@click.option(
    "--speaker",
    "settled",
    type=NameOfTheFile(),
    multiple=True,
    envvar="PODCAST_SPEAKER",
    metavar="NAME=NAME",
    help="Wer mit einem Namen der Datei gemeint ist; nichts hinter dem =: er gehört zum Text.",
)
@click.option("--undo", is_flag=True, envvar="PODCAST_UNDO", help="Das letzte Einlesen in diese Folge zurücknehmen.")
@click.pass_obj
def import_(
    session: Session,
    episode: str,
    file: Path | None,
    *,
    replace: bool,
    settled: tuple[tuple[str, str], ...],
    undo: bool,
) -> None:
    """Ein Transkript einlesen, das anderswo entstanden ist: Word (.docx), LibreOffice (.odt), WebVTT, SRT, JSON von
    Whisper und anderen, oTranscribe (.otr), Markdown, Text.

    Die Datei selbst bleibt, wie sie ist. Ein Transkript, an dem schon jemand gearbeitet hat, wird nicht ersetzt.
    """
    from pipeline.editor.manuscripts import import_transcript

    if undo:
        _take_back(session, episode)
        return
    if file is None:
        raise UsageError("Welche Datei soll eingelesen werden?", advice="Sie nennen: FILE=…")
    taken = import_transcript(
        session.root, episode, file.expanduser(), replace=replace, moment=session.now, settled=dict(settled)
    )
    name = taken.rewritten.path.relative_to(session.root)
    click.echo(f"Eingelesen: {file} → {name}" if taken.rewritten.changed else f"{name} sagt schon genau das.")
    _print_copy(session, taken.rewritten.copy)
    for text in taken.notices:
        say(f"  {text}")
    _print_checked(session, taken.checked)
    if taken.checked.blocking:
        click.echo(f"Vor der Veröffentlichung zu klären (mit „!“ markiert). {_FIX}")
    if taken.rewritten.changed:
        say(f"Falsche Folge? `make transcript-import EPISODE={episode} UNDO=1` nimmt es zurück.")


def _take_back(session: Session, episode: str) -> None:
    from pipeline.editor.manuscripts import undo_import

    back = undo_import(session.root, episode, moment=session.now)
    name = back.path.relative_to(session.root)
    if back.restored:
        click.echo(f"Zurückgenommen: {name} ist wieder, wie es vor dem Einlesen war.")
    else:
        click.echo(f"Zurückgenommen: {name} gibt es nicht mehr; vor dem Einlesen war dort nichts.")
    if back.copy is not None:
        click.echo(f"Was seither geändert wurde, liegt in {back.copy.relative_to(session.root)}")


@transcript.command(
    "diff", short_help="Zeigen, worin sich der Entwurf vom Transkript unterscheidet.", options_metavar="[OPTIONEN]"
)
@episode_argument
@click.pass_obj
def diff(session: Session, episode: str) -> None:
    """Zeigen, worin sich der Entwurf des Programms vom bearbeiteten Transkript unterscheidet, Wort für Wort.

    [-so-] steht es im Transkript, {+so+} im Entwurf; die Zeilen sind die des Transkripts. Es wird nichts verändert.
    """
    from pipeline.workflow.transcript import differences

    made, comparison = differences(session, episode)
    paths = session.paths.episode(made.folder)
    names = f"{paths.transcript.relative_to(session.root)} und {paths.draft.relative_to(session.root)}"
    if comparison.equal:
        click.echo(f"{names} sagen Wort für Wort dasselbe.")
        return
    click.echo(f"{names}: [-so steht es im Transkript-] {{+so im Entwurf+}}")
    for name in comparison.names:
        click.echo(f"Durchgehend: {_other_speaker(name)} ({_count(name.words)}).")
    entries: list[tuple[int, int, str]] = [(place.line, place.last_line, _words(place)) for place in comparison.places]
    for moved in comparison.moved:
        where = f"hinter Zeile {moved.after_line}" if moved.after_line else "am Anfang"
        text = f"verschoben, im Entwurf {where}: „{moved.excerpt}“ ({_count(moved.words)})"
        entries.append((moved.line, moved.last_line, text))
    for other in comparison.speakers:
        text = f"{_other_speaker(other)} spricht: „{other.excerpt}“ ({_count(other.words)})"
        entries.append((other.line, other.last_line, text))
    for first, last, text in sorted(entries):
        click.echo(f"{f'Zeile {first}' if first == last else f'Zeilen {first}-{last}'}: {text}")
    if comparison.marks:
        words = "1 Wort" if comparison.marks == 1 else f"{comparison.marks} Wörtern"
        click.echo(f"Nur Satzzeichen, Groß- oder Getrenntschreibung anders: bei {words}.")


@transcript.command(
    "not-spoken",
    short_help="Vermerken, was gehört wurde, obwohl dort niemand spricht.",
    options_metavar="[OPTIONEN]",
)
@episode_argument
@click.option("--from", "from_s", type=_Clock(), envvar="PODCAST_FROM", metavar="ZEIT", help="Wo die Stelle beginnt.")
@click.option(
    "--to", "to_s", type=_Clock(), envvar="PODCAST_TO", metavar="ZEIT", help="Wo sie endet (sonst: die ganze Stelle)."
)
@click.option("--undo", is_flag=True, envvar="PODCAST_UNDO", help="Den Vermerk zurücknehmen.")
@click.pass_obj
def not_spoken(session: Session, episode: str, from_s: float | None, to_s: float | None, undo: bool) -> None:
    """Vermerken, dass an einer Stelle niemand spricht, obwohl etwas gehört wurde: Musik, Geräusch, ein erfundener Satz.

    Danach verlangt keine Prüfung mehr, dass es im Transkript steht. Ohne --from wird gezeigt, was gehört wurde und
    nicht im Transkript steht. Der Vermerk gilt für diese Aufnahme; er steht in review.json und gehört ins Git.
    """
    from pipeline.editor.not_spoken import heard_only, mark, unmark

    if from_s is None:
        if to_s is not None or undo:
            raise UsageError("TO=… und UNDO=1 brauchen FROM=….", advice="Sagen, wo die Stelle beginnt: FROM=12:34")
        _print_heard_only(heard_only(session.root, episode))
        return
    marks = (
        unmark(session.root, episode, from_s, to_s)
        if undo
        else mark(session.root, episode, from_s, to_s, moment=session.now)
    )
    for entry in marks:
        click.echo(f"{'Zurückgenommen' if undo else 'Nicht gesprochen'}: {_heard_at(entry)}")


def _print_heard_only(found: HeardOnly) -> None:
    from pipeline.timecode import clock

    click.echo(f"{found.paths.folder}: {_passages(len(found.open))}")
    for passage in found.open:
        click.echo(f"  · {_heard_at(passage)}")
    for title, marks in (("Nicht gesprochen", found.marked), ("Gilt nicht mehr", found.outdated)):
        for entry in marks:
            click.echo(f"  {title}: {_heard_at(entry)}")
    if found.open:
        say(
            "Anhören und nachtragen, oder, wenn dort niemand spricht: make transcript-not-spoken "
            f"EPISODE={found.paths.folder} FROM={clock(found.open[0].start_s)}"
        )


def _heard_at(entry: NotSpoken | Unwritten) -> str:
    from pipeline.timecode import clock

    words = entry.heard.split()
    text = " ".join(words) if len(words) <= _SHOWN_WORDS else f"{' '.join(words[:_SHOWN_WORDS])} …"
    return f"{clock(entry.start_s)}–{clock(entry.end_s)} {f'„{text}“' if text else '(ohne Wörter)'}"


def _passages(count: int) -> str:
    if not count:
        return "Alles, was gehört wurde, steht im Transkript oder ist vermerkt."
    return f"{'1 Stelle ist' if count == 1 else f'{count} Stellen sind'} gehört, aber nicht im Transkript:"


def _print_checked(session: Session, checked: Checked) -> None:
    """Print one line on the file as a whole, then one for each kind of finding with its line numbers."""
    people = "1 Person" if checked.people == 1 else f"{checked.people} Personen"
    count = f"{checked.turns} Sprecherwechsel, {people}, {_count(checked.words)}"
    blocking = len(checked.blocking)
    state = "keine Auffälligkeiten"
    if checked.findings:
        notes = len(checked.findings) - blocking
        parts = [
            f"{blocking} zu klären" if blocking else "",
            f"{notes} Hinweis{'e' if notes != 1 else ''}" if notes else "",
        ]
        state = ", ".join(filter(None, parts))
    click.echo(f"{checked.path.relative_to(session.root)}: {count}, {state}")
    places: dict[tuple[bool, str], list[int]] = {}
    for finding in checked.findings:
        places.setdefault((finding.blocking, finding.text), []).append(finding.line)
    for (stops, text), lines in places.items():
        say(f"  {'!' if stops else '·'} {_lines(lines)}{text}")


def _lines(numbers: list[int]) -> str:
    """`Zeile 3: `, `Zeilen 3, 9, 15 und 4 weitere: `; "" for the file as a whole."""
    if not numbers[0]:
        return ""
    if len(numbers) == 1:
        return f"Zeile {numbers[0]}: "
    shown = ", ".join(map(str, numbers[:_SHOWN_LINES]))
    rest = f" und {_thousands(len(numbers) - _SHOWN_LINES)} weitere" if len(numbers) > _SHOWN_LINES else ""
    return f"Zeilen {shown}{rest}: "


def _count(words: int) -> str:
    return "1 Wort" if words == 1 else f"{_thousands(words)} Wörter"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _print_copy(session: Session, copy: Path | None) -> None:
    if copy is not None:
        click.echo(f"Der alte Stand liegt in {copy.relative_to(session.root)}")


def _words(place: OtherWords) -> str:
    shown = {"both": "{}".format, "written": _written, "drafted": _drafted}
    text = ""
    for before, piece in zip((None, *place.pieces), place.pieces, strict=False):
        glued = before is None or (before.kind == "written" and piece.kind == "drafted")
        text += ("" if glued else " ") + shown[piece.kind](piece.text)
    return text


def _other_speaker(other: OtherName | OtherSpeaker) -> str:
    return _written(other.written or "ohne Namen") + _drafted(other.drafted or "ohne Namen")


def _written(text: str) -> str:
    return click.style(f"[-{text}-]", fg="red")


def _drafted(text: str) -> str:
    return click.style(f"{{+{text}+}}", fg="green")
