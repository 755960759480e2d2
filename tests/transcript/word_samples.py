"""Real .docx files made with the standard library, like those of Word and LibreOffice in all that matters."""

from __future__ import annotations

import io
import zipfile
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OTHERS = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def docx(body: str, **further: str) -> bytes:
    """A file with this XML in its body, and in further parts: footnotes, endnotes, comments, numbering."""
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(_relation("officeDocument", "word/document.xml")),
        "word/document.xml": f"<w:document {_W} {_OTHERS}><w:body>{body}<w:sectPr/></w:body></w:document>",
    }
    for name, content in further.items():
        parts[f"word/{name}.xml"] = f"<w:{name} {_W}>{content}</w:{name}>"
    return packed(parts)


def packed(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def unpacked(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def paragraph(*runs: str) -> str:
    """A paragraph of runs (`run`, `bold`, or XML)."""
    return f"<w:p>{''.join(runs)}</w:p>"


def run(text: str, properties: str = "") -> str:
    """A run; "\\n" is a soft line break, "\\t" a tab."""
    pieces = escape(text).replace("\n", "</w:t><w:br/><w:t>").replace("\t", "</w:t><w:tab/><w:t>")
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{pieces}</w:t></w:r>'


def bold(text: str) -> str:
    return run(text, "<w:b/>")


def written(*paragraphs: str) -> bytes:
    """A file with these paragraphs, one run each."""
    return docx("".join(paragraph(run(text)) for text in paragraphs))


def _relation(kind: str, target: str) -> str:
    return f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
