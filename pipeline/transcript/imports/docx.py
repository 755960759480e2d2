"""A Word file → its paragraphs as text, footnotes, text boxes and tables included; no word is lost.

mammoth reads the file. What it is known to pass over is renamed for it first (`_within_reach`), and what is still
missing afterwards is an error: a transcript without some of its words would look whole.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from pipeline.errors import TranscriptError
from pipeline.german.sentences import ends_sentence
from pipeline.transcript.labels import looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_BREAK = "\n"
_LARGEST_BYTES = 50_000_000  # of text as XML; a book of 1,000 pages has about 10 MB
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DOCUMENT = re.compile(r"word/document\d*\.xml")
_TEXT_PARTS = re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml")
# What mammoth 1.13 passes over, and what it reads instead.
_SYNONYMS = {"fldSimple": "smartTag", "dir": "smartTag", "bdo": "smartTag", "cr": "br", "ptab": "tab"}
_NOT_SHOWN = {"del", "moveFrom"}


def read_docx(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, paragraphs with blank lines between, and German notices. Raises TranscriptError.

    Insertions are accepted and deletions gone. A soft line break ends a line, a cell a paragraph. A footnote follows
    the paragraph that refers to it, in square brackets as every remark that nobody says.
    """
    import mammoth.docx  # type: ignore[import-untyped]  # has no types; nobody else needs it

    try:
        parts = _parts(raw)
        document = mammoth.docx.read(io.BytesIO(_zipped(parts))).value
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ET.ParseError,
        ExpatError,
        ValueError,
        KeyError,
    ) as error:
        raise _damaged() from error
    reader = _Reader(document, mammoth.documents)
    blocks = [block for child in document.children for block in reader.blocks(child)]
    text = "\n\n".join(blocks) + "\n" if blocks else ""
    for name, part in parts.items():
        if _DOCUMENT.fullmatch(name):
            _assert_all_read(part, text)
    return text, reader.notices()


def _parts(raw: bytes) -> dict[str, bytes]:
    """The members of the file that hold text or say where it is, as mammoth can read them."""
    parts = {}
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        wanted = [entry for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))]
        if sum(entry.file_size for entry in wanted) > _LARGEST_BYTES or any(entry.flag_bits & 1 for entry in wanted):
            raise _damaged()
        for entry in wanted:
            part = archive.read(entry)
            parts[entry.filename] = _within_reach(part) if _TEXT_PARTS.fullmatch(entry.filename) else part
    return parts


def _within_reach(part: bytes) -> bytes:
    """The same XML with elements that mammoth passes over renamed, and text boxes where it looks for them."""
    root = ET.fromstring(part)
    for element in root.iter():
        for namespace in (_W, _STRICT_W):
            local = element.tag.removeprefix(namespace)
            if local in _SYNONYMS and local != element.tag:
                element.tag = namespace + _SYNONYMS[local]
        if element.tag == f"{_MC}AlternateContent":
            _offer_fallback(element)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _offer_fallback(alternatives: ET.Element) -> None:
    """mammoth reads the fallback only; newer programs write none, or an empty one."""
    fallback = alternatives.find(f"{_MC}Fallback")
    if fallback is not None and _shown_texts(fallback):
        return
    boxes = [box for choice in alternatives.findall(f"{_MC}Choice") for box in choice.iter(f"{_W}txbxContent")]
    if boxes:
        fallback = ET.Element(f"{_MC}Fallback")
        ET.SubElement(fallback, f"{_W}pict").extend(boxes)
        alternatives[:] = [fallback]


def _shown_texts(element: ET.Element) -> list[str]:
    """The pieces of text under `element` that Word shows, each once."""
    local = element.tag.rpartition("}")[2]
    if local in _NOT_SHOWN:
        return []
    if local == "t":
        return [element.text or ""]
    children: list[ET.Element] = list(element)
    if element.tag == f"{_MC}AlternateContent":
        children = element.findall(f"{_MC}Fallback") or children
    return [text for child in children for text in _shown_texts(child)]


