"""A LibreOffice text (.odt) → its paragraphs as text, with footnotes, tables and lists; no word is lost."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.transcript.imports.docx import lines_to_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_LARGEST_BYTES = 50_000_000  # of text as XML; a book of 1,000 pages has about 10 MB
_NOT_SHOWN = {
    "tracked-changes",
    "annotation",
    "annotation-end",
    "note-citation",
    "ruby-text",
    "forms",
    "sequence-decls",
}
_DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError)
_BREAKS = {"line-break": "\n", "tab": " "}
_PARAGRAPHS = {"p", "h"}


def is_odt(raw: bytes) -> bool:
    """Return whether this is a text of LibreOffice or OpenOffice, or a template of one."""
    return raw.startswith(b"PK") and b"mimetypeapplication/vnd.oasis.opendocument.text" in raw[:120]


def read_odt(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, paragraphs with blank lines between, and German notices. Raises TranscriptError.

    Deletions that are only marked, comments, headers and footers are left out; a footnote follows its paragraph in
    square brackets.
    """
    reader = _Reader()
    try:
        blocks = list(reader.blocks(_body(raw)))
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        SyntaxError,
        ValueError,
        KeyError,
    ) as error:
        raise TranscriptError(
            "Die LibreOffice-Datei ist beschädigt oder geschützt.",
            advice="Sie in LibreOffice öffnen, ohne Kennwort neu als .odt, .docx oder reinen Text (.txt, UTF-8) "
            "speichern und noch einmal einlesen.",
        ) from error
    return "\n\n".join(blocks) + "\n" if blocks else "", reader.notices()


def _body(raw: bytes) -> _Element:
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entry = archive.getinfo("content.xml")
        if entry.file_size > _LARGEST_BYTES or entry.flag_bits & 1:
            raise ValueError("more than any text, or encrypted")
        content = archive.read(entry)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a DTD: no program writes one, attacks are made of them")
    body = root.find("{*}body/{*}text")
    if body is None:
        raise ValueError("no text")
    return body


class _Reader:
    """Turns elements into paragraphs, and counts what the notices report."""

    def __init__(self) -> None:
        self.footnotes = 0
        self.has_comments = False

    def blocks(self, element: _Element) -> Iterator[str]:
        """The paragraphs under an element, in order."""
        for child in element:
            name = _name(child)
            if name in _PARAGRAPHS:
                notes: list[_Element] = []
                yield from lines_to_blocks("".join(self._text(child, notes)))
                yield from self._notes(notes)
            elif name not in _NOT_SHOWN:
                yield from self.blocks(child)

    def notices(self) -> tuple[str, ...]:
        texts = []
        if self.footnotes:
            notes = "1 Fußnote steht" if self.footnotes == 1 else f"{self.footnotes} Fußnoten stehen"
            texts.append(f"{notes} in eckigen Klammern hinter dem Absatz; was niemand gesprochen hat, bitte löschen.")
        if self.has_comments:
            texts.append("Kommentare am Rand wurden nicht übernommen.")
        return tuple(texts)

    def _text(self, element: _Element, notes: list[_Element]) -> Iterator[str]:
        """The text of a paragraph; its notes and text boxes are added to `notes`."""
        yield _unbroken(element.text)
        for child in element:
            name = _name(child)
            if name in {"note", "text-box"}:
                notes.append(child)
            elif name == "s":
                yield " "
            elif name in _BREAKS:
                yield _BREAKS[name]
            elif name in _NOT_SHOWN:
                self.has_comments = self.has_comments or name == "annotation"
            else:
                yield from self._text(child, notes)
            yield _unbroken(child.tail)

    def _notes(self, notes: list[_Element]) -> Iterator[str]:
        for note in notes:
            blocks = list(self.blocks(note))
            if _name(note) != "note":
                yield from blocks
            elif blocks:
                self.footnotes += 1
                yield f"[{' '.join(' '.join(blocks).split())}]"


def _unbroken(text: str | None) -> str:
    return (text or "").replace("\n", " ")


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]
