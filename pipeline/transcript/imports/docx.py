"""A Word file → its paragraphs as text, with footnotes, text boxes and tables; no word is lost.

One walk over the XML. Elements are recognised by their local names, because Word's namespace has two forms, and
formulas and drawings have text in others. Text is read whatever element contains it, unless Word does not show it.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from itertools import takewhile
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.german.sentences import ends_sentence
from pipeline.transcript.labels import looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lxml.etree import _Element

    _Leaf = tuple[_Element, bool]  # and whether it is bold

_BREAK = "\n"
_LARGEST_BYTES = 50_000_000  # of text as XML; a book of 1,000 pages has about 10 MB
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # no other way is allowed in a Word file
_NOT_SHOWN = {"pPr", "del", "moveFrom"}
_SIGNS = {"tab": " ", "ptab": " ", "br": _BREAK, "cr": _BREAK, "noBreakHyphen": "\u2011", "softHyphen": "\xad"}
# Signs of two fonts that have codes of their own; of Wingdings what Word makes of :) :| :( <-- --> <== ==> <=>.
_GREEK = " !∀#∃%&∋()*+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}~"
_MATHS = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓"
_TYPED = ("4A", "4B", "4C", "DF", "E0", "E7", "E8", "F3")
_SYMBOLS = {("Symbol", f"{code:X}"): sign for code, sign in (*enumerate(_GREEK, 0x20), *enumerate(_MATHS, 0xA0))}
_SYMBOLS |= {("Wingdings", code): sign for code, sign in zip(_TYPED, "☺😐☹←→⇐⇒⇔", strict=True)}


def read_docx(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, paragraphs with blank lines between, and German notices. Raises TranscriptError.

    Insertions are accepted, deletions left out. A soft line break ends a line, a cell ends a paragraph. A footnote
    follows the paragraph that refers to it, in square brackets like every remark that is not spoken.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = _parts(archive)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, SyntaxError, ValueError) as error:
        raise TranscriptError(
            "Die Word-Datei ist beschädigt oder geschützt.",
            advice="Sie in Word öffnen, ohne Kennwort neu als .docx oder als reinen Text (.txt, UTF-8) speichern "
            "und noch einmal einlesen.",
        ) from error
    reader = _Reader(parts)
    blocks = list(reader.blocks(_leaves(parts["document"])))
    return "\n\n".join(blocks) + "\n" if blocks else "", reader.notices()


def _parts(archive: zipfile.ZipFile) -> dict[str, _Element]:
    """The parts that are read, by their kind. Raises ValueError, and whatever zipfile and lxml raise."""
    entries = [entry for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))]
    if sum(entry.file_size for entry in entries) > _LARGEST_BYTES:
        raise ValueError("more than any text")
    document = _target(archive, "", "officeDocument", usual="document")
    kinds = ("footnotes", "endnotes", "comments", "numbering")
    names = {"document": document} | {kind: _target(archive, document, kind, usual=kind) for kind in kinds}
    parts = {kind: _xml(archive, name) for kind, name in names.items()}
    if parts["document"].find("{*}body") is None:
        raise ValueError("no text")
    return parts


def _target(archive: zipfile.ZipFile, source: str, kind: str, *, usual: str) -> str:
    """The name of the part that `source` ("" is the whole file) refers to as its `kind`, else its usual name."""
    folder, name = posixpath.split(source)
    for relation in _xml(archive, posixpath.join(folder, "_rels", f"{name}.rels")):
        target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
        if relation.get("Type", "").endswith(f"/{kind}") and target in archive.namelist():
            return target
    return f"word/{usual}.xml"


def _xml(archive: zipfile.ZipFile, name: str) -> _Element:
    """The part; an empty element if it is missing. No entity is expanded, nothing is fetched, and depth is limited."""
    from lxml import etree

    if name not in archive.namelist():
        return etree.Element("none")
    entry = archive.getinfo(name)  # a relation may name a part whose name ends in anything
    if entry.flag_bits & 1 or entry.compress_type not in _PACKED or entry.file_size > _LARGEST_BYTES:
        raise ValueError("encrypted, packed in another way, or more than any text")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(archive.read(entry), parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a DTD: no program writes one, attacks are made of them")
    return root


class _Reader:
    """Turns elements into paragraphs, and counts what the notices report."""

    def __init__(self, parts: Mapping[str, _Element]) -> None:
        notes = (note for kind in ("footnotes", "endnotes") for note in parts[kind])
        self.notes = {(_name(note), _value(note, "id")): note for note in notes}
        self.has_comments = len(parts["comments"]) > 0
        self.ordered = _ordered(parts["numbering"])
        self.is_numbered = False
        self.footnotes = self.symbols = 0

    def blocks(self, leaves: Iterable[_Leaf]) -> Iterator[str]:
        """The paragraphs among `leaves`: of the body, a note or a text box."""
        waiting: list[_Leaf] = []  # of a paragraph whose end was deleted: it goes on with the next one
        for leaf, bold in leaves:
            if _name(leaf) != "p":  # text outside of any paragraph
                yield from self._paragraph([(leaf, bold)])
                continue
            waiting += _leaves(leaf)
            if leaf.find("{*}pPr/{*}rPr/{*}del") is None:
                self.is_numbered = self.is_numbered or _list_of(leaf) in self.ordered
                yield from self._paragraph(waiting)
                waiting = []
        if waiting:
            yield from self._paragraph(waiting)

    def notices(self) -> tuple[str, ...]:
        texts = []
        if self.footnotes:
            notes = "1 Fußnote steht" if self.footnotes == 1 else f"{self.footnotes} Fußnoten stehen"
            texts.append(f"{notes} in eckigen Klammern hinter dem Absatz; was niemand gesprochen hat, bitte löschen.")
        if self.has_comments:
            texts.append("Kommentare am Rand der Word-Datei wurden nicht übernommen.")
        if self.is_numbered:
            texts.append("Die Ziffern nummerierter Listen setzt Word selbst; sie wurden nicht übernommen.")
        if self.symbols:
            texts.append(f"Zeichen aus Symbolschriften wurden nicht übernommen: {self.symbols}.")
        return tuple(texts)

    def _paragraph(self, leaves: list[_Leaf]) -> Iterator[str]:
        """The text of a paragraph, the notes that it refers to, and the text boxes that are anchored in it."""
        runs = [(self._text(leaf), bold) for leaf, bold in leaves]
        spoken = "".join(text for text, _ in runs)
        name = "".join(text for text, _ in takewhile(lambda run: run[1] or not run[0].strip(), runs))
        rest = spoken[len(name) :]
        head = name.strip() if rest.strip() else ""
        if head.endswith(":") or (head and rest.startswith(":")):
            label = head.rstrip(": ")
            if looks_like_a_name(label.partition("[")[0]):
                spoken = f"{label}:{_BREAK}{rest.lstrip(': ')}"
        yield from lines_to_blocks(spoken)
        for leaf, _ in leaves:
            note = self.notes.pop((_name(leaf).removesuffix("Reference"), _value(leaf, "id")), None)
            words = [] if note is None else " ".join(self.blocks(_leaves(note))).split()
            if words:
                self.footnotes += 1
                yield f"[{' '.join(words)}]"
        yield from self.blocks((leaf, bold) for leaf, bold in leaves if _name(leaf) == "p")

    def _text(self, leaf: _Element) -> str:
        name = _name(leaf)
        if name == "t":
            return leaf.text or ""
        if name != "sym":
            return _SIGNS.get(name, "")
        sign = _SYMBOLS.get((_value(leaf, "font"), _value(leaf, "char")[-2:].upper()), "")
        self.symbols += not sign
        return sign


def _leaves(element: _Element, *, bold: bool = False) -> Iterator[_Leaf]:
    """What Word shows under an element, in order: whole paragraphs, otherwise elements without children."""
    children = list(element)
    if _name(element) == "AlternateContent":  # the same in several ways
        children = [way for way in children if any(_name(inner) in {"t", "sym"} for inner in way.iter())][:1]
    for child in children:
        name = _name(child)
        if name in _NOT_SHOWN or child.find("{*}trPr/{*}del") is not None:
            continue
        mark = child.find("{*}rPr/{*}b")
        heavy = bold or (mark is not None and _value(mark, "val") not in {"0", "false", "off"})
        if name == "p" or name in _SIGNS or not len(child):
            yield child, heavy
        else:
            yield from _leaves(child, bold=heavy)


def _ordered(numbering: _Element) -> set[tuple[str, str]]:
    """The levels of lists that Word numbers, as `_list_of` names them."""
    kinds = {_value(kind, "abstractNumId"): kind for kind in numbering.findall("{*}abstractNum")}
    lists = [(_value(entry, "numId"), _value(entry.find("{*}abstractNumId"), "val")) for entry in numbering]
    return {
        name
        for number, kind in lists
        for level in (kinds[kind].findall("{*}lvl") if kind in kinds else ())
        if _value(level.find("{*}numFmt"), "val") != "bullet"
        for name in ((number, _value(level, "ilvl") or "0"), ("", _value(level.find("{*}pStyle"), "val")))
        if any(name)
    }


def _list_of(paragraph: _Element) -> tuple[str, str]:
    """The number of the paragraph's list and its level in it; "" and its style if it has no number of its own."""
    number, level = (paragraph.find(f"{{*}}pPr/{{*}}numPr/{{*}}{name}") for name in ("numId", "ilvl"))
    if number is None:
        return "", _value(paragraph.find("{*}pPr/{*}pStyle"), "val")
    return _value(number, "val"), _value(level, "val") or "0"


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: _Element | None, attribute: str) -> str:
    """An attribute in any of Word's namespaces, "" if it is missing."""
    items = () if element is None else element.items()
    return next((str(value) for name, value in items if str(name).rpartition("}")[2] == attribute), "")


def lines_to_blocks(text: str) -> Iterator[str]:
    """The lines of one Word paragraph as blocks: a line after the end of a sentence begins a new one."""
    block = ""
    for line in (" ".join(line.split()) for line in text.split(_BREAK)):
        if block and ends_sentence(block.rsplit(maxsplit=1)[-1]) and line:
            yield block
            block = line
        elif line:
            block = f"{block}{_BREAK}{line}" if block else line
    if block:
        yield block