def _assert_all_read(part: bytes, text: str) -> None:
    pieces = [squeezed for piece in _shown_texts(ET.fromstring(part)) if (squeezed := "".join(piece.split()))]
    if Counter("".join(pieces)) <= Counter(text):
        return
    there = "".join(text.split())
    lost = next((piece for piece in pieces if piece not in there), pieces[0])
    raise TranscriptError(
        f"Ein Teil der Word-Datei lässt sich nicht lesen, etwa „{lost[:60]}“.",
        advice="Die Datei in Word öffnen, als reinen Text (.txt, UTF-8) speichern und diese Datei einlesen.",
    )


def _zipped(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def _damaged() -> TranscriptError:
    return TranscriptError(
        "Die Word-Datei ist beschädigt oder geschützt.",
        advice="Sie in Word öffnen, ohne Kennwort neu als .docx oder als reinen Text (.txt, UTF-8) speichern "
        "und noch einmal einlesen.",
    )


class _Reader:
    """Walks mammoth's elements. They are untyped; each is known by what it has."""

    def __init__(self, document: Any, kinds: Any) -> None:
        self.document = document
        self.kinds = kinds
        self.footnotes = 0
        self.numbered = False

    def blocks(self, element: Any) -> Iterator[str]:
        """The paragraphs of an element with paragraphs in it: a table, a cell, a note, or one itself."""
        if isinstance(element, self.kinds.Paragraph):
            self.numbered = self.numbered or bool(element.numbering and element.numbering.is_ordered)
            yield from self._paragraph(element)
        else:
            for child in getattr(element, "children", ()):
                yield from self.blocks(child)

    def notices(self) -> tuple[str, ...]:
        texts = []
        if self.footnotes:
            notes = "1 Fußnote steht" if self.footnotes == 1 else f"{self.footnotes} Fußnoten stehen"
            texts.append(f"{notes} in eckigen Klammern hinter dem Absatz; was niemand gesprochen hat, bitte löschen.")
        if self.document.comments:
            texts.append("Kommentare am Rand der Word-Datei wurden nicht übernommen.")
        if self.numbered:
            texts.append("Die Ziffern nummerierter Listen setzt Word selbst; sie wurden nicht übernommen.")
        return tuple(texts)

    def _paragraph(self, paragraph: Any) -> Iterator[str]:
        runs = list(self._runs(paragraph, bold=False))
        spoken = "".join(text for text, _ in runs)
        name = "".join(text for text, _ in takewhile(lambda run: run[1] or not run[0].strip(), runs))
        rest = spoken[len(name) :]
        head = name.strip() if rest.strip() else ""
        if head.endswith(":") or (head and rest.startswith(":")):
            label = head.rstrip(": ")
            if looks_like_a_name(label.partition("[")[0]):
                spoken = f"{label}:{_BREAK}{rest.lstrip(': ')}"
        yield from _lines_to_blocks(spoken)
        yield from (f"[{' '.join(note.split())}]" for note in self._notes(paragraph) if note.split())

    def _runs(self, element: Any, *, bold: bool) -> Iterator[tuple[str, bool]]:
        """The pieces of text of a paragraph in order, each with whether it is bold."""
        if isinstance(element, self.kinds.Text):
            yield element.value, bold
        elif isinstance(element, self.kinds.Tab):
            yield " ", bold
        elif isinstance(element, self.kinds.Break):
            yield _BREAK, bold
        else:
            bold = bold or bool(getattr(element, "is_bold", False))
            for child in getattr(element, "children", ()):
                yield from self._runs(child, bold=bold)

    def _notes(self, element: Any) -> Iterator[str]:
        if isinstance(element, self.kinds.NoteReference):
            note = self._note(element)
            if note is not None:
                self.footnotes += 1
                yield " ".join(block for child in note.body for block in self.blocks(child))
        for child in getattr(element, "children", ()):
            yield from self._notes(child)

    def _note(self, reference: Any) -> Any:
        try:
            return self.document.notes.resolve(reference)
        except KeyError:  # the number of a note that somebody deleted
            return None


def _lines_to_blocks(text: str) -> Iterator[str]:
    """Lines of one Word paragraph: apart where a sentence ended, together where a line was merely broken."""
    block = ""
    for line in (" ".join(line.split()) for line in text.split(_BREAK)):
        if block and ends_sentence(block.rsplit(maxsplit=1)[-1]) and line:
            yield block
            block = line
        elif line:
            block = f"{block}{_BREAK}{line}" if block else line
    if block:
        yield block
