"""Read a foreign transcript, recognised by its content, then by its name, and return it in the house format."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import decode, render
from pipeline.transcript.imports.cue_lines import said_beside, times_of
from pipeline.transcript.imports.docx import read_docx
from pipeline.transcript.imports.json_files import parsed, read_json, text_of_editor
from pipeline.transcript.imports.odt import is_odt, read_odt
from pipeline.transcript.imports.passages import ImportedTranscript, turns_from, with_prefixes
from pipeline.transcript.imports.people import People
from pipeline.transcript.imports.subtitles import read_subtitles
from pipeline.transcript.imports.text import read_manuscript, read_text_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.transcript.imports.passages import ImportedPassage
    from pipeline.values.show import Speaker

_NOTHING_SETTLED: Mapping[str, str] = MappingProxyType({})
_MARKDOWN = {".md", ".markdown", ".mdown"}
_HEAD = 2_000  # characters that tell a format
_NAMES = {
    ".docx": "keine Word-Datei",
    ".vtt": "keine WebVTT-Datei (ihre erste Zeile wäre WEBVTT)",
    ".srt": "keine SRT-Datei (sie beginnt mit einer Nummer und einer Zeile mit Zeiten)",
    ".json": "keine JSON-Datei",
}
_OTHER_PROGRAMS = {
    b"%pdf": "ein PDF",
    b"{\\rtf": "eine RTF-Datei",
    b"<!doctype": "eine Webseite",
    b"<html": "eine Webseite",
}
_SAVE_AS = (
    "Die Datei in ihrem Programm öffnen, als .docx oder als reinen Text (.txt, UTF-8) speichern und diese einlesen."
)


def read_foreign(
    raw: bytes,
    suffix: str,
    *,
    speakers: Sequence[Speaker],
    not_labels: Sequence[str] = (),
    settled: Mapping[str, str] = _NOTHING_SETTLED,
) -> ImportedTranscript:
    """Read any transcript: its text in the house format, with every word, and German notices.

    `suffix` is that of the file's name, such as `.docx`; if the content is recognised as another format, that decides.
    `settled` maps names of the file to names of the episode, or to "" if they are part of the text. Names unknown to
    the episode stay label lines, for `parse` to report. Raises TranscriptError if the file cannot be read, or if it is
    not clear who speaks in some of its lines.
    """
    people = People(speakers=speakers, not_labels=not_labels, settled=settled)
    if is_odt(raw):
        return _written(*read_odt(raw), people=people)
    if raw.startswith(b"PK"):
        _refuse_other_archives(raw)
        return _written(*read_docx(raw), people=people)
    _refuse_other_programs(raw, suffix)
    text = decode(raw)
    form = _form(text)
    if form == ".txt" and text.strip() and suffix.lower() in _NAMES:
        raise TranscriptError(
            f"Die Datei heißt {suffix}, ist aber {_NAMES[suffix.lower()]}.",
            advice="Ihren Anfang mit einem Texteditor ansehen und die Datei im anderen Programm neu ausgeben; ist es "
            "Fließtext, sie als .txt speichern.",
        )
    passages: tuple[ImportedPassage, ...]
    match form:
        case ".vtt":
            passages = read_subtitles(text, "vtt", people=people)
        case ".srt":
            passages = read_subtitles(text, "srt", people=people)
        case ".json":
            edited = text_of_editor(parsed(text))
            if edited is not None:
                return read_manuscript(edited, people=people)
            passages = with_prefixes(read_json(text), people)
        case _:
            return read_manuscript(text, people=people, markdown=suffix.lower() in _MARKDOWN)
    turns, notices = turns_from(passages, people=people)
    if turns and not any(turn.speaker for turn in turns):
        notices = (*notices, "Die Datei nennt keine Namen; bitte Sprecherzeilen (Name:) in das Transkript schreiben.")
    return ImportedTranscript(text=read_text_file(render(turns)), notices=notices)


def _written(text: str, notices: tuple[str, ...], *, people: People) -> ImportedTranscript:
    """The text of an office program in the house format, with the notices of its reader."""
    imported = read_manuscript(text, people=people)
    return replace(imported, notices=(*notices, *imported.notices))


def _form(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("WEBVTT"):
        return ".vtt"
    head = [line for line in start[:_HEAD].splitlines() if line.strip()][:2]
    times = times_of(head[1] if len(head) > 1 and head[0].strip().isdecimal() else head[0]) if head else None
    if times is not None and (not said_beside(times) or times.string != head[0]):
        return ".srt"
    return ".json" if start.startswith(("{", "[{")) and _is_json(start) else ".txt"


def _is_json(text: str) -> bool:
    """Return whether the text is JSON or was meant to be. `{lacht} Guten Tag.` is not."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):  # ValueError: numbers of thousands of digits, too
        return re.match(r'\{\s*"|\[\s*\{\s*"', text) is not None
    return True


def _refuse_other_archives(raw: bytes) -> None:
    if b"opendocument" in raw[:200]:
        raise _other_program("Das ist eine Datei von LibreOffice (.odt oder verwandt).")
    if b"word/" not in raw:
        raise _other_program("Das ist ein ZIP-Archiv oder eine beschädigte Word-Datei.")


def _refuse_other_programs(raw: bytes, suffix: str) -> None:
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise TranscriptError(
                "Die Word-Datei ist mit einem Kennwort geschützt.",
                advice="Sie in Word öffnen, unter „Datei > Informationen“ das Kennwort entfernen und neu speichern.",
            )
        raise _other_program("Das ist eine Datei des alten Word (.doc) oder eines anderen Office-Programms.")
    head = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower()
    for start, name in _OTHER_PROGRAMS.items():
        if head.startswith(start):
            raise _other_program(f"Das ist {name}.")
    if suffix.lower() == ".docx" and b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _other_program("Die Word-Datei ist beschädigt.")


def _other_program(problem: str) -> TranscriptError:
    return TranscriptError(problem, advice=_SAVE_AS)
