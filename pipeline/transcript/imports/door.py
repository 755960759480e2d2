"""Read a foreign transcript, recognised by its content, then by its name, and return it in the house format."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import decode, parse, render
from pipeline.transcript.imports.docx import read_docx
from pipeline.transcript.imports.passages import ImportedTranscript, turns_from
from pipeline.transcript.imports.podcast_json import read_podcast_json
from pipeline.transcript.imports.subtitles import read_subtitles
from pipeline.transcript.imports.text import read_text_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.transcript.imports.passages import ImportedPassage
    from pipeline.values.show import Speaker

_SRT = re.compile(r"\s*\d+[ \t]*(?:\r\n|\r|\n)\s*\d+:\d{1,2}:\d{1,2}[,.]\d+\s*-->")
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
    raw: bytes, suffix: str, *, speakers: Sequence[Speaker], not_labels: Sequence[str] = ()
) -> ImportedTranscript:
    """Read any transcript: its text in the house format, with every word, and German notices.

    `suffix` is that of the file's name, such as `.docx`; if the content is recognised as another format, that decides.
    Names unknown to the episode stay label lines, for `parse` to report. Raises TranscriptError if the file cannot be
    read.
    """
    known = [name for speaker in speakers for name in (speaker.name, *speaker.aliases)]
    if raw.startswith(b"PK"):
        _refuse_other_archives(raw)
        text, notices = read_docx(raw)
        return ImportedTranscript(text=_house_format(read_text_file(text), speakers, not_labels), notices=notices)
    _refuse_other_programs(raw, suffix)
    text = decode(raw)
    form = _form(text)
    if form == ".txt" and text.strip() and suffix.lower() in _NAMES:
        raise TranscriptError(
            f"Die Datei heißt {suffix}, ist aber {_NAMES[suffix.lower()]}.",
            advice="Ist es reiner Text, die Datei in .txt umbenennen; sonst sie im anderen Programm neu ausgeben.",
        )
    passages: tuple[ImportedPassage, ...]
    match form:
        case ".vtt":
            passages = read_subtitles(text, "vtt", known=known)
        case ".srt":
            passages = read_subtitles(text, "srt", known=known)
        case ".json":
            passages = read_podcast_json(text)
        case _:
            return ImportedTranscript(text=_house_format(read_text_file(text), speakers, not_labels))
    turns, notices = turns_from(passages, known=known)
    if turns and not any(turn.speaker for turn in turns):
        notices = (*notices, "Die Datei nennt keine Namen; bitte Sprecherzeilen (Name:) in das Transkript schreiben.")
    return ImportedTranscript(text=read_text_file(render(turns)), notices=notices)


def _house_format(text: str, speakers: Sequence[Speaker], not_labels: Sequence[str]) -> str:
    """The text in canonical form, or unchanged if it has blocking findings: moving those lines would hide them."""
    manuscript = parse(text, speakers=speakers, not_labels=not_labels)
    return text if manuscript.blocking else render(manuscript.plain())


def _form(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("WEBVTT"):
        return ".vtt"
    if _SRT.match(start):
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
